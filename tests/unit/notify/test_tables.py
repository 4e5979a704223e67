"""notify's tables say something about every case there is."""

from contracts import LoopOutcome, OwnerRole, Topic
from services.notify.answering import ACT_OF_STATUS, ACTS, Action
from services.notify.answers import AnswerStatus
from services.notify.escalation import CONTACT_OF, NEXT
from services.notify.incidents import EVENT_OF_OUTCOME
from services.notify.orders import HEADLINES, SUGGESTIONS
from services.notify.ownership import BRANCH_CAN_FIX


def test_every_topic_has_a_headline_something_that_helps_and_an_owner() -> None:
    assert set(HEADLINES) == set(SUGGESTIONS) == set(BRANCH_CAN_FIX) == set(Topic)
    assert all(SUGGESTIONS.values())


def test_every_role_has_a_contact_and_a_next_step_and_the_steps_end() -> None:
    assert set(CONTACT_OF) == set(NEXT) == set(OwnerRole)
    for start in OwnerRole:
        role: OwnerRole | None = start
        for _ in OwnerRole:
            role = NEXT[role] if role is not None else None
        assert role is None


def test_every_answer_and_every_button_does_something() -> None:
    assert set(ACT_OF_STATUS) == {status.value for status in AnswerStatus}
    assert set(ACTS) == set(Action)


def test_every_outcome_is_said_by_an_event() -> None:
    assert set(EVENT_OF_OUTCOME) == set(LoopOutcome)
