"""Which branch a mention is about, with the evidence and how sure we are. Pure.

Words name a branch more strongly than coordinates or the account written to: people complain from home. What the
words leave open is narrowed step by step, by the surest hint first. A confident wrong branch is worse than asking
the region's owner, so the confidence says how the branch was found, not how many hints there were.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from contracts import Candidate, Location, LocationStatus, Place
from services.notify.directory import Branch, Directory
from services.notify.gazetteer import Gazetteer, Named, Naming
from services.notify.geography import TOWNS_OF_THE_WORLD, Grid, distance_m
from services.notify.hints import (
    Region,
    Regions,
    Surroundings,
    by_description,
    by_hours,
    countries_spoken,
    names_unknown_place,
)
from services.notify.speech import ALTERNATIVES, AWAY, BRANCH_NOUNS, ON_SITE, REMOTE, YOURS, Role, praise_of, role_of
from services.notify.words import Token, read, word_set

NEAR = ((150.0, 0.95), (400.0, 0.86), (1_000.0, 0.66), (5_000.0, 0.4))
"""Metres from the branch → how sure coordinates alone make us."""
FAR_M = NEAR[-1][0]
AT_THE_DOOR_M = NEAR[0][0]
CLEARLY_NEARER = 0.4
"""The nearest branch decides where it is at most this share of the next one's distance."""
BRANCH_CONFIDENCE_MIN = 0.6
TAG_WEIGHT = 0.96
STORE_CODE_WEIGHT = 0.99
REGION_WEIGHT = 0.74
ACCOUNT_WEIGHT = 0.72
LEAD = 0.12
OF_A_BRANCH = 0.13
"""Branches that score this near to the best are as good as it; speaking of "your … branch" is more than that."""
CANDIDATES_MAX = 20
SPREAD_MAX = 60
"""What fits more branches than this names none of them."""

SURENESS: Mapping[str, float] = {
    "region": 0.9,
    "text_landmark": 0.78,
    "opening_hours": 0.72,
    "account": 0.78,
    "last_case": 0.75,
    "language": 0.62,
}
"""How sure a hint makes us that decides between branches the words leave open."""
CONTRAST_CONFIDENCE_MAX = 0.78
DENIAL_CONFIDENCE_MAX = 0.88
WEAK = 0.5
"""A place named in passing, where nothing else is named."""

AGAIN = word_set("again still same usual wieder immer noch encore toujours otra vez siempre weer nog ancora sempre")
NOWHERE = Location(status=LocationStatus.NONE, confidence=0.0)


@dataclass(frozen=True)
class Evidence:
    """Something that points to `branches`: its code and how sure it makes us when it points to one alone."""

    code: str
    branches: frozenset[str]
    weight: float
    emphasis: float = 0.0


@dataclass(frozen=True)
class Asked:
    """What is known about a mention besides its words."""

    text: str
    place: Place | None = None
    account: str | None = None
    posted_at: datetime | None = None
    last_branch: str | None = None


@dataclass(frozen=True)
class _Company:
    branches: Mapping[str, Branch]
    gazetteer: Gazetteer
    regions: Regions
    surroundings: Surroundings
    grid: Grid
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
        last_branch: str | None = None,
    ) -> Location:
        """The branch of `company`, or several it may be, or none. `last_branch`: where the author's last case was."""
        known = self._companies.get(company)
        if known is None or not known.branches:
            return NOWHERE
        asked = Asked(text, place, account, posted_at, last_branch)
        heard = _hear(known, text)
        evidence = [*_by_code(known, place), *_by_words(heard), *_by_tag(known, place)]
        if not evidence:
            return _without_words(known, asked, heard)
        if heard.elsewhere and not any(item.code == "store_code" for item in evidence):
            return NOWHERE
        return _Narrowing(known, asked, heard, evidence).conclude()


@dataclass(frozen=True)
class Heard:
    """What the words say: the places named, by what they are to the complaint."""

    tokens: Sequence[Token]
    named: Sequence[Named]
    about: Sequence[Named]
    passing: Sequence[Named] = ()
    denied: frozenset[str] = frozenset()
    regions: Sequence[Region] = ()
    contrasted: bool = False
    near: tuple[frozenset[str], int] = (frozenset(), 0)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(token.word for token in self.tokens)

    @property
    def on_site(self) -> bool:
        """Said of a place one stands in."""
        return not self.words.isdisjoint(ON_SITE)

    @property
    def remote(self) -> bool:
        """Said of what the whole company does from afar: the app, the hotline."""
        return not self.words.isdisjoint(REMOTE) and not self.on_site

    @cached_property
    def elsewhere(self) -> bool:
        """Only a town is named, and with it a region or country in which there is no branch of ours there."""
        towns = [item for item in self.about if item.naming is not Naming.STREET]
        if not towns or len(towns) != len(self.about) or not self.regions:
            return False
        ids = frozenset[str]().union(*(item.branches for item in towns))
        beside = [region for region in self.regions if any(-3 <= region.start - item.end <= 3 for item in towns)]
        return bool(beside) and not any(ids & region.branches for region in beside) and not _is_singled_out(towns)


