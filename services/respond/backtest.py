"""What another policy would have done about what the record holds: which decisions and which texts differ. Pure.

A text differs where one would be made that was not, or not made that was, where today's gates refuse what was said, or
where it would wait for a person now. Wordings are picked by chance and by what was said lately; they are not compared.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from contracts import Assessment, Mention, MentionAssessed, ReplyKind
from services.respond.cases import ANSWERED
from services.respond.facts import Facts
from services.respond.gates import Grounds, check
from services.respond.policy import Noticed, Policy, Verdict, group_of

FACTS = TypeAdapter(Facts)
EXAMPLES_MAX = 3
OURS = frozenset({"drafted", "sent", "parked", "failed"})
"""Statuses of texts that no person had to approve."""

Decide = Callable[[MentionAssessed, Noticed], Verdict]


@dataclass
class Findings:
    """What would change, with a few mentions to look at for each."""

    mentions: int = 0
    decisions_changed: int = 0
    texts_changed: int = 0
    decisions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    examples: dict[tuple[str, ...], list[UUID]] = field(default_factory=dict)

    def note(self, key: tuple[str, ...], mention_id: UUID) -> None:
        """Keep it as an example, while there are few."""
        kept = self.examples.setdefault(key, [])
        if len(kept) < EXAMPLES_MAX:
            kept.append(mention_id)


def backtest(rows: Sequence[Mapping[str, Any]], policy: Policy, decide: Decide) -> Findings:
    """Decide every recorded mention again. `rows` as the query decided_since gives them."""
    found = Findings(mentions=len(rows))
    for row in rows:
        assessed = MentionAssessed(
            mention=Mention.model_validate(row["mention"]), assessment=Assessment.model_validate(row["assessment"])
        )
        noticed = Noticed.model_validate(row["noticed"] or {})
        verdict = decide(assessed, noticed)
        if verdict.decision.value != row["decision"] or verdict.silent != row["silent"]:
            found.decisions_changed += 1
            change = (_named(row["decision"], row["silent"]), _named(verdict.decision, verdict.silent))
            found.decisions[*change, verdict.reasons[0]] += 1
            found.note(("decision", *change, verdict.reasons[0]), row["mention_id"])
        changes = set(_changed_texts(row, assessed, noticed, verdict, policy))
        found.texts_changed += bool(changes)
        for text_change in changes:
            found.texts[text_change] += 1
            found.note(("text", text_change), row["mention_id"])
    return found


def _named(decision: str, silent: bool) -> str:
    return f"{decision} (silent)" if silent else str(decision)


def _changed_texts(
    row: Mapping[str, Any], assessed: MentionAssessed, noticed: Noticed, verdict: Verdict, policy: Policy
) -> Iterator[str]:
    said = [response for response in row["responses"] if response["text"] and response["status"] in OURS]
    answers = verdict.decision in ANSWERED and not verdict.silent
    if answers and not row["responses"]:
        yield "made now, none before"
    if said and not answers:
        yield "none now, made before"
        return
    group = group_of(assessed.assessment, noticed)
    for response in said:
        if policy.needs_person(group, verdict.decision, ReplyKind(response["reply_kind"])):
            yield "waits for a person now"
        grounds = Grounds(FACTS.validate_python(response["facts"]), assessed.mention.permission.max_length)
        for finding in check(response["text"], grounds)[:1]:
            yield f"refused by a gate now: {finding.code}"
