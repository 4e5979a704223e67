"""What notify does about what is said, edited and deleted, when a timer is due, and when a delivery has ended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from prometheus_client import Counter, Gauge

from chassis.runtime import Runtime
from chassis.work import DispatchStatus, Received, Settled, Timer, Work
from contracts import (
    Assessment,
    Candidate,
    IncidentReopened,
    IncidentStormStarted,
    Location,
    LocationStatus,
    LoopOutcome,
    MentionAssessed,
    MentionDeleted,
    MentionEdited,
    MentionLocated,
    OwnerRole,
    Topic,
    Venue,
)
from services.notify import store
from services.notify.asking import (
    TIME_TO_ACKNOWLEDGE,
    TIME_TO_FIX,
    TIME_TO_NOTIFY,
    Asking,
    emit,
    observe,
    pressing,
)
from services.notify.escalation import Asked, is_pressing
from services.notify.growth import Storm
from services.notify.incidents import Change, Complaint, Incident, Placed, Rules, conclude, notify, place
from services.notify.incidents import Known as OnRecord
from services.notify.learning import NOTICE_ADAPTER, Learning
from services.notify.links import Link
from services.notify.live import Known
from services.notify.orders import codes_for
from services.notify.ownership import Matter, asks_where, deserves_action, is_urgent, matter_of

REPORT = "report"
ONLY_BRANCH_CONFIDENCE = 0.9

WORK_ORDERS = Counter("amends_work_orders_total", "Work orders, by how their delivery ended", ["channel", "outcome"])
FIXES = Counter("amends_fixes_total", "Fixes that owners confirmed", ["topic"])
FIXES_RETURNED = Counter(
    "amends_fixes_returned_total", "Fixes that did not hold: the problem was back soon after", ["topic"]
)
STORMS = Counter("amends_storms_total", "Incidents that so many wrote about at once that replies became few", ["topic"])
INCIDENTS_OPEN = Gauge("amends_incidents_open", "Incidents whose owner has not said yet how they ended")
INCIDENTS_UNACKNOWLEDGED = Gauge(
    "amends_incidents_unacknowledged", "Open incidents nobody took, and nobody is left to ask; each needs a person"
)


@dataclass(frozen=True)
class Windows:
    """After the last mention, how long further ones join; after a fix, how long a new one means it did not hold."""

    mentions: timedelta
    returned_after_fix: timedelta
    storm: Storm = field(default_factory=Storm)

    @property
    def rules(self) -> Rules:
        """As decisions take them."""
        return Rules(self.mentions, self.returned_after_fix, self.storm)


@dataclass(frozen=True)
class Handlers:
    """The entry points of the bus, the timers and the dispatcher."""

    asking: Asking
    windows: Windows
    urgent_topics: Collection[Topic] = ()
    """Added to what is urgent anyway."""

    @property
    def learning(self) -> Learning:
        """What is learnt from incidents."""
        return Learning(self.asking)

    async def on_mention_assessed(self, work: Work, events: Sequence[Received[MentionAssessed]]) -> None:
        """Give every complaint that somebody can fix its incident, and ask the owners of new ones."""
        known = self.asking.live.known
        newest = _newest(events)
        await self.learning.note_wishes(work, known, [event.data for event in newest])
        matters = [event for event in newest if self._matters(event.data.assessment)]
        asking = [event for event in newest if asks_where(event.data.assessment)]
        last = await store.last_branches(work.connection, [event.data.mention for event in (*matters, *asking)])
        self._locate_questions(work, known, asking, last)
        complaints = [c for event in matters if (c := self._complaint(known, event, work.now, last)) is not None]
        fresh = await _claim(work, newest, complaints)
        if not fresh:
            return
        scopes = sorted({complaint.matter.scope for complaint in fresh})
        # An older version locks the whole key.
        await store.lock_keys(work.connection, [*scopes, *(complaint.matter.dedup_key for complaint in fresh)])
        on_record = await self._on_record(work, scopes, fresh)
        placed, stale = place(fresh, on_record, self.windows.rules, work.now)
        opened = await _keep(work, placed, stale, {incident.id for incident in on_record.collecting})
        homeless = {c.mention.mention_id for c in fresh} - {p.complaint.mention.mention_id for p in placed}
        await store.forget_quotes(work.connection, sorted(homeless))
        self.learning.look_at(work, opened)
        calm = {incident.id for incident in on_record.collecting if not incident.urgent}
        for incident in {p.change.incident.id: p.change.incident for p in placed}.values():
            if incident.id in calm and incident.urgent and incident.awaits_answer:
                self.asking.hurry(work, incident)
        await self._ask(work, known, opened)

    async def _on_record(self, work: Work, scopes: Sequence[str], fresh: Sequence[Complaint]) -> OnRecord:
        collecting = await store.collecting_incidents(work.connection, scopes)
        quotes = await store.latest_quotes(work.connection, [incident.id for incident in collecting])
        since = min(complaint.mention.waiting_since for complaint in fresh) - self.windows.returned_after_fix
        return OnRecord(collecting, quotes, await store.fixed_incidents(work.connection, scopes, since))

    def _matters(self, assessment: Assessment) -> bool:
        """Whether somebody may have to act: only then is it worth finding the place."""
        return deserves_action(assessment) or is_urgent(assessment, self.urgent_topics)

    def _complaint(
        self, known: Known, event: Received[MentionAssessed], now: datetime, last_branches: Mapping[UUID, str]
    ) -> Complaint | None:
        mention, assessment = event.data.mention, event.data.assessment
        if not known.directory.has_owners(mention.company):
            return None
        location = _locate(known, event.data, last_branches)
        matter = matter_of(
            known.directory,
            mention.company,
            assessment,
            location,
            mention.text,
            urgent_topics=self.urgent_topics,
        )
        if matter is None:
            return None
        urgent = matter.urgent or is_pressing(matter.topic, assessment.severity)
        asked = self.asking.whom(known, matter, matter.owner_role, now, pressing=urgent)
        return Complaint(event.id, event.data, location, _owned_by(matter, asked))

    def _locate_questions(
        self,
        work: Work,
        known: Known,
        events: Sequence[Received[MentionAssessed]],
        last_branches: Mapping[UUID, str],
    ) -> None:
        """Say where a question is about: who answers it has no directory."""
        for event in events:
            mention = event.data.mention
            if not known.directory.branches_of(mention.company):
                continue
            location = _only_branch(known, event.data) or _locate(known, event.data, last_branches)
            located = MentionLocated(
                mention_id=mention.mention_id,
                mention_version=mention.version,
                company=mention.company,
                at=work.now,
                location=location,
                venue=_venue(known, location, event.data),
            )
            work.emit(located, cause=event.id)

    async def _ask(self, work: Work, known: Known, opened: Sequence[Incident]) -> None:
        for incident in opened:
            asked = self.asking.whom(known, incident, incident.owner_role, work.now, pressing=pressing(incident))
            if asked is None:
                await self.asking.give_up(work, incident)
            else:
                await self.asking.order(work, incident, asked)

    async def on_mention_edited(self, work: Work, events: Sequence[Received[MentionEdited]]) -> None:
        """Owners read the author's newest words."""
        newest = {
            e.data.mention.mention_id: e.data.mention for e in sorted(events, key=lambda e: e.data.mention.version)
        }
        await store.change_quotes(work.connection, sorted(newest.values(), key=lambda m: m.mention_id))

    async def on_mention_deleted(self, work: Work, events: Sequence[Received[MentionDeleted]]) -> None:
        """The words go; the problem stays, and so does the work order."""
        unique = {event.data.mention_id: event.data for event in events}
        await store.delete_mentions(work.connection, sorted(unique.values(), key=lambda d: d.mention_id))

    async def on_escalation_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """Nobody answered in time: ask the next one."""
        await store.lock_incidents(work.connection, [_incident_id(timer) for timer in timers])
        for timer in timers:
            incident = await store.lock_incident(work.connection, _incident_id(timer))
            if incident is not None and incident.awaits_answer and incident.step == timer.payload["step"]:
                await self.asking.escalate(work, incident, "no_acknowledgement", timer.id)

    async def on_report_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """The owner's report can no longer be taken back: customers may be told."""
        incidents = await store.lock_incidents(work.connection, [_incident_id(timer) for timer in timers])
        concluded = list[Incident]()
        for timer in timers:
            before = incidents.get(_incident_id(timer))
            change = conclude(before, work.now) if before else None
            if before is None or change is None:
                continue
            incidents[before.id] = change.incident
            emit(work, change, timer.id)
            _observe_end(work, before, change)
            concluded.append(change.incident)
        await store.save_incidents(work.connection, concluded)
        await self._withdraw(work, [incident.id for incident in concluded])

    async def _withdraw(self, work: Work, incident_ids: Sequence[UUID]) -> None:
        """A work order that has not left yet has nothing left to say."""
        withdrawn = await work.cancel_dispatches(incident_ids) if incident_ids else []
        rows = [
            (d.subject, d.adapter, d.payload["step"]) for d in withdrawn if d.payload.get("kind", "order") == "order"
        ]
        await store.cancel_work_orders(work.connection, rows, work.now)

    async def on_settled(self, work: Work, settled: Sequence[Settled]) -> None:
        """A work order arrived: say so. It did not: ask the next person."""
        await self.learning.on_settled(work, [item for item in settled if item.dispatch.adapter == NOTICE_ADAPTER])
        orders = [item for item in settled if item.dispatch.adapter != NOTICE_ADAPTER]
        pairs = [(link, item) for item in orders for link in await self._orders_in(work, item)]
        await store.lock_incidents(work.connection, [link.incident_id for link, _ in pairs])
        for link, item in pairs:
            await store.settle_work_order(work.connection, link, item.dispatch.adapter, item.status.value, item.at)
            work.count(WORK_ORDERS, item.dispatch.adapter, item.status.value)
            incident = await store.lock_incident(work.connection, link.incident_id)
            if incident is not None and item.status is DispatchStatus.SENT:
                await self._arrived(work, incident, link, item)
            elif incident is not None:
                await self._missed(work, incident, link, item)

    async def _orders_in(self, work: Work, item: Settled) -> list[Link]:
        """The work orders that a message carried: one, several that left together, or none."""
        payload = item.dispatch.payload
        kind = payload.get("kind", "order")
        if kind == "bundle":
            return await store.bundled_orders(work.connection, payload["bundle"])
        return [_link_of(item)] if kind == "order" else []

    async def _arrived(self, work: Work, incident: Incident, link: Link, item: Settled) -> None:
        directory = self.asking.live.known.directory
        helps = directory.what_helps(incident.company, incident.branch_id, incident.topic)
        change = notify(
            incident,
            item.at,
            work_order_id=item.dispatch.id,
            step=link.step,
            role=link.role,
            by=item.dispatch.adapter,
            suggestions=codes_for(incident.topic, helps),
        )
        if change is None:
            return
        emit(work, change, item.dispatch.id)
        if incident.notified_at is None:
            observe(work, TIME_TO_NOTIFY, incident, item.at, "notified")
        await store.save_incidents(work.connection, [change.incident])

    async def _missed(self, work: Work, incident: Incident, link: Link, item: Settled) -> None:
        if not incident.awaits_answer or incident.step != link.step:
            return
        if not await store.may_still_arrive(work.connection, link):
            await self.asking.escalate(work, incident, "undeliverable", item.dispatch.id)


