"""What a reply may rest on."""

import pytest

from contracts import FixAction, LoopOutcome, OwnerRole, Topic
from services.respond.cases import Case, due_reply
from services.respond.facts import DONE, MATTER, TELLER, Told, find_detail, gather
from tests.builders import a_mention, an_assessment


def test_every_topic_action_and_role_has_words() -> None:
    assert set(MATTER) == set(Topic)
    assert set(DONE) == set(FixAction)
    assert set(TELLER) == set(OwnerRole)


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
    assert find_detail(text) == detail


def test_without_an_incident_nobody_was_told_and_nothing_fixed() -> None:
    facts = gather(a_mention(text="so slow"), an_assessment(), None)
    assert (facts.told, facts.fix, facts.outcome, facts.where) == (None, None, None, None)


def test_a_fix_is_told_in_the_owners_words_or_in_those_of_its_kind() -> None:
    told = Told(outcome=LoopOutcome.FIXED, action=FixAction.CLEANED)
    facts = gather(a_mention(), an_assessment(), told)
    assert facts.fix is not None
    assert facts.fix.done == "cleaned it"
    own = gather(a_mention(), an_assessment(), Told(outcome=LoopOutcome.FIXED, action_phrase="mopped the floor"))
    assert own.fix is not None
    assert own.fix.done == "mopped the floor"


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
