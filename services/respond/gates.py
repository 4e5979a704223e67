"""What no text of ours may hold, a person's included: each finding has a code and the characters it rests on. Pure.

claims   said to be told, fixed or promised without an event behind it
asks     a generic offer of help where the problem was stated
defensive   denial, blame, policy as a shield, excuses, minimising, sarcasm
length, similar   what the channel and the reader can take
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from contracts import GateFinding
from services.respond.doors import doors_instead_of_answers, is_after_answer
from services.respond.facts import Facts

SIMILAR_MAX = 85.0
RECENT_MAX = 200
SIMILAR = GateFinding(code="similar")


@dataclass(frozen=True)
class Grounds:
    """What a text is held against. `recent`: what the account said last, already plain."""

    facts: Facts
    length_max: int | None = None
    recent: Sequence[str] = ()


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


TOLD = _any(
    r"\b(?:has|have|had|was|were|been) (?:already )?(?:been )?(?:told|notified|informed|alerted|contacted)\b",
    r"\b(?:we|i)(?:'ve| have)? (?:told|notified|informed|alerted|contacted|asked) (?:the|our|their|her|his)\b",
    r"\b(?:knows|is aware|is on it|are on it|are aware)\b",
)
FIXED = _any(
    r"\b(?:is|are|was|been|now) (?:now )?(?:fixed|repaired|resolved|solved|sorted|replaced|restocked|cleaned)\b",
    r"\bwe(?:'ve| have)? (?:just )?(?:fixed|repaired|resolved|solved|sorted|replaced|restocked|cleaned)\b",
    r"\b(?:has|have) (?:now |just )?(?:moved|opened|split|added|repaired|fixed|changed)\b",
    r"\b(?:has|have) (?:now |just )?(?:cleaned|restocked|replaced|sent)\b",
    r"\b(?:has|have) (?:now |just )?put (?!it\b|this\b|your\b|down\b)",
    r"\bwait (?:is|should be|should now be) (?:now )?(?:about |around )?\d",
    r"\b(?:is|are) (?:working|running|open|back) again\b",
)
PROMISE = _any(
    r"\b(?:we|i|they|he|she|it|someone|a colleague) ?(?:'ll| will) (?:be |also |now )?(?!never\b)\w+",
    r"\b(?:by|before) (?:tomorrow|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|noon|the end of)\b",
    r"\bwithin (?:the next )?\w+ (?:minutes?|hours?|days?|weeks?)\b|\bwe promise\b|\bguarantee",
)
GENERIC_HELP = _any(
    r"\bhow (?:can|may|could) (?:we|i) (?:help|assist|make (?:it|this) right)\b",
    r"\b(?:what|anything|something) (?:else )?(?:can )?(?:we|i) (?:can )?(?:do|help) (?:for|with)\b|\bcan we help\b",
    r"\blet us know (?:how|if|what) (?:we|there)\b|\bplease (?:dm|message|contact|call|e-?mail) us\b",
    r"\b(?:reach out|get in touch|drop us)\b|\bhappy to (?:help|assist)\b|\bmore (?:details|information)\b.{0,20}\?",
)
DEFENSIVE: Mapping[str, re.Pattern[str]] = {
    "denial": _any(
        r"\b(?:that|this|it) (?:is|'s) (?:not|simply not|just not) (?:true|correct|the case|accurate|our experience)\b",
        r"\bactually,? (?:you|our|we)\b|\byou (?:are|'re) (?:wrong|mistaken)\b",
        r"\bwe (?:never|do not|don't) (?:have|get) (?:such|any)\b",
        r"\bno other (?:customer|guest)s?\b|\bwe have no record\b|\bthat (?:never|did not|didn't) happen",
    ),
    "blame": _any(
        r"\byou (?:should|could|ought to) have\b|\bif you had\b|\byou (?:failed|forgot|neglected)\b",
        r"\byour (?:own )?(?:fault|mistake)\b",
        r"\bour (?:courier|supplier|partner|contractor|driver|staff|system) (?:\w+ )?(?:at fault|to blame|failed)\b",
        r"\bnot our (?:fault|responsibility|problem)\b|\bblame\b|\bmisunderst(?:ood|anding) (?:on|by) you",
    ),
    "policy_shield": _any(
        r"\b(?:as )?per (?:our|company) (?:policy|terms)\b",
        r"\bour (?:policy|policies|terms|rules) (?:is|are|state|say|clearly|require|do)\b",
        r"\bby design\b|\bterms and conditions\b|\bwe are not (?:able|allowed|obliged)\b|\bas (?:clearly )?stated\b",
    ),
    "excuse": _any(
        r"\bdue to (?:unforeseen|circumstances|high|unprecedented|the current)\b|\bbeyond our control\b",
        r"\bunfortunately,? (?:we|it|this)\b",
        r"\bthese things happen\b|\bwe (?:were|are) (?:very |extremely |just )?busy\b|\bstaff shortages?\b",
        r"\bplease understand\b",
    ),
    "minimising": _any(
        r"\bsorry (?:if|that you feel|you feel|for any)\b|\bany inconvenience\b",
        r"\b(?:only|just) a (?:small|minor|few)\b",
        r"\bcalm down\b|\boverreact|\bnot (?:that|so) (?:bad|long|serious)\b|\bat least\b",
    ),
    "sarcasm": _any(
        r"\bwell,? (?:done|congratulations)\b|\bthanks for nothing\b|\bhow (?:nice|lovely) of you\b|\boh,? really\b"
    ),
}


def check(text: str, grounds: Grounds) -> tuple[GateFinding, ...]:
    """Everything that keeps `text` from going out; nothing: it may."""
    findings = [*_claims(text, grounds.facts), *_asks(text, grounds.facts), *_defensive(text)]
    if not text.strip():
        findings.append(GateFinding(code="empty"))
    if grounds.length_max is not None and len(text) > grounds.length_max:
        findings.append(GateFinding(code="too_long", start=grounds.length_max, end=len(text)))
    if is_similar(text, grounds.recent):
        findings.append(SIMILAR)
    return tuple(findings)


def _claims(text: str, facts: Facts) -> Iterable[GateFinding]:
    if facts.told is None and facts.outcome is None:
        yield from _found("claims_told", TOLD, text)
    if facts.fix is None:
        yield from _found("claims_fixed", FIXED, text)
    yield from _found("promise", PROMISE, text)


def _asks(text: str, facts: Facts) -> Iterable[GateFinding]:
    for finding in _found("asks_generic_help", GENERIC_HELP, text):
        if not is_after_answer(text, facts, finding.start or 0):
            yield finding
    yield from doors_instead_of_answers(text, facts)
    if facts.outcome is not None:
        yield from _found("asks_after_the_outcome", re.compile(r"\?"), text)


def _defensive(text: str) -> Iterable[GateFinding]:
    for code, pattern in DEFENSIVE.items():
        yield from _found(f"defensive_{code}", pattern, text)


def _found(code: str, pattern: re.Pattern[str], text: str) -> Iterable[GateFinding]:
    plain = text.replace("’", "'")
    return (GateFinding(code=code, start=match.start(), end=match.end()) for match in pattern.finditer(plain))


_NAMES_AND_NUMBERS = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z]\w*\b|\d+|[@#]\w+")
_SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """`text` for comparing: without names, numbers and capitals."""
    return _SPACES.sub(" ", _NAMES_AND_NUMBERS.sub("", text)).strip().lower()


def is_similar(text: str, recent: Sequence[str]) -> bool:
    """Whether one of the account's last texts, already plain, is nearly the same."""
    if not recent:
        return False
    return process.extractOne(plain(text), recent, scorer=fuzz.ratio, score_cutoff=SIMILAR_MAX + 0.001) is not None
