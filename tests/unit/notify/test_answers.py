"""What owners' short answers are taken for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.answers import AnswerStatus, parse_answer
from tests.servers import ROOT

DATA = ROOT.parent / "shared" / "data" / "answers" / "answers_dev.jsonl"

FIXED = [
    ("done 5 min", 5),
    ("moved two people to the counter, 5 min", 5),
    ("Opened another till. Wait is about 10 minutes now", 10),
    ("sorted, 5-8 mins", 8),
    ("split the queue in two, quarter of them gone, 12 min", 12),
    ("all fixed", None),
    ("erledigt, 10 Minuten", 10),
]


@pytest.mark.parametrize(("text", "wait_min"), FIXED)
def test_a_measure_that_was_taken_is_a_fix_with_its_effect(text: str, wait_min: int | None) -> None:
    answer = parse_answer(text)
    assert (answer.status, answer.wait_min) == (AnswerStatus.FIXED, wait_min)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("on it", AnswerStatus.IN_PROGRESS),
        ("not fixed yet", AnswerStatus.IN_PROGRESS),
        ("engineer on his way, 30 min", AnswerStatus.IN_PROGRESS),
        ("I'll open a second desk", AnswerStatus.IN_PROGRESS),
        ("no queue now", AnswerStatus.NOT_OBSERVED),
        ("nothing here, all quiet", AnswerStatus.NOT_OBSERVED),
        ("can't see any problem", AnswerStatus.NOT_OBSERVED),
        ("cannot, till broken until Tuesday", AnswerStatus.CANNOT_FIX),
        ("impossible today, nobody else on shift", AnswerStatus.CANNOT_FIX),
        ("that's not our branch", AnswerStatus.WRONG_BRANCH),
        ("please forward to Acomb", AnswerStatus.WRONG_BRANCH),
        ("ok", AnswerStatus.UNCLEAR),
        ("7 mins", AnswerStatus.UNCLEAR),
        ("?", AnswerStatus.UNCLEAR),
        ("", AnswerStatus.UNCLEAR),
        ("fixed?", AnswerStatus.UNCLEAR),
        ("well well", AnswerStatus.UNCLEAR),
        ("Automatic reply: I am on annual leave, all done until 7 December", AnswerStatus.UNCLEAR),
    ],
)
def test_an_answer_is_understood(text: str, status: AnswerStatus) -> None:
    assert parse_answer(text).status is status


def test_a_time_ahead_is_when_it_will_be_done_and_no_wait_of_customers() -> None:
    answer = parse_answer("engineer on his way, 30 min")
    assert (answer.wait_min, answer.eta_min) == (None, 30)


def test_a_day_is_kept_in_the_owners_words() -> None:
    assert parse_answer("cannot, till broken until Tuesday").eta_text == "until tuesday"


@pytest.mark.parametrize(
    ("text", "action", "phrase"),
    [
        ("moved two people to the counter, 5 min", "staff_reshuffled", "moved two people to the counter"),
        ("Repaired the card reader", "repaired", "repaired the card reader"),
        ("cleaned the whole floor myself", "cleaned", "cleaned the whole floor"),
        ("split quick/complex, 8 min", "queue_split", None),
        ("done", None, None),
    ],
)
def test_the_measure_is_named_in_a_code_and_in_words_customers_may_read(
    text: str, action: str | None, phrase: str | None
) -> None:
    answer = parse_answer(text)
    assert (answer.action, answer.action_phrase) == (action, phrase)


@pytest.mark.parametrize("text", ["all good now, put Kev on the quick queue", "moved Sam and Jo to the floor, 6 min"])
def test_names_of_colleagues_are_not_told_to_customers(text: str) -> None:
    assert parse_answer(text).action_phrase is None


def test_what_was_forwarded_below_is_not_read() -> None:
    text = "on it\n---------- Forwarded message\nall fixed, 5 min"
    assert parse_answer(text).status is AnswerStatus.IN_PROGRESS


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    parse_answer(text)


@pytest.mark.skipif(not DATA.is_file(), reason="the answers to measure on are not here")
def test_on_answers_written_by_others_nine_in_ten_are_understood_and_none_is_wrongly_called_fixed() -> None:
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    pairs = [(parse_answer(row["text"]).status.value, row["expected"]["status"]) for row in rows]
    assert sum(found == expected for found, expected in pairs) / len(pairs) >= 0.9
    assert [pair for pair in pairs if pair[0] == "fixed" != pair[1]] == []
