"""Makes a text from a playbook and the facts, and keeps only one that passes every gate. Pure."""

import itertools
from dataclasses import dataclass, replace

from contracts import FixAction, GateFinding, Purpose, ReplyKind
from services.respond.answers import Answer
from services.respond.facts import Facts
from services.respond.gates import SIMILAR, Grounds, check
from services.respond.plans import Act, Plan, known_facts, plan_answer, plan_reply
from services.respond.playbooks import Playbook, Playbooks
from services.respond.recent import Recent
from services.respond.words import Words

TRIES_MAX = 24
"""The least like come first: when so many texts are too like the last ones, the others are too."""


@dataclass(frozen=True)
class Draft:
    """A text that may go out, its plan, and where it came from."""

    text: str
    playbook: str
    variant: str
    plan: Plan


@dataclass(frozen=True)
class Blocked:
    """No text passed: the last one tried, and what was found in it. Without a text: there is no playbook or no plan."""

    findings: tuple[GateFinding, ...]
    draft: Draft | None = None


NEIGHBOURS_MAX = 12
"""Hundreds who met one problem cannot each be told in words nobody has read; neighbours still differ."""


def draft_apart(
    playbooks: Playbooks,
    language: str,
    kind: ReplyKind,
    facts: Facts,
    grounds: Grounds,
    seed: int,
    purpose: Purpose | None = None,
) -> Draft | Blocked:
    """A text unlike all the account's last ones; where nothing of that sort is left to say, unlike the very last."""
    known = frozenset(fact for fact, value in known_facts(facts).items() if value)
    matter = (language, kind, purpose, facts.kind, facts.topic, facts.outcome, facts.humour, known)
    if matter not in grounds.recent.worn_out:
        made = draft_reply(playbooks, language, kind, facts, grounds, seed, purpose)
        if isinstance(made, Draft) or made.findings != (SIMILAR,):
            return made
        grounds.recent.worn_out.add(matter)
    neighbours = replace(grounds, recent=grounds.recent.newest(NEIGHBOURS_MAX))
    return draft_reply(playbooks, language, kind, facts, neighbours, seed, purpose)


SHORTER: tuple[tuple[Act, ...], ...] = ((), (Act.NEXT_UPDATE,), (Act.NEXT_UPDATE, Act.ACKNOWLEDGE))
"""What a plan goes without, step by step, where the channel has no room or a gate no mercy; never apology or action."""


def draft_reply(
    playbooks: Playbooks,
    language: str,
    kind: ReplyKind,
    facts: Facts,
    grounds: Grounds,
    seed: int,
    purpose: Purpose | None = None,
) -> Draft | Blocked:
    """The first plan and combination that passes; `seed` decides where to begin, so that customers' texts differ.

    An owner's own words that a gate refuses are told in ours.
    """
    playbook = playbooks.find(language, facts.kind, facts.topic)
    if playbook is None:
        return Blocked((GateFinding(code="no_playbook"),))
    last = Blocked((GateFinding(code="no_plan"),))
    for said in _tellings(facts, playbooks.words.get(language)):
        tried: Plan | None = None
        for without in SHORTER:
            plan = plan_reply(kind, said, purpose, leave_out=without)
            if plan is None or plan == tried:
                continue
            made, tried = _render(playbook, plan, said, replace(grounds, facts=said), seed), plan
            if isinstance(made, Draft):
                return made
            last = made
    return last


def _tellings(facts: Facts, words: Words | None) -> list[Facts]:
    if facts.fix is None or not facts.fix.own or words is None:
        return [facts]
    ours = replace(facts.fix, done=facts.fix.ours or words.done[FixAction.OTHER], own=False)
    return [facts, replace(facts, fix=ours)]


def _render(playbook: Playbook, plan: Plan, facts: Facts, grounds: Grounds, seed: int) -> Draft | Blocked:
    last, compared = Blocked((GateFinding(code="no_wording"),)), replace(grounds, recent=Recent())
    for variant, text in itertools.islice(playbook.texts(plan, facts, seed, grounds.recent), TRIES_MAX):
        draft = Draft(text, playbook.name, variant, plan)
        # First, as it is the usual reason to try another, and the quickest to tell.
        findings = (SIMILAR,) if grounds.recent.has_like(text) else check(text, compared)
        if not findings:
            return draft
        last = Blocked(findings, draft)
    return last


def draft_answer(answer: Answer, grounds: Grounds, seed: int) -> Draft | Blocked:
    """The first text around what we know that passes. Many people may ask the same: an answer is right the second time
    too, so where every text is like the last ones, the best of them goes."""
    last, repeated = Blocked((GateFinding(code="no_wording"),)), None
    plan = plan_answer(answer.source)
    for variant, text in itertools.islice(answer.texts(seed, grounds.length_max), TRIES_MAX):
        draft = Draft(text, answer.source, variant, plan)
        said = next((kernel for kernel in answer.kernels if kernel in text), None)
        findings = check(text, replace(grounds, facts=replace(grounds.facts, answer=said)))
        if not findings:
            return draft
        if set(findings) == {SIMILAR}:
            repeated = repeated or draft
        last = Blocked(findings, draft)
    return repeated or last