def _owned_by(matter: Matter, asked: Asked | None) -> Matter:
    return replace(matter, owner_role=asked.role) if asked else matter


def _locate(known: Known, assessed: MentionAssessed, last_branches: Mapping[UUID, str]) -> Location:
    mention = assessed.mention
    return known.locator.locate(
        company=mention.company,
        text=mention.text,
        place=mention.place,
        account=mention.account,
        posted_at=mention.posted_at,
        last_branch=last_branches.get(mention.mention_id),
    )


def _only_branch(known: Known, assessed: MentionAssessed) -> Location | None:
    """Who asks a company with one branch, and names no place, means that one."""
    branches = known.directory.branches_of(assessed.mention.company)
    if len(branches) != 1 or assessed.assessment.places or assessed.mention.place is not None:
        return None
    return Location(
        status=LocationStatus.BRANCH,
        branch_id=branches[0].id,
        candidates=(Candidate(branch_id=branches[0].id, score=ONLY_BRANCH_CONFIDENCE),),
        confidence=ONLY_BRANCH_CONFIDENCE,
        evidence=("only_branch",),
    )


def _venue(known: Known, location: Location, assessed: MentionAssessed) -> Venue | None:
    """What customers may read about the branch, and its clock when the mention was posted."""
    if location.branch_id is None:
        return None
    branch = known.directory.branch(location.branch_id)
    town = " ".join(part for part in (branch.city, branch.postcode) if part)
    return Venue(
        branch_id=branch.id,
        name=branch.name,
        address=f"{branch.address}, {town}",
        country=branch.country,
        opening_hours=branch.opening_hours,
        local_time=assessed.mention.posted_at.astimezone(ZoneInfo(branch.timezone)),
    )


