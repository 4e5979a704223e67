"""Reads the corpus: whole replies with the spans that make them defensive, and single clauses."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, product
from pathlib import Path
from typing import Any

from contracts import FixAction, Kind, LoopOutcome, OwnerRole, Purpose, ReplyKind, Topic, Venue
from services.respond.answers import Answer, answer_fact
from services.respond.facts import Facts, Fix
from services.respond.features import Seen, look
from services.respond.gates import UNMEASURED
from services.respond.plans import ACTS, Plan, Situation, plan_reply, situation_of
from services.respond.playbooks import Playbook, load_playbooks
from services.respond.reading import Asked, Fact, Phrases, load_phrases
from services.respond.words import Words

PLAYBOOKS = Path(__file__).resolve().parents[1] / "playbooks"
PLAYBOOK_SHARE = 0.125
"""They are many and much alike: their words have to be known, and must not outweigh the replies."""
TEXTS_EACH = 4
"""So many texts a topic of every situation hold about all of its wordings."""
CORPUS = Path(__file__).resolve().parents[1] / "corpus"
PHRASES = PLAYBOOKS.parent / "phrases"
ANSWERS_EACH = 3
BRANCHES = (
    "High Street",
    "the Northgate branch",
    "Albany Road",
    "Wexford Quay",
    "Sint Jansplein",
    "Penrith Castlegate",
    "Mount Pleasant Mall",
    "Köln Ehrenfeld",
)
"""Names of every sort: what a branch is called says nothing about us."""
VENUE = Venue(
    branch_id="a",
    name=BRANCHES[0],
    address="12 Mill Lane, Leeds",
    opening_hours="Mo-Fr 09:30-17:00; Sa 10:00-14:00; Su off",
    local_time=datetime(2026, 11, 18, 10, tzinfo=UTC),
)
ASKED = (Asked(Fact.ADDRESS), Asked(Fact.HOURS), *(Asked(Fact.HOURS, weekdays=(day,)) for day in (3, 5, 6)))
GIFT, REASON = "a coffee", "it costs more than it helps"
OVERLAP_MIN = 0.5
"""So much of a clause has to lie in a marked span to count as marked."""


@dataclass(frozen=True)
class Reply:
    """One labelled reply. `spans`: the characters that make it defensive; none: it is not."""

    id: str
    family: str
    lang: str
    reply: str
    kinds: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    spoiled: bool = False
    share: float = 1.0
    """How much it weighs in training."""

    @property
    def defensive(self) -> bool:
        return bool(self.spans)


@dataclass(frozen=True)
class Clause:
    """One clause as the gate sees it, with its label."""

    seen: Seen
    defensive: bool
    kinds: tuple[str, ...] = ()
    share: float = 1.0


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def read_replies(path: Path = CORPUS / "replies.jsonl") -> list[Reply]:
    """Our own replies."""
    return [
        Reply(
            id=row["id"],
            family=row["family"],
            lang=row["lang"],
            reply=row["reply"],
            kinds=tuple(row["kinds"]),
            spans=tuple((start, end) for start, end in row["spans"]),
            spoiled=row["spoiled"],
        )
        for row in read_rows(path)
    ]


def read_clauses(path: Path = CORPUS / "clauses.jsonl") -> list[Clause]:
    """Our own single clauses."""
    rows = read_rows(path)
    return [Clause(look(row["text"])[0], row["defensive"], (row["kind"],) if row["kind"] else ()) for row in rows]


def clauses_of(replies: Iterable[Reply]) -> Iterator[Clause]:
    """The clauses of replies; those in a marked span are the defensive ones."""
    for reply in replies:
        for seen in look(reply.reply)[1]:
            marked = sum(max(0, min(seen.end, end) - max(seen.start, start)) for start, end in reply.spans)
            hit = marked >= OVERLAP_MIN * (seen.end - seen.start)
            yield Clause(seen, hit, reply.kinds if hit else (), reply.share)


def read_playbook_texts(each: int = TEXTS_EACH) -> list[Reply]:
    """What we say ourselves, before anything is fixed and after: good replies, `each` a topic of a situation."""
    files = {path.relative_to(PLAYBOOKS).as_posix(): path.read_text("utf-8") for path in PLAYBOOKS.rglob("*.yaml")}
    playbooks = load_playbooks(files)
    return [
        Reply(f"{book.name}:{variant}", "playbook", language, text, (), (), share=_share(book))
        for language in sorted(playbooks.languages - UNMEASURED)
        for book in playbooks.of_language[language]
        for place, (kind, topic) in enumerate(product(book.kinds, book.topics or Topic))
        for plan, facts in _plans(kind, topic, playbooks.words[language], BRANCHES[place % len(BRANCHES)])
        for variant, text in islice(book.texts(plan, facts, place), each)
    ]


def read_answer_texts(each: int = ANSWERS_EACH) -> list[Reply]:
    """What we say to questions, in every language: good replies too."""
    reader = load_phrases({path.name: path.read_text("utf-8") for path in PHRASES.glob("*.yaml")})
    return [
        Reply(f"answer:{language}:{place}:{variant}", "playbook", language, text, (), (), share=PLAYBOOK_SHARE)
        for language, phrases in sorted(reader.phrases.items())
        if language not in UNMEASURED
        for place, answer in enumerate(_answers(phrases, language))
        for variant, text in islice(answer.texts(place, None), each)
    ]


def _answers(phrases: Phrases, language: str) -> Iterator[Answer]:
    for place, branch in enumerate(BRANCHES):
        venue = VENUE.model_copy(update={"name": branch, "country": ("GB", "US")[place % 2]})
        for asked in ASKED:
            yield answer_fact(phrases, language, asked, venue)
    yield from (Answer(lines, "stance") for lines in (phrases.advocate, phrases.badvocate))


def _share(book: Playbook) -> float:
    """No reply of the corpus sounds like our thanks for praise: they have to weigh more."""
    return PLAYBOOK_SHARE if Kind.COMPLAINT in book.kinds else PLAYBOOK_SHARE * 8


def _plans(kind: Kind, topic: Topic, words: Words, branch: str) -> Iterator[tuple[Plan, Facts]]:
    """Every situation of `kind`, with all there is to know."""
    for situation in ACTS.get(kind, {}):
        facts = _facts(kind, topic, situation, words, branch)
        purpose = next(
            (purpose for purpose in Purpose if situation_of(ReplyKind.ANSWER, facts, purpose) is situation), None
        )
        for reply_kind in ReplyKind:
            plan = plan_reply(reply_kind, facts, purpose)
            if plan is not None and plan.situation is situation:
                yield plan, facts
                break


def _facts(kind: Kind, topic: Topic, situation: Situation, words: Words, branch: str) -> Facts:
    ended = situation.value in set(LoopOutcome)
    fix = Fix(words.done[FixAction.STAFF_RESHUFFLED], 5, words.tell_wait(5)) if situation is Situation.FIXED else None
    return Facts(
        kind=kind,
        topic=topic,
        matter=words.matter[topic],
        branch=branch,
        told=words.tellers[OwnerRole.MANAGER] if ended or situation is Situation.TOLD else None,
        fix=fix,
        outcome=LoopOutcome(situation.value) if ended else None,
        place_known=True,
        next_update=words.tell_day(datetime(2026, 11, 19)),  # noqa: DTZ001  # only its name is read
        missing=words.list_slots(("date", "amount")),
        gift=GIFT,
        reason=REASON,
        humour=2,
    )
