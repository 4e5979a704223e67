"""The life of an incident: triggered → acknowledged → resolved, and which mentions belong to it. Pure.

Every function takes an incident as it is and returns it as it becomes, with the events that say so, or None
where there is nothing to change. Who asks twice changes nothing the second time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts import (
    DeclineReason,
    FixAction,
    IncidentAcknowledged,
    IncidentEscalated,
    IncidentEvent,
    IncidentFixConfirmed,
    IncidentFixDeclined,
    IncidentLocated,
    IncidentMentionAdded,
    IncidentNotified,
    IncidentOpened,
    IncidentReopened,
    IncidentResolved,
    IncidentStatementProposed,
    IncidentStormStarted,
    Location,
    LocationStatus,
    LoopOutcome,
    Mention,
    MentionAssessed,
    OwnerRole,
    Severity,
    Topic,
)
from services.notify.grouping import Traits, choose, is_same
from services.notify.growth import Storm, grow, is_storm, keep_pace
from services.notify.ownership import Matter, scope_of
from services.notify.things import things_in

INCIDENTS = uuid5(NAMESPACE_URL, "amends:incidents")


class Status(StrEnum):
    """How far an incident has come."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Report(BaseModel):
    """What an owner said about the outcome. It can be taken back until `due_at`; then customers are told."""

    model_config = ConfigDict(frozen=True)

    outcome: LoopOutcome
    action: FixAction | None = None
    action_phrase: str | None = Field(default=None, max_length=200)
    wait_min: int | None = Field(default=None, ge=0)
    until_text: str | None = Field(default=None, max_length=100)
    role: OwnerRole
    reported_at: AwareDatetime
    due_at: AwareDatetime


class Incident(BaseModel):
    """One problem at one place, as the record has it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    company: str
    dedup_key: str
    collecting: bool = True
    topic: Topic
    severity: Severity
    place_name: str
    branch_id: str | None = None
    process_id: str | None = None
    region_owner_id: str | None = None
    candidates: tuple[str, ...] = ()
    returned: bool = False
    earlier_incident_id: UUID | None = None
    urgent: bool = False
    things: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    pace: dict[str, int] = Field(default_factory=dict)
    storm_since: AwareDatetime | None = None
    merged_into: UUID | None = None
    owner_role: OwnerRole
    step: int = 1
    acting_from_step: int = 1
    status: Status = Status.TRIGGERED
    channel: str
    kind: str
    waiting_since: AwareDatetime
    last_mention_at: AwareDatetime
    mentions: int = 1
    opened_at: AwareDatetime
    notified_at: AwareDatetime | None = None
    acknowledged_at: AwareDatetime | None = None
    exhausted_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    outcome: LoopOutcome | None = None
    eta_text: str | None = None
    eta_at: AwareDatetime | None = None
    report: Report | None = None
    generation: int = 0
    sequence: int = 0

    @property
    def is_open(self) -> bool:
        return self.status is not Status.RESOLVED

    @property
    def awaits_answer(self) -> bool:
        """Nobody has said yet that they take it."""
        return self.status is Status.TRIGGERED and self.report is None


class Change(NamedTuple):
    """An incident as it became, and the events that say so; the incident's sequence is that of the last one."""

    incident: Incident
    events: tuple[IncidentEvent, ...] = ()

    def numbered(self) -> list[tuple[int, IncidentEvent]]:
        """Each event with its sequence."""
        return list(enumerate(self.events, start=self.incident.sequence - len(self.events) + 1))


def _become(incident: Incident, *events: IncidentEvent, **updates: Any) -> Change:
    updates["sequence"] = incident.sequence + len(events)
    return Change(incident.model_copy(update=updates), events)


def _header(incident: Incident, at: datetime) -> dict[str, Any]:
    return {"incident_id": incident.id, "company": incident.company, "at": at}


@dataclass(frozen=True)
class Complaint:
    """A mention of a problem that somebody can fix. `cause` is the id of the event that brought it."""

    cause: UUID
    assessed: MentionAssessed
    location: Location
    matter: Matter

    @property
    def mention(self) -> Mention:
        return self.assessed.mention

    @property
    def traits(self) -> Traits:
        """What it shows of its problem."""
        topics = self.assessed.assessment.topics
        topic = self.matter.topic
        ranked = topics if topic in topics else (topic, *topics)
        text, at = self.mention.text, self.mention.waiting_since
        return Traits(topic, ranked, things_in(text), text, at, self.matter.stated, self.matter.alone)


class Placed(NamedTuple):
    """Which incident a complaint came to, and what that changed."""

    complaint: Complaint
    change: Change


