"""What happens after a first answer: updates at least every 72 hours, promises kept or broken, gifts, closing lines.

Everything here is a durable timer: after a stop, one that is overdue fires once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from prometheus_client import Counter

from chassis.work import DispatchStatus, Settled, Timer, Work
from contracts import (
    GoodwillGranted,
    PromiseBroken,
    PromiseKept,
    PromiseKind,
    PromiseMade,
    Purpose,
    ReplyKind,
    ResponseUpdateDue,
    ResponseUpdateSent,
    Topic,
)
from services.respond import store
from services.respond.cases import Case, is_open
from services.respond.goodwill import Answer, Claim, CodeProvider, CouponFile, Gift, Goodwill, answer_claim, tell_gift
from services.respond.replying import Replying, Telling, Wish

UPDATE = "update"
PROMISE = "promise"
GOODWILL = "goodwill"
CLOSING = "closing"
IDEA = "idea_end"

BUDGET_SPAN = timedelta(days=30)
PROMISES = Counter("amends_promises_total", "Promises in our texts: made, kept, broken", ["promise_kind", "result"])
UPDATES = Counter("amends_updates_due_total", "Customers who waited so long that an update was due", ["channel"])
GRANTS = Counter("amends_goodwill_total", "Gifts considered: granted, left to a person, none", ["result"])


@dataclass(frozen=True)
class Aftercare:
    """The timers' entry points, and what follows from a reply that left."""

    replying: Replying
    update_every: timedelta
    """Some hours less than the 72 that are promised."""
    goodwill: Goodwill = field(default_factory=Goodwill)
    codes: CodeProvider = field(default_factory=lambda: CouponFile({}))

    async def on_update_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """Tell who still waits where it stands. The next counts from now: of a long stop only one is made up for."""
        by_mention = {UUID(timer.payload["mention_id"]): timer for timer in timers}
        cases = [case for case in await store.lock_cases(work.connection, by_mention) if is_open(case)]
        telling, wishes = Telling(work), dict[UUID, Wish]()
        for case in cases:
            number = case.updates + 1
            wishes[case.mention_id] = Wish(Purpose.UPDATE, number)
            self.start_update(work, case.mention_id, case.lane, number + 1)
            _tell_due(telling, case, number, by_mention[case.mention_id].id)
        await telling.save()
        await self.replying.say(work, wishes, lambda mention_id: by_mention[mention_id].id)

    def start_update(self, work: Work, mention_id: UUID, lane: int, number: int) -> None:
        """Have update `number` due, once."""
        payload = {"mention_id": str(mention_id)}
        work.start_timer(UPDATE, f"{mention_id}:{number}", work.now + self.update_every, payload, lane=lane)

    async def on_promise_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """What was promised by now and did not happen is broken."""
        causes = {UUID(timer.payload["promise_id"]): timer.id for timer in timers}
        mentions = [UUID(timer.payload["mention_id"]) for timer in timers]
        cases = {case.mention_id: case for case in await store.lock_cases(work.connection, mentions)}
        telling = Telling(work)
        for promise in await store.break_promises(work.connection, list(causes), work.now):
            case = cases.get(promise.mention_id)
            if case is None:
                continue
            telling.know(case.mention_id, case.sequence)
            telling.tell(PromiseBroken(**_header(case, work), **promise.said()), causes[promise.promise_id])
            work.count(PROMISES, promise.promise_kind, "broken")
        await telling.save()

    async def on_goodwill_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """Give what the file says, to whoever was told how it ended."""
        causes = {UUID(timer.payload["mention_id"]): timer.id for timer in timers}
        cases = await store.lock_cases(work.connection, causes)
        await store.lock_grants(work.connection, sorted({case.mention.company for case in cases}))
        wishes = {}
        for case in cases:
            gift = self.goodwill.companies.get(case.mention.company)
            if gift is not None and (wish := await self._grant(work, case, gift)) is not None:
                wishes[case.mention_id] = wish
        await self.replying.say(work, wishes, causes.__getitem__)

    async def _grant(self, work: Work, case: Case, gift: Gift) -> Wish | None:
        incident = case.incident
        if incident is None or incident.outcome is None:
            return None
        counts = await store.grant_counts(work.connection, case, gift.author_days, work.now, work.now - BUDGET_SPAN)
        assessment = case.assessment
        claim = Claim(
            outcome=incident.outcome,
            legitimacy=assessment.legitimacy,
            topic=assessment.topics[0] if assessment.topics else Topic.OTHER,
            language=assessment.language,
            **counts,
        )
        answer = answer_claim(gift, claim)
        company, code = case.mention.company, None
        if answer is Answer.GRANT and self.codes.needs_code(company):
            code = self.codes.next_code(company, await store.used_codes(work.connection, company))
            answer = Answer.ASK_PERSON if code is None else answer
        work.count(GRANTS, answer.value)
        if answer is Answer.NOTHING:
            return None
        if answer is Answer.ASK_PERSON:
            return Wish(Purpose.GOODWILL, gift=gift.gift[assessment.language], problem="goodwill")
        if not await store.add_grant(work.connection, case, gift, code, work.now):
            return None
        return Wish(Purpose.GOODWILL, gift=tell_gift(gift, assessment.language, code))

    async def on_closing_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """One line more, and then none."""
        causes = {UUID(timer.payload["mention_id"]): timer.id for timer in timers}
        await self.replying.say(work, dict.fromkeys(causes, Wish(Purpose.CLOSING)), causes.__getitem__)

    async def on_idea_end_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """Every requester is told, where they wrote."""
        by_mention = {UUID(timer.payload["mention_id"]): timer for timer in timers}
        wishes = {
            mention_id: Wish(Purpose(timer.payload["purpose"]), reason=timer.payload.get("reason"))
            for mention_id, timer in by_mention.items()
        }
        await self.replying.say(work, wishes, lambda mention_id: by_mention[mention_id].id)

    async def follow(self, telling: Telling, ends: Sequence[tuple[store.Sent, Settled]]) -> None:
        """What replies that left lead to: the next update, promises made and kept, gifts granted."""
        left = [(sent, item) for sent, item in ends if item.status is DispatchStatus.SENT]
        for sent, _ in left:
            self._start(telling.work, sent)
        await _keep_promises(telling, left)
        await _make_promises(telling, left)
        await _tell_grants(telling, left)
        for sent, item in left:
            if sent.purpose is Purpose.UPDATE and sent.incident_id is not None:
                said = {"incident_id": sent.incident_id, "response_id": sent.response_id, "number": sent.number}
                telling.tell(ResponseUpdateSent(**_header_of(sent, telling.work), **said), item.dispatch.id)

    def _start(self, work: Work, sent: store.Sent) -> None:
        if sent.purpose is None and sent.kind == "complaint" and sent.reply_kind is not ReplyKind.OUTCOME:
            self.start_update(work, sent.mention_id, sent.lane, 1)
        told = sent.reply_kind is ReplyKind.OUTCOME and sent.closed_at is None
        if told and sent.company in self.goodwill.companies:
            payload = {"mention_id": str(sent.mention_id)}
            work.start_timer(GOODWILL, str(sent.mention_id), work.now, payload, lane=sent.lane)