def _newest(events: Sequence[Received[MentionAssessed]]) -> list[Received[MentionAssessed]]:
    """The newest version of each mention, in the order of their ids."""
    by_id = {e.data.subject: e for e in sorted(events, key=lambda e: e.data.mention.version)}
    return [by_id[mention_id] for mention_id in sorted(by_id)]


async def _claim(
    work: Work, newest: Sequence[Received[MentionAssessed]], complaints: Sequence[Complaint]
) -> list[Complaint]:
    """Keep what is somebody's work, and the versions of edited mentions; give the complaints without an incident."""
    matters = {complaint.mention.mention_id for complaint in complaints}
    kept = [e.data for e in newest if e.data.subject in matters or e.data.mention.version > 1]
    claimed = await store.claim_mentions(work.connection, kept)
    await store.forget_quotes(work.connection, [m for m in claimed if m not in matters])
    return [c for c in complaints if claimed.get(c.mention.mention_id, c) is None]


async def _keep(
    work: Work, placed: Sequence[Placed], stale: Sequence[Incident], known_ids: set[UUID]
) -> list[Incident]:
    """Save what the complaints changed and say so; give the incidents that are new."""
    final = {p.change.incident.id: p.change.incident for p in placed} | {incident.id: incident for incident in stale}
    opened = [incident for incident in final.values() if incident.id not in known_ids]
    await store.save_incidents(work.connection, [i for i in final.values() if i.id in known_ids])
    await store.add_incidents(work.connection, opened)
    incident_of = {p.complaint.mention.mention_id: p.change.incident.id for p in placed}
    await store.link_mentions(work.connection, incident_of)
    for complaint, change in placed:
        emit(work, change, complaint.cause)
        _count(work, change)
    return opened


