"""What an account said last: which texts hold a wording, what is forgotten, and which texts come first."""

import itertools
import math
from dataclasses import replace

from contracts import Kind, ReplyKind, Topic
from services.respond.app import read_playbooks
from services.respond.drafting import Blocked, draft_apart
from services.respond.facts import Facts
from services.respond.gates import Grounds
from services.respond.plans import plan_reply
from services.respond.recent import RECENT_MAX, Recent, plain
from services.respond.settings import HERE

PLAYBOOKS = read_playbooks(HERE / "playbooks")
COMPLAINT = Facts(Kind.COMPLAINT, Topic.WAIT_TIME, "the wait", told="the manager")
PRAISE = Facts(Kind.PRAISE, Topic.STAFF, "the kind words")


def test_a_wording_is_known_by_the_texts_that_hold_it_the_newest_first() -> None:
    recent = Recent(["thank you for this.", "we are sorry.", "thank you for this. we are sorry."])
    assert recent.holding("thank you") == 0b101
    assert recent.holding("we are sorry") == 0b110
    assert recent.holding("good morning") == 0


def test_a_new_text_moves_the_others_one_place_on() -> None:
    recent = Recent(["thank you for this."])
    assert recent.holding("thank you") == 0b1
    recent.add("We are sorry.")
    recent.add("Thank you for this.")
    assert recent.holding("thank you") == 0b101


def test_what_is_older_than_the_last_two_hundred_is_forgotten() -> None:
    recent = Recent(["the oldest of all."])
    assert recent.holding("the oldest of all.") == 1
    for number in range(RECENT_MAX):
        recent.add(f"{'x' * number} something else entirely")
    assert len(recent) == RECENT_MAX
    assert recent.holding("the oldest of all.") == 0
    assert not recent.has_like("The oldest of all.")


def test_a_wording_first_asked_for_late_is_known_as_one_asked_for_early() -> None:
    early, late = Recent(["one two.", "three."]), Recent(["one two.", "three."])
    early.holding("two")
    for recent in (early, late):
        recent.add("Two of us.")
        recent.add("Nothing.")
    assert early.holding("two") == late.holding("two")


def test_the_first_text_tried_has_no_wording_of_what_was_said_last_while_there_are_others() -> None:
    book, plan = PLAYBOOKS.find("en", Kind.PRAISE, Topic.STAFF), plan_reply(ReplyKind.ANSWER, PRAISE)
    assert book is not None
    assert plan is not None
    recent = Recent()
    for seed in range(5):
        _, text = next(book.texts(plan, PRAISE, seed, recent))
        assert not recent.has_like(text)
        sentences = [plain(sentence) for sentence in text.split(". ")]
        assert [one for one in sentences if len(one) > 25 and recent.holding(one)] == []
        recent.add(text)


def test_every_combination_of_wordings_comes_once() -> None:
    book, plan = PLAYBOOKS.find("en", Kind.PRAISE, Topic.STAFF), plan_reply(ReplyKind.ANSWER, PRAISE)
    assert book is not None
    assert plan is not None
    variants = [variant for variant, _ in book.texts(plan, PRAISE, 1, Recent(["thank you."]))]
    picks = [variant.split("-")[-1].split(".") for variant in variants]
    assert len(variants) == len(set(variants)) == math.prod(len(set(part)) for part in zip(*picks, strict=True))


def test_a_matter_is_worn_out_for_those_of_whom_the_same_is_known_and_for_nobody_else() -> None:
    recent = Recent()

    def draft(facts: Facts, seed: int) -> None:
        made = draft_apart(PLAYBOOKS, "en", ReplyKind.ACKNOWLEDGEMENT, facts, Grounds(facts, 500, recent), seed)
        assert not isinstance(made, Blocked)
        recent.add(made.text)

    for seed in itertools.count():
        draft(COMPLAINT, seed * 7_919)
        if recent.worn_out:
            break
        assert seed < RECENT_MAX
    [worn_out] = recent.worn_out
    draft(replace(COMPLAINT, detail="40 minutes"), 1)
    draft(replace(COMPLAINT, topic=Topic.STAFF, matter="the way you were treated"), 1)
    assert recent.worn_out == {worn_out}
