"""respond on a real database: one decision, no claim before its event, one reply of each kind, a person in doubt."""

import itertools
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from rapidfuzz import fuzz

from chassis.clock import ManualClock
from chassis.errors import Refused
from chassis.outbound import WebhookSender
from chassis.runtime import Runtime
from chassis.service import Reliability
from chassis.timers import Timers
from chassis.work import Dispatch, DispatchStatus, Receipt, Settled, dispatch_of
from contracts import (
    DeclineReason,
    Event,
    FixAction,
    IncidentAcknowledged,
    IncidentFixConfirmed,
    IncidentFixDeclined,
    IncidentMentionAdded,
    IncidentNotified,
    IncidentOpened,
    Kind,
    Legitimacy,
    Location,
    LocationStatus,
    MentionAssessed,
    MentionDeleted,
    MentionEdited,
    MentionLocated,
    MentionReceived,
    OwnerRole,
    Sentiment,
    Severity,
    Topic,
    mention_id,
)
from services.respond import store
from services.respond.aftercare import Aftercare
from services.respond.api import create_api
from services.respond.app import read_phrases, read_playbooks, read_policy, timers_of
from services.respond.approving import Approving, Changed, NotAllowed, NotThere
from services.respond.channel import ChannelAdapter
from services.respond.following import Following
from services.respond.goodwill import CouponFile, Gift, Goodwill
from services.respond.handlers import Handlers
from services.respond.noticing import Knowing
from services.respond.overruling import Overruling
from services.respond.recent import plain
from services.respond.replying import Replying
from services.respond.settings import HERE
from tests.builders import NOON, a_mention, a_mention_assessed, a_permission, an_assessment, received
from tests.servers import settings_for
from tests.unit.chassis.test_webhooks import NEW

MakeRuntime = Callable[..., Awaitable[Runtime]]

GRACE_SPAN = timedelta(seconds=5)
PATIENCE = timedelta(seconds=60)
UPDATE_EVERY = timedelta(hours=70)
GIFTS = Goodwill(
    companies={"harbour": Gift(gift={"en": "a free coffee"}, value=4, currency="GBP", budget_30_days=1_000)}
)
INCIDENT = UUID(int=77)
TOKEN = "a-token-of-twenty-letters"