def _count(work: Work, change: Change) -> None:
    for event in change.events:
        if isinstance(event, IncidentReopened):
            work.count(FIXES_RETURNED, change.incident.topic.value)
        elif isinstance(event, IncidentStormStarted):
            work.count(STORMS, change.incident.topic.value)


def _observe_end(work: Work, before: Incident, change: Change) -> None:
    said = change.incident.report
    if said is None:
        return
    if said.outcome is LoopOutcome.FIXED:
        work.count(FIXES, before.topic.value)
    observe(work, TIME_TO_FIX, before, said.reported_at, said.outcome.value)
    if before.acknowledged_at is None and change.incident.acknowledged_at is not None:
        observe(work, TIME_TO_ACKNOWLEDGE, before, change.incident.acknowledged_at, "acknowledged")


def _incident_id(timer: Timer) -> UUID:
    return UUID(timer.payload["incident_id"])


def _link_of(item: Settled) -> Link:
    payload = item.dispatch.payload
    return Link(item.dispatch.subject, int(payload["step"]), OwnerRole(payload["role"]))


async def observe_incidents(runtime: Runtime) -> None:
    """Set the gauges from the record."""
    async with runtime.database.connection() as connection:
        opened, unacknowledged = await store.count_open(connection)
    INCIDENTS_OPEN.set(opened)
    INCIDENTS_UNACKNOWLEDGED.set(unacknowledged)
