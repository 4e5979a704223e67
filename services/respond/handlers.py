"""What respond does about what is said, assessed, edited and deleted, and about what notify says of incidents."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from prometheus_client import Counter, Gauge, Histogram

from chassis.observability import WAIT_BUCKETS
from chassis.runtime import Runtime
from chassis.work import DispatchStatus, Received, Settled, Timer, Work
from contracts import (
    ConversationResumed,
    ConversationWalkedAway,
    ConversationWatchStarted,
    Decision,
    IdeaCaptured,
    Kind,
    LoopClosed,
    MentionAssessed,
    MentionDeleted,
    MentionEdited,
    MentionLocated,
    MentionReceived,
    ReplyKind,
    ResponseApprovalRequested,
    ResponseCancelled,
    ResponseDecided,
    ResponseEscalated,
    ResponseFailed,
    ResponseSent,
    Topic,
)
from services.respond import store
from services.respond.aftercare import CLOSING, Aftercare
from services.respond.cases import ANSWERED
from services.respond.conversations import MEMORY, WATCH, History, Turn, turn_of
from services.respond.ideas import same_idea
from services.respond.policy import Noticed, Policy, Verdict, decide
from services.respond.replying import Replying, Telling, header_of, wait_for_person

GRACE = "grace"
DRAFT = "draft"
DELETED = Verdict(Decision.MONITOR, ("mention_deleted",), 7)

Turns = dict[UUID, tuple[Turn, int]]
"""Mention → what its conversation makes of it, and how many rounds it had."""

LABELS = ["channel", "kind", "outcome"]
DECISIONS = Counter("amends_decisions_total", "Decisions, one per mention and version", ["decision", "kind", "channel"])
FIRST_RESPONSE = Histogram(
    "amends_first_response_seconds",
    "From when a customer began to wait until the channel took our first reply",
    LABELS,
    buckets=WAIT_BUCKETS,
)
TIME_TO_CLOSE_LOOP = Histogram(
    "amends_time_to_close_loop_seconds",
    "From when a customer began to wait until they were told how it ended",
    LABELS,
    buckets=WAIT_BUCKETS,
)
INJECTIONS = Counter(
    "amends_injections_seen_total",
    "Mentions that give us orders, as one gives them to a program; treated as text",
    ["channel"],
)
APPROVALS_ESCALATED = Counter(
    "amends_approvals_escalated_total", "Responses nobody decided about in time; the next person was asked", ["step"]
)
UNDECIDED = Gauge(
    "amends_mentions_undecided", "Mentions received and not decided; more than a few seconds of it: alarm"
)
UNDECIDED_AGE = Gauge("amends_mentions_undecided_oldest_age_seconds", "How long the oldest of them has waited")
QUEUE = Gauge("amends_queue_responses", "Responses that wait for a person", ["status"])
QUEUE_AGE = Gauge("amends_queue_oldest_age_seconds", "How long the oldest of them has waited", ["status"])


@dataclass(frozen=True)
class Handlers:
    """The entry points of the bus, the timers and the dispatcher."""

    replying: Replying
    policy: Policy
    grace: timedelta
    patience: timedelta
    """The grace where the channel takes one reply only: that one is worth waiting for."""
    aftercare: Aftercare

    async def on_mention_received(self, work: Work, events: Sequence[Received[MentionReceived]]) -> None:
        """A decision is due."""
        mentions = [event.data.mention for event in events]
        await store.expect(work.connection, [(m.mention_id, m.version, m.waiting_since) for m in mentions])

    async def on_mention_edited(self, work: Work, events: Sequence[Received[MentionEdited]]) -> None:
        """What was made for the older words is held back; the newer ones are assessed and decided."""
        mentions = [event.data.mention for event in events]
        await store.expect(work.connection, [(m.mention_id, m.version, m.waiting_since) for m in mentions])
        news = await store.set_newest(work.connection, [(m.mention_id, m.version) for m in mentions])
        causes = {event.data.subject: event.id for event in events}
        await withdraw(work, news, causes, "edited", older_only=True)

    async def on_mention_deleted(self, work: Work, events: Sequence[Received[MentionDeleted]]) -> None:
        """Nothing is sent any more, and the words go."""
        causes = {event.data.mention_id: event.id for event in events}
        planned = await store.planned(work.connection, list(causes))
        await store.delete_cases(work.connection, [(e.data.mention_id, e.data.deleted_at) for e in events])
        await _cancel(work, planned, causes, "deleted")
        await withdraw(work, list(causes), causes, "deleted", older_only=False)

    async def on_mention_assessed(self, work: Work, events: Sequence[Received[MentionAssessed]]) -> None:
        """Decide at once; then make what can be said, or wait a moment for who can fix it."""
        newest = _newest(events)
        noticed = await self.replying.knowing.notice(work, [event.data for event in newest])
        verdicts, turns = await self.judge(work, newest, noticed)
        decided = [(e.data, verdicts[e.data.subject], noticed[e.data.subject]) for e in newest]
        claimed = {case.mention_id: case for case in await store.claim_cases(work.connection, decided, work.now)}
        events_of = {event.data.subject: event for event in newest if event.data.subject in claimed}
        for mention_id, event in events_of.items():
            verdict = DELETED if claimed[mention_id].deleted else verdicts[mention_id]
            self.say(work, event, verdict, claimed[mention_id].sequence)
            if noticed[mention_id].injection:
                work.count(INJECTIONS, event.data.mention.channel)
        kept = [event for mention_id, event in events_of.items() if not claimed[mention_id].deleted]
        telling = Telling(work, {mention_id: case.sequence for mention_id, case in claimed.items()})
        await _tell_turns(telling, kept, turns)
        await _capture_ideas(telling, kept, verdicts)
        await telling.save()
        causes = {mention_id: event.id for mention_id, event in events_of.items()}
        edited = [mention_id for mention_id, event in events_of.items() if event.data.mention.version > 1]
        await withdraw(work, edited, causes, "edited", older_only=True)
        asking = {mention_id for mention_id, saw in noticed.items() if saw.asks is not None}
        await self._plan(work, kept, verdicts, asking)

    async def judge(
        self, work: Work, events: Sequence[Received[MentionAssessed]], noticed: Mapping[UUID, Noticed]
    ) -> tuple[dict[UUID, Verdict], Turns]:
        """What the table says, and what each conversation makes of it."""
        verdicts = {event.data.subject: self.decide(event.data, noticed[event.data.subject]) for event in events}
        turns = await _turns(work, events, verdicts)
        return verdicts | {m: after_turn(verdicts[m], turn) for m, (turn, _) in turns.items()}, turns

    def decide(self, assessed: MentionAssessed, noticed: Noticed) -> Verdict:
        """What the table says."""
        mention = assessed.mention
        return decide(
            self.policy,
            assessed.assessment,
            mention.permission,
            self.replying.playbooks.languages,
            company=mention.company,
            channel=mention.channel,
            noticed=noticed,
        )

    def say(self, work: Work, event: Received[MentionAssessed], verdict: Verdict, sequence: int) -> None:
        mention, assessment = event.data.mention, event.data.assessment
        decided = ResponseDecided(
            **_of_mention(event.data, work),
            decision=verdict.decision,
            reasons=verdict.reasons,
            kind=assessment.kind,
            topic=assessment.topics[0] if assessment.topics else Topic.OTHER,
            policy_version=self.policy.version,
            waiting_since=mention.waiting_since,
        )
        work.emit(decided, cause=event.id, sequence=sequence)
        work.count(DECISIONS, verdict.decision.value, assessment.kind.value, mention.channel)

    async def _plan(
        self,
        work: Work,
        events: Sequence[Received[MentionAssessed]],
        verdicts: dict[UUID, Verdict],
        asking: Collection[UUID],
    ) -> None:
        causes = {event.data.subject: event.id for event in events}
        asked: dict[UUID, str] = {}
        answered = []
        for event in events:
            verdict = verdicts[event.data.subject]
            if verdict.decision is Decision.ESCALATE_TO_PERSON:
                asked[event.data.subject] = verdict.reasons[0]
            elif verdict.decision in ANSWERED and not verdict.silent:
                answered.append(event)
        if asked:
            await self.replying.ask_person(work, asked, causes.__getitem__)
        complaints = [event.data.subject for event in answered if event.data.assessment.kind is Kind.COMPLAINT]
        waiting = set(complaints) - await store.linked(work.connection, complaints)
        for event in answered:
            if event.data.subject not in waiting:
                _start(work, DRAFT, event.data, work.now, verdicts[event.data.subject].lane)
            if (span := self._grace(event.data, asking)) is not None:
                _start(work, GRACE, event.data, work.now + span, verdicts[event.data.subject].lane)

    def _grace(self, assessed: MentionAssessed, asking: Collection[UUID]) -> timedelta | None:
        """How long the answer waits for what notify knows: who can fix it, or which branch is asked about."""
        if assessed.assessment.kind is Kind.COMPLAINT:
            return self.patience if assessed.mention.permission.replies_max == 1 else self.grace
        return self.grace if assessed.subject in asking else None

    async def on_mention_located(self, work: Work, events: Sequence[Received[MentionLocated]]) -> None:
        """Now it is known which branch a question is about, or that nobody knows."""
        causes = {event.data.mention_id: event.id for event in events}
        for mention_id, lane in await store.note_located(work.connection, [event.data for event in events]):
            payload = {"mention_id": str(mention_id)}
            work.start_timer(DRAFT, f"{mention_id}:{causes[mention_id]}", work.now, payload, lane=lane)

    async def on_approval_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """Nobody decided in time: the next person is asked, and it stays unsent."""
        telling = Telling(work)
        for timer in sorted(timers, key=lambda timer: timer.payload["response_id"]):
            found = await store.read_response(work.connection, UUID(timer.payload["response_id"]), lock=True)
            if found is None or found.deleted or found.status not in store.WAITING_FOR_A_PERSON:
                continue
            step, steps = int(timer.payload["step"]), self.policy.approvals.steps
            if found.generation != timer.payload["generation"] or step > len(steps):
                continue
            telling.know(found.mention_id, found.sequence)
            header, waiting = header_of(found, work), found.waiting_since
            reason = "approval_timed_out"
            asked = ResponseEscalated(**header, step=step, to=steps[step - 1], reason=reason, waiting_since=waiting)
            telling.tell(asked, timer.id)
            work.count(APPROVALS_ESCALATED, str(step))
            await store.raise_lane(work.connection, found.response_id)
            wait_for_person(work, found.response_id, found.generation, step + 1, self.policy.approvals)
        await telling.save()

    async def on_draft_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """A text is made apart from the decision, which nobody should wait for; the worst mentions first."""
        causes = {UUID(timer.payload["mention_id"]): timer.id for timer in timers}
        await self.replying.advance(work, causes, causes.__getitem__)

    async def on_grace_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """Waited long enough for who can fix it: answer with what is known."""
        causes = {UUID(timer.payload["mention_id"]): timer.id for timer in timers}
        versions = sorted((UUID(timer.payload["mention_id"]), int(timer.payload["version"])) for timer in timers)
        over = await store.end_grace(work.connection, versions)
        await self.replying.advance(work, over, causes.__getitem__)

    async def on_settled(self, work: Work, settled: Sequence[Settled]) -> None:
        """The channel took a reply, or it did not."""
        items = {UUID(item.dispatch.payload["response_id"]): item for item in settled}
        locked = await store.lock_settled(work.connection, list(items))
        ends = [(sent, items[sent.response_id]) for sent in locked if sent.status in {"drafted", "approved"}]
        await _settle(work, ends, self.aftercare)


REASON_OF_TURN = {
    Turn.WALK_AWAY: (Decision.WALK_AWAY, "nothing_new_after_several_rounds"),
    Turn.KEEP_WATCHING: (Decision.WALK_AWAY, "watching"),
    Turn.RESUME: (Decision.ESCALATE_TO_PERSON, "something_new_while_watching"),
}


def after_turn(verdict: Verdict, turn: Turn) -> Verdict:
    """The policy's verdict, unless the conversation says otherwise."""
    if turn is Turn.GO_ON:
        return verdict
    decision, reason = REASON_OF_TURN[turn]
    return replace(verdict, decision=decision, reasons=(reason, *verdict.reasons)[:10])


