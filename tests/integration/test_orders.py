"""How work orders reach people and how their answers come back by mail and webhook, on a real database."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.clock import ManualClock
from chassis.errors import Refused
from chassis.runtime import Runtime
from chassis.webhooks import sign
from chassis.work import Dispatch, DispatchStatus, Work
from contracts import MentionAssessed, OwnerRole, Severity, Topic
from services.notify.adapters import AppriseAdapter, NotTaken, describe_webhook, write_email
from services.notify.answering import Answering
from services.notify.asking import Asking
from services.notify.hearing import Heard, Hearing, Said
from services.notify.hooks import Hooks
from services.notify.links import Link
from services.notify.live import LiveDirectory
from services.notify.mailbox import Mailbox, MailboxReader, MailboxServer
from services.notify.pacing import Pace
from services.notify.page import create_page
from tests.builders import NOON, a_mention_assessed, an_assessment
from tests.integration.test_notify import ANSWER_WITHIN, UNDO, Desk, build
from tests.unit.notify.places import DIRECTORY_YAML

MakeRuntime = Callable[..., Awaitable[Runtime]]

SECRET = f"whsec_{base64.b64encode(b'0' * 32).decode()}"
ANSWERS_TO = "amends@harbour.example"
NIGHT = datetime(2026, 11, 16, 23, 30, tzinfo=UTC)


@dataclass
class Office:
    """A desk that also hears mail and webhooks."""

    desk: Desk
    reader: MailboxReader
    hooks: httpx.AsyncClient
    uids: int = 0

    async def mail(self, text: str, *, order: Dispatch | None = None, **headers: str) -> None:
        """The person asked answers the work order's mail."""
        sent = write_email(
            await self.desk.views.compose(order or (await self.desk.orders())[0]), ANSWERS_TO, ANSWERS_TO
        )
        usual = {"From": sent["To"], "To": sent["Reply-To"], "In-Reply-To": sent["Message-ID"]}
        usual["Message-ID"] = f"<{self.uids}@phone.example>"
        message = EmailMessage()
        for name, value in (usual | {n.replace("_", "-"): v for n, v in headers.items()}).items():
            message[name] = value
        message.set_content(text)
        await self.take(message.as_bytes())

    async def take(self, raw: bytes) -> None:
        self.uids += 1
        await self.reader.take(1, self.uids, raw)

    async def heard(self) -> list[str]:
        return [
            row["outcome"] for row in await self.desk.rows("select outcome from heard order by heard_at, external_id")
        ]

    async def replies(self) -> list[EmailMessage]:
        """What went back by mail."""
        orders = [order for order in await self.desk.orders() if order.payload.get("kind") == "heard"]
        return [write_email(await self.desk.views.compose(order), ANSWERS_TO, ANSWERS_TO) for order in orders]

    async def post(self, webhook_id: str = "1", secret: str = SECRET, **data: Any) -> httpx.Response:
        (order, *_) = await self.desk.orders()
        token = self.desk.links.answer_token(Link(order.subject, 1, OwnerRole.MANAGER))
        body = json.dumps({"type": "amends.work_order.answered.v1", "data": {"answer_token": token} | data}).encode()
        headers = sign(secret, webhook_id, int(datetime.now(UTC).timestamp()), body)
        return await self.hooks.post("/answers", content=body, headers=headers)


