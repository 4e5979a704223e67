"""Fits all heads, and chooses the thresholds on families that the heads have not seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.respond.defensiveness import KIND_BITS, KINDS, Detector, Scale
from services.respond.features import BITS, look
from services.respond.training.data import Clause, Reply, clauses_of, read_answer_texts, read_playbook_texts
from services.respond.training.fitting import fit

FOLDS = 5
ROUNDS, MANY_EACH, REFUSED_MAX, MARGIN = 2, 80, 60, 0.5
"""How often, on how many texts a topic, and with how many of the refused the playbooks are learned again."""
CLAUSE_PRECISION_MIN = 0.97
"""What a clause alone has to reach before help elsewhere no longer counts."""


@dataclass(frozen=True)
class Weighed:
    """A reply as the two heads weigh it."""

    clause: float
    whole: float
    defensive: bool
    spoiled: bool

    @property
    def together(self) -> float:
        return self.clause + self.whole


def make(replies: Sequence[Reply], bank: Sequence[Clause]) -> Detector:
    """All of it, by all of the corpus, with thresholds chosen across families."""
    ours = [*read_playbook_texts(), *read_answer_texts()]
    together_min, clause_min = thresholds(across_families(replies, bank))
    kinds = fit_kinds(replies, bank)
    made = Detector(*fit_both([*replies, *ours], bank), kinds, together_min, clause_min)
    for _ in range(ROUNDS):
        # What is rare in our playbooks is learned from the texts that were still refused.
        scored = [
            (made.judge(one.reply).score, one)
            for one in (*read_playbook_texts(MANY_EACH), *read_answer_texts(MANY_EACH))
        ]
        refused = sorted((pair for pair in scored if pair[0] >= -MARGIN), key=lambda pair: -pair[0])
        ours += [replace(one, share=1.0) for _, one in refused[:REFUSED_MAX]]
        made = Detector(*fit_both([*replies, *ours], bank), kinds, together_min, clause_min)
    return made


def fit_both(replies: Sequence[Reply], bank: Sequence[Clause]) -> tuple[Scale, Scale]:
    """The head that reads clauses, and the one that reads whole replies."""
    known = [*clauses_of(replies), *bank]
    clause = fit([one.seen for one in known], [one.defensive for one in known], BITS, [one.share for one in known])
    shares = [reply.share for reply in replies]
    whole = fit([look(reply.reply)[0] for reply in replies], [reply.defensive for reply in replies], BITS, shares)
    return clause, whole


def fit_kinds(replies: Sequence[Reply], bank: Sequence[Clause]) -> dict[str, Scale]:
    """One head a kind, among defensive clauses."""
    known = [one for one in (*clauses_of(replies), *bank) if one.defensive]
    seen = [one.seen for one in known]
    return {kind: fit(seen, [kind in one.kinds for one in known], KIND_BITS) for kind in KINDS}


def folds(replies: Sequence[Reply]) -> list[frozenset[str]]:
    """Whole families, dealt out."""
    families = sorted({reply.family for reply in replies})
    return [frozenset(families[start::FOLDS]) for start in range(FOLDS)]


def across_families(replies: Sequence[Reply], bank: Sequence[Clause]) -> list[Weighed]:
    """Every reply weighed by heads that saw no reply of its family."""
    weighed, ours = [], [*read_playbook_texts(), *read_answer_texts()]
    for fold in folds(replies):
        clause, whole = fit_both([*(reply for reply in replies if reply.family not in fold), *ours], bank)
        weighed += [weigh(clause, whole, reply) for reply in replies if reply.family in fold]
    return weighed


def weigh(clause: Scale, whole: Scale, reply: Reply) -> Weighed:
    """What the two heads make of one reply."""
    all_of_it, seen = look(reply.reply)
    return Weighed(max(clause.weigh(one) for one in seen), whole.weigh(all_of_it), reply.defensive, reply.spoiled)


def thresholds(weighed: Sequence[Weighed]) -> tuple[float, float]:
    """Together: where precision meets recall. Clause alone: the lowest that is hardly ever wrong."""
    together = min(
        (one.together for one in weighed),
        key=lambda low: abs(precision_gap([one for one in weighed if one.together >= low], weighed)),
    )
    sure = sorted(one.clause for one in weighed)
    alone = next(low for low in sure if precise([one for one in weighed if one.clause >= low]))
    return round(together, 3), round(alone, 3)


def precision_gap(caught: Sequence[Weighed], weighed: Sequence[Weighed]) -> float:
    """How many more are caught than there are, per one there is: none where precision equals recall."""
    wanted = sum(one.defensive for one in weighed)
    return (len(caught) - wanted) / wanted


def precise(caught: Sequence[Weighed]) -> bool:
    """Whether hardly any of them is caught wrongly."""
    return sum(one.defensive for one in caught) >= CLAUSE_PRECISION_MIN * len(caught)