@dataclass
class Desk:
    """respond with everything around it that a test drives by hand."""

    runtime: Runtime
    clock: ManualClock
    handlers: Handlers
    following: Following
    timers: Timers
    approving: Approving
    overruling: Overruling

    async def handle(self, *events: Event) -> None:
        async with self.runtime.work() as work:
            for event in events:
                await self._handler(event)(work, [received(event)])
        await self.timers.fire()  # what is due at once

    def _handler(self, event: Event) -> Any:
        return {
            MentionReceived: self.handlers.on_mention_received,
            MentionAssessed: self.handlers.on_mention_assessed,
            MentionEdited: self.handlers.on_mention_edited,
            MentionDeleted: self.handlers.on_mention_deleted,
            MentionLocated: self.handlers.on_mention_located,
            IncidentOpened: self.following.on_incident_opened,
            IncidentMentionAdded: self.following.on_mention_added,
            IncidentAcknowledged: self.following.on_incident_acknowledged,
            IncidentNotified: self.following.on_incident_notified,
            IncidentFixConfirmed: self.following.on_fix_confirmed,
            IncidentFixDeclined: self.following.on_fix_declined,
        }[type(event)]

    async def rows(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        async with self.runtime.database.connection() as connection:
            return list(await connection.fetch(query, *arguments))

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """Type and data of every event emitted, in order."""
        rows = await self.rows("select type, body from bus.outbox where service = 'respond' order by position")
        return [(_short(row["type"]), json.loads(row["body"])["data"]) for row in rows]

    async def events(self) -> list[str]:
        return [name for name, _ in await self.told()]

    async def texts(self) -> list[str]:
        return [data["text"] for name, data in await self.told() if name == "response.drafted"]

    async def orders(self) -> list[Dispatch]:
        rows = await self.rows("select * from bus.dispatches where service = 'respond' order by ordered_at, key")
        return [dispatch_of(row) for row in rows]

    async def settle(self, dispatch: Dispatch, status: DispatchStatus = DispatchStatus.SENT) -> None:
        async with self.runtime.work() as work:
            await self.handlers.on_settled(
                work, [Settled(dispatch, status, work.now, Receipt("r-1"), "outcome_unknown")]
            )

    async def wait(self, span: timedelta) -> None:
        self.clock.advance(span)
        await self.timers.fire()

    def use(self, handlers: Handlers) -> None:
        """Go on with other settings."""
        self.handlers, self.timers = handlers, timers_for(self.runtime, handlers)
        self.overruling = Overruling(self.runtime, handlers)

    async def queued(self) -> list[store.Response]:
        return await self.approving.queue(50)


def _short(event_type: str) -> str:
    return event_type.removeprefix("amends.").removesuffix(".v1")


@pytest.fixture
async def desk(make_runtime: MakeRuntime) -> Desk:
    clock = ManualClock(NOON)
    runtime = await make_runtime("respond", clock=clock)
    policy = read_policy(HERE / "policy.yaml")
    replying = Replying(read_playbooks(HERE / "playbooks"), Knowing(read_phrases(HERE / "phrases")), policy)
    aftercare = Aftercare(replying, UPDATE_EVERY, GIFTS, CouponFile({"harbour": [f"AB-{n}" for n in range(40)]}))
    handlers = Handlers(replying, policy, GRACE_SPAN, PATIENCE, aftercare)
    timers = timers_for(runtime, handlers)
    approving, overruling = Approving(runtime), Overruling(runtime, handlers)
    return Desk(runtime, clock, handlers, Following(), timers, approving, overruling)


def timers_for(runtime: Runtime, handlers: Handlers) -> Timers:
    """What fires the timers of `handlers`."""
    kinds = timers_of(handlers, handlers.aftercare)
    return Timers(runtime, kinds, settings_for("respond", "postgresql://unused/unused", "redis://unused"))


def opened(external_id: str = "1", incident_id: UUID = INCIDENT) -> IncidentOpened:
    return IncidentOpened(
        incident_id=incident_id,
        company="harbour",
        at=NOON,
        mention_id=mention_id("x", external_id),
        mention_version=1,
        topic=Topic.WAIT_TIME,
        severity=Severity.MINOR,
        dedup_key="harbour|camden-high|wait_time",
        branch_id="camden-high",
        branch_name="Camden High Street",
        owner_role=OwnerRole.MANAGER,
    )


def added(external_id: str) -> IncidentMentionAdded:
    location = Location(status=LocationStatus.BRANCH, branch_id="camden-high", confidence=0.9)
    ids = {"incident_id": INCIDENT, "mention_id": mention_id("x", external_id), "mention_version": 1}
    return IncidentMentionAdded(company="harbour", at=NOON, location=location, mentions=2, **ids)


def notified() -> IncidentNotified:
    known = {"work_order_id": uuid4(), "step": 1, "role": OwnerRole.MANAGER, "by": "email"}
    return IncidentNotified(incident_id=INCIDENT, company="harbour", at=NOON, **known)


def confirmed() -> IncidentFixConfirmed:
    done = {"action": FixAction.STAFF_RESHUFFLED, "action_phrase": "moved two people to the counter", "wait_min": 5}
    return IncidentFixConfirmed(incident_id=INCIDENT, company="harbour", at=NOON, role=OwnerRole.MANAGER, **done)


def declined(reason: DeclineReason) -> IncidentFixDeclined:
    return IncidentFixDeclined(incident_id=INCIDENT, company="harbour", at=NOON, role=OwnerRole.MANAGER, reason=reason)


def praise(external_id: str = "1") -> MentionAssessed:
    kind = {"kind": Kind.PRAISE, "sentiment": Sentiment.POSITIVE, "topics": (Topic.WEBSITE_APP,)}
    return a_mention_assessed(external_id, text="Love the new app", assessment=an_assessment(**kind))


async def test_a_complaint_is_decided_at_once_and_answered_without_a_claim_when_nobody_can_be_told(desk: Desk) -> None:
    await desk.handle(a_mention_assessed())
    at_once = await desk.events()
    await desk.wait(GRACE_SPAN)

    (text,) = await desk.texts()
    assert at_once == ["response.decided"]
    assert await desk.events() == ["response.decided", "response.drafted"]
    assert "manager has been told" not in text
    assert "sorry" in text.lower() or "apolog" in text.lower()


async def test_once_the_work_order_arrived_the_customer_reads_who_has_been_told(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(), opened())
    before = await desk.texts()
    await desk.handle(notified())
    await desk.wait(GRACE_SPAN)

    (text,) = await desk.texts()
    assert before == []
    assert "manager" in text
    assert "Camden High Street" in text


async def test_an_incident_whose_owner_is_not_reached_yet_lets_nobody_claim_that_they_were_told(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(), opened())
    await desk.wait(GRACE_SPAN)

    (text,) = await desk.texts()
    assert "manager" not in text
    assert [data["reply_kind"] for name, data in await desk.told() if name == "response.drafted"] == ["acknowledgement"]


async def test_where_the_channel_takes_one_reply_it_is_kept_for_the_outcome(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(permission=a_permission(replies_max=1)), opened(), notified())
    await desk.wait(PATIENCE)
    before = await desk.texts()
    await desk.handle(confirmed())

    (text,) = await desk.texts()
    assert before == []
    assert "moved two people to the counter" in text


async def test_one_reply_and_nobody_who_can_fix_it_is_answered_after_some_patience(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(permission=a_permission(replies_max=1)))
    await desk.wait(GRACE_SPAN)
    early = await desk.texts()
    await desk.wait(PATIENCE)

    assert (early, len(await desk.texts())) == ([], 1)


async def test_twelve_customers_of_one_queue_are_told_of_the_fix_once_each_in_words_of_their_own(desk: Desk) -> None:
    await desk.handle(*(a_mention_assessed(str(number)) for number in range(12)))
    await desk.handle(opened("0"), *(added(str(number)) for number in range(1, 12)), notified())
    first = await desk.texts()
    await desk.handle(confirmed(), confirmed())

    texts = (await desk.texts())[12:]
    assert (len(first), len(texts)) == (12, 12)
    assert all("5 minutes" in text and "moved two people to the counter" in text for text in texts)
    pairs = itertools.combinations([plain(text) for text in texts], 2)
    assert max(fuzz.ratio(one, other) for one, other in pairs) <= 85


STORY: Sequence[Event] = (a_mention_assessed(), opened(), notified(), confirmed())


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_in_whatever_order_the_events_come_the_outcome_is_told_once(desk: Desk, order: tuple[int, ...]) -> None:
    for index in order:
        await desk.handle(STORY[index])
    await desk.wait(GRACE_SPAN)

    replies = [data["reply_kind"] for name, data in await desk.told() if name == "response.drafted"]
    assert replies.count("outcome") == 1
    assert replies[-1] == "outcome"
    numbers = await desk.rows("select body from bus.outbox where service = 'respond' order by position")
    sequences = [int(json.loads(row["body"])["sequence"]) for row in numbers]
    assert sequences == list(range(1, len(sequences) + 1))


@pytest.mark.parametrize("reason", [DeclineReason.NOT_OBSERVED, DeclineReason.CANNOT_FIX])
async def test_without_a_fix_the_customer_hears_that_honestly_and_is_not_contradicted(
    desk: Desk, reason: DeclineReason
) -> None:
    await desk.handle(a_mention_assessed(), opened(), notified(), declined(reason))

    text = (await desk.texts())[-1]
    assert "moved" not in text
    assert "you are wrong" not in text
    assert "sorry" in text.lower() or "apolog" in text.lower()


async def test_a_wrong_branch_ends_nothing_for_the_customer(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(), opened(), notified(), declined(DeclineReason.WRONG_BRANCH))

    kinds = [data["reply_kind"] for name, data in await desk.told() if name == "response.drafted"]
    assert kinds == ["acknowledgement"]


async def test_praise_is_thanked_at_once(desk: Desk) -> None:
    await desk.handle(praise())

    decided = (await desk.told())[0][1]
    assert decided["decision"] == "acknowledge"
    assert len(await desk.texts()) == 1


async def test_a_hater_gets_a_recorded_decision_and_no_reply(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(assessment=an_assessment(legitimacy=Legitimacy.HATER)))
    await desk.wait(GRACE_SPAN)

    assert await desk.events() == ["response.decided"]
    assert (await desk.told())[0][1]["decision"] == "monitor"


async def test_in_doubt_a_person_is_asked(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(assessment=an_assessment(legitimacy=Legitimacy.UNSURE)))

    (waiting,) = await desk.queued()
    assert await desk.events() == ["response.decided", "response.approval_requested"]
    assert (waiting.status, waiting.reason) == ("queued", "legitimacy_unsure")


async def test_where_the_channel_forbids_an_answer_that_is_the_decision(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(permission=a_permission(reply_allowed=False, reason="not tagged")))
    await desk.wait(GRACE_SPAN)

    assert [(name, data.get("decision")) for name, data in await desk.told()] == [("response.decided", "not_permitted")]


async def test_a_language_without_playbooks_goes_to_a_person_and_never_gets_english(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(assessment=an_assessment(language="de")))
    await desk.wait(GRACE_SPAN)

    assert await desk.texts() == []
    assert (await desk.queued())[0].reason == "language"


async def test_after_the_reply_window_has_closed_a_person_is_asked(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(permission=a_permission(reply_until=NOON)))
    await desk.wait(GRACE_SPAN)

    assert await desk.orders() == []
    assert (await desk.queued())[0].reason == "window_closed"


async def test_nothing_is_sent_for_a_mention_that_was_taken_back(desk: Desk) -> None:
    await desk.handle(praise())
    (order,) = await desk.orders()
    await desk.handle(MentionDeleted(mention_id=mention_id("x", "1"), channel="x", deleted_at=NOON))

    adapter = ChannelAdapter(desk.runtime, WebhookSender(NEW), "https://example.com", Reliability.KEYED)
    with pytest.raises(Refused, match="taken back"):
        await adapter.send(order)
    assert (await desk.events())[-1] == "response.cancelled"
    assert [row["status"] for row in await desk.rows("select status from bus.dispatches")] == ["cancelled"]
    kept = await desk.rows("select mention, assessment from cases")
    assert [(row["mention"], row["assessment"]) for row in kept] == [(None, None)]
    assert [row["text"] for row in await desk.rows("select text from responses")] == [None]


async def test_an_answer_that_has_no_text_yet_is_withdrawn_too(desk: Desk) -> None:
    deleted = MentionDeleted(mention_id=mention_id("x", "1"), channel="x", deleted_at=NOON)
    await desk.handle(a_mention_assessed(), opened())
    await desk.handle(deleted)
    await desk.wait(PATIENCE)
    await desk.handle(notified(), confirmed())

    assert await desk.events() == ["response.decided", "response.cancelled"]


async def test_a_mention_taken_back_before_it_comes_is_decided_and_keeps_no_words(desk: Desk) -> None:
    await desk.handle(MentionDeleted(mention_id=mention_id("x", "1"), channel="x", deleted_at=NOON))
    await desk.handle(praise())
    await desk.wait(PATIENCE)

    ((name, decided),) = await desk.told()
    assert (name, decided["decision"], decided["reasons"]) == ("response.decided", "monitor", ["mention_deleted"])
    assert [row["mention"] for row in await desk.rows("select mention from cases")] == [None]


async def test_an_edited_mention_is_decided_again_and_the_older_reply_withdrawn(desk: Desk) -> None:
    await desk.handle(praise())
    edited = a_mention("1", version=2, text="Not so sure about the new app any more, it took 40 minutes to log in")
    await desk.handle(MentionEdited(mention=edited))
    await desk.handle(MentionAssessed(mention=edited, assessment=an_assessment(topics=(Topic.WEBSITE_APP,))))
    await desk.wait(GRACE_SPAN)

    events = await desk.events()
    assert events == [
        "response.decided",
        "response.drafted",
        "response.cancelled",
        "response.decided",
        "response.drafted",
    ]
    statuses = [row["status"] for row in await desk.rows("select status from bus.dispatches order by ordered_at, key")]
    assert sorted(statuses) == ["cancelled", "pending"]


async def test_an_older_version_that_comes_late_is_not_answered(desk: Desk) -> None:
    edited = a_mention("1", version=2, text="All good now, thank you")
    await desk.handle(MentionEdited(mention=edited))
    await desk.handle(a_mention_assessed("1"))
    await desk.wait(GRACE_SPAN)

    assert await desk.texts() == []


async def test_the_first_reply_and_the_closed_loop_are_told_once(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(), opened(), notified())
    await desk.handle(confirmed())
    acknowledgement, outcome = sorted(await desk.orders(), key=lambda order: -order.lane)
    for order in (acknowledgement, outcome, outcome):
        await desk.settle(order)

    sent = [data["first"] for name, data in await desk.told() if name == "response.sent"]
    closed = [data["outcome"] for name, data in await desk.told() if name == "loop.closed"]
    assert (sent, closed) == ([True, False], ["fixed"])


async def test_an_outcome_that_cannot_be_known_is_parked_and_sent_again_only_by_a_person(desk: Desk) -> None:
    await desk.handle(praise())
    await desk.settle((await desk.orders())[0], DispatchStatus.PARKED)
    (parked,) = await desk.queued()
    await desk.approving.approve(parked.response_id, parked.generation, "Ann", None)

    first, again = await desk.orders()
    assert parked.status == "parked"
    assert first.payload["response_id"] == again.payload["response_id"]
    assert first.key != again.key
    assert (await desk.events())[-1] == "response.approved"


async def test_a_persons_text_passes_the_same_gates(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(assessment=an_assessment(legitimacy=Legitimacy.UNSURE)))
    (waiting,) = await desk.queued()

    with pytest.raises(NotAllowed) as refused:
        await desk.approving.approve(waiting.response_id, waiting.generation, "Ann", "Sorry! How can we help?")
    await desk.approving.approve(
        waiting.response_id, waiting.generation, "Ann", "We are sorry about the wait, and grateful that you told us."
    )

    assert "asks_generic_help" in {finding.code for finding in refused.value.findings}
    assert len(await desk.orders()) == 1
    assert [row["actor"] for row in await desk.rows("select actor from audit")] == ["Ann"]


async def test_who_saw_an_older_state_decides_nothing(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(assessment=an_assessment(legitimacy=Legitimacy.UNSURE)))
    (waiting,) = await desk.queued()
    with pytest.raises(Changed):
        await desk.approving.reject(waiting.response_id, waiting.generation + 1, "Ann", "late")
    await desk.approving.reject(waiting.response_id, waiting.generation, "Ann", "not for us")
    with pytest.raises(NotThere):
        await desk.approving.approve(waiting.response_id, waiting.generation + 1, "Ben", "Thank you.")
    assert (await desk.events())[-1] == "response.rejected"
    assert await desk.orders() == []


async def test_what_is_received_and_not_decided_is_counted_with_its_age(desk: Desk) -> None:
    assessed = a_mention_assessed()
    await desk.handle(MentionReceived(mention=assessed.mention))
    async with desk.runtime.database.transaction() as connection:
        before = await store.undecided(connection)
    await desk.handle(assessed)
    async with desk.runtime.database.transaction() as connection:
        after = await store.undecided(connection)
    assert (before, after) == ((1, NOON), (0, None))


async def test_the_queue_opens_with_the_token_and_changes_with_an_etag(desk: Desk) -> None:
    await desk.handle(a_mention_assessed(assessment=an_assessment(legitimacy=Legitimacy.UNSURE)))
    (waiting,) = await desk.queued()
    path = f"/v1/queue/{waiting.response_id}"
    transport = httpx.ASGITransport(create_api(desk.approving, desk.overruling, TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://queue") as client:
        assert (await client.get("/v1/queue")).status_code == 401
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        listed = (await client.get("/v1/queue")).json()["responses"]
        tag = (await client.get(path)).headers["etag"]
        assert (await client.post(f"{path}/reject", json={"by": "Ann", "reason": "x"})).status_code == 428
        headers = {"If-Match": tag}
        generic = {"by": "Ann", "text": "We hear you. How can we help?"}
        unread = await client.post(f"{path}/approve", json=generic, headers=headers)
        refused = await client.post(f"{path}/reject", json={"by": ""}, headers=headers)
        done = await client.post(f"{path}/reject", json={"by": "Ann", "reason": "not ours"}, headers=headers)
        gone = await client.post(f"{path}/reject", json={"by": "Ann", "reason": "again"}, headers=headers)
    assert [response["reason"] for response in listed] == ["legitimacy_unsure"]
    assert unread.status_code == 422
    assert "asks_generic_help" in {error["code"] for error in unread.json()["errors"]}
    assert (refused.status_code, done.status_code, gone.status_code) == (422, 204, 404)