@dataclass(frozen=True)
class Rules:
    """How long further mentions join, how long after a fix a new one means it did not hold, and what a storm is."""

    window: timedelta
    returned_within: timedelta
    storm: Storm = field(default_factory=Storm)


@dataclass(frozen=True)
class Known:
    """What the record holds at the places in question: incidents that take mentions, their latest words, and fixes."""

    collecting: Sequence[Incident] = ()
    quotes: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
    fixed: Sequence[Incident] = ()


def place(
    complaints: Iterable[Complaint], known: Known, rules: Rules, now: datetime
) -> tuple[list[Placed], list[Incident]]:
    """Give every complaint its incident, the earliest first: one that collects at its place, else a new one.

    Second result: incidents that take no more mentions, because the last one is longer ago than the window.
    """
    current = {incident.id: incident for incident in known.collecting}
    placed, stale = list[Placed](), list[Incident]()
    for complaint in sorted(complaints, key=lambda c: (c.mention.waiting_since, c.mention.mention_id)):
        here = [i for i in current.values() if scope_of(i.dedup_key) == complaint.matter.scope]
        for incident in [i for i in here if complaint.mention.waiting_since - i.last_mention_at > rules.window]:
            stale.append(current.pop(incident.id).model_copy(update={"collecting": False}))
        # Somebody in danger must not be one more mention of something that others have taken already.
        danger = complaint.matter.urgent and complaint.matter.topic is Topic.SAFETY
        open_to = [i for i in here if i.id in current and (i.urgent or not danger)]
        chosen = choose(complaint.traits, open_to, known.quotes)
        if chosen is not None:
            change = join(current[chosen], complaint, now, rules.storm)
        elif complaint.matter.stated:
            change = open_incident(complaint, now, earlier=earlier_fix(complaint, known.fixed, rules.returned_within))
        else:
            continue
        current[change.incident.id] = change.incident
        placed.append(Placed(complaint, change))
    return placed, stale


def earlier_fix(complaint: Complaint, fixed: Iterable[Incident], within: timedelta) -> Incident | None:
    """The incident that was said to be fixed shortly before somebody met the same problem again."""
    traits = complaint.traits
    same = [
        incident
        for incident in fixed
        if has_returned(complaint.mention, incident.resolved_at, within)
        and scope_of(incident.dedup_key) == complaint.matter.scope
        and is_same(traits, incident)
    ]
    return max(same, key=lambda i: (i.resolved_at or i.opened_at, i.id), default=None)


def has_returned(mention: Mention, fixed_at: datetime | None, within: timedelta) -> bool:
    """Whether somebody meets, soon after the fix, what was said to be fixed."""
    return fixed_at is not None and fixed_at <= mention.waiting_since <= fixed_at + within


def open_incident(complaint: Complaint, now: datetime, *, earlier: Incident | None = None) -> Change:
    """A new incident with its first mention; `earlier`: the one whose fix did not hold."""
    incident = _new(complaint, now, earlier)
    mention = complaint.mention
    events: list[IncidentEvent] = [_opened(incident, complaint, now)]
    if complaint.location.status is not LocationStatus.NONE:
        header, name = _header(incident, now), complaint.matter.branch_name
        located = IncidentLocated(
            **header, mention_id=mention.mention_id, location=complaint.location, branch_name=name
        )
        events.append(located)
    if earlier is not None:
        header = _header(incident, now)
        events.append(IncidentReopened(**header, mention_id=mention.mention_id, earlier_incident_id=earlier.id))
    return _become(incident, *events)


def _new(complaint: Complaint, now: datetime, earlier: Incident | None) -> Incident:
    mention, assessment, matter = complaint.mention, complaint.assessed.assessment, complaint.matter
    return Incident(
        id=uuid5(INCIDENTS, f"{matter.dedup_key}|{mention.mention_id}|{complaint.cause}"),
        company=matter.company,
        dedup_key=matter.dedup_key,
        topic=matter.topic,
        severity=Severity.CRITICAL if matter.urgent else assessment.severity,
        place_name=matter.place_name,
        branch_id=matter.branch_id,
        process_id=matter.process_id,
        region_owner_id=matter.region_owner_id,
        candidates=matter.candidates,
        returned=earlier is not None,
        earlier_incident_id=earlier.id if earlier else None,
        urgent=matter.urgent,
        things=tuple(sorted(complaint.traits.things)),
        channels=(mention.channel,),
        pace=keep_pace({}, mention.waiting_since),
        owner_role=matter.owner_role,
        channel=mention.channel,
        kind=assessment.kind.value,
        waiting_since=mention.waiting_since,
        last_mention_at=mention.waiting_since,
        opened_at=now,
    )


