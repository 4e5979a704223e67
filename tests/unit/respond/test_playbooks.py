"""The playbooks that are in use: every wording passes every gate, and many customers read different texts."""

import itertools
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rapidfuzz import fuzz

from contracts import Kind, LoopOutcome, Purpose, ReplyKind, Topic
from services.respond.app import read_playbooks
from services.respond.drafting import NEIGHBOURS_MAX, Blocked, draft_apart, draft_reply
from services.respond.facts import Facts, Fix
from services.respond.gates import Grounds, check
from services.respond.plans import Act, Plan, Situation, plan_reply
from services.respond.playbooks import Playbook, PlaybookRefused, load_playbooks
from services.respond.recent import Recent, plain
from services.respond.settings import HERE

PLAYBOOKS = read_playbooks(HERE / "playbooks")
LENGTH_MAX = 280
OUTCOMES = {outcome.value for outcome in LoopOutcome}
EVERY = [
    pytest.param(language, book, situation, topic, id=f"{language}-{book.playbook}-{situation.value}-{topic.value}")
    for language, books in PLAYBOOKS.of_language.items()
    for book in books
    for situation in book.replies
    for topic in Topic
    if PLAYBOOKS.find(language, book.kinds[0], topic) is book
]


PURPOSE_OF = {
    Situation.UPDATE: Purpose.UPDATE,
    Situation.DETAILS: Purpose.DETAILS,
    Situation.GOODWILL: Purpose.GOODWILL,
    Situation.CLOSING: Purpose.CLOSING,
    Situation.SHIPPED: Purpose.IDEA_SHIPPED,
    Situation.DECLINED: Purpose.IDEA_DECLINED,
}
FIX = {"en": "moved two people to the counter", "nl": "twee mensen naar de kassa verplaatst"}
NEXT = datetime(2026, 11, 19, tzinfo=UTC)
WAIT = {"en": "about 5 minutes", "nl": "ongeveer 5 minuten"}


def some_facts(book: Playbook, situation: Situation, topic: Topic, *, many: bool, language: str = "en") -> Facts:
    """What is known in that situation: as little as may be, or all there is."""
    outcome = LoopOutcome(situation.value) if situation.value in OUTCOMES else None
    told = situation is Situation.TOLD or (many and outcome is not None)
    words = PLAYBOOKS.words[language]
    fix = Fix(FIX[language], 5 if many else None, WAIT[language] if many else None)
    return Facts(
        kind=book.kinds[0],
        topic=topic,
        matter=words.matter[topic],
        detail=f"40 {words.units['minute'][1]}" if many else None,  # type: ignore[index]  # a StrEnum's value is its key
        branch="Canary Wharf" if many else None,
        told="the manager" if told else None,
        fix=fix if situation is Situation.FIXED else None,
        outcome=outcome,
        until="until tuesday" if many and situation in {Situation.CANNOT_FIX, Situation.UPDATE} else None,
        place_known=many,
        checked="12 minutes" if many else None,
        next_update=words.tell_day(NEXT) if many else None,
        missing="the date and the amount",
        gift="a coffee (AB-12)",
        reason="it costs more than it helps",
        humour=2 if many else 0,
        language=language,
    )


def planned(situation: Situation, facts: Facts) -> Plan:
    kind = ReplyKind.ANSWER
    if situation in {Situation.TOLD, Situation.HEARD}:
        kind = ReplyKind.ACKNOWLEDGEMENT
    elif situation.value in OUTCOMES:
        kind = ReplyKind.OUTCOME
    plan = plan_reply(kind, facts, PURPOSE_OF.get(situation))
    assert plan is not None
    assert plan.situation is situation
    return plan


@pytest.mark.parametrize("many", [True, False], ids=["all known", "little known"])
@pytest.mark.parametrize(("language", "book", "situation", "topic"), EVERY)
def test_every_wording_passes_every_gate_and_fits_a_short_channel(
    language: str, book: Playbook, situation: Situation, topic: Topic, many: bool
) -> None:
    facts = some_facts(book, situation, topic, many=many, language=language)
    refused, made, longest = {}, 0, 0
    for variant, text in itertools.islice(book.texts(planned(situation, facts), facts, 7), 60):
        made += 1
        longest = max(longest, len(text))
        assert "{{" not in text
        if findings := [f for f in check(text, Grounds(facts)) if f.code != "too_long"]:
            refused[variant] = (text, findings)
    assert made >= 8
    assert longest <= 420
    assert refused == {}


COMPLAINTS = next(book for book in PLAYBOOKS.of_language["en"] if book.playbook == "complaint")
FAMILIES = {book.playbook for book in PLAYBOOKS.of_language["en"]}


def test_every_language_has_every_family() -> None:
    assert {"queue", "staff", "facilities", "product", "billing", "security", "app", "delivery"} < FAMILIES
    assert {"outage", "idea", "praise", "question", "safety"} < FAMILIES
    assert {name: {book.playbook for book in books} for name, books in PLAYBOOKS.of_language.items()} == {
        name: FAMILIES for name in PLAYBOOKS.languages
    }


@pytest.mark.parametrize("language", sorted(PLAYBOOKS.languages))
@pytest.mark.parametrize("situation", [Situation.TOLD, Situation.FIXED, Situation.NOT_OBSERVED, Situation.CANNOT_FIX])
@pytest.mark.parametrize("topic", list(Topic))
def test_twelve_customers_of_one_incident_read_twelve_texts(topic: Topic, situation: Situation, language: str) -> None:
    book = PLAYBOOKS.find(language, Kind.COMPLAINT, topic)
    assert book is not None
    facts = some_facts(book, situation, topic, many=True, language=language)
    kind = ReplyKind.ACKNOWLEDGEMENT if situation is Situation.TOLD else ReplyKind.OUTCOME
    said: list[str] = []
    for number in range(12):
        made = draft_reply(PLAYBOOKS, language, kind, facts, Grounds(facts, 500, Recent(said)), number * 7_919)
        assert not isinstance(made, Blocked), f"blocked after {len(said)}: {made.findings}"
        said.insert(0, plain(made.text))
    assert max(fuzz.ratio(one, other) for one, other in itertools.combinations(said, 2)) <= 85


