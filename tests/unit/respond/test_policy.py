"""The decision table: complete, ordered, and refused where it is wrong."""

import itertools

import pytest

from contracts import Decision, Kind, Legitimacy, ReplyKind, Sentiment, Severity, Topic
from services.respond.policy import (
    CONDITIONS,
    Autonomy,
    Noticed,
    PolicyRefused,
    When,
    decide,
    lane_of,
    load_policy,
    unprepared,
)
from services.respond.reading import Fact, Stance
from services.respond.settings import HERE
from tests.builders import a_permission, an_assessment

POLICY = load_policy((HERE / "policy.yaml").read_text("utf-8"), "policy.yaml")
ENGLISH = frozenset({"en"})
ALLOWED, FORBIDDEN = a_permission(), a_permission(reply_allowed=False)


def decision(**changes: object) -> Decision:
    permission = a_permission(reply_allowed=changes.pop("reply_allowed", True))
    noticed = changes.pop("noticed", None)
    assert noticed is None or isinstance(noticed, Noticed)
    return decide(POLICY, an_assessment(**changes), permission, ENGLISH, noticed=noticed).decision


NOTICED = (
    Noticed(),
    Noticed(asks=Fact.HOURS),
    Noticed(claim="a"),
    Noticed(stance=Stance.ADVOCATE),
    Noticed(stance=Stance.BADVOCATE),
    Noticed(thanks_only=True),
    Noticed(thanks_only=True, answered_before=True, earlier_mentions=3),
    Noticed(injection=True),
)
TOPICS = (Topic.WAIT_TIME, Topic.SAFETY, Topic.OTHER)
"""The table names one topic only, which a test below makes sure of; all others are alike to it."""


def test_every_mention_there_can_be_reaches_exactly_one_row_and_each_row_is_reached() -> None:
    reached = set[str]()
    kinds = itertools.product(Kind, Legitimacy, Sentiment, Severity, TOPICS, (False, True))
    places = list(itertools.product(("en", "und"), (True, False), NOTICED))
    for kind, legitimacy, sentiment, severity, topic, urgent in kinds:
        assessment = an_assessment(
            kind=kind, legitimacy=legitimacy, sentiment=sentiment, severity=severity, topics=(topic,), urgent=urgent
        )
        for language, allowed, noticed in places:
            seen = assessment.model_copy(update={"language": language})
            permission = ALLOWED if allowed else FORBIDDEN
            verdict = decide(POLICY, seen, permission, ENGLISH, company="harbour", channel="x", noticed=noticed)
            reached.add(verdict.reasons[0])
    assert reached == {row.reason for row in POLICY.rows}


def test_the_table_looks_at_no_other_topic_than_those_tried_here() -> None:
    named = {topic for row in POLICY.rows for topic in row.when.topic or ()}
    assert named <= set(TOPICS)


def test_every_kind_of_mention_we_know_has_a_row_of_its_own() -> None:
    reasons = {row.reason for row in POLICY.rows}
    assert reasons >= {"praise", "no_answer_known", "answer_known", "breached_expectation", "idea", "spam", "off_topic"}
    assert reasons >= {"advocate_thanked", "badvocate_calmed", "no_breached_expectation", "channel_forbids"}


def test_no_condition_counts_followers_or_what_an_author_was_taken_for() -> None:
    assert set(CONDITIONS) == set(When.model_fields)
    assert not [name for name in CONDITIONS if "follow" in name or "hater" in name]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Decision.RESPOND),
        ({"anger": 3}, Decision.RESPOND),
        ({"kind": Kind.PRAISE, "sentiment": Sentiment.POSITIVE}, Decision.ACKNOWLEDGE),
        ({"kind": Kind.IDEA}, Decision.RESPOND),
        ({"kind": Kind.QUESTION, "noticed": Noticed(asks=Fact.HOURS)}, Decision.RESPOND),
        ({"kind": Kind.QUESTION, "noticed": Noticed(entry="a"), "language": "de"}, Decision.RESPOND),
        ({"kind": Kind.OTHER, "noticed": Noticed(stance=Stance.ADVOCATE)}, Decision.ACKNOWLEDGE),
        ({"legitimacy": Legitimacy.HATER, "noticed": Noticed(stance=Stance.BADVOCATE)}, Decision.RESPOND),
        ({"noticed": Noticed(claim="a")}, Decision.ESCALATE_TO_PERSON),
        ({"noticed": Noticed(injection=True)}, Decision.RESPOND),
        ({"legitimacy": Legitimacy.OFF_TOPIC}, Decision.MONITOR),
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
        ("version: '1'\nautonomy: {classes: {moods: full}}\nrows: [{decision: monitor, reason: x}]", "classes.moods"),
        (
            "version: '1'\nrows: [{when: {kind: [complaint, idea]}, decision: respond, reason: x},"
            " {when: {kind: [idea], anger_min: 2}, decision: monitor, reason: y}, {decision: monitor, reason: z}]",
            "rows.1.when: is never reached: row 0",
        ),
        ("rows: [", "not YAML"),
        ("", "file"),
    ],
)
def test_a_wrong_table_is_refused_and_the_row_named(text: str, said: str) -> None:
    with pytest.raises(PolicyRefused, match=r"my\.yaml") as refused:
        load_policy(text, "my.yaml")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("rung", "acknowledgement", "thanks", "answer"),
    [
        (Autonomy.DRAFT, True, True, True),
        (Autonomy.ACKNOWLEDGE, False, False, True),
        (Autonomy.FULL, False, False, False),
    ],
)
def test_a_rung_says_what_needs_a_person(rung: Autonomy, acknowledgement: bool, thanks: bool, answer: bool) -> None:
    ladder = POLICY.autonomy.model_copy(update={"classes": {"praise": rung}})
    policy = POLICY.model_copy(update={"autonomy": ladder})
    assert policy.needs_person("praise", Decision.RESPOND, ReplyKind.ACKNOWLEDGEMENT) is acknowledgement
    assert policy.needs_person("praise", Decision.ACKNOWLEDGE, ReplyKind.ANSWER) is thanks
    assert policy.needs_person("praise", Decision.RESPOND, ReplyKind.ANSWER) is answer
    assert not policy.needs_person("idea", Decision.RESPOND, ReplyKind.ANSWER)


def test_a_topic_without_a_playbook_or_an_owner_is_named() -> None:
    nobody = POLICY.model_copy(update={"owner_of_the_rest": None, "owners": {Topic.STAFF: "anna"}})
    assert unprepared(POLICY, lambda _: True) == []
    assert "topic billing: has no playbook" in unprepared(POLICY, lambda topic: topic is not Topic.BILLING)
    assert len(unprepared(nobody, lambda _: True)) == len(Topic) - 1