def _opened(incident: Incident, complaint: Complaint, now: datetime) -> IncidentOpened:
    matter = complaint.matter
    return IncidentOpened(
        **_header(incident, now),
        mention_id=complaint.mention.mention_id,
        mention_version=complaint.mention.version,
        topic=matter.topic,
        severity=incident.severity,
        dedup_key=matter.dedup_key,
        branch_id=matter.branch_id,
        branch_name=matter.branch_name,
        process_id=matter.process_id,
        process_name=matter.process_name,
        owner_role=matter.owner_role,
        returned=incident.returned,
        earlier_incident_id=incident.earlier_incident_id,
        urgent=matter.urgent,
    )


def join(incident: Incident, complaint: Complaint, now: datetime, storm: Storm | None = None) -> Change:
    """One more mention of the same problem: it grows more severe with them, and many at once are a storm."""
    mention, storm, traits = complaint.mention, storm or Storm(), complaint.traits
    pace = keep_pace(incident.pace, mention.waiting_since, storm.within)
    begins = incident.storm_since is None and is_storm(pace, storm)
    channels = tuple(sorted({*incident.channels, mention.channel}))
    stormy = begins or incident.storm_since is not None
    urgent = incident.urgent or complaint.matter.urgent
    worst = (incident.severity, complaint.assessed.assessment.severity)
    severity = Severity.CRITICAL if stormy or urgent else grow(worst, incident.mentions + 1, len(channels))
    grown = incident.model_copy(
        update={
            "mentions": incident.mentions + 1,
            "last_mention_at": max(incident.last_mention_at, mention.waiting_since),
            "severity": severity,
            "urgent": urgent,
            "things": incident.things or tuple(sorted(traits.things)),
            "channels": channels,
            "pace": pace,
            "storm_since": now if begins else incident.storm_since,
        }
    )
    events = [_added(grown, complaint, now), *(_storm(grown, storm, now) if begins else ())]
    return _become(grown, *events)


def _added(incident: Incident, complaint: Complaint, now: datetime) -> IncidentEvent:
    return IncidentMentionAdded(
        **_header(incident, now),
        mention_id=complaint.mention.mention_id,
        mention_version=complaint.mention.version,
        location=complaint.location,
        mentions=incident.mentions,
        severity=incident.severity,
        storm=incident.storm_since is not None,
    )


def _storm(incident: Incident, storm: Storm, now: datetime) -> tuple[IncidentEvent, ...]:
    """Said once per incident: replies are to be few, and one statement is to tell everybody."""
    header = _header(incident, now)
    started = IncidentStormStarted(
        **header,
        mentions=sum(incident.pace.values()),
        within_seconds=int(storm.within.total_seconds()),
        severity=incident.severity,
    )
    proposed = IncidentStatementProposed(
        **header,
        topic=incident.topic,
        place_name=incident.place_name,
        mentions=incident.mentions,
        since=incident.waiting_since,
    )
    return started, proposed


def notify(
    incident: Incident, now: datetime, *, work_order_id: UUID, step: int, role: OwnerRole, by: str, suggestions: Any
) -> Change | None:
    """A work order arrived."""
    if not incident.is_open:
        return None
    notified = IncidentNotified(
        **_header(incident, now), work_order_id=work_order_id, step=step, role=role, by=by, suggestions=suggestions
    )
    return _become(incident, notified, notified_at=incident.notified_at or now)


def acknowledge(
    incident: Incident,
    role: OwnerRole,
    now: datetime,
    *,
    eta_text: str | None = None,
    eta_at: datetime | None = None,
) -> Change | None:
    """Somebody took it; an answer of when it will be done may come with it, or later."""
    if not incident.is_open or incident.report is not None:
        return None
    eta = {"eta_text": eta_text, "eta_at": eta_at} if eta_text or eta_at else {}
    if incident.status is Status.TRIGGERED:
        event = IncidentAcknowledged(**_header(incident, now), role=role)
        acknowledged_at = incident.acknowledged_at or now
        return _become(
            incident, event, status=Status.ACKNOWLEDGED, acknowledged_at=acknowledged_at, **_next(incident), **eta
        )
    return _become(incident, **_next(incident), **eta) if eta else None


def acknowledge_too(incident: Incident, role: OwnerRole, now: datetime) -> Change | None:
    """One more person takes what somebody has taken: said for all who follow it, and nothing else changes."""
    if incident.status is not Status.ACKNOWLEDGED or incident.report is not None:
        return None
    return _become(incident, IncidentAcknowledged(**_header(incident, now), role=role))


