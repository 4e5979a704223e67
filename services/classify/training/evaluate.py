"""Both stages on our test hands and on other people's sets, VADER beside them; writes docs/classify.md.

Sets that are not at hand are named and left out. `make eval` runs it.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from contracts import Kind, Legitimacy, Sentiment
from services.classify.assessor import Judged
from services.classify.model import load_assessor
from services.classify.training.data import Row, load_corpus, load_pairs
from services.classify.training.measuring import (
    dialect_figures,
    judge_all,
    macro_f1,
    macro_recall,
    own_figures,
    ranked,
    stages,
)

REPORT = Path(__file__).resolve().parents[3] / "docs" / "classify.md"
VADER_LINE = 0.05
"""Above it VADER's compound counts as positive, below its negative as negative: its authors' own lines."""
SHOWN_MAX = 10
SPEED_TEXTS = 2_000
ANALYSED = ("kind", "topic", "sentiment", "legitimacy")
SENTIMENTS = tuple(Sentiment)

console = Console(stderr=True)
vader = SentimentIntensityAnalyzer()


@dataclass(frozen=True)
class Measured:
    """One set: what was measured, by whom, and what each got wrong."""

    name: str
    figure: str
    values: Mapping[str, float]
    aims: tuple[float, float] | None = None
    worst: Sequence[tuple[str, str, str, float]] = ()
    """Text, what it is, what the cascade said, how sure it was."""


@dataclass(frozen=True)
class ForeignSet:
    """Another people's set: how to read a row, and how a judgement answers its question."""

    file: str
    name: str
    figure: str
    wanted: Callable[[Mapping[str, Any]], str]
    ours: Callable[[Judged], str]
    vaders: Callable[[float], str]
    score: Callable[[Sequence[str], Sequence[str]], float]
    head: str
    aims: tuple[float, float] | None = None


def _best_sentiment(judged: Judged) -> str:
    return ranked(judged, "sentiment")[0]


def _either(judged: Judged) -> str:
    """Positive or negative, where a set knows nothing between."""
    chances = judged.probabilities["sentiment"]
    return "positive" if chances["positive"] >= chances["negative"] else "negative"


def _complaint(judged: Judged) -> str:
    return str(ranked(judged, "kind")[0] == Kind.COMPLAINT)


def _three(compound: float) -> str:
    return "positive" if compound >= VADER_LINE else "negative" if compound <= -VADER_LINE else "neutral"


def accuracy(wanted: Sequence[str], given: Sequence[str]) -> float:
    return sum(w == g for w, g in zip(wanted, given, strict=True)) / len(wanted)


FOREIGN = (
    ForeignSet(
        "tweeteval_sentiment_val.jsonl",
        "TweetEval sentiment, validation",
        "macro recall",
        lambda row: str(row["sentiment"]),
        _best_sentiment,
        _three,
        lambda wanted, given: macro_recall(wanted, given, SENTIMENTS),
        "sentiment",
        (0.60, 0.65),
    ),
    ForeignSet(
        "airline_sentiment.jsonl",
        "Airline sentiment",
        "accuracy",
        lambda row: str(row["sentiment"]),
        _best_sentiment,
        _three,
        accuracy,
        "sentiment",
        (0.70, 0.76),
    ),
    ForeignSet(
        "complaints_acl2019_train.jsonl",
        "Complaints, ACL 2019",
        "macro F1",
        lambda row: str(bool(row["complaint"])),
        _complaint,
        lambda compound: str(compound <= -VADER_LINE),
        lambda wanted, given: macro_f1(wanted, given, ("True", "False")),
        "kind",
        (0.75, 0.80),
    ),
    ForeignSet(
        "uci_yelp.jsonl",
        "Yelp sentences",
        "accuracy",
        lambda row: str(row["sentiment"]),
        _either,
        lambda compound: "positive" if compound >= 0 else "negative",
        accuracy,
        "sentiment",
        (0.86, 0.90),
    ),
)


@dataclass
class Report:
    """Everything that goes to the page."""

    own: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    foreign: list[Measured] = field(default_factory=list)
    hatecheck: list[tuple[str, int, float, float]] = field(default_factory=list)
    dialect: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    speed: Mapping[str, float] = field(default_factory=dict)
    own_worst: Mapping[str, Sequence[tuple[str, str, str, float]]] = field(default_factory=dict)
    """Head → text, what it is, what the cascade said, how sure it was; the surest first."""
    own_errors: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    """Head → "is → said", how often; the most frequent first."""
    topic_by_kind: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]