def _is_singled_out(named: Iterable[Named]) -> bool:
    return any(item.naming in (Naming.NAME, Naming.ALIAS) and item.end - item.start > 1 for item in named)


def _index(branches: Sequence[Branch]) -> _Company:
    accounts, codes = dict[str, set[str]](), dict[str, set[str]]()
    for branch in branches:
        if branch.account:
            accounts.setdefault(branch.account.casefold(), set()).add(branch.id)
        if branch.store_code:
            codes.setdefault(branch.store_code, set()).add(branch.id)
    return _Company(
        branches={branch.id: branch for branch in branches},
        gazetteer=Gazetteer(branches),
        regions=Regions(branches),
        surroundings=Surroundings(branches),
        grid=Grid((branch.id, branch.lat, branch.lon) for branch in branches),
        of_account=_frozen(accounts),
        of_code=_frozen(codes),
    )


def _frozen(found: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(ids) for key, ids in found.items()}


def _hear(known: _Company, text: str) -> Heard:
    tokens = known.gazetteer.readable(read(text))
    named = known.gazetteer.find_in(tokens)
    roles = [role_of(tokens, item.start, item.end) for item in named]
    about = [item for item, role in zip(named, roles, strict=True) if role is Role.ABOUT]
    about = [item for item in about if not _is_part_of_another_name(tokens, item)]
    compared = [item for item, role in zip(named, roles, strict=True) if role is Role.COMPARED]
    about = _unless_praised(tokens, about, compared)
    denied = frozenset[str]().union(
        *(n.branches for n, role in zip(named, roles, strict=True) if role is Role.DENIED and len(n.branches) == 1)
    )
    kept, contrasted = _blamed(tokens, about)
    return Heard(
        tokens,
        named,
        kept,
        [item for item, role in zip(named, roles, strict=True) if role is Role.PASSING],
        denied,
        list(known.regions.said(tokens, named)),
        contrasted,
        known.surroundings.near(tokens, named),
    )


def _unless_praised(tokens: Sequence[Token], about: list[Named], compared: list[Named]) -> list[Named]:
    """ "Acomb was lovely, unlike Bootham" is about Bootham."""
    if not compared or not about:
        return about
    praise = min(praise_of(tokens, item.start, item.end) for item in about)
    return compared if praise > 0 > min(praise_of(tokens, item.start, item.end) for item in compared) else about


def _is_part_of_another_name(tokens: Sequence[Token], item: Named) -> bool:
    """Leeds Permanent is no branch in Leeds: a town that runs on into a word with a capital we do not know."""
    if item.naming is not Naming.TOWN or item.end >= len(tokens):
        return False
    after = tokens[item.end]
    if after.gap or not after.raw[0].isupper() or after.shouted or after.tagged or after.word in BRANCH_NOUNS:
        return False
    before = tokens[item.start - 1] if item.start else None
    names = before is not None and before.word in {"the", "proud"} and not tokens[item.start].gap
    return names and item.end + 1 < len(tokens)


def _blamed(tokens: Sequence[Token], about: Sequence[Named]) -> tuple[list[Named], bool]:
    """Of two places, one praised and one blamed, the complaint is about the second."""
    whole = frozenset[str]().union(*(item.branches for item in about))
    if len(about) < 2 or frozenset.intersection(*(item.branches for item in about)) or not whole:
        return list(about), False
    praise = [praise_of(tokens, item.start, item.end) for item in about]
    if max(praise) - min(praise) < 2 or max(praise) < 0:
        return list(about), False
    praised = frozenset[str]().union(
        *(item.branches for item, score in zip(about, praise, strict=True) if score > min(praise) + 1)
    )
    kept = [item for item in about if not item.branches & praised]
    return (kept, True) if kept else (list(about), False)