def _next(incident: Incident) -> dict[str, int]:
    return {"generation": incident.generation + 1}


def report(incident: Incident, said: Report) -> Change | None:
    """Keep what the owner said, until it can no longer be taken back. The first one stands."""
    if not incident.is_open or incident.report is not None:
        return None
    return _become(incident, report=said, **_next(incident))


def undo(incident: Incident) -> Change | None:
    """Take the report back, as if it had not been made."""
    if incident.report is None or not incident.is_open:
        return None
    return _become(incident, report=None, **_next(incident))


def _confirmed(incident: Incident, said: Report) -> IncidentEvent:
    return IncidentFixConfirmed(
        **_header(incident, said.reported_at),
        action=said.action or FixAction.OTHER,
        action_phrase=said.action_phrase,
        wait_min=said.wait_min,
        role=said.role,
    )


def _declined(reason: DeclineReason) -> Callable[[Incident, Report], IncidentEvent]:
    def event(incident: Incident, said: Report) -> IncidentEvent:
        header = _header(incident, said.reported_at)
        return IncidentFixDeclined(**header, reason=reason, until_text=said.until_text, role=said.role)

    return event


EVENT_OF_OUTCOME: Mapping[LoopOutcome, Callable[[Incident, Report], IncidentEvent]] = {
    LoopOutcome.FIXED: _confirmed,
    LoopOutcome.NOT_OBSERVED: _declined(DeclineReason.NOT_OBSERVED),
    LoopOutcome.CANNOT_FIX: _declined(DeclineReason.CANNOT_FIX),
}


def conclude(incident: Incident, now: datetime) -> Change | None:
    """The report stands: say so, and take no more mentions. Whoever fixed it had taken it: that is said first."""
    said = incident.report
    if said is None or not incident.is_open or said.due_at > now:
        return None
    events: list[IncidentEvent] = []
    acknowledged_at = incident.acknowledged_at
    if incident.status is Status.TRIGGERED and said.outcome is LoopOutcome.FIXED:
        events.append(IncidentAcknowledged(**_header(incident, said.reported_at), role=said.role))
        acknowledged_at = acknowledged_at or said.reported_at
    events.append(EVENT_OF_OUTCOME[said.outcome](incident, said))
    events.append(IncidentResolved(**_header(incident, now), outcome=said.outcome, mentions=incident.mentions))
    return _become(
        incident,
        *events,
        status=Status.RESOLVED,
        collecting=False,
        outcome=said.outcome,
        acknowledged_at=acknowledged_at,
        resolved_at=now,
        **_next(incident),
    )


def hand_on(incident: Incident, role: OwnerRole, reason: str, now: datetime) -> Change:
    """The next person is asked."""
    step = incident.step + 1
    event = IncidentEscalated(**_header(incident, now), step=step, role=role, reason=reason)
    return _become(incident, event, step=step, owner_role=role)


def disown(incident: Incident, role: OwnerRole, now: datetime) -> Change | None:
    """The branch says that it is not theirs: whoever knows the region is asked, and earlier links only show."""
    if not incident.is_open or incident.report is not None or incident.branch_id is None:
        return None
    handed = hand_on(incident, role, "wrong_branch", now)
    updates = {"status": Status.TRIGGERED, "acting_from_step": handed.incident.step, "collecting": False}
    updates |= {"branch_id": None, "candidates": (), **_next(incident)}
    return handed._replace(incident=handed.incident.model_copy(update=updates))


def relocate(incident: Incident, matter: Matter, role: OwnerRole, now: datetime, *, collecting: bool) -> Change | None:
    """The region's owner says which branch it is: that branch is asked, and its mentions join from now on.

    `collecting` is False where another incident collects for that branch already; the two then stay apart.
    """
    if not incident.is_open or incident.report is not None or matter.branch_id == incident.branch_id:
        return None
    location = Location(status=LocationStatus.BRANCH, branch_id=matter.branch_id, confidence=1.0, evidence=("owner",))
    event = IncidentLocated(**_header(incident, now), location=location, branch_name=matter.branch_name)
    return _become(
        incident,
        event,
        dedup_key=matter.dedup_key,
        collecting=collecting,
        place_name=matter.place_name,
        branch_id=matter.branch_id,
        region_owner_id=matter.region_owner_id,
        candidates=(),
        owner_role=role,
        step=incident.step + 1,
        status=Status.TRIGGERED,
        exhausted_at=None,
        eta_text=None,
        eta_at=None,
        **_next(incident),
    )
