"""Who is asked, and who is asked next when nobody answers: one table. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from contracts import OwnerRole, Severity, Topic
from services.notify.directory import Branch, Contact, Directory
from services.notify.hours import quiet_until
from services.notify.wording import LANGUAGE_OF_COUNTRY, language_known

NEXT: Mapping[OwnerRole, OwnerRole | None] = {
    OwnerRole.MANAGER: OwnerRole.DEPUTY,
    OwnerRole.DEPUTY: OwnerRole.REGION_OWNER,
    OwnerRole.PROCESS_OWNER: OwnerRole.REGION_OWNER,
    OwnerRole.REGION_OWNER: None,
}
"""Each role's next step; None: nobody is left, and operations see it."""

PRESSING_WITHIN = timedelta(minutes=5)
"""Of a pressing matter: silence until the next one is asked. Three people are asked within a quarter of an hour."""
PRESSING_STEPS_MAX = 12
"""A pressing matter goes round again when nobody is left; so often that an hour is covered."""


class Situated(Protocol):
    """What says where something is: an incident, or a matter."""

    @property
    def company(self) -> str: ...
    @property
    def topic(self) -> Topic: ...
    @property
    def branch_id(self) -> str | None: ...
    @property
    def process_id(self) -> str | None: ...
    @property
    def region_owner_id(self) -> str | None: ...


@dataclass(frozen=True)
class Asked:
    """A person who can be reached, by which adapters, and from when on they may be disturbed."""

    role: OwnerRole
    contact: Contact
    ways: tuple[str, ...]
    awake_at: datetime

    def address(self, way: str) -> str:
        """Where `way` leads to them."""
        return str(addresses_of(self.contact)[way])


@dataclass(frozen=True)
class Moment:
    """When somebody is asked, and whether the matter is pressing: then nobody's quiet hours count."""

    now: datetime
    pressing: bool = False


def is_pressing(topic: Topic, severity: Severity) -> bool:
    """Whether somebody may get hurt, or worse: the safety lane."""
    return topic is Topic.SAFETY or severity is Severity.CRITICAL


def whom_to_ask(
    directory: Directory, where: Situated, role: OwnerRole, adapters: Collection[str], moment: Moment
) -> Asked | None:
    """Who has `role` there or comes after it, can be reached, and may be disturbed now.

    While all of them have their quiet hours: whose end first. None: nobody can be reached.
    """
    found = list(_reachable(directory, where, role, adapters, moment))
    awake = next((asked for asked in found if asked.awake_at <= moment.now), None)
    return awake or min(found, key=lambda asked: asked.awake_at, default=None)


def _reachable(
    directory: Directory, where: Situated, role: OwnerRole, adapters: Collection[str], moment: Moment
) -> Iterator[Asked]:
    wanted: OwnerRole | None = role
    while wanted is not None:
        contact = CONTACT_OF[wanted](directory, where)
        ways = tuple(way for way in ways_to(contact) if way in adapters)
        if contact is not None and ways:
            yield Asked(wanted, contact, ways, _awake_at(directory, where, contact, moment))
        wanted = NEXT[wanted]


def _awake_at(directory: Directory, where: Situated, contact: Contact, moment: Moment) -> datetime:
    if moment.pressing:
        return moment.now
    branch = find_branch(directory, where.company, where.branch_id)
    opening = branch.opening_hours if branch else None
    return quiet_until(contact.quiet_hours, opening, moment.now, zone_of(directory, where))


def whom_next(
    directory: Directory, where: Situated, role: OwnerRole, adapters: Collection[str], moment: Moment
) -> Asked | None:
    """Who is asked after `role`; None: nobody is left."""
    following = NEXT[role]
    return whom_to_ask(directory, where, following, adapters, moment) if following is not None else None


def first_role(where: Situated) -> OwnerRole:
    """Whom a matter begins with."""
    if where.process_id is not None:
        return OwnerRole.PROCESS_OWNER
    return OwnerRole.MANAGER if where.branch_id is not None else OwnerRole.REGION_OWNER


def addresses_of(contact: Contact) -> Mapping[str, str | None]:
    """Each adapter's address of `contact`."""
    return {"webhook": contact.webhook_url, "email": contact.email, "apprise": contact.apprise}


def ways_to(contact: Contact | None) -> tuple[str, ...]:
    """The adapters that reach `contact`."""
    return tuple(way for way, address in addresses_of(contact).items() if address) if contact else ()


def zone_of(directory: Directory, where: Situated, candidates: Collection[str] = ()) -> tzinfo:
    """The time zone of the place; for a matter of the whole company UTC."""
    branch = find_branch(directory, where.company, where.branch_id or next(iter(candidates), None))
    return ZoneInfo(branch.timezone) if branch is not None else UTC


def language_of(directory: Directory, where: Situated, role: OwnerRole, candidates: Collection[str] = ()) -> str:
    """What `role` reads there: the person's own language, else the branch's, else that of its country."""
    contact = CONTACT_OF[role](directory, where)
    branch = find_branch(directory, where.company, where.branch_id or next(iter(candidates), None))
    of_place = (branch.language or LANGUAGE_OF_COUNTRY.get(branch.country)) if branch else None
    return language_known((contact.language if contact else None) or of_place)


def find_branch(directory: Directory, company: str, branch_id: str | None) -> Branch | None:
    """The branch; None: there is none, or the directory has lost it since the incident was opened."""
    branch = directory.find_branch(branch_id)
    return branch if branch is not None and branch.company == company else None


def _manager(directory: Directory, where: Situated) -> Contact | None:
    branch = find_branch(directory, where.company, where.branch_id)
    return branch.manager if branch else None


def _deputy(directory: Directory, where: Situated) -> Contact | None:
    branch = find_branch(directory, where.company, where.branch_id)
    return branch.deputy if branch else None


def _region_owner(directory: Directory, where: Situated) -> Contact | None:
    owners = directory.region_owners_of(where.company)
    return next((owner.contact for owner in owners if owner.id == where.region_owner_id), None)


def _process_owner(directory: Directory, where: Situated) -> Contact | None:
    processes = (process for process in directory.processes if process.company == where.company)
    return next((process.owner for process in processes if process.id == where.process_id), None)


CONTACT_OF: Mapping[OwnerRole, Callable[[Directory, Situated], Contact | None]] = {
    OwnerRole.MANAGER: _manager,
    OwnerRole.DEPUTY: _deputy,
    OwnerRole.REGION_OWNER: _region_owner,
    OwnerRole.PROCESS_OWNER: _process_owner,
}
