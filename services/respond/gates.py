"""What no text of ours may hold, a person's included: each finding has a code and the characters it rests on. Pure.

defensive   denial, blame, policy as a shield, excuse, minimising, sarcasm, arguing, image protection: measured
claims      said to be told or fixed without an event behind it
promise     what no policy backs, or what has no time
asks        a generic offer of help where the problem was stated; what we know; a second time; after the outcome
specific    nothing of what the customer said, or nothing of what we do
private     account data or a customer's relation to us, in public
goodwill    a word about reviews
injection   what a template, a machine or a mention smuggled in
length, links, similar   what the channel and the reader can take
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contracts import GateFinding, Kind
from services.respond.defensiveness import judge
from services.respond.doors import doors_instead_of_answers, is_after_answer
from services.respond.facts import Facts
from services.respond.phrases import (
    ALWAYS_DEFENSIVE,
    ASKS_FOR,
    FIXED,
    GENERIC_HELP,
    GOODWILL,
    INJECTED,
    LINK,
    OURS,
    PRIVATE,
    TOLD,
    VAGUE,
)
from services.respond.promises import promises_in
from services.respond.recent import Recent
from services.respond.tongues import tongue

SIMILAR = GateFinding(code="similar")
UNMEASURED = frozenset({"nl"})
"""Languages in which the detector has learnt so little that it calls nearly everything defensive."""
ECHO_WORDS = 12
"""So many words of a mention in a row are not ours any more: a customer could make us say anything."""


OPENING = re.compile(r"\b(?:opens?|closes?|is (?:open|closed)) (?!a\b|another\b|the\b|up\b)", re.IGNORECASE)
"""Somebody who asks for opening hours is told them, not promised them."""


@dataclass(frozen=True)
class Grounds:
    """What a text is held against. `recent`: what the account said last.

    `mention`: with it, the text has to be specific to it. `known`: slots nobody needs to ask for (see ASKS_FOR).
    `promise_max`: the longest promise that a policy backs, counted from `now`. `links`: hosts we may point to.
    """

    facts: Facts
    length_max: int | None = None
    recent: Recent = field(default_factory=Recent)
    mention: str | None = None
    problem_stated: bool = True
    known: Collection[str] = ()
    asked: bool = False
    promise_max: timedelta | None = None
    now: datetime | None = None
    links: Collection[str] = ()
    public: bool = True


def check(text: str, grounds: Grounds) -> tuple[GateFinding, ...]:
    """Everything that keeps `text` from going out; nothing: it may."""
    return (*check_record(text, grounds), *check_text(text, grounds))


def check_record(text: str, grounds: Grounds) -> tuple[GateFinding, ...]:
    """The gates that need our own record: what happened, what is known, and what was said before."""
    findings = [*_claims(text, grounds.facts), *_promises(text, grounds), *_asks(text, grounds)]
    english = tongue(text, grounds.facts.language) == "en"
    if english and grounds.mention is not None and grounds.facts.kind is Kind.COMPLAINT:
        findings += _specific(text, grounds.mention, grounds.facts)
    if grounds.recent.has_like(text):
        findings.append(SIMILAR)
    return tuple(findings)


def check_text(text: str, grounds: Grounds) -> tuple[GateFinding, ...]:
    """The gates that need nothing but the text and its channel."""
    findings = [*_defensive(text, grounds.facts), *_by_table(GOODWILL, text), *_by_table(INJECTED, text)]
    if grounds.problem_stated:
        asks = asks_generic_help(text)
        findings += [found for found in asks if not is_after_answer(text, grounds.facts, found.start or 0)]
    if grounds.public:
        findings += _by_table(PRIVATE, text)
    if grounds.mention is not None:
        findings += _echoes(text, grounds.mention)
    findings += _links(text, {*grounds.links, *_hosts(grounds.facts)})
    if not text.strip():
        findings.append(GateFinding(code="empty"))
    if grounds.length_max is not None and len(text) > grounds.length_max:
        findings.append(GateFinding(code="too_long", start=grounds.length_max, end=len(text)))
    return tuple(findings)


def _defensive(text: str, facts: Facts) -> Iterable[GateFinding]:
    """What is measured to be defensive, except where it is the answer from the record as it stands."""
    known = facts.answer or ""
    start = text.find(known) if known else -1
    for finding in defensive_in(text, facts.language):
        begins, ends = finding.start or 0, finding.end or 0
        if start < 0 or begins < start or ends > start + len(known) or _is_phrase(text[begins:ends]):
            yield finding


def _is_phrase(text: str) -> bool:
    return any(pattern.search(text) for pattern in ALWAYS_DEFENSIVE.values())


def defensive_in(text: str, language: str = "en") -> tuple[GateFinding, ...]:
    """The phrases that are always defensive, and the clauses that are measured to be.

    `language`: what is taken for the text's own where it is too short to tell.
    """
    if not text.strip():
        return ()
    phrases = [
        found for kind, pattern in ALWAYS_DEFENSIVE.items() for found in _found(f"defensive_{kind}", pattern, text)
    ]
    if tongue(text, language) in UNMEASURED:
        return tuple(phrases)
    measured = [
        GateFinding(code=f"defensive_{kind}", start=start, end=end)
        for start, end, kind, _ in judge(text).clauses
        if not any(start <= (phrase.start or 0) < end for phrase in phrases)
    ]
    return (*phrases, *measured)


def asks_generic_help(text: str) -> tuple[GateFinding, ...]:
    """Generic offers of help, whether or not they are in place."""
    return tuple(_found("asks_generic_help", GENERIC_HELP, text))


def states_problem(mention: str) -> bool:
    """Whether a mention says what is wrong or wanted, and not only that something is."""
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)?", mention.lower().replace("’", "'"))
    return sum(word not in VAGUE for word in words) >= 2


def _claims(text: str, facts: Facts) -> Iterable[GateFinding]:
    if facts.told is None and facts.outcome is None:
        yield from _found("claims_told", TOLD, text)
    if facts.fix is None:
        yield from _found("claims_fixed", FIXED, text)


def _promises(text: str, grounds: Grounds) -> Iterable[GateFinding]:
    for promise in promises_in(_without_backed(text, grounds.facts), grounds.now):
        if grounds.facts.kind is Kind.QUESTION and OPENING.search(promise.words):
            continue
        if grounds.promise_max is None or grounds.now is None:
            yield GateFinding(code="promise", start=promise.start, end=promise.end)
        elif promise.due_at is None:
            yield GateFinding(code="promise_without_time", start=promise.start, end=promise.end)
        elif promise.due_at > grounds.now + grounds.promise_max:
            yield GateFinding(code="promise", start=promise.start, end=promise.end)


def _without_backed(text: str, facts: Facts) -> str:
    """`text` with the owner's own time, and the day a timer stands behind, made unreadable: they bind nobody anew."""
    for said in (facts.until, facts.next_update):
        if said:
            text = re.sub(re.escape(said), lambda found: "_" * len(found.group()), text, flags=re.IGNORECASE)
    return text


