"""Who is given something: everybody of an incident alike, nobody twice, never beyond a cap."""

from dataclasses import replace

import pytest

from contracts import Decision, Legitimacy, LoopOutcome, Severity, Topic
from services.respond.conversations import History, Said, Turn, turn_of
from services.respond.goodwill import Answer, Claim, CouponFile, Gift, GoodwillRefused, answer_claim, load_goodwill
from tests.builders import NOON, an_assessment

GIFT = Gift(gift={"en": "a coffee"}, value=4, currency="GBP", customers_per_incident_max=12, budget_30_days=100)
CLAIM = Claim(
    outcome=LoopOutcome.CANNOT_FIX,
    legitimacy=Legitimacy.LEGITIMATE,
    topic=Topic.WAIT_TIME,
    language="en",
    in_incident=0,
    mentions=12,
    to_author=0,
    spent=0,
)


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, Answer.GRANT),
        ({"outcome": LoopOutcome.FIXED}, Answer.GRANT),
        ({"outcome": LoopOutcome.NOT_OBSERVED}, Answer.NOTHING),
        ({"legitimacy": Legitimacy.HATER}, Answer.NOTHING),
        ({"language": "nl"}, Answer.NOTHING),
        ({"to_author": 1}, Answer.ASK_PERSON),
        ({"mentions": 13}, Answer.ASK_PERSON),
        ({"spent": 60}, Answer.ASK_PERSON),
        ({"spent": 60, "in_incident": 5}, Answer.GRANT),
    ],
)
def test_a_gift_is_for_all_of_an_incident_or_for_a_person_to_decide(changes: dict[str, object], answer: Answer) -> None:
    assert answer_claim(GIFT, replace(CLAIM, **changes)) is answer  # type: ignore[arg-type]  # fields of the claim


def test_no_code_is_given_twice_and_an_empty_file_gives_none() -> None:
    codes = CouponFile({"harbour": ("A", "B")})
    assert codes.next_code("harbour", set()) == "A"
    assert codes.next_code("harbour", {"A"}) == "B"
    assert codes.next_code("harbour", {"A", "B"}) is None


@pytest.mark.parametrize("text", ["companies: {a: {gift: {}}}", "companies: [", "companies: {a: {colour: red}}"])
def test_a_wrong_goodwill_file_is_refused_and_named(text: str) -> None:
    with pytest.raises(GoodwillRefused, match=r"gifts\.yaml"):
        load_goodwill(text, "gifts.yaml")


ROUNDS = tuple(Said("useless", (Topic.WAIT_TIME,), answered=True) for _ in range(3))


@pytest.mark.parametrize(
    ("anger", "text", "rounds", "turn"),
    [
        (3, "useless again", ROUNDS, Turn.WALK_AWAY),
        (1, "useless again", ROUNDS, Turn.GO_ON),
        (3, "useless again", ROUNDS[:2], Turn.GO_ON),
        (3, "useless, and it is 45 minutes now", ROUNDS, Turn.GO_ON),
    ],
)
def test_walking_away_takes_three_rounds_hostility_and_nothing_new(
    anger: int, text: str, rounds: tuple[Said, ...], turn: Turn
) -> None:
    assert turn_of(Decision.RESPOND, text, an_assessment(anger=anger), History(rounds), NOON) is turn


def test_nobody_walks_away_from_harm() -> None:
    hurt = an_assessment(anger=3, severity=Severity.CRITICAL)
    assert turn_of(Decision.RESPOND, "useless again", hurt, History(ROUNDS), NOON) is Turn.GO_ON
