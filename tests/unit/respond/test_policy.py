"""The decision table: complete, ordered, and refused where it is wrong."""

import itertools

import pytest

from contracts import Decision, Kind, Legitimacy, Sentiment, Severity, Topic
from services.respond.policy import POSITIVE_LANE, PolicyRefused, decide, lane_of, load_policy
from services.respond.settings import HERE
from tests.builders import a_permission, an_assessment

POLICY = load_policy((HERE / "policy.yaml").read_text("utf-8"), "policy.yaml")
ENGLISH = frozenset({"en"})


def decision(**changes: object) -> Decision:
    permission = a_permission(reply_allowed=changes.pop("reply_allowed", True))
    return decide(POLICY, an_assessment(**changes), permission, ENGLISH).decision


def test_every_mention_there_can_be_gets_a_decision_with_a_reason() -> None:
    cases = itertools.product(Kind, Legitimacy, Sentiment, Severity, Topic, ("en", "und"), (True, False))
    for kind, legitimacy, sentiment, severity, topic, language, allowed in cases:
        assessment = an_assessment(
            kind=kind, legitimacy=legitimacy, sentiment=sentiment, severity=severity, topics=(topic,), language=language
        )
        verdict = decide(POLICY, assessment, a_permission(reply_allowed=allowed), ENGLISH)
        assert verdict.reasons
        assert 1 <= verdict.lane <= POSITIVE_LANE


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Decision.RESPOND),
        ({"anger": 3}, Decision.RESPOND),
        ({"kind": Kind.PRAISE, "sentiment": Sentiment.POSITIVE}, Decision.ACKNOWLEDGE),
        ({"kind": Kind.IDEA}, Decision.RESPOND),
        ({"kind": Kind.QUESTION}, Decision.ESCALATE_TO_PERSON),
        ({"kind": Kind.OTHER, "sentiment": Sentiment.NEUTRAL}, Decision.MONITOR),
        ({"kind": Kind.OTHER}, Decision.ESCALATE_TO_PERSON),
        ({"legitimacy": Legitimacy.HATER}, Decision.MONITOR),
        ({"legitimacy": Legitimacy.SPAM}, Decision.MONITOR),
        ({"legitimacy": Legitimacy.UNSURE}, Decision.ESCALATE_TO_PERSON),
        ({"urgent": True, "legitimacy": Legitimacy.HATER}, Decision.ESCALATE_TO_PERSON),
        ({"severity": Severity.CRITICAL}, Decision.ESCALATE_TO_PERSON),
        ({"topics": (Topic.WAIT_TIME, Topic.SAFETY)}, Decision.ESCALATE_TO_PERSON),
        ({"language": "de"}, Decision.ESCALATE_TO_PERSON),
        ({"reply_allowed": False}, Decision.NOT_PERMITTED),
        ({"reply_allowed": False, "legitimacy": Legitimacy.HATER}, Decision.MONITOR),
    ],
)
def test_the_table_decides(changes: dict[str, object], expected: Decision) -> None:
    assert decision(**changes) is expected


def test_the_assessments_reasons_stand_beside_the_rows() -> None:
    verdict = decide(POLICY, an_assessment(), a_permission(), ENGLISH)
    assert verdict.reasons[0] == "breached_expectation"


def test_negative_mentions_go_before_praise_and_the_worst_of_them_first() -> None:
    lanes = [
        lane_of(an_assessment(severity=severity)) for severity in (Severity.CRITICAL, Severity.MAJOR, Severity.MINOR)
    ]
    praise = lane_of(an_assessment(kind=Kind.PRAISE, sentiment=Sentiment.POSITIVE, severity=Severity.NONE))
    assert lanes == sorted(lanes)
    assert praise > max(lanes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: '1'\nrows: [{when: {kind: [complaint]}, decision: respond, reason: x}]", "the last row"),
        ("version: '1'\nrows: [{decision: shout, reason: x}]", "rows.0.decision"),
        ("version: '1'\nrows: [{when: {mood: [bad]}, decision: respond, reason: x}]", "rows.0.when.mood"),
        ("version: '1'\nrows: []", "rows"),
        ("rows: [", "not YAML"),
        ("", "file"),
    ],
)
def test_a_wrong_table_is_refused_and_the_row_named(text: str, said: str) -> None:
    with pytest.raises(PolicyRefused, match=r"my\.yaml") as refused:
        load_policy(text, "my.yaml")
    assert said in str(refused.value)
