"""Who owns a complaint: one table, the first rule that matches wins, and the last one catches all. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

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
from services.notify.processes import process_of

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
    urgent: bool = False
    """Safety, law, fraud, self-harm: always a person, at once."""
    alone: bool = False
    """One person's own matter: two threats are two matters."""
    stated: bool = True
    """Whether the complaint says what it is about; without that it joins what is known there, and opens nothing."""

    @property
    def scope(self) -> str:
        """The place alone: problems of one scope may turn out to be one."""
        return scope_of(self.dedup_key)


def scope_of(dedup_key: str) -> str:
    """A key without its topic."""
    return dedup_key.rpartition("|")[0]


@dataclass(frozen=True)
class Found:
    """What the rules look at."""

    directory: Directory
    company: str
    topic: Topic
    location: Location
    text: str = ""


Rule = Callable[[Found], Matter | None]


def deserves_action(assessment: Assessment) -> bool:
    """Only legitimate complaints are work for somebody; where that is unsure a person decides first."""
    return assessment.kind is Kind.COMPLAINT and assessment.legitimacy is Legitimacy.LEGITIMATE


def is_urgent(assessment: Assessment, more: Collection[Topic] = ()) -> bool:
    """Safety, law, fraud, self-harm: a person looks at it, whoever wrote it and in whatever tone.

    `more` adds topics. Nothing takes any away.
    """
    if assessment.legitimacy in {Legitimacy.SPAM, Legitimacy.OFF_TOPIC}:
        return False
    return assessment.urgent or (deserves_action(assessment) and not set(more).isdisjoint(assessment.topics))


def asks_where(assessment: Assessment) -> bool:
    """A question may be about a branch: whoever answers it wants to know which. No incident comes of it."""
    about_hours = assessment.kind in {Kind.OTHER, Kind.IDEA} and assessment.topics[:1] == (Topic.OPENING_HOURS,)
    return assessment.kind is Kind.QUESTION or about_hours


def matter_of(
    directory: Directory,
    company: str,
    assessment: Assessment,
    location: Location,
    text: str = "",
    *,
    urgent_topics: Collection[Topic] = (),
) -> Matter | None:
    """What there is to fix and who owns it, by the best topic that has an owner; None: nothing anybody can fix."""
    urgent = is_urgent(assessment, urgent_topics)
    if not urgent and not deserves_action(assessment):
        return None
    founds = [Found(directory, company, topic, location, text) for topic in assessment.topics]
    for found in founds:
        for rule in RULES:
            if (matter := rule(found)) is not None:
                return replace(matter, urgent=urgent)
    last = Found(directory, company, Topic.OTHER, location, text)
    return person_owns_it(founds[0] if founds else last) if urgent else branch_may_know(last)


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
    at_branch = found.location.status is LocationStatus.BRANCH
    process = process_of(found.directory, found.company, found.topic, found.text, at_branch=at_branch)
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


def person_owns_it(found: Found) -> Matter | None:
    """It is urgent and no place or process has it: whoever looks after the region is the person."""
    owner = _region_owner(found)
    if owner is None:
        return None
    branch = found.directory.find_branch(found.location.branch_id)
    company = next(company for company in found.directory.companies if company.id == found.company)
    return Matter(
        company=found.company,
        topic=found.topic,
        owner_role=OwnerRole.REGION_OWNER,
        dedup_key=f"{found.company}|person:{owner.id}|{found.topic.value}",
        place_name=branch.name if branch else company.name,
        region_owner_id=owner.id,
        urgent=True,
        alone=found.topic is not Topic.SAFETY,
    )


def branch_may_know(found: Found) -> Matter | None:
    """The branch is known and the problem is not stated: it may be what is going on there."""
    branch_id = found.location.branch_id
    if found.location.status is not LocationStatus.BRANCH or branch_id is None:
        return None
    return replace(matter_at(found.directory, found.directory.branch(branch_id), Topic.OTHER), stated=False)


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
