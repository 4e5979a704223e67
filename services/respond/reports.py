"""Commands that read respond's own record and change nothing: what another policy would do, and how often people
overrule what assessed. They need DATABASE_URL (respond's role) and say all twice: a table, and a last line of JSON.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import Redis

from chassis.database import Database
from chassis.runtime import Runtime
from chassis.settings import Mode, SettingsError
from chassis.work import Work
from services.respond import store
from services.respond.app import missing_plans, read_playbooks, read_policy
from services.respond.backtest import Findings, backtest
from services.respond.policy import Policy, decide
from services.respond.settings import HERE

MENTIONS_MAX = 100_000
SPAN = re.compile(r"(\d{1,4})([dwh])")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}

T = TypeVar("T")


def span(text: str) -> timedelta:
    """ "30d", "4w" or "12h" as a length of time."""
    found = SPAN.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("write a number and d, w or h: 30d")
    return int(found.group(1)) * UNITS[found.group(2)]


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `policy check|backtest` and `eval overrides`."""
    actions = commands.add_parser("policy", help="the table that decides").add_subparsers(required=True)
    check = actions.add_parser("check", help="say what is wrong with a policy file, or what it holds")
    check.add_argument("file", nargs="?", type=Path, default=None, help="usually the one POLICY_PATH names")
    _add_playbooks(check)
    check.set_defaults(run=run_check)
    test = actions.add_parser("backtest", help="which decisions and texts a policy changes against the record")
    test.add_argument("--last", type=span, default=timedelta(days=30), help="how far back: 30d, 4w, 12h")
    test.add_argument("--policy", type=Path, default=None, help="the file to try; usually the one in use")
    test.add_argument("--limit", type=int, default=MENTIONS_MAX, help="at most so many mentions, the latest")
    _add_playbooks(test)
    test.set_defaults(run=run_backtest)
    overrides = commands.add_parser("eval", help="figures from the record").add_subparsers(required=True)
    weekly = overrides.add_parser("overrides", help="how often people overrule what assessed, by week")
    weekly.add_argument("--last", type=span, default=timedelta(weeks=12))
    weekly.set_defaults(run=run_overrides)


def _add_playbooks(parser: argparse.ArgumentParser) -> None:
    usual = Path(os.environ.get("PLAYBOOKS_PATH", HERE / "playbooks"))
    parser.add_argument("--playbooks", type=Path, default=usual)


def _policy_path(given: Path | None) -> Path:
    return given or Path(os.environ.get("POLICY_PATH", HERE / "policy.yaml"))


def run_check(arguments: argparse.Namespace) -> int:
    """Print every problem, or what there is. In production a topic without playbook or owner is a problem."""
    path = _policy_path(arguments.file)
    try:
        policy = read_policy(path)
        problems = missing_plans(policy, read_playbooks(arguments.playbooks))
    except SettingsError as error:
        print(str(error).replace("POLICY_PATH: ", ""), file=sys.stderr)
        return 1
    production = os.environ.get("AMENDS_MODE", Mode.PRODUCTION) == Mode.PRODUCTION
    for problem in problems:
        print(f"{path.name}: {problem}", file=sys.stderr)
    print(f"{path}: version {policy.version}, {len(policy.rows)} rows, {len(problems)} topics unprepared")
    return 1 if problems and production else 0


def run_backtest(arguments: argparse.Namespace) -> int:
    """Print what would change; changes nothing."""
    began = time.monotonic()
    path = _policy_path(arguments.policy)
    policy, languages = read_policy(path), read_playbooks(arguments.playbooks).languages
    since = datetime.now(UTC) - arguments.last

    async def read(work: Work) -> list[dict[str, Any]]:
        return await store.decided_since(work.connection, since, arguments.limit)

    rows = asyncio.run(_from_record(read))
    found = backtest(
        rows,
        policy,
        lambda assessed, noticed: decide(
            policy,
            assessed.assessment,
            assessed.mention.permission,
            languages,
            company=assessed.mention.company,
            channel=assessed.mention.channel,
            noticed=noticed,
        ),
    )
    for line in _backtest_table(found):
        print(line)
    print(json.dumps(_backtest_summary(found, policy, round(time.monotonic() - began, 3))))
    return 0


