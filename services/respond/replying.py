"""Makes the replies that are due, and sends what passes the gates; the rest waits for a person."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from prometheus_client import Counter
from pydantic import TypeAdapter

from chassis.work import Audience, Dispatch, Work
from contracts import (
    Event,
    GateFinding,
    ReplyKind,
    ResponseApprovalRequested,
    ResponseBlocked,
    ResponseDrafted,
)
from services.respond import store
from services.respond.cases import Case, due_reply, is_late, response_id
from services.respond.drafting import Blocked, Draft, draft_reply
from services.respond.facts import Facts, gather
from services.respond.gates import RECENT_MAX, Grounds, plain
from services.respond.playbooks import Playbooks

CHANNEL = "channel"
OUTCOME_LANE = 2
FACTS = TypeAdapter(Facts)
STORM_RECENT_MAX = 5
"""Thousands who met one problem cannot all be told its end in words of their own; neighbours still differ."""

REPLIES = Counter("amends_replies_total", "Replies made, by kind and what became of them", ["reply_kind", "result"])

Causes = Callable[[UUID], UUID]
"""Mention → id of the event or timer that led here."""


@dataclass
class Telling:
    """Emits events about mentions, each with the next sequence of its subject, and saves where it came to."""

    work: Work
    sequences: dict[UUID, int] = field(default_factory=dict)

    def know(self, mention_id: UUID, sequence: int) -> None:
        """The subject's last sequence, as it is locked."""
        self.sequences.setdefault(mention_id, sequence)

    def tell(self, event: Event, cause: UUID, ordinal: int = 0) -> None:
        self.sequences[event.subject] += 1
        self.work.emit(event, cause=cause, ordinal=ordinal, sequence=self.sequences[event.subject])

    async def save(self) -> None:
        await store.save_sequences(self.work.connection, self.sequences)


@dataclass(frozen=True)
class Reply:
    """A reply that is due, with what came of making it; `problem`: why a person is needed."""

    case: Case
    kind: ReplyKind
    facts: Facts
    draft: Draft | None
    findings: tuple[GateFinding, ...] = ()
    problem: str | None = None

    @property
    def id(self) -> UUID:
        return response_id(self.case.mention_id, self.kind)

    @property
    def lane(self) -> int:
        return OUTCOME_LANE if self.kind is ReplyKind.OUTCOME else self.case.lane

    def header(self, work: Work) -> dict[str, Any]:
        """What every event about this reply says."""
        mention, incident = self.case.mention, self.case.incident
        return {
            "mention_id": mention.mention_id,
            "mention_version": self.case.version,
            "company": mention.company,
            "channel": mention.channel,
            "at": work.now,
            "response_id": self.id,
            "reply_kind": self.kind,
            "incident_id": incident.incident_id if incident else None,
        }

    def row(self) -> dict[str, Any]:
        """As the record keeps it."""
        mention, incident, draft = self.case.mention, self.case.incident, self.draft
        ready = draft is not None and self.problem is None
        return {
            "response_id": str(self.id),
            "mention_id": str(mention.mention_id),
            "mention_version": self.case.version,
            "reply_kind": self.kind.value,
            "incident_id": str(incident.incident_id) if incident else None,
            "company": mention.company,
            "account": mention.account,
            "status": "drafted" if ready else "queued",
            "text": draft.text if draft else None,
            "plain_text": plain(draft.text) if draft and ready else None,
            "playbook": draft.playbook if draft else None,
            "variant": draft.variant if draft else None,
            "facts": FACTS.dump_python(self.facts, mode="json"),
            "reason": self.problem,
            "lane": self.lane,
            "waiting_since": mention.waiting_since.isoformat(),
        }


