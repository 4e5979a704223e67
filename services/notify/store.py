"""What notify remembers: incidents and their mentions, who was asked, and what they answered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from chassis.database import Connection, load_queries
from contracts import InsightRaised, Mention, MentionAssessed, MentionDeleted, OwnerRole, Topic
from services.notify.incidents import Incident
from services.notify.insights import Occurrence, Wish
from services.notify.links import Link
from services.notify.orders import QUOTES_MAX, Facts
from services.notify.pacing import Slot
from services.notify.regrouping import Moved

QUERIES = load_queries("services.notify")
LAST_CASE_WITHIN = timedelta(days=90)
"""People keep to a branch for months, and move."""
_INCIDENTS = TypeAdapter(list[Incident])
QUOTES_COMPARED_MAX = 3


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


async def last_branches(connection: Connection, mentions: Sequence[Mention]) -> dict[UUID, str]:
    """The branch of each mention's author's last matter with the same company, if it was not long ago."""
    if not mentions:
        return {}
    rows = [(m.mention_id, m.author_key, m.company, m.posted_at) for m in mentions]
    found = await connection.fetch(QUERIES["last_branches"], *_columns(rows), LAST_CASE_WITHIN)
    return {row["mention_id"]: row["branch_id"] for row in found}


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


async def collecting_incidents(connection: Connection, scopes: Sequence[str]) -> list[Incident]:
    """The incidents that take further mentions at these places; locked."""
    return [_incident(row) for row in await connection.fetch(QUERIES["collecting_incidents"], scopes)]


async def latest_quotes(connection: Connection, incident_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """What the latest customers of each incident wrote."""
    found = dict[UUID, list[str]]()
    for row in await connection.fetch(QUERIES["latest_quotes"], incident_ids, QUOTES_COMPARED_MAX):
        found.setdefault(row["incident_id"], []).append(row["quote"])
    return found


async def fixed_incidents(connection: Connection, scopes: Sequence[str], since: datetime) -> list[Incident]:
    """What was fixed at these places since then."""
    return [_incident(row) for row in await connection.fetch(QUERIES["fixed_incidents"], scopes, since)]


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
    connection: Connection, incident: Incident, slots: Sequence[Slot], ordered_at: datetime
) -> None:
    """Remember that the owner of the incident's present step is asked, how, and when it leaves."""
    step, role = incident.step, incident.owner_role.value
    rows = [(incident.id, step, slot.way, role, slot.to, slot.due_at, slot.bundle) for slot in slots]
    await connection.execute(QUERIES["add_work_orders"], *_columns(rows), ordered_at)


async def count_recent(connection: Connection, way: str, to: str, since: datetime, until: datetime) -> int:
    """How many work orders left, or leave, for one address between the two moments."""
    return int(await connection.fetchval(QUERIES["count_recent"], way, to, since, until) or 0)


async def bundled_orders(connection: Connection, bundle: str) -> list[Link]:
    """The work orders that wait to leave together, the oldest first."""
    rows = await connection.fetch(QUERIES["bundled_orders"], bundle)
    return [Link(row["incident_id"], row["step"], OwnerRole(row["role"])) for row in rows]


async def read_recipient(connection: Connection, link: Link, way: str) -> tuple[str, datetime] | None:
    """To whom a work order went by `way`, and when it was written; None: to nobody we know of."""
    row = await connection.fetchrow(QUERIES["read_recipient"], link.incident_id, link.step, way, link.role.value)
    return (row["recipient"], row["ordered_at"]) if row else None


async def open_heard(connection: Connection, way: str, external_id: str, at: datetime) -> str | None:
    """Claim one answer that came in; None: it is ours to carry out, else what became of it the first time."""
    claimed = await connection.fetchval(QUERIES["open_heard"], way, external_id, at)
    return None if claimed else str(await connection.fetchval(QUERIES["read_heard"], way, external_id))