def _by_code(known: _Company, place: Place | None) -> list[Evidence]:
    """The channel's own id of the branch."""
    ids = known.of_code.get(place.branch_code or "") if place else None
    return [Evidence("store_code", ids, STORE_CODE_WEIGHT)] if ids else []


def _by_words(heard: Heard) -> list[Evidence]:
    """What the text says it is about; a place in passing counts a little where the matter is one of a place."""
    if heard.remote and not any(_is_of_a_branch(heard.tokens, item) for item in heard.about):
        return []
    found = [
        Evidence(f"text_{item.naming.value}", left, item.weight, _emphasis(heard.tokens, item))
        for item in heard.about
        if (left := item.branches - heard.denied) and len(left) <= SPREAD_MAX
    ]
    if not found and heard.passing and heard.on_site and not heard.near[0]:
        found = [Evidence(f"text_{n.naming.value}", n.branches, n.weight * WEAK) for n in heard.passing]
    if not found and not heard.remote:
        said = [region for region in heard.regions if region.located and 0 < len(region.branches) <= CANDIDATES_MAX]
        found = [Evidence("region", region.branches, REGION_WEIGHT) for region in said[:1]]
    return found


def _emphasis(tokens: Sequence[Token], item: Named) -> float:
    """More for "your Leeds branch" than for Leeds, where both are named."""
    before = {tokens[at].word for at in range(max(item.start - 2, 0), item.start)}
    after = tokens[item.end].word if item.end < len(tokens) and not tokens[item.end].gap else ""
    return OF_A_BRANCH if before & YOURS or after in BRANCH_NOUNS else 0.0


def _is_of_a_branch(tokens: Sequence[Token], item: Named) -> bool:
    """Whether the words speak of a branch and not only of a town: your Leeds branch, Briggate."""
    alias_of_town = item.naming is Naming.ALIAS and tokens[item.start].word in TOWNS_OF_THE_WORLD
    if item.naming is not Naming.TOWN and not alias_of_town:
        return True
    before = tokens[item.start - 1].word if item.start else ""
    after = tokens[item.end].word if item.end < len(tokens) else ""
    return item.start == 0 or before in YOURS or after in BRANCH_NOUNS


def _by_tag(known: _Company, place: Place | None) -> list[Evidence]:
    if place is None or not place.name:
        return []
    tokens = known.gazetteer.readable(read(place.name))
    named = known.gazetteer.find_in(tokens, tagged=True)
    evidence = [Evidence("place_tag", item.branches, item.weight * TAG_WEIGHT) for item in named]
    pointed = frozenset[str]().union(*(item.branches for item in named))
    for region in known.regions.said(tokens, named):
        if pointed & region.branches:
            evidence.append(Evidence("place_tag", pointed & region.branches, 0.5))
    return [item for item in evidence if len(item.branches) <= SPREAD_MAX]


def _without_words(known: _Company, asked: Asked, heard: Heard) -> Location:
    """Nothing is named: what is around, the coordinates, the account, the last case, in this order."""
    if heard.elsewhere or names_unknown_place(heard.tokens, heard.named):
        return NOWHERE
    if heard.remote and not _is_at_the_door(known, asked.place):
        return NOWHERE
    evidence = [*_by_surroundings(heard), *_by_account(known, asked.account)]
    near = _distances(known, asked.place)
    if near and not any(item.code == "text_landmark" for item in evidence):
        return _by_distance(near, away=not heard.words.isdisjoint(AWAY) and not heard.on_site)
    if evidence:
        return _Narrowing(known, asked, heard, evidence).conclude()
    return _by_habit(known, asked, heard)


def _by_surroundings(heard: Heard) -> list[Evidence]:
    ids, words = heard.near
    if not ids or len(ids) > CANDIDATES_MAX:
        return []
    return [Evidence("text_landmark", ids - heard.denied or ids, 0.66 if words <= 2 else 0.78)]


def _by_account(known: _Company, account: str | None) -> list[Evidence]:
    ids = known.of_account.get(account.casefold()) if account else None
    return [Evidence("account", ids, ACCOUNT_WEIGHT)] if ids else []


def _by_habit(known: _Company, asked: Asked, heard: Heard) -> Location:
    """The author's last case where they say "again"; else the one branch that language and hours leave."""
    if not heard.on_site:
        return NOWHERE
    if asked.last_branch and asked.last_branch in known.branches and not heard.words.isdisjoint(AGAIN):
        return _branch(asked.last_branch, BRANCH_CONFIDENCE_MIN, ["last_case"], {})
    countries = countries_spoken(heard.tokens)
    spoken = [branch for branch in known.branches.values() if branch.country in countries]
    if not spoken or len(spoken) > CANDIDATES_MAX:
        return NOWHERE
    serving = by_hours(spoken, asked.text, heard.tokens, asked.posted_at)
    if len(serving) == 1 and len(spoken) > 1:
        return _branch(min(serving), BRANCH_CONFIDENCE_MIN, ["language", "opening_hours"], {})
    return NOWHERE


