"""Opening hours: what is read, and what is left undecided."""

from datetime import UTC, datetime

import pytest

from services.notify.opening import Moment, is_open, local_moment, parse_hours, stated_moment
from services.notify.words import read

MONDAY, SATURDAY, SUNDAY = 0, 5, 6


def at(hour: int, minute: int = 0) -> int:
    return hour * 60 + minute


@pytest.mark.parametrize(
    ("hours", "day", "minute", "expected"),
    [
        ("Mo-Fr 09:30-16:30; Sa 09:30-13:00", MONDAY, at(12), True),
        ("Mo-Fr 09:30-16:30; Sa 09:30-13:00", SATURDAY, at(14), False),
        ("Mo-Fr 09:30-16:30; Sa 09:30-13:00", SUNDAY, None, False),
        ("Mo-Sa 08:00-12:00,14:00-18:00", MONDAY, at(13), False),
        ("Mo,We,Fr 10:00-15:00", MONDAY, at(11), True),
        ("24/7", SUNDAY, at(3), True),
        ("Fr-Mo 18:00-02:00", SUNDAY, at(1), True),
        ("Mo-Sa 06:00-00:00; Su off", SATURDAY, at(23, 30), True),
        ("Mo-Su 09:00-17:00; PH off", MONDAY, at(10), True),
        ("10:00-18:00", SUNDAY, at(10), True),
    ],
)
def test_a_branch_is_open_when_its_hours_say_so(hours: str, day: int, minute: int | None, expected: bool) -> None:
    week = parse_hours(hours)
    assert week is not None
    assert is_open(week, Moment(day, minute)) is expected


@pytest.mark.parametrize("hours", ["Apr-Oct Mo-Su 10:00-18:00", "by appointment", "Mo-Fr 9-5", "Mo-Fr sunrise-sunset"])
def test_hours_that_are_not_understood_decide_nothing(hours: str) -> None:
    assert parse_hours(hours) is None


def test_people_stand_at_the_door_some_minutes_before_and_after() -> None:
    week = parse_hours("Mo 09:30-16:30")
    assert week is not None
    assert is_open(week, Moment(MONDAY, at(9, 21)))
    assert not is_open(week, Moment(MONDAY, at(9, 15)))


def test_a_moment_is_read_on_the_branchs_own_clock() -> None:
    noon = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
    assert local_moment(noon, "Australia/Perth") == Moment(MONDAY, at(20))


@pytest.mark.parametrize(
    ("text", "day", "minute"),
    [
        ("Saturday 11am, one window", SATURDAY, at(11)),
        ("Samstag 16 Uhr, Schlange", SATURDAY, at(16)),
        ("domingo, nadie", SUNDAY, None),
        ("9:15 and nobody here", None, at(9, 15)),
        ("fermé à 17h sans un mot", None, at(17)),
        ("you charged me $6.50 for 1h10 of waiting", None, None),
        ("Saturday or Sunday, always the same", None, None),
    ],
)
def test_a_text_gives_a_day_and_a_time(text: str, day: int | None, minute: int | None) -> None:
    assert stated_moment(text, [token.word for token in read(text)]) == (day, minute)
