"""notify on a real database: from assessed mentions to work orders, answers, and what customers may be told."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from chassis.clock import ManualClock
from chassis.runtime import Runtime
from chassis.timers import Timers
from chassis.work import Dispatch, DispatchStatus, Receipt, Settled, dispatch_of
from contracts import (
    Assessment,
    Event,
    Kind,
    Legitimacy,
    MentionAssessed,
    MentionDeleted,
    MentionEdited,
    OwnerRole,
    Place,
    PlacePhrase,
    Sentiment,
    Topic,
    mention_id,
)
from services.notify.answering import Answering
from services.notify.asking import ESCALATION, Asking
from services.notify.handlers import REPORT, Handlers, Windows, observe_incidents
from services.notify.links import Link, Links
from services.notify.live import LiveDirectory
from services.notify.page import create_page
from services.notify.views import Views
from tests.builders import NOON, a_mention, a_mention_assessed, an_assessment, received
from tests.servers import settings_for
from tests.unit.notify.places import DIRECTORY_YAML

MakeRuntime = Callable[..., Awaitable[Runtime]]

SECRET = "0123456789abcdef0123456789abcdef"
ANSWER_WITHIN = timedelta(minutes=10)
UNDO = timedelta(seconds=60)


@dataclass
class Desk:
    """notify with everything around it that a test drives by hand."""

    runtime: Runtime
    clock: ManualClock
    handlers: Handlers
    views: Views
    links: Links
    page: httpx.AsyncClient
    timers: Timers

    async def assess(self, *events: MentionAssessed) -> None:
        await self.handle(self.handlers.on_mention_assessed, *events)

    async def handle(self, handler: Any, *events: Event) -> None:
        async with self.runtime.work() as work:
            await handler(work, [received(event) for event in events])

    async def rows(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        async with self.runtime.database.connection() as connection:
            return list(await connection.fetch(query, *arguments))

    async def events(self) -> list[str]:
        found = await self.rows("select type from bus.outbox where service = 'notify' order by position")
        return [row["type"].removeprefix("amends.incident.").removesuffix(".v1") for row in found]

    async def incident(self) -> asyncpg.Record:
        (row,) = await self.rows("select * from incidents")
        return row

    async def orders(self) -> list[Dispatch]:
        rows = await self.rows(
            "select * from bus.dispatches where service = 'notify' order by ordered_at, (payload->>'step')::int"
        )
        return [dispatch_of(row) for row in rows]

    async def settle(self, dispatch: Dispatch, status: DispatchStatus = DispatchStatus.SENT) -> None:
        async with self.runtime.work() as work:
            await self.handlers.on_settled(work, [Settled(dispatch, status, work.now, Receipt())])

    async def wait(self, span: timedelta) -> None:
        self.clock.advance(span)
        await self.timers.fire()

    async def link(self, step: int = 1, role: OwnerRole = OwnerRole.MANAGER) -> str:
        return self.links.token(Link((await self.incident())["id"], step, role))

    async def form(self, token: str) -> str:
        return self.links.form_token(token, (await self.incident())["generation"])

    async def post(self, token: str, action: str, form: str | None = None, **fields: str) -> httpx.Response:
        body = {"form": form or await self.form(token), "action": action, **fields}
        return await self.page.post(f"/a/{token}", data=body)


def build(runtime: Runtime, clock: ManualClock, live: LiveDirectory) -> Desk:
    asking = Asking(live, ("email",), ANSWER_WITHIN)
    handlers = Handlers(asking, Windows(timedelta(hours=4), timedelta(hours=2)))
    links = Links(SECRET, "https://amends.example")
    views = Views(runtime, live, links)
    app = create_page(Answering(runtime, asking, UNDO), views, links)
    page = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://amends.example")
    timers = Timers(
        runtime,
        {ESCALATION: handlers.on_escalation_due, REPORT: handlers.on_report_due},
        settings_for("notify", "postgresql://unused/unused", "redis://unused"),
    )
    return Desk(runtime, clock, handlers, views, links, page, timers)


@pytest.fixture
def directory_path(tmp_path: Path) -> Path:
    path = tmp_path / "directory.yaml"
    path.write_text(DIRECTORY_YAML, "utf-8")
    return path


@pytest.fixture
async def desk(make_runtime: MakeRuntime, directory_path: Path) -> Desk:
    clock = ManualClock(NOON)
    return build(await make_runtime("notify", clock), clock, LiveDirectory(directory_path))


def complaints(number: int, **changes: Any) -> list[MentionAssessed]:
    return [a_mention_assessed(str(n), **changes) for n in range(number)]


def an_assessment_of(topic: Topic, **changes: Any) -> Assessment:
    return an_assessment(topics=(topic,), **changes)


async def test_a_complaint_about_a_branch_becomes_an_incident_and_a_work_order_to_its_manager(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())

    (order,) = await desk.orders()
    assert await desk.events() == ["opened", "located"]
    assert order.payload == {"step": 1, "role": "manager", "to": "mia@harbour.example", "name": "Mia Cole"}


async def test_twelve_mentions_of_one_queue_are_one_incident_and_one_work_order(desk: Desk) -> None:
    events = [a_mention_assessed(str(n), channel=c) for n, c in enumerate(["x", "mastodon", "google"] * 4)]
    await desk.assess(*events[:5])
    await desk.assess(*events[5:])

    incident = await desk.incident()
    sequences = await desk.rows("select convert_from(body, 'utf8')::jsonb->>'sequence' as n from bus.outbox")
    assert incident["mentions"] == 12
    assert len(await desk.orders()) == 1
    assert await desk.events() == ["opened", "located", *["mention_added"] * 11]
    assert sorted(int(row["n"]) for row in sequences) == list(range(1, 14))


async def test_two_replicas_that_meet_the_same_problem_open_one_incident(
    make_runtime: MakeRuntime, directory_path: Path
) -> None:
    clock, live = ManualClock(NOON), LiveDirectory(directory_path)
    desks = [build(await make_runtime("notify", clock), clock, live) for _ in range(2)]
    events = complaints(40)

    await asyncio.gather(*(desks[n % 2].assess(*events[n * 5 : n * 5 + 5]) for n in range(8)))

    assert (await desks[0].incident())["mentions"] == 40
    assert len(await desks[0].orders()) == 1


async def test_what_deserves_no_action_opens_nothing(desk: Desk) -> None:
    await desk.assess(
        a_mention_assessed("hater", assessment=an_assessment(legitimacy=Legitimacy.HATER)),
        a_mention_assessed("unsure", assessment=an_assessment(legitimacy=Legitimacy.UNSURE)),
        a_mention_assessed("elsewhere", company="nobody-we-know"),
        a_mention_assessed("everywhere", text="Forty minutes in the queue again, every single week"),
    )

    assert await desk.rows("select id from incidents") == []
    assert await desk.rows("select mention_id from mentions") == []


async def test_a_matter_of_the_app_goes_to_the_owner_of_the_process(desk: Desk) -> None:
    await desk.assess(a_mention_assessed(text="The app logs me out", assessment=an_assessment_of(Topic.WEBSITE_APP)))

    (order,) = await desk.orders()
    assert order.payload["to"] == "ida@harbour.example"
    assert (await desk.incident())["process_id"] == "hv-app"


async def test_a_doubt_between_two_branches_goes_to_the_owner_of_the_region_who_picks_one(desk: Desk) -> None:
    await desk.assess(a_mention_assessed(text="Your York branch: queue to the pavement"))
    (asked,) = await desk.orders()
    token = await desk.link(role=OwnerRole.REGION_OWNER)

    shown = (await desk.page.get(f"/a/{token}")).text
    await desk.post(token, "pick", branch="york-acomb")

    orders = await desk.orders()
    incident = await desk.incident()
    assert asked.payload["to"] == "rosa@harbour.example"
    assert "York Acomb" in shown
    assert "York Parliament Street" in shown
    assert [order.payload["to"] for order in orders] == ["rosa@harbour.example", "ann@harbour.example"]
    assert incident["dedup_key"] == "harbour|york-acomb|wait_time"
    assert await desk.events() == ["opened", "located", "located"]


async def test_after_the_pick_further_mentions_of_that_branch_join(desk: Desk) -> None:
    await desk.assess(a_mention_assessed("1", text="Your York branch: queue to the pavement"))
    await desk.post(await desk.link(role=OwnerRole.REGION_OWNER), "pick", branch="york-acomb")

    await desk.assess(a_mention_assessed("2", text="Still queueing at York Acomb"))

    assert (await desk.incident())["mentions"] == 2


async def test_a_manager_cannot_pick_another_branch(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())

    await desk.post(await desk.link(), "pick", branch="york-acomb")

    assert (await desk.incident())["branch_id"] == "camden-high"


async def test_only_a_delivered_work_order_says_that_somebody_was_told(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    before = await desk.events()

    await desk.settle((await desk.orders())[0])

    assert "notified" not in before
    assert (await desk.events())[-1] == "notified"
    assert [row["status"] for row in await desk.rows("select status from work_orders")] == ["sent"]


@pytest.mark.parametrize("status", [DispatchStatus.FAILED, DispatchStatus.PARKED])
async def test_a_work_order_that_cannot_be_delivered_goes_to_the_next_person_at_once(
    desk: Desk, status: DispatchStatus
) -> None:
    await desk.assess(a_mention_assessed())

    await desk.settle((await desk.orders())[0], status)

    assert [order.payload["role"] for order in await desk.orders()] == ["manager", "deputy"]
    assert (await desk.events())[-1] == "escalated"


async def test_silence_escalates_to_the_deputy_then_to_the_region_and_then_waits_for_a_person(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())

    for _ in range(4):
        await desk.wait(ANSWER_WITHIN)

    assert [order.payload["to"].partition("@")[0] for order in await desk.orders()] == ["mia", "dev", "tom"]
    assert await desk.events() == ["opened", "located", "escalated", "escalated"]
    assert (await desk.incident())["exhausted_at"] is not None
    await observe_incidents(desk.runtime)


async def test_a_branch_without_a_deputy_escalates_to_the_region(desk: Desk) -> None:
    await desk.assess(a_mention_assessed(text="Forty minutes at York Acomb"))

    await desk.wait(ANSWER_WITHIN)

    assert [order.payload["role"] for order in await desk.orders()] == ["manager", "region_owner"]


async def test_who_acknowledged_is_not_escalated_over(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())

    await desk.post(await desk.link(), "acknowledge")
    await desk.wait(ANSWER_WITHIN)

    assert await desk.events() == ["opened", "located", "acknowledged"]
    assert len(await desk.orders()) == 1


async def test_looking_at_the_page_changes_nothing(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    token, before = await desk.link(), await desk.incident()

    responses = [await desk.page.request(method, f"/a/{token}") for method in ("GET", "HEAD", "GET")]

    assert [response.status_code for response in responses] == [200, 200, 200]
    assert responses[0].headers["cache-control"] == "no-store"
    assert responses[0].headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in responses[0].headers["content-security-policy"]
    assert await desk.incident() == before
    assert await desk.rows("select 1 from audit") == []


async def test_a_report_in_words_tells_customers_only_after_it_can_no_longer_be_taken_back(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    token = await desk.link()

    response = await desk.post(token, "report", text="moved two people to the counter, 5 min")
    during, shown = await desk.events(), (await desk.page.get(f"/a/{token}")).text
    await desk.wait(UNDO - timedelta(seconds=1))
    almost = await desk.events()
    await desk.wait(timedelta(seconds=1))

    assert response.status_code == 303
    assert response.headers["location"] == f"./{token}"
    assert "about 5 minutes" in shown
    assert "12:01:00" in shown
    assert during == almost == ["opened", "located"]
    assert (await desk.events())[2:] == ["acknowledged", "fix_confirmed", "resolved"]


async def test_undo_takes_a_report_back_and_another_one_may_follow(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    token = await desk.link()

    await desk.post(token, "no_problem")
    await desk.post(token, "undo")
    await desk.wait(UNDO)
    after_undo = await desk.events()
    await desk.post(token, "report", text="done, 5 min")
    await desk.wait(UNDO)

    assert after_undo == ["opened", "located"]
    assert (await desk.events())[2:] == ["acknowledged", "fix_confirmed", "resolved"]


async def test_whoever_undoes_and_falls_silent_is_escalated_over(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    token = await desk.link()
    await desk.post(token, "no_problem")
    await desk.wait(UNDO / 2)
    await desk.post(token, "undo")

    await desk.wait(ANSWER_WITHIN)

    assert (await desk.events())[-1] == "escalated"


async def test_no_problem_here_now_is_a_decline_after_the_undo_window(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())

    await desk.post(await desk.link(), "no_problem")
    await desk.wait(UNDO)

    assert (await desk.events())[2:] == ["fix_declined", "resolved"]
    assert (await desk.incident())["outcome"] == "not_observed"


async def test_words_not_understood_are_asked_for_once_on_whatever_page_and_then_offered_as_buttons(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    token = await desk.link()

    first = await desk.post(token, "report", text="hmm well")
    second = await desk.post(token, "report", text="hmm well")
    await desk.post(token, "done", text="hmm well")
    await desk.wait(UNDO)

    assert "other words" in first.text
    assert "hmm well" in first.text
    assert "It is fixed" in second.text
    assert (await desk.events())[2:] == ["acknowledged", "fix_confirmed", "resolved"]


async def test_working_on_it_counts_as_acknowledged_and_keeps_the_incident_open(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    token = await desk.link()

    await desk.post(token, "report", text="on it, 20 min")

    shown = (await desk.page.get(f"/a/{token}")).text
    assert (await desk.events())[2:] == ["acknowledged"]
    assert "12:20" in shown


async def test_a_wrong_branch_goes_to_the_region_and_says_nothing_to_customers(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    token = await desk.link()

    await desk.post(token, "report", text="that is not our branch")
    again = await desk.post(token, "acknowledge")

    assert (await desk.events())[2:] == ["escalated"]
    assert [order.payload["role"] for order in await desk.orders()] == ["manager", "region_owner"]
    assert again.status_code == 303
    assert "passed it on" in (await desk.page.get(f"/a/{token}")).text


async def test_fifty_parallel_posts_of_one_link_change_it_once_and_leave_fifty_rows(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    token = await desk.link()
    form = await desk.form(token)

    responses = await asyncio.gather(
        *(desk.post(token, "report", form=form, text="moved two people, 5 min") for _ in range(50))
    )
    await desk.wait(UNDO)

    audit = await desk.rows("select changed from audit")
    assert {response.status_code for response in responses} == {303}
    assert len(audit) == 50
    assert sum(row["changed"] for row in audit) == 1
    assert (await desk.events()).count("fix_confirmed") == 1


async def test_the_audit_cannot_be_changed(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    await desk.post(await desk.link(), "acknowledge")

    for statement in ("update audit set changed = false", "delete from audit"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await desk.rows(statement)


async def test_a_forged_link_a_foreign_form_and_a_form_from_another_site_change_nothing(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    token, other = await desk.link(), desk.links.token(Link(uuid4(), 1, OwnerRole.MANAGER))
    body = {"form": desk.links.form_token(token, 0), "action": "acknowledge"}

    forged = await desk.page.get(f"/a/{token[:-8]}{token[-8:].swapcase()}")
    foreign = await desk.post(token, "acknowledge", form=desk.links.form_token(other, 0))
    formless = await desk.page.post(f"/a/{token}", data={"action": "acknowledge"})
    elsewhere = await desk.page.post(f"/a/{token}", data=body, headers={"Sec-Fetch-Site": "cross-site"})
    json = await desk.page.post(f"/a/{token}", json=body)
    huge = await desk.page.post(f"/a/{token}", data=body | {"text": "x" * 20_000})
    button = await desk.post(token, "delete")

    statuses = [r.status_code for r in (forged, foreign, formless, elsewhere, json, huge, button)]
    assert statuses == [403, 403, 403, 403, 400, 413, 400]
    assert await desk.events() == ["opened", "located"]
    assert await desk.rows("select 1 from audit") == []


async def test_an_expired_link_says_so(desk: Desk) -> None:
    old = Links(SECRET, "https://amends.example", seconds=lambda: 1_000_000_000)

    response = await desk.page.get(f"/a/{old.token(Link(uuid4(), 1, OwnerRole.MANAGER))}")

    assert response.status_code == 410
    assert "expired" in response.text


async def test_a_form_from_before_a_change_keeps_the_words_and_asks_to_look_again(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    token = await desk.link()
    old = await desk.form(token)
    await desk.post(token, "acknowledge")

    response = await desk.post(token, "report", form=old, text="done, 5 min")

    assert response.status_code == 409
    assert "done, 5 min" in response.text
    assert (await desk.incident())["report"] is None


async def test_a_deleted_mention_leaves_page_and_order_and_the_work_goes_on(desk: Desk) -> None:
    await desk.assess(*complaints(1, text="Camden High Street: I have been here since breakfast"))
    deleted = MentionDeleted(mention_id=mention_id("x", "0"), channel="x", deleted_at=NOON)
    before = (await desk.page.get(f"/a/{await desk.link()}")).text

    await desk.handle(desk.handlers.on_mention_deleted, deleted, deleted)

    composed = await desk.views.compose((await desk.orders())[0])
    after = (await desk.page.get(f"/a/{await desk.link()}")).text
    assert "since breakfast" in before
    assert "since breakfast" not in after
    assert composed.order.quotes == ()
    assert composed.order.customers == 1
    assert (await desk.incident())["status"] == "triggered"


async def test_a_mention_deleted_before_it_arrives_opens_nothing(desk: Desk) -> None:
    deleted = MentionDeleted(mention_id=mention_id("x", "1"), channel="x", deleted_at=NOON)

    await desk.handle(desk.handlers.on_mention_deleted, deleted)
    await desk.assess(a_mention_assessed("1"))

    assert await desk.rows("select 1 from incidents") == []
    assert (await desk.rows("select quote from mentions"))[0]["quote"] is None


async def test_an_edited_mention_shows_its_newest_words_whatever_comes_first(desk: Desk) -> None:
    edited = a_mention("1", version=2, text="Camden High Street: fifty minutes now")
    later = MentionAssessed(mention=edited, assessment=an_assessment())
    orders: Sequence[Sequence[Any]] = (
        [a_mention_assessed("1"), MentionEdited(mention=edited), later],
        [later, MentionEdited(mention=edited), a_mention_assessed("1")],
    )
    for events in orders:
        for event in events:
            edit = isinstance(event, MentionEdited)
            await desk.handle(desk.handlers.on_mention_edited if edit else desk.handlers.on_mention_assessed, event)

        assert (await desk.rows("select quote from mentions"))[0]["quote"] == "Camden High Street: fifty minutes now"
        assert (await desk.incident())["mentions"] == 1
        await desk.rows("delete from mentions")
        await desk.rows("delete from work_orders")
        await desk.rows("delete from incidents")


async def test_a_version_that_is_no_complaint_any_more_keeps_an_older_one_from_opening_anything(desk: Desk) -> None:
    newer = a_mention("1", version=2, text="Camden High Street: all good, thanks")
    harmless = MentionAssessed(mention=newer, assessment=an_assessment(legitimacy=Legitimacy.OFF_TOPIC))

    await desk.assess(harmless)
    await desk.assess(a_mention_assessed("1"))

    assert await desk.rows("select 1 from incidents") == []
    assert (await desk.rows("select quote from mentions"))[0]["quote"] is None


async def test_after_the_fix_a_new_mention_opens_an_incident_that_says_it_is_back(desk: Desk) -> None:
    await desk.assess(a_mention_assessed("1"))
    await desk.post(await desk.link(), "report", text="done, 5 min")
    await desk.wait(UNDO)
    await desk.wait(timedelta(minutes=30))

    await desk.assess(a_mention_assessed("2", waiting_since=desk.clock.now()))

    rows = await desk.rows("select returned from incidents order by opened_at")
    composed = await desk.views.compose((await desk.orders())[-1])
    assert [row["returned"] for row in rows] == [False, True]
    assert "Back after the fix" in composed.order.subject


async def test_long_after_the_last_mention_a_new_one_is_a_new_incident(desk: Desk) -> None:
    await desk.assess(a_mention_assessed("1"))

    await desk.assess(
        a_mention_assessed("2", waiting_since=NOON + timedelta(hours=4, seconds=1)),
        a_mention_assessed("3", waiting_since=NOON + timedelta(hours=9)),
        a_mention_assessed("4", waiting_since=NOON + timedelta(hours=9)),
    )

    rows = await desk.rows("select mentions, collecting from incidents order by waiting_since")
    assert [(row["mentions"], row["collecting"]) for row in rows] == [(1, False), (1, False), (2, True)]


async def test_a_work_order_that_has_not_left_is_withdrawn_when_the_incident_ends(desk: Desk) -> None:
    await desk.assess(a_mention_assessed())
    await desk.post(await desk.link(), "report", text="done, 5 min")

    await desk.wait(UNDO)

    assert [r["status"] for r in await desk.rows("select status from bus.dispatches")] == ["cancelled"]
    assert [r["status"] for r in await desk.rows("select status from work_orders")] == ["cancelled"]


async def test_a_changed_directory_is_used_without_a_restart_and_a_wrong_one_is_not(
    desk: Desk, directory_path: Path
) -> None:
    rewrite(directory_path, DIRECTORY_YAML.replace("mia@harbour.example", "zoe@harbour.example"))
    await desk.handlers.asking.live.watch(desk.runtime)
    rewrite(directory_path, "companies: [")
    await desk.handlers.asking.live.watch(desk.runtime)

    await desk.assess(a_mention_assessed())

    assert (await desk.orders())[0].payload["to"] == "zoe@harbour.example"


def rewrite(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


async def test_the_same_events_again_change_nothing(desk: Desk) -> None:
    event, event_id = a_mention_assessed(), uuid4()
    for _ in range(2):
        async with desk.runtime.work() as work:
            await desk.handlers.on_mention_assessed(work, [received(event, event_id)])

    assert await desk.events() == ["opened", "located"]
    assert isinstance((await desk.incident())["id"], UUID)


async def test_the_authors_last_case_decides_between_branches_the_next_mention_leaves_open(desk: Desk) -> None:
    staff, floor = an_assessment_of(Topic.STAFF), an_assessment_of(Topic.CLEANLINESS)
    await desk.assess(a_mention_assessed("1", author_key="regular", text="the queue at York Acomb never moves"))
    later: dict[str, Any] = {"posted_at": NOON + timedelta(days=7)}
    await desk.assess(
        a_mention_assessed("2", assessment=staff, author_key="stranger", text="York branch, no staff", **later),
        a_mention_assessed("3", assessment=floor, author_key="regular", text="York branch, dirty floor", **later),
    )
    rows = await desk.rows("select topic, branch_id from incidents")
    assert {row["topic"]: row["branch_id"] for row in rows} == {
        "wait_time": "york-acomb",
        "staff": None,
        "cleanliness": "york-acomb",
    }


async def test_events_carry_every_candidate_with_its_score(desk: Desk) -> None:
    await desk.assess(a_mention_assessed(text="your York branch has no staff"))
    rows = await desk.rows("select body from bus.outbox where type = 'amends.incident.located.v1'")
    location = json.loads(rows[0]["body"])["data"]["location"]
    assert location["candidates"] == [
        {"branch_id": "york-acomb", "score": 0.5},
        {"branch_id": "york-parliament", "score": 0.5},
    ]


async def test_the_channels_own_id_of_the_branch_is_the_surest_evidence(desk: Desk, directory_path: Path) -> None:
    coded = DIRECTORY_YAML.replace("- id: york-acomb\n", "- id: york-acomb\n  store_code: YK-2\n")
    await asyncio.to_thread(directory_path.write_text, coded, "utf-8")
    desk.handlers.asking.live.look()
    await desk.assess(a_mention_assessed(text="no staff", place=Place(branch_code="YK-2")))
    assert (await desk.incident())["branch_id"] == "york-acomb"


def question(external_id: str = "1", text: str = "When does Camden High Street open tomorrow?") -> MentionAssessed:
    seen = an_assessment(kind=Kind.QUESTION, sentiment=Sentiment.NEUTRAL, topics=(Topic.OPENING_HOURS,))
    return a_mention_assessed(external_id, text=text, assessment=seen)


async def test_where_a_question_is_about_is_said_with_the_branchs_facts_and_opens_nothing(desk: Desk) -> None:
    await desk.assess(question())

    (row,) = await desk.rows("select type, body from bus.outbox where service = 'notify'")
    located = json.loads(row["body"])["data"]
    assert row["type"] == "amends.mention.located.v1"
    assert located["venue"]["name"] == "Camden High Street"
    assert located["venue"]["opening_hours"] == "Mo-Fr 09:30-16:30"
    assert datetime.fromisoformat(located["venue"]["local_time"]) == NOON
    assert await desk.rows("select id from incidents") == []
    assert await desk.rows("select mention_id from mentions") == []


async def test_a_question_that_may_be_about_two_branches_names_none(desk: Desk) -> None:
    await desk.assess(question(text="When do you open in York tomorrow?"))

    (row,) = await desk.rows("select body from bus.outbox where service = 'notify'")
    located = json.loads(row["body"])["data"]
    assert located["location"]["status"] == "ambiguous"
    assert "venue" not in located


ONE_BRANCH = """
companies: [{id: harbour, name: The Corner Shop, kind: shop, account: "@harbourvale"}]
region_owners: [{id: all, name: Rosa Lind, company: harbour}]
branches:
- {id: corner, company: harbour, name: The Corner Shop, address: 1 Low Lane, city: York, region: Yorkshire, country: GB,
   lat: 53.96, lon: -1.08, opening_hours: Mo-Sa 08:00-18:00, timezone: Europe/London, region_owner: all}
"""


@pytest.mark.parametrize(("places", "status"), [((), "branch"), ((PlacePhrase(text="Leeds", start=0, end=5),), "none")])
async def test_a_company_with_one_branch_is_asked_about_that_one_unless_a_place_is_named(
    desk: Desk, directory_path: Path, places: tuple[PlacePhrase, ...], status: str
) -> None:
    rewrite(directory_path, ONE_BRANCH)
    await desk.handlers.asking.live.watch(desk.runtime)
    asked = question(text="Leeds: what time do you close today?" if places else "what time do you close today?")
    seen = asked.assessment.model_copy(update={"places": places})
    await desk.assess(asked.model_copy(update={"assessment": seen}))

    (row,) = await desk.rows("select body from bus.outbox where service = 'notify'")
    assert json.loads(row["body"])["data"]["location"]["status"] == status
