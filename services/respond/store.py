"""What respond remembers: what was decided, what notify said, what we said or were about to say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection, load_queries
from contracts import (
    Assessment,
    LoopOutcome,
    Mention,
    MentionAssessed,
    MentionLocated,
    Purpose,
    ReplyKind,
    Topic,
)
from services.respond.cases import Case, Incident, response_id, understood
from services.respond.conversations import Said
from services.respond.goodwill import Gift
from services.respond.policy import Noticed, Verdict
from services.respond.recent import RECENT_MAX, Recent

QUERIES = load_queries("services.respond")

WAITING_FOR_A_PERSON = frozenset({"queued", "failed", "parked"})


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


@dataclass(frozen=True)
class Claimed:
    """A version of a mention that is decided now. `planned`: its replies are ours to plan."""

    mention_id: UUID
    sequence: int
    deleted: bool
    newest_version: int


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What the record says of one response, and the last sequence of its mention's events."""

    response_id: UUID
    mention_id: UUID
    mention_version: int
    reply_kind: ReplyKind
    incident_id: UUID | None
    company: str
    channel: str
    sequence: int
    purpose: Purpose | None = None
    private: bool = False


class Withdrawn(Saved):
    """A response that was taken back before it left."""


@dataclass(frozen=True, kw_only=True)
class Response(Saved):
    """One response with its mention; the mention is None once its author took it back."""

    account: str
    status: str
    generation: int
    text: str | None
    facts: Mapping[str, Any]
    reason: str | None
    lane: int
    waiting_since: datetime
    changed_at: datetime
    mention: Mention | None
    override: Mapping[str, Any] | None = None
    deleted: bool


@dataclass(frozen=True, kw_only=True)
class Sent(Saved):
    """A response whose dispatch ended, and what its case knows."""

    kind: str
    status: str
    text: str | None
    waiting_since: datetime
    first_replied_at: datetime | None
    closed_at: datetime | None
    outcome: LoopOutcome | None
    lane: int
    number: int
    promised_until: datetime | None


@dataclass(frozen=True)
class Ended:
    """How the dispatch of one response ended; `closed`: that also told the customer how the matter did."""

    sent: Sent
    status: str
    reason: str | None
    at: datetime
    closed: bool


async def expect(connection: Connection, rows: Sequence[tuple[UUID, int, datetime]]) -> None:
    """Remember mentions that are to be decided: (id, version, waiting since)."""
    await connection.execute(QUERIES["expect"], *_columns(rows))


async def undecided(connection: Connection) -> tuple[int, datetime | None]:
    """How many mentions wait for a decision, and since when the oldest does."""
    await connection.execute(QUERIES["forget_expected"])
    row = await connection.fetchrow(QUERIES["undecided"])
    return (row["mentions"], row["oldest"]) if row else (0, None)


async def claim_cases(
    connection: Connection, decided: Sequence[tuple[MentionAssessed, Verdict, Noticed]], now: datetime
) -> list[Claimed]:
    """Keep decisions with what they rest on; what is stale is left out."""
    rows = [_case_row(event, verdict, noticed) for event, verdict, noticed in decided]
    found = await connection.fetch(QUERIES["claim_cases"], rows, now)
    return [Claimed(r["mention_id"], r["sequence"], r["deleted_at"] is not None, r["newest_version"]) for r in found]


def _case_row(event: MentionAssessed, verdict: Verdict, noticed: Noticed) -> dict[str, Any]:
    mention = event.mention
    return {
        "mention_id": str(mention.mention_id),
        "version": mention.version,
        "company": mention.company,
        "channel": mention.channel,
        "account": mention.account,
        "author_key": mention.author_key,
        "kind": event.assessment.kind.value,
        "mention": mention.model_dump(mode="json", exclude_none=True),
        "assessment": event.assessment.model_dump(mode="json", exclude_none=True),
        "decision": verdict.decision.value,
        "lane": verdict.lane,
        "noticed": noticed.model_dump(mode="json", exclude_defaults=True),
        "silent": verdict.silent,
        "waiting_since": mention.waiting_since.isoformat(),
    }


