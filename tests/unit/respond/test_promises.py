"""Promises are found with the time they are due."""

from datetime import UTC, datetime, timedelta

import pytest

from services.respond.promises import promises_in

WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("We will call you within two hours.", WEDNESDAY + timedelta(hours=2)),
        ("We'll write by Friday noon.", datetime(2026, 11, 27, 12, 0, tzinfo=UTC)),
        ("Jo rings you at half past, by 4 pm.", datetime(2026, 11, 25, 16, 0, tzinfo=UTC)),
        ("The plumber comes tomorrow at 9.", datetime(2026, 11, 26, 9, 0, tzinfo=UTC)),
        ("You will have it on Monday.", datetime(2026, 11, 30, 23, 59, tzinfo=UTC)),
        ("Someone will ring tonight.", datetime(2026, 11, 25, 23, 59, tzinfo=UTC)),
        ("We promise an answer within the hour.", WEDNESDAY + timedelta(hours=1)),
        ("We will repair it by the end of the week.", datetime(2026, 11, 29, 23, 59, tzinfo=UTC)),
    ],
)
def test_a_promise_has_the_time_it_is_due(text: str, due: datetime) -> None:
    (promise,) = promises_in(text, WEDNESDAY)
    assert promise.due_at == due


def test_a_promise_without_a_time_is_found_and_has_none() -> None:
    (promise,) = promises_in("Sorry. We will look into it.", WEDNESDAY)
    assert promise.due_at is None
    assert not promise.timed


@pytest.mark.parametrize("text", ["Sorry about the wait.", "We opened at 9 on Monday.", "That will never do."])
def test_what_promises_nothing_is_none(text: str) -> None:
    assert promises_in(text, WEDNESDAY) == ()