async def _turns(work: Work, events: Sequence[Received[MentionAssessed]], verdicts: dict[UUID, Verdict]) -> Turns:
    """Those whose author has a past with the company."""
    authors = [(event.data.mention.company, event.data.mention.author_key) for event in events]
    known = await store.histories(work.connection, authors, work.now - MEMORY) if authors else {}
    turns: Turns = {}
    for event in events:
        mention = event.data.mention
        earlier, watch_until = known.get((mention.company, mention.author_key), ([], None))
        before = tuple(
            said for other, at, said in earlier if other != mention.mention_id and at <= mention.waiting_since
        )
        history = History(before, watch_until)
        decision = verdicts[mention.mention_id].decision
        turn = turn_of(decision, mention.text, event.data.assessment, history, work.now)
        turns[mention.mention_id] = (turn, history.rounds)
    return turns


async def _tell_turns(telling: Telling, events: Sequence[Received[MentionAssessed]], turns: Turns) -> None:
    work = telling.work
    for event in events:
        mention = event.data.mention
        turn, rounds = turns[mention.mention_id]
        header = _conversation(event.data, work)
        if turn is Turn.WALK_AWAY:
            until = work.now + WATCH
            if await store.walk_away(work.connection, mention.company, mention.author_key, work.now, until):
                telling.tell(ConversationWalkedAway(**header, rounds=rounds), event.id)
                telling.tell(ConversationWatchStarted(**header, watch_until=until), event.id)
                _start(work, CLOSING, event.data, work.now, 5)
        elif turn is Turn.RESUME:
            await store.end_watch(work.connection, mention.company, mention.author_key)
            telling.tell(ConversationResumed(**header, reason="something_new"), event.id)