def _backtest_table(found: Findings) -> Iterator[str]:
    yield f"{'mentions':>8}  what would change"
    for key, count in found.decisions.most_common():
        before, after, reason = key
        yield f"{count:>8}  decision {before} → {after} ({reason}){_examples(found, ('decision', *key))}"
    for change, count in found.texts.most_common():
        yield f"{count:>8}  text {change}{_examples(found, ('text', change))}"
    if not found.decisions and not found.texts:
        yield f"{0:>8}  nothing: all {found.mentions} as they are in the record"


def _examples(found: Findings, key: tuple[str, ...]) -> str:
    return "  e.g. " + ", ".join(map(str, found.examples.get(key, ())))


def _backtest_summary(found: Findings, policy: Policy, seconds: float) -> dict[str, Any]:
    return {
        "policy": policy.version,
        "mentions": found.mentions,
        "decisions_changed": found.decisions_changed,
        "texts_changed": found.texts_changed,
        "decisions": [
            {"from": before, "to": after, "reason": reason, "mentions": count}
            for (before, after, reason), count in found.decisions.most_common()
        ],
        "texts": dict(found.texts.most_common()),
        "seconds": seconds,
    }


def run_overrides(arguments: argparse.Namespace) -> int:
    """Print the wrong-hater rate and how the rate of corrections moves, week by week."""
    since = datetime.now(UTC) - arguments.last

    async def read(work: Work) -> list[dict[str, Any]]:
        return await store.overrides_by_week(work.connection, since)

    weeks = list(with_drift(asyncio.run(_from_record(read))))
    print(f"{'week':10}  {'assessor':24} {'assessed':>8} {'overruled':>9} {'rate':>7} {'drift':>7}  wrong haters")
    for week in weeks:
        counts = f"{week['week']}  {week['assessor']:24} {week['assessed']:>8} {week['overruled']:>9}"
        rates = f"{_percent(week['overruled_rate'])} {_percent(week['drift'])}"
        wrong = f"{week['wrong_haters']} of {week['haters']} {_percent(week['wrong_hater_rate']).strip()}"
        print(f"{counts} {rates}  {wrong}")
    print(json.dumps(_overrides_summary(weeks)))
    return 0


def with_drift(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each week's rates; drift: this week's share of corrections less that of all weeks before, None in the first."""
    assessed = overruled = 0
    for row in rows:
        rate = row["overruled"] / row["assessed"]
        yield dict(row) | {
            "week": row["week"].isoformat(),
            "overruled_rate": rate,
            "wrong_hater_rate": row["wrong_haters"] / row["haters"] if row["haters"] else None,
            "drift": rate - overruled / assessed if assessed else None,
        }
        assessed, overruled = assessed + row["assessed"], overruled + row["overruled"]


def _overrides_summary(weeks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    total = {
        name: sum(week[name] for week in weeks)
        for name in ("assessed", "overruled", "haters", "wrong_haters", "missed_haters")
    }
    rate = total["wrong_haters"] / total["haters"] if total["haters"] else None
    return total | {"wrong_hater_rate": rate, "weeks": list(weeks)}


def _percent(share: float | None) -> str:
    return f"{'-':>7}" if share is None else f"{share:>7.1%}"


async def _from_record(read: Callable[[Work], Awaitable[T]]) -> T:
    database = Database(_database_url(), schema="respond", connections_max=3)
    runtime = Runtime("respond", database, Redis())
    async with database, runtime.work() as work:
        return await read(work)


def _database_url() -> str:
    if url := os.environ.get("DATABASE_URL"):
        return url
    if path := os.environ.get("DATABASE_URL_FILE"):
        return Path(path).read_text("utf-8").strip()
    raise SettingsError("DATABASE_URL is not set: set it, or DATABASE_URL_FILE to a file that holds it")
