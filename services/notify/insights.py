"""What is worth a change and not only a fix: a fix that did not hold, a weekday's habit, what many miss. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts import InsightRaised, Topic
from services.notify.incidents import Incident

INSIGHTS = uuid5(NAMESPACE_URL, "amends:insights")
EXAMPLES_MAX = 10

PATTERN_TIMES = 3
PATTERN_WITHIN = timedelta(days=28)
"""Three times in four weeks. Source: scenario A12."""
SAME_TIME_OF_DAY = timedelta(hours=2)
WEEK = timedelta(days=7)
TELL_BEFORE = timedelta(days=3)
"""So long before it is due again the branch is told: shifts can still be changed, and Friday comes before Monday."""
OPPORTUNITY_MENTIONS = 10
OPPORTUNITY_WITHIN = timedelta(days=30)
"""Ten mentions in a month. Source: scenario A35."""


class InsightKind(StrEnum):
    """Why it is worth a change."""

    RELAPSE = "relapse"
    PATTERN = "pattern"
    OPPORTUNITY = "opportunity"


@dataclass(frozen=True)
class Occurrence:
    """One time the problem was there."""

    incident_id: UUID
    at: datetime


@dataclass(frozen=True)
class Wish:
    """One mention of something that is missing."""

    mention_id: UUID
    branch_id: str | None
    topic: Topic
    at: datetime


def find_relapse(incident: Incident, now: datetime) -> InsightRaised | None:
    """The fix did not hold."""
    if not incident.returned:
        return None
    examples = [incident.id, *([incident.earlier_incident_id] if incident.earlier_incident_id else [])]
    return InsightRaised(
        insight_id=insight_id(incident.company, InsightKind.RELAPSE, str(incident.id)),
        company=incident.company,
        at=now,
        kind=InsightKind.RELAPSE.value,
        topic=incident.topic,
        thing=first_of(incident.things),
        branches=(incident.branch_id,) if incident.branch_id else (),
        count=len(examples),
        since=incident.waiting_since,
        incidents=tuple(examples),
    )


def find_pattern(
    incident: Incident, history: Sequence[Occurrence], zone: tzinfo, now: datetime
) -> InsightRaised | None:
    """The problem has its weekday and its time of day. `history`: that topic at that branch, this incident included."""
    here = incident.waiting_since.astimezone(zone)
    alike = [o for o in history if incident.waiting_since - PATTERN_WITHIN < o.at and _is_same_time(o.at, here, zone)]
    days = {occurrence.at.astimezone(zone).date() for occurrence in alike}
    if incident.branch_id is None or len(days) < PATTERN_TIMES:
        return None
    earliest = min((occurrence.at.astimezone(zone) for occurrence in alike), key=lambda at: at.time())
    next_at = next_time(here, earliest.hour, now)
    return InsightRaised(
        insight_id=insight_id(
            incident.company, InsightKind.PATTERN, f"{incident.branch_id}|{incident.topic.value}|{next_at.date()}"
        ),
        company=incident.company,
        at=now,
        kind=InsightKind.PATTERN.value,
        topic=incident.topic,
        branches=(incident.branch_id,),
        count=len(days),
        since=min(occurrence.at for occurrence in alike),
        next_at=next_at,
        incidents=tuple(o.incident_id for o in sorted(alike, key=lambda o: o.at, reverse=True))[:EXAMPLES_MAX],
    )


def next_time(here: datetime, hour: int, now: datetime) -> datetime:
    """The next time it is that weekday and hour there, after `now`; the wall clock counts, also when it is changed."""
    due = here.replace(hour=hour, minute=0, second=0, microsecond=0) + WEEK
    while due <= now:
        due += WEEK
    return due


def find_opportunity(company: str, thing: str, wishes: Sequence[Wish], now: datetime) -> InsightRaised | None:
    """Many miss the same thing. `wishes` are the latest first."""
    recent = [wish for wish in wishes if now - OPPORTUNITY_WITHIN < wish.at]
    if len(recent) < OPPORTUNITY_MENTIONS:
        return None
    topics = [wish.topic for wish in recent]
    since = min(wish.at for wish in recent)
    return InsightRaised(
        insight_id=insight_id(company, InsightKind.OPPORTUNITY, f"{thing}|{since.isoformat()}"),
        company=company,
        at=now,
        kind=InsightKind.OPPORTUNITY.value,
        topic=max(sorted(set(topics)), key=topics.count),
        thing=thing,
        branches=tuple(sorted({wish.branch_id for wish in recent if wish.branch_id})),
        count=len(recent),
        since=since,
        mentions=tuple(wish.mention_id for wish in recent)[:EXAMPLES_MAX],
    )


def insight_id(company: str, kind: InsightKind, what: str) -> UUID:
    """The same for the same finding."""
    return uuid5(INSIGHTS, f"{company}|{kind.value}|{what}")


def first_of(things: Sequence[str]) -> str | None:
    """The thing, where there is one."""
    return things[0] if things else None


def _is_same_time(at: datetime, here: datetime, zone: tzinfo) -> bool:
    local = at.astimezone(zone)
    apart = abs(_since_midnight(local) - _since_midnight(here))
    return local.weekday() == here.weekday() and apart <= SAME_TIME_OF_DAY


def _since_midnight(local: datetime) -> timedelta:
    return timedelta(hours=local.hour, minutes=local.minute)
