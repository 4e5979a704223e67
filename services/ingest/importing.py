"""Reading a file of mentions, JSONL or CSV, line by line: what is taken, what is refused and why. Pure."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import from_json

from contracts import Mention, Permission, Place
from services.ingest.mentions import Deletion, Intake, Item, MentionsRefused, read_item

DELIMITERS = ",;\t"
COLUMNS = frozenset(
    {*Item.model_fields, *Deletion.model_fields} - {"place", "permission"}
    | {f"place.{name}" for name in Place.model_fields}
    | {f"permission.{name}" for name in Permission.model_fields}
)
"""What a CSV file's first line may name; parts of a place or a permission after a dot."""


class FileUnreadable(Exception):
    """The file as a whole cannot be taken: its first line does not say what the columns are."""


@dataclass(frozen=True)
class Line:
    """One line of the file: what it says, or what is wrong with it."""

    number: int
    item: Mention | Deletion | None
    refusals: tuple[str, ...] = ()


def read_lines(lines: Iterable[str], intake: Intake) -> Iterator[Line]:
    """Every line that is not blank, in order."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read(number, line, intake)


def _read(number: int, line: str, intake: Intake) -> Line:
    try:
        raw = from_json(line)
    except ValueError:
        return _refused(number, "is not JSON")
    return _taken(number, raw, intake)


def _taken(number: int, raw: Any, intake: Intake) -> Line:
    try:
        return Line(number, read_item(raw, intake))
    except MentionsRefused as refused:
        problems = (f"line {number}: {e['field'] or 'line'}: {e['problem']}" for e in refused.errors)
        return Line(number, None, tuple(problems))


def _refused(number: int, problem: str) -> Line:
    return Line(number, None, (f"line {number}: line: {problem}",))


def read_rows(lines: Iterable[str], intake: Intake) -> Iterator[Line]:
    """Every row of a CSV file that is not blank, in order; its number is that of its last line.

    The first line names the columns; commas, semicolons or tabs part them. Raises FileUnreadable.
    """
    rest = iter(lines)
    first = next(rest, "").removeprefix("\ufeff")
    delimiter = max(DELIMITERS, key=first.count)
    columns = _columns(next(csv.reader([first], delimiter=delimiter), []))
    reader = csv.reader(rest, delimiter=delimiter)
    while (cells := _next_cells(reader)) is not None:
        number = reader.line_num + 1
        if isinstance(cells, csv.Error):
            yield _refused(number, f"is not CSV we can read: {cells}")
        elif len(cells) > len(columns):
            yield _refused(number, f"has {len(cells)} cells for {len(columns)} columns: put text with commas in quotes")
        elif any(cells):
            yield _taken(number, _item_of(columns, cells), intake)


def _columns(named: Sequence[str]) -> list[str]:
    columns = [name.strip() for name in named]
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown or not columns or len(set(columns)) < len(columns):
        wrong = f"`{unknown[0]}` is no column we know" if unknown else "it names no column, or one twice"
        raise FileUnreadable(f"line 1: columns: {wrong}; it may name {', '.join(sorted(COLUMNS))}")
    return columns


def _next_cells(reader: Iterator[list[str]]) -> list[str] | csv.Error | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        return error


def _item_of(columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """As JSON would give it: an empty cell is a field that is not there."""
    item: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=False):
        whole, _, part = column.partition(".")
        if cell and part:
            item.setdefault(whole, {})[part] = cell
        elif cell:
            item[whole] = cell.strip().lower() == "true" if whole == "deleted" else cell
    if item.get("deleted") is False:
        del item["deleted"]
    return item


def newest_post(lines: Iterable[Line]) -> datetime | None:
    """When the newest mention was posted; None where there is none."""
    return max((line.item.posted_at for line in lines if isinstance(line.item, Mention)), default=None)


def shifted(line: Line, by: timedelta) -> Line:
    """The same line with its posted time, and what hangs on it, moved."""
    if not isinstance(line.item, Mention):
        return line
    until = line.item.permission.reply_until
    permission = line.item.permission.model_copy(update={"reply_until": until + by if until else None})
    moved = {"posted_at": line.item.posted_at + by, "permission": permission}
    return replace(line, item=line.item.model_copy(update=moved))
