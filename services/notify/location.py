"""Which branch a mention is about, with the evidence and how sure we are. Pure.

Words name a branch more strongly than coordinates: people complain from home. Coordinates decide between branches
the words leave open, and stand alone where there are no words. A confident wrong branch is worse than asking
the region's owner.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts import Candidate, Location, LocationStatus, Place
from services.notify.directory import Branch, Directory
from services.notify.gazetteer import Gazetteer, Naming, fold, names_of

EARTH_RADIUS_M = 6_371_000.0
NEAR = ((150.0, 0.95), (400.0, 0.85), (1_000.0, 0.65), (5_000.0, 0.4))
"""Metres from the branch → how sure coordinates alone make us."""
CLEARLY_NEARER = 0.4
"""The nearest branch decides where it is at most this share of the next one's distance."""
BRANCH_CONFIDENCE_MIN = 0.6
TAG_WEIGHT = 0.95
STORE_CODE_WEIGHT = 0.99
ACCOUNT_WEIGHT = 0.7
CANDIDATES_MAX = 20

NOWHERE = Location(status=LocationStatus.NONE, confidence=0.0)


@dataclass(frozen=True)
class Evidence:
    """Something that points to `branches`: its code and how sure it makes us when it points to one alone."""

    code: str
    branches: frozenset[str]
    weight: float


@dataclass(frozen=True)
class _Company:
    branches: Sequence[Branch]
    gazetteer: Gazetteer
    of_account: Mapping[str, frozenset[str]]
    of_code: Mapping[str, frozenset[str]]


class Locator:
    """Looks up branches of one state of the directory."""

    def __init__(self, directory: Directory) -> None:
        self._companies = {company.id: _index(directory.branches_of(company.id)) for company in directory.companies}

    def locate(
        self,
        *,
        company: str,
        text: str,
        place: Place | None = None,
        account: str | None = None,
        posted_at: datetime | None = None,
    ) -> Location:
        """The branch of `company`, or several it may be, or none. `posted_at` is not used yet."""
        known = self._companies.get(company)
        if known is None or not known.branches:
            return NOWHERE
        evidence = [*_by_code(known, place), *_by_words(known, text, place)]
        near = _distances(known.branches, place)
        if evidence:
            return _conclude(evidence, near)
        if near:
            return _by_distance(near)
        return _conclude(_by_account(known, account), near)


def _index(branches: Sequence[Branch]) -> _Company:
    accounts, codes = dict[str, set[str]](), dict[str, set[str]]()
    for branch in branches:
        if branch.account:
            accounts.setdefault(branch.account.casefold(), set()).add(branch.id)
        if branch.store_code:
            codes.setdefault(branch.store_code, set()).add(branch.id)
    return _Company(branches, Gazetteer(branches), _frozen(accounts), _frozen(codes))


def _frozen(found: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(ids) for key, ids in found.items()}


def _by_code(known: _Company, place: Place | None) -> list[Evidence]:
    """The channel's own id of the branch."""
    ids = known.of_code.get(place.branch_code or "") if place else None
    return [Evidence("store_code", ids, STORE_CODE_WEIGHT)] if ids else []


def _by_words(known: _Company, text: str, place: Place | None) -> list[Evidence]:
    """What the text names, then what the place tag names."""
    in_text = known.gazetteer.find(text)
    evidence = [Evidence(f"text_{named.naming.value}", named.branches, named.weight) for named in in_text]
    if place is not None and place.name:
        in_tag = known.gazetteer.find(place.name)
        evidence += [Evidence("place_tag", named.branches, named.weight * TAG_WEIGHT) for named in in_tag]
        evidence += _by_region(known, place.name, names_of(in_tag))
    return evidence


def _by_region(known: _Company, name: str, codes: Sequence[str]) -> list[Evidence]:
    """A tag often says the town and its region: the region decides between towns of one name."""
    words = f" {fold(name)} "
    if codes != [Naming.TOWN.value]:
        return []
    ids = frozenset(branch.id for branch in known.branches if f" {fold(branch.region)} " in words)
    return [Evidence("place_tag", ids, 0.5)] if ids else []


def _by_account(known: _Company, account: str | None) -> list[Evidence]:
    ids = known.of_account.get(account.casefold()) if account else None
    return [Evidence("account", ids, ACCOUNT_WEIGHT)] if ids else []


