"""Which complaints are one problem: by place, topic, the things they name, and their words."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts import Severity, Topic
from services.notify.grouping import SIMILAR, Traits, choose, is_same, similarity
from services.notify.growth import GROWTH, Storm, grow, is_storm, keep_pace
from services.notify.incidents import Incident
from services.notify.things import AMENITIES, CONTEXT, THINGS, things_in
from tests.builders import NOON


def an_incident(topic: Topic, *things: str, **more: object) -> Incident:
    usual: dict[str, object] = {
        "id": uuid4(),
        "company": "harbour",
        "dedup_key": f"harbour|camden|{topic.value}",
        "topic": topic,
        "things": tuple(sorted(things)),
        "severity": Severity.MINOR,
        "place_name": "Camden High Street",
        "owner_role": "manager",
        "channel": "x",
        "kind": "complaint",
        "waiting_since": NOON,
        "last_mention_at": NOON,
        "opened_at": NOON,
    }
    return Incident.model_validate(usual | more)


def traits(*topics: Topic, text: str = "", **more: object) -> Traits:
    usual: dict[str, object] = {
        "topic": topics[0],
        "topics": topics,
        "things": things_in(text),
        "text": text,
        "at": NOON + timedelta(minutes=5),
    }
    return Traits(**(usual | more))  # type: ignore[arg-type]  # a builder


def test_the_same_topic_at_the_same_place_is_the_same_problem() -> None:
    assert is_same(traits(Topic.WAIT_TIME, text="one counter open"), an_incident(Topic.WAIT_TIME, "queue"))


def test_what_a_complaint_mentions_second_counts_too() -> None:
    assert is_same(traits(Topic.STAFF, Topic.WAIT_TIME), an_incident(Topic.WAIT_TIME, "queue"))


def test_a_second_topic_of_another_kind_is_only_mentioned_along() -> None:
    charged = traits(Topic.BILLING, Topic.WAIT_TIME, text="charged twice, and I had to queue to say so")
    assert not is_same(charged, an_incident(Topic.WAIT_TIME, "queue"))


def test_a_queue_out_of_the_door_is_not_about_the_door() -> None:
    assert things_in("The queue is out of the door and round the corner") == {"queue"}
    assert "door" in things_in("The door is too heavy for my wheelchair")


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("the toilet is blocked", "lift"),
        ("die Toilette ist kaputt", "power_outlet"),
        ("no hot water in the showers", "locker"),
        ("el ascensor no funciona", "card_terminal"),
    ],
)
def test_two_things_of_one_topic_are_two_problems(text: str, other: str) -> None:
    assert not is_same(traits(Topic.FACILITIES, text=text), an_incident(Topic.FACILITIES, other))


@pytest.mark.parametrize(
    ("text", "thing"),
    [("card machine down again", "card_terminal"), ("der Aufzug steht seit gestern", "lift"), ("wifi gone", "wifi")],
)
def test_one_thing_under_two_topics_of_a_family_is_one_problem(text: str, thing: str) -> None:
    assert is_same(traits(Topic.FACILITIES, text=text), an_incident(Topic.OUTAGE, thing))


def test_topics_that_have_nothing_to_do_with_each_other_stay_apart() -> None:
    dirty = traits(Topic.CLEANLINESS, text="filthy floor while we queue")
    assert not is_same(dirty, an_incident(Topic.WAIT_TIME, "queue"))


def test_near_copies_are_one_problem_whatever_the_topic() -> None:
    text = "they closed an hour early and nobody had told us anything"
    other = "They closed an hour early, and nobody had told us anything!!"
    incident = an_incident(Topic.OPENING_HOURS)
    assert similarity(text, other) >= SIMILAR
    assert is_same(traits(Topic.BILLING, text=text), incident, [other])


def test_the_place_that_both_name_makes_no_similarity() -> None:
    assert similarity("Camden High Street is filthy", "Camden High Street: queue", "Camden High Street") < SIMILAR


def test_who_does_not_say_about_what_means_the_one_thing_that_is_going_on() -> None:
    queue = an_incident(Topic.WAIT_TIME, "queue")
    sarcasm = traits(Topic.OTHER, text="Truly a joy, your carpet. Take your time.", stated=False)
    assert choose(sarcasm, [queue], {}) == queue.id


def test_of_two_things_that_are_going_on_it_is_neither() -> None:
    going_on = [an_incident(Topic.WAIT_TIME), an_incident(Topic.CLEANLINESS)]
    assert choose(traits(Topic.OTHER, stated=False), going_on, {}) is None


def test_what_ended_hours_ago_is_not_meant() -> None:
    old = an_incident(Topic.WAIT_TIME, last_mention_at=NOON - timedelta(hours=3))
    assert choose(traits(Topic.OTHER, stated=False), [old], {}) is None


def test_one_persons_own_matter_is_joined_by_copies_only() -> None:
    threat = traits(Topic.BILLING, text="my lawyer will write to you about the fee you took", alone=True)
    assert not is_same(threat, an_incident(Topic.BILLING), ["another fee, and my lawyer is on it"])
    assert is_same(threat, an_incident(Topic.BILLING), ["my lawyer will write to you about the fee you took!"])


def test_every_thing_has_words_that_find_it_and_every_amenity_is_a_thing() -> None:
    assert set(THINGS) >= AMENITIES | CONTEXT
    for thing, words in THINGS.items():
        first = words.split()[0].replace("-", " ")
        assert thing in things_in(f"the {first}, please"), thing


def test_severity_grows_with_mentions_and_channels_and_never_shrinks() -> None:
    assert grow([Severity.MINOR], 2, 1) is Severity.MINOR
    assert grow([Severity.MINOR], 5, 3) is Severity.MAJOR
    assert grow([Severity.MINOR], 50, 1) is Severity.CRITICAL
    assert grow([Severity.CRITICAL], 1, 1) is Severity.CRITICAL
    assert GROWTH[-1][:2] == (1, 1)


def test_a_storm_is_many_at_once_and_not_many_over_days() -> None:
    pace: dict[str, int] = {}
    for number in range(500):
        pace = keep_pace(pace, NOON + timedelta(hours=number))
    assert not is_storm(pace, Storm())
    for number in range(100):
        pace = keep_pace(pace, NOON + timedelta(days=30, seconds=number))
    assert is_storm(pace, Storm())
    assert len(pace) <= 10
