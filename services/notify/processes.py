"""Which of a company's processes a complaint belongs to, read from how the directory words their matters. Pure.

A directory may say which topics belong to a process; where it only names the matter ("identity questions on the
phone"), the matter's own words say it. What stands after "on", "in", "by" or "at" is how or where, not what.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from contracts import Topic
from services.notify.directory import Directory, Process
from services.notify.things import fold


@dataclass(frozen=True)
class Concept:
    """Something companies have a process for: the words for it, and the topics complaints about it are given."""

    stems: str
    implied_by: frozenset[Topic]
    """Topics that mean it even where the text has none of its words."""
    told_as: frozenset[Topic]
    """Topics that mean it together with one of its words."""
    anywhere: bool = True
    """Nobody at a branch can change it. Otherwise a branch that is known goes first."""


def _topics(*topics: Topic) -> frozenset[Topic]:
    return frozenset(topics)


CONCEPTS: Mapping[str, Concept] = {
    "identity": Concept(
        "identi authenti verif security passcode password pin legitim sicherheits geheimfrage veilighe segurid sicurez "
        "securit contrasen passwor kennwor wachtwo",
        _topics(Topic.SECURITY),
        _topics(Topic.SUPPORT_RESPONSE, Topic.POLICY, Topic.WEBSITE_APP, Topic.OTHER, Topic.STAFF),
    ),
    "app": Concept(
        "app apps website websit online site webseite portal aplicaci applicat applikat",
        _topics(Topic.WEBSITE_APP),
        _topics(Topic.OUTAGE, Topic.OTHER),
    ),
    "rewards": Concept(
        "reward loyalty points bonus stamps punkte treue punten puntos punti fidel",
        frozenset(),
        _topics(Topic.WEBSITE_APP, Topic.BILLING, Topic.PRICE, Topic.POLICY, Topic.SUPPORT_RESPONSE, Topic.OTHER),
    ),
    "billing": Concept(
        "invoic bill billing charged rechnung factu fattur fatura abrechn",
        _topics(Topic.BILLING),
        _topics(Topic.PRICE, Topic.POLICY, Topic.SUPPORT_RESPONSE, Topic.OTHER),
    ),
    "cancellation": Concept(
        "cancel contract kundig vertrag opzeg contrat disdett resil termina",
        frozenset(),
        _topics(Topic.BILLING, Topic.POLICY, Topic.SUPPORT_RESPONSE, Topic.WEBSITE_APP, Topic.OTHER),
    ),
    "refund": Concept(
        "refund reimburs compensat erstatt ruckerst terugbet rembours reembols rimbors voucher",
        frozenset(),
        _topics(
            Topic.BILLING, Topic.POLICY, Topic.SUPPORT_RESPONSE, Topic.WEBSITE_APP, Topic.DELAY_CANCELLATION,
            Topic.PRICE, Topic.OTHER,
        ),
    ),
    "baggage": Concept(
        "baggage luggage suitcase gepack koffer bagage equipaje maleta bagagl valig valise",
        frozenset(),
        _topics(Topic.LOST_ITEM, Topic.DELIVERY, Topic.SUPPORT_RESPONSE, Topic.OTHER),
    ),
    "delivery": Concept(
        "deliver parcel shipp courier liefer paket bezorg levering entrega consegn livrais",
        _topics(Topic.DELIVERY),
        _topics(Topic.SUPPORT_RESPONSE, Topic.OTHER),
    ),
    "price": Concept(
        "price pricing label offer discount preis angebot prijs precio oferta prezz offert prix",
        _topics(Topic.PRICE),
        _topics(Topic.BILLING),
        anywhere=False,
    ),
    "support": Concept(
        "support helpline hotline callcent call-cent helpdesk kundenser klantens",
        _topics(Topic.SUPPORT_RESPONSE),
        _topics(Topic.WAIT_TIME, Topic.OTHER),
    ),
    "rule": Concept("rule rules terms policy regel norma regol regle", _topics(Topic.POLICY), frozenset()),
    "network": Concept(
        "network outage coverage signal broadband internet netz netwerk red rete reseau",
        _topics(Topic.OUTAGE),
        _topics(Topic.WEBSITE_APP, Topic.OTHER),
        anywhere=False,
    ),
}  # fmt: skip

_CIRCUMSTANCE = re.compile(r"\b(?:in|on|by|at|over|via|per|am|im|bei|op|door|en|por|al|par|sur)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{3,}")
_EMPTY = frozenset(
    {"and", "the", "for", "our", "with", "und", "der", "die", "das", "les", "des", "una", "del", "con", "met"}
)
_PHYSICAL = frozenset({Topic.WAIT_TIME, Topic.CLEANLINESS, Topic.FACILITIES, Topic.STOCK, Topic.OPENING_HOURS})


def process_of(directory: Directory, company: str, topic: Topic, text: str, *, at_branch: bool) -> Process | None:
    """The process that owns a complaint of `topic` with these words; `at_branch`: a branch is known for it."""
    stated = directory.process_for(company, topic)
    if stated is not None:
        return stated
    words = _stems(text)
    for process in directory.processes:
        if process.company == company and not process.topics and _owns(process.matter, topic, words, at_branch):
            return process
    return None


def _owns(matter: str, topic: Topic, words: frozenset[str], at_branch: bool) -> bool:
    concepts = concepts_of(matter)
    if not concepts:
        return not at_branch and topic not in _PHYSICAL and _shares(_stems(_what(matter)), words)
    return any(
        topic in concept.implied_by or (topic in concept.told_as and _names(concept, words))
        for concept in concepts
        if concept.anywhere or not at_branch
    )


@cache
def concepts_of(matter: str) -> tuple[Concept, ...]:
    """What a process is for."""
    words = _stems(_what(matter))
    return tuple(concept for concept in CONCEPTS.values() if _names(concept, words))


def _what(matter: str) -> str:
    """The matter without its how and where."""
    return _CIRCUMSTANCE.split(matter, maxsplit=1)[0]


def _names(concept: Concept, words: Iterable[str]) -> bool:
    return any(_begins(word, stem) for word in words for stem in concept.stems.split())


def _begins(word: str, stem: str) -> bool:
    """Short stems are whole words, with an s at most: "app" is not the beginning of "appalling"."""
    return word in (stem, f"{stem}s") if len(stem) <= 4 else word.startswith(stem)


def _stems(text: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(fold(text)) if word not in _EMPTY)


def _shares(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    beginnings = {word[:6] for word in theirs if len(word) >= 5}
    return any(word[:6] in beginnings for word in ours if len(word) >= 5)
