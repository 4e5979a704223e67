"""What went wrong and can be put right: dead letters, and publishing again."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from chassis.database import load_queries
from cli.operations import ROLES, secret
from contracts import DATA_FIELD

QUERIES = load_queries("cli")
BATCH = 500

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = Any
Action = Callable[[Any, argparse.Namespace], Awaitable[int]]


def register(commands: Commands) -> None:
    """Add the commands of this module."""
    dead = commands.add_parser("dead", help="events that were given up on").add_subparsers(dest="action", required=True)
    dead.add_parser("list", help="all that nobody has redriven").set_defaults(run=_with_record(list_dead))
    show = dead.add_parser("show", help="one, with its original bytes")
    show.add_argument("id", type=UUID)
    show.set_defaults(run=_with_record(show_dead))
    redrive = dead.add_parser("redrive", help="give them to their consumer once more")
    redrive.add_argument("id", type=UUID, nargs="*")
    redrive.add_argument("--all", action="store_true", help="all that nobody has redriven")
    redrive.set_defaults(run=_with_record(redrive_dead))
    again = commands.add_parser("republish", help="publish a service's events again; consumers recognise repeats")
    again.add_argument("--service", required=True, choices=ROLES)
    again.add_argument("--since", required=True, type=_moment, help="2026-11-24T09:00:00+00:00")
    again.set_defaults(run=_with_record(republish))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("say the zone too, e.g. +00:00")
    return moment


def _with_record(action: Action) -> Callable[[argparse.Namespace], int]:
    async def connected(arguments: argparse.Namespace) -> int:
        connection = await asyncpg.connect(secret("DATABASE_ADMIN_URL"), timeout=10)
        try:
            return await action(connection, arguments)
        finally:
            await connection.close()

    return lambda arguments: asyncio.run(connected(arguments))


async def list_dead(connection: Any, _: argparse.Namespace) -> int:
    """`amends dead list`: one line each, newest first; never what a customer wrote."""
    rows = await connection.fetch(QUERIES["list_dead"])
    for row in rows:
        print(f"{row['id']}  {row['dead_at']:%Y-%m-%d %H:%M:%S}  {row['consumer']}  {row['type']}  {row['reason']}")
    print(f"{len(rows)} dead letters")
    return 0


async def show_dead(connection: Any, arguments: argparse.Namespace) -> int:
    """`amends dead show ID`."""
    row = await connection.fetchrow(QUERIES["show_dead"], arguments.id)
    if row is None:
        print(f"there is no dead letter {arguments.id}")
        return 1
    for name in ("consumer", "stream", "entry_id", "event_id", "type", "reason", "error", "attempts", "dead_at"):
        print(f"{name}: {row[name]}")
    print(bytes(row["body"]).decode("utf-8", "backslashreplace"))
    return 0


async def redrive_dead(connection: Any, arguments: argparse.Namespace) -> int:
    """`amends dead redrive ID…|--all`: the original bytes go back to the stream, the attempts begin anew."""
    if bool(arguments.id) == arguments.all:
        print("say which: ids from `amends dead list`, or --all", file=sys.stderr)
        return 2
    async with Redis.from_url(secret("REDIS_URL")) as redis:
        rows = await connection.fetch(QUERIES["choose_dead"], None if arguments.all else arguments.id)
        for row in rows:
            await connection.execute(QUERIES["forget_attempts"], row["consumer"], str(row["event_id"]))
            await redis.xadd(row["stream"], {DATA_FIELD: bytes(row["body"])})
            await connection.execute(QUERIES["mark_redriven"], row["id"])
    print(f"{len(rows)} given back to their streams")
    return 0 if arguments.all or len(rows) == len(set(arguments.id)) else 1


async def republish(connection: Any, arguments: argparse.Namespace) -> int:
    """`amends republish --service S --since T`."""
    count, after = 0, ("0", 0)
    async with Redis.from_url(secret("REDIS_URL")) as redis:
        while rows := await connection.fetch(
            QUERIES["outbox_since"], arguments.service, arguments.since, *after, BATCH
        ):
            async with redis.pipeline(transaction=False) as pipe:
                for row in rows:
                    pipe.xadd(row["stream"], {DATA_FIELD: bytes(row["body"])})
                await pipe.execute()
            count, after = count + len(rows), (rows[-1]["xid"], rows[-1]["position"])
    print(f"{count} events published again")
    return 0