def _asks(text: str, grounds: Grounds) -> Iterable[GateFinding]:
    facts = grounds.facts
    known = {*grounds.known, *(slot for slot, value in _known(facts).items() if value)}
    for slot, pattern in ASKS_FOR.items():
        if slot in known:
            yield from _found(f"asks_known_{slot}", pattern, text)
    yield from doors_instead_of_answers(text, facts)
    if facts.outcome is not None:
        yield from _found("asks_after_the_outcome", re.compile(r"\?"), text)
    elif grounds.asked:
        yield from _found("asks_again", re.compile(r"\?"), text)


def _known(facts: Facts) -> Mapping[str, object]:
    return {"place": facts.place_known or facts.branch, "duration": facts.detail}


def _specific(text: str, mention: str, facts: Facts) -> Iterable[GateFinding]:
    said = {word for word in _content(mention) if len(word) > 3 or word.isdigit()}
    named = (facts.matter, facts.detail, facts.branch, facts.process)
    low = text.lower()
    if not said & set(_content(text)) and not any(name and name.lower() in low for name in named):
        yield GateFinding(code="not_specific_to_the_mention")
    answered = facts.answer is not None and facts.answer in text
    if not answered and not OURS.search(text) and not promises_in(text):
        yield GateFinding(code="no_action_or_time")


def _content(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in VAGUE]


def _echoes(text: str, mention: str) -> Iterable[GateFinding]:
    ours, theirs = text.lower().split(), mention.lower().split()
    runs = {tuple(theirs[start : start + ECHO_WORDS]) for start in range(len(theirs) - ECHO_WORDS + 1)}
    if runs and any(tuple(ours[start : start + ECHO_WORDS]) in runs for start in range(len(ours) - ECHO_WORDS + 1)):
        yield GateFinding(code="injection_echo")


def _links(text: str, hosts: Collection[str]) -> Iterable[GateFinding]:
    for match in LINK.finditer(text):
        if (match["host"] or match["bare"]).lower().removeprefix("www.") not in hosts:
            yield GateFinding(code="link", start=match.start(), end=match.end())


def _hosts(facts: Facts) -> set[str]:
    """Where the answer we know, or a gift, points to."""
    known = " ".join(said for said in (facts.answer, facts.gift) if said)
    return {(match["host"] or match["bare"]).lower().removeprefix("www.") for match in LINK.finditer(known)}


def _by_table(table: Mapping[str, re.Pattern[str]], text: str) -> Iterable[GateFinding]:
    for code, pattern in table.items():
        yield from _found(code, pattern, text)


def _found(code: str, pattern: re.Pattern[str], text: str) -> Iterable[GateFinding]:
    plain = text.replace("’", "'")
    return (GateFinding(code=code, start=match.start(), end=match.end()) for match in pattern.finditer(plain))
