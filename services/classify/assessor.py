"""From scores to an assessment: two stages, temperatures, thresholds and the rules that no score may overrule.

The first stage reads every text. The second reads those of which the first is not sure, as many as time allows; what it
does not come to keeps the first stage's answer, and says so.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from contracts import Assessment, Kind, Legitimacy, Reason, Sentiment, Severity, Topic, Urgency
from services.classify.features import Found
from services.classify.first_stage import FirstStage, Read
from services.classify.glossing import glossed
from services.classify.heads import HEADS, slices
from services.classify.language import language_of
from services.classify.own_topics import OwnTopics
from services.classify.places import places_in
from services.classify.taxonomy import Taxonomy, load_taxonomy
from services.classify.text import CHARACTERS_MAX
from services.classify.tone import OTHER, corrected

Table = npt.NDArray[np.float32]
CHUNK = 32
"""So many texts are given to the second stage before the time is looked at."""
SURE_HEADS = ("sentiment", "kind", "legitimacy", "topic")
URGENT_DOUBT = (0.15, 0.45)
"""Between these chances of being urgent the second stage is asked too: a person is called, or is not."""
TOPICS_MAX = 3
ABUSIVE_ANGER_MIN = 2
"""Whoever swears in a complaint, or insults people, is angry, however short the text; in praise it is emphasis."""


class Second(Protocol):
    """What the cascade needs of a second stage."""

    def scores(self, texts: Sequence[str]) -> Table: ...


@dataclass(frozen=True)
class Calibration:
    """What the dev hands taught: how to read scores as probabilities, and where to draw the lines."""

    temperatures_first: Mapping[str, float] = field(default_factory=dict)
    temperatures_both: Mapping[str, float] = field(default_factory=dict)
    second_weight: float = 0.7
    """Of the mean of both stages' scores, where both have read the text."""
    unsure_above: float = 1.0
    """From this doubt on the second stage is asked."""
    general_min: float = 0.3
    """Likelier than this to be neither complaint, praise, question nor idea: the second stage is asked too."""
    hater_min: float = 0.8
    spam_min: float = 0.6
    off_topic_min: float = 0.5
    legitimate_min: float = 0.5
    urgent_min: float = 0.35
    topic_min: float = 0.15
    tone_first: Sequence[Sequence[float]] = ()
    tone_both: Sequence[Sequence[float]] = ()
    """How much VADER's valences say about the sentiment of general posts, [8, 3]; empty: nothing."""


@dataclass(frozen=True)
class Judged:
    """An assessment with what it rests on. `stage`: first, second, or first where the second was late or is missing."""

    assessment: Assessment
    urgency: Urgency
    probabilities: Mapping[str, Mapping[str, float]]
    stage: str


