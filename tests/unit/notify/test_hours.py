"""Quiet hours and opening hours: read as OpenStreetMap writes them, at the wall clock of the place."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notify.hours import CLOSED, HoursMalformed, parse_hours, quiet_until, read_opening

LONDON = ZoneInfo("Europe/London")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OPENING = "Mo-Fr 09:30-16:30; Sa 10:00-13:00; PH off"


def at(text: str) -> datetime:
    """In November 2026: the 16th is a Monday; London is at UTC."""
    return datetime.fromisoformat(f"2026-11-{text}:00+00:00")


@pytest.mark.parametrize(
    ("quiet", "asked", "may"),
    [
        (None, "16T03:00", "16T03:00"),
        ("22:00-07:00", "16T12:00", "16T12:00"),
        ("22:00-07:00", "16T22:00", "17T07:00"),
        ("22:00-07:00", "16T03:00", "16T07:00"),
        ("22:00-07:00", "16T07:00", "16T07:00"),
        ("Mo-Fr 18:00-08:00; Sa-Su 00:00-24:00", "20T19:00", "23T00:00"),
        ("Fr 18:00-24:00; Sa,Su 00:00-24:00; Mo 00:00-08:00", "20T19:00", "23T08:00"),
        (CLOSED, "16T12:00", "16T12:00"),
        (CLOSED, "16T18:00", "17T09:30"),
        (CLOSED, "21T14:00", "23T09:30"),
        (CLOSED, "21T09:00", "21T10:00"),
    ],
)
def test_somebody_may_be_asked_when_their_quiet_hours_are_over(quiet: str | None, asked: str, may: str) -> None:
    assert quiet_until(quiet, OPENING, at(asked), LONDON) == at(may)


def test_quiet_hours_are_those_on_the_wall_of_the_place() -> None:
    assert quiet_until("22:00-07:00", None, at("16T21:30"), AMSTERDAM) == at("17T06:00")


def test_a_change_of_clocks_moves_them_with_the_wall() -> None:
    before = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    assert quiet_until("22:00-07:00", None, before, LONDON) == datetime(2026, 10, 25, 7, 0, tzinfo=UTC)


def test_quiet_without_an_end_is_asked_within_a_week() -> None:
    assert quiet_until("00:00-24:00", None, at("16T12:00"), LONDON) <= at("16T12:00") + timedelta(days=7)


@pytest.mark.parametrize("opening", [None, "sunrise-sunset", "Apr-Oct Mo 10:00-12:00", "off"])
def test_a_branch_whose_opening_hours_are_unknown_is_never_quiet(opening: str | None) -> None:
    assert quiet_until(CLOSED, opening, at("16T03:00"), LONDON) == at("16T03:00")


def test_a_later_rule_replaces_an_earlier_one_and_breaks_are_closed() -> None:
    hours = parse_hours("Mo-Su 09:00-12:00,13:00-17:00; We 10:00-11:00")
    held = [hours.holds(at(f"{day}T{time}"), LONDON) for day, time in ((16, "12:30"), (16, "13:30"), (18, "09:30"))]
    assert held == [False, True, False]


def test_round_the_clock_is_always() -> None:
    assert parse_hours("24/7").holds(at("16T03:00"), LONDON)


@pytest.mark.parametrize("text", ["", "always", "25:00-26:00", "22:00", "Mo-Fr", "Xx 10:00-11:00", "10:99-11:00"])
def test_hours_that_cannot_be_read_are_refused(text: str) -> None:
    if not text:
        assert not parse_hours(text).holds(at("16T03:00"), LONDON)
        return
    with pytest.raises(HoursMalformed):
        parse_hours(text)
    assert read_opening(text) is None
