"""Asks people: orders their work orders, starts the wait for an answer, and asks the next one when there is none."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from prometheus_client import Histogram

from chassis.observability import WAIT_BUCKETS
from chassis.work import Audience, Dispatch, Work
from contracts import OwnerRole
from services.notify import store
from services.notify.escalation import (
    PRESSING_STEPS_MAX,
    PRESSING_WITHIN,
    Asked,
    Moment,
    Situated,
    first_role,
    is_pressing,
    whom_next,
    whom_to_ask,
)
from services.notify.incidents import Change, Incident, disown, hand_on
from services.notify.live import Known, LiveDirectory
from services.notify.pacing import USUAL_PACE, Pace, Slot, slot_of

log = structlog.get_logger()

ESCALATION = "escalation"
PRESSING_LANE = 0
WORK_ORDER_LANE = 1
BUNDLES = uuid5(NAMESPACE_URL, "amends:bundles")

LABELS = ["channel", "kind", "outcome"]
TIME_TO_NOTIFY = Histogram(
    "amends_time_to_notify_seconds",
    "From when the first customer of an incident began to wait until somebody was told",
    LABELS,
    buckets=WAIT_BUCKETS,
)
TIME_TO_ACKNOWLEDGE = Histogram(
    "amends_time_to_acknowledge_seconds",
    "From when the first customer of an incident began to wait until somebody took it",
    LABELS,
    buckets=WAIT_BUCKETS,
)
TIME_TO_FIX = Histogram(
    "amends_time_to_fix_seconds",
    "From when the first customer of an incident began to wait until its owner said how it ended",
    LABELS,
    buckets=WAIT_BUCKETS,
)


def emit(work: Work, change: Change, cause: UUID) -> None:
    """Send what the change says, in its order."""
    for sequence, event in change.numbered():
        work.emit(event, cause=cause, sequence=sequence)


def observe(work: Work, times: Histogram, incident: Incident, at: datetime, outcome: str) -> None:
    """Count how long the incident's first customer had waited at `at`."""
    seconds = max((at - incident.waiting_since).total_seconds(), 0.0)
    child = times.labels(incident.channel, incident.kind, outcome)
    work.after_commit(lambda: child.observe(seconds))


