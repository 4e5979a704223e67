"""The playbooks that are in use: every wording passes every gate, and many customers read different texts."""

import itertools
import random

import pytest

from contracts import Kind, LoopOutcome, ReplyKind, Topic
from services.respond.app import read_playbooks
from services.respond.drafting import Blocked, draft_reply
from services.respond.facts import MATTER, Facts, Fix
from services.respond.gates import RECENT_MAX, Grounds, check, plain
from services.respond.playbooks import Playbook, PlaybookRefused, Situation, load_playbooks
from services.respond.settings import HERE

PLAYBOOKS = read_playbooks(HERE / "playbooks")
LENGTH_MAX = 280
OUTCOMES = {outcome.value for outcome in LoopOutcome}
EVERY = [
    pytest.param(book, situation, topic, id=f"{language}-{book.playbook}-{situation.value}-{topic.value}")
    for language, books in PLAYBOOKS.of_language.items()
    for book in books
    for situation in book.replies
    for topic in book.topics or Topic
]


def some_facts(book: Playbook, situation: Situation, topic: Topic, *, many: bool) -> Facts:
    """What is known in that situation: as little as may be, or all there is."""
    outcome = LoopOutcome(situation.value) if situation.value in OUTCOMES else None
    told = situation is Situation.TOLD or (many and outcome is not None)
    return Facts(
        kind=book.kinds[0],
        topic=topic,
        matter=MATTER[topic],
        detail="40 minutes" if many else None,
        branch="Canary Wharf" if many else None,
        told="the manager" if told else None,
        fix=Fix("moved two people to the counter", 5 if many else None) if situation is Situation.FIXED else None,
        outcome=outcome,
        until="until tuesday" if many and situation is Situation.CANNOT_FIX else None,
        place_known=many,
    )


@pytest.mark.parametrize("many", [True, False], ids=["all known", "little known"])
@pytest.mark.parametrize(("book", "situation", "topic"), EVERY)
def test_every_wording_passes_every_gate_and_fits_a_short_channel(
    book: Playbook, situation: Situation, topic: Topic, many: bool
) -> None:
    facts = some_facts(book, situation, topic, many=many)
    refused, made = {}, 0
    for variant, text in itertools.islice(book.texts(situation, facts, 7), 300):
        made += 1
        assert "{{" not in text
        if findings := [f for f in check(text, Grounds(facts)) if f.code != "too_long"]:
            refused[variant] = (text, findings)
    assert made >= 12
    assert refused == {}


@pytest.mark.parametrize(
    ("kind", "topic", "reply", "situation", "count"),
    [
        (Kind.COMPLAINT, Topic.STAFF, ReplyKind.ANSWER, Situation.ANSWER, 120),
        (Kind.COMPLAINT, Topic.DELAY_CANCELLATION, ReplyKind.ANSWER, Situation.ANSWER, 120),
        (Kind.COMPLAINT, Topic.WAIT_TIME, ReplyKind.ANSWER, Situation.ANSWER, 80),
        (Kind.PRAISE, Topic.STAFF, ReplyKind.ANSWER, Situation.ANSWER, 120),
        (Kind.IDEA, Topic.OTHER, ReplyKind.ANSWER, Situation.ANSWER, 80),
        (Kind.COMPLAINT, Topic.WAIT_TIME, ReplyKind.OUTCOME, Situation.FIXED, 40),
        (Kind.COMPLAINT, Topic.WAIT_TIME, ReplyKind.ACKNOWLEDGEMENT, Situation.TOLD, 40),
        (Kind.COMPLAINT, Topic.CLEANLINESS, ReplyKind.OUTCOME, Situation.FIXED, 40),
        (Kind.COMPLAINT, Topic.WAIT_TIME, ReplyKind.OUTCOME, Situation.NOT_OBSERVED, 12),
        (Kind.COMPLAINT, Topic.WAIT_TIME, ReplyKind.OUTCOME, Situation.CANNOT_FIX, 12),
    ],
)
def test_many_customers_in_a_row_read_different_texts(
    kind: Kind, topic: Topic, reply: ReplyKind, situation: Situation, count: int
) -> None:
    book = PLAYBOOKS.find("en", kind, topic)
    assert book is not None
    facts, chance = some_facts(book, situation, topic, many=True), random.Random(11)
    said: list[str] = []
    for _ in range(count):
        grounds = Grounds(facts, LENGTH_MAX, said[:RECENT_MAX])
        made = draft_reply(PLAYBOOKS, "en", reply, facts, grounds, chance.getrandbits(64))
        assert not isinstance(made, Blocked), f"blocked after {len(said)}: {made.findings}"
        said.insert(0, plain(made.text))


def test_the_same_seed_makes_the_same_text() -> None:
    book = PLAYBOOKS.find("en", Kind.PRAISE, Topic.STAFF)
    assert book is not None
    facts = some_facts(book, Situation.ANSWER, Topic.STAFF, many=False)
    made = [draft_reply(PLAYBOOKS, "en", ReplyKind.ANSWER, facts, Grounds(facts), 5) for _ in range(2)]
    assert made[0] == made[1]


def test_what_no_playbook_covers_is_left_to_a_person() -> None:
    facts = Facts(kind=Kind.QUESTION, topic=Topic.OTHER, matter="what happened")
    made = draft_reply(PLAYBOOKS, "en", ReplyKind.ANSWER, facts, Grounds(facts), 1)
    assert isinstance(made, Blocked)
    assert [finding.code for finding in made.findings] == ["no_playbook"]


A_BOOK = "playbook: p\nversion: 1\nkinds: [praise]\nreplies: {answer: [[%s]]}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (A_BOOK % "'{{ ceo }}'", "does not render"),
        (A_BOOK % "'{{ matter'", "does not render"),
        (A_BOOK % "{text: hi, needs: [shoe_size]}", "needs"),
        (A_BOOK.replace("praise", "complaint") % "hi", "says nothing for"),
        (A_BOOK.replace("answer: [[%s]]", "shout: [[hi]]"), "replies"),
        ("playbook: [", "not YAML"),
        ("", "file"),
    ],
)
def test_a_wrong_playbook_is_refused_and_the_place_named(text: str, said: str) -> None:
    with pytest.raises(PlaybookRefused, match=r"en/mine\.yaml") as refused:
        load_playbooks({"en/mine.yaml": text})
    assert said in str(refused.value)


@pytest.mark.parametrize("text", ["{{ matter.__class__ }}", "{{ ''.__class__.__mro__ }}", "{{ self.__init__ }}"])
def test_a_wording_reaches_nothing_but_the_facts(text: str) -> None:
    with pytest.raises(PlaybookRefused):
        load_playbooks({"en/mine.yaml": A_BOOK % f'"{text}"'})
