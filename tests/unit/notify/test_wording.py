"""What staff read: every language says everything that English says, and a work order stays three short lines."""

import re
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import FixAction, LoopOutcome, OwnerRole, Topic
from services.notify.adapters import harmless
from services.notify.answering import Action, Effect
from services.notify.hearing import MEANINGS, OTHERWISE, pick_from, takes_back
from services.notify.incidents import Incident, Report
from services.notify.orders import DONE, HEADLINES, SUGGESTIONS, Facts, describe, suggest, understood
from services.notify.pacing import Pace, slot_of
from services.notify.views import COMPOSERS
from services.notify.wording import (
    DONE_IN,
    HEADLINES_IN,
    HELPS_IN,
    LANGUAGE_OF_COUNTRY,
    PAGE,
    WEEKDAYS,
    WORDS,
    language_known,
)
from tests.builders import NOON
from tests.unit.notify.places import a_directory

LANGUAGES = sorted(WORDS)
_PLACE = re.compile(r"\{\w*\}")


def an_incident(**changes: object) -> Incident:
    usual: dict[str, object] = {
        "id": "00000000-0000-0000-0000-000000000001",
        "company": "harbour",
        "dedup_key": "k",
        "topic": Topic.WAIT_TIME,
        "severity": "minor",
        "place_name": "Camden High Street",
        "owner_role": OwnerRole.MANAGER,
        "channel": "x",
        "kind": "complaint",
        "waiting_since": NOON,
        "last_mention_at": NOON,
        "opened_at": NOON,
    }
    return Incident.model_validate(usual | changes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_what_english_says_with_the_same_places_to_fill(language: str) -> None:
    for table in (WORDS, PAGE):
        assert set(table[language]) == set(table["en"])
        for key, words in table["en"].items():
            assert sorted(_PLACE.findall(table[language][key])) == sorted(_PLACE.findall(words)), key
    assert len(WEEKDAYS[language]) == 7


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_topic_and_fix_has_its_words(language: str) -> None:
    assert set(HEADLINES_IN[language]) == set(HELPS_IN[language]) == set(HEADLINES)
    assert set(DONE_IN[language]) == set(DONE) == set(FixAction)
    for topic in Topic:
        assert [s.code for s in suggest(topic, language)] == [s.code for s in SUGGESTIONS[topic]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", Topic)
def test_the_three_lines_fit_a_phones_first_screen(language: str, topic: Topic) -> None:
    order = describe(an_incident(topic=topic), Facts(12, ("a quote",)), UTC, NOON + timedelta(days=1), language)

    lines = (order.headline, order.facts, order.helps)
    assert not any("\n" in line for line in lines)
    assert sum(len(line) for line in lines) <= 300


def test_a_language_we_do_not_have_is_english() -> None:
    assert [language_known(wanted) for wanted in ("pl", None, "NL", "de-AT", "")] == ["en", "en", "nl", "de", "en"]
    assert set(LANGUAGE_OF_COUNTRY.values()) <= set(WORDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", LoopOutcome)
def test_every_report_is_repeated_as_it_was_understood(language: str, outcome: LoopOutcome) -> None:
    said = Report(
        outcome=outcome,
        action=FixAction.CLEANED,
        wait_min=5,
        role=OwnerRole.MANAGER,
        reported_at=NOON,
        due_at=NOON,
    )
    words = understood(said, language)
    assert ("5" in words) == (outcome is LoopOutcome.FIXED)
    assert "over" in understood(said.model_copy(update={"wait_min": 0})) or outcome is not LoopOutcome.FIXED


def test_every_answer_is_answered_in_words_we_have() -> None:
    assert set(OTHERWISE) == set(Effect)
    assert {key for _, key in MEANINGS.items()} | set(OTHERWISE.values()) - {"heard_state"} <= set(WORDS["en"])
    assert {action for action, _ in MEANINGS} <= set(Action)
    assert set(COMPOSERS) == {"order", "bundle", "heard"}


@pytest.mark.parametrize("text", ["undo", "Undo!", "ongedaan maken", "Rückgängig.", "annuler", "deshacer"])
def test_taking_back_is_understood_in_every_language(text: str) -> None:
    assert takes_back(text)


@pytest.mark.parametrize("text", ["do not undo the queue rope", "done, 5 min", ""])
def test_other_words_take_nothing_back(text: str) -> None:
    assert not takes_back(text)


@pytest.mark.parametrize(
    ("text", "branch"),
    [
        ("1", "york-parliament"),
        ("2.", "york-acomb"),
        ("Acomb", "york-acomb"),
        ("parliament street please", "york-parliament"),
        ("3", None),
        ("0", None),
        ("²", None),
        ("Acomb or Parliament Street", None),
        ("no idea", None),
    ],
)
def test_a_branch_is_picked_by_number_or_name_and_never_guessed(text: str, branch: str | None) -> None:
    branches = [branch for branch in a_directory().branches if branch.city == "York"]
    found = pick_from(text, branches)
    assert (found.id if found else None) == branch


@given(st.integers(0, 20), st.integers(0, 100_000))
def test_what_is_too_much_leaves_at_the_end_of_the_window_and_never_before_it_is_due(recent: int, seconds: int) -> None:
    pace, due_at = Pace(5, timedelta(minutes=15)), NOON + timedelta(seconds=seconds)

    slot = slot_of("email", "mia@harbour.example", due_at, recent, pace)

    assert (slot.bundle is None) == (recent < 5)
    assert due_at <= slot.due_at <= due_at + pace.window
    assert "mia" not in (slot.bundle or "")


def test_what_chats_take_for_markup_or_a_call_to_everybody_is_harmless() -> None:
    assert not set(harmless("<!channel> *x* `y` ~z~ <@U1> a|b")) & set("<>*`~|")
