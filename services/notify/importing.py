"""Branches from a table (CSV), as a spreadsheet exports it, into a directory. Pure.

A table holds branches only: companies, owners and processes are few and stay in the directory it is put into. Every
cell that is wrong is named with its line and column, and then nothing is imported.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from services.notify.directory import PROBLEMS_MAX, Branch, Directory, DirectoryError, load_directory

LIST_COLUMNS = ("aliases", "landmarks")
LIST_SIGN = "|"
PERSON_COLUMNS = {
    f"{person}_{field}": (person, field)
    for person in ("manager", "deputy")
    for field in ("name", "email", "webhook_url")
}
COLUMNS = tuple(name for name in Branch.model_fields if name not in ("manager", "deputy")) + tuple(PERSON_COLUMNS)
REQUIRED = tuple(name for name, field in Branch.model_fields.items() if field.is_required())
DELIMITERS = ",;\t"

Row = dict[str, Any]


def read_branches(text: str, source: str) -> list[tuple[int, Row]]:
    """The rows with their line numbers, each valid for itself. Raises DirectoryError with one line per problem."""
    rows = list(_rows(text.removeprefix("\ufeff"), source))
    problems = [problem for line, row in rows for problem in _problems(source, line, row)]
    problems += _repeats(source, rows)
    if problems:
        raise DirectoryError("\n".join(_cut(source, problems)))
    return rows


def _rows(text: str, source: str) -> Iterator[tuple[int, Row]]:
    lines = text.splitlines(keepends=True)
    header = lines[0] if lines else ""
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        _check_columns(source, names)
        start = reader.line_num + 1
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                raise DirectoryError(f"{source}:{line}: has {len(cells)} cells, the first line has {len(names)}")
            yield line, _row(dict(zip(names, (cell.strip() for cell in cells), strict=True)))
    except csv.Error as error:
        raise DirectoryError(f"{source}:{reader.line_num}: this is not CSV: {error}") from None


def _check_columns(source: str, names: Sequence[str]) -> None:
    problems = [
        f"{source}:1: {name or 'a column without a name'}: is not a column" for name in names if name not in COLUMNS
    ]
    problems += [f"{source}:1: {name}: the column is missing" for name in REQUIRED if name not in names]
    problems += [f"{source}:1: {name}: is there twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if problems:
        raise DirectoryError("\n".join(_cut(source, problems)))


def _row(cells: Mapping[str, str]) -> Row:
    """A branch as the directory's file has it; an empty cell is left out."""
    row: Row = {}
    for name, value in cells.items():
        if not value:
            continue
        if name in LIST_COLUMNS:
            row[name] = [part.strip() for part in value.split(LIST_SIGN) if part.strip()]
        elif name in PERSON_COLUMNS:
            person, field = PERSON_COLUMNS[name]
            row.setdefault(person, {})[field] = value
        else:
            row[name] = value
    return row


def _problems(source: str, line: int, row: Row) -> list[str]:
    try:
        Branch.model_validate(row)
    except ValidationError as error:
        return [
            f"{source}:{line}: {_column(item['loc'])}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
        ]
    return []


def _column(loc: Sequence[int | str]) -> str:
    names = [str(part) for part in loc if not isinstance(part, int)]
    if names and names[0] in ("manager", "deputy"):
        return "_".join([names[0], names[-1] if len(names) > 1 else "name"])
    return names[0] if names else "row"


def _repeats(source: str, rows: Sequence[tuple[int, Row]]) -> list[str]:
    first: dict[str, int] = {}
    problems = []
    for line, row in rows:
        branch_id = row.get("id", "")
        if branch_id in first:
            problems.append(f"{source}:{line}: id: {branch_id} is used on line {first[branch_id]} too")
        first.setdefault(branch_id, line)
    return problems


def _cut(source: str, problems: Sequence[str]) -> list[str]:
    more = len(problems) - PROBLEMS_MAX
    return [*problems[:PROBLEMS_MAX], *([f"{source}: and {more} more"] if more > 0 else [])]


def merge(base: str, base_source: str, table: str, table_source: str) -> str:
    """The directory in `base` with the table's branches put in or renewed. Raises DirectoryError."""
    directory = load_directory(base, base_source)
    rows = read_branches(table, table_source)
    if problems := list(_strangers(directory, rows, table_source)):
        raise DirectoryError("\n".join(_cut(table_source, problems)))
    tree = yaml.load(base, Loader=yaml.CBaseLoader)  # noqa: S506  # builds strings, lists and dicts only
    new = {row["id"]: row for _, row in rows}
    for section in ("branches", "extra_branches"):
        if section in tree:
            tree[section] = [new.pop(branch["id"], branch) for branch in tree[section] or []]
    tree["branches"] = [*tree.get("branches", []), *new.values()]
    merged = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=120)
    load_directory(merged, base_source)
    return merged


def _strangers(directory: Directory, rows: Sequence[tuple[int, Row]], source: str) -> Iterator[str]:
    """Companies and owners the directory does not have."""
    companies = {company.id for company in directory.companies}
    owner_company = {owner.id: owner.company for owner in directory.region_owners}
    for line, row in rows:
        if row["company"] not in companies:
            yield f"{source}:{line}: company: there is no company {row['company']}"
        elif owner_company.get(row["region_owner"]) != row["company"]:
            yield f"{source}:{line}: region_owner: {row['company']} has no region owner {row['region_owner']}"
