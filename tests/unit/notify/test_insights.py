"""Patterns, opportunities and whether fixes hold: pure figures on invented histories."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from contracts import Topic
from services.notify.holding import Episode, summarize
from services.notify.insights import Occurrence, Wish, find_opportunity, find_pattern, find_relapse
from tests.unit.notify.test_grouping import an_incident

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
MONDAY = datetime(2026, 10, 12, 8, 10, tzinfo=UTC)


def history(*moments: datetime) -> list[Occurrence]:
    return [Occurrence(uuid4(), moment) for moment in moments]


def test_three_mondays_in_four_weeks_are_a_pattern_with_its_next_time_on_the_wall_clock() -> None:
    moments = [MONDAY, MONDAY + 7 * DAY + timedelta(minutes=25), MONDAY + 14 * DAY + timedelta(hours=1, minutes=5)]
    latest = an_incident(Topic.WAIT_TIME, branch_id="camden", waiting_since=moments[-1])
    insight = find_pattern(latest, history(*moments), LONDON, moments[-1])
    assert insight is not None
    assert insight.count == 3
    # Summer time ended between: nine on the wall is nine in UTC now.
    assert insight.next_at == datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def test_the_same_morning_twice_is_one_day() -> None:
    moments = [MONDAY, MONDAY + timedelta(hours=1), MONDAY + 7 * DAY]
    latest = an_incident(Topic.WAIT_TIME, branch_id="camden", waiting_since=moments[-1])
    assert find_pattern(latest, history(*moments), LONDON, moments[-1]) is None


def test_mondays_in_three_months_are_no_pattern() -> None:
    moments = [MONDAY, MONDAY + 28 * DAY, MONDAY + 56 * DAY]
    latest = an_incident(Topic.WAIT_TIME, branch_id="camden", waiting_since=moments[-1])
    assert find_pattern(latest, history(*moments), LONDON, moments[-1]) is None


def test_a_process_has_no_weekday() -> None:
    moments = [MONDAY, MONDAY + 7 * DAY, MONDAY + 14 * DAY]
    latest = an_incident(Topic.SECURITY, process_id="calls", waiting_since=moments[-1])
    assert find_pattern(latest, history(*moments), UTC, moments[-1]) is None


def test_only_what_returned_is_a_relapse() -> None:
    assert find_relapse(an_incident(Topic.WAIT_TIME), MONDAY) is None
    assert find_relapse(an_incident(Topic.WAIT_TIME, returned=True), MONDAY) is not None


def test_nine_wishes_in_a_month_are_none_and_ten_are_an_opportunity() -> None:
    wishes = [Wish(uuid4(), f"b{n % 2}", Topic.FACILITIES, MONDAY - n * DAY) for n in range(10)]
    assert find_opportunity("harbour", "wifi", wishes[:9], MONDAY) is None
    insight = find_opportunity("harbour", "wifi", wishes, MONDAY)
    assert insight is not None
    assert insight.branches == ("b0", "b1")


def an_episode(number: int, at: datetime, **more: object) -> Episode:
    usual: dict[str, object] = {
        "id": UUID(int=number),
        "company": "harbour",
        "scope": "harbour|camden",
        "place_name": "Camden",
        "topic": "wait_time",
        "mentions": 7,
        "waiting_since": at,
        "reported_at": at + timedelta(minutes=10),
        "outcome": "fixed",
    }
    return Episode(**(usual | more))  # type: ignore[arg-type]  # a builder


def test_a_fix_that_came_back_did_not_hold_and_owes_a_root_cause() -> None:
    again = an_episode(2, MONDAY + timedelta(hours=1), returned=True, earlier_incident_id=UUID(int=1))
    (line,) = summarize([an_episode(1, MONDAY), again], MONDAY + 8 * DAY)
    assert (line.incidents, line.fixed, line.returned, line.owed) == (2, 2, 1, 1)
    assert line.recovery_rate == 0.5
    assert line.time_to_fix_seconds == 600


def test_mentions_before_and_after_a_fix_say_what_it_did() -> None:
    episodes = [an_episode(n, MONDAY + n * DAY, reported_at=None, outcome=None) for n in range(7)]
    (line,) = summarize([*episodes, an_episode(9, MONDAY + 7 * DAY)], MONDAY + 20 * DAY)
    assert line.rate_before is not None
    assert line.rate_before > 6
    assert line.rate_after == 0
    assert line.is_repeated


def test_too_soon_after_a_fix_nothing_is_said_about_it() -> None:
    (line,) = summarize([an_episode(1, MONDAY)], MONDAY + DAY)
    assert line.rate_after is None
