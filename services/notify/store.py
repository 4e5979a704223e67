"""What notify remembers: incidents and their mentions, who was asked, and what they answered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from chassis.database import Connection, load_queries
from contracts import Mention, MentionAssessed, MentionDeleted
from services.notify.incidents import Incident
from services.notify.links import Link
from services.notify.orders import QUOTES_MAX, Facts

QUERIES = load_queries("services.notify")
_INCIDENTS = TypeAdapter(list[Incident])


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def claim_mentions(connection: Connection, events: Sequence[MentionAssessed]) -> dict[UUID, UUID | None]:
    """Keep what is new or newer; give its incident, None: it has none yet. What is stale or deleted is left out."""
    if not events:
        return {}
    rows = [_mention_row(event) for event in events]
    found = await connection.fetch(QUERIES["claim_mentions"], *_columns(rows))
    return {row["mention_id"]: row["incident_id"] for row in found}


def _mention_row(event: MentionAssessed) -> tuple[Any, ...]:
    m, kind = event.mention, event.assessment.kind.value
    return m.mention_id, m.version, m.channel, kind, m.author_key, m.text, m.posted_at, m.waiting_since


async def forget_quotes(connection: Connection, mention_ids: Sequence[UUID]) -> None:
    """Drop the words of mentions that belong to no incident."""
    if mention_ids:
        await connection.execute(QUERIES["forget_quotes"], mention_ids)


async def link_mentions(connection: Connection, incident_of: Mapping[UUID, UUID]) -> None:
    """Say which incident each mention belongs to."""
    await connection.execute(QUERIES["link_mentions"], list(incident_of), list(incident_of.values()))


async def change_quotes(connection: Connection, mentions: Sequence[Mention]) -> None:
    """The author's newer words, where the mention belongs to an incident."""
    rows = [(m.mention_id, m.version, m.text) for m in mentions]
    await connection.execute(QUERIES["change_quotes"], *_columns(rows))


async def delete_mentions(connection: Connection, deletions: Sequence[MentionDeleted]) -> None:
    """The author took it back: the words go, now or as soon as the mention arrives."""
    rows = [(d.mention_id, d.deleted_at) for d in deletions]
    await connection.execute(QUERIES["delete_mentions"], *_columns(rows))


async def lock_keys(connection: Connection, keys: Iterable[str]) -> None:
    """Be the only one who opens or moves incidents of `keys`, until the transaction ends."""
    await connection.execute(QUERIES["lock_keys"], sorted(set(keys)))


async def collecting_incidents(connection: Connection, keys: Sequence[str]) -> dict[str, Incident]:
    """The incident that takes further mentions, by key; locked."""
    rows = await connection.fetch(QUERIES["collecting_incidents"], keys)
    return {row["dedup_key"]: _incident(row) for row in rows}


async def fixed_at(connection: Connection, keys: Sequence[str]) -> dict[str, datetime]:
    """When each key's problem was last fixed."""
    return {row["dedup_key"]: row["fixed_at"] for row in await connection.fetch(QUERIES["fixed_at"], keys)}


async def lock_incidents(connection: Connection, incident_ids: Iterable[UUID]) -> dict[UUID, Incident]:
    """The incidents, locked."""
    rows = await connection.fetch(QUERIES["lock_incidents"], list(set(incident_ids)))
    return {row["id"]: _incident(row) for row in rows}


async def lock_incident(connection: Connection, incident_id: UUID) -> Incident | None:
    """The incident, locked."""
    return (await lock_incidents(connection, [incident_id])).get(incident_id)


async def read_incident(connection: Connection, incident_id: UUID) -> Incident | None:
    """The incident as it is now."""
    row = await connection.fetchrow(QUERIES["read_incident"], incident_id)
    return _incident(row) if row else None


def _incident(row: asyncpg.Record) -> Incident:
    return Incident.model_validate(dict(row))


async def add_incidents(connection: Connection, incidents: Sequence[Incident]) -> None:
    """Keep new incidents."""
    if incidents:
        await connection.execute(QUERIES["add_incidents"], _INCIDENTS.dump_python(list(incidents), mode="json"))


async def save_incidents(connection: Connection, incidents: Sequence[Incident]) -> None:
    """Keep what became of locked incidents."""
    if incidents:
        await connection.execute(QUERIES["save_incidents"], _INCIDENTS.dump_python(list(incidents), mode="json"))


async def facts_of(connection: Connection, incident_id: UUID) -> Facts:
    """How many customers, and what the latest of them wrote."""
    row = await connection.fetchrow(QUERIES["facts"], incident_id, QUOTES_MAX)
    return Facts(row["customers"], row["quotes"]) if row else Facts(0, ())


async def add_work_orders(
    connection: Connection, incident: Incident, adapters: Sequence[str], ordered_at: datetime
) -> None:
    """Remember that the owner of the incident's present step is asked."""
    rows = [(incident.id, incident.step, adapter, incident.owner_role.value) for adapter in adapters]
    await connection.execute(QUERIES["add_work_orders"], *_columns(rows), ordered_at)


async def settle_work_order(connection: Connection, link: Link, adapter: str, status: str, at: datetime) -> None:
    """Remember how a work order's delivery ended."""
    await connection.execute(QUERIES["settle_work_order"], link.incident_id, link.step, adapter, status, at)


async def may_still_arrive(connection: Connection, link: Link) -> bool:
    """Whether this step's owner was reached, or may yet be, by any adapter."""
    return bool(await connection.fetchval(QUERIES["may_still_arrive"], link.incident_id, link.step))


async def cancel_work_orders(connection: Connection, cancelled: Sequence[tuple[UUID, str, int]], at: datetime) -> None:
    """Remember that these (incident, adapter, step) never left."""
    if cancelled:
        incidents, adapters, steps = _columns(cancelled)
        await connection.execute(QUERIES["cancel_work_orders"], incidents, adapters, at, steps)


async def add_audit(
    connection: Connection, link: Link, action: str, at: datetime, *, changed: bool, text: str | None
) -> None:
    """Write down what was tapped or typed behind a link."""
    row = (at, link.incident_id, link.step, link.role.value, action, changed, text)
    await connection.execute(QUERIES["add_audit"], *row)


async def count_unanswered_words(connection: Connection, link: Link) -> int:
    """How often words behind this work order's links changed nothing."""
    return int(await connection.fetchval(QUERIES["count_unanswered_words"], link.incident_id, link.step))


async def count_open(connection: Connection) -> tuple[int, int]:
    """Open incidents, and those of them that nobody acknowledged and nobody is left to ask."""
    row = await connection.fetchrow(QUERIES["count_open"])
    return (row["open"], row["unacknowledged"]) if row else (0, 0)