@dataclass
class _Narrowing:
    """From what the evidence points to, to the branch or the few it may be."""

    known: _Company
    asked: Asked
    heard: Heard
    evidence: Sequence[Evidence]
    codes: list[str] = field(default_factory=list)
    decided_by: list[float] = field(default_factory=list)

    def conclude(self) -> Location:
        scores = _scores(self.evidence)
        best = max(scores.values())
        leaders = frozenset(branch for branch, score in scores.items() if score > best - LEAD)
        if not self.heard.words.isdisjoint(ALTERNATIVES) and not self.heard.words.isdisjoint(
            {"or", "oder", "ou", "of"}
        ):
            leaders = frozenset(scores)
        else:
            leaders = self._narrow(leaders)
        self.codes[:0] = [item.code for item in self.evidence if item.branches & leaders]
        if len(leaders) > 1:
            return _ambiguous({branch: scores[branch] for branch in leaders}, self.codes)
        branch = min(leaders)
        sure = self._sureness(branch)
        if sure < BRANCH_CONFIDENCE_MIN and len(scores) > 1:
            return _ambiguous(scores, self.codes)
        others = {other: score for other, score in scores.items() if other != branch}
        return _branch(branch, max(sure, BRANCH_CONFIDENCE_MIN), self.codes, others)

    def _narrow(self, leaders: frozenset[str]) -> frozenset[str]:
        for code, hint in (
            ("region", self._region),
            ("text_landmark", self._description),
            ("account", self._account),
            ("coordinates", self._coordinates),
            ("opening_hours", self._hours),
            ("last_case", self._last_case),
            ("language", self._language),
        ):
            if len(leaders) == 1 and code != "coordinates":
                continue
            left = hint(leaders) & leaders
            if left and (len(left) < len(leaders) or code == "coordinates"):
                leaders = left
                self.codes.append(code)
                if code in SURENESS:
                    self.decided_by.append(SURENESS[code])
        return leaders

    def _branches(self, leaders: Iterable[str]) -> list[Branch]:
        return [self.known.branches[branch] for branch in sorted(leaders)]

    def _region(self, leaders: frozenset[str]) -> frozenset[str]:
        for region in self.heard.regions:
            if region.branches & leaders:
                leaders &= region.branches
        return leaders

    def _description(self, leaders: frozenset[str]) -> frozenset[str]:
        named_alone = {min(item.branches) for item in self.evidence if len(item.branches) == 1}
        if len(leaders) > CANDIDATES_MAX or leaders <= named_alone:
            return frozenset()
        ids, words = self.heard.near
        if words and ids & leaders and (ids & leaders) != leaders:
            return ids
        return by_description(self._branches(leaders), self.known.surroundings, self.heard.tokens, self.heard.named)

    def _account(self, leaders: frozenset[str]) -> frozenset[str]:
        account = self.asked.account
        return self.known.of_account.get(account.casefold(), frozenset()) if account else frozenset()

    def _coordinates(self, leaders: frozenset[str]) -> frozenset[str]:
        """The leader the author stands at, or is clearly nearest to."""
        near = _distances(self.known, self.asked.place)
        inside = {branch: metres for branch, metres in near.items() if branch in leaders}
        nearest = _clearly_nearest(inside)
        if nearest is None or (len(leaders) == 1 and inside[nearest] > NEAR[2][0]):
            return frozenset()
        self.decided_by.append(1 - (1 - _near(inside[nearest])) * 0.5)
        return frozenset((nearest,))

    def _hours(self, leaders: frozenset[str]) -> frozenset[str]:
        if len(leaders) > CANDIDATES_MAX:
            return frozenset()
        return by_hours(self._branches(leaders), self.asked.text, self.heard.tokens, self.asked.posted_at)

    def _last_case(self, leaders: frozenset[str]) -> frozenset[str]:
        return frozenset((self.asked.last_branch,)) if self.asked.last_branch else frozenset()

    def _language(self, leaders: frozenset[str]) -> frozenset[str]:
        countries = countries_spoken(self.heard.tokens)
        if not countries:
            return frozenset()
        return frozenset(branch.id for branch in self._branches(leaders) if branch.country in countries)

    def _sureness(self, branch: str) -> float:
        """From the best evidence for this branch alone, then from what decided; doubt only where places contend."""
        pointing = [item for item in self.evidence if branch in item.branches]
        alone = max((item.weight for item in pointing if len(item.branches) == 1), default=0.0)
        if not alone and len(pointing) > 1 and not self.decided_by:
            alone = 0.84
        doubt = 1 - max(alone, *self.decided_by) if self.decided_by else 1 - alone
        sure = 1 - doubt * (0.6 ** max(len(pointing) + len(self.decided_by) - 1, 0))
        against = max((i.weight for i in self.evidence if branch not in i.branches), default=0.0)
        if against and not self.decided_by:
            sure = min(sure, 0.75)
        if self.heard.contrasted:
            sure = min(sure, CONTRAST_CONFIDENCE_MAX)
        if self.heard.denied:
            sure = min(sure, DENIAL_CONFIDENCE_MAX)
        if max(item.weight for item in pointing) < BRANCH_CONFIDENCE_MIN:
            sure = min(sure, BRANCH_CONFIDENCE_MIN)
        return min(sure, 0.99)


