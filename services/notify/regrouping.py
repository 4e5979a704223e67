"""Corrects by hand what grouping got wrong: two incidents become one, one becomes two, and back again. Pure.

Nothing is lost by it: mentions move, and `mention_added` says where each of them is now. What customers were told
already cannot be taken back, so only what is open is regrouped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from contracts import (
    IncidentEvent,
    IncidentMentionAdded,
    IncidentMerged,
    IncidentOpened,
    IncidentSplit,
    Location,
    LocationStatus,
    Topic,
)
from services.notify.growth import grow
from services.notify.incidents import Change, Incident, Status
from services.notify.things import things_in


class NotRegrouped(Exception):
    """It cannot be done. The message says why, in a sentence."""


@dataclass(frozen=True)
class Moved:
    """A mention that changes its incident."""

    mention_id: UUID
    version: int
    waiting_since: datetime
    channel: str | None = None
    quote: str | None = None


@dataclass(frozen=True)
class Operation:
    """One merge or split; `id` is derived from what it does, so that doing it twice does it once."""

    id: UUID
    undoes: UUID | None = None


def merge(
    source: Incident, target: Incident, moved: Sequence[Moved], operation: Operation, now: datetime
) -> tuple[Change, Change]:
    """`source` was the same problem as `target`, which has its mentions from now on. Raises NotRegrouped."""
    _require_open(source, target)
    if source.id == target.id or source.company != target.company:
        raise NotRegrouped("only two incidents of one company can be merged")
    said = IncidentMerged(
        incident_id=source.id,
        company=source.company,
        at=now,
        into_incident_id=target.id,
        operation_id=operation.id,
        mentions=len(moved),
        undoes=operation.undoes,
    )
    ended = {
        "status": Status.RESOLVED,
        "collecting": False,
        "merged_into": target.id,
        "resolved_at": now,
        "generation": source.generation + 1,
    }
    return _changed(source, [said], ended), receive(target, moved, operation, now)


def split(
    source: Incident, moved: Sequence[Moved], operation: Operation, now: datetime, topic: Topic | None = None
) -> tuple[Change, Change]:
    """`moved` are about another problem, which becomes an incident of its own. Raises NotRegrouped."""
    _require_open(source)
    if not moved:
        raise NotRegrouped("none of these mentions is in that incident")
    if len(moved) >= source.mentions:
        raise NotRegrouped("at least one mention has to stay")
    first, *others = sorted(moved, key=lambda mention: (mention.waiting_since, mention.mention_id))
    opened = _split_off(source, first, operation, now, topic or source.topic)
    received = receive(opened.incident, others, operation, now)
    new = Change(received.incident, (*opened.events, *received.events))
    return release(source, moved, new.incident.id, operation, now), new


def receive(incident: Incident, moved: Sequence[Moved], operation: Operation, now: datetime) -> Change:
    """Mentions come from another incident."""
    events, mentions = list[IncidentEvent](), incident.mentions
    for mention in moved:
        mentions += 1
        events.append(
            IncidentMentionAdded(
                incident_id=incident.id,
                company=incident.company,
                at=now,
                mention_id=mention.mention_id,
                mention_version=mention.version,
                location=location_of(incident),
                mentions=mentions,
                severity=incident.severity,
                storm=incident.storm_since is not None,
                operation_id=operation.id,
            )
        )
    channels = tuple(sorted({*incident.channels, *(m.channel for m in moved if m.channel)}))
    updates = {
        "mentions": mentions,
        "channels": channels,
        "severity": grow([incident.severity], max(mentions, 1), len(channels)),
        "last_mention_at": max([incident.last_mention_at, *(mention.waiting_since for mention in moved)]),
    }
    return _changed(incident, events, updates)


def release(source: Incident, moved: Sequence[Moved], into: UUID, operation: Operation, now: datetime) -> Change:
    """Mentions go to another incident."""
    said = IncidentSplit(
        incident_id=source.id,
        company=source.company,
        at=now,
        into_incident_id=into,
        operation_id=operation.id,
        mentions=len(moved),
        undoes=operation.undoes,
    )
    return _changed(source, [said], {"mentions": source.mentions - len(moved)})


def restore(now_is: Incident, before: Incident, moved: Sequence[Moved], operation: Operation, now: datetime) -> Change:
    """A merged incident is again what it was, with those of its mentions that can come back."""
    if now_is.merged_into is None:
        raise NotRegrouped("that merge is undone already")
    kept = {"sequence": now_is.sequence, "generation": now_is.generation + 1, "mentions": 0}
    return receive(before.model_copy(update=kept), moved, operation, now)


def location_of(incident: Incident) -> Location:
    """Where a moved mention's problem is: a person said so."""
    if incident.branch_id is None:
        return Location(status=LocationStatus.NONE, confidence=0.0)
    return Location(status=LocationStatus.BRANCH, branch_id=incident.branch_id, confidence=1.0, evidence=("person",))


def _split_off(source: Incident, first: Moved, operation: Operation, now: datetime, topic: Topic) -> Change:
    base, _, _ = source.dedup_key.rpartition("|")
    incident = source.model_copy(
        update={
            "id": uuid5(operation.id, "incident"),
            "dedup_key": f"{base}|{topic.value}",
            "topic": topic,
            "things": tuple(sorted(things_in(first.quote or ""))),
            "channels": (first.channel,) if first.channel else (),
            "pace": {},
            "storm_since": None,
            "returned": False,
            "earlier_incident_id": None,
            "mentions": 1,
            "step": 1,
            "acting_from_step": 1,
            "status": Status.TRIGGERED,
            "waiting_since": first.waiting_since,
            "last_mention_at": first.waiting_since,
            "opened_at": now,
            "notified_at": None,
            "acknowledged_at": None,
            "exhausted_at": None,
            "eta_text": None,
            "eta_at": None,
            "generation": 0,
            "sequence": 0,
        }
    )
    opened = IncidentOpened(
        incident_id=incident.id,
        company=incident.company,
        at=now,
        mention_id=first.mention_id,
        mention_version=first.version,
        topic=topic,
        severity=incident.severity,
        dedup_key=incident.dedup_key,
        branch_id=incident.branch_id,
        branch_name=incident.place_name if incident.branch_id else None,
        process_id=incident.process_id,
        process_name=incident.place_name if incident.process_id else None,
        owner_role=incident.owner_role,
        urgent=incident.urgent,
    )
    return _changed(incident, [opened], {})


def _changed(incident: Incident, events: Sequence[IncidentEvent], updates: dict[str, object]) -> Change:
    sequence = incident.sequence + len(events)
    return Change(incident.model_copy(update={**updates, "sequence": sequence}), tuple(events))


def _require_open(*incidents: Incident) -> None:
    for incident in incidents:
        if not incident.is_open or incident.report is not None:
            raise NotRegrouped(f"{incident.id} has ended: its customers are told how")