def _conversation(assessed: MentionAssessed, work: Work) -> dict[str, Any]:
    return _of_mention(assessed, work) | {"author_key": assessed.mention.author_key}


def _of_mention(assessed: MentionAssessed, work: Work) -> dict[str, Any]:
    mention = assessed.mention
    return {
        "mention_id": mention.mention_id,
        "mention_version": mention.version,
        "company": mention.company,
        "channel": mention.channel,
        "at": work.now,
    }


async def _capture_ideas(
    telling: Telling, events: Sequence[Received[MentionAssessed]], verdicts: dict[UUID, Verdict]
) -> None:
    """Keep who asked for what; nearly the same words are one idea."""
    work = telling.work
    for event in events:
        mention = event.data.mention
        if event.data.assessment.kind is not Kind.IDEA or verdicts[mention.mention_id].decision not in ANSWERED:
            continue
        known = await store.open_ideas(work.connection, mention.company)
        idea_id = same_idea(mention.text, known) or uuid5(mention.mention_id, "idea")
        if await store.add_idea(work.connection, mention.mention_id, idea_id, mention.company, work.now):
            telling.tell(IdeaCaptured(**_of_mention(event.data, work), idea_id=idea_id), event.id)


def _start(work: Work, kind: str, assessed: MentionAssessed, due_at: datetime, lane: int) -> None:
    mention = assessed.mention
    payload = {"mention_id": str(mention.mention_id), "version": mention.version}
    work.start_timer(kind, f"{mention.mention_id}:{mention.version}", due_at, payload, lane=lane)