@dataclass(frozen=True)
class Replying:
    """Looks which replies are due and makes them."""

    playbooks: Playbooks

    async def advance(self, work: Work, mention_ids: Iterable[UUID], causes: Causes) -> None:
        """Make what is due for these mentions, once, whoever asks."""
        cases = await store.lock_cases(work.connection, mention_ids)
        due = [(case, kind) for case in cases if (kind := due_reply(case)) is not None]
        if due:
            await self._send_or_queue(work, await self._make(work, due), causes)

    async def ask_person(self, work: Work, reasons: Mapping[UUID, str], causes: Causes) -> None:
        """Have a person answer these mentions."""
        cases = await store.lock_cases(work.connection, reasons)
        replies = [
            Reply(
                case,
                ReplyKind.ANSWER,
                gather(case.mention, case.assessment, None),
                None,
                problem=reasons[case.mention_id],
            )
            for case in cases
            if not case.replies
        ]
        await self._send_or_queue(work, replies, causes)

    async def _make(self, work: Work, due: list[tuple[Case, ReplyKind]]) -> list[Reply]:
        recent = await store.recent_texts(work.connection, (case.mention.account for case, _ in due))
        made = []
        for case, kind in due:
            said = recent.setdefault(case.mention.account, [])
            reply = self._write(work, case, kind, said)
            if reply.problem is None and reply.draft is not None:
                said.insert(0, plain(reply.draft.text))
                del said[RECENT_MAX:]
            made.append(reply)
            await asyncio.sleep(0)  # a text takes about a millisecond: whoever waits to decide goes first
        return made

    def _write(self, work: Work, case: Case, kind: ReplyKind, recent: list[str]) -> Reply:
        permission = case.mention.permission
        facts = gather(case.mention, case.assessment, case.incident.told() if case.incident else None)
        stormy = case.incident is not None and case.incident.storm
        grounds = Grounds(facts, permission.max_length, recent[:STORM_RECENT_MAX] if stormy else recent)
        seed = response_id(case.mention_id, kind).int
        made = draft_reply(self.playbooks, case.assessment.language, kind, facts, grounds, seed)
        if isinstance(made, Blocked):
            return Reply(case, kind, facts, made.draft, made.findings, "gates")
        if is_late(permission.reply_until, work.now):
            return Reply(case, kind, facts, made, problem="window_closed")
        return Reply(case, kind, facts, made)

    async def _send_or_queue(self, work: Work, replies: list[Reply], causes: Causes) -> None:
        kept = await store.add_responses(work.connection, [reply.row() for reply in replies], work.now)
        telling = Telling(work)
        for reply in replies:
            if reply.id not in kept:
                continue
            telling.know(reply.case.mention_id, reply.case.sequence)
            cause = causes(reply.case.mention_id)
            if reply.problem is None:
                _send(telling, reply, kept[reply.id], cause)
            else:
                _queue(telling, reply, cause)
            result = "sent_on" if reply.problem is None else "queued"
            work.count(REPLIES, reply.kind.value, result)
        await telling.save()


def _send(telling: Telling, reply: Reply, generation: int, cause: UUID) -> None:
    draft, work = reply.draft, telling.work
    if draft is None:
        raise ValueError("a reply without a problem has a text")
    drafted = ResponseDrafted(**reply.header(work), text=draft.text, playbook=draft.playbook, variant=draft.variant)
    telling.tell(drafted, cause, _ordinal(reply.kind))
    work.order(dispatch_of(reply.id, generation, reply.case.mention_id, reply.lane, work))


def header_of(item: store.Saved, work: Work) -> dict[str, Any]:
    """What every event about a saved response says."""
    return {
        "mention_id": item.mention_id,
        "mention_version": item.mention_version,
        "company": item.company,
        "channel": item.channel,
        "at": work.now,
        "response_id": item.response_id,
        "reply_kind": item.reply_kind,
        "incident_id": item.incident_id,
    }


def dispatch_of(reply_id: UUID, generation: int, mention_id: UUID, lane: int, work: Work) -> Dispatch:
    """The order to send one generation of a response. Its text is read when it leaves."""
    return Dispatch(
        key=f"response:{reply_id}:{generation}",
        adapter=CHANNEL,
        audience=Audience.CUSTOMER,
        subject=mention_id,
        payload={"response_id": str(reply_id), "generation": generation},
        due_at=work.now,
        lane=lane,
    )


def _queue(telling: Telling, reply: Reply, cause: UUID) -> None:
    header, ordinal = reply.header(telling.work), _ordinal(reply.kind)
    if reply.findings:
        telling.tell(ResponseBlocked(**header, findings=reply.findings), cause, ordinal)
    text = reply.draft.text if reply.draft else None
    asked = ResponseApprovalRequested(**header, reason=reply.problem or "gates", text=text)
    telling.tell(asked, cause, ordinal)


def _ordinal(kind: ReplyKind) -> int:
    return list(ReplyKind).index(kind)
