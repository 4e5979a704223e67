"""Who is asked, and who is asked next when nobody answers: one table. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from contracts import OwnerRole, Topic
from services.notify.directory import Branch, Contact, Directory

NEXT: Mapping[OwnerRole, OwnerRole | None] = {
    OwnerRole.MANAGER: OwnerRole.DEPUTY,
    OwnerRole.DEPUTY: OwnerRole.REGION_OWNER,
    OwnerRole.PROCESS_OWNER: OwnerRole.REGION_OWNER,
    OwnerRole.REGION_OWNER: None,
}
"""Each role's next step; None: nobody is left, and operations see it."""


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
    """A person who can be reached, and by which adapters."""

    role: OwnerRole
    contact: Contact
    ways: tuple[str, ...]


def whom_to_ask(directory: Directory, where: Situated, role: OwnerRole, adapters: Collection[str]) -> Asked | None:
    """Who has `role` there, or whoever comes next and can be reached; None: nobody."""
    wanted: OwnerRole | None = role
    while wanted is not None:
        contact = CONTACT_OF[wanted](directory, where)
        ways = tuple(way for way in ways_to(contact) if way in adapters)
        if contact is not None and ways:
            return Asked(wanted, contact, ways)
        wanted = NEXT[wanted]
    return None


def whom_next(directory: Directory, where: Situated, role: OwnerRole, adapters: Collection[str]) -> Asked | None:
    """Who is asked after `role`; None: nobody is left."""
    following = NEXT[role]
    return whom_to_ask(directory, where, following, adapters) if following is not None else None


def ways_to(contact: Contact | None) -> tuple[str, ...]:
    """The adapters that reach `contact`."""
    if contact is None:
        return ()
    addresses = {"webhook": contact.webhook_url, "email": contact.email}
    return tuple(way for way, address in addresses.items() if address)


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