async def close_heard(connection: Connection, way: str, external_id: str, link: Link | None, outcome: str) -> None:
    """Keep what became of an answer."""
    row = (way, external_id, link.incident_id if link else None, link.step if link else None, outcome)
    await connection.execute(QUERIES["close_heard"], *row)


async def forget_heard(connection: Connection, before: datetime) -> None:
    """Forget which answers came in so long ago that they cannot come again."""
    await connection.execute(QUERIES["forget_heard"], before)


async def count_heard(connection: Connection, link: Link) -> int:
    """How many answers to one work order came in by mail or webhook."""
    return int(await connection.fetchval(QUERIES["count_heard"], link.incident_id, link.step) or 0)


async def read_mailbox(connection: Connection, mailbox: str) -> tuple[int, int] | None:
    """The mailbox's UIDVALIDITY and the last UID that was read."""
    row = await connection.fetchrow(QUERIES["read_mailbox"], mailbox)
    return (row["uid_validity"], row["last_uid"]) if row else None


async def move_mailbox(connection: Connection, mailbox: str, uid_validity: int, uid: int, at: datetime) -> bool:
    """Move the cursor up to `uid`; False: somebody else has been there."""
    return bool(await connection.fetchval(QUERIES["move_mailbox"], mailbox, uid_validity, uid, at))


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
    connection: Connection, link: Link, action: str, at: datetime, *, changed: bool, text: str | None, way: str
) -> None:
    """Write down what was tapped or typed behind a link, mailed, or posted."""
    row = (at, link.incident_id, link.step, link.role.value, action, changed, text, way)
    await connection.execute(QUERIES["add_audit"], *row)


async def count_unanswered_words(connection: Connection, link: Link) -> int:
    """How often words behind this work order's links changed nothing."""
    return int(await connection.fetchval(QUERIES["count_unanswered_words"], link.incident_id, link.step))


async def has_taken(connection: Connection, link: Link, actions: Sequence[str]) -> bool:
    """Whether one of `actions` behind the same link has changed something before."""
    row = (link.incident_id, link.step, link.role.value, list(actions))
    return bool(await connection.fetchval(QUERIES["has_taken"], *row))


async def count_open(connection: Connection) -> tuple[int, int]:
    """Open incidents, and those of them that nobody acknowledged and nobody is left to ask."""
    row = await connection.fetchrow(QUERIES["count_open"])
    return (row["open"], row["unacknowledged"]) if row else (0, 0)


class WishRow(NamedTuple):
    """A mention that misses a thing."""

    mention_id: UUID
    thing: str
    company: str
    topic: str
    branch_id: str | None
    at: datetime


async def add_wishes(connection: Connection, rows: Sequence[WishRow]) -> None:
    """Keep what is missed."""
    await connection.execute(QUERIES["add_wishes"], *_columns(sorted(rows)))


async def wishes(connection: Connection, company: str, thing: str, since: datetime) -> list[Wish]:
    """Who missed `thing` since then, the latest first."""
    rows = await connection.fetch(QUERIES["wishes"], company, thing, since)
    return [Wish(row["mention_id"], row["branch_id"], Topic(row["topic"]), row["at"]) for row in rows]


async def history(connection: Connection, incident: Incident, since: datetime) -> list[Occurrence]:
    """When that topic came up at that branch since then."""
    rows = await connection.fetch(QUERIES["history"], incident.company, incident.branch_id, incident.topic.value, since)
    return [Occurrence(row["id"], row["waiting_since"]) for row in rows]


async def times_of(connection: Connection, incident_ids: Sequence[UUID]) -> list[datetime]:
    """When these incidents began, the first one first."""
    return [row["waiting_since"] for row in await connection.fetch(QUERIES["times_of"], incident_ids)]


async def add_insight(connection: Connection, insight: InsightRaised) -> bool:
    """Keep it; returns whether it is new."""
    body = insight.model_dump_json()
    return bool(await connection.fetchval(QUERIES["add_insight"], insight.insight_id, insight.at, body))