class Assessor:
    """Both stages. Without a second one the first answers alone."""

    def __init__(
        self,
        first: FirstStage,
        second: Second | None,
        calibration: Calibration,
        *,
        version: str,
        taxonomy: Taxonomy | None = None,
        seconds_max: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first = first
        self._second = second
        self._calibration = calibration
        self._version = version
        self._taxonomy = taxonomy or load_taxonomy()
        self._own_topics = OwnTopics(self._taxonomy, first.word_vectors)
        self._seconds_max = seconds_max
        self._clock = clock

    def assess(self, texts: Sequence[str]) -> list[Judged]:
        """One for each text, in order. Spans count a text's characters."""
        if not texts:
            return []
        languages = [language_of(text) for text in texts]
        english = [glossed(text, language) for text, language in zip(texts, languages, strict=True)]
        reads = [self._first.read(text, meant) for text, meant in zip(texts, english, strict=True)]
        scores = self._first.scores(reads)
        tables = probabilities_of(scores, self._calibration.temperatures_first)
        stages = dict.fromkeys(self._in_doubt(tables), "first_only")
        again, better = self._read_again(english, list(stages))
        if again:
            weight = np.float32(self._calibration.second_weight)
            mixed = (1 - weight) * scores[again] + weight * better
            for head, table in probabilities_of(mixed, self._calibration.temperatures_both).items():
                tables[head][again] = table
            stages |= dict.fromkeys(again, "second")
        alone = [index for index in range(len(texts)) if stages.get(index) != "second"]
        for some, weights in ((alone, self._calibration.tone_first), (again, self._calibration.tone_both)):
            if some and weights:
                chances = corrected(
                    tables["sentiment"][some], tables["kind"][some], [english[i] for i in some], weights
                )
                tables["sentiment"][some] = chances
        rows = ({head: table[index] for head, table in tables.items()} for index in range(len(texts)))
        return [
            self._judge(text, languages[index], reads[index], row, stages.get(index, "first"))
            for index, (text, row) in enumerate(zip(texts, rows, strict=True))
        ]

    def _in_doubt(self, tables: Mapping[str, Table]) -> list[int]:
        """Which texts the second stage is to read, the most doubtful first."""
        if self._second is None:
            return []
        doubts = doubt(tables)
        general = tables["kind"][:, OTHER] > self._calibration.general_min
        urgent = tables["urgency"][:, HEADS["urgency"].index(Urgency.HIGH)]
        urgent_or_not = (urgent > URGENT_DOUBT[0]) & (urgent < URGENT_DOUBT[1])
        asked = np.flatnonzero((doubts > self._calibration.unsure_above) | general | urgent_or_not)
        return [int(index) for index in asked[np.argsort(-doubts[asked], kind="stable")]]

    def _read_again(self, texts: Sequence[str], asked: Sequence[int]) -> tuple[list[int], Table]:
        """The second stage's scores of as many as time allows: which texts, and a row for each."""
        again, tables, give_up = list[int](), list[Table](), self._clock() + self._seconds_max
        for start in range(0, len(asked), CHUNK):
            if self._second is None or self._clock() > give_up:
                break
            some = asked[start : start + CHUNK]
            tables.append(self._second.scores([texts[index][:CHARACTERS_MAX] for index in some]))
            again += some
        return again, np.concatenate(tables) if tables else np.zeros((0, 0), dtype=np.float32)

    def _judge(self, text: str, language: str, read: Read, rows: Mapping[str, Table], stage: str) -> Judged:
        named = {head: dict(zip(HEADS[head], row.tolist(), strict=True)) for head, row in rows.items()}
        best = {head: max(chances, key=chances.__getitem__) for head, chances in named.items()}
        kind = Kind(best["kind"])
        legitimacy, confidence = legitimacy_of(named["legitimacy"], read.found, kind, self._calibration)
        urgency = urgency_of(named["urgency"], read.found, self._calibration)
        topics, own = topics_of(named["topic"], self._calibration), self._own_topics.find(text)
        assessment = Assessment(
            sentiment=Sentiment(best["sentiment"]),
            anger=max(int(best["anger"]), ABUSIVE_ANGER_MIN if _is_abusive(read.found, kind) else 0),
            kind=kind,
            legitimacy=legitimacy,
            legitimacy_confidence=confidence,
            reasons=reasons_of(read.found, kind, legitimacy),
            topics=topics,
            own_topics=own,
            lane=self._taxonomy.lane_of(topics[0], own[0].name if own else None),
            severity=self._severity(kind, topics, urgency),
            urgent=urgency is Urgency.HIGH,
            urgency=urgency,
            language=language,
            places=places_in(text),
            assessor=f"{self._version}/{stage}",
        )
        return Judged(assessment, urgency, named, stage)

    def _severity(self, kind: Kind, topics: Sequence[Topic], urgency: Urgency) -> Severity:
        if kind is Kind.COMPLAINT:
            return self._taxonomy.severity_of(topics[0], urgency)
        return Severity.CRITICAL if urgency is Urgency.HIGH else Severity.NONE


def probabilities_of(scores: Table, temperatures: Mapping[str, float]) -> dict[str, Table]:
    """Per head: [texts, its classes], each row summing to one."""
    tables = {}
    for head, place in slices().items():
        cooled = scores[:, place] / np.float32(temperatures.get(head, 1.0))
        cooled = np.exp(cooled - cooled.max(1, keepdims=True))
        tables[head] = cooled / cooled.sum(1, keepdims=True)
    return tables


def doubt(tables: Mapping[str, Table]) -> Table:
    """How far from sure: what is missing to one, over the heads that decide what happens. 0 is sure of everything."""
    missing = [1 - tables[head].max(1) for head in SURE_HEADS]
    total: Table = np.sum(missing, axis=0)
    return total


def legitimacy_of(
    chances: Mapping[str, float], found: Found, kind: Kind, calibration: Calibration
) -> tuple[Legitimacy, float]:
    """The class that is sure enough, else unsure. A breach with a detail is legitimate whatever the language."""
    if kind is Kind.COMPLAINT and found.cues.get("breach") and found.cues.get("detail"):
        return Legitimacy.LEGITIMATE, max(chances[Legitimacy.LEGITIMATE], 0.95)
    floors = {
        Legitimacy.HATER: calibration.hater_min,
        Legitimacy.SPAM: calibration.spam_min,
        Legitimacy.OFF_TOPIC: calibration.off_topic_min,
        Legitimacy.LEGITIMATE: calibration.legitimate_min,
    }
    best = max(floors, key=lambda name: chances[name])
    if chances[best] < floors[best]:
        return Legitimacy.UNSURE, chances[best]
    return best, chances[best]


def urgency_of(chances: Mapping[str, float], found: Found, calibration: Calibration) -> Urgency:
    """What the rules find is urgent whatever the model says: a missed danger costs more than a look for nothing."""
    if found.urgent or found.cues.get("threat") or found.cues.get("self_harm"):
        return Urgency.HIGH
    if chances[Urgency.HIGH] >= calibration.urgent_min:
        return Urgency.HIGH
    return Urgency.NORMAL if chances[Urgency.NORMAL] > chances[Urgency.LOW] else Urgency.LOW


def topics_of(chances: Mapping[str, float], calibration: Calibration) -> tuple[Topic, ...]:
    """The best one, and up to two more that are likely."""
    ranked = sorted(chances, key=lambda name: -chances[name])
    likely = [name for name in ranked[1:TOPICS_MAX] if chances[name] >= calibration.topic_min]
    return tuple(Topic(name) for name in (ranked[0], *likely))


_OF_LEGITIMACY: Mapping[Legitimacy, str] = {
    Legitimacy.HATER: "insult_without_breach",
    Legitimacy.SPAM: "promotion",
    Legitimacy.OFF_TOPIC: "off_topic",
    Legitimacy.UNSURE: "not_sure",
}
_OF_KIND: Mapping[Kind, str] = {
    Kind.COMPLAINT: "breach",
    Kind.PRAISE: "praise",
    Kind.QUESTION: "question",
    Kind.IDEA: "idea",
    Kind.OTHER: "remark",
}


def reasons_of(found: Found, kind: Kind, legitimacy: Legitimacy) -> tuple[Reason, ...]:
    """The verdict's own reason first, with the words it rests on where the lexicon knows them; then what else is so."""
    verdict = _OF_LEGITIMACY.get(legitimacy) or _OF_KIND[kind]
    cue = {"insult_without_breach": "insult_at_people", "promotion": "spam", "breach": "breach"}.get(verdict, verdict)
    reasons = _spanned(verdict, found.cues.get(cue, ())) or [Reason(code=verdict)]
    if legitimacy is Legitimacy.LEGITIMATE:
        reasons += _spanned("verifiable_detail", found.cues.get("detail", ()))
        rude = (*found.cues.get("rude", ()), *found.cues.get("insult_at_people", ()))
        reasons += _spanned("abusive_language", rude)
    for cue in ("threat", "self_harm"):
        reasons += _spanned(cue, found.cues.get(cue, ()))
    return (*reasons, *(Reason(code=f"urgent_{name}") for name in found.urgent))


def _is_abusive(found: Found, kind: Kind) -> bool:
    return bool(found.cues.get("insult_at_people") or (kind is Kind.COMPLAINT and found.cues.get("rude")))


def _spanned(code: str, spans: Sequence[tuple[int, int]]) -> list[Reason]:
    return [Reason(code=code, start=start, end=end) for start, end in spans[:3]]
