"""What a reply may rest on."""

from datetime import timedelta

import pytest

from contracts import FixAction, LoopOutcome, OwnerRole, Topic
from services.respond.app import read_playbooks
from services.respond.cases import Case, due_reply
from services.respond.facts import Told, find_detail, gather
from services.respond.settings import HERE
from services.respond.slots import missing_slots
from services.respond.words import language_of
from tests.builders import a_mention, an_assessment

WORDS = read_playbooks(HERE / "playbooks").words


@pytest.mark.parametrize("language", WORDS)
def test_every_topic_action_and_role_has_words(language: str) -> None:
    assert set(WORDS[language].matter) == set(Topic)
    assert set(WORDS[language].done) == set(FixAction)
    assert set(WORDS[language].tellers) == set(OwnerRole)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("40 min and counting", "40 minutes"),
        ("waited 1 hour", "1 hour"),
        ("3 weeks without a reply", "3 weeks"),
        ("45+ minutes", "45 minutes"),
        ("my order 4471 is late", None),
        ("", None),
    ],
)
def test_the_time_a_customer_states_is_found(text: str, detail: str | None) -> None:
    assert find_detail(text, WORDS["en"]) == detail


def test_without_an_incident_nobody_was_told_and_nothing_fixed() -> None:
    facts = gather(a_mention(text="so slow"), an_assessment(), None, WORDS)
    assert (facts.told, facts.fix, facts.outcome, facts.where) == (None, None, None, None)


def test_a_fix_is_told_in_the_owners_words_or_in_those_of_its_kind() -> None:
    told = Told(outcome=LoopOutcome.FIXED, action=FixAction.CLEANED)
    facts = gather(a_mention(), an_assessment(), told, WORDS)
    assert facts.fix is not None
    assert facts.fix.done == "cleaned it"
    own = gather(a_mention(), an_assessment(), Told(outcome=LoopOutcome.FIXED, action_phrase="mopped the floor"), WORDS)
    assert own.fix is not None
    assert own.fix.done == "mopped the floor"


@pytest.mark.parametrize(
    ("phrase", "language"),
    [
        ("moved two people to the counter", "en"),
        ("opened the second till", "en"),
        ("twee extra mensen", "nl"),
        ("extra kassa geopend", "nl"),
        ("extra collega achter de balie", "nl"),
        ("zwei Leute an die Kasse gestellt", None),
        ("deux caisses ouvertes", None),
    ],
)
def test_a_colleagues_few_words_are_told_apart_by_language(phrase: str, language: str | None) -> None:
    assert language_of(phrase, WORDS) == language


@pytest.mark.parametrize(
    ("language", "phrase", "said"),
    [
        ("nl", "twee extra mensen", "twee extra mensen"),
        ("nl", "moved two people to the counter", WORDS["nl"].done[FixAction.STAFF_RESHUFFLED]),
        ("en", "twee extra mensen", WORDS["en"].done[FixAction.STAFF_RESHUFFLED]),
    ],
)
def test_an_owners_words_are_told_only_to_those_who_speak_their_language(language: str, phrase: str, said: str) -> None:
    told = Told(outcome=LoopOutcome.FIXED, action=FixAction.STAFF_RESHUFFLED, action_phrase=phrase, wait_min=10)
    facts = gather(a_mention(), an_assessment(language=language), told, WORDS)
    assert facts.fix is not None
    assert facts.fix.done == said
    assert "10" in str(facts.fix.wait)


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "under"), (5, "5 minutes"), (60, "hour"), (90, "90 min"), (120, "2 h")]
)
def test_a_wait_is_told_as_it_was_reported(minutes: int, said: str) -> None:
    assert said in str(WORDS["en"].tell_wait(minutes))


@pytest.mark.parametrize(("language", "said"), [("en", "about 12 minutes"), ("nl", "ongeveer 12 minuten")])
def test_who_reported_something_that_had_passed_is_told_when_somebody_looked(language: str, said: str) -> None:
    looked = a_mention().waiting_since + timedelta(minutes=12)
    told = Told(outcome=LoopOutcome.NOT_OBSERVED, outcome_at=looked)
    assert gather(a_mention(), an_assessment(language=language), told, WORDS).checked == said


@pytest.mark.parametrize(
    ("texts", "missing"),
    [
        (("You charged me twice",), ("order_number", "date", "amount")),
        (("Charged £40 twice on 3 May",), ("order_number",)),
        (("Charged £40 twice", "it was on 12/05, booking ref XK44210"), ()),
        (("Twee keer 40 euro afgeschreven, gisteren",), ("order_number",)),
        (("Order no. 4471-22, never arrived",), ("date", "amount")),
    ],
)
def test_only_what_the_customer_has_not_said_is_missing(texts: tuple[str, ...], missing: tuple[str, ...]) -> None:
    assert missing_slots(("order_number", "date", "amount"), texts, branch_known=False) == missing


def test_the_branch_is_never_asked_for_once_it_is_known() -> None:
    assert missing_slots(("branch", "date"), ("it was awful",), branch_known=True) == ("date",)


def test_a_decision_without_an_answer_leads_to_no_reply() -> None:
    mention = a_mention()
    for decision in ("monitor", "walk_away", "escalate_to_person", "not_permitted"):
        case = Case.model_validate(
            {
                "mention_id": mention.mention_id,
                "version": 1,
                "mention": mention,
                "assessment": an_assessment(),
                "decision": decision,
                "lane": 3,
                "grace_over": True,
            }
        )
        assert due_reply(case) is None