async def lock_cases(connection: Connection, mention_ids: Iterable[UUID]) -> list[Case]:
    """The cases that can still get a reply, locked, with what notify said and what we said."""
    ids = list(set(mention_ids))
    await connection.execute(QUERIES["lock_cases"], ids)
    return [_case(row) for row in await connection.fetch(QUERIES["read_cases"], ids)]


def _case(row: asyncpg.Record) -> Case:
    values = dict(row)
    incident = values.pop("incident")
    case = Case.model_validate(values | {"incident": Incident.model_validate(incident) if incident else None})
    return understood(case)


async def save_sequences(connection: Connection, sequences: Mapping[UUID, int]) -> None:
    """Keep how many events each mention's subject has."""
    if sequences:
        await connection.execute(QUERIES["save_sequences"], list(sequences), list(sequences.values()))


async def tellable(connection: Connection, mention_ids: Sequence[UUID]) -> list[tuple[UUID, int]]:
    """Those whose incident there is something to say about, with their lanes."""
    rows = await connection.fetch(QUERIES["tellable"], mention_ids)
    return [(row["mention_id"], row["lane"]) for row in rows]


async def linked(connection: Connection, mention_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these mentions of which notify has said already to which incident they belong."""
    if not mention_ids:
        return set()
    return {row["mention_id"] for row in await connection.fetch(QUERIES["linked"], mention_ids)}


async def end_grace(connection: Connection, versions: Sequence[tuple[UUID, int]]) -> list[UUID]:
    """No longer wait for an incident; a newer version has a grace of its own."""
    return [row["mention_id"] for row in await connection.fetch(QUERIES["end_grace"], *_columns(versions))]


async def lock_incidents(connection: Connection, incident_ids: Iterable[UUID]) -> None:
    """Be the only one who notes something about these incidents, until the transaction ends."""
    await connection.execute(QUERIES["lock_incidents"], sorted({str(incident_id) for incident_id in incident_ids}))


async def link_mentions(connection: Connection, links: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Remember (mention, incident, since when)."""
    newest = {mention_id: (mention_id, incident_id, at) for mention_id, incident_id, at in sorted(links, key=_at)}
    if newest:
        await connection.execute(QUERIES["link_mentions"], *_columns(sorted(newest.values())))


def _at(link: tuple[UUID, UUID, datetime]) -> datetime:
    return link[2]


async def note_topics(connection: Connection, topic_of: Mapping[UUID, Topic]) -> None:
    """What each incident is about."""
    topics = [topic.value for topic in topic_of.values()]
    await connection.execute(QUERIES["note_topics"], list(topic_of), topics)


async def note_storms(connection: Connection, incident_ids: Sequence[UUID]) -> None:
    """So many write about these that only their end is told one by one."""
    await connection.execute(QUERIES["note_storms"], incident_ids)


async def note_incidents(connection: Connection, notes: Sequence[Incident]) -> None:
    """Add what events said; one note per incident."""
    rows = [note.model_dump(mode="json", exclude_none=True) for note in notes]
    await connection.execute(QUERIES["note_incidents"], rows)


async def mentions_of(connection: Connection, incident_ids: Iterable[UUID]) -> list[UUID]:
    """Every mention of these incidents."""
    rows = await connection.fetch(QUERIES["mentions_of"], list(set(incident_ids)))
    return [row["mention_id"] for row in rows]


async def add_responses(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> dict[UUID, int]:
    """Keep new responses; give the generation of those that are ours: a kind that is there already is left out."""
    if not rows:
        return {}
    found = await connection.fetch(QUERIES["add_responses"], [dict(row) for row in rows], now)
    return {row["response_id"]: row["generation"] for row in found}


async def recent_texts(connection: Connection, accounts: Iterable[str]) -> dict[str, Recent]:
    """What each account said last."""
    found: dict[str, list[str]] = {}
    for row in await connection.fetch(QUERIES["recent_texts"], sorted(set(accounts)), RECENT_MAX):
        found.setdefault(row["account"], []).append(row["plain_text"])
    return {account: Recent(texts) for account, texts in found.items()}


async def set_newest(connection: Connection, versions: Sequence[tuple[UUID, int]]) -> list[UUID]:
    """Remember that a newer version exists; give the mentions for which that is news."""
    newest: dict[UUID, int] = {}
    for mention_id, version in versions:
        newest[mention_id] = max(version, newest.get(mention_id, 0))
    found = await connection.fetch(QUERIES["set_newest"], *_columns(sorted(newest.items())))
    return [row["mention_id"] for row in found]


async def delete_cases(connection: Connection, deletions: Sequence[tuple[UUID, datetime]]) -> None:
    """Forget the words."""
    await connection.execute(QUERIES["delete_cases"], *_columns(sorted(dict(deletions).items())))


async def withdraw(
    connection: Connection, mention_ids: Sequence[UUID], now: datetime, *, older_only: bool
) -> list[Withdrawn]:
    """Take back what has not left; with `older_only` what was made for an older version."""
    await connection.execute(QUERIES["lock_cases"], list(mention_ids))
    rows = await connection.fetch(QUERIES["withdraw"], list(mention_ids), now, older_only)
    return [Withdrawn(**(dict(row) | _kinds(row))) for row in rows]


def _kinds(row: asyncpg.Record) -> dict[str, Any]:
    purpose = row["purpose"]
    return {"reply_kind": ReplyKind(row["reply_kind"]), "purpose": Purpose(purpose) if purpose else None}


async def planned(connection: Connection, mention_ids: Sequence[UUID]) -> list[Withdrawn]:
    """Answers that were going to be made for these mentions, and have no text yet."""
    await connection.execute(QUERIES["lock_cases"], list(mention_ids))
    rows = await connection.fetch(QUERIES["planned"], list(mention_ids))
    return [_planned(row) for row in rows]


def _planned(row: asyncpg.Record) -> Withdrawn:
    kind = ReplyKind.ACKNOWLEDGEMENT if row["incident_id"] else ReplyKind.ANSWER
    return Withdrawn(
        response_id=response_id(row["mention_id"], kind),
        mention_id=row["mention_id"],
        mention_version=row["version"],
        reply_kind=kind,
        incident_id=row["incident_id"],
        company=row["company"],
        channel=row["channel"],
        sequence=row["sequence"],
    )


async def read_response(connection: Connection, response_id: UUID, *, lock: bool = False) -> Response | None:
    """One response with its mention."""
    row = await connection.fetchrow(QUERIES["lock_response" if lock else "read_response"], response_id)
    return _response(row) if row else None


async def read_queue(connection: Connection, limit: int) -> list[Response]:
    """What waits for a person, the most pressing first."""
    return [_response(row) for row in await connection.fetch(QUERIES["queue"], limit)]


def _response(row: asyncpg.Record) -> Response:
    names = Response.__dataclass_fields__.keys() & dict(row).keys()
    values = {name: row[name] for name in names}
    mention = row["mention"]
    values |= _kinds(row)
    values["mention"] = Mention.model_validate(mention) if mention else None
    return Response(**values, deleted=row["deleted_at"] is not None)


async def change_response(
    connection: Connection,
    response_id: UUID,
    status: str,
    now: datetime,
    *,
    text: str | None,
    plain_text: str | None,
    reason: str | None,
) -> int:
    """Save what a person made of it; give the new generation."""
    row = (response_id, status, text, plain_text, reason, now)
    return int(await connection.fetchval(QUERIES["change_response"], *row))


async def lock_settled(connection: Connection, response_ids: Sequence[UUID]) -> list[Sent]:
    """Responses whose dispatches ended, with their cases, locked."""
    rows = await connection.fetch(QUERIES["lock_settled"], list(response_ids))
    return [_sent(row) for row in rows]


def _sent(row: asyncpg.Record) -> Sent:
    values = {name: row[name] for name in Sent.__dataclass_fields__}
    values |= _kinds(row)
    values["outcome"] = LoopOutcome(row["outcome"]) if row["outcome"] else None
    return Sent(**values)


async def settle(connection: Connection, ends: Sequence[Ended]) -> None:
    """Save how dispatches ended; a sent one answers the customer, and an outcome closes the loop."""
    if not ends:
        return
    responses = [(end.sent.response_id, end.status, end.reason, end.at) for end in ends]
    await connection.execute(QUERIES["settle_responses"], *_columns(responses))
    answered = [(end.sent.mention_id, end.at, end.at if end.closed else None) for end in ends if end.status == "sent"]
    if answered:
        await connection.execute(QUERIES["settle_cases"], *_columns(answered))


async def add_audit(
    connection: Connection, at: datetime, response_id: UUID, actor: str, action: str, before: Any, after: Any
) -> None:
    """Write down what a person did."""
    await connection.execute(QUERIES["add_audit"], at, response_id, actor, action, before, after)


async def count_queue(connection: Connection) -> dict[str, tuple[int, datetime]]:
    """Per status: how many wait for a person, and since when the oldest does."""
    rows = await connection.fetch(QUERIES["count_queue"])
    return {row["status"]: (row["responses"], row["oldest"]) for row in rows}


@dataclass(frozen=True)
class Promise:
    """One promise of the ledger."""

    promise_id: UUID
    mention_id: UUID
    promise_kind: str
    due_at: datetime

    def said(self) -> dict[str, Any]:
        """As events name it."""
        return {"promise_id": self.promise_id, "promise_kind": self.promise_kind, "due_at": self.due_at}


async def make_promises(
    connection: Connection, rows: Sequence[tuple[UUID, UUID, UUID, str, datetime]], now: datetime
) -> None:
    """Keep (promise, mention, response, kind, due) in the ledger."""
    if rows:
        await connection.execute(QUERIES["make_promises"], *_columns(rows), now)


async def keep_promises(connection: Connection, heard: Sequence[tuple[UUID, UUID, datetime]]) -> list[Promise]:
    """(mention, response, when): what these replies pay; each promise once."""
    if not heard:
        return []
    return [Promise(**dict(row)) for row in await connection.fetch(QUERIES["keep_promises"], *_columns(heard))]


async def break_promises(connection: Connection, promise_ids: Sequence[UUID], now: datetime) -> list[Promise]:
    """Those of them that were still open."""
    return [Promise(**dict(row)) for row in await connection.fetch(QUERIES["break_promises"], list(promise_ids), now)]


async def lock_grants(connection: Connection, companies: Sequence[str]) -> None:
    """Be the only one who grants for these companies, until the transaction ends."""
    await connection.execute(QUERIES["lock_grants"], list(companies))


async def grant_counts(
    connection: Connection, case: Case, author_days: int, now: datetime, budget_since: datetime
) -> dict[str, Any]:
    """What was given so far: in the incident, to the author, in all; and how many customers the incident has."""
    if case.incident is None:
        raise ValueError("a gift belongs to an incident")
    author = (case.mention.company, case.mention.author_key, case.incident.incident_id)
    row = await connection.fetchrow(QUERIES["grant_counts"], *author, now - timedelta(days=author_days), budget_since)
    return dict(row or {})


async def used_codes(connection: Connection, company: str) -> frozenset[str]:
    """Codes that were given already."""
    return frozenset(row["code"] for row in await connection.fetch(QUERIES["used_codes"], company))


async def add_grant(connection: Connection, case: Case, gift: Gift, code: str | None, now: datetime) -> bool:
    """Keep a gift; False: this mention has one."""
    mention, incident = case.mention, case.incident
    if incident is None:
        raise ValueError("a gift belongs to an incident")
    ids = (mention.mention_id, mention.company, mention.author_key, incident.incident_id)
    words = gift.gift[case.assessment.language]
    given = (words, gift.value, gift.currency, code, now)
    return await connection.fetchval(QUERIES["add_grant"], *ids, *given) is not None


async def read_grants(connection: Connection, mention_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """What was given for these mentions, without codes."""
    if not mention_ids:
        return []
    return [dict(row) for row in await connection.fetch(QUERIES["read_grants"], list(mention_ids))]


async def histories(
    connection: Connection, authors: Sequence[tuple[str, str]], since: datetime
) -> dict[tuple[str, str], tuple[list[tuple[UUID, datetime, Said]], datetime | None]]:
    """Per (company, author key) with a past: earlier mentions with their moments, and the end of a watch."""
    found = {}
    for row in await connection.fetch(QUERIES["histories"], *_columns(sorted(set(authors))), since):
        earlier = [
            (UUID(item["mention_id"]), datetime.fromisoformat(item["at"]), _said(item)) for item in row["earlier"]
        ]
        found[(row["company"], row["author_key"])] = (earlier, row["watch_until"])
    return found


def _said(item: Mapping[str, Any]) -> Said:
    return Said(item["text"] or "", tuple(Topic(topic) for topic in item["topics"] or ()), item["answered"])


async def walk_away(connection: Connection, company: str, author_key: str, now: datetime, until: datetime) -> bool:
    """Begin to watch; False: somebody did already."""
    row = (company, author_key, now, until)
    return await connection.fetchval(QUERIES["walk_away"], *row) is not None


async def end_watch(connection: Connection, company: str, author_key: str) -> None:
    """Listen again."""
    await connection.execute(QUERIES["end_watch"], company, author_key)


async def open_ideas(connection: Connection, company: str) -> list[tuple[UUID, str]]:
    """Ideas nobody has decided about, each with the words it was first told in."""
    return [(row["idea_id"], row["text"]) for row in await connection.fetch(QUERIES["open_ideas"], company)]


async def add_idea(connection: Connection, mention_id: UUID, idea_id: UUID, company: str, now: datetime) -> bool:
    """Keep that a mention asks for an idea; False: that is known."""
    return await connection.fetchval(QUERIES["add_idea"], mention_id, idea_id, company, now) is not None


async def end_idea(connection: Connection, idea_id: UUID, now: datetime, ending: str, reason: str | None) -> list[UUID]:
    """Say how it ended; give the mentions that asked for it."""
    rows = await connection.fetch(QUERIES["end_idea"], idea_id, now, ending, reason)
    return sorted(row["mention_id"] for row in rows)


async def list_ideas(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """Ideas, the most wanted first."""
    return [dict(row) for row in await connection.fetch(QUERIES["list_ideas"], limit)]


@dataclass(frozen=True)
class History:
    """What one author wrote to one company lately, and whether we answered."""

    mentions: int = 0
    answered: bool = False


async def author_history(
    connection: Connection, author_keys: Iterable[str], since: datetime, without: Iterable[UUID]
) -> dict[tuple[str, str], History]:
    """Per (company, author): their other mentions since `since`."""
    rows = await connection.fetch(QUERIES["author_history"], sorted(set(author_keys)), since, list(without))
    return {(row["company"], row["author_key"]): History(row["mentions"], row["answered"]) for row in rows}


async def thread_openers(connection: Connection, threads: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Per (channel, thread): the author who began it with a complaint or a question."""
    wanted = sorted(set(threads))
    if not wanted:
        return {}
    rows = await connection.fetch(QUERIES["thread_openers"], *_columns(wanted))
    return {(row["channel"], row["thread"]): row["author_key"] for row in rows}


async def note_located(connection: Connection, events: Sequence[MentionLocated]) -> list[tuple[UUID, int]]:
    """Remember where questions are about; give those mentions that are decided, with their lanes."""
    newest = {e.mention_id: e for e in sorted(events, key=lambda e: e.mention_version)}
    rows = [
        {
            "mention_id": str(event.mention_id),
            "mention_version": event.mention_version,
            "venue": event.venue.model_dump(mode="json", exclude_none=True) if event.venue else None,
        }
        for event in newest.values()
    ]
    await connection.execute(QUERIES["note_located"], rows)
    return [(row["mention_id"], row["lane"]) for row in await connection.fetch(QUERIES["lanes"], list(newest))]


async def active_controls(connection: Connection) -> dict[str, str]:
    """Company (or *) → the strongest control that is on."""
    found: dict[str, str] = {}
    for row in await connection.fetch(QUERIES["active_controls"]):
        found.setdefault(row["company"], row["control"])
    return found


async def list_controls(connection: Connection) -> list[dict[str, Any]]:
    """Every control that was ever touched, as it stands."""
    return [dict(row) for row in await connection.fetch(QUERIES["list_controls"])]


async def set_control(
    connection: Connection, company: str, control: str, *, active: bool, actor: str, reason: str, now: datetime
) -> None:
    """Switch it."""
    await connection.execute(QUERIES["set_control"], company, control, active, actor, reason, now)


async def edit_response(
    connection: Connection, response_id: UUID, text: str, override: Mapping[str, Any] | None, now: datetime
) -> int:
    """Keep other words, and what somebody wants to send against a gate; give the new generation."""
    kept = dict(override) if override else None
    return int(await connection.fetchval(QUERIES["edit_response"], response_id, text, kept, now))


async def raise_lane(connection: Connection, response_id: UUID) -> None:
    """Have it stand further up in the queue."""
    await connection.execute(QUERIES["raise_lane"], response_id)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A mention with its decision, as people look at it."""

    mention_id: UUID
    version: int
    company: str
    channel: str
    decision: str
    kind: str
    lane: int
    mention: Mention
    assessment: Assessment
    noticed: Noticed
    decided_at: datetime


async def list_cases(connection: Connection, decision: str | None, limit: int) -> list[Decided]:
    """The latest decisions, of one kind where it is named."""
    return [_decided(row) for row in await connection.fetch(QUERIES["list_cases"], decision, limit)]


async def read_case(connection: Connection, mention_id: UUID) -> Decided | None:
    """One decision."""
    row = await connection.fetchrow(QUERIES["read_case"], mention_id)
    return _decided(row) if row else None


def _decided(row: asyncpg.Record) -> Decided:
    values = dict(row)
    values["mention"] = Mention.model_validate(values["mention"])
    values["assessment"] = Assessment.model_validate(values["assessment"])
    values["noticed"] = Noticed.model_validate(values["noticed"] or {})
    return Decided(**values)


async def reassess_case(connection: Connection, mention_id: UUID, assessment: Assessment, verdict: Verdict) -> None:
    """A person corrected the assessment, and what follows from it."""
    said = assessment.model_dump(mode="json", exclude_none=True)
    row = (mention_id, said, assessment.kind.value, verdict.decision.value, verdict.lane, verdict.silent)
    await connection.execute(QUERIES["reassess_case"], *row)


async def add_overrule(connection: Connection, at: datetime, *values: Any) -> None:
    """Write down a correction: mention, version, company, head, from, to, who, assessor, confidence."""
    await connection.execute(QUERIES["add_overrule"], at, *values)


async def overrides_by_week(connection: Connection, since: datetime) -> list[dict[str, Any]]:
    """How often each assessor was overruled, week by week; in a transaction that can change nothing. Call it first."""
    await connection.execute(QUERIES["read_only"])
    return [dict(row) for row in await connection.fetch(QUERIES["overrides_by_week"], since)]


async def decided_since(connection: Connection, since: datetime, limit: int) -> list[dict[str, Any]]:
    """What a back-test looks at, in a transaction that can change nothing. Call it first."""
    await connection.execute(QUERIES["read_only"])
    return [dict(row) for row in await connection.fetch(QUERIES["decided_since"], since, limit)]


async def is_said(connection: Connection, mention_id: UUID) -> bool:
    """Whether a text about this mention is on its way, or arrived."""
    return bool(await connection.fetchval(QUERIES["is_said"], mention_id))