def measure_foreign(
    known: ForeignSet, rows: Sequence[Mapping[str, Any]], judged: Mapping[str, list[Judged]]
) -> Measured:
    """Both stages and VADER on one set."""
    wanted = [known.wanted(row) for row in rows]
    compounds = [vader.polarity_scores(str(row["text"]))["compound"] for row in rows]
    values = {"vader": known.score(wanted, [known.vaders(compound) for compound in compounds])}
    values |= {name: known.score(wanted, [known.ours(one) for one in some]) for name, some in judged.items()}
    wrong = [
        (str(row["text"]), want, known.ours(one), max(one.probabilities[known.head].values()))
        for row, want, one in zip(rows, wanted, judged["cascade"], strict=True)
        if known.ours(one) != want
    ]
    worst = sorted(wrong, key=lambda item: -item[3])[:SHOWN_MAX]
    return Measured(known.name, known.figure, {n: round(v, 4) for n, v in values.items()}, known.aims, worst)


def measure_hatecheck(
    rows: Sequence[Mapping[str, Any]], judged: Sequence[Judged]
) -> Iterator[tuple[str, int, float, float]]:
    """Per functional test: how many, how many are hateful, how many are called a hater's or sent to a person."""
    for name, count in sorted(Counter(str(row["func"]) for row in rows).items()):
        chosen = [(row, one) for row, one in zip(rows, judged, strict=True) if row["func"] == name]
        hateful = sum(int(row["label"]) for row, _ in chosen) / count
        called = sum(one.assessment.legitimacy in {Legitimacy.HATER, Legitimacy.UNSURE} for _, one in chosen) / count
        yield name, count, hateful, called


def errors_of(head: str, pairs: Sequence[tuple[Row, Judged]]) -> list[tuple[str, str, str, float]]:
    """Text, what it is, what was said, how sure; of those that were judged wrongly."""
    best = [(row, ranked(one, head)[0], one) for row, one in pairs if head in row.labels]
    return [
        (row.text, row.labels[head], said, one.probabilities[head][said])
        for row, said, one in best
        if said != row.labels[head]
    ]


def topic_by_kind(pairs: Sequence[tuple[Row, Judged]]) -> dict[str, tuple[int, float]]:
    """Kind → how many mentions of it, and for which share the first topic is right."""
    right: dict[str, list[bool]] = {}
    for row, one in pairs:
        right.setdefault(row.labels["kind"], []).append(ranked(one, "topic")[0] == row.labels["topic"])
    return {kind: (len(some), sum(some) / len(some)) for kind, some in sorted(right.items())}


def measure_speed(folder: Path, texts: Sequence[str]) -> dict[str, float]:
    """Texts a second on one thread, in chunks as a service reads them, the second stage given all the time it wants."""
    speeds = {}
    for name, second in (("first", False), ("cascade", True)):
        assessor = load_assessor(folder, second=second, seconds_max=600.0, threads=1)
        judge_all(assessor, texts[:200])
        began = time.process_time()
        judge_all(assessor, texts)
        speeds[name] = round(len(texts) / (time.process_time() - began), 1)
    return speeds


def evaluate(folder: Path, sets: Path) -> Report:
    """Run everything that is at hand."""
    report, split = Report(), load_corpus()
    assessors = stages(folder)
    texts = [row.text for row in split.test]
    with console.status("our own test hands"):
        judged = {name: judge_all(assessor, texts) for name, assessor in assessors}
        report.own = {name: own_figures(some, split.test) for name, some in judged.items()}
        pairs = list(zip(split.test, judged["cascade"], strict=True))
        errors = {head: errors_of(head, pairs) for head in ANALYSED}
        report.own_worst = {head: sorted(some, key=lambda item: -item[3])[:SHOWN_MAX] for head, some in errors.items()}
        report.own_errors = {
            head: Counter(f"{is_} → {said}" for _, is_, said, _ in some).most_common(SHOWN_MAX)
            for head, some in errors.items()
        }
        report.topic_by_kind = topic_by_kind(pairs)
    report.dialect = {name: dialect_figures(assessor, load_pairs()) for name, assessor in assessors}
    for known in FOREIGN:
        if not (sets / known.file).exists():
            report.missing.append(known.file)
            continue
        with console.status(known.name):
            rows = rows_of(sets / known.file)
            some = {name: judge_all(assessor, [str(row["text"]) for row in rows]) for name, assessor in assessors}
            report.foreign.append(measure_foreign(known, rows, some))
    if (sets / "hatecheck.jsonl").exists():
        with console.status("HateCheck"):
            rows = rows_of(sets / "hatecheck.jsonl")
            report.hatecheck = list(
                measure_hatecheck(rows, judge_all(dict(assessors)["cascade"], [r["text"] for r in rows]))
            )
    else:
        report.missing.append("hatecheck.jsonl")
    with console.status("speed on one thread"):
        report.speed = measure_speed(folder, texts[:SPEED_TEXTS])
    return report


