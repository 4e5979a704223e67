"""What follows a first answer, on a real database with a clock driven by hand: updates, promises, gifts, silence."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.timers import Timers
from contracts import (
    Event,
    Kind,
    Legitimacy,
    MentionAssessed,
    PlacePhrase,
    Purpose,
    Topic,
)
from services.respond.plans import keeps_five_steps
from services.respond.wishes import NoSuchIdea, Wishes
from tests.builders import NOON, a_mention_assessed, a_permission, an_assessment
from tests.integration.test_respond import (
    GRACE_SPAN,
    Desk,
    added,
    confirmed,
    desk,
    notified,
    opened,
)
from tests.servers import settings_for

_ = desk  # a fixture is found by its name in this module

THREE_DAYS = timedelta(hours=72)
PRIVATE: dict[str, Any] = {"permission": a_permission(private_allowed=True)}


def said(told: list[tuple[str, dict[str, Any]]], name: str) -> list[dict[str, Any]]:
    return [data for event, data in told if event == name]


async def send_all(desk: Desk) -> None:
    """Whatever was ordered leaves."""
    for _round in range(4):
        done = {data["response_id"] for data in said(await desk.told(), "response.sent")}
        open_orders = [order for order in await desk.orders() if order.payload["response_id"] not in done]
        if not open_orders:
            return
        for order in open_orders:
            await desk.settle(order)
        await desk.timers.fire()


async def acknowledged(desk: Desk, *events: Event) -> None:
    await desk.handle(*(events or (a_mention_assessed(),)), opened(), notified())
    await send_all(desk)


def purposes(told: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [data["purpose"] for data in said(told, "response.sent") if data.get("purpose")]


async def test_who_still_waits_hears_from_us_at_least_every_three_days(desk: Desk) -> None:
    await acknowledged(desk, a_mention_assessed(**PRIVATE))
    for _day in range(9 * 2):
        await desk.wait(timedelta(hours=12))
        await send_all(desk)

    told = await desk.told()
    updates = said(told, "response.update_sent")
    moments = [NOON.isoformat(), *(data["at"] for data in updates)]
    assert [data["number"] for data in updates] == [1, 2, 3]
    assert len(said(told, "response.update_due")) == 3
    assert all("the manager" in data["text"] for data in said(told, "response.sent") if data.get("purpose") == "update")
    assert moments == sorted(moments)


async def test_a_stop_button_keeps_updates_for_a_person_too(desk: Desk) -> None:
    await acknowledged(desk, a_mention_assessed(**PRIVATE))
    await desk.approving.control("kill", "harbour", active=True, by="Ann", reason="storm")
    orders = len(await desk.orders())
    await desk.wait(THREE_DAYS)

    assert [(item.purpose, item.reason) for item in await desk.queued()] == [(Purpose.UPDATE, "kill_switch")]
    assert len(await desk.orders()) == orders


async def test_after_a_two_day_stop_exactly_one_overdue_update_is_sent(desk: Desk) -> None:
    await acknowledged(desk)
    desk.clock.advance(THREE_DAYS + timedelta(days=2))
    again = Timers(desk.runtime, desk.timers._handlers, settings_for("respond", "postgresql://u/u", "redis://u"))
    for _round in range(5):
        await again.fire()
        await send_all(desk)

    assert len(said(await desk.told(), "response.update_sent")) == 1


async def test_nobody_is_updated_once_it_is_over_or_taken_back(desk: Desk) -> None:
    await acknowledged(desk)
    await desk.handle(confirmed())
    await send_all(desk)
    await desk.wait(THREE_DAYS)

    assert "response.update_due" not in await desk.events()


async def test_where_the_last_reply_is_kept_for_the_outcome_no_update_is_promised_and_a_person_sees_that_it_is_due(
    desk: Desk,
) -> None:
    await acknowledged(desk, a_mention_assessed(permission=a_permission(replies_max=2)))
    await desk.wait(THREE_DAYS)

    assert said(await desk.told(), "promise.made") == []
    assert [(item.reason, item.purpose) for item in await desk.queued()] == [("no_reply_left", "update")]


def a_slow_one(external_id: str = "1", **changes: Any) -> MentionAssessed:
    assessment = an_assessment(topics=(Topic.FACILITIES,))
    return a_mention_assessed(external_id, text="The lift has been broken again", assessment=assessment, **changes)


async def test_a_promised_update_is_in_the_ledger_and_is_kept_in_time(desk: Desk) -> None:
    await acknowledged(desk, a_slow_one(**PRIVATE))
    made = said(await desk.told(), "promise.made")
    await desk.wait(timedelta(hours=70))
    await send_all(desk)
    await desk.wait(timedelta(hours=3))

    told = await desk.told()
    assert len(made) == 1
    assert [data["promise_id"] for data in said(told, "promise.kept")] == [made[0]["promise_id"]]
    assert said(told, "promise.broken") == []


async def test_a_promise_whose_time_passes_is_broken_once_and_says_so(desk: Desk) -> None:
    await acknowledged(desk, a_slow_one(**PRIVATE))
    await desk.wait(THREE_DAYS)  # the update is made, and the channel does not take it
    await desk.wait(THREE_DAYS)

    assert len(said(await desk.told(), "promise.broken")) == 1


async def test_everybody_in_an_incident_gets_the_same_gift_in_private_once(desk: Desk) -> None:
    await acknowledged(desk, *(a_mention_assessed(str(number), **PRIVATE) for number in range(1, 5)))
    await desk.handle(*(added(str(number)) for number in range(2, 5)))
    await desk.handle(confirmed())
    await send_all(desk)
    await desk.handle(confirmed())
    await send_all(desk)

    told = await desk.told()
    gifts = [data for data in said(told, "response.sent") if data.get("purpose") == "goodwill"]
    granted = said(told, "goodwill.granted")
    assert len(granted) == 4
    assert {(data["value"], data["gift"]) for data in granted} == {(4.0, "a free coffee")}
    assert all(data["private"] for data in gifts)
    assert not any(word in data["text"].lower() for data in gifts for word in ("review", "rating", "change", "delete"))
    assert len({data["text"].partition("(")[2] for data in gifts}) == 4  # each with a code of its own
    assert said(told, "loop.closed")[0]["at"] <= gifts[0]["at"]


async def test_a_second_gift_to_the_same_person_waits_for_a_person(desk: Desk) -> None:
    same = {"author_key": "key-same", **PRIVATE}
    await acknowledged(desk, a_mention_assessed("1", **same), a_mention_assessed("2", **same))
    await desk.handle(added("2"), confirmed())
    await send_all(desk)

    assert len(said(await desk.told(), "goodwill.granted")) == 1
    assert [(item.reason, item.purpose) for item in await desk.queued()] == [("goodwill", "goodwill")]


async def test_without_a_private_channel_no_gift_is_given_by_itself(desk: Desk) -> None:
    await acknowledged(desk)
    await desk.handle(confirmed())
    await send_all(desk)

    assert "goodwill.granted" not in await desk.events()


def angry(external_id: str, text: str, minutes: int, **changes: Any) -> MentionAssessed:
    known: dict[str, Any] = {"anger": 3} | changes
    at = NOON + timedelta(minutes=minutes)
    return a_mention_assessed(
        external_id,
        text=text,
        author_key="key-angry",
        waiting_since=at,
        posted_at=at,
        assessment=an_assessment(**known),
    )


async def three_rounds(desk: Desk) -> None:
    for number, text in enumerate(("You are useless", "Useless, all of you", "Still useless, every one of you")):
        await desk.handle(angry(f"r{number}", text, number))
        await desk.wait(GRACE_SPAN)
        await send_all(desk)


async def test_after_three_rounds_without_a_new_fact_there_is_one_closing_line_and_then_silence(desk: Desk) -> None:
    await three_rounds(desk)
    for number in range(3, 6):
        await desk.handle(angry(f"r{number}", "Useless lot", number))
        await desk.wait(GRACE_SPAN)
        await send_all(desk)

    told = await desk.told()
    decisions = [data["decision"] for data in said(told, "response.decided")]
    assert decisions == ["respond"] * 3 + ["walk_away"] * 3
    assert purposes(told) == ["closing"]
    assert len(said(told, "response.sent")) == 4
    assert len(said(told, "conversation.walked_away")) == len(said(told, "conversation.watch_started")) == 1


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("Useless. You charged me £40 twice", {}),
        ("Useless. And the lift is broken", {"topics": (Topic.FACILITIES,)}),
        ("Useless in Leeds too", {"places": (PlacePhrase(text="Leeds", start=11, end=16),)}),
        ("Useless, and somebody was hurt", {"severity": "critical"}),
    ],
)
async def test_a_new_fact_or_harm_is_never_walked_away_from(desk: Desk, text: str, changes: dict[str, Any]) -> None:
    await three_rounds(desk)
    await desk.handle(angry("r3", text, 3, **changes))

    assert said(await desk.told(), "response.decided")[-1]["decision"] in {"respond", "escalate_to_person"}


async def test_during_the_watch_a_new_fact_goes_to_a_person(desk: Desk) -> None:
    await three_rounds(desk)
    await desk.handle(angry("r3", "Useless lot", 3), angry("r4", "Useless. Ref 88412, see for yourselves", 4))

    told = await desk.told()
    assert said(told, "response.decided")[-1]["decision"] == "escalate_to_person"
    assert len(said(told, "conversation.resumed")) == 1


def about_a_charge(external_id: str, text: str, **changes: Any) -> MentionAssessed:
    assessment = an_assessment(topics=(Topic.BILLING,))
    return a_mention_assessed(external_id, text=text, author_key="key-b", assessment=assessment, **changes, **PRIVATE)


async def test_what_is_missing_is_asked_once_in_private_and_all_together(desk: Desk) -> None:
    await desk.handle(about_a_charge("1", "You charged me twice, £40 each time"))
    await desk.wait(GRACE_SPAN)
    await send_all(desk)
    await desk.handle(about_a_charge("2", "It was on 3 May"), about_a_charge("3", "Well, what about my money"))
    await desk.wait(GRACE_SPAN)
    await send_all(desk)

    asked = [data for data in said(await desk.told(), "response.sent") if data.get("purpose") == "details"]
    assert len(asked) == 1
    assert asked[0]["private"]
    assert "order or booking number" in asked[0]["text"]
    assert "date" in asked[0]["text"]
    assert "amount" not in asked[0]["text"]


async def test_nothing_private_is_asked_for_in_public(desk: Desk) -> None:
    assessment = an_assessment(topics=(Topic.BILLING,))
    await desk.handle(a_mention_assessed(text="You charged me twice", assessment=assessment))
    await desk.wait(GRACE_SPAN)
    await send_all(desk)

    assert purposes(await desk.told()) == []


async def test_the_plans_of_a_whole_case_keep_the_five_steps_and_name_their_sources(desk: Desk) -> None:
    await acknowledged(desk, about_a_charge("1", "You charged me twice"))
    await desk.handle(confirmed())
    await send_all(desk)

    drafted = said(await desk.told(), "response.drafted")
    acts = [[step["act"] for step in data["plan"]] for data in drafted]
    outcome = next(data for data in drafted if data["reply_kind"] == "outcome")
    sources = {fact["name"]: fact["source"] for step in outcome["plan"] for fact in step["facts"]}
    assert keeps_five_steps(acts)
    assert [data.get("purpose") for data in drafted] == [None, "details", None, "goodwill"]
    assert sources["done"].startswith("outcome:")
    assert sources["wait"].startswith("outcome:")
    assert sources["matter"] == "mention"


async def test_a_dutch_customer_reads_dutch_with_what_was_done_and_the_time(desk: Desk) -> None:
    dutch = an_assessment(language="nl")
    text = "Al 50 minuten in de rij, een medewerker"
    fix = confirmed().model_copy(update={"action_phrase": "twee extra mensen", "wait_min": 10})
    await acknowledged(desk, a_mention_assessed(text=text, assessment=dutch))
    await desk.handle(fix)
    await send_all(desk)

    first, outcome = await desk.texts()
    assert "medewerk" not in first
    assert "twee extra mensen" in outcome
    assert "10 minuten" in outcome
    assert "dank" in outcome.lower()
    assert " the " not in f"{first} {outcome}"


async def test_an_idea_is_captured_once_however_many_ask_for_it(desk: Desk) -> None:
    kind = an_assessment(kind=Kind.IDEA, topics=(Topic.WEBSITE_APP,), sentiment="neutral", anger=0)
    for number, text in enumerate(
        ("Would love export to CSV in the app", "would love, export to csv in the app!", "Please let me pay by text")
    ):
        await desk.handle(a_mention_assessed(f"i{number}", text=text, assessment=kind))
    await send_all(desk)

    ideas = [data["idea_id"] for data in said(await desk.told(), "idea.captured")]
    assert len(ideas) == 3
    assert ideas[0] == ideas[1] != ideas[2]


@pytest.mark.parametrize(("ending", "reason"), [("shipped", None), ("declined", "it costs more than it helps")])
async def test_every_requester_of_an_idea_is_told_once_what_became_of_it(
    desk: Desk, ending: str, reason: str | None
) -> None:
    kind = an_assessment(kind=Kind.IDEA, topics=(Topic.WEBSITE_APP,), sentiment="neutral", anger=0)
    for number in range(2):
        text = "Would love export to CSV in the app"
        await desk.handle(a_mention_assessed(f"i{number}", text=text, assessment=kind))
    await send_all(desk)
    wishes = Wishes(desk.runtime)
    (idea,) = await wishes.listed(10)
    told = await wishes.end(idea["idea_id"], ending, "ann", reason)
    await desk.timers.fire()
    await send_all(desk)
    with pytest.raises(NoSuchIdea):
        await wishes.end(idea["idea_id"], ending, "ann", reason)

    everything = await desk.told()
    replies = [data for data in said(everything, "response.sent") if data.get("purpose") == f"idea_{ending}"]
    assert (told, len(replies), idea["requesters"]) == (2, 2, 2)
    assert len(said(everything, f"idea.{ending}")) == 2
    assert all("thank" in data["text"].lower() and (reason or "") in data["text"] for data in replies)


async def test_a_hater_gets_no_gift(desk: Desk) -> None:
    await desk.handle(
        a_mention_assessed(assessment=an_assessment(legitimacy=Legitimacy.HATER), **PRIVATE), opened(), notified()
    )
    await desk.handle(confirmed())
    await send_all(desk)

    assert await desk.events() == ["response.decided"]