def _newest(events: Sequence[Received[MentionAssessed]]) -> list[Received[MentionAssessed]]:
    by_id = {e.data.subject: e for e in sorted(events, key=lambda e: e.data.mention.version)}
    return [by_id[mention_id] for mention_id in sorted(by_id)]


async def withdraw(
    work: Work, mention_ids: Sequence[UUID], causes: dict[UUID, UUID], reason: str, *, older_only: bool
) -> None:
    """Take back what has not left, and say so."""
    if not mention_ids:
        return
    # What is being sent at this moment is looked up again just before the call, and refused.
    withdrawn = await store.withdraw(work.connection, mention_ids, work.now, older_only=older_only)
    await work.cancel_dispatches({item.mention_id for item in withdrawn})
    await _cancel(work, withdrawn, causes, reason)


async def _cancel(work: Work, items: Sequence[store.Withdrawn], causes: dict[UUID, UUID], reason: str) -> None:
    telling = Telling(work)
    for ordinal, item in enumerate(items):
        telling.know(item.mention_id, item.sequence)
        cancelled = ResponseCancelled(**header_of(item, work), reason=reason)
        telling.tell(cancelled, causes[item.mention_id], ordinal)
    await telling.save()


async def _settle(work: Work, ends: Sequence[tuple[store.Sent, Settled]], aftercare: Aftercare) -> None:
    telling, replied = Telling(work), set[UUID]()
    rows = list[store.Ended]()
    for sent, item in ends:
        telling.know(sent.mention_id, sent.sequence)
        if item.status is DispatchStatus.SENT:
            first = sent.first_replied_at is None and sent.mention_id not in replied
            replied.add(sent.mention_id)
            closed = _tell_sent(telling, sent, item, first=first)
        else:
            _tell_failed(telling, sent, item)
            closed = False
        rows.append(store.Ended(sent, item.status.value, item.reason, item.at, closed))
    await store.settle(work.connection, rows)
    await aftercare.follow(telling, ends)
    await telling.save()