@dataclass(frozen=True)
class Asking:
    """Who can be asked (`adapters` are the ways that are set up), how long an answer may take, how many at once."""

    live: LiveDirectory
    adapters: Collection[str]
    answer_within: timedelta
    urgent_within: timedelta = PRESSING_WITHIN
    """Of safety, law, fraud and self-harm: three people in turn are asked within a quarter of an hour."""
    pace: Pace = USUAL_PACE

    def whom(
        self, known: Known, where: Situated, role: OwnerRole, now: datetime, *, pressing: bool = False
    ) -> Asked | None:
        """Who has `role` there, or comes after it, and can be reached."""
        return whom_to_ask(known.directory, where, role, self.adapters, Moment(now, pressing))

    async def order(self, work: Work, incident: Incident, asked: Asked) -> None:
        """Have the work order of the incident's present step sent, and wait for an answer."""
        leaves_at = max(work.now, asked.awake_at)
        slots = [await self._slot(work, incident, asked, way) for way in asked.ways]
        await store.add_work_orders(work.connection, incident, slots, work.now)
        for slot in slots:
            work.order(_bundled(slot, asked) if slot.bundle else _single(incident, slot, asked))
            leaves_at = max(leaves_at, slot.due_at)
        self.wait_for_answer(work, incident, leaves_at)

    async def _slot(self, work: Work, incident: Incident, asked: Asked, way: str) -> Slot:
        """When the work order leaves by `way`: at once, after quiet hours, or with others when there are many."""
        to, due_at = asked.address(way), max(work.now, asked.awake_at)
        if pressing(incident):
            return Slot(way, to, work.now)
        recent = await store.count_recent(work.connection, way, to, due_at - self.pace.window, due_at)
        return slot_of(way, to, due_at, recent, self.pace)

    def wait_for_answer(self, work: Work, incident: Incident, since: datetime | None = None) -> None:
        """Be called when the owner of the present step has been silent for too long, `since` they were told."""
        key = f"{incident.id}:{incident.step}:{incident.generation}"
        payload = {"incident_id": str(incident.id), "step": incident.step}
        within = min(self.answer_within, self.urgent_within) if pressing(incident) else self.answer_within
        work.start_timer(ESCALATION, key, (since or work.now) + within, payload)

    def hurry(self, work: Work, incident: Incident) -> None:
        """It has become urgent: whoever has been asked gets less time than they were given."""
        key = f"{incident.id}:{incident.step}:{incident.generation}:urgent"
        payload = {"incident_id": str(incident.id), "step": incident.step}
        work.start_timer(ESCALATION, key, work.now + min(self.answer_within, self.urgent_within), payload)

    async def escalate(self, work: Work, incident: Incident, reason: str, cause: UUID) -> None:
        """Ask whoever comes next; nobody left: keep that, for operations to see."""
        directory, moment = self.live.known.directory, Moment(work.now, pressing(incident))
        asked = whom_next(directory, incident, incident.owner_role, self.adapters, moment)
        if asked is None:
            incident = await self.give_up(work, incident)
            asked = self._again(incident, reason, moment)
        if asked is not None:
            await self._hand_over(work, hand_on(incident, asked.role, reason, work.now), asked, cause)

    def _again(self, incident: Incident, reason: str, moment: Moment) -> Asked | None:
        """A pressing matter that nobody takes goes round again; who cannot be reached is not asked again."""
        if not moment.pressing or reason != "no_acknowledgement" or incident.step >= PRESSING_STEPS_MAX:
            return None
        return whom_to_ask(self.live.known.directory, incident, first_role(incident), self.adapters, moment)

    async def pass_on(self, work: Work, incident: Incident, cause: UUID) -> bool:
        """The branch says that it is not theirs: ask the region's owner. Returns whether that changed anything."""
        known, role = self.live.known, OwnerRole.REGION_OWNER
        asked = self.whom(known, incident, role, work.now, pressing=pressing(incident))
        change = disown(incident, role, work.now)
        if change is None:
            return False
        if asked is None:
            await self.give_up(work, change.incident)
            emit(work, change, cause)
            return True
        await self._hand_over(work, change, asked, cause)
        return True

    async def _hand_over(self, work: Work, change: Change, asked: Asked, cause: UUID) -> None:
        emit(work, change, cause)
        await store.save_incidents(work.connection, [change.incident])
        await self.order(work, change.incident, asked)

    async def give_up(self, work: Work, incident: Incident) -> Incident:
        """Nobody is left to ask."""
        log.warning("incident_unacknowledged", incident_id=str(incident.id), step=incident.step)
        exhausted = incident.model_copy(update={"exhausted_at": incident.exhausted_at or work.now})
        await store.save_incidents(work.connection, [exhausted])
        return exhausted


def pressing(incident: Incident) -> bool:
    """Whether the incident is in the urgent lane: somebody has to come, at any hour."""
    return incident.urgent or is_pressing(incident.topic, incident.severity)


def _single(incident: Incident, slot: Slot, asked: Asked) -> Dispatch:
    """One work order. Its text is made when it leaves, from the record: no customer's words wait here."""
    role = incident.owner_role.value
    return Dispatch(
        key=f"order:{incident.id}:{incident.step}:{slot.way}",
        adapter=slot.way,
        audience=Audience.STAFF,
        subject=incident.id,
        payload={"step": incident.step, "role": role, "to": slot.to, "name": asked.contact.name},
        due_at=slot.due_at,
        lane=PRESSING_LANE if pressing(incident) else WORK_ORDER_LANE,
    )


def _bundled(slot: Slot, asked: Asked) -> Dispatch:
    """Several work orders in one message; which ones is read when it leaves."""
    return Dispatch(
        key=f"bundle:{slot.bundle}",
        adapter=slot.way,
        audience=Audience.STAFF,
        subject=uuid5(BUNDLES, str(slot.bundle)),
        payload={"kind": "bundle", "bundle": slot.bundle, "to": slot.to, "name": asked.contact.name},
        due_at=slot.due_at,
        lane=WORK_ORDER_LANE,
    )
