"""Reading a file of mentions, line by line: what is taken, what is refused and why. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic_core import from_json

from contracts import Mention
from services.ingest.mentions import Deletion, Intake, MentionsRefused, read_item


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
        return Line(number, read_item(from_json(line), intake))
    except ValueError:
        return Line(number, None, (f"line {number}: line: is not JSON",))
    except MentionsRefused as refused:
        return Line(
            number, None, tuple(f"line {number}: {e['field'] or 'line'}: {e['problem']}" for e in refused.errors)
        )


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