def _scores(evidence: Iterable[Evidence]) -> dict[str, float]:
    scores: dict[str, float] = {}
    for item in evidence:
        for branch in item.branches:
            scores[branch] = scores.get(branch, 0.0) + item.weight + item.emphasis
    return scores


def _clearly_nearest(metres: Mapping[str, float]) -> str | None:
    """The branch the coordinates decide for; None where another is about as near."""
    ordered = sorted(metres, key=lambda branch: metres[branch])
    if not ordered:
        return None
    if len(ordered) == 1 or metres[ordered[0]] <= CLEARLY_NEARER * metres[ordered[1]]:
        return ordered[0]
    return None


def _is_at_the_door(known: _Company, place: Place | None) -> bool:
    return any(metres <= AT_THE_DOOR_M for metres in _distances(known, place).values())


def _by_distance(near: Mapping[str, float], *, away: bool) -> Location:
    """Coordinates alone: the nearest branch, where it is near and clearly nearer than the next one."""
    first = _clearly_nearest(near)
    sure = _near(near[first]) if first else 0.0
    weights = {branch: 1 / max(metres, 30.0) for branch, metres in near.items()}
    if first and sure >= BRANCH_CONFIDENCE_MIN:
        others = {branch: weight for branch, weight in weights.items() if branch != first}
        return _branch(first, BRANCH_CONFIDENCE_MIN if away else sure, ["coordinates"], others)
    return _ambiguous(weights, ["coordinates"])


def _near(metres: float) -> float:
    return next((sureness for limit, sureness in NEAR if metres <= limit), 0.0)


def _distances(known: _Company, place: Place | None) -> dict[str, float]:
    """Metres to the branches around, nearest first; empty without coordinates."""
    if place is None or place.lat is None or place.lon is None:
        return {}
    return known.grid.near(place.lat, place.lon, FAR_M)


def _branch(branch: str, confidence: float, codes: Sequence[str], others: Mapping[str, float]) -> Location:
    """The branch, and after it what else was thought of, with the rest of the score."""
    whole = sum(others.values())
    rest = ((other, (1 - confidence) * score / whole) for other, score in others.items())
    return Location(
        status=LocationStatus.BRANCH,
        branch_id=branch,
        candidates=(_candidate(branch, confidence), *_best_first(rest, CANDIDATES_MAX - 1)),
        confidence=round(confidence, 4),
        evidence=tuple(dict.fromkeys(codes)),
    )


def _ambiguous(scores: Mapping[str, float], codes: Sequence[str]) -> Location:
    whole = sum(scores.values())
    shown = _best_first(((branch, score / whole) for branch, score in scores.items()), CANDIDATES_MAX)
    return Location(
        status=LocationStatus.AMBIGUOUS,
        candidates=shown,
        confidence=shown[0].score,
        evidence=tuple(dict.fromkeys(codes)),
    )


def _best_first(shares: Iterable[tuple[str, float]], most: int) -> tuple[Candidate, ...]:
    ordered = sorted(shares, key=lambda item: (-item[1], item[0]))
    return tuple([_candidate(branch, score) for branch, score in ordered[:most]])


def _candidate(branch: str, score: float) -> Candidate:
    return Candidate(branch_id=branch, score=round(score, 4))


__all__ = ["Evidence", "Locator", "distance_m"]
