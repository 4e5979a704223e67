"""A manager gets the work order by mail and answers it by mail, over real mail servers (tests/mailservers.py)."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chassis.errors import NotNow
from chassis.running import running
from chassis.service import Service
from contracts import MentionAssessed
from services.notify.app import create_service
from services.notify.mailbox import ImapEncryption, Mailbox, MailboxServer
from services.notify.settings import NotifySettings
from tests import mailservers
from tests.builders import a_mention_assessed, eventually, received
from tests.servers import as_service
from tests.unit.notify.places import DIRECTORY_YAML

pytestmark = pytest.mark.skipif(mailservers.missing() is not None, reason=f"{mailservers.missing()}")

AMENDS = "amends@harbour.example"
PEOPLE = ("mia", "dev", "tom", "amends")


@pytest.fixture(scope="module")
def mail() -> Generator[mailservers.MailServers, None, None]:
    with mailservers.running(PEOPLE) as servers:
        yield servers


@dataclass
class Bank:
    """notify as a service of its own, between a mail server and a database."""

    service: Service
    mail: mailservers.MailServers

    async def assess(self, event: MentionAssessed) -> None:
        async with self.service.runtime.work() as work:
            await self.service.handlers[MentionAssessed](work, [received(event)])

    async def rows(self, query: str) -> list[asyncpg.Record]:
        async with self.service.runtime.database.connection() as connection:
            return list(await connection.fetch(query))

    async def events(self) -> list[str]:
        rows = await self.rows("select type from bus.outbox where service = 'notify' order by position")
        return [row["type"].split(".")[2] for row in rows]

    async def wait_for(self, event: str) -> None:
        async def happened() -> bool:
            return event in await self.events()

        await eventually(happened, seconds=30)

    async def letters(self, person: str, number: int = 1) -> list[EmailMessage]:
        """What is in somebody's mailbox, once there are `number`."""
        found = list[EmailMessage]()

        async def arrived() -> bool:
            found[:] = await asyncio.to_thread(mailservers.letters, self.mail, person)
            return len(found) >= number

        await eventually(arrived, seconds=30, every=0.2)
        return found

    async def reply(self, person: str, letter: EmailMessage, text: str) -> None:
        await asyncio.to_thread(mailservers.reply, self.mail, f"{person}@harbour.example", letter, text)


@pytest.fixture
async def bank(
    mail: mailservers.MailServers, database_url: str, redis_url: str, tmp_path: Path
) -> AsyncGenerator[Bank, None]:
    directory = tmp_path / "directory.yaml"
    directory.write_text(DIRECTORY_YAML, "utf-8")
    clear(mail)
    settings: dict[str, Any] = {
        "amends_mode": "demo",
        "database_url": as_service(database_url, "notify"),
        "redis_url": redis_url,
        "probes_port": 0,
        "http_port": 0,
        "amends_public_url": "http://amends.example",
        "action_link_secret": "0123456789abcdef0123456789abcdef",
        "directory_path": directory,
        "smtp_host": "127.0.0.1",
        "smtp_port": mail.smtp_port,
        "smtp_from": AMENDS,
        "smtp_encryption": "none",
        "mail_answers_address": AMENDS,
        "imap_host": "127.0.0.1",
        "imap_port": mail.imap_port,
        "imap_encryption": "none",
        "imap_username": "amends",
        "imap_password": mailservers.PASSWORD,
        "imap_every_seconds": 0.3,
        "undo_seconds": 2,
    }
    service = create_service(NotifySettings(**settings))
    async with running(service):
        yield Bank(service, mail)


def clear(mail: mailservers.MailServers) -> None:
    for letter in mail.home.glob("mail/*/*/*"):
        if letter.is_file():
            with contextlib.suppress(FileNotFoundError):
                letter.unlink()


def now_assessed(**changes: Any) -> MentionAssessed:
    return a_mention_assessed(waiting_since=datetime.now(UTC), **changes)