THANKS = {"en": "thank", "nl": "dank"}


@pytest.mark.parametrize("language", sorted(PLAYBOOKS.languages))
@pytest.mark.parametrize("topic", list(Topic))
def test_whoever_is_told_of_a_fix_reads_what_was_done_the_wait_and_thanks(topic: Topic, language: str) -> None:
    book = PLAYBOOKS.find(language, Kind.COMPLAINT, topic)
    assert book is not None
    facts = some_facts(book, Situation.FIXED, topic, many=True, language=language)
    for _, text in itertools.islice(book.texts(planned(Situation.FIXED, facts), facts, 3), 400):
        assert FIX[language] in text
        assert WAIT[language] in text
        assert THANKS[language] in text.lower()
        assert "?" not in text


def test_an_owners_words_that_a_gate_refuses_are_told_in_ours() -> None:
    fix = Fix("told them it is not our fault", 5, "about 5 minutes", own=True, ours="put it right")
    facts = Facts(Kind.COMPLAINT, Topic.STAFF, "the way you were treated", fix=fix, outcome=LoopOutcome.FIXED)
    made = draft_reply(PLAYBOOKS, "en", ReplyKind.OUTCOME, facts, Grounds(facts), 1)
    assert not isinstance(made, Blocked)
    assert "put it right" in made.text


def test_nobody_who_is_angry_or_was_harmed_is_joked_with() -> None:
    book = PLAYBOOKS.find("en", Kind.PRAISE, Topic.STAFF)
    assert book is not None
    facts = some_facts(book, Situation.ANSWER, Topic.STAFF, many=False)
    for _, text in itertools.islice(book.texts(planned(Situation.ANSWER, facts), facts, 5), 2_000):
        assert "blushing" not in text
        assert "High five" not in text


def test_a_promise_that_nothing_backs_is_not_in_the_plan() -> None:
    facts = Facts(Kind.COMPLAINT, Topic.OUTAGE, "the outage", told="the manager")
    backed = replace(facts, next_update="Thursday 19 November")
    plain_plan, fuller = (plan_reply(ReplyKind.ACKNOWLEDGEMENT, known) for known in (facts, backed))
    assert plain_plan is not None
    assert fuller is not None
    assert Act.NEXT_UPDATE not in plain_plan.acts
    assert Act.NEXT_UPDATE in fuller.acts


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
        grounds = Grounds(facts, LENGTH_MAX, Recent(said))
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
    facts = Facts(kind=Kind.OTHER, topic=Topic.OTHER, matter="what happened")
    made = draft_reply(PLAYBOOKS, "en", ReplyKind.ANSWER, facts, Grounds(facts), 1)
    assert isinstance(made, Blocked)
    assert [finding.code for finding in made.findings] == ["no_playbook"]


A_BOOK = "playbook: p\nversion: 1\nkinds: [praise]\nreplies: {answer: {greet: [%s], acknowledge: [a], thank: [b]}}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (A_BOOK % "'{{ ceo }}'", "does not render"),
        (A_BOOK % "'{{ matter'", "does not render"),
        (A_BOOK % "{text: hi, needs: [shoe_size]}", "needs"),
        (A_BOOK.replace("praise", "complaint") % "hi", "says nothing for"),
        (A_BOOK.replace("answer: {greet: [%s],", "shout: {greet: [hi],"), "replies"),
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


THANKS = {"en": "thank", "nl": "dank"}


@pytest.mark.parametrize(("language", "book", "situation", "topic"), EVERY)
def test_whoever_complains_is_thanked_in_so_many_words(
    language: str, book: Playbook, situation: Situation, topic: Topic
) -> None:
    if Kind.COMPLAINT in book.kinds:
        said = [wording.text.casefold() for wording in book.replies[situation].get(Act.THANK, ())]
        assert [text for text in said if THANKS[language] not in text] == []


def test_the_owners_own_time_is_no_promise_of_ours_and_anything_more_is() -> None:
    facts = replace(some_facts(COMPLAINTS, Situation.CANNOT_FIX, Topic.OTHER, many=True), until="before Tuesday")
    told = "We are sorry. It cannot be put right before Tuesday. Thank you for telling us."
    assert check(told, Grounds(facts)) == ()
    assert "promise" in {f.code for f in check(f"{told} We will call you before Tuesday.", Grounds(facts))}
    assert "promise" in {f.code for f in check(told, Grounds(replace(facts, until=None)))}


@pytest.mark.parametrize("language", sorted(PLAYBOOKS.languages))
def test_where_everything_was_said_neighbours_still_read_different_texts_and_nobody_is_left_waiting(
    language: str,
) -> None:
    queue = PLAYBOOKS.find(language, Kind.COMPLAINT, Topic.WAIT_TIME)
    assert queue is not None
    facts = some_facts(queue, Situation.TOLD, Topic.WAIT_TIME, many=False, language=language)
    recent = Recent()
    for seed in range(220):
        grounds = Grounds(facts, LENGTH_MAX, recent)
        made = draft_apart(PLAYBOOKS, language, ReplyKind.ACKNOWLEDGEMENT, facts, grounds, seed * 7919)
        assert not isinstance(made, Blocked)
        assert not recent.newest(NEIGHBOURS_MAX).has_like(made.text)
        recent.add(made.text)
