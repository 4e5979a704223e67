"""What an incident says to a reply beside who was told: that it is a storm, and what it is about."""

from uuid import uuid4

from contracts import Assessment, Decision, LoopOutcome, Mention, ReplyKind, Topic
from services.respond.cases import Case, Incident, due_reply, understood
from tests.builders import NOON, a_mention, an_assessment


def a_case(mention: Mention, incident: Incident, assessment: Assessment | None = None) -> Case:
    return Case(
        mention_id=mention.mention_id,
        version=1,
        mention=mention,
        assessment=assessment or an_assessment(),
        decision=Decision.RESPOND,
        lane=3,
        grace_over=True,
        incident=incident,
    )


def test_in_a_storm_nobody_is_told_one_by_one_that_somebody_knows() -> None:
    told = Incident(incident_id=uuid4(), notified_at=NOON)
    assert due_reply(a_case(a_mention(), told)) is ReplyKind.ACKNOWLEDGEMENT
    assert due_reply(a_case(a_mention(), told.model_copy(update={"storm": True}))) is None


def test_after_a_storm_everybody_is_told_how_it_ended() -> None:
    ended = Incident(incident_id=uuid4(), storm=True, outcome=LoopOutcome.FIXED, outcome_at=NOON)
    assert due_reply(a_case(a_mention(), ended)) is ReplyKind.OUTCOME


def test_a_complaint_that_names_no_topic_is_answered_about_what_its_incident_is_about() -> None:
    queue = Incident(incident_id=uuid4(), topic=Topic.WAIT_TIME)
    sarcasm = a_case(a_mention(), queue, an_assessment(topics=(Topic.OTHER, Topic.STAFF)))
    assert understood(sarcasm).assessment.topics == (Topic.WAIT_TIME, Topic.STAFF)
    silent = a_case(a_mention(), queue, an_assessment(topics=()))
    assert understood(silent).assessment.topics == (Topic.WAIT_TIME,)


def test_a_complaint_that_names_its_topic_keeps_it() -> None:
    queue = Incident(incident_id=uuid4(), topic=Topic.WAIT_TIME)
    rude = a_case(a_mention(), queue, an_assessment(topics=(Topic.STAFF, Topic.WAIT_TIME)))
    assert understood(rude) == rude
