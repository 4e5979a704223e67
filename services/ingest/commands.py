"""`amends import`: a file of mentions into the record, the way a webhook's would go.

Interrupted, it is run again on the same file: what is there already counts as a duplicate.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich.progress
from rich.console import Console

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.redis_client import connect_redis
from chassis.runtime import Runtime
from chassis.settings import load_settings
from services.ingest import store
from services.ingest.app import read_channels
from services.ingest.importing import FileUnreadable, Line, newest_post, read_lines, read_rows, shifted
from services.ingest.mentions import Intake
from services.ingest.settings import ImportSettings

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = Any

CHUNK = 500


def register(commands: Commands) -> None:
    """Add `amends import`."""
    importing = commands.add_parser("import", help="take in mentions from a JSONL or CSV file; again if interrupted")
    importing.add_argument("file", type=Path, help="CSV where it ends in .csv: its first line names the columns")
    importing.add_argument("--shift-to-now", action="store_true", help="move posted times so that the newest is now")
    importing.set_defaults(run=run_import)


def run_import(arguments: argparse.Namespace) -> int:
    """Take in every line that can be read; name the others on stderr; 1 when there were any."""
    settings = load_settings(ImportSettings)
    clock = SystemClock()
    secret = settings.author_key_secret.get_secret_value().encode()
    intake = Intake(read_channels(settings), secret, clock.now(), imported=True)
    shift = timedelta()
    try:
        if arguments.shift_to_now and (newest := newest_post(_lines(arguments.file, intake, "looking for the newest"))):
            shift = intake.received_at - newest
        lines = (shifted(line, shift) for line in _lines(arguments.file, intake, "importing"))
        taken, refused = asyncio.run(_take(settings, clock, lines))
    except FileUnreadable as error:
        print(error, file=sys.stderr)
        return 1
    said = ", ".join(f"{count} {name}" for name, count in sorted(taken.items())) or "nothing taken"
    print(f"{said}, {refused} refused")
    return 1 if refused else 0


def _lines(path: Path, intake: Intake, doing: str) -> Iterator[Line]:
    """Line by line: a file may be larger than memory."""
    console = Console(stderr=True)
    read = read_rows if path.suffix.lower() == ".csv" else read_lines
    with rich.progress.open(
        path,
        "rt",
        encoding="utf-8",
        errors="replace",
        newline="",
        description=doing,
        console=console,
        disable=not sys.stderr.isatty(),
    ) as text:
        yield from read(text, intake)


async def _take(settings: ImportSettings, clock: SystemClock, lines: Iterable[Line]) -> tuple[Counter[str], int]:
    """How many became what, and how many lines were refused."""
    database = Database(str(settings.database_url), schema="ingest")
    runtime = Runtime("ingest", database, connect_redis(settings), clock)
    taken: Counter[str] = Counter()
    refused = 0
    async with runtime.database:
        for chunk in _chunks(lines):
            for refusal in (refusal for line in chunk for refusal in line.refusals):
                print(refusal, file=sys.stderr)
            refused += sum(line.item is None for line in chunk)
            async with runtime.work() as work:
                results = await store.take(work, [line.item for line in chunk if line.item is not None])
            taken.update(status.value for _, status in results)
    await runtime.redis.aclose()
    return taken, refused


def _chunks(items: Iterable[Line]) -> Iterator[list[Line]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
