"""Who owns a complaint: one table, the first rule that matches wins, and the last one catches all. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from contracts import (
    Assessment,
    Kind,
    Legitimacy,
    Location,
    LocationStatus,
    OwnerRole,
    Topic,
)
from services.notify.directory import Branch, Directory, RegionOwner

BRANCH_CAN_FIX: Mapping[Topic, bool] = {
    Topic.WAIT_TIME: True,
    Topic.STAFF: True,
    Topic.PRODUCT_QUALITY: True,
    Topic.BILLING: True,
    Topic.PRICE: True,
    Topic.DELIVERY: True,
    Topic.DELAY_CANCELLATION: True,
    Topic.OUTAGE: True,
    Topic.WEBSITE_APP: False,
    Topic.SECURITY: False,
    Topic.SUPPORT_RESPONSE: False,
    Topic.LOST_ITEM: True,
    Topic.FACILITIES: True,
    Topic.CLEANLINESS: True,
    Topic.ACCESSIBILITY: True,
    Topic.OPENING_HOURS: True,
    Topic.STOCK: True,
    Topic.SAFETY: True,
    Topic.POLICY: False,
    # Problems nobody could name are not one problem: "fixed" would be said to customers it is not true for.
    Topic.OTHER: False,
}
"""Whether the people at a branch can do something about it. What is False here needs a process in the directory."""


@dataclass(frozen=True)
class Matter:
    """One problem at one place (or in one process) and who is asked first. Equal `dedup_key`: the same problem."""

    company: str
    topic: Topic
    owner_role: OwnerRole
    dedup_key: str
    place_name: str
    branch_id: str | None = None
    branch_name: str | None = None
    process_id: str | None = None
    process_name: str | None = None
    region_owner_id: str | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What the rules look at."""

    directory: Directory
    company: str
    topic: Topic
    location: Location


Rule = Callable[[Found], Matter | None]


def deserves_action(assessment: Assessment) -> bool:
    """Only legitimate complaints are work for somebody; where that is unsure a person decides first."""
    return assessment.kind is Kind.COMPLAINT and assessment.legitimacy is Legitimacy.LEGITIMATE


def matter_of(directory: Directory, company: str, assessment: Assessment, location: Location) -> Matter | None:
    """What there is to fix and who owns it, by the best topic that has an owner; None: nothing anybody can fix."""
    if not deserves_action(assessment):
        return None
    for topic in assessment.topics:
        found = Found(directory, company, topic, location)
        for rule in RULES:
            if (matter := rule(found)) is not None:
                return matter
    return None


def matter_at(directory: Directory, branch: Branch, topic: Topic) -> Matter:
    """The matter of `topic` at `branch`, whose manager owns it."""
    owner = directory.region_owner_of(branch)
    return Matter(
        company=branch.company,
        topic=topic,
        owner_role=OwnerRole.MANAGER,
        dedup_key=f"{branch.company}|{branch.id}|{topic.value}",
        place_name=branch.name,
        branch_id=branch.id,
        branch_name=branch.name,
        region_owner_id=owner.id,
    )


def process_owns_it(found: Found) -> Matter | None:
    """Some problems belong to a process, wherever they were met."""
    process = found.directory.process_for(found.company, found.topic)
    if process is None:
        return None
    owner = _region_owner(found)
    return Matter(
        company=found.company,
        topic=found.topic,
        owner_role=OwnerRole.PROCESS_OWNER,
        dedup_key=f"{found.company}|process:{process.id}|{found.topic.value}",
        place_name=process.matter,
        process_id=process.id,
        process_name=process.public_name,
        region_owner_id=owner.id if owner else None,
    )


def branch_owns_it(found: Found) -> Matter | None:
    """The branch is known, and people there can do something."""
    branch_id = found.location.branch_id
    if found.location.status is not LocationStatus.BRANCH or branch_id is None or not BRANCH_CAN_FIX[found.topic]:
        return None
    return matter_at(found.directory, found.directory.branch(branch_id), found.topic)


def region_owns_it(found: Found) -> Matter | None:
    """It may be one of several branches: whoever knows the region is asked, not the customer.

    The key holds the candidates: doubt between two branches in one town is not doubt between two in another.
    """
    if found.location.status is not LocationStatus.AMBIGUOUS or not BRANCH_CAN_FIX[found.topic]:
        return None
    branches = _candidates(found)
    owner = _region_owner(found)
    if owner is None:
        return None
    doubt = "+".join(sorted(branch.id for branch in branches))
    return Matter(
        company=found.company,
        topic=found.topic,
        owner_role=OwnerRole.REGION_OWNER,
        dedup_key=f"{found.company}|region:{owner.id}:{doubt}|{found.topic.value}",
        place_name=name_candidates([branch.name for branch in branches]),
        region_owner_id=owner.id,
        candidates=tuple(branch.id for branch in branches),
    )


def nobody_owns_it(_: Found) -> None:
    """A matter of the whole company without a process is not work for one person: no incident."""


RULES: Sequence[Rule] = (process_owns_it, branch_owns_it, region_owns_it, nobody_owns_it)


def name_candidates(names: Sequence[str]) -> str:
    """The candidates in words: the first three, and how many more."""
    shown, more = list(names[:3]), len(names) - 3
    return " or ".join([*shown, f"{more} more"] if more > 0 else shown)


def _candidates(found: Found) -> list[Branch]:
    return [found.directory.branch(candidate.branch_id) for candidate in found.location.candidates]


def _region_owner(found: Found) -> RegionOwner | None:
    """That of the branches in question: the one they share, else the best candidate's; else the company's first."""
    branches = _candidates(found)
    if found.location.branch_id is not None:
        branches = [found.directory.branch(found.location.branch_id)]
    if branches:
        return found.directory.region_owner_of(branches[0])
    return next(iter(found.directory.region_owners_of(found.company)), None)