def _tell_due(telling: Telling, case: Case, number: int, cause: UUID) -> None:
    if case.incident is None:
        raise ValueError("an update is due about an incident")
    telling.know(case.mention_id, case.sequence)
    incident_id = case.incident.incident_id
    telling.tell(ResponseUpdateDue(**_header(case, telling.work), incident_id=incident_id, number=number), cause)
    telling.work.count(UPDATES, case.mention.channel)


async def _keep_promises(telling: Telling, left: Sequence[tuple[store.Sent, Settled]]) -> None:
    work, by_mention = telling.work, {sent.mention_id: (sent, item) for sent, item in left}
    heard = [(sent.mention_id, sent.response_id, item.at) for sent, item in left if pays(sent)]
    for promise in await store.keep_promises(work.connection, heard):
        sent, item = by_mention[promise.mention_id]
        telling.tell(PromiseKept(**_header_of(sent, work), **promise.said()), item.dispatch.id)
        work.count(PROMISES, promise.promise_kind, "kept")


def pays(sent: store.Sent) -> bool:
    """Whether a reply is the update that was owed: one that says where it stands, or how it ended."""
    return sent.purpose is Purpose.UPDATE or (sent.purpose is None and sent.reply_kind is ReplyKind.OUTCOME)


async def _make_promises(telling: Telling, left: Sequence[tuple[store.Sent, Settled]]) -> None:
    work, rows = telling.work, list[tuple[UUID, UUID, UUID, str, datetime]]()
    for sent, item in left:
        if sent.promised_until is None:
            continue
        promise_id, kind = uuid5(sent.response_id, "next_update"), PromiseKind.NEXT_UPDATE
        rows.append((promise_id, sent.mention_id, sent.response_id, kind.value, sent.promised_until))
        said = {"promise_id": promise_id, "promise_kind": kind, "due_at": sent.promised_until}
        telling.tell(PromiseMade(**_header_of(sent, work), response_id=sent.response_id, **said), item.dispatch.id)
        payload = {"promise_id": str(promise_id), "mention_id": str(sent.mention_id)}
        work.start_timer(PROMISE, str(promise_id), sent.promised_until, payload)
        work.count(PROMISES, kind.value, "made")
    await store.make_promises(work.connection, rows, work.now)


async def _tell_grants(telling: Telling, left: Sequence[tuple[store.Sent, Settled]]) -> None:
    given = {sent.mention_id: (sent, item) for sent, item in left if sent.purpose is Purpose.GOODWILL}
    for grant in await store.read_grants(telling.work.connection, list(given)):
        sent, item = given[grant["mention_id"]]
        said = {name: grant[name] for name in ("incident_id", "gift", "value", "currency")}
        grant_id = uuid5(sent.response_id, "grant")
        granted = GoodwillGranted(**_header_of(sent, telling.work), grant_id=grant_id, **said)
        telling.tell(granted, item.dispatch.id)


def _header(case: Case, work: Work) -> Mapping[str, object]:
    mention = case.mention
    return _named(case.mention_id, case.version, mention.company, mention.channel, work)


def _header_of(sent: store.Sent, work: Work) -> Mapping[str, object]:
    return _named(sent.mention_id, sent.mention_version, sent.company, sent.channel, work)


def _named(mention_id: UUID, version: int, company: str, channel: str, work: Work) -> Mapping[str, object]:
    return {
        "mention_id": mention_id,
        "mention_version": version,
        "company": company,
        "channel": channel,
        "at": work.now,
    }
