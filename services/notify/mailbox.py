"""The mailbox where owners' replies arrive, read over IMAP: each message once, its cursor moved with what it changed.

Nothing in the mailbox is changed: messages are looked at, not marked, moved or deleted. The standard library's client
runs in a thread; one connection is kept and made anew when it breaks.
"""

import asyncio
import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

import structlog
from prometheus_client import Gauge

from chassis.errors import INFRASTRUCTURE, NotNow
from chassis.runtime import Runtime
from chassis.work import Work
from services.notify import store
from services.notify.hearing import Hearing, Outcome, Said
from services.notify.letters import Letter, read_letter
from services.notify.links import Link, LinkRefused, Links

log = structlog.get_logger()

ImapEncryption = Literal["tls", "starttls", "none"]

CALL_SECONDS_MAX = 20.0
MESSAGES_MAX = 50
"""Of one look; the rest follows at once."""
MESSAGE_BYTES_MAX = 262_144
"""A reply's words come first; what is beyond is attachments."""
LOOK_BACK = timedelta(days=5)
"""Older messages answer work orders whose time is over."""
WAY = "email"
BOUNCES = uuid5(NAMESPACE_URL, "amends:bounces")

MAILBOX_READ = Gauge(
    "amends_mailbox_read_timestamp_seconds",
    "When the mailbox of answers was last read to its end, or else the start of the service; 0: none is set up",
)

FAULTS = (imaplib.IMAP4.error, OSError, EOFError)


@dataclass(frozen=True)
class MailboxServer:
    """Where replies are read, and as whom."""

    host: str
    port: int
    username: str
    password: str
    encryption: ImapEncryption = "tls"
    mailbox: str = "INBOX"

    @property
    def name(self) -> str:
        """The mailbox, for the record of how far it was read."""
        return f"{self.username}@{self.host}:{self.port}/{self.mailbox}"


@dataclass(frozen=True)
class Batch:
    """Messages by their UID, in order; `more`: there are others."""

    uid_validity: int
    messages: tuple[tuple[int, bytes], ...]
    more: bool = False


class Mailbox:
    """Reads one mailbox. Every call blocks, and raises NotNow while the server is away."""

    def __init__(self, server: MailboxServer) -> None:
        self._server = server
        self._connection: imaplib.IMAP4 | None = None
        self._uid_validity = 0

    def fetch_after(self, cursor: tuple[int, int] | None) -> Batch:
        """What came after `cursor` (UIDVALIDITY, UID); all of the last days where the mailbox was made anew."""
        try:
            connection = self._connect()
            connection.noop()
            after = cursor[1] if cursor is not None and cursor[0] == self._uid_validity else 0
            uids = list(self._search(connection, after))
            wanted = uids[:MESSAGES_MAX]
            messages = tuple((uid, raw) for uid in wanted if (raw := self._read(connection, uid)) is not None)
            return Batch(self._uid_validity, messages, len(uids) > len(wanted))
        except FAULTS as error:
            self.close()
            raise NotNow(f"mailbox: {type(error).__name__}") from error

    def _connect(self) -> imaplib.IMAP4:
        if self._connection is not None:
            return self._connection
        server, context = self._server, ssl.create_default_context()
        if server.encryption == "tls":
            connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                server.host, server.port, ssl_context=context, timeout=CALL_SECONDS_MAX
            )
        else:
            connection = imaplib.IMAP4(server.host, server.port, timeout=CALL_SECONDS_MAX)
        self._connection = connection
        if server.encryption == "starttls":
            connection.starttls(context)
        connection.login(server.username, server.password)
        connection.select(_quoted(server.mailbox), readonly=True)
        if connection.state != "SELECTED":
            raise imaplib.IMAP4.error("there is no such mailbox")
        (validity,) = connection.response("UIDVALIDITY")[1] or [None]
        self._uid_validity = int(validity or 0)
        return connection

    def _search(self, connection: imaplib.IMAP4, after: int) -> Iterator[int]:
        since = (datetime.now(UTC) - LOOK_BACK).strftime("%d-%b-%Y")
        kind, found = connection.uid("SEARCH", f"UID {after + 1}:*", f"SINCE {since}")
        if kind != "OK":
            raise imaplib.IMAP4.error("the search was refused")
        # "n:*" holds the last message even where its UID is lower.
        yield from sorted(uid for line in found if line for uid in map(int, line.split()) if uid > after)

    def _read(self, connection: imaplib.IMAP4, uid: int) -> bytes | None:
        """The message; None: it is gone by now."""
        _, parts = connection.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MESSAGE_BYTES_MAX}>)")
        return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), None)

    def close(self) -> None:
        """Let the connection go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*FAULTS):
                connection.shutdown()


def _quoted(mailbox: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", mailbox) + '"'


@dataclass(frozen=True)
class MailboxReader:
    """Has what arrives in the mailbox heard."""

    runtime: Runtime
    hearing: Hearing
    links: Links
    mailbox: Mailbox
    name: str

    async def look(self) -> None:
        """Read what has come since the last look, to its end."""
        more = True
        while more and not self.runtime.stopping.is_set():
            async with self.runtime.database.connection() as connection:
                cursor = await store.read_mailbox(connection, self.name)
            batch = await asyncio.to_thread(self.mailbox.fetch_after, cursor)
            for uid, raw in batch.messages:
                await self.take(batch.uid_validity, uid, raw)
            more = batch.more
        MAILBOX_READ.set_to_current_time()

    async def take(self, uid_validity: int, uid: int, raw: bytes) -> None:
        """One message: what it changes and the cursor behind it are one transaction."""
        letter = read_letter(raw)
        external_id = letter.message_id or f"{uid_validity}/{uid}"
        try:
            async with self.runtime.work() as work:
                if await store.move_mailbox(work.connection, self.name, uid_validity, uid, work.now):
                    await self._hear(work, letter, external_id)
        except INFRASTRUCTURE:
            raise
        except Exception as error:
            # A fault of ours must not keep everybody's answers waiting behind this one.
            log.exception("letter_failed", error=type(error).__name__, uid=uid)
            async with self.runtime.work() as work:
                await store.move_mailbox(work.connection, self.name, uid_validity, uid, work.now)
                await self.hearing.ignore(work, WAY, external_id, Outcome.FAILED)

    async def _hear(self, work: Work, letter: Letter, external_id: str) -> None:
        link = self._link(letter)
        if letter.bounced and link is not None:
            await self.hearing.bounce(work, WAY, external_id, link, uuid5(BOUNCES, external_id))
        elif letter.automatic or link is None:
            outcome = Outcome.AUTOMATIC if letter.automatic else Outcome.UNKNOWN
            await self.hearing.ignore(work, WAY, external_id, outcome)
        else:
            said = Said(WAY, external_id, link, letter.text, sender=letter.sender, thread=letter.reference)
            heard = await self.hearing.hear(work, said)
            log.info("letter_heard", incident_id=str(link.incident_id), outcome=heard.outcome.value)

    def _link(self, letter: Letter) -> Link | None:
        """The work order it answers, by the first token in it that is ours."""
        for token in letter.tokens:
            with contextlib.suppress(LinkRefused):
                return self.links.read_answer(token)
        return None

    async def close(self) -> None:
        """Let the connection go."""
        await asyncio.to_thread(self.mailbox.close)
