"""What respond takes from notify's events: who was told, how it ended, and which mentions that concerns.

Each event adds its own part to what is known of the incident, so the order in which they come does not matter.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.work import Received, Work
from contracts import (
    DeclineReason,
    IncidentAcknowledged,
    IncidentFixConfirmed,
    IncidentFixDeclined,
    IncidentLocated,
    IncidentMentionAdded,
    IncidentNotified,
    IncidentOpened,
    IncidentStormStarted,
    LoopOutcome,
)
from services.respond import store
from services.respond.cases import Incident
from services.respond.handlers import DRAFT

OUTCOME_OF: Mapping[DeclineReason, LoopOutcome | None] = {
    DeclineReason.NOT_OBSERVED: LoopOutcome.NOT_OBSERVED,
    DeclineReason.CANNOT_FIX: LoopOutcome.CANNOT_FIX,
    # It is passed on: for the customer nothing has ended.
    DeclineReason.WRONG_BRANCH: None,
}


class Following:
    """The entry points of the bus for incidents."""

    async def on_incident_opened(self, work: Work, events: Sequence[Received[IncidentOpened]]) -> None:
        """There is somebody who can fix it."""
        await self._follow(work, events, note_opened)
        await store.note_topics(work.connection, {event.data.incident_id: event.data.topic for event in events})

    async def on_mention_added(self, work: Work, events: Sequence[Received[IncidentMentionAdded]]) -> None:
        """One more customer is to be told how it ends."""
        await self._follow(work, events, note_nothing)

    async def on_incident_located(self, work: Work, events: Sequence[Received[IncidentLocated]]) -> None:
        """The branch has a name."""
        await self._follow(work, events, note_located)

    async def on_incident_notified(self, work: Work, events: Sequence[Received[IncidentNotified]]) -> None:
        """Now it is true that somebody has been told."""
        await self._follow(work, events, note_notified)

    async def on_incident_acknowledged(self, work: Work, events: Sequence[Received[IncidentAcknowledged]]) -> None:
        """Somebody has it, perhaps with a time: the next update can say so."""
        await self._follow(work, events, note_acknowledged)

    async def on_fix_confirmed(self, work: Work, events: Sequence[Received[IncidentFixConfirmed]]) -> None:
        """Now it is true that it is fixed: everybody who wrote is told."""
        await self._follow(work, events, note_confirmed)

    async def on_fix_declined(self, work: Work, events: Sequence[Received[IncidentFixDeclined]]) -> None:
        """There is no fix, and everybody who wrote is told why."""
        await self._follow(work, events, note_declined)

    async def on_storm_started(self, work: Work, events: Sequence[Received[IncidentStormStarted]]) -> None:
        """From now on only the end is told one by one."""
        incidents = sorted({event.data.incident_id for event in events})
        await store.lock_incidents(work.connection, incidents)
        await store.note_storms(work.connection, incidents)

    async def _follow(self, work: Work, events: Sequence[Received[Any]], note: Callable[[Any], Incident]) -> None:
        ordered = sorted(events, key=lambda event: (event.data.at, event.id))
        incidents = sorted({event.data.incident_id for event in events})
        await store.lock_incidents(work.connection, incidents)
        await store.note_incidents(work.connection, merge([sourced(note(event.data), event) for event in ordered]))
        links = [
            (event.data.mention_id, event.data.incident_id, event.data.at)
            for event in ordered
            if isinstance(event.data, IncidentOpened | IncidentMentionAdded)
        ]
        await store.link_mentions(work.connection, links)
        if all(isinstance(event.data, IncidentAcknowledged) for event in ordered):
            return
        concerned = [link[0] for link in links] or await store.mentions_of(work.connection, incidents)
        for mention_id, lane in await store.tellable(work.connection, concerned):
            payload = {"mention_id": str(mention_id)}
            work.start_timer(DRAFT, f"{mention_id}:{ordered[-1].id}", work.now, payload, lane=lane)


def merge(notes: Sequence[Incident]) -> list[Incident]:
    """One note per incident; the first outcome and the last person told stand."""
    merged: dict[UUID, Incident] = {}
    for note in notes:
        earlier = merged.get(note.incident_id)
        if earlier is None:
            merged[note.incident_id] = note
            continue
        said = note.model_dump(exclude_none=True)
        if earlier.outcome is not None:
            said = {name: value for name, value in said.items() if name not in OUTCOME_FIELDS}
        said["sources"] = (
            {**note.sources, **earlier.sources} if earlier.outcome else {**earlier.sources, **note.sources}
        )
        merged[note.incident_id] = earlier.model_copy(update=said)
    return list(merged.values())


OUTCOME_FIELDS = frozenset({"outcome", "outcome_at", "action", "action_phrase", "wait_min", "until_text"})


SOURCE_OF: Mapping[type, str] = {
    IncidentOpened: "opened",
    IncidentLocated: "located",
    IncidentNotified: "notified",
    IncidentAcknowledged: "acknowledged",
    IncidentFixConfirmed: "outcome",
    IncidentFixDeclined: "outcome",
}
"""Which part of what is known comes from an event of that type."""


def sourced(note: Incident, event: Received[Any]) -> Incident:
    """`note` with the id of the event it comes from, so that a plan can name it."""
    name = SOURCE_OF.get(type(event.data))
    return note if name is None else note.model_copy(update={"sources": {name: str(event.id)}})


def note_opened(event: IncidentOpened) -> Incident:
    return Incident(incident_id=event.incident_id, branch_name=event.branch_name, process_name=event.process_name)


def note_nothing(event: IncidentMentionAdded) -> Incident:
    return Incident(incident_id=event.incident_id)


def note_located(event: IncidentLocated) -> Incident:
    return Incident(incident_id=event.incident_id, branch_name=event.branch_name)


def note_notified(event: IncidentNotified) -> Incident:
    return Incident(incident_id=event.incident_id, notified_at=event.at, told_role=event.role)


def note_confirmed(event: IncidentFixConfirmed) -> Incident:
    return Incident(
        incident_id=event.incident_id,
        outcome=LoopOutcome.FIXED,
        outcome_at=event.at,
        action=event.action,
        action_phrase=event.action_phrase,
        wait_min=event.wait_min,
    )


def note_declined(event: IncidentFixDeclined) -> Incident:
    outcome = OUTCOME_OF[event.reason]
    if outcome is None:
        return Incident(incident_id=event.incident_id)
    return Incident(incident_id=event.incident_id, outcome=outcome, outcome_at=event.at, until_text=event.until_text)


def note_acknowledged(event: IncidentAcknowledged) -> Incident:
    # The words of the time are an addition some producers may not send yet.
    eta_text = getattr(event, "eta_text", None)
    return Incident(incident_id=event.incident_id, acknowledged_at=event.at, eta_text=eta_text)