def _conclude(evidence: Sequence[Evidence], near: Mapping[str, float]) -> Location:
    """Every branch gets its share of what points to it; the best decides, unless another is as good."""
    if not evidence:
        return NOWHERE
    scores = _scores(evidence)
    best = max(scores.values())
    leaders = [branch for branch, score in scores.items() if score > best - 0.02]
    codes = [item.code for item in evidence if item.branches & set(leaders)]
    inside = {branch: metres for branch, metres in near.items() if branch in leaders and metres <= NEAR[-1][0]}
    if inside and (nearest := _clearly_nearest(inside, among=len(leaders))):
        sureness = 1 - (1 - min(_certainty(evidence, nearest), 0.98)) * (1 - _sureness(inside[nearest]))
        return _branch(nearest, max(sureness, BRANCH_CONFIDENCE_MIN), [*codes, "coordinates"])
    if len(leaders) == 1 and _certainty(evidence, leaders[0]) >= BRANCH_CONFIDENCE_MIN:
        return _branch(leaders[0], _certainty(evidence, leaders[0]), codes)
    return _ambiguous(leaders, codes)


def _scores(evidence: Iterable[Evidence]) -> dict[str, float]:
    scores: dict[str, float] = {}
    for item in evidence:
        for branch in item.branches:
            scores[branch] = scores.get(branch, 0.0) + item.weight
    return scores


def _certainty(evidence: Iterable[Evidence], branch: str) -> float:
    """How sure everything that points to `branch` makes us, taken as independent.

    That the branch was singled out by several hints together counts for each of them.
    """
    doubt = 1.0
    for item in evidence:
        if branch in item.branches:
            doubt *= 1 - item.weight
    return min(1 - doubt, 0.99)


def _clearly_nearest(metres: Mapping[str, float], among: int) -> str | None:
    """The branch the coordinates decide for; None where another is about as near."""
    ordered = sorted(metres, key=lambda branch: metres[branch])
    if len(ordered) == 1 or metres[ordered[0]] <= CLEARLY_NEARER * metres[ordered[1]]:
        return ordered[0] if among > 1 or metres[ordered[0]] <= NEAR[2][0] else None
    return None


def _by_distance(near: Mapping[str, float]) -> Location:
    """Coordinates alone: the nearest branch, where it is near and clearly nearer than the next one."""
    ordered = [branch for branch in sorted(near, key=lambda branch: near[branch]) if near[branch] <= NEAR[-1][0]]
    if not ordered:
        return NOWHERE
    first = ordered[0]
    alone = len(ordered) == 1 or near[first] <= CLEARLY_NEARER * near[ordered[1]]
    if alone and _sureness(near[first]) >= BRANCH_CONFIDENCE_MIN:
        return _branch(first, _sureness(near[first]), ["coordinates"])
    return _ambiguous(ordered, ["coordinates"])


def _sureness(metres: float) -> float:
    return next((sureness for limit, sureness in NEAR if metres <= limit), 0.0)


def _distances(branches: Sequence[Branch], place: Place | None) -> dict[str, float]:
    """Metres to each branch; empty without coordinates."""
    if place is None or place.lat is None or place.lon is None:
        return {}
    return {branch.id: distance_m(place.lat, place.lon, branch.lat, branch.lon) for branch in branches}


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Metres along the ground between two points in degrees (haversine)."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((p2 - p1) / 2) ** 2
    half += math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(half, 1.0)))


def _branch(branch: str, confidence: float, codes: Sequence[str]) -> Location:
    return Location(
        status=LocationStatus.BRANCH,
        branch_id=branch,
        candidates=(Candidate(branch_id=branch, score=round(confidence, 4)),),
        confidence=round(confidence, 4),
        evidence=tuple(dict.fromkeys(codes)),
    )


def _ambiguous(branches: Sequence[str], codes: Sequence[str]) -> Location:
    shown = sorted(branches)[:CANDIDATES_MAX]
    share = round(1 / len(branches), 4)
    return Location(
        status=LocationStatus.AMBIGUOUS,
        candidates=tuple(Candidate(branch_id=branch, score=share) for branch in shown),
        confidence=share,
        evidence=tuple(dict.fromkeys(codes)),
    )
