"""Tokens: what a model counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classify.text import folded, grams, tokens


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Don’t!! STOP", ["don't", "!!", "stop"]),
        ("soooo slow", ["soo", "slow"]),
        (
            "@bank £4.50 at 10:30, see https://x.example/y",
            ["<handle>", "<money>", "at", "<time>", ",", "see", "<link>"],
        ),
        ("#fail 40 mins 😡👍🏽", ["fail", "<number>", "mins", "em:pouting face", "em:thumbs up sign"]),
        ("", []),
    ],
)
def test_words_marks_and_stand_ins_come_in_order(text: str, found: list[str]) -> None:
    assert tokens(text) == found


def test_shouting_is_said_in_front() -> None:
    assert tokens("THE QUEUE IS OUT OF THE DOOR")[0] == "<caps>"
    assert tokens("OK then, see you at the USA desk tomorrow")[0] != "<caps>"


def test_pairs_know_where_a_text_begins_and_ends() -> None:
    assert grams(["no", "ramp"]) == ["no", "ramp", "<start> no", "no ramp", "ramp <end>"]


@given(st.text())
def test_any_text_has_tokens_and_keeps_its_length_when_folded(text: str) -> None:
    assert all(tokens(text))
    assert len(folded(text)) == len(text)
