"""What people do about decisions they do not agree with: look at any of them, and overrule an assessment.

A correction is about one mention. It is an event and a row, so that what assesses can learn from it; and where nothing
was said yet, the decision is made again with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import Counter

from chassis.runtime import Runtime
from chassis.work import Received, Work
from contracts import (
    Assessment,
    AssessmentOverruled,
    Decision,
    Kind,
    Legitimacy,
    MentionAssessed,
    Sentiment,
    Severity,
    Topic,
)
from services.respond import store
from services.respond.approving import Changed, NotThere
from services.respond.cases import ANSWERED, Case
from services.respond.handlers import DRAFT, Handlers, withdraw
from services.respond.policy import Verdict

OVERRULED = Counter("amends_assessments_overruled_total", "Assessments a person corrected", ["head", "from", "to"])
OVERRULED_REASON = "overruled_by_person"


class Head(StrEnum):
    """What of an assessment can be corrected."""

    KIND = "kind"
    LEGITIMACY = "legitimacy"
    SENTIMENT = "sentiment"
    SEVERITY = "severity"
    TOPIC = "topic"
    URGENT = "urgent"


class YesOrNo(StrEnum):
    """Values of a head that is true or false."""

    TRUE = "true"
    FALSE = "false"


VALUES: Mapping[Head, type[StrEnum]] = {
    Head.KIND: Kind,
    Head.LEGITIMACY: Legitimacy,
    Head.SENTIMENT: Sentiment,
    Head.SEVERITY: Severity,
    Head.TOPIC: Topic,
    Head.URGENT: YesOrNo,
}


class NoSuchValue(Exception):
    """The message says which values the head has, or that this one stands already."""


def value_of(assessment: Assessment, head: Head) -> str:
    """What the assessment says under `head`."""
    if head is Head.TOPIC:
        return assessment.topics[0].value if assessment.topics else Topic.OTHER.value
    return str(getattr(assessment, head.value)).lower()


def correct(assessment: Assessment, head: Head, to: str) -> Assessment:
    """`assessment` as the person has it. Raises NoSuchValue."""
    values = VALUES[head]
    if to not in set(values):
        raise NoSuchValue(f"{head.value} is one of: {', '.join(values)}")
    if to == value_of(assessment, head):
        raise NoSuchValue(f"{head.value} is {to} already")
    if head is Head.TOPIC:
        rest = (topic for topic in assessment.topics if topic != to)
        return assessment.model_copy(update={"topics": (Topic(to), *rest)})
    value: Any = to == YesOrNo.TRUE if head is Head.URGENT else values(to)
    return assessment.model_copy(update={head.value: value})


@dataclass(frozen=True)
class Overruling:
    """Carries out what people correct."""

    runtime: Runtime
    handlers: Handlers

    async def list(self, decision: Decision | None, limit: int) -> list[store.Decided]:
        """The latest decisions, also those nobody answered."""
        async with self.runtime.database.connection() as connection:
            return await store.list_cases(connection, decision.value if decision else None, limit)

    async def show(self, mention_id: UUID) -> store.Decided:
        """One decision; raises NotThere."""
        async with self.runtime.database.connection() as connection:
            case = await store.read_case(connection, mention_id)
        if case is None:
            raise NotThere
        return case

    async def overrule(self, mention_id: UUID, version: int, head: Head, to: str, by: str) -> Decision:
        """Correct one head; gives the decision that stands then. Raises NotThere, Changed or NoSuchValue."""
        async with self.runtime.work() as work:
            cases = await store.lock_cases(work.connection, [mention_id])
            if not cases:
                raise NotThere
            case = cases[0]
            if case.version != version:
                raise Changed
            corrected, cause = correct(case.assessment, head, to), uuid4()
            await self._write_down(work, case, head, to, by)
            event = _overruled(work, case, head, to, by)
            work.emit(event, cause=cause, sequence=case.sequence + 1)
            work.count(OVERRULED, head.value, event.from_value, to)
            await store.save_sequences(work.connection, {mention_id: case.sequence + 1})
            return await self._decide_again(work, case, corrected, cause)

    async def _write_down(self, work: Work, case: Case, head: Head, to: str, by: str) -> None:
        said = case.assessment
        sureness = said.legitimacy_confidence if head is Head.LEGITIMACY else None
        known = (case.mention_id, case.version, case.mention.company, head.value)
        await store.add_overrule(
            work.connection, work.now, *known, value_of(said, head), to, by, said.assessor, sureness
        )

    async def _decide_again(self, work: Work, case: Case, corrected: Assessment, cause: UUID) -> Decision:
        assessed = MentionAssessed(mention=case.mention, assessment=corrected)
        verdict = self.handlers.decide(assessed, case.saw)
        if case.decision is Decision.WALK_AWAY:
            # From a conversation we left we stay away, whatever else a person corrects.
            received = Received(cause, work.now, assessed)
            verdicts, _ = await self.handlers.judge(work, [received], {case.mention_id: case.saw})
            verdict = verdicts[case.mention_id]
        answered = case.first_replied_at is not None or await store.is_said(work.connection, case.mention_id)
        if answered or verdict.decision is case.decision:
            # What was said stays said; the correction is for the next ones.
            kept = Verdict(case.decision, verdict.reasons, case.lane, case.silent)
            await store.reassess_case(work.connection, case.mention_id, corrected, kept)
            return case.decision
        verdict = Verdict(verdict.decision, (OVERRULED_REASON, *verdict.reasons)[:10], verdict.lane, verdict.silent)
        await store.reassess_case(work.connection, case.mention_id, corrected, verdict)
        await withdraw(work, [case.mention_id], {case.mention_id: cause}, "overruled", older_only=False)
        (now,) = await store.lock_cases(work.connection, [case.mention_id])
        self.handlers.say(work, Received(cause, work.now, assessed), verdict, now.sequence + 1)
        await store.save_sequences(work.connection, {case.mention_id: now.sequence + 1})
        await self._plan(work, case, verdict, cause)
        return verdict.decision

    async def _plan(self, work: Work, case: Case, verdict: Verdict, cause: UUID) -> None:
        if verdict.decision is Decision.ESCALATE_TO_PERSON:
            reasons = {case.mention_id: verdict.reasons[1] if len(verdict.reasons) > 1 else OVERRULED_REASON}
            await self.handlers.replying.ask_person(work, reasons, lambda _: cause)
        elif verdict.decision in ANSWERED and not verdict.silent:
            payload = {"mention_id": str(case.mention_id)}
            work.start_timer(DRAFT, f"{case.mention_id}:{cause}", work.now, payload, lane=verdict.lane)


def _overruled(work: Work, case: Case, head: Head, to: str, by: str) -> AssessmentOverruled:
    said, mention = case.assessment, case.mention
    return AssessmentOverruled(
        mention_id=case.mention_id,
        mention_version=case.version,
        company=mention.company,
        channel=mention.channel,
        at=work.now,
        head=head.value,
        from_value=value_of(said, head),
        to_value=to,
        by=by,
        assessor=said.assessor,
        confidence=said.legitimacy_confidence if head is Head.LEGITIMACY else None,
    )
