"""Raises insights from the record, apart from the work on incidents, and tells a branch before its pattern is due.

Timers carry it: an opened incident is looked at right after it was opened, a missed thing at most every ten minutes,
and the notice waits for its day. A notice that is late beyond what it warned of is not sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prometheus_client import Counter

from chassis.work import Audience, Dispatch, Settled, Timer, Work
from contracts import InsightRaised, Kind, Legitimacy, MentionAssessed, OwnerRole, Topic
from services.notify import store
from services.notify.asking import Asking
from services.notify.escalation import zone_of
from services.notify.incidents import Incident
from services.notify.insights import (
    OPPORTUNITY_WITHIN,
    PATTERN_WITHIN,
    TELL_BEFORE,
    find_opportunity,
    find_pattern,
    find_relapse,
)
from services.notify.live import Known
from services.notify.ownership import matter_at
from services.notify.things import AMENITIES, things_in

LOOK = "insight_look"
WISHES = "insight_wishes"
NOTICE = "insight_notice"
NOTICE_ADAPTER = "insight_email"
NOTICE_LANE = 8
WISHES_EVERY_SECONDS = 600
MISSED_UNDER = frozenset(
    {Topic.FACILITIES, Topic.ACCESSIBILITY, Topic.STOCK, Topic.PRODUCT_QUALITY, Topic.OUTAGE, Topic.OTHER}
)
"""Topics that say that something is missing; elsewhere a thing is only named along the way."""

INSIGHTS = Counter("amends_insights_total", "Insights raised: what is worth a change and not only a fix", ["kind"])


@dataclass(frozen=True)
class Learning:
    """The timers' entry points for insights."""

    asking: Asking

    def look_at(self, work: Work, opened: Sequence[Incident]) -> None:
        """Have new incidents looked at once they are kept."""
        for incident in opened:
            work.start_timer(LOOK, str(incident.id), work.now, {"incident_id": str(incident.id)}, lane=NOTICE_LANE)

    async def note_wishes(self, work: Work, known: Known, events: Sequence[MentionAssessed]) -> None:
        """Keep what is missed, and by whom where; look at it a little later, so that many are looked at once."""
        rows = [row for event in events for row in _wishes(known, event)]
        if not rows:
            return
        await store.add_wishes(work.connection, rows)
        bucket = int(work.now.timestamp()) // WISHES_EVERY_SECONDS
        due_at = datetime.fromtimestamp((bucket + 1) * WISHES_EVERY_SECONDS, work.now.tzinfo)
        for company, thing in sorted({(row.company, row.thing) for row in rows}):
            payload = {"company": company, "thing": thing}
            work.start_timer(WISHES, f"{company}:{thing}:{bucket}", due_at, payload, lane=NOTICE_LANE)

    async def on_look_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """A new incident: did a fix not hold, does it have its weekday?"""
        for timer in timers:
            incident = await store.read_incident(work.connection, UUID(timer.payload["incident_id"]))
            if incident is None:
                continue
            since = incident.waiting_since - PATTERN_WITHIN
            history = await store.history(work.connection, incident, since)
            zone = zone_of(self.asking.live.known.directory, incident)
            pattern = find_pattern(incident, history, zone, work.now)
            for insight in (find_relapse(incident, work.now), pattern):
                if insight is not None and await self._raise(work, insight, timer.id):
                    self._plan_notice(work, insight)

    async def on_wishes_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """Enough miss the same thing; it is said once a month."""
        for timer in timers:
            company, thing = timer.payload["company"], timer.payload["thing"]
            since = work.now - OPPORTUNITY_WITHIN
            insight = find_opportunity(
                company, thing, await store.wishes(work.connection, company, thing, since), work.now
            )
            if insight is not None and not await store.was_raised(work.connection, insight, since):
                await self._raise(work, insight, timer.id)

    async def _raise(self, work: Work, insight: InsightRaised, cause: UUID) -> bool:
        if not await store.add_insight(work.connection, insight):
            return False
        work.emit(insight, cause=cause)
        work.count(INSIGHTS, insight.kind)
        return True

    def _plan_notice(self, work: Work, insight: InsightRaised) -> None:
        if insight.next_at is not None:
            due_at = max(work.now, insight.next_at - TELL_BEFORE)
            work.start_timer(NOTICE, str(insight.insight_id), due_at, {"insight_id": str(insight.insight_id)})

    async def on_notice_due(self, work: Work, timers: Sequence[Timer]) -> None:
        """Tell the branch, unless the day has come already."""
        for timer in timers:
            insight = await store.read_insight(work.connection, UUID(timer.payload["insight_id"]))
            if insight is None or insight.next_at is None or insight.next_at <= work.now or not insight.branches:
                continue
            directory = self.asking.live.known.directory
            branch = directory.find_branch(insight.branches[0])
            if branch is None:
                continue
            matter = matter_at(directory, branch, insight.topic)
            asked = self.asking.whom(self.asking.live.known, matter, OwnerRole.MANAGER, work.now)
            if asked is not None and asked.contact.email:
                work.order(_notice(insight.insight_id, asked.contact.email, asked.contact.name, work.now))

    async def on_settled(self, work: Work, settled: Sequence[Settled]) -> None:
        """The notice left."""
        told = [item.dispatch.subject for item in settled if item.receipt is not None]
        await store.mark_told(work.connection, told, work.now)


def _wishes(known: Known, event: MentionAssessed) -> list[store.WishRow]:
    """The amenities a legitimate complaint or idea misses."""
    mention, assessment = event.mention, event.assessment
    if assessment.kind not in {Kind.COMPLAINT, Kind.IDEA} or assessment.legitimacy is not Legitimacy.LEGITIMATE:
        return []
    things = things_in(mention.text) & AMENITIES
    if not things or not assessment.topics or assessment.topics[0] not in MISSED_UNDER:
        return []
    location = known.locator.locate(
        company=mention.company,
        text=mention.text,
        place=mention.place,
        account=mention.account,
        posted_at=mention.posted_at,
    )
    topic = assessment.topics[0].value
    return [
        store.WishRow(mention.mention_id, thing, mention.company, topic, location.branch_id, mention.waiting_since)
        for thing in sorted(things)
    ]


def _notice(insight_id: UUID, email: str, name: str, due_at: datetime) -> Dispatch:
    return Dispatch(
        key=f"insight:{insight_id}",
        adapter=NOTICE_ADAPTER,
        audience=Audience.STAFF,
        subject=insight_id,
        payload={"insight_id": str(insight_id), "to": email, "name": name},
        due_at=due_at,
        lane=NOTICE_LANE,
    )
