"""A reply is first a plan: what it does, in order, and for each step the facts that back it and where those come from.

Words come after. A step that lacks a fact it needs is left out, so that no wording can claim what nobody said. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts import Kind, PlanFact, PlanStep, Purpose, ReplyKind, Severity
from services.respond.facts import Facts


class Act(StrEnum):
    """What one step of a reply does."""

    APOLOGISE = "apologise"
    GREET = "greet"
    ACKNOWLEDGE = "acknowledge"
    ACTION = "action"
    EFFECT = "effect"
    ASK = "ask"
    VERDICT = "verdict"
    GOODWILL = "goodwill"
    NEXT_UPDATE = "next_update"
    THANK = "thank"


class Situation(StrEnum):
    """What a text is for."""

    TOLD = "told"
    HEARD = "heard"
    FIXED = "fixed"
    NOT_OBSERVED = "not_observed"
    CANNOT_FIX = "cannot_fix"
    ANSWER = "answer"
    UPDATE = "update"
    DETAILS = "details"
    GOODWILL = "goodwill"
    CLOSING = "closing"
    SHIPPED = "shipped"
    DECLINED = "declined"


class Fact(StrEnum):
    """What a step or a wording may need, or only fit without."""

    DETAIL = "detail"
    BRANCH = "branch"
    WHERE = "where"
    TOLD = "told"
    DONE = "done"
    WAIT = "wait"
    UNTIL = "until"
    PLACE = "place"
    CHECKED = "checked"
    NEXT = "next"
    MISSING = "missing"
    GIFT = "gift"
    REASON = "reason"
    MATTER = "matter"
    ANSWER = "answer"


@dataclass(frozen=True)
class Step:
    """One act and what it may rest on: each fact's name and its source (an event and field, or the mention)."""

    act: Act
    facts: tuple[tuple[Fact, str], ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a reply does, in order; `humour`: the most of it the mood allows, 0 to 3."""

    situation: Situation
    steps: tuple[Step, ...]
    humour: int = 0

    @property
    def acts(self) -> tuple[Act, ...]:
        return tuple(step.act for step in self.steps)

    @property
    def asks(self) -> bool:
        return Act.ASK in self.acts

    def published(self) -> tuple[PlanStep, ...]:
        """For the event: names and sources, never values."""
        return tuple(
            PlanStep(
                act=step.act.value, facts=tuple(PlanFact(name=name.value, source=said) for name, said in step.facts)
            )
            for step in self.steps
        )


_SITUATION_OF_PURPOSE = {
    Purpose.UPDATE: Situation.UPDATE,
    Purpose.DETAILS: Situation.DETAILS,
    Purpose.GOODWILL: Situation.GOODWILL,
    Purpose.CLOSING: Situation.CLOSING,
    Purpose.IDEA_SHIPPED: Situation.SHIPPED,
    Purpose.IDEA_DECLINED: Situation.DECLINED,
}

_COMPLAINT: Mapping[Situation, Sequence[Act]] = {
    Situation.TOLD: (Act.APOLOGISE, Act.ACTION, Act.NEXT_UPDATE, Act.THANK),
    Situation.HEARD: (Act.APOLOGISE, Act.ACTION, Act.THANK),
    Situation.ANSWER: (Act.APOLOGISE, Act.ACKNOWLEDGE, Act.THANK),
    Situation.FIXED: (Act.APOLOGISE, Act.ACTION, Act.EFFECT, Act.THANK),
    Situation.NOT_OBSERVED: (Act.APOLOGISE, Act.ACTION, Act.THANK),
    Situation.CANNOT_FIX: (Act.APOLOGISE, Act.ACTION, Act.THANK),
    Situation.UPDATE: (Act.APOLOGISE, Act.ACTION, Act.NEXT_UPDATE, Act.THANK),
    Situation.DETAILS: (Act.APOLOGISE, Act.ASK, Act.THANK),
    Situation.GOODWILL: (Act.APOLOGISE, Act.GOODWILL, Act.THANK),
    Situation.CLOSING: (Act.APOLOGISE, Act.ACKNOWLEDGE, Act.THANK),
}
ACTS: Mapping[Kind, Mapping[Situation, Sequence[Act]]] = {
    Kind.COMPLAINT: _COMPLAINT,
    Kind.PRAISE: {Situation.ANSWER: (Act.GREET, Act.ACKNOWLEDGE, Act.THANK)},
    Kind.IDEA: {
        Situation.ANSWER: (Act.THANK, Act.ACKNOWLEDGE, Act.VERDICT),
        Situation.SHIPPED: (Act.ACKNOWLEDGE, Act.ACTION, Act.THANK),
        Situation.DECLINED: (Act.ACKNOWLEDGE, Act.VERDICT, Act.THANK),
    },
    Kind.QUESTION: {Situation.ANSWER: (Act.ACKNOWLEDGE, Act.ACTION, Act.THANK)},
}
"""Which acts, in which order."""

NEEDS: Mapping[tuple[Situation, Act], frozenset[Fact]] = {
    (Situation.TOLD, Act.ACTION): frozenset({Fact.TOLD}),
    (Situation.TOLD, Act.NEXT_UPDATE): frozenset({Fact.NEXT}),
    (Situation.UPDATE, Act.NEXT_UPDATE): frozenset({Fact.NEXT}),
    (Situation.FIXED, Act.ACTION): frozenset({Fact.DONE}),
    (Situation.FIXED, Act.EFFECT): frozenset({Fact.WAIT}),
    (Situation.DETAILS, Act.ASK): frozenset({Fact.MISSING}),
    (Situation.GOODWILL, Act.GOODWILL): frozenset({Fact.GIFT}),
    (Situation.DECLINED, Act.VERDICT): frozenset({Fact.REASON}),
}
"""Without these a step is left out."""

USES: Mapping[Act, Sequence[Fact]] = {
    Act.APOLOGISE: (Fact.MATTER, Fact.DETAIL),
    Act.ACKNOWLEDGE: (Fact.MATTER, Fact.BRANCH, Fact.PLACE),
    Act.ACTION: (Fact.WHERE, Fact.TOLD, Fact.DONE, Fact.UNTIL, Fact.CHECKED),
    Act.EFFECT: (Fact.WAIT,),
    Act.ASK: (Fact.MISSING,),
    Act.VERDICT: (Fact.REASON,),
    Act.GOODWILL: (Fact.GIFT,),
    Act.NEXT_UPDATE: (Fact.NEXT,),
}
"""What a step names beside that, where it is known."""

CORE = frozenset({Act.ACTION, Act.ASK, Act.GOODWILL, Act.VERDICT})
"""A text whose plan lost one of these says nothing worth sending."""

HUMOUR_MAX = 3


def situation_of(kind: ReplyKind, facts: Facts, purpose: Purpose | None = None) -> Situation:
    """What a reply of `kind` has to say, as the facts stand."""
    if purpose is not None:
        return _SITUATION_OF_PURPOSE[purpose]
    if kind is ReplyKind.ACKNOWLEDGEMENT:
        return Situation.TOLD if facts.told else Situation.HEARD
    if kind is ReplyKind.OUTCOME and facts.outcome is not None:
        return Situation(facts.outcome.value)
    return Situation.ANSWER


def plan_reply(
    kind: ReplyKind, facts: Facts, purpose: Purpose | None = None, *, leave_out: Iterable[Act] = ()
) -> Plan | None:
    """The steps whose facts are there; None: there is no plan for this, or nothing left of it that is worth saying."""
    situation = situation_of(kind, facts, purpose)
    known, without = known_facts(facts), frozenset(leave_out)
    steps = []
    for act in ACTS.get(facts.kind, {}).get(situation, ()):
        needed = NEEDS.get((situation, act), frozenset())
        if act not in without and all(known[fact] for fact in needed):
            steps.append(Step(act, _backing(act, needed, facts, known)))
        elif act in CORE:
            return None
    return Plan(situation, tuple(steps), facts.humour) if steps else None


def plan_answer(source: str) -> Plan:
    """What an answer from the record, or from what the company knows, does; it rests on `source`."""
    said = Step(Act.ACKNOWLEDGE, ((Fact.MATTER, "mention"),))
    return Plan(Situation.ANSWER, (said, Step(Act.ACTION, ((Fact.ANSWER, source),))))


def _backing(
    act: Act, needed: frozenset[Fact], facts: Facts, known: Mapping[Fact, object]
) -> tuple[tuple[Fact, str], ...]:
    names = [fact for fact in Fact if fact in needed or fact in USES.get(act, ())]
    return tuple((name, facts.sources.get(name.value, "mention")) for name in names if known[name])


def known_facts(facts: Facts) -> dict[Fact, object]:
    """What is known, by name; what is not is false."""
    fix = facts.fix
    return {
        Fact.DETAIL: facts.detail,
        Fact.BRANCH: facts.branch,
        Fact.WHERE: facts.where,
        Fact.TOLD: facts.told,
        Fact.DONE: fix.done if fix else None,
        Fact.WAIT: fix.wait if fix else None,
        Fact.UNTIL: facts.until,
        Fact.PLACE: facts.place_known,
        Fact.CHECKED: facts.checked,
        Fact.NEXT: facts.next_update,
        Fact.MISSING: facts.missing,
        Fact.GIFT: facts.gift,
        Fact.REASON: facts.reason,
        Fact.MATTER: facts.matter,
        Fact.ANSWER: facts.answer,
    }


def humour_of(ceiling: int, anger: int, severity: Severity, kind: Kind) -> int:
    """How much the brand may joke: none with anyone who is angry or was harmed, or who has something to complain of."""
    if anger >= 2 or severity in {Severity.MAJOR, Severity.CRITICAL} or kind is Kind.COMPLAINT:
        return 0
    return max(min(ceiling, HUMOUR_MAX) - anger, 0)


FIVE_STEPS = (Act.APOLOGISE, Act.ACTION, Act.GOODWILL, Act.THANK)
"""What a complaint gets over its whole life, in this order; where nothing is given, that step is left out."""


def keeps_five_steps(plans: Sequence[Sequence[str]]) -> bool:
    """Whether a case's acts, reply by reply, hold apology, action and thanks in order, and ask at most once.

    The one asking message comes before any gift: nobody is given something and then asked for more.
    """
    acts = [act for plan in plans for act in plan]
    walk = iter(acts)
    in_order = all(step in walk for step in FIVE_STEPS if step is not Act.GOODWILL or step in acts)
    asked = [place for place, act in enumerate(acts) if act == Act.ASK]
    given = [place for place, act in enumerate(acts) if act == Act.GOODWILL]
    return in_order and len(asked) <= 1 and not (asked and given and given[0] < asked[0])