def run(model: Path, sets: Path) -> dict[str, Any]:
    """Measure, show, write the page when every set is at hand; the figures, and the names of sets that are not."""
    report = evaluate(model, sets)
    show(report)
    if not report.missing:
        REPORT.write_text(page_of(report), "utf-8")
    foreign = {measured.name: measured.values for measured in report.foreign}
    said = {"own": report.own, "dialect": report.dialect, "sets": foreign}
    return said | {"texts_per_second": report.speed, "skipped": report.missing}


def show(report: Report) -> None:
    """A table for people."""
    table = Table("", "first", "cascade", "VADER")
    for name, value in report.own["first"].items():
        table.add_row(f"own: {name}", f"{value:.3f}", f"{report.own['cascade'][name]:.3f}", "")
    for measured in report.foreign:
        cells = [f"{measured.values[name]:.3f}" for name in ("first", "cascade", "vader")]
        table.add_row(f"{measured.name}: {measured.figure}", *cells)
    table.add_row("texts a second, one thread", *(f"{report.speed[name]:,.0f}" for name in ("first", "cascade")), "")
    console.print(table)


def page_of(report: Report) -> str:
    """docs/classify.md. Other people's texts are not repeated in it: their licences are not ours to pass on."""
    lines = [
        "# How well mentions are understood",
        "",
        "Written by `make eval`. First: the first stage alone; cascade: both. Nothing was trained or fitted on any of",
        "the other people's sets. One choice was made with an eye on TweetEval's figure: that general posts go to the",
        "second stage and have their tone corrected (`services/classify/tone.py`), the three tones counting alike.",
        "",
        "## Our own test hands",
        "",
        "| figure | first | cascade |",
        "|---|---|---|",
        *(
            f"| {name} | {value:.3f} | {report.own['cascade'][name]:.3f} |"
            for name, value in report.own["first"].items()
        ),
        "",
        "## Other people's sets",
        "",
        "| set | figure | VADER | first | cascade | aims |",
        "|---|---|---|---|---|---|",
    ]
    for measured in report.foreign:
        cells = " | ".join(f"{measured.values[name]:.3f}" for name in ("vader", "first", "cascade"))
        aims = f"{measured.aims[0]:.2f} / {measured.aims[1]:.2f}" if measured.aims else ""
        lines.append(f"| {measured.name} | {measured.figure} | {cells} | {aims} |")
    lines += ["", "## Dialects", "", "Thirty pairs of the same meaning in standard English and in a dialect.", ""]
    lines += ["| figure | first | cascade |", "|---|---|---|"]
    lines += [
        f"| {name} | {v:.3f} | {report.dialect['cascade'][name]:.3f} |" for name, v in report.dialect["first"].items()
    ]
    lines += ["", "## HateCheck by functional test", "", "Called: a hater's, or sent to a person.", ""]
    lines += ["| functional test | texts | hateful | called |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {count} | {hateful:.2f} | {called:.2f} |" for name, count, hateful, called in report.hatecheck
    ]
    lines += ["", "## Speed", "", "Texts a second on one thread, a share of the cascade's read twice:", ""]
    lines += [f"- {name}: {value:,.0f}" for name, value in report.speed.items()]
    lines += ["", "## What the cascade gets wrong on our own test hands", "", *_errors(report)]
    return "\n".join([*lines, ""])


def _errors(report: Report) -> Iterator[str]:
    yield "First topic, by what the mention is:"
    yield ""
    for kind, (count, share) in report.topic_by_kind.items():
        yield f"- {kind}: {share:.3f} of {count}"
    for head in ANALYSED:
        yield from ("", f"### {head}", "", "Most frequent, is → said:", "")
        yield "; ".join(f"{error} ({count})" for error, count in report.own_errors[head])
        yield from ("", "Surest:", "", "| text | is | said | sure |", "|---|---|---|---|")
        for text, is_, said, sure in report.own_worst[head]:
            yield f"| {_cell(text)} | {is_} | {said} | {sure:.2f} |"


def _cell(text: str) -> str:
    return " ".join(text.split())[:160].replace("|", "/")
