"""The story by mail, over real mail servers and real processes: the manager gets the work order, answers it, and the
customer reads what was done; also when notify dies between the two."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from email.message import EmailMessage

import pytest

from tests import mailservers
from tests.builders import eventually
from tests.e2e.test_scenarios import heard_by, post, says, story_of
from tests.world import Ground, World, running_stack, world_around

pytestmark = pytest.mark.skipif(mailservers.missing() is not None, reason=f"{mailservers.missing()}")

AMENDS = "amends@staff.harbourvale.example"
MANAGER = "mia.cole@staff.harbourvale.example"
PERSON = MANAGER.partition("@")[0]


@pytest.fixture(scope="module")
def mail() -> Generator[mailservers.MailServers, None, None]:
    with mailservers.running((PERSON, "amends")) as servers:
        yield servers


@pytest.fixture(scope="module")
def mailed(mail: mailservers.MailServers) -> Generator[Ground, None, None]:
    settings = {
        "SMTP_PORT": str(mail.smtp_port),
        "SMTP_FROM": AMENDS,
        "MAIL_ANSWERS_ADDRESS": AMENDS,
        "IMAP_HOST": "127.0.0.1",
        "IMAP_PORT": str(mail.imap_port),
        "IMAP_ENCRYPTION": "none",
        "IMAP_USERNAME": "amends",
        "IMAP_PASSWORD": mailservers.PASSWORD,
        "IMAP_EVERY_SECONDS": "0.5",
    }
    with running_stack(settings={"notify": settings}) as ground:
        yield ground


@pytest.fixture
async def world(mailed: Ground) -> AsyncGenerator[World, None]:
    async with world_around(mailed) as around:
        yield around


async def letter(mail: mailservers.MailServers, number: int) -> EmailMessage:
    """The manager's `number`th letter."""

    async def arrived() -> bool:
        return len(await asyncio.to_thread(mailservers.letters, mail, PERSON)) >= number

    await eventually(arrived, seconds=30, every=0.3)
    return (await asyncio.to_thread(mailservers.letters, mail, PERSON))[number - 1]


async def test_the_manager_answers_by_mail_while_notify_is_away_and_the_customer_reads_what_was_done(
    world: World, mail: mailservers.MailServers
) -> None:
    await post(world, says("by-mail", "Queue at your High Street branch is out of the door, 40 min and counting"))
    order = await letter(mail, 1)
    notify = world.stack.processes["notify"]
    notify.kill()
    await asyncio.to_thread(mailservers.reply, mail, MANAGER, order, "Moved two people to the counter, 5 min")
    notify.start()

    read = await heard_by(world, "by-mail", "outcome")

    told = [kind for kind, _ in await story_of(world, "by-mail")]
    assert "moved two people to the counter" in read.data["text"]
    assert "5 minutes" in read.data["text"]
    assert told.count("incident.fix_confirmed") == 1
    assert told.index("incident.notified") < told.index("incident.fix_confirmed")
    assert "about 5 minutes" in mailservers.text_of(await letter(mail, 2))
