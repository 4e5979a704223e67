"""What is posted as an answer is read or refused, and nothing else."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chassis.http import Problem
from services.notify.answering import Action
from services.notify.hearing import Outcome
from services.notify.hooks import REFUSALS, read_answer

TOKEN = "a" * 44


def a_body(**data: object) -> bytes:
    return json.dumps({"type": "amends.work_order.answered.v1", "data": {"answer_token": TOKEN} | data}).encode()


def test_words_are_a_report_and_buttons_have_their_names() -> None:
    assert read_answer(a_body(text="done, 5 min")).data.action is Action.REPORT
    assert {read_answer(a_body(action=action.value)).data.action for action in Action} == set(Action)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[" * 100_000, 400),
        (b"\xff\xfe", 400),
        (b"{}", 422),
        (b"null", 422),
        (a_body(action="delete"), 422),
        (a_body(text="x" * 2_001), 422),
        (a_body(answer_token="x" * 200), 422),
        (json.dumps({"type": "amends.work_order.v1", "data": {}}).encode(), 422),
    ],
)
def test_what_is_no_answer_is_refused_with_its_status(body: bytes, status: int) -> None:
    with pytest.raises(Problem) as refused:
        read_answer(body)
    assert refused.value.status == status


@given(st.binary(max_size=500) | st.recursive(st.none() | st.text(), st.lists).map(lambda v: json.dumps(v).encode()))
@example(b'{"type": "amends.work_order.answered.v1", "data": {"answer_token": "\\ud800", "text": "\\ud800"}}')
def test_no_bytes_make_reading_fail_otherwise(body: bytes) -> None:
    try:
        read_answer(body)
    except Problem as refused:
        assert refused.status in {400, 422}  # noqa: PT017  # whatever hypothesis finds, and nothing else


def test_what_answers_nothing_is_refused_and_what_was_done_is_not() -> None:
    assert set(REFUSALS) & {Outcome.CHANGED, Outcome.UNCHANGED, Outcome.UNCLEAR} == set()
