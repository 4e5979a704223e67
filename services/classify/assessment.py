"""What a mention is, by a lexicon and tables. Pure: the same text gives the same assessment.

A complaint is a breached expectation about us, not bad language and not negative feeling. Whoever states one, with
whatever words, is legitimate; abuse without any statement about us is a hater's; in doubt a person decides.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # it ships no types

from contracts import Assessment, Kind, Legitimacy, PlacePhrase, Reason, Sentiment, Severity, Topic
from services.classify.lexicon import Lexicon, load_lexicon

LANGUAGES = ("en", "nl", "de", "fr", "es", "it", "pt")
LANGUAGE_CHARACTERS_MIN = 20
POLITE_MAX = 2
"""Kind words beside a question: that many are manners, and the question wants its answer."""
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})
_LINK = re.compile(r"https?://\S+")
_NAME = r"[A-Z][\w'’-]+(?:\s+(?:[A-Z][\w'’-]+|of|the|upon|under))*(?:\s+[A-Z][\w'’-]+)?"
_PLACE = re.compile(rf"(?:\b(?:at|in|from|near|by|outside)\s+(?:the\s+|your\s+)?|\byour\s+|\bthe\s+)({_NAME})")
_HASHTAG = re.compile(r"#([A-Z]\w+)")
_NOT_PLACES = re.compile(r"(?:I|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Christmas|Twitter|DM)\b")


@dataclass(frozen=True)
class Cues:
    """Where in the text each kind of cue was found: characters [start, end)."""

    found: Mapping[str, tuple[tuple[int, int], ...]]

    def has(self, *names: str) -> bool:
        return any(self.found.get(name) for name in names)

    def count(self, name: str) -> int:
        return len(self.found.get(name, ()))

    def reasons(self, name: str, code: str | None = None) -> list[Reason]:
        return [Reason(code=code or name, start=start, end=end) for start, end in self.found.get(name, ())[:3]]


def assess(text: str, lexicon: Lexicon | None = None) -> Assessment:
    """Assess `text`, as a customer wrote it. Spans count its characters."""
    lexicon = lexicon or load_lexicon()
    folded = _folded(text)
    cues = find_cues(folded, lexicon)
    urgent = [name for name, pattern in lexicon.urgent.items() if pattern.search(folded)]
    kind = kind_of(cues)
    legitimacy, confidence, reasons = legitimacy_of(cues, kind, has_link=_LINK.search(text) is not None)
    topics = topics_of(folded, lexicon)
    return Assessment(
        sentiment=sentiment_of(cues, kind),
        anger=anger_of(cues, text, kind),
        kind=kind,
        legitimacy=legitimacy,
        legitimacy_confidence=confidence,
        reasons=(*reasons, *(Reason(code=f"urgent_{name}") for name in urgent)),
        topics=topics,
        severity=severity_of(kind, topics, urgent, lexicon),
        urgent=bool(urgent) or cues.has("threat", "self_harm"),
        language=language_of(text),
        places=places_in(text),
        assessor=lexicon.version,
    )


def _folded(text: str) -> str:
    """Lower case and plain apostrophes, with every character where it was."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text.translate(_APOSTROPHES))


def find_cues(folded: str, lexicon: Lexicon) -> Cues:
    """Every cue of the lexicon in lower-cased text."""
    return Cues({name: tuple(m.span() for m in pattern.finditer(folded)) for name, pattern in lexicon.cues.items()})


def kind_of(cues: Cues) -> Kind:
    """What the author wants: a breach goes first, whatever else is said."""
    if cues.has("breach", "sarcasm"):
        return Kind.COMPLAINT
    if cues.has("idea"):
        return Kind.IDEA
    if cues.has("negative", "rude") and cues.count("positive") <= cues.count("negative") + cues.count("rude"):
        return Kind.COMPLAINT if cues.has("about_us", "detail") else Kind.OTHER
    if cues.has("question") and cues.count("positive") <= POLITE_MAX:
        return Kind.QUESTION
    return Kind.PRAISE if cues.has("positive") else Kind.OTHER


def sentiment_of(cues: Cues, kind: Kind) -> Sentiment:
    """A complaint is negative without a single word of feeling; irony turns praise around."""
    if kind is Kind.COMPLAINT or cues.has("insult_at_people", "threat"):
        return Sentiment.NEGATIVE
    if kind is Kind.PRAISE:
        return Sentiment.POSITIVE
    balance = cues.count("positive") - cues.count("negative") - cues.count("rude")
    if kind in (Kind.QUESTION, Kind.IDEA) or balance == 0:
        return Sentiment.NEUTRAL
    return Sentiment.POSITIVE if balance > 0 else Sentiment.NEGATIVE


