"""Makes the replies that are due, and sends what passes the gates; the rest waits for a person."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prometheus_client import Counter
from pydantic import TypeAdapter

from chassis.work import Audience, Dispatch, Work
from contracts import (
    Event,
    GateFinding,
    Purpose,
    ReplyKind,
    ResponseApprovalRequested,
    ResponseBlocked,
    ResponseDrafted,
    Topic,
)
from services.respond import store
from services.respond.answers import Answer, NoAnswer
from services.respond.cases import Case, can_update, due_reply, is_late, place_of, response_id
from services.respond.drafting import Blocked, Draft, draft_answer, draft_apart
from services.respond.facts import Facts, gather
from services.respond.gates import Grounds
from services.respond.noticing import NOTHING_TO_SAY, Knowing
from services.respond.plans import Act, humour_of
from services.respond.playbooks import Playbooks
from services.respond.policy import Approvals, Policy, group_of
from services.respond.recent import Recent, plain
from services.respond.slots import missing_slots

CHANNEL = "channel"
APPROVAL = "approval"
EVERY_COMPANY = "*"
HOLDS = {"kill": "kill_switch", "crisis": "crisis_pause"}
OUTCOME_LANE = 2
FACTS = TypeAdapter(Facts)
UPDATE_WITHIN = timedelta(hours=72)
"""While a fix takes longer, the customer hears from us at least this often."""

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
    purpose: Purpose | None = None
    number: int = 1
    private: bool = False
    promised_until: datetime | None = None

    @property
    def id(self) -> UUID:
        return response_id(self.case.mention_id, self.kind, self.purpose, self.number)

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
            "purpose": self.purpose,
            "private": self.private,
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
            "purpose": self.purpose.value if self.purpose else None,
            "number": self.number,
            "private": self.private,
            "plan": _plan_row(draft),
            "promised_until": self.promised_until.isoformat() if self.promised_until else None,
        }


def _plan_row(draft: Draft | None) -> list[dict[str, Any]] | None:
    return [step.model_dump(mode="json") for step in draft.plan.published()] if draft else None


@dataclass(frozen=True)
class Wish:
    """A text beside the three kinds that somebody wants said; `gift`, `reason`: what only it may say."""

    purpose: Purpose
    number: int = 1
    gift: str | None = None
    reason: str | None = None
    problem: str | None = None
    """Why a person has to look at it before it may leave, whatever the gates say."""


Wanted = tuple[Case, ReplyKind, Wish | None]
"""A reply to make: one of the three kinds, or a wish."""


@dataclass(frozen=True)
class Replying:
    """Looks which replies are due and makes them."""

    playbooks: Playbooks
    knowing: Knowing = NOTHING_TO_SAY
    policy: Policy | None = None
    """Its ladder and its approvals; without one everything that passes the gates leaves by itself."""
    humour: int = 2
    """The most the brand jokes, 0 to 3; anger and harm bring it down to none."""

    @property
    def approvals(self) -> Approvals:
        return self.policy.approvals if self.policy else Approvals()

    async def advance(self, work: Work, mention_ids: Iterable[UUID], causes: Causes) -> None:
        """Make what is due for these mentions, once, whoever asks."""
        cases = await store.lock_cases(work.connection, mention_ids)
        due = [(case, kind) for case in cases if (kind := due_reply(case)) is not None]
        if not due:
            return
        wanted: list[Wanted] = [(case, kind, None) for case, kind in due]
        wanted += [(case, ReplyKind.ANSWER, Wish(Purpose.DETAILS)) for case, kind in due if self.asks(case, kind)]
        await self._send_or_queue(work, await self._make(work, wanted), causes)

    async def say(self, work: Work, wishes: Mapping[UUID, Wish], causes: Causes) -> None:
        """Make these texts too, each once; what its channel cannot take in the right place waits for a person."""
        cases = await store.lock_cases(work.connection, wishes)
        wanted = [(case, ReplyKind.ANSWER, wishes[case.mention_id]) for case in cases]
        await self._send_or_queue(work, await self._make(work, wanted), causes)

    async def ask_person(self, work: Work, reasons: Mapping[UUID, str], causes: Causes) -> None:
        """Have a person answer these mentions."""
        cases = await store.lock_cases(work.connection, reasons)
        replies = [self._suggest(case, reasons[case.mention_id]) for case in cases if not case.replies]
        await self._send_or_queue(work, replies, causes)

    def _suggest(self, case: Case, reason: str) -> Reply:
        """For a person: with the fact we would put right, where we know one."""
        reply = Reply(case, ReplyKind.ANSWER, self._facts(case), None, problem=reason)
        try:
            answer = self.knowing.answer(case)
        except NoAnswer:
            answer = None
        if answer is None:
            return reply
        reply = replace(reply, facts=_with_answer(reply.facts, answer))
        made = draft_answer(answer, Grounds(reply.facts, case.mention.permission.max_length), reply.id.int)
        return replace(reply, draft=made.draft if isinstance(made, Blocked) else made)

    def asks(self, case: Case, kind: ReplyKind) -> bool:
        """Once per author, in private, and only for what the playbook needs and nobody knows."""
        first = kind is not ReplyKind.OUTCOME and not case.replies
        return first and not case.asked and place_of(case, Purpose.DETAILS) == "private" and bool(self._missing(case))

    def _missing(self, case: Case) -> tuple[str, ...]:
        topic = case.assessment.topics[0] if case.assessment.topics else Topic.OTHER
        book = self.playbooks.find(case.assessment.language, case.assessment.kind, topic)
        if book is None or not case.needs_fix:
            return ()
        branch = case.incident is not None and case.incident.branch_name is not None
        return missing_slots(book.slots, (case.mention.text, *case.earlier), branch_known=branch)

    async def _make(self, work: Work, wanted: Sequence[Wanted]) -> list[Reply]:
        if not wanted:
            return []
        recent = await store.recent_texts(work.connection, (case.mention.account for case, _, _ in wanted))
        controls = await store.active_controls(work.connection)
        made = []
        for case, kind, wish in wanted:
            said = recent.setdefault(case.mention.account, Recent())
            reply = self._hold(self._write(work, case, kind, said, wish), controls)
            if reply.problem is None and reply.draft is not None:
                said.add(reply.draft.text)
            made.append(reply)
            await asyncio.sleep(0)  # a text takes about a millisecond: whoever waits to decide goes first
        return made

    def _facts(self, case: Case, *, next_update_at: datetime | None = None, wish: Wish | None = None) -> Facts:
        assessment = case.assessment
        facts = gather(
            case.mention,
            assessment,
            case.incident.told() if case.incident else None,
            self.playbooks.words,
            humour=humour_of(self.humour, assessment.anger, assessment.severity, assessment.kind),
            next_update_at=next_update_at,
        )
        if wish is None:
            return facts
        missing = self._missing(case) if wish.purpose is Purpose.DETAILS else ()
        asked = self.playbooks.words[facts.language].list_slots(missing)
        return replace(facts, missing=asked, gift=wish.gift, reason=wish.reason)

    def _write(self, work: Work, case: Case, kind: ReplyKind, recent: Recent, wish: Wish | None) -> Reply:
        place = place_of(case, wish.purpose if wish else None)
        next_at = work.now + UPDATE_WITHIN if can_update(case, kind) else None
        reply = self._begin(case, kind, wish, self._facts(case, next_update_at=next_at, wish=wish), place)
        try:
            answer = self.knowing.answer(case) if kind is ReplyKind.ANSWER and wish is None else None
        except NoAnswer as unknown:
            return replace(reply, problem=unknown.reason)
        if answer is not None:
            reply = replace(reply, facts=_with_answer(reply.facts, answer))
        made = self._text(reply, answer, recent)
        if isinstance(made, Blocked):
            return replace(reply, draft=made.draft, findings=made.findings, problem="gates")
        promised = next_at if Act.NEXT_UPDATE in made.plan.acts else None
        return replace(reply, draft=made, problem=_problem(work, case, place, wish), promised_until=promised)

    def _begin(self, case: Case, kind: ReplyKind, wish: Wish | None, facts: Facts, place: str | None) -> Reply:
        reply = Reply(case, kind, facts, None, private=place == "private")
        return reply if wish is None else replace(reply, purpose=wish.purpose, number=wish.number)

    def _text(self, reply: Reply, answer: Answer | None, recent: Recent) -> Draft | Blocked:
        case, facts, seed = reply.case, reply.facts, reply.id.int
        grounds = Grounds(facts, case.mention.permission.max_length, recent, public=not reply.private)
        if answer is not None:
            return draft_answer(answer, grounds, seed)
        language = case.assessment.language
        return draft_apart(self.playbooks, language, reply.kind, facts, grounds, seed, reply.purpose)

    def _hold(self, reply: Reply, controls: Mapping[str, str]) -> Reply:
        """What passed may still have to wait: somebody pressed stop, or its class has not earned to go by itself."""
        if reply.problem is not None:
            return reply
        control = controls.get(EVERY_COMPANY) or controls.get(reply.case.mention.company)
        if control is not None:
            return replace(reply, problem=HOLDS[control])
        group = group_of(reply.case.assessment, reply.case.saw)
        if self.policy is not None and self.policy.needs_person(group, reply.case.decision, reply.kind):
            return replace(reply, problem="autonomy")
        return reply

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
                wait_for_person(work, reply.id, kept[reply.id], 1, self.approvals)
            result = "sent_on" if reply.problem is None else "queued"
            work.count(REPLIES, reply.kind.value, result)
        await telling.save()


def _with_answer(facts: Facts, answer: Answer) -> Facts:
    """What we know in reply, and where it stands."""
    return replace(facts, answer=answer.kernels[0], source=answer.source)


def _problem(work: Work, case: Case, place: str | None, wish: Wish | None) -> str | None:
    """Why a text that passes every gate may still not leave by itself."""
    if wish is not None and wish.problem is not None:
        return wish.problem
    if place is None:
        return "no_reply_left"
    return "window_closed" if is_late(case.mention.permission.reply_until, work.now) else None


def _send(telling: Telling, reply: Reply, generation: int, cause: UUID) -> None:
    draft, work = reply.draft, telling.work
    if draft is None:
        raise ValueError("a reply without a problem has a text")
    drafted = ResponseDrafted(
        **reply.header(work),
        text=draft.text,
        playbook=draft.playbook,
        variant=draft.variant,
        plan=draft.plan.published(),
    )
    telling.tell(drafted, cause, _ordinal(reply))
    work.order(dispatch_of(reply.id, generation, reply.case.mention_id, reply.lane, work))


def wait_for_person(work: Work, reply_id: UUID, generation: int, step: int, approvals: Approvals) -> None:
    """Be called when nobody decided in time; after the last step the queue's gauges say it."""
    if step <= len(approvals.steps):
        payload = {"response_id": str(reply_id), "generation": generation, "step": step}
        due_at = work.now + timedelta(minutes=approvals.escalate_after_minutes)
        work.start_timer(APPROVAL, f"{reply_id}:{generation}:{step}", due_at, payload)


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
        "purpose": item.purpose,
        "private": item.private,
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
    header, ordinal = reply.header(telling.work), _ordinal(reply)
    if reply.findings:
        telling.tell(ResponseBlocked(**header, findings=reply.findings), cause, ordinal)
    text = reply.draft.text if reply.draft else None
    asked = ResponseApprovalRequested(**header, reason=reply.problem or "gates", text=text)
    telling.tell(asked, cause, ordinal)


def _ordinal(reply: Reply) -> int:
    """Tells apart what one cause says about one mention."""
    if reply.purpose is None:
        return list(ReplyKind).index(reply.kind)
    return len(ReplyKind) + list(Purpose).index(reply.purpose)