async def was_raised(connection: Connection, insight: InsightRaised, since: datetime) -> bool:
    """Whether the same was said since then."""
    row = (insight.company, insight.kind, insight.thing, since)
    return bool(await connection.fetchval(QUERIES["was_raised"], *row))


async def read_insight(connection: Connection, insight_id: UUID) -> InsightRaised | None:
    """The insight as it was raised."""
    body = await connection.fetchval(QUERIES["read_insight"], insight_id)
    return InsightRaised.model_validate(body) if body else None


async def mark_told(connection: Connection, insight_ids: Sequence[UUID], at: datetime) -> None:
    """The branch was told."""
    await connection.execute(QUERIES["mark_told"], insight_ids, at)


class OperationRow(NamedTuple):
    """A merge or a split, and who did it."""

    id: UUID
    kind: str
    source_id: UUID
    target_id: UUID
    by: str
    reason: str
    undoes: UUID | None = None


class Done(NamedTuple):
    """An operation on the record, with the source as it was."""

    kind: str
    source_id: UUID
    target_id: UUID
    mention_ids: list[UUID]
    before: Incident
    undone_at: datetime | None


async def moved_of(connection: Connection, incident_id: UUID, only: Sequence[UUID] | None = None) -> list[Moved]:
    """The incident's mentions, or those of `only` that are in it, the first one first."""
    rows = await connection.fetch(QUERIES["mentions_of"], incident_id, list(only) if only is not None else None)
    return [
        Moved(row["mention_id"], row["version"], row["waiting_since"], row["channel"], row["quote"]) for row in rows
    ]


async def add_operation(
    connection: Connection, row: OperationRow, mention_ids: Sequence[UUID], before: Incident, at: datetime
) -> None:
    """Write down what was regrouped, and what it takes to undo it."""
    await connection.execute(QUERIES["add_operation"], *row, mention_ids, before.model_dump(mode="json"), at)


async def lock_operation(connection: Connection, operation_id: UUID) -> Done | None:
    """The operation, locked."""
    row = await connection.fetchrow(QUERIES["lock_operation"], operation_id)
    if row is None:
        return None
    before = Incident.model_validate(row["before"])
    return Done(row["kind"], row["source_id"], row["target_id"], row["mention_ids"], before, row["undone_at"])


async def mark_undone(connection: Connection, operation_id: UUID, at: datetime) -> None:
    """It was taken back."""
    await connection.execute(QUERIES["mark_undone"], operation_id, at)


async def add_review(
    connection: Connection, incident_id: UUID, root_cause: str, action: str, by: str, at: datetime
) -> None:
    """Why it came back; the latest word holds."""
    await connection.execute(QUERIES["add_review"], incident_id, root_cause, action, by, at)


async def list_incidents(connection: Connection, status: str, limit: int) -> list[asyncpg.Record]:
    """The most severe first, then those that wait longest; `status`: open, owed or all."""
    return list(await connection.fetch(QUERIES["list_incidents"], status, limit))


async def operations_of(connection: Connection, incident_id: UUID) -> list[asyncpg.Record]:
    """What was regrouped around an incident."""
    return list(await connection.fetch(QUERIES["operations_of"], incident_id))


async def orders_of(connection: Connection, incident_id: UUID) -> list[asyncpg.Record]:
    """Who was asked."""
    return list(await connection.fetch(QUERIES["orders_of"], incident_id))


async def review_of(connection: Connection, incident_id: UUID) -> asyncpg.Record | None:
    """Why it came back, where somebody has said so."""
    return await connection.fetchrow(QUERIES["review_of"], incident_id)


async def report_rows(connection: Connection, since: datetime, until: datetime) -> list[asyncpg.Record]:
    """What began between the two, for figures."""
    return list(await connection.fetch(QUERIES["report_rows"], since, until))
