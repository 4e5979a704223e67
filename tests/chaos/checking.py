"""Counts what was lost, unexpected, duplicated and recovered, from the record and from what the outside received."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from contracts import STREAMS
from deploy.demo.town import Heard

UNFINISHED = {
    "undecided": """
        select count(*) from ingest.mentions as m
        where not exists (select 1 from respond.cases as c where c.mention_id = m.mention_id and c.version > 0)
    """,
    "not handled": """
        select count(*) from bus.outbox as o join bus.consumers as c on c.stream = o.stream
        where not exists (select 1 from bus.inbox as i where i.consumer = c.consumer and i.event_id = o.event_id)
            and not exists (
                select 1 from bus.dead_letters as d where d.consumer = c.consumer and d.event_id = o.event_id
            )
    """,
    "effects under way": "select count(*) from bus.dispatches where status in ('pending', 'sending')",
    "replies held back": "select count(*) from respond.responses where status in ('drafted', 'approved')",
    # Escalations are far off; drafts, grace and undo are part of every story.
    "timers": "select count(*) from bus.timers where fired_at is null and kind in ('draft', 'grace', 'report')",
}

DUPLICATED = {
    "mentions": "select count(*) - count(distinct (channel, external_id)) from ingest.mentions",
    "decisions": """
        select count(*) - count(distinct (subject, body::text)) from (
            select subject, (convert_from(body, 'utf8')::jsonb -> 'data' ->> 'mention_version') as body
            from bus.outbox where type = 'amends.response.decided.v1'
        ) as decided
    """,
    "first replies": """
        select count(*) - count(distinct subject) from bus.outbox
        where type = 'amends.response.sent.v1' and (convert_from(body, 'utf8')::jsonb -> 'data' ->> 'first')::boolean
    """,
    "closed loops": "select count(*) - count(distinct subject) from bus.outbox where type = 'amends.loop.closed.v1'",
    "open incidents of one problem": """
        select count(*) - count(distinct dedup_key) from notify.incidents where status <> 'resolved'
    """,
}


@dataclass(frozen=True)
class Report:
    """One run: what went wrong, and how many seconds after the last delivery everything was done."""

    name: str
    seed: int
    lost: int
    unexpected: int
    duplicated: int
    recovered_seconds: float
    details: Mapping[str, Any]

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.details.items())
        return (
            f"{self.name}: lost {self.lost}, unexpected {self.unexpected}, duplicated {self.duplicated}, "
            f"recovered {self.recovered_seconds:.1f} s after the last delivery, seed {self.seed} ({told})"
        )


@dataclass
class Checker:
    """Looks at the whole, from outside."""

    database_url: str
    redis_url: str

    async def wait_until_done(self, since: float, seconds_max: float) -> float:
        """Seconds from `since` until nothing is left to do; raise AssertionError with what is when it takes longer."""
        while True:
            left = await self._left()
            took = time.monotonic() - since
            if not left:
                return took
            assert took < seconds_max, f"after {seconds_max} s there is still: {left}"
            await asyncio.sleep(0.1)

    async def _left(self) -> dict[str, Any]:
        try:
            rows = {name: count for name, query in UNFINISHED.items() if (count := await self.count(query))}
            return rows or await self._unread()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RedisError) as error:
            return {"a server is away": repr(error)}

    async def _unread(self) -> dict[str, Any]:
        """Groups with something pending or not delivered yet."""
        found = {}
        async with Redis.from_url(self.redis_url) as redis:
            for stream in STREAMS:
                for group in await redis.xinfo_groups(stream):
                    if group["pending"] or group["lag"]:
                        found[f"{stream} {group['name'].decode()}"] = (group["pending"], group["lag"])
        return found

    async def count(self, query: str) -> int:
        return int((await self.rows(query))[0][0])

    async def rows(self, query: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database_url, timeout=5)
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    async def lost(self, acknowledged: int) -> dict[str, int]:
        """Acknowledged and not there; decided to be answered and neither answered nor waiting for a person."""
        missing = acknowledged - await self.count("select count(*) from ingest.mentions")
        unanswered = await self.count(
            """
            select count(*) from respond.cases as c
            where c.decision in ('respond', 'acknowledge') and not exists (
                select 1 from respond.responses as r
                where r.mention_id = c.mention_id and r.status in ('sent', 'queued', 'failed', 'parked')
            )
            """
        )
        untold = await self.count(
            """
            select count(*) from respond.incidents as i
            join respond.incident_mentions as m on m.incident_id = i.incident_id
            join respond.cases as c on c.mention_id = m.mention_id
            where i.outcome is not null and c.decision = 'respond' and not exists (
                select 1 from respond.responses as r where r.mention_id = c.mention_id and r.reply_kind = 'outcome'
            )
            """
        )
        return {"mentions": max(missing, 0), "replies": unanswered, "outcomes": untold}

    async def unexpected(self, acknowledged: int, heard: Sequence[Heard], dead_letters: int) -> dict[str, int]:
        """More than was sent; replies the record does not know; dead letters nobody caused."""
        extra = await self.count("select count(*) from ingest.mentions") - acknowledged
        sent = {
            str(row[0]) for row in await self.rows("select response_id from respond.responses where status = 'sent'")
        }
        unknown = sum(item.webhook_id not in sent for item in heard)
        silent = len(sent) - len({item.webhook_id for item in heard})
        dead = await self.count("select count(*) from bus.dead_letters") - dead_letters
        return {"mentions": max(extra, 0), "replies": unknown, "not heard": max(silent, 0), "dead letters": abs(dead)}

    async def duplicated(self, heard: Sequence[Heard]) -> dict[str, int]:
        """Rows that are there twice, and effects: more than one reply of a kind to one mention."""
        effects = Counter((item.data["mention_id"], item.data["reply_kind"]) for item in heard)
        found = {name: await self.count(query) for name, query in DUPLICATED.items()}
        return found | {"replies": sum(effects.values()) - len(effects)}


async def report(
    name: str,
    seed: int,
    checker: Checker,
    heard: Sequence[Heard],
    *,
    acknowledged: int,
    recovered_seconds: float,
    dead_letters: int = 0,
    details: Mapping[str, Any],
) -> Report:
    """Everything counted; what is not zero is among the details."""
    lost = await checker.lost(acknowledged)
    unexpected = await checker.unexpected(acknowledged, heard, dead_letters)
    duplicated = await checker.duplicated(heard)
    wrong = {
        f"{kind}: {what}": count
        for kind, counts in (("lost", lost), ("unexpected", unexpected), ("duplicated", duplicated))
        for what, count in counts.items()
        if count
    }
    return Report(
        name,
        seed,
        sum(lost.values()),
        sum(unexpected.values()),
        sum(duplicated.values()),
        recovered_seconds,
        {**details, "replies": len(heard), **wrong},
    )