def plain(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def open_office(desk: Desk) -> Office:
    hearing = Hearing(Answering(desk.runtime, desk.handlers.asking, UNDO), desk.views)
    mailbox = Mailbox(MailboxServer("imap.example", 993, "amends", "secret"))
    app = create_page(hearing.answering, desk.views, desk.links)
    Hooks(desk.runtime, hearing, desk.views, desk.links, SECRET).serve(app)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://amends.example")
    return Office(desk, MailboxReader(desk.runtime, hearing, desk.links, mailbox, "test"), client)


def with_changes(desk: Desk, **changes: Any) -> Desk:
    """The same desk with another way of asking."""
    asking: Asking = replace(desk.handlers.asking, **changes)
    return replace(desk, handlers=replace(desk.handlers, asking=asking))


@pytest.fixture
def directory_yaml() -> str:
    return DIRECTORY_YAML


@pytest.fixture
def start() -> datetime:
    return NOON


@pytest.fixture
async def desk(make_runtime: MakeRuntime, tmp_path: Path, directory_yaml: str, start: datetime) -> Desk:
    path = tmp_path / "directory.yaml"
    path.write_text(directory_yaml, "utf-8")
    clock = ManualClock(start)
    return build(await make_runtime("notify", clock), clock, LiveDirectory(path))


@pytest.fixture
def office(desk: Desk) -> Office:
    return open_office(desk)


async def test_an_answer_by_mail_confirms_the_fix_after_the_undo_window(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())

    await office.mail("moved two people to the counter, 5 min\n\n> Customers wait too long")
    (reply,) = await office.replies()
    await office.desk.wait(UNDO)

    assert await office.heard() == ["changed"]
    assert (await office.desk.events())[2:] == ["acknowledged", "fix_confirmed", "resolved"]
    assert "about 5 minutes" in plain(reply)
    assert "12:01:00" in plain(reply)
    assert reply["In-Reply-To"] == "<0@phone.example>"
    assert reply["Auto-Submitted"] == "auto-replied"
    assert [row["way"] for row in await office.desk.rows("select way from audit")] == ["email"]


async def test_the_same_mail_again_changes_nothing_and_is_answered_once(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())

    await office.mail("done, 5 min", Message_ID="<same@phone>")
    await office.mail("done, 5 min", Message_ID="<same@phone>")

    assert await office.heard() == ["changed"]
    assert len(await office.replies()) == 1
    assert len(await office.desk.rows("select 1 from audit")) == 1


async def test_a_mail_from_somebody_who_was_not_asked_changes_nothing_and_gets_no_reply(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())

    await office.mail("done, 5 min", From="eve@elsewhere.example")

    assert await office.heard() == ["stranger"]
    assert await office.replies() == []
    assert await office.desk.events() == ["opened", "located"]


async def test_a_mail_to_the_plain_address_is_found_by_its_thread(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())

    await office.mail("on it, 20 min", To=ANSWERS_TO)

    assert (await office.desk.events())[2:] == ["acknowledged"]


async def test_what_no_person_wrote_and_what_answers_nothing_are_left_alone(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())

    await office.mail("I am away, done is nothing", Auto_Submitted="auto-replied")
    await office.take(b"From: eve@elsewhere.example\r\nMessage-ID: <x@y>\r\n\r\ndone, 5 min")
    await office.mail("> only a quotation")

    assert sorted(await office.heard()) == ["automatic", "empty", "unknown"]
    assert await office.desk.events() == ["opened", "located"]


async def test_words_by_mail_that_cannot_be_understood_are_asked_for_again(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())

    await office.mail("hmm well")
    (reply,) = await office.replies()
    await office.mail("done, 5 min")

    assert "other words" in plain(reply)
    assert "/a/" in plain(reply)
    assert await office.heard() == ["unclear", "changed"]


async def test_undo_by_mail_takes_the_report_back(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())

    await office.mail("done, 5 min")
    await office.mail("Undo!")
    await office.desk.wait(UNDO)

    assert await office.desk.events() == ["opened", "located"]


async def test_answers_to_one_work_order_are_answered_a_limited_number_of_times(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())

    for number in range(15):
        await office.mail("undo" if number % 2 else "done, 5 min")

    assert len(await office.replies()) == 10


async def test_by_mail_too_the_owner_is_asked_once_what_they_mean(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())

    for _ in range(3):
        await office.mail("hmm well")

    assert len(await office.replies()) == 1


async def test_an_answer_by_mail_after_three_days_is_too_late(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())
    office.desk.clock.advance(timedelta(hours=73))

    await office.mail("done, 5 min")

    assert await office.heard() == ["expired"]


async def test_the_owner_of_a_region_picks_the_branch_by_its_number_in_a_mail(office: Office) -> None:
    await office.desk.assess(a_mention_assessed(text="Your York branch: queue to the pavement"))
    (asked,) = await office.desk.orders()
    text = plain(write_email(await office.desk.views.compose(asked), ANSWERS_TO, ANSWERS_TO))
    listed = [line for line in text.splitlines() if "York Acomb" in line and line[0].isdigit()]

    await office.mail(listed[0][0])

    assert (await office.desk.incident())["branch_id"] == "york-acomb"


async def test_the_owner_of_a_region_picks_the_branch_by_its_name(office: Office) -> None:
    await office.desk.assess(a_mention_assessed(text="Your York branch: queue to the pavement"))

    await office.mail("that is Acomb I think")

    assert (await office.desk.incident())["branch_id"] == "york-acomb"


async def test_a_work_order_that_comes_back_undeliverable_goes_to_the_next_person(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())
    (order,) = await office.desk.orders()
    await office.desk.settle(order)
    sent = write_email(await office.desk.views.compose(order), ANSWERS_TO, ANSWERS_TO)
    report = (
        "From: MAILER-DAEMON@harbour.example\r\nMessage-ID: <b@mx>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {sent['Message-ID']}\r\n\r\nx\r\n--b--\r\n"
    )

    await office.take(report.encode())

    assert await office.heard() == ["bounced"]
    assert [order.payload["role"] for order in await office.desk.orders()] == ["manager", "deputy"]


async def test_one_letter_that_two_readers_take_at_once_is_heard_once(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())
    sent = write_email(await office.desk.views.compose((await office.desk.orders())[0]), ANSWERS_TO, ANSWERS_TO)
    raw = f"From: {sent['To']}\r\nTo: {sent['Reply-To']}\r\nMessage-ID: <1@phone>\r\n\r\ndone, 5 min".encode()

    await asyncio.gather(*(office.reader.take(1, 1, raw) for _ in range(8)))

    assert await office.heard() == ["changed"]
    assert len(await office.desk.rows("select 1 from audit")) == 1


async def test_what_was_heard_a_month_ago_is_forgotten(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())
    await office.mail("hmm well")
    await office.reader.hearing.forget_old()
    after_a_moment = await office.heard()

    office.desk.clock.advance(timedelta(days=31))
    await office.reader.hearing.forget_old()

    assert (after_a_moment, await office.heard()) == (["unclear"], [])


class Broken(Hearing):
    """A hearing with a fault of ours in it."""

    async def hear(self, work: Work, said: Said) -> Heard:
        raise ValueError("a fault of ours")


async def test_a_letter_that_a_fault_of_ours_breaks_does_not_hold_up_the_next(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())
    whole, hearing = office.reader, office.reader.hearing
    office.reader = replace(whole, hearing=Broken(hearing.answering, hearing.views))
    await office.mail("done, 5 min")
    office.reader = whole

    await office.mail("on it, 20 min")

    assert sorted(await office.heard()) == ["changed", "failed"]
    assert (await office.desk.events())[2:] == ["acknowledged"]


@pytest.fixture
def webhook_yaml() -> str:
    return DIRECTORY_YAML.replace(
        "email: mia@harbour.example", 'email: mia@harbour.example, webhook_url: "https://till.example/hook"'
    )


@pytest.fixture
async def hooked(make_runtime: MakeRuntime, tmp_path: Path, webhook_yaml: str) -> Office:
    path = tmp_path / "directory.yaml"
    path.write_text(webhook_yaml, "utf-8")
    clock = ManualClock(NOON)
    desk = build(await make_runtime("notify", clock), clock, LiveDirectory(path))
    return open_office(with_changes(desk, adapters=("email", "webhook")))


async def test_an_answer_by_webhook_is_carried_out_once_and_says_how_it_was_understood(hooked: Office) -> None:
    await hooked.desk.assess(a_mention_assessed())

    first = await hooked.post("w1", text="moved two people to the counter, 5 min")
    again = await hooked.post("w1", text="moved two people to the counter, 5 min")
    await hooked.desk.wait(UNDO)

    assert first.json() | {"customers_told_at": None} == {
        "outcome": "changed",
        "repeated": False,
        "status": "triggered",
        "understood": "moved two people to the counter; the wait is now about 5 minutes",
        "customers_told_at": None,
    }
    assert (again.status_code, again.json()["repeated"], again.json()["outcome"]) == (200, True, "changed")
    assert (await hooked.desk.events())[2:] == ["acknowledged", "fix_confirmed", "resolved"]


async def test_fifty_parallel_answers_by_webhook_change_it_once(hooked: Office) -> None:
    await hooked.desk.assess(a_mention_assessed())

    responses = await asyncio.gather(*(hooked.post(f"w{n % 25}", text="done, 5 min") for n in range(50)))
    await hooked.desk.wait(UNDO)

    assert {response.status_code for response in responses} == {200}
    assert sum(row["changed"] for row in await hooked.desk.rows("select changed from audit")) == 1
    assert (await hooked.desk.events()).count("fix_confirmed") == 1


async def test_a_button_by_webhook_is_the_pages_button(hooked: Office) -> None:
    await hooked.desk.assess(a_mention_assessed())

    await hooked.post(action="no_problem")
    await hooked.desk.wait(UNDO)

    assert (await hooked.desk.incident())["outcome"] == "not_observed"


async def test_a_webhook_that_is_not_signed_by_us_or_answers_nothing_is_refused(hooked: Office) -> None:
    await hooked.desk.assess(a_mention_assessed())
    other = f"whsec_{base64.b64encode(b'1' * 32).decode()}"

    statuses = [
        (await hooked.post(secret=other, text="done")).status_code,
        (await hooked.hooks.post("/answers", content=b"{}")).status_code,
        (await hooked.post(answer_token="a" * 44, text="done")).status_code,
        (await hooked.post(answer_token=3)).status_code,
        (await hooked.post(text="x" * 20_000)).status_code,
        (await hooked.post("empty")).status_code,
    ]

    assert statuses == [401, 400, 404, 422, 413, 422]
    assert await hooked.desk.events() == ["opened", "located"]


async def test_a_work_order_that_went_by_mail_only_takes_no_answer_by_webhook(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())

    assert (await office.post(text="done, 5 min")).status_code == 404


async def test_a_work_order_by_webhook_holds_the_token_to_answer_it_with(hooked: Office) -> None:
    await hooked.desk.assess(a_mention_assessed())
    order = next(order for order in await hooked.desk.orders() if order.adapter == "webhook")

    data = describe_webhook(await hooked.desk.views.compose(order))

    assert hooked.desk.links.read_answer(data["answer_token"]).step == 1
    assert data["customers"] == 1


QUIET_MANAGER = DIRECTORY_YAML.replace(
    "manager: {name: Mia Cole,", 'manager: {name: Mia Cole, quiet_hours: "22:00-07:00",'
)
QUIET_ALL = (
    QUIET_MANAGER.replace("deputy: {name: Dev Shah,", 'deputy: {name: Dev Shah, quiet_hours: "22:00-08:00",')
).replace("name: Tom Abel,", 'name: Tom Abel, quiet_hours: "20:00-09:00",')


@pytest.mark.parametrize(("directory_yaml", "start"), [(QUIET_MANAGER, NIGHT)])
async def test_in_the_managers_quiet_hours_the_deputy_is_asked(desk: Desk) -> None:
    await desk.assess(a_mention_assessed(waiting_since=NIGHT))

    assert [order.payload["role"] for order in await desk.orders()] == ["deputy"]


@pytest.mark.parametrize(("directory_yaml", "start"), [(QUIET_ALL, NIGHT)])
async def test_while_everybody_sleeps_a_work_order_waits_for_whoever_wakes_first_and_so_does_the_escalation(
    desk: Desk,
) -> None:
    await desk.assess(a_mention_assessed(waiting_since=NIGHT))

    (order,) = await desk.orders()
    await desk.wait(timedelta(hours=7, minutes=30) + ANSWER_WITHIN - timedelta(seconds=1))
    before = len(await desk.orders())
    await desk.wait(timedelta(seconds=1))

    assert order.payload["role"] == "manager"
    assert order.due_at == datetime(2026, 11, 17, 7, 0, tzinfo=UTC)
    assert before == 1
    assert len(await desk.orders()) == 2


@pytest.mark.parametrize(("directory_yaml", "start"), [(QUIET_ALL, NIGHT)])
async def test_a_matter_of_safety_wakes_everybody_within_a_quarter_of_an_hour(desk: Desk) -> None:
    event = a_mention_assessed(
        text="A shelf at Camden High Street is about to fall on somebody",
        waiting_since=NIGHT,
        assessment=an_assessment(topics=(Topic.SAFETY,), severity=Severity.CRITICAL),
    )

    await desk.assess(event)
    asked = [[order.payload["role"] for order in await desk.orders()]]
    for _ in range(2):
        await desk.wait(timedelta(minutes=5))
        asked.append([order.payload["role"] for order in await desk.orders()])

    assert [len(roles) for roles in asked] == [1, 2, 3]
    assert asked[-1] == ["manager", "deputy", "region_owner"]
    assert all(order.due_at <= NIGHT + timedelta(minutes=15) for order in await desk.orders())


async def test_a_matter_of_safety_goes_round_until_somebody_takes_it(desk: Desk) -> None:
    critical = an_assessment(topics=(Topic.SAFETY,), severity=Severity.CRITICAL)
    await desk.assess(a_mention_assessed(assessment=critical))

    for _ in range(5):
        await desk.wait(timedelta(minutes=5))
    rows = await desk.rows("select exhausted_at from incidents")
    token = await desk.link(step=5, role=OwnerRole.DEPUTY)
    await desk.post(token, "acknowledge")
    for _ in range(3):
        await desk.wait(timedelta(minutes=5))

    roles = [order.payload["role"] for order in await desk.orders()]
    assert roles == ["manager", "deputy", "region_owner"] * 2
    assert rows[0]["exhausted_at"] is not None
    assert (await desk.events())[-1] == "acknowledged"


async def test_a_silent_manager_then_the_deputy_then_the_area_manager_each_step_in_an_event(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    await desk.settle((await desk.orders())[0])
    for number in (1, 2):
        await desk.wait(ANSWER_WITHIN)
        await desk.settle((await desk.orders())[number])

    rows = await desk.rows("select convert_from(body, 'utf8')::jsonb as e from bus.outbox order by position")
    steps = [(r["e"]["type"].split(".")[2], r["e"]["data"].get("step"), r["e"]["data"].get("role")) for r in rows[2:]]
    assert steps == [
        ("notified", 1, "manager"),
        ("escalated", 2, "deputy"),
        ("notified", 2, "deputy"),
        ("escalated", 3, "region_owner"),
        ("notified", 3, "region_owner"),
    ]


TEXTS = {
    Topic.WAIT_TIME: "Camden High Street: the queue is out of the door",
    Topic.CLEANLINESS: "Camden High Street: somebody was sick on the carpet",
    Topic.STOCK: "Camden High Street: no deposit slips left anywhere",
    Topic.STAFF: "Camden High Street: the man by the desk shouted at my son",
    Topic.FACILITIES: "Camden High Street: heating is off and it is freezing",
}
"""Five problems of one branch."""
PLACES = tuple(TEXTS)


def a_problem(topic: Topic) -> MentionAssessed:
    return a_mention_assessed(topic.value, text=TEXTS[topic], assessment=an_assessment(topics=(topic,)))


async def test_what_is_more_than_one_person_can_read_leaves_together_and_is_told_for_each(desk: Desk) -> None:
    desk = with_changes(desk, pace=Pace(2, timedelta(minutes=15)))
    for topic in PLACES:
        await desk.assess(a_problem(topic))

    orders = await desk.orders()
    (bundle,) = [order for order in orders if order.payload.get("kind") == "bundle"]
    composed = await desk.views.compose(bundle)
    text = write_email(composed, ANSWERS_TO, ANSWERS_TO)
    await desk.settle(bundle)

    assert len(orders) == 3
    assert bundle.due_at == NOON + timedelta(minutes=15)
    assert composed.subject == "3 problems wait for you"
    assert plain(text).count("/a/") == 3
    assert text["Reply-To"] is None
    assert (await desk.events()).count("notified") == 3
    assert {row["status"] for row in await desk.rows("select status from work_orders where bundle is not null")} == {
        "sent"
    }


async def test_a_bundle_whose_incidents_are_over_is_not_sent(desk: Desk) -> None:
    desk = with_changes(desk, pace=Pace(1, timedelta(minutes=15)))
    for topic in PLACES[:2]:
        await desk.assess(a_problem(topic))
    (bundle,) = [order for order in await desk.orders() if order.payload.get("kind") == "bundle"]
    (row,) = await desk.rows("select incident_id from work_orders where bundle is not null")
    token = desk.links.token(Link(row["incident_id"], 1, OwnerRole.MANAGER))
    await desk.page.post(f"/a/{token}", data={"form": desk.links.form_token(token, 0), "action": "no_problem"})
    await desk.wait(UNDO)

    with pytest.raises(Refused):
        await desk.views.compose(bundle)


async def test_a_bundle_that_cannot_be_delivered_asks_the_next_person_for_each(desk: Desk) -> None:
    desk = with_changes(desk, pace=Pace(1, timedelta(minutes=15)))
    for topic in PLACES[:3]:
        await desk.assess(a_problem(topic))
    (bundle,) = [order for order in await desk.orders() if order.payload.get("kind") == "bundle"]

    await desk.settle(bundle, DispatchStatus.FAILED)

    assert (await desk.events()).count("escalated") == 2


async def test_a_matter_of_safety_is_never_held_back(desk: Desk) -> None:
    desk = with_changes(desk, pace=Pace(1, timedelta(minutes=15)))
    await desk.assess(a_mention_assessed("1"))
    text = "Camden High Street: a shelf fell on a woman"
    await desk.assess(a_mention_assessed("2", text=text, assessment=an_assessment(topics=(Topic.SAFETY,))))

    assert [order.payload.get("kind", "order") for order in await desk.orders()] == ["order", "order"]


DUTCH = DIRECTORY_YAML.replace("country: GB\n  postcode: NW1 0JH", "country: GB\n  postcode: NW1 0JH\n  language: nl")


@pytest.mark.parametrize("directory_yaml", [DUTCH])
async def test_a_work_order_is_written_in_the_language_of_the_branch(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())

    composed = await desk.views.compose((await desk.orders())[0])
    lines = plain(write_email(composed, ANSWERS_TO, ANSWERS_TO)).splitlines()

    assert lines[:3] == [
        "Camden High Street: klanten wachten te lang",
        "Sinds 12:00 · 1 klant",
        "Helpt meestal: Zet collega’s waar mensen wachten. Splits korte vragen van langere.",
    ]


async def test_a_work_order_is_three_lines_quotes_and_one_link(desk: Desk) -> None:
    await desk.assess(*(a_mention_assessed(str(n)) for n in range(12)))

    message = write_email(await desk.views.compose((await desk.orders())[0]), ANSWERS_TO, ANSWERS_TO)
    text = plain(message)

    assert text.splitlines()[:3] == [
        "Camden High Street: customers wait too long",
        "Since 12:00 · 12 customers",
        "Usually helps: Move colleagues to where people wait. Split quick requests from those that take longer.",
    ]
    assert text.count("“") == 3
    assert text.count("https://") == 1
    assert message["Subject"] == "Camden High Street: customers wait too long (12 customers)"


OWN = DIRECTORY_YAML.replace(
    'account: "@harbourvale"}', 'account: "@harbourvale", what_helps: {wait_time: [Open the second counter.]}}'
)


@pytest.mark.parametrize("directory_yaml", [OWN])
async def test_what_helps_is_what_the_companys_own_playbook_says(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    (order,) = await desk.orders()

    composed = await desk.views.compose(order)
    await desk.settle(order)

    rows = await desk.rows("select convert_from(body, 'utf8')::jsonb->'data' as data from bus.outbox order by position")
    assert composed.order.helps == "Usually helps: Open the second counter."
    assert rows[-1]["data"]["suggestions"] == ["own_1"]


async def test_two_people_who_both_take_it_are_both_said_each_once(office: Office) -> None:
    await office.desk.assess(a_mention_assessed())
    await office.desk.wait(ANSWER_WITHIN)
    manager, deputy = await office.desk.orders()

    for order in (manager, deputy, deputy, manager):
        await office.mail("on it", order=order)

    rows = await office.desk.rows("select convert_from(body, 'utf8')::jsonb as e from bus.outbox order by position")
    taken = [row["e"]["data"]["role"] for row in rows if ".acknowledged." in row["e"]["type"]]
    assert taken == ["manager", "deputy"]


CHATTY = DIRECTORY_YAML.replace("email: mia@harbour.example", "email: mia@harbour.example, apprise: camden-chat")


@pytest.mark.parametrize("directory_yaml", [CHATTY])
async def test_a_notice_by_apprise_is_a_way_of_its_own_and_a_target_nobody_set_up_is_refused(desk: Desk) -> None:
    desk = with_changes(desk, adapters=("email", "apprise"))
    await desk.assess(a_mention_assessed())
    order = next(order for order in await desk.orders() if order.adapter == "apprise")

    with pytest.raises(Refused):
        await AppriseAdapter({}, desk.views.compose).send(order)


@pytest.mark.parametrize("directory_yaml", [CHATTY])
async def test_apprise_posts_a_notice_without_markup_and_says_when_it_was_not_taken(desk: Desk) -> None:
    pytest.importorskip("apprise", reason="apprise is not installed here")
    desk = with_changes(desk, adapters=("email", "apprise"))
    await desk.assess(a_mention_assessed(text="Camden High Street: <!channel> *forty* minutes"))
    order = next(order for order in await desk.orders() if order.adapter == "apprise")

    async with listening() as (port, bodies):
        adapter = AppriseAdapter({"camden-chat": f"json://127.0.0.1:{port}/hook"}, desk.views.compose)
        await adapter.send(order)
        with pytest.raises(NotTaken):
            await AppriseAdapter({"camden-chat": f"json://127.0.0.1:{port}/refuse"}, desk.views.compose).send(order)

    sent = json.loads(bodies[0])
    assert sent["title"] == "Camden High Street: customers wait too long (1 customer)"
    assert "Since 12:00 · 1 customer" in sent["message"]
    assert "‹!channel› ∗forty∗" in sent["message"]
    assert "/a/" in sent["message"]


class listening:  # noqa: N801  # used as a function
    """A web server on loopback that keeps what it is sent and refuses /refuse."""

    async def __aenter__(self) -> tuple[int, list[bytes]]:
        self.bodies: list[bytes] = []
        self.server = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1], self.bodies

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-len")
        )
        body = await reader.readexactly(length)
        refused = head.startswith(b"POST /refuse")
        if not refused:
            self.bodies.append(body)
        writer.write(
            b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % (b"403 No" if refused else b"200 OK")
        )
        await writer.drain()
        writer.close()

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        await self.server.wait_closed()
