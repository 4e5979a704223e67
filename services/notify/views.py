"""What an owner is shown, read fresh from the record each time: in a work order as it leaves, and on the page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chassis.errors import Refused
from chassis.runtime import Runtime
from chassis.work import Dispatch
from contracts import OwnerRole
from services.notify import store
from services.notify.directory import Branch, Directory
from services.notify.escalation import find_branch
from services.notify.incidents import Incident
from services.notify.links import Link, Links
from services.notify.live import LiveDirectory
from services.notify.orders import WorkOrder, describe, tell_time

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True)
class Seen:
    """An incident, and the matter in words; `zone` is that of the place."""

    incident: Incident
    order: WorkOrder
    zone: tzinfo
    now: datetime

    def tell(self, at: datetime) -> str:
        """The time on the wall there."""
        return tell_time(at, self.zone, self.now)

    def tell_exactly(self, at: datetime) -> str:
        """The time on the wall there, with seconds."""
        return f"{at.astimezone(self.zone):%H:%M:%S}"


@dataclass(frozen=True)
class Composed:
    """A work order ready to leave: its words and its link."""

    order: WorkOrder
    link: str
    dispatch: Dispatch

    @property
    def name(self) -> str:
        return str(self.dispatch.payload["name"])


Compose = Callable[[Dispatch], Awaitable[Composed]]


@dataclass(frozen=True)
class Views:
    """Reads incidents for people."""

    runtime: Runtime
    live: LiveDirectory
    links: Links

    async def see(self, incident_id: UUID) -> Seen | None:
        """The incident as it is at this moment."""
        async with self.runtime.database.connection() as connection:
            incident = await store.read_incident(connection, incident_id)
            if incident is None:
                return None
            facts = await store.facts_of(connection, incident_id)
        zone, now = zone_of(self.live.known.directory, incident), self.runtime.clock.now()
        return Seen(incident, describe(incident, facts, zone, now), zone, now)

    async def compose(self, dispatch: Dispatch) -> Composed:
        """The work order as it is to leave now. Raises Refused when there is nothing left to ask."""
        seen = await self.see(dispatch.subject)
        if seen is None or not seen.incident.is_open:
            raise Refused("the incident is resolved")
        link = Link(dispatch.subject, int(dispatch.payload["step"]), OwnerRole(dispatch.payload["role"]))
        return Composed(seen.order, self.links.url(link), dispatch)

    async def times_asked_again(self, link: Link) -> int:
        """How often this work order's owner has written what we could not understand."""
        async with self.runtime.database.connection() as connection:
            return await store.count_unanswered_words(connection, link)

    def branches_to_pick(self, incident: Incident) -> list[Branch]:
        """The branches it may be: those in question, else all of the same region's owner."""
        directory = self.live.known.directory
        found = [find_branch(directory, incident.company, branch_id) for branch_id in incident.candidates]
        candidates = [branch for branch in found if branch is not None]
        return candidates or [
            branch
            for branch in directory.branches_of(incident.company)
            if directory.region_owner_of(branch).id == incident.region_owner_id
        ]


def zone_of(directory: Directory, incident: Incident) -> tzinfo:
    """The time zone of the place; for a matter of the whole company UTC."""
    branch_id = incident.branch_id or next(iter(incident.candidates), None)
    branch = find_branch(directory, incident.company, branch_id)
    return ZoneInfo(branch.timezone) if branch is not None else UTC
