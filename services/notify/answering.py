"""What an owner's tap or words change.

Each answer is one transaction and acts once; it is written down whether it changed anything or not.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid5

import structlog

from chassis.runtime import Runtime
from chassis.work import Work
from contracts import FixAction, LoopOutcome, OwnerRole, Topic
from services.notify import store
from services.notify.answers import Answer, parse_answer
from services.notify.asking import TIME_TO_ACKNOWLEDGE, Asking, emit, observe, pressing
from services.notify.directory import Branch
from services.notify.escalation import find_branch
from services.notify.handlers import REPORT
from services.notify.incidents import Change, Incident, Report, acknowledge, acknowledge_too, relocate, report, undo
from services.notify.links import Link
from services.notify.orders import DONE_MEANS
from services.notify.ownership import matter_at, scope_of

log = structlog.get_logger()


class Action(StrEnum):
    """What the page's buttons say."""

    ACKNOWLEDGE = "acknowledge"
    REPORT = "report"
    DONE = "done"
    IN_PROGRESS = "in_progress"
    NO_PROBLEM = "no_problem"
    CANNOT_FIX = "cannot_fix"
    WRONG_BRANCH = "wrong_branch"
    PICK = "pick"
    UNDO = "undo"


class Effect(StrEnum):
    """What an answer did."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Posted:
    """One answer: which button, the words, the branch picked, and the generation of the form it came from.

    Without a generation it came by mail or webhook, and speaks of the matter as it is when it arrives.
    """

    action: Action
    generation: int | None
    text: str = ""
    branch_id: str | None = None


@dataclass(frozen=True)
class Turn:
    """One answer and what it is about."""

    work: Work
    incident: Incident
    link: Link
    posted: Posted

    @property
    def answer(self) -> Answer:
        return parse_answer(self.posted.text)


@dataclass(frozen=True)
class Answering:
    """Carries out what owners answer."""

    runtime: Runtime
    asking: Asking
    undo_within: timedelta

    async def act(self, link: Link, posted: Posted) -> Effect:
        """Do what the bearer of `link` says, once: a second time, or from an old form, it changes nothing."""
        async with self.runtime.work() as work:
            return await self.act_within(work, link, posted, "page")

    async def act_within(self, work: Work, link: Link, posted: Posted, way: str) -> Effect:
        """The same in a transaction that does more: every answer goes through here, by whichever way it came."""
        if posted.action is Action.PICK:
            await self._lock_picked_key(work, link, posted)
        incident = await store.lock_incident(work.connection, link.incident_id)
        effect = Effect.UNCHANGED
        if incident is not None and may_act(incident, link, posted):
            effect = await ACTS[posted.action](self, Turn(work, incident, link, posted))
        text = posted.branch_id if posted.action is Action.PICK else posted.text or None
        changed, action = effect is Effect.CHANGED, posted.action.value
        await store.add_audit(work.connection, link, action, work.now, changed=changed, text=text, way=way)
        facts = {"incident_id": str(link.incident_id), "action": action, "effect": effect.value, "way": way}
        work.after_commit(lambda: log.info("owner_answered", **facts))
        return effect

    async def _lock_picked_key(self, work: Work, link: Link, posted: Posted) -> None:
        """Keys are locked before incidents, by everybody."""
        incident = await store.read_incident(work.connection, link.incident_id)
        branch = self._branch(incident, posted) if incident else None
        if incident is not None and branch is not None:
            matter = matter_at(self.asking.live.known.directory, branch, incident.topic)
            keys = [incident.dedup_key, scope_of(incident.dedup_key), matter.dedup_key, matter.scope]
            await store.lock_keys(work.connection, keys)

    def _branch(self, incident: Incident, posted: Posted) -> Branch | None:
        return find_branch(self.asking.live.known.directory, incident.company, posted.branch_id)

    async def acknowledge(self, turn: Turn) -> Effect:
        """I'm on it; with a time where the words hold one."""
        answer, work = turn.answer, turn.work
        eta_at = None if answer.eta_min is None else work.now + timedelta(minutes=answer.eta_min)
        change = acknowledge(turn.incident, turn.link.role, work.now, eta_text=answer.eta_text, eta_at=eta_at)
        if change is None:
            return await self._acknowledge_too(turn)
        effect = await self._keep(turn, change)
        if turn.incident.acknowledged_at is None:
            observe(work, TIME_TO_ACKNOWLEDGE, turn.incident, work.now, "acknowledged")
        return effect

    async def _acknowledge_too(self, turn: Turn) -> Effect:
        """Somebody else had taken it: both are on it, each said once."""
        if await store.has_taken(turn.work.connection, turn.link, TAKING):
            return Effect.UNCHANGED
        change = acknowledge_too(turn.incident, turn.link.role, turn.work.now)
        return await self._keep(turn, change, uuid5(turn.incident.id, f"acknowledged|{turn.link.step}"))

    async def report(self, turn: Turn) -> Effect:
        """The words decide."""
        return await ACT_OF_STATUS[str(turn.answer.status)](self, turn)

    async def unclear(self, turn: Turn) -> Effect:
        """No claim is made from words we do not understand."""
        return Effect.UNCLEAR

    async def done(self, turn: Turn) -> Effect:
        """It is fixed."""
        return await self._report(turn, LoopOutcome.FIXED)

    async def no_problem(self, turn: Turn) -> Effect:
        """Somebody looked, and there is nothing to fix."""
        return await self._report(turn, LoopOutcome.NOT_OBSERVED)

    async def cannot_fix(self, turn: Turn) -> Effect:
        """It stays as it is for now."""
        return await self._report(turn, LoopOutcome.CANNOT_FIX)

    async def _report(self, turn: Turn, outcome: LoopOutcome) -> Effect:
        now, answer = turn.work.now, turn.answer
        said = Report(
            outcome=outcome,
            role=turn.link.role,
            reported_at=now,
            due_at=now + self.undo_within,
            **_details(outcome, answer, turn.incident.topic),
        )
        change = report(turn.incident, said)
        if change is not None:
            key = f"{turn.incident.id}:{change.incident.generation}"
            turn.work.start_timer(REPORT, key, said.due_at, {"incident_id": str(turn.incident.id)})
        return await self._keep(turn, change)

    async def undo(self, turn: Turn) -> Effect:
        """Take the report back; whoever has not said that they take it is waited for again."""
        change = undo(turn.incident)
        if change is not None and change.incident.awaits_answer:
            self.asking.wait_for_answer(turn.work, change.incident)
        return await self._keep(turn, change)

    async def wrong_branch(self, turn: Turn) -> Effect:
        """Not ours: the region's owner is asked, the customer is not."""
        passed_on = await self.asking.pass_on(turn.work, turn.incident, _cause(turn))
        return Effect.CHANGED if passed_on else Effect.UNCHANGED

    async def pick(self, turn: Turn) -> Effect:
        """The region's owner says which branch it is: its manager is asked."""
        branch, incident, work = self._branch(turn.incident, turn.posted), turn.incident, turn.work
        if branch is None or turn.link.role is not OwnerRole.REGION_OWNER:
            return Effect.UNCHANGED
        known = self.asking.live.known
        matter = matter_at(known.directory, branch, incident.topic)
        taken = await store.collecting_incidents(work.connection, [matter.scope])
        free = all(other.dedup_key != matter.dedup_key for other in taken)
        asked = self.asking.whom(known, matter, matter.owner_role, work.now, pressing=pressing(incident))
        role = asked.role if asked else matter.owner_role
        change = relocate(incident, matter, role, work.now, collecting=free)
        effect = await self._keep(turn, change)
        if change is not None and asked is not None:
            await self.asking.order(work, change.incident, asked)
        elif change is not None:
            await self.asking.give_up(work, change.incident)
        return effect

    async def _keep(self, turn: Turn, change: Change | None, cause: UUID | None = None) -> Effect:
        if change is None:
            return Effect.UNCHANGED
        emit(turn.work, change, cause or _cause(turn))
        await store.save_incidents(turn.work.connection, [change.incident])
        return Effect.CHANGED


