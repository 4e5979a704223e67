"""Makes a text from a playbook and the facts, and keeps only one that passes every gate. Pure."""

import itertools
from dataclasses import dataclass

from contracts import GateFinding, ReplyKind
from services.respond.facts import Facts
from services.respond.gates import SIMILAR, Grounds, check, is_similar
from services.respond.playbooks import Playbooks, situation_of

TRIES_MAX = 24
"""The least used wordings come first: when so many texts are too like the last ones, the others are too."""


@dataclass(frozen=True)
class Draft:
    """A text that may go out, and where it came from."""

    text: str
    playbook: str
    variant: str


@dataclass(frozen=True)
class Blocked:
    """No text passed: the last one tried, and what was found in it. Without a text: there is no playbook."""

    findings: tuple[GateFinding, ...]
    draft: Draft | None = None


def draft_reply(
    playbooks: Playbooks, language: str, kind: ReplyKind, facts: Facts, grounds: Grounds, seed: int
) -> Draft | Blocked:
    """The first combination that passes; `seed` decides where to begin, so that customers read different texts."""
    playbook = playbooks.find(language, facts.kind, facts.topic)
    if playbook is None:
        return Blocked((GateFinding(code="no_playbook"),))
    last = Blocked((GateFinding(code="no_wording"),))
    texts = playbook.texts(situation_of(kind, facts), facts, seed, grounds.recent)
    for variant, text in itertools.islice(texts, TRIES_MAX):
        draft = Draft(text, playbook.name, variant)
        # First, as it is the usual reason to try another, and the quickest to tell.
        findings = (SIMILAR,) if is_similar(text, grounds.recent) else check(text, grounds)
        if not findings:
            return draft
        last = Blocked(findings, draft)
    return last
