"""What no text of ours may hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import Kind, LoopOutcome, Topic
from services.respond.facts import Facts, Fix
from services.respond.gates import Grounds, check
from services.respond.recent import Recent, plain

NOTHING_HAPPENED = Facts(kind=Kind.COMPLAINT, topic=Topic.WAIT_TIME, matter="the wait")
TOLD = Facts(kind=Kind.COMPLAINT, topic=Topic.WAIT_TIME, matter="the wait", told="the manager", branch="High Street")
FIXED = Facts(
    kind=Kind.COMPLAINT,
    topic=Topic.WAIT_TIME,
    matter="the wait",
    told="the manager",
    fix=Fix("moved staff", 5),
    outcome=LoopOutcome.FIXED,
)


def codes(text: str, facts: Facts = NOTHING_HAPPENED) -> set[str]:
    return {finding.code for finding in check(text, Grounds(facts))}


@pytest.mark.parametrize(
    "text",
    [
        "We are sorry. The manager has been told.",
        "We've informed the branch, thank you.",
        "Our manager knows about it.",
        "We have asked the team to look.",
    ],
)
def test_nobody_is_said_to_be_told_before_the_work_order_arrived(text: str) -> None:
    assert "claims_told" in codes(text)
    assert "claims_told" not in codes(text, TOLD)


@pytest.mark.parametrize(
    "text",
    [
        "It is fixed now.",
        "The branch has moved staff to the counters.",
        "The wait should now be about 5 minutes.",
        "We have repaired the door.",
        "The lift is working again.",
    ],
)
def test_nothing_is_said_to_be_fixed_before_the_owner_confirmed_it(text: str) -> None:
    assert "claims_fixed" in codes(text, TOLD)
    assert "claims_fixed" not in codes(text, FIXED)


@pytest.mark.parametrize("text", ["We will call you.", "It'll be better by Friday.", "Within two hours you hear more."])
def test_nothing_is_promised_without_a_policy_behind_it(text: str) -> None:
    assert "promise" in codes(text)


@pytest.mark.parametrize(
    "text",
    ["Sorry! How can we help?", "Please DM us.", "Let us know how we can make this right", "Do reach out!"],
)
def test_no_generic_offer_of_help_when_the_problem_is_stated(text: str) -> None:
    assert "asks_generic_help" in codes(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("That is not true.", "defensive_denial"),
        ("Actually, our records say otherwise.", "defensive_denial"),
        ("You should have come earlier.", "defensive_blame_customer"),
        ("Our courier was at fault.", "defensive_blame_third_party"),
        ("As per our policy, no refunds.", "defensive_policy_shield"),
        ("Few outlets by design.", "defensive_policy_shield"),
        ("This was due to unforeseen circumstances.", "defensive_excuse"),
        ("Sorry for any inconvenience.", "defensive_minimising"),
        ("Sorry you feel that way.", "defensive_minimising"),
    ],
)
def test_a_defensive_phrase_is_named_with_its_kind(text: str, code: str) -> None:
    assert code in codes(text)


def test_a_finding_says_where() -> None:
    text = "Thank you. As per our policy, no."
    (finding,) = check(text, Grounds(NOTHING_HAPPENED))
    assert text[finding.start : finding.end] == "As per our policy"


def test_an_honest_and_kind_text_passes() -> None:
    assert codes("We are sorry about the wait: 40 minutes is far too long. Thank you for pointing it out.") == set()


def test_after_the_outcome_nothing_more_is_asked() -> None:
    assert "asks_after_the_outcome" in codes("The branch has moved staff. Is it better?", FIXED)


def test_what_is_too_long_for_the_channel_is_refused_and_never_cut() -> None:
    found = check("Sorry. " * 50, Grounds(NOTHING_HAPPENED, length_max=280))
    assert [finding.code for finding in found] == ["too_long"]


def test_an_empty_text_is_refused() -> None:
    assert codes("  ") == {"empty"}


def test_nearly_the_same_text_is_refused_whatever_the_names_and_numbers() -> None:
    said = plain("Sorry about the wait. High Street has moved two people, it is 5 minutes now.")
    again = "Sorry about the wait. Canary Wharf has moved two people, it is 12 minutes now."
    assert Recent([said]).has_like(again)
    assert not Recent([said]).has_like("Thank you for writing; it helps the next customer in line.")


@given(st.text(max_size=500))
def test_any_text_is_checked_without_an_error_and_every_span_lies_in_it(text: str) -> None:
    for finding in check(text, Grounds(NOTHING_HAPPENED, 280, Recent(["x"]))):
        assert (finding.start or 0) <= (finding.end or 0) <= len(text)


UNKNOWN_ANSWER = Facts(kind=Kind.QUESTION, topic=Topic.OPENING_HOURS, matter="it")
KNOWN_ANSWER = replace(UNKNOWN_ANSWER, answer="The Camden branch is open tomorrow from 09:30 to 17:00.")


@pytest.mark.parametrize(
    ("facts", "text", "codes"),
    [
        (KNOWN_ANSWER, "The Camden branch is open tomorrow from 09:30 to 17:00. Anything else? We're here.", set()),
        (KNOWN_ANSWER, "Open 09:30 to 17:00 tomorrow at the Camden branch. Anything else we can help with?", set()),
        (UNKNOWN_ANSWER, "Yes, move the playlist under Settings, Plan, Members. Anything else, we are here!", set()),
        (KNOWN_ANSWER, "Thanks for asking! If anything else comes up, just write.", {"open_door_without_answer"}),
        (UNKNOWN_ANSWER, "Hi! Thanks for getting in touch. We are here for you.", {"open_door_without_answer"}),
        (UNKNOWN_ANSWER, "Great question! How can we help?", {"open_door_without_answer", "asks_generic_help"}),
    ],
)
def test_a_door_is_open_after_an_answer_and_never_instead_of_one(facts: Facts, text: str, codes: set[str]) -> None:
    found = {finding.code for finding in check(text, Grounds(facts))}
    assert {code for code in found if code.startswith(("asks_", "open_door_"))} == codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Change your review and we send a voucher.", "goodwill_for_review"),
        ("You have been a customer of ours since 2019.", "private_customer"),
        ("Account number 4471 9920 18 is settled.", "private_data"),
        ("Hello {{ name }}, sorry.", "injection_template"),
        ("As an AI language model I am sorry.", "injection_machine"),
        ("Sorry\u202e about that.", "injection_hidden"),
        ("See https://example.org/help", "link"),
        ("Sorry, see bit.ly/abc", "link"),
    ],
)
def test_what_must_not_be_public_is_named(text: str, code: str) -> None:
    assert code in codes(text)


def test_what_is_known_is_not_asked_and_nothing_is_asked_twice() -> None:
    known = Facts(kind=Kind.COMPLAINT, topic=Topic.WAIT_TIME, matter="the wait", place_known=True)
    question = "Sorry about the wait. Which branch was it?"
    assert "asks_known_place" in codes(question, known)
    assert "asks_known_place" not in codes(question)
    assert "asks_again" in {finding.code for finding in check(question, Grounds(NOTHING_HAPPENED, asked=True))}


def test_a_promise_that_a_policy_backs_may_be_made() -> None:
    now = datetime(2026, 11, 25, 10, tzinfo=UTC)
    grounds = Grounds(NOTHING_HAPPENED, promise_max=timedelta(hours=72), now=now)

    def found(text: str) -> set[str]:
        return {finding.code for finding in check(text, grounds)}

    assert found("Sorry about the wait. We will write to you within two days.") == set()
    assert "promise" in found("We will write to you within two weeks.")
    assert "promise_without_time" in found("We will write to you.")


def test_a_complaint_is_answered_with_something_of_it_and_something_of_ours() -> None:
    mention = "The lift at Ealing has been broken for nine days"

    def found(text: str) -> set[str]:
        return {finding.code for finding in check(text, Grounds(NOTHING_HAPPENED, mention=mention))}

    assert "not_specific_to_the_mention" in found("So sorry to hear. That is bad.")
    assert not found("Sorry about the broken lift. We are passing it on.") & {
        "not_specific_to_the_mention",
        "no_action_or_time",
    }
    assert "no_action_or_time" in found("Sorry about the broken lift.")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Het spijt ons, maar dat klopt niet: er was geen rij.", "denial"),
        ("U had eerder kunnen bellen.", "blame_customer"),
        ("Volgens onze voorwaarden kan dat niet.", "policy_shield"),
        ("Het lag buiten onze macht.", "excuse"),
        ("Sorry voor eventueel ongemak.", "minimising"),
    ],
)
def test_dutch_is_held_against_phrases_only(text: str, kind: str) -> None:
    dutch = replace(NOTHING_HAPPENED, language="nl")
    assert {finding.code for finding in check(text, Grounds(dutch))} == {f"defensive_{kind}"}
    kind_words = "Wat vervelend dat u zo lang in de rij stond. Het is doorgegeven aan de balie. Bedankt dat u het zei."
    assert check(kind_words, Grounds(dutch)) == ()
