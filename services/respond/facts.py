"""What a reply may rest on: what the customer said, what we know, and what has happened. Pure.

A text may claim only what stands here: that somebody was told, that it was fixed, what the wait is now.
"""

import re
from dataclasses import dataclass

from contracts import Assessment, FixAction, Kind, LoopOutcome, Mention, OwnerRole, Topic

MATTER = {
    Topic.WAIT_TIME: "the wait",
    Topic.STAFF: "the way you were treated",
    Topic.PRODUCT_QUALITY: "what you were given",
    Topic.BILLING: "the charge",
    Topic.PRICE: "the price",
    Topic.DELIVERY: "the delivery",
    Topic.DELAY_CANCELLATION: "the delay",
    Topic.OUTAGE: "the outage",
    Topic.WEBSITE_APP: "the trouble online",
    Topic.SECURITY: "the security check",
    Topic.SUPPORT_RESPONSE: "the way our support dealt with it",
    Topic.LOST_ITEM: "what was lost",
    Topic.FACILITIES: "what did not work there",
    Topic.CLEANLINESS: "the state of the place",
    Topic.ACCESSIBILITY: "the barrier you met",
    Topic.OPENING_HOURS: "the closed doors",
    Topic.STOCK: "the empty shelf",
    Topic.SAFETY: "the danger you saw",
    Topic.POLICY: "that rule of ours",
    Topic.OTHER: "what happened",
}
"""How a reply names the matter."""

TELLER = {
    OwnerRole.MANAGER: "the manager",
    OwnerRole.DEPUTY: "the deputy manager",
    OwnerRole.REGION_OWNER: "the regional manager",
    OwnerRole.PROCESS_OWNER: "the colleague in charge",
}

DONE = {
    FixAction.STAFF_RESHUFFLED: "moved staff to where people wait",
    FixAction.QUEUE_SPLIT: "split the queue, so that quick requests are not held up",
    FixAction.REPAIRED: "repaired it",
    FixAction.CLEANED: "cleaned it",
    FixAction.RESTOCKED: "restocked it",
    FixAction.REPLACED: "replaced it",
    FixAction.REFUNDED: "sent the refund",
    FixAction.PROCESS_CHANGED: "changed how we do it",
    FixAction.OTHER: "put it right",
}
"""What stands after "has" where the owner's own words cannot."""

_WAITED = re.compile(r"\b(\d{1,3})\s?(?:\+\s?)?(min(?:ute)?s?|hours?|hrs?|days?|weeks?)\b", re.IGNORECASE)
_UNITS = {"m": "minute", "h": "hour", "d": "day", "w": "week"}


@dataclass(frozen=True)
class Fix:
    """The owner confirmed it: what was done, to stand after "has", and the wait from now on in minutes."""

    done: str
    wait_min: int | None = None


@dataclass(frozen=True)
class Facts:
    """Everything a text may say."""

    kind: Kind
    topic: Topic
    matter: str
    detail: str | None = None
    branch: str | None = None
    process: str | None = None
    told: str | None = None
    """Who was told, once the work order was delivered."""
    fix: Fix | None = None
    outcome: LoopOutcome | None = None
    until: str | None = None
    place_known: bool = False

    @property
    def where(self) -> str | None:
        """The branch or the matter as customers know it."""
        return self.branch or self.process


@dataclass(frozen=True)
class Told:
    """What notify said about the incident so far."""

    branch_name: str | None = None
    process_name: str | None = None
    told_role: OwnerRole | None = None
    outcome: LoopOutcome | None = None
    action: FixAction | None = None
    action_phrase: str | None = None
    wait_min: int | None = None
    until_text: str | None = None


def gather(mention: Mention, assessment: Assessment, told: Told | None) -> Facts:
    """What is known about this mention at this moment."""
    topic = assessment.topics[0] if assessment.topics else Topic.OTHER
    told = told or Told()
    return Facts(
        kind=assessment.kind,
        topic=topic,
        matter=MATTER[topic],
        detail=find_detail(mention.text),
        branch=told.branch_name,
        process=told.process_name,
        told=TELLER[told.told_role] if told.told_role else None,
        fix=_fix(told),
        outcome=told.outcome,
        until=told.until_text,
        place_known=bool(told.branch_name or mention.place or assessment.places),
    )


def _fix(told: Told) -> Fix | None:
    if told.outcome is not LoopOutcome.FIXED:
        return None
    return Fix(told.action_phrase or DONE[told.action or FixAction.OTHER], told.wait_min)


def find_detail(text: str) -> str | None:
    """The first length of time the customer states: "40 minutes"."""
    found = _WAITED.search(text)
    if found is None:
        return None
    number, unit = int(found.group(1)), _UNITS[found.group(2)[0].lower()]
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
