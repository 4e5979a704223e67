"""notify's share of the `amends` command: check a directory, and try branch inference and answers on one's own data."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, TypeVar

from contracts import Place
from services.notify import incident_commands
from services.notify.answers import parse_answer
from services.notify.directory import Directory, DirectoryError, load_directory
from services.notify.importing import merge, read_branches
from services.notify.location import Locator
from services.notify.opening import parse_hours

Record = Mapping[str, Any]


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `directory check`, `directory import`, `locate`, `answer` and `incident`."""
    directory = commands.add_parser("directory", help="the directory of companies, branches and owners")
    actions = directory.add_subparsers(required=True)
    check = actions.add_parser("check", help="say what is wrong with a directory (YAML) or a table of branches (CSV)")
    check.add_argument("file", type=Path)
    check.add_argument("--base", type=Path, help="for a table: the directory it is to be put into")
    check.set_defaults(run=check_directory)
    importing = actions.add_parser("import", help="put a table of branches (CSV) into a directory; print the new one")
    importing.add_argument("file", type=Path)
    importing.add_argument("--base", type=Path, required=True, help="the directory: companies, owners, branches so far")
    importing.add_argument("--output", type=Path, help="write it there, whole or not at all, instead of printing it")
    importing.set_defaults(run=import_branches)

    locate = commands.add_parser("locate", help="JSONL in, the branch each mention is about out")
    locate.add_argument("--directory", type=Path, required=True, help="the directory file")
    _add_input(locate)
    locate.set_defaults(run=run_locate)

    answer = commands.add_parser("answer", help="JSONL in, what each answer of a branch says out")
    _add_input(answer)
    answer.set_defaults(run=run_answer)

    incident_commands.register(commands)


def _add_input(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("jsonl", nargs="?", type=argparse.FileType("r", encoding="utf-8"), default=sys.stdin)


def check_directory(arguments: argparse.Namespace) -> int:
    """Print every problem, or what there is."""
    if arguments.file.suffix.lower() == ".csv":
        return _check_table(arguments.file, arguments.base)
    directory = _read_directory(arguments.file)
    if directory is None:
        return 1
    branches = len(directory.branches)
    print(f"{arguments.file}: {len(directory.companies)} companies, {branches} branches, ", end="")
    print(f"{len(directory.region_owners)} region owners, {len(directory.processes)} processes")
    for branch in directory.branches:
        if branch.opening_hours and parse_hours(branch.opening_hours) is None:
            print(f"note: {branch.id}: opening_hours are not understood and decide nothing", file=sys.stderr)
    return 0


def _check_table(table: Path, base: Path | None) -> int:
    def checked() -> int:
        text = table.read_text("utf-8")
        if base is not None:
            merge(base.read_text("utf-8"), base.name, text, table.name)
        return len(read_branches(text, table.name))

    rows = _or_say(table, checked)
    if rows is not None:
        print(f"{table}: {rows} branches")
    return 0 if rows is not None else 1


def import_branches(arguments: argparse.Namespace) -> int:
    """Print or write the directory with the table's branches; nothing where anything is wrong."""

    def merged() -> str:
        base, table = arguments.base, arguments.file
        return merge(base.read_text("utf-8"), base.name, table.read_text("utf-8"), table.name)

    text = _or_say(arguments.file, merged)
    if text is None:
        return 1
    if arguments.output is None:
        print(text, end="")
        return 0
    # A running service reads the file again as soon as it changes: it must never see half of it.
    whole = arguments.output.with_name(arguments.output.name + ".new")
    whole.write_text(text, "utf-8")
    whole.replace(arguments.output)
    return 0


def run_locate(arguments: argparse.Namespace) -> int:
    """Say which branch each mention is about.

    In: id, company, text, lat, lon, place_name, account, posted_at, branch_code, last_branch.
    Out: id, status, branch_id, candidates, scores, confidence, evidence.
    """
    directory = _read_directory(arguments.directory)
    if directory is None:
        return 1
    locator = Locator(directory)
    return _filter(arguments.jsonl, lambda record: _locate(locator, record))


def run_answer(arguments: argparse.Namespace) -> int:
    """Say what each answer means. In: id, text. Out: id, status, action, wait_min, eta_min, eta_text."""
    return _filter(arguments.jsonl, _answer)


def _locate(locator: Locator, record: Record) -> dict[str, Any]:
    posted_at = record.get("posted_at")
    location = locator.locate(
        company=record["company"],
        text=record["text"],
        place=_place(record),
        account=record.get("account"),
        posted_at=_moment(posted_at) if posted_at else None,
        last_branch=record.get("last_branch"),
    )
    return {
        "status": location.status.value,
        "branch_id": location.branch_id,
        "candidates": [candidate.branch_id for candidate in location.candidates],
        "scores": [candidate.score for candidate in location.candidates],
        "confidence": round(location.confidence, 4),
        "evidence": list(location.evidence),
    }


def _moment(text: str) -> datetime:
    """A moment without an offset is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _place(record: Record) -> Place | None:
    place = Place(
        lat=record.get("lat"),
        lon=record.get("lon"),
        name=record.get("place_name"),
        branch_code=record.get("branch_code"),
    )
    return place if place.model_dump(exclude_none=True) else None


def _answer(record: Record) -> dict[str, Any]:
    answer = parse_answer(record["text"])
    return {
        "status": str(answer.status),
        "action": answer.action,
        "action_phrase": answer.action_phrase,
        "wait_min": answer.wait_min,
        "eta_min": answer.eta_min,
        "eta_text": answer.eta_text,
    }


def _filter(lines: TextIO, transform: Callable[[Record], dict[str, Any]]) -> int:
    """One line out for each good line in; 1 if a line could not be read."""
    code = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            result = {"id": record.get("id"), **transform(record)}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            print(f"line {number}: {type(error).__name__}: {error}", file=sys.stderr)
            code = 1
            continue
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return code


def _read_directory(path: Path) -> Directory | None:
    return _or_say(path, lambda: load_directory(path.read_text("utf-8"), path.name))


Result = TypeVar("Result")


def _or_say(path: Path, reading: Callable[[], Result]) -> Result | None:
    """What was read; where that cannot be, None, with every problem said."""
    try:
        return reading()
    except (OSError, UnicodeDecodeError, DirectoryError) as error:
        for problem in _problems(path, error):
            print(problem, file=sys.stderr)
        return None


def _problems(path: Path, error: Exception) -> Iterator[str]:
    if isinstance(error, DirectoryError):
        yield from str(error).splitlines()
    else:
        yield f"{path}: {error}"
