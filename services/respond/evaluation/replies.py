"""Measures the defensiveness gate: on families it was not trained on, and on replies of others where there are any."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.respond.gates import asks_generic_help, defensive_in

SPOILED_NOTE = "one defensive clause"
"""How the notes of the other set name a helpful answer that one clause spoils."""


@dataclass(frozen=True)
class Outcome:
    """What a reply is, and what the gate says."""

    wanted: bool
    said: bool
    spoiled: bool = False


def measure(data: Path) -> tuple[str, dict[str, float]]:
    """A section for docs/respond.md, and its figures by name. `data`: the folder that may hold `replies/*.jsonl`."""
    figures = {f"gate_{name}_unseen": value for name, value in rates(unseen()).items()}
    rows = [row for path in sorted((data / "replies").glob("*.jsonl")) for row in read(path)]
    if rows:
        figures |= {f"gate_{name}_replies": value for name, value in rates(others(rows)).items()}
        figures |= {
            f"gate_asks_{name}_replies": value for name, value in rates(asks(rows)).items() if name != "spoiled"
        }
        figures["gate_recall_spoiled"] = figures.pop("gate_spoiled_replies")
    return section(figures), {name: round(value, 4) for name, value in figures.items()}


def read(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def unseen() -> list[Outcome]:
    """Our own replies, each judged by heads that were fitted without its family."""
    # Only here is numpy needed, which no service has.
    from services.respond.training.data import read_clauses, read_replies
    from services.respond.training.making import across_families, thresholds

    weighed = across_families(read_replies(), read_clauses())
    together_min, clause_min = thresholds(weighed)
    return [
        Outcome(one.defensive, one.together >= together_min or one.clause >= clause_min, one.spoiled) for one in weighed
    ]


def others(rows: Iterable[dict[str, Any]]) -> list[Outcome]:
    """Replies of others, by the weights as they are."""
    return [
        Outcome(row["defensive"], bool(defensive_in(row["reply"])), SPOILED_NOTE in str(row.get("note", "")))
        for row in rows
    ]


def asks(rows: Iterable[dict[str, Any]]) -> list[Outcome]:
    """Generic offers of help, found or not."""
    return [
        Outcome(bool(row["asks_generic_help"]), bool(asks_generic_help(row["reply"])))
        for row in rows
        if "asks_generic_help" in row
    ]


def rates(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Precision, recall, accuracy, and recall on spoiled replies."""
    hits = sum(one.wanted and one.said for one in outcomes)
    spoiled = [one.said for one in outcomes if one.spoiled]
    return {
        "precision": hits / max(sum(one.said for one in outcomes), 1),
        "recall": hits / max(sum(one.wanted for one in outcomes), 1),
        "accuracy": sum(one.wanted == one.said for one in outcomes) / max(len(outcomes), 1),
        "spoiled": sum(spoiled) / max(len(spoiled), 1),
    }


def section(figures: dict[str, float]) -> str:
    """The figures as a table."""
    lines = [f"| {name} | {value:.3f} |" for name, value in sorted(figures.items())]
    return "\n".join(
        [
            "## The defensiveness gate",
            "",
            "`unseen`: our own replies, each judged by weights that were fitted without its family. `replies`: of",
            "another author, never trained on. `spoiled`: a helpful answer that one clause spoils.",
            "",
            "| figure | value |",
            "|---|---|",
            *lines,
            "",
        ]
    )
