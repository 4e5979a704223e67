"""Tells a branch, by mail, what is likely to happen again and when: it asks for a plan, not for an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from chassis.errors import Refused
from chassis.outbound import real_now
from chassis.runtime import Runtime
from chassis.service import Reliability
from chassis.work import Dispatch, Receipt
from contracts import InsightRaised
from services.notify import store
from services.notify.adapters import MESSAGE_IDS, MailServer, hand_over
from services.notify.directory import Branch
from services.notify.live import LiveDirectory
from services.notify.orders import HEADLINES, SUGGESTIONS, clean
from services.notify.views import TEMPLATES


@dataclass(frozen=True)
class Notice:
    """An insight in words."""

    subject: str
    what: str
    where: str
    times: tuple[str, ...]
    next_time: str
    suggestions: tuple[str, ...]


def describe_pattern(insight: InsightRaised, branch: Branch, at: tuple[str, ...]) -> Notice:
    """`insight` as the branch's manager reads it, in the branch's own time."""
    if insight.next_at is None:
        raise ValueError("only what has a next time can be expected")
    due = insight.next_at.astimezone(ZoneInfo(branch.timezone))
    what, next_time = HEADLINES[insight.topic], f"{due:%A} {due.day} {due:%B}, {due:%H:%M}"
    return Notice(
        subject=f"{branch.name}: be ready on {next_time}",
        what=what,
        where=branch.name,
        times=at,
        next_time=next_time,
        suggestions=tuple(suggestion.sentence for suggestion in SUGGESTIONS[insight.topic]),
    )


@dataclass(frozen=True)
class Notices:
    """Reads insights for people."""

    runtime: Runtime
    live: LiveDirectory

    async def compose(self, dispatch: Dispatch) -> Notice:
        """The notice as it is to leave now. Raises Refused where it warns of nothing any more."""
        async with self.runtime.database.connection() as connection:
            insight = await store.read_insight(connection, UUID(dispatch.payload["insight_id"]))
            times = await store.times_of(connection, insight.incidents) if insight else []
        branch = self.live.known.directory.find_branch(insight.branches[0]) if insight and insight.branches else None
        if insight is None or branch is None or insight.next_at is None:
            raise Refused("the insight or its branch is no longer known")
        if insight.next_at <= self.runtime.clock.now():
            raise Refused("the day it warns of has come")
        zone = ZoneInfo(branch.timezone)
        local = [at.astimezone(zone) for at in times]
        return describe_pattern(insight, branch, tuple(f"{at:%A} {at.day} {at:%B}, {at:%H:%M}" for at in local))


def write_notice(notice: Notice, dispatch: Dispatch, sender: str) -> EmailMessage:
    """The message, the same Message-ID every time for one dispatch. Raises Refused for an address that is none."""
    message = EmailMessage(policy=SMTP_POLICY)
    try:
        from_address = Address("Amends", addr_spec=sender)
        message["From"] = from_address
        message["To"] = Address(clean(str(dispatch.payload["name"]), 100), addr_spec=str(dispatch.payload["to"]))
        message["Message-ID"] = f"<{uuid5(MESSAGE_IDS, dispatch.key)}@{from_address.domain}>"
    except (ValueError, IndexError) as error:
        raise Refused("not an e-mail address") from error
    message["Subject"] = clean(notice.subject, 200)
    message["Date"] = real_now()
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(TEMPLATES.get_template("insight.txt").render(notice=notice, repeated=dispatch.repeated))
    return message


class NoticeAdapter:
    """Hands a notice to the mail server."""

    reliability = Reliability.BLIND

    def __init__(self, server: MailServer, compose: Callable[[Dispatch], Awaitable[Notice]]) -> None:
        self._server = server
        self._compose = compose

    async def send(self, dispatch: Dispatch) -> Receipt:
        """Raises NotNow while the server is away or says so, Refused when it will not have it."""
        message = write_notice(await self._compose(dispatch), dispatch, self._server.sender)
        await hand_over(self._server, message)
        return Receipt(external_id=message["Message-ID"], repeated=dispatch.repeated)

    async def find(self, dispatch: Dispatch) -> Receipt | None:
        """A mail server cannot be asked."""
        return None