def anger_of(cues: Cues, text: str, kind: Kind) -> int:
    """0 none, 1 annoyed, 2 angry, 3 furious."""
    if kind is Kind.PRAISE:
        return 0
    letters = [c for c in text if c.isalpha()]
    shouting = len(letters) > 15 and sum(c.isupper() for c in letters) > 0.6 * len(letters)
    heat = cues.count("angry") + cues.count("rude") + 2 * cues.count("insult_at_people") + shouting
    return min(3, heat + (1 if heat or cues.has("negative", "sarcasm") else 0))


def legitimacy_of(cues: Cues, kind: Kind, *, has_link: bool) -> tuple[Legitimacy, float, list[Reason]]:
    """First match wins. A statement about us makes it legitimate; abuse beside it is only noted."""
    abusive = cues.reasons("rude", "abusive_language") + cues.reasons("insult_at_people", "abusive_language")
    statement = cues.reasons("breach") + cues.reasons("detail", "verifiable_detail")
    if cues.has("breach") and (cues.has("about_us", "detail") or not cues.has("spam")):
        return Legitimacy.LEGITIMATE, 0.95 if cues.has("detail") else 0.85, statement + abusive
    if cues.has("spam"):
        return Legitimacy.SPAM, 0.9 if has_link else 0.75, cues.reasons("spam", "promotion")
    if cues.has("threat", "self_harm"):
        return Legitimacy.UNSURE, 0.5, cues.reasons("threat") + cues.reasons("self_harm")
    if cues.has("insult_at_people") and not cues.has("detail"):
        return Legitimacy.HATER, 0.85, cues.reasons("insult_at_people", "insult_without_breach")
    if cues.count("rude") >= 2 and not cues.has("detail", "question", "idea", "positive"):
        return Legitimacy.UNSURE, 0.5, cues.reasons("rude", "insult_without_breach")
    if kind is Kind.OTHER and not cues.has("about_us"):
        return Legitimacy.OFF_TOPIC, 0.6, []
    return Legitimacy.LEGITIMATE, 0.8, [Reason(code=_STATED[kind]), *statement, *abusive]


_STATED: Mapping[Kind, str] = {
    Kind.COMPLAINT: "plain_opinion",
    Kind.PRAISE: "praise",
    Kind.QUESTION: "question",
    Kind.IDEA: "idea",
    Kind.OTHER: "remark",
}


def topics_of(folded: str, lexicon: Lexicon) -> tuple[Topic, ...]:
    """At most three, the most often named first; `other` when none is."""
    counts = {topic: len(pattern.findall(folded)) for topic, pattern in lexicon.topics.items()}
    named = sorted((topic for topic, count in counts.items() if count), key=lambda topic: -counts[topic])
    return tuple(named[:3]) or (Topic.OTHER,)


def severity_of(kind: Kind, topics: tuple[Topic, ...], urgent: list[str], lexicon: Lexicon) -> Severity:
    """Only a complaint does harm; what is urgent is critical."""
    if urgent:
        return Severity.CRITICAL
    return lexicon.severity[topics[0]] if kind is Kind.COMPLAINT else Severity.NONE


def language_of(text: str) -> str:
    """ISO 639-1; short texts count as English, because a wrong guess would cost the customer an answer."""
    words = re.sub(r"https?://\S+|[@#]\S+", " ", text)
    if sum(c.isalpha() for c in words) < LANGUAGE_CHARACTERS_MIN:
        return "en"
    language, _ = _identifier().classify(words)
    return str(language)


@cache
def _identifier() -> LanguageIdentifier:
    """Only languages we can route: the model knows 97, and takes short English for Basotho.

    Made anew from what is left of the model: the whole of it would hold 26 MB more.
    """
    whole = LanguageIdentifier.from_model_file(MODEL_FILE)
    whole.set_languages(list(LANGUAGES))
    return LanguageIdentifier(
        whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_output, tk_row=whole.tk_row
    )


def places_in(text: str) -> tuple[PlacePhrase, ...]:
    """Words that may name a place: capitals after a preposition, and hashtags."""
    matches = [*_PLACE.finditer(text), *_HASHTAG.finditer(text)]
    return tuple(
        PlacePhrase(text=match[1], start=match.start(1), end=match.end(1))
        for match in matches
        if not _NOT_PLACES.match(match[1])
    )
