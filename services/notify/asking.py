"""Asks people: orders their work orders, starts the wait for an answer, and asks the next one when there is none."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Histogram

from chassis.observability import WAIT_BUCKETS
from chassis.work import Audience, Dispatch, Work
from contracts import OwnerRole
from services.notify import store
from services.notify.escalation import Asked, Situated, whom_next, whom_to_ask
from services.notify.incidents import Change, Incident, disown, hand_on
from services.notify.live import Known, LiveDirectory

log = structlog.get_logger()

ESCALATION = "escalation"
WORK_ORDER_LANE = 1

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
    """Who can be asked (`adapters` are the ways that are set up), and how long an answer may take."""

    live: LiveDirectory
    adapters: Collection[str]
    answer_within: timedelta
    urgent_within: timedelta = timedelta(minutes=5)
    """Of safety, law, fraud and self-harm: three people in turn are asked within a quarter of an hour."""

    def whom(self, known: Known, where: Situated, role: OwnerRole) -> Asked | None:
        """Who has `role` there, or comes after it, and can be reached."""
        return whom_to_ask(known.directory, where, role, self.adapters)

    async def order(self, work: Work, incident: Incident, asked: Asked) -> None:
        """Have the work order of the incident's present step sent, and wait for an answer."""
        await store.add_work_orders(work.connection, incident, asked.ways, work.now)
        for adapter in asked.ways:
            work.order(
                Dispatch(
                    key=f"order:{incident.id}:{incident.step}:{adapter}",
                    adapter=adapter,
                    audience=Audience.STAFF,
                    subject=incident.id,
                    payload=_payload(incident, asked, adapter),
                    due_at=work.now,
                    lane=WORK_ORDER_LANE,
                )
            )
        self.wait_for_answer(work, incident)

    def wait_for_answer(self, work: Work, incident: Incident) -> None:
        """Be called when the owner of the present step has been silent for too long."""
        key = f"{incident.id}:{incident.step}:{incident.generation}"
        payload = {"incident_id": str(incident.id), "step": incident.step}
        within = min(self.answer_within, self.urgent_within) if incident.urgent else self.answer_within
        work.start_timer(ESCALATION, key, work.now + within, payload)

    def hurry(self, work: Work, incident: Incident) -> None:
        """It has become urgent: whoever has been asked gets less time than they were given."""
        key = f"{incident.id}:{incident.step}:{incident.generation}:urgent"
        payload = {"incident_id": str(incident.id), "step": incident.step}
        work.start_timer(ESCALATION, key, work.now + min(self.answer_within, self.urgent_within), payload)

    async def escalate(self, work: Work, incident: Incident, reason: str, cause: UUID) -> None:
        """Ask whoever comes next; nobody left: keep that, for operations to see."""
        asked = whom_next(self.live.known.directory, incident, incident.owner_role, self.adapters)
        if asked is None:
            await self.give_up(work, incident)
            return
        await self._hand_over(work, hand_on(incident, asked.role, reason, work.now), asked, cause)

    async def pass_on(self, work: Work, incident: Incident, cause: UUID) -> bool:
        """The branch says that it is not theirs: ask the region's owner. Returns whether that changed anything."""
        asked = self.whom(self.live.known, incident, OwnerRole.REGION_OWNER)
        change = disown(incident, OwnerRole.REGION_OWNER, work.now)
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

    async def give_up(self, work: Work, incident: Incident) -> None:
        """Nobody is left to ask."""
        log.warning("incident_unacknowledged", incident_id=str(incident.id), step=incident.step)
        exhausted = incident.model_copy(update={"exhausted_at": incident.exhausted_at or work.now})
        await store.save_incidents(work.connection, [exhausted])


def _payload(incident: Incident, asked: Asked, adapter: str) -> dict[str, Any]:
    """Whom to send it to. The text is made when it leaves, from the record: no customer's words wait here."""
    to = asked.contact.webhook_url if adapter == "webhook" else asked.contact.email
    return {"step": incident.step, "role": incident.owner_role.value, "to": str(to), "name": asked.contact.name}