def may_act(incident: Incident, link: Link, posted: Posted) -> bool:
    """Whether the form is of the incident's present state, and the link's owner still has a say."""
    return posted.generation in (None, incident.generation) and link.step >= incident.acting_from_step


def _details(outcome: LoopOutcome, answer: Answer, topic: Topic) -> dict[str, object]:
    """What the words say that fits the outcome."""
    if outcome is LoopOutcome.NOT_OBSERVED:
        return {}
    if outcome is LoopOutcome.CANNOT_FIX:
        return {"until_text": answer.eta_text[:100] if answer.eta_text else None}
    action = FixAction(answer.action) if answer.action else DONE_MEANS.get(topic, FixAction.OTHER)
    phrase = answer.action_phrase[:200] if answer.action_phrase else None
    return {"action": action, "action_phrase": phrase, "wait_min": answer.wait_min}


def _cause(turn: Turn) -> UUID:
    """One per incident and generation: a change happens once."""
    return uuid5(turn.incident.id, f"{turn.posted.action}|{turn.incident.generation}")


Act = Callable[[Answering, Turn], Awaitable[Effect]]

ACTS: Mapping[Action, Act] = {
    Action.ACKNOWLEDGE: Answering.acknowledge,
    Action.REPORT: Answering.report,
    Action.DONE: Answering.done,
    Action.IN_PROGRESS: Answering.acknowledge,
    Action.NO_PROBLEM: Answering.no_problem,
    Action.CANNOT_FIX: Answering.cannot_fix,
    Action.WRONG_BRANCH: Answering.wrong_branch,
    Action.PICK: Answering.pick,
    Action.UNDO: Answering.undo,
}

TAKING = tuple(action.value for action, act in ACTS.items() if act in {Answering.acknowledge, Answering.report})
"""What may have said that its sender takes it."""

ACT_OF_STATUS: Mapping[str, Act] = {
    "fixed": Answering.done,
    "in_progress": Answering.acknowledge,
    "cannot_fix": Answering.cannot_fix,
    "not_observed": Answering.no_problem,
    "wrong_branch": Answering.wrong_branch,
    "unclear": Answering.unclear,
}
"""What the words are taken for."""
