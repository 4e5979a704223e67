"""`amends incident`: what is open, what was regrouped, and whether fixes hold. Runs on the service's own record."""

import argparse
import asyncio
import importlib
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.redis_client import connect_redis
from chassis.runtime import Runtime
from chassis.settings import load_settings
from contracts import Topic
from services.notify import store
from services.notify.holding import Episode, Line, summarize
from services.notify.regrouping import NotRegrouped

if TYPE_CHECKING:
    from services.notify.corrections import Corrections
    from services.notify.settings import NotifySettings

Command = Callable[["Corrections", argparse.Namespace], Awaitable[int]]
DIGEST_DAYS = 7


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `incident list|show|merge|split|undo|review|report|digest`."""
    incident = commands.add_parser("incident", help="incidents: show, merge, split; do fixes hold? (notify's settings)")
    actions = incident.add_subparsers(required=True, metavar="ACTION")
    _register_reading(actions)
    merge = _acting(actions, "merge", "SOURCE was the same problem as TARGET", merge_incidents)
    merge.add_argument("source", type=UUID)
    merge.add_argument("target", type=UUID)
    split = _acting(actions, "split", "give some mentions an incident of their own", split_incident)
    split.add_argument("incident", type=UUID)
    split.add_argument("mention", type=UUID, nargs="+")
    split.add_argument("--topic", type=Topic, choices=list(Topic), metavar="TOPIC", help="what those are about")
    undo = _acting(actions, "undo", "take a merge or a split back", undo_operation)
    undo.add_argument("operation", type=UUID)
    review = actions.add_parser("review", help="say why a problem came back, and what keeps it away")
    review.add_argument("incident", type=UUID)
    review.add_argument("--root-cause", required=True)
    review.add_argument("--action", required=True)
    review.add_argument("--by", required=True, help="your name")
    review.set_defaults(run=_run(review_incident))


def _register_reading(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listed = actions.add_parser("list", help="the most severe first")
    listed.add_argument("--status", choices=("open", "owed", "all"), default="open")
    listed.add_argument("--limit", type=int, default=20)
    listed.set_defaults(run=_run(list_incidents))
    show = actions.add_parser("show", help="its mentions, who was asked, and what was regrouped")
    show.add_argument("incident", type=UUID)
    show.set_defaults(run=_run(show_incident))
    report = actions.add_parser("report", help="per place and topic: do fixes hold, how long do they take")
    report.add_argument("--days", type=int, default=28)
    report.add_argument("--json", action="store_true", help="one object a line")
    report.set_defaults(run=_run(print_report))
    digest = actions.add_parser("digest", help="what came again this week, with its root cause or without one")
    digest.add_argument("--days", type=int, default=DIGEST_DAYS)
    digest.set_defaults(run=_run(print_digest))


def _acting(actions: Any, name: str, words: str, command: Command) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=words)
    parser.add_argument("--by", required=True, help="your name")
    parser.add_argument("--reason", required=True)
    parser.set_defaults(run=_run(command))
    return parser


def _run(command: Command) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        return asyncio.run(_within(command, arguments))

    return run


async def _within(command: Command, arguments: argparse.Namespace) -> int:
    async with _opened() as corrections:
        try:
            return await command(corrections, arguments)
        except NotRegrouped as refusal:
            print(refusal, file=sys.stderr)
            return 1


@asynccontextmanager
async def _opened() -> AsyncGenerator["Corrections", None]:
    settings_class: type[NotifySettings] = importlib.import_module("services.notify.settings").NotifySettings
    settings = load_settings(settings_class)
    database = Database(str(settings.database_url), schema="notify", connections_max=2)
    runtime = Runtime("notify", database, connect_redis(settings), SystemClock())
    async with runtime.database, runtime.redis:
        # Only now: whoever asks for another command does not wait for what a running service needs.
        build = importlib.import_module("services.notify.app").build_corrections
        yield build(settings, runtime)


async def list_incidents(corrections: "Corrections", arguments: argparse.Namespace) -> int:
    """One line per incident."""
    async with corrections.runtime.database.connection() as connection:
        rows = await store.list_incidents(connection, arguments.status, arguments.limit)
    for row in rows:
        marks = {"urgent": row["urgent"], "storm": row["storm_since"], "returned": row["returned"]}
        flags = " ".join(name for name, holds in marks.items() if holds)
        since = f"{row['waiting_since']:%Y-%m-%d %H:%M}"
        state = f"{row['severity']:8} {row['status']:12} {since}  {row['mentions']:5}"
        print(f"{row['id']}  {state}  {row['place_name']}: {row['topic']}  {flags}".rstrip())
    print(f"{len(rows)} incidents")
    return 0


async def show_incident(corrections: "Corrections", arguments: argparse.Namespace) -> int:
    """Everything about one, as JSON."""
    async with corrections.runtime.database.connection() as connection:
        incident = await store.read_incident(connection, arguments.incident)
        if incident is None:
            raise NotRegrouped(f"there is no incident {arguments.incident}")
        mentions = await store.moved_of(connection, incident.id)
        shown: dict[str, Any] = {
            "incident": incident.model_dump(mode="json"),
            "mentions": [asdict(mention) for mention in mentions],
            "work_orders": [dict(row) for row in await store.orders_of(connection, incident.id)],
            "operations": [dict(row) for row in await store.operations_of(connection, incident.id)],
            "review": dict(review) if (review := await store.review_of(connection, incident.id)) else None,
        }
    print(json.dumps(shown, default=str, ensure_ascii=False, indent=2))
    return 0


async def merge_incidents(corrections: "Corrections", arguments: argparse.Namespace) -> int:
    """Two become one."""
    operation = await corrections.merge(arguments.source, arguments.target, arguments.by, arguments.reason)
    print(f"merged; to take it back: amends incident undo {operation}")
    return 0


async def split_incident(corrections: "Corrections", arguments: argparse.Namespace) -> int:
    """One becomes two."""
    operation, incident = await corrections.split(
        arguments.incident, arguments.mention, arguments.by, arguments.reason, arguments.topic
    )
    print(f"split: {incident} is new; to take it back: amends incident undo {operation}")
    return 0


async def undo_operation(corrections: "Corrections", arguments: argparse.Namespace) -> int:
    """As before."""
    operation = await corrections.undo(arguments.operation, arguments.by, arguments.reason)
    print(f"undone, as operation {operation}")
    return 0


async def review_incident(corrections: "Corrections", arguments: argparse.Namespace) -> int:
    """Why it came back."""
    await corrections.review(arguments.incident, arguments.root_cause, arguments.action, arguments.by)
    print("written down")
    return 0


async def read_lines(corrections: "Corrections", days: int) -> list[Line]:
    """The figures of the last `days`."""
    now: datetime = corrections.runtime.clock.now()
    async with corrections.runtime.database.connection() as connection:
        rows = await store.report_rows(connection, now - timedelta(days=days), now)
    names = Episode.__dataclass_fields__
    return summarize([Episode(**{name: row[name] for name in names}) for row in rows], now)


async def print_report(corrections: "Corrections", arguments: argparse.Namespace) -> int:
    """A table, or one JSON object a line."""
    lines = await read_lines(corrections, arguments.days)
    if arguments.json:
        for line in lines:
            print(json.dumps(asdict(line), ensure_ascii=False))
        return 0
    print("incidents  mentions  fixed  back  held   time to fix  a day before → after  place: topic")
    for line in lines:
        held, minutes, rates = _share(line.recovery_rate), _minutes(line.time_to_fix_seconds), _rates(line)
        figures = f"{line.incidents:9}  {line.mentions:8}  {line.fixed:5}  {line.returned:4}  {held:5}  {minutes:>11}"
        print(f"{figures}  {rates:>20}  {line.place_name}: {line.topic}")
    return 0


async def print_digest(corrections: "Corrections", arguments: argparse.Namespace) -> int:
    """Repeated problems; 1 where a root cause is owed."""
    lines = [line for line in await read_lines(corrections, arguments.days) if line.is_repeated]
    for line in lines:
        print(f"{line.place_name}: {line.topic}: {line.incidents} times, {line.returned} back after a fix")
        for cause in line.root_causes:
            print(f"  {cause}")
        if line.owed:
            print(f"  root cause and action owed for {line.owed}: amends incident list --status owed")
    print(f"{len(lines)} repeated")
    return 1 if any(line.owed for line in lines) else 0


def _share(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.0%}"


def _minutes(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds / 60:.0f} min"


def _rates(line: Line) -> str:
    known = line.rate_before is not None and line.rate_after is not None
    return f"{line.rate_before:.1f} → {line.rate_after:.1f}" if known else "-"
