"""How strings are looked for in texts."""

import pytest

from deploy.rehearsal.words import claims, holds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The wait is now about 5 minutes.", "5 min"),
        ("We’re open from 04:00 tomorrow", "04:00"),
        ("THANK you for writing", "thank"),
        ("Two people\u00a0moved  to the counter", "two people moved"),
        ("It is 12.", "12"),
    ],
)
def test_a_string_is_found_whatever_its_case_spaces_and_quotes(text: str, words: str) -> None:
    assert holds(text, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The wait is now 15 minutes.", "5 min"),
        ("We open at 14:00", "4:00"),
        ("120 people", "12"),
        ("It costs 1.12", "12"),
        ("anything", ""),
    ],
)
def test_a_number_is_not_part_of_another_number(text: str, words: str) -> None:
    assert not holds(text, words)


@pytest.mark.parametrize(
    "text",
    [
        "It is fixed now.",
        "The team has fixed it; once more, our apologies.",
        "Once again you were right. It is fixed.",
    ],
)
def test_a_claim_is_a_claim(text: str) -> None:
    assert claims(text, "fixed")


@pytest.mark.parametrize(
    "text",
    [
        "We will tell you once it is fixed.",
        "As soon as this is fixed, you will hear from us.",
        "You will read here when the lift has been fixed",
        "We have a prefixed number",
        "It stays that way until it's fixed",
    ],
)
def test_a_condition_claims_nothing_and_neither_does_part_of_a_word(text: str) -> None:
    assert not claims(text, "fixed")


def test_conditions_are_known_in_other_languages() -> None:
    assert not claims("We laten het weten zodra het is opgelost", "opgelost")
    assert claims("Het is opgelost", "opgelost")
    assert not claims("Wir melden uns, sobald es behoben ist", "behoben")
