"""Properties that hold over thousands of random histories: nothing is said before it happened, or without a plan."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.work import Received
from contracts import (
    Decision,
    DeclineReason,
    FixAction,
    IncidentFixConfirmed,
    IncidentFixDeclined,
    IncidentLocated,
    IncidentNotified,
    IncidentOpened,
    Kind,
    Location,
    LocationStatus,
    LoopOutcome,
    OwnerRole,
    Purpose,
    ReplyKind,
    Severity,
    Topic,
)
from services.respond.app import read_playbooks
from services.respond.cases import ANSWERED, Case, Incident, due_reply
from services.respond.drafting import Draft, draft_reply
from services.respond.facts import Facts, gather
from services.respond.following import (
    merge,
    note_confirmed,
    note_declined,
    note_located,
    note_notified,
    note_opened,
    sourced,
)
from services.respond.gates import Grounds, check
from services.respond.plans import Act, Fact, Plan, Situation, humour_of, keeps_five_steps, plan_reply
from services.respond.replying import Replying
from services.respond.settings import HERE
from tests.builders import NOON, a_mention, a_permission, an_assessment

HISTORIES = 10_000
RENDERED_OF = 25
"""Every so many histories the text itself is made and checked; plans are checked in all of them."""
PLAYBOOKS = read_playbooks(HERE / "playbooks")
INCIDENT = UUID(int=7)
PHRASES = ("moved two people to the counter", "twee extra mensen", "neue Kasse", None)
OF_A_FIX = {Fact.DONE, Fact.WAIT}


def some_event(chance: random.Random, minute: int) -> Any:
    known = {"incident_id": INCIDENT, "company": "harbour", "at": NOON + timedelta(minutes=minute)}
    role = chance.choice(list(OwnerRole))
    kinds: list[Callable[[], Any]] = [
        lambda: IncidentOpened(
            **known,
            mention_id=UUID(int=1),
            mention_version=1,
            topic=Topic.WAIT_TIME,
            severity=Severity.MINOR,
            dedup_key="k",
            branch_name=chance.choice([None, "High Street"]),
            owner_role=role,
        ),
        lambda: IncidentLocated(
            **known, location=Location(status=LocationStatus.BRANCH, confidence=1), branch_name="High Street"
        ),
        lambda: IncidentNotified(**known, work_order_id=UUID(int=2), step=1, role=role, by="email"),
        lambda: IncidentFixConfirmed(
            **known,
            action=chance.choice(list(FixAction)),
            action_phrase=chance.choice(PHRASES),
            wait_min=chance.choice([None, 0, 5, 90]),
            role=role,
        ),
        lambda: IncidentFixDeclined(**known, reason=chance.choice(list(DeclineReason)), role=role),
    ]
    return chance.choice(kinds)()


NOTE_OF: dict[type, Callable[[Any], Incident]] = {
    IncidentOpened: note_opened,
    IncidentLocated: note_located,
    IncidentNotified: note_notified,
    IncidentFixConfirmed: note_confirmed,
    IncidentFixDeclined: note_declined,
}


def noted(seen: list[Any]) -> Incident | None:
    notes = [sourced(NOTE_OF[type(event)](event), Received(uuid4(), event.at, event)) for event in seen]
    return merge(notes)[0] if notes else None


def a_case(chance: random.Random, incident: Incident | None) -> Case:
    mention = a_mention(permission=a_permission(replies_max=chance.choice([None, 1, 2, 5])))
    assessment = an_assessment(topics=(chance.choice(list(Topic)),), language=chance.choice(["en", "nl"]))
    return Case(
        mention_id=mention.mention_id,
        version=1,
        mention=mention,
        assessment=assessment,
        decision=chance.choice(list(Decision)),
        lane=3,
        grace_over=chance.random() < 0.5,
        replies=frozenset(chance.sample(list(ReplyKind), chance.randrange(3))),
        incident=incident,
    )


def facts_of(case: Case) -> Facts:
    told = case.incident.told() if case.incident else None
    return gather(case.mention, case.assessment, told, PLAYBOOKS.words)


def names_in(plan: Plan) -> set[Fact]:
    return {name for step in plan.steps for name, _ in step.facts}


def test_fixed_is_never_said_before_the_owner_confirmed_it() -> None:
    chance, planned, fixed = random.Random(20261125), 0, 0
    for number in range(HISTORIES):
        seen: list[Any] = []
        for minute in range(chance.randrange(1, 6)):
            seen.append(some_event(chance, minute))
            case = a_case(chance, noted(seen))
            kind = due_reply(case)
            if kind is None:
                continue
            assert case.decision in ANSWERED
            facts = facts_of(case)
            plan = plan_reply(kind, facts)
            assert plan is not None
            planned += 1
            confirmed = any(isinstance(event, IncidentFixConfirmed) for event in seen)
            says_fixed = plan.situation is Situation.FIXED or bool(names_in(plan) & OF_A_FIX)
            fixed += says_fixed
            assert confirmed or not says_fixed
            assert facts.told is None or any(isinstance(event, IncidentNotified) for event in seen)
            if number % RENDERED_OF == 0:
                passes_every_gate(case, kind, facts)
    assert planned > 2_000
    assert fixed > 100


def passes_every_gate(case: Case, kind: ReplyKind, facts: Facts) -> None:
    made = draft_reply(PLAYBOOKS, case.assessment.language, kind, facts, Grounds(facts, 500), 11)
    assert isinstance(made, Draft)
    assert made.plan.acts
    assert check(made.text, Grounds(facts, 500)) == ()


def test_every_fact_of_an_outcome_names_the_event_it_comes_from() -> None:
    confirmed = IncidentFixConfirmed(
        incident_id=INCIDENT, company="harbour", at=NOON, action=FixAction.CLEANED, wait_min=5, role=OwnerRole.MANAGER
    )
    incident = noted([confirmed])
    assert incident is not None
    mention = a_mention()
    facts = gather(mention, an_assessment(), incident.told(), PLAYBOOKS.words)
    plan = plan_reply(ReplyKind.OUTCOME, facts)
    assert plan is not None
    for step in plan.steps:
        for name, source in step.facts:
            assert source.startswith("outcome:" if name in OF_A_FIX else "mention"), name


def test_a_case_that_was_asked_is_never_asked_again() -> None:
    chance, replying, asked = random.Random(3), Replying(PLAYBOOKS), 0
    for _ in range(2_000):
        case = a_case(chance, None)
        private = case.mention.permission.model_copy(update={"private_allowed": True})
        changes: dict[str, Any] = {
            "mention": case.mention.model_copy(update={"permission": private, "text": "charged twice"}),
            "assessment": an_assessment(topics=(Topic.BILLING,)),
            "replies": frozenset(),
        }
        case = case.model_copy(update=changes)
        asked += replying.asks(case, ReplyKind.ANSWER)
        assert not replying.asks(case.model_copy(update={"asked": True}), ReplyKind.ANSWER)
        assert not replying.asks(case.model_copy(update={"replies": frozenset({ReplyKind.ANSWER})}), ReplyKind.ANSWER)
    assert asked == 2_000


def test_a_plan_without_what_it_is_about_is_no_plan() -> None:
    case = a_case(random.Random(1), None)
    facts = facts_of(case)
    for purpose in (Purpose.DETAILS, Purpose.GOODWILL):
        assert plan_reply(ReplyKind.ANSWER, facts, purpose) is None
    assert plan_reply(ReplyKind.OUTCOME, facts_of(a_case(random.Random(1), declined())), None) is not None


def declined() -> Incident:
    return Incident(incident_id=INCIDENT, outcome=LoopOutcome.CANNOT_FIX, outcome_at=NOON)


def test_steps_are_counted_over_a_whole_case() -> None:
    first = [Act.APOLOGISE, Act.ACTION, Act.THANK]
    asking, gift = [Act.APOLOGISE, Act.ASK, Act.THANK], [Act.APOLOGISE, Act.GOODWILL, Act.THANK]
    assert keeps_five_steps([first, asking, gift])
    assert not keeps_five_steps([first, asking, asking])
    assert not keeps_five_steps([first, gift, asking])
    assert not keeps_five_steps([asking])


def test_humour_goes_to_nothing_as_anger_and_harm_rise() -> None:
    assert humour_of(3, 0, Severity.NONE, Kind.PRAISE) == 3
    assert humour_of(3, 1, Severity.NONE, Kind.PRAISE) == 2
    assert humour_of(3, 2, Severity.NONE, Kind.PRAISE) == 0
    assert humour_of(3, 0, Severity.MAJOR, Kind.QUESTION) == 0
    assert humour_of(3, 0, Severity.NONE, Kind.COMPLAINT) == 0