async def test_a_manager_answers_by_mail_and_the_fix_is_confirmed(bank: Bank) -> None:
    await bank.assess(now_assessed())
    (order,) = await bank.letters("mia")

    await bank.reply("mia", order, "Moved two people to the counter, 5 min")
    _, understood = await bank.letters("mia", 2)
    await bank.wait_for("resolved")

    assert await bank.events() == ["opened", "located", "notified", "acknowledged", "fix_confirmed", "resolved"]
    (row,) = await bank.rows("select report->>'wait_min' as minutes, report->>'action_phrase' as did from incidents")
    assert (row["minutes"], row["did"]) == ("5", "moved two people to the counter")
    assert "about 5 minutes" in mailservers.text_of(understood)
    assert understood["References"] is not None


async def test_a_stranger_who_has_the_reply_address_changes_nothing(bank: Bank) -> None:
    await bank.assess(now_assessed())
    (order,) = await bank.letters("mia")

    await bank.reply("eve", order, "done, 5 min")

    async def heard() -> bool:
        return [row["outcome"] for row in await bank.rows("select outcome from heard")] == ["stranger"]

    await eventually(heard, seconds=20)
    assert "acknowledged" not in await bank.events()


async def test_a_work_order_to_an_address_that_does_not_exist_comes_back_and_the_region_is_asked(bank: Bank) -> None:
    # Ben's address is unknown to the mail server, which takes the mail first and gives it back later.
    await bank.assess(now_assessed(text="Forty minutes at York Parliament Street"))

    await bank.wait_for("escalated")

    rows = await bank.rows("select outcome from heard")
    assert [row["outcome"] for row in rows] == ["bounced"]


async def test_what_came_while_notify_was_away_is_heard_when_it_is_back_and_nothing_twice(bank: Bank) -> None:
    await bank.assess(now_assessed())
    (order,) = await bank.letters("mia")
    await bank.reply("mia", order, "on it, 20 min")
    await bank.wait_for("acknowledged")

    # As another replica, or the same one after a restart, that begins at the cursor; and one that lost it.
    (mailbox, _) = bank.service.loops
    await mailbox.step()
    async with bank.service.runtime.database.transaction() as connection:
        await connection.execute("delete from mailboxes")
    await mailbox.step()

    assert len(await bank.rows("select 1 from audit")) == 1
    assert len(await bank.letters("mia", 2)) == 2


def test_a_mailbox_that_is_away_or_refuses_us_is_not_now(mail: mailservers.MailServers) -> None:
    away = Mailbox(MailboxServer("127.0.0.1", 1, "amends", "x", "none"))
    with pytest.raises(NotNow):
        away.fetch_after(None)
    unknown = MailboxServer("127.0.0.1", mail.imap_port, "amends", mailservers.PASSWORD, "none", 'No "such" box')
    with pytest.raises(NotNow):
        Mailbox(unknown).fetch_after(None)


def test_a_mailbox_reads_again_after_its_connection_broke(mail: mailservers.MailServers) -> None:
    mailbox = Mailbox(MailboxServer("127.0.0.1", mail.imap_port, "amends", mailservers.PASSWORD, "none"))
    before = mailbox.fetch_after(None)
    connection: Callable[[], None] = mailbox._connection.shutdown  # type: ignore[union-attr]
    connection()
    with pytest.raises(NotNow):
        mailbox.fetch_after(None)

    assert mailbox.fetch_after(None).uid_validity == before.uid_validity
    mailbox.close()


@pytest.mark.parametrize("encryption", ["tls", "starttls"])
def test_a_mailbox_is_read_encrypted_from_a_server_whose_certificate_is_trusted_and_no_other(
    mail: mailservers.MailServers, encryption: ImapEncryption, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = mail.imaps_port if encryption == "tls" else mail.imap_port
    server = MailboxServer("127.0.0.1", port, "amends", mailservers.PASSWORD, encryption)

    with pytest.raises(NotNow):
        Mailbox(server).fetch_after(None)
    monkeypatch.setenv("SSL_CERT_FILE", str(mail.certificate))
    mailbox = Mailbox(server)

    assert mailbox.fetch_after(None).uid_validity > 0
    mailbox.close()
