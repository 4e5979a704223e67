"""Incidents that come back, come again every week, are missed by many, or come by the thousand (A06, A12, A35, A39)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.scenarios.conftest import OpenDesk
from tests.scenarios.desk import Desk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def test_a06_a_fix_that_does_not_hold_is_reopened_and_the_work_order_says_so(desk: Desk) -> None:
    await desk.say("Queue at your Castle Gate branch is out of the door, 40 min")
    await desk.answer(desk.mails_to("asha.rao")[0], "moved two people to the counter, 5 min")
    await desk.wait(timedelta(minutes=30))

    await desk.say("Still a half hour queue at Castle Gate")
    await desk.say("Castle Gate again: waiting 25 minutes, one counter open")

    (reopened,) = [data for _, data in await desk.events("incident.reopened")]
    opened = [data for _, data in await desk.events("incident.opened")]
    (insight,) = [data for _, data in await desk.events("insight.raised")]
    second = desk.mails_to("asha.rao")[1]
    assert len(opened) == 2
    assert (opened[0]["returned"], opened[1]["returned"]) == (False, True)
    assert reopened["incident_id"] == opened[1]["incident_id"]
    assert reopened["earlier_incident_id"] == opened[0]["incident_id"]
    assert second.subject.startswith("Back after the fix")
    assert "back after the last fix" in second.text
    assert (insight["kind"], insight["branches"]) == ("relapse", ["castle-gate"])
    assert len(desk.mails_to("asha.rao")) == 2


async def test_a06_what_comes_back_days_later_is_a_new_problem(desk: Desk) -> None:
    await desk.say("Queue at your Castle Gate branch is out of the door, 40 min")
    await desk.answer(desk.mails_to("asha.rao")[0], "moved two people to the counter, 5 min")
    await desk.wait(2 * DAY)

    await desk.say("Half hour queue at Castle Gate")

    assert await desk.events("incident.reopened") == []
    assert await desk.events("insight.raised") == []


async def monday_queues(desk: Desk, times: int) -> None:
    for number in range(times):
        await desk.wait_until(datetime(2026, 11, 2, 9, 10, tzinfo=UTC) + number * 7 * DAY)
        await desk.say("Queue at your Mill Lane branch is out of the door, 30 minutes")
        await desk.answer(desk.mails_to("carl.dunn")[-1], "opened another counter, 5 min")


async def test_a12_three_monday_queues_are_raised_to_the_branch_before_the_next_monday(desk: Desk) -> None:
    await monday_queues(desk, 3)
    orders = len(desk.mails_to("carl.dunn"))
    before = [data for _, data in await desk.events("insight.raised")]

    await desk.wait_until(datetime(2026, 11, 22, 23, 0, tzinfo=UTC))

    (notice,) = desk.mails_to("carl.dunn")[orders:]
    assert [(i["kind"], i["count"], i["branches"]) for i in before] == [("pattern", 3, ["mill-lane"])]
    assert datetime.fromisoformat(before[0]["next_at"]) == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert "Monday 23 November, 09:00" in notice.subject
    assert notice.text.count("\n- Monday") == 3
    assert "http" not in notice.text
    assert len(await desk.rows("select id from notify.insights where told_at is not null")) == 1


async def test_a12_a_notice_that_is_late_is_not_sent_after_its_day(desk: Desk) -> None:
    await monday_queues(desk, 3)
    orders = len(desk.mails_to("carl.dunn"))

    desk.clock.advance(9 * DAY)
    await desk.settle()

    assert len(desk.mails_to("carl.dunn")) == orders


async def test_a12_two_mondays_are_no_pattern_and_other_days_do_not_count(desk: Desk) -> None:
    await monday_queues(desk, 2)
    await desk.wait_until(datetime(2026, 11, 12, 9, 10, tzinfo=UTC))
    await desk.say("Queue at your Mill Lane branch is out of the door, 30 minutes")
    await desk.wait_until(datetime(2026, 11, 16, 15, 30, tzinfo=UTC))
    await desk.say("Queue at your Mill Lane branch is out of the door, 30 minutes")

    assert await desk.events("insight.raised") == []


async def test_a35_ten_complaints_about_outlets_in_a_month_are_an_opportunity(desk: Desk) -> None:
    places = ["High Street", "Mill Lane", "Castle Gate"]
    for number in range(10):
        await desk.say(f"Only two power outlets at your {places[number % 3]} branch, could not work there")
        await desk.wait(2 * DAY)

    found = [data for _, data in await desk.events("insight.raised") if data["kind"] == "opportunity"]
    (insight,) = found
    assert (insight["thing"], insight["count"]) == ("power_outlet", 10)
    assert insight["branches"] == ["castle-gate", "high-street", "mill-lane"]
    assert len(insight["mentions"]) == 10


async def test_a35_the_same_opportunity_is_not_said_twice_in_a_month(desk: Desk) -> None:
    for _ in range(14):
        await desk.say("Not a single socket at your High Street branch to charge my laptop")
        await desk.wait(DAY)

    kinds = [data["kind"] for _, data in await desk.events("insight.raised")]
    assert kinds.count("opportunity") == 1


async def test_a39_five_hundred_in_ten_minutes_are_one_incident_and_a_storm(desk: Desk) -> None:
    for minute in range(10):
        texts = [f"Queue at Castle Gate is out of the door, {minute * 50 + n} minutes of waiting" for n in range(50)]
        await desk.say_all(texts, channel=["x", "mastodon", "google"][minute % 3])
        await desk.wait(timedelta(minutes=1))

    opened = await desk.events("incident.opened")
    (storm,) = [data for _, data in await desk.events("incident.storm_started")]
    (statement,) = [data for _, data in await desk.events("incident.statement_proposed")]
    added = [data for _, data in await desk.events("incident.mention_added")]
    assert len(opened) == 1
    assert len(added) == 499
    assert storm["severity"] == "critical"
    assert (statement["topic"], statement["place_name"]) == ("wait_time", "Castle Gate")
    assert added[-1]["storm"] is True
    assert await desk.events("insight.raised") == []
    assert len(desk.mails_to("asha.rao")) == 1


@pytest.mark.parametrize("days", [2])
async def test_a39_twenty_a_day_are_a_normal_case(open_desk: OpenDesk, days: int) -> None:
    async with open_desk(escalation_seconds=86_400) as desk:
        for _ in range(20 * days):
            await desk.say("Queue at Castle Gate is out of the door, 20 minutes of waiting")
            await desk.wait(timedelta(minutes=72))

        assert await desk.events("incident.storm_started") == []
        assert {data["storm"] for _, data in await desk.events("incident.mention_added")} == {False}
