"""What an owner is shown, read fresh from the record each time: in a work order as it leaves, and on the page."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chassis.errors import Refused
from chassis.runtime import Runtime
from chassis.work import Dispatch
from contracts import OwnerRole
from services.notify import store
from services.notify.directory import Branch
from services.notify.escalation import find_branch, language_of, zone_of
from services.notify.incidents import Incident
from services.notify.links import Link, Links
from services.notify.live import LiveDirectory
from services.notify.orders import WorkOrder, clean, describe, tell_time, understood

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
        return tell_time(at, self.zone, self.now, self.order.language)

    def tell_exactly(self, at: datetime) -> str:
        """The time on the wall there, with seconds."""
        return f"{at.astimezone(self.zone):%H:%M:%S}"


@dataclass(frozen=True)
class Composed:
    """A message ready to leave, as the templates named `kind` show it.

    `token` lets the reader answer by mail or webhook; `thread`: the Message-ID it answers, and those before it.
    """

    dispatch: Dispatch
    kind: str
    subject: str
    orders: tuple["Ordered", ...]
    token: str | None = None
    thread: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return str(self.dispatch.payload["name"])

    @property
    def order(self) -> WorkOrder:
        return self.orders[0].order

    @property
    def link(self) -> str:
        return self.orders[0].link


@dataclass(frozen=True)
class Ordered:
    """One work order, its link, and the branches that it may be about."""

    order: WorkOrder
    link: str
    picks: tuple[str, ...] = ()


Compose = Callable[[Dispatch], Awaitable[Composed]]


@dataclass(frozen=True)
class Views:
    """Reads incidents for people."""

    runtime: Runtime
    live: LiveDirectory
    links: Links

    async def see(self, incident_id: UUID, role: OwnerRole | None = None) -> Seen | None:
        """The incident as it is at this moment, in the language of `role`."""
        async with self.runtime.database.connection() as connection:
            incident = await store.read_incident(connection, incident_id)
            if incident is None:
                return None
            facts = await store.facts_of(connection, incident_id)
        directory, now = self.live.known.directory, self.runtime.clock.now()
        zone = zone_of(directory, incident, incident.candidates)
        language = language_of(directory, incident, role or incident.owner_role, incident.candidates)
        helps = directory.what_helps(incident.company, incident.branch_id, incident.topic)
        return Seen(incident, describe(incident, facts, zone, now, language, helps), zone, now)

    async def compose(self, dispatch: Dispatch) -> Composed:
        """The message as it is to leave now. Raises Refused when there is nothing left to ask."""
        return await COMPOSERS[dispatch.payload.get("kind", "order")](self, dispatch)

    async def compose_order(self, dispatch: Dispatch) -> Composed:
        """One work order."""
        link = link_in(dispatch)
        ordered = await self._ordered(link)
        if ordered is None:
            raise Refused("the incident is resolved")
        return Composed(dispatch, "order", ordered.order.subject, (ordered,), self.links.answer_token(link))

    async def compose_bundle(self, dispatch: Dispatch) -> Composed:
        """Several work orders to one person. It cannot be answered by mail: nobody could tell which one is meant."""
        async with self.runtime.database.connection() as connection:
            links = await store.bundled_orders(connection, str(dispatch.payload["bundle"]))
        ordered = [found for link in links if (found := await self._ordered(link)) is not None]
        if not ordered:
            raise Refused("the incidents are resolved")
        words = ordered[0].order.words
        subject = words["bundle"].format(n=len(ordered)) if len(ordered) > 1 else ordered[0].order.subject
        return Composed(dispatch, "bundle", subject, tuple(ordered))

    async def compose_heard(self, dispatch: Dispatch) -> Composed:
        """How an answer was understood."""
        link = link_in(dispatch)
        seen = await self.see(link.incident_id, link.role)
        if seen is None:
            raise Refused("the incident is gone")
        order = seen.order
        subject = order.words["answer_subject"].format(subject=order.subject)
        ordered = Ordered(order, self.links.url(link))
        lines = tuple(tell_heard(seen, link, str(dispatch.payload["said"])))
        thread = tuple(str(part) for part in dispatch.payload["thread"])
        return Composed(dispatch, "heard", subject, (ordered,), self.links.answer_token(link), thread, lines)

    async def _ordered(self, link: Link) -> Ordered | None:
        seen = await self.see(link.incident_id, link.role)
        if seen is None or not seen.incident.is_open:
            return None
        incident = seen.incident
        picks = self.branches_to_pick(incident) if incident.candidates and may_pick(incident, link) else []
        return Ordered(seen.order, self.links.url(link), tuple(clean(branch.name, 100) for branch in picks))

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


def link_in(dispatch: Dispatch) -> Link:
    """For whom a work order is."""
    return Link(dispatch.subject, int(dispatch.payload["step"]), OwnerRole(dispatch.payload["role"]))


def may_pick(incident: Incident, link: Link) -> bool:
    """A region's owner who is asked says which branch it is."""
    asked = link.role is OwnerRole.REGION_OWNER and incident.owner_role is OwnerRole.REGION_OWNER
    return asked and incident.is_open and incident.process_id is None


def tell_heard(seen: Seen, link: Link, said: str) -> list[str]:
    """What an answer did, in the reader's words."""
    incident, words, language = seen.incident, seen.order.words, seen.order.language
    if said != "heard_state":
        return [words[said]]
    if link.step < incident.acting_from_step:
        return [words["heard_passed_on"]]
    if incident.report is None:
        return [words["heard_on_it"]]
    understanding = words["heard_report"].format(what=understood(incident.report, language))
    if not incident.is_open:
        return [understanding]
    return [understanding, words["heard_until"].format(time=seen.tell_exactly(incident.report.due_at))]


COMPOSERS: Mapping[str, Callable[[Views, Dispatch], Awaitable[Composed]]] = {
    "order": Views.compose_order,
    "bundle": Views.compose_bundle,
    "heard": Views.compose_heard,
}
"""What a dispatch's payload is made into."""