def _tell_sent(telling: Telling, sent: store.Sent, item: Settled, *, first: bool) -> bool:
    """Say that the customer was answered; returns whether that closed the loop."""
    work, cause = telling.work, item.dispatch.id
    external_id = item.receipt.external_id if item.receipt else None
    told = ResponseSent(
        **header_of(sent, work),
        text=sent.text or "",
        external_id=external_id,
        first=first,
        waiting_since=sent.waiting_since,
    )
    telling.tell(told, cause)
    if first:
        _observe(work, FIRST_RESPONSE, sent, item, sent.reply_kind.value)
    if (
        sent.purpose is not None
        or sent.reply_kind is not ReplyKind.OUTCOME
        or sent.outcome is None
        or sent.incident_id is None
    ):
        return False
    if sent.closed_at is None:
        _close(telling, sent, item)
    return True


def _close(telling: Telling, sent: store.Sent, item: Settled) -> None:
    if sent.outcome is None or sent.incident_id is None:
        raise ValueError("a loop is closed with the outcome of an incident")
    closed = LoopClosed(
        mention_id=sent.mention_id,
        mention_version=sent.mention_version,
        company=sent.company,
        channel=sent.channel,
        at=telling.work.now,
        incident_id=sent.incident_id,
        outcome=sent.outcome,
        waiting_since=sent.waiting_since,
    )
    telling.tell(closed, item.dispatch.id)
    _observe(telling.work, TIME_TO_CLOSE_LOOP, sent, item, sent.outcome.value)


def _tell_failed(telling: Telling, sent: store.Sent, item: Settled) -> None:
    """It did not arrive, or nobody knows: a person looks at it."""
    header, reason = header_of(sent, telling.work), item.reason or item.status.value
    if item.status is DispatchStatus.FAILED:
        telling.tell(ResponseFailed(**header, reason=reason), item.dispatch.id)
    else:
        asked = ResponseApprovalRequested(**header, reason=reason, text=sent.text)
        telling.tell(asked, item.dispatch.id)


def _observe(work: Work, times: Histogram, sent: store.Sent, item: Settled, outcome: str) -> None:
    seconds = max((item.at - sent.waiting_since).total_seconds(), 0.0)
    child = times.labels(sent.channel, sent.kind, outcome)
    work.after_commit(lambda: child.observe(seconds))


async def observe_undecided(runtime: Runtime) -> None:
    """Set the gauges from the record."""
    now = runtime.clock.now()
    async with runtime.work() as work:
        count, oldest = await store.undecided(work.connection)
        queue = await store.count_queue(work.connection)
    UNDECIDED.set(count)
    UNDECIDED_AGE.set((now - oldest).total_seconds() if oldest else 0)
    for status in sorted(store.WAITING_FOR_A_PERSON):
        waiting, since = queue.get(status, (0, now))
        QUEUE.labels(status).set(waiting)
        QUEUE_AGE.labels(status).set((now - since).total_seconds())
