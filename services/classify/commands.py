"""`amends assess` and `amends train`: the assessor as a filter, and made anew from one's own labels."""

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from services.classify.assessor import Judged
from services.classify.evidence import facts_in, personal_in
from services.classify.model import MODEL, ModelUnreadable, load_assessor
from services.classify.taxonomy import TaxonomyRefused, with_own

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = Any

CHUNK = 250
UNHURRIED_SECONDS = 3_600.0


class Row(BaseModel):
    """One line of input; what else it holds is ignored."""

    model_config = ConfigDict(extra="ignore")

    id: str | int
    text: str


def register(commands: Commands) -> None:
    """Add `amends assess` and `amends train`."""
    assessing = commands.add_parser("assess", help="JSONL {id, text} in, one assessment a line out, in order")
    assessing.add_argument("file", nargs="?", type=argparse.FileType(encoding="utf-8"), default=sys.stdin)
    assessing.add_argument("--model", type=Path, default=MODEL, help="folder of the weights")
    assessing.add_argument("--taxonomy", type=Path, help="YAML file with topics of your own")
    assessing.add_argument("--first-stage", action="store_true", help="the quick stage alone")
    assessing.set_defaults(run=run_assess)
    checking = commands.add_parser("taxonomy", help="topics of your own").add_subparsers(dest="action", required=True)
    check = checking.add_parser("check", help="say what is wrong with a file of your own topics, or what it holds")
    check.add_argument("file", type=Path)
    check.set_defaults(run=run_taxonomy_check)
    training = commands.add_parser("train", help="make weights of the corpus and your own labelled mentions")
    training.add_argument("--data", type=Path, required=True, help="JSONL: text, and any of the labels of the corpus")
    training.add_argument("--out", type=Path, default=Path("var/model"), help="folder for the weights")
    training.set_defaults(run=run_train)


def run_assess(arguments: argparse.Namespace) -> int:
    """Assess every row; 1 when some could not be read, which are named on stderr."""
    try:
        assessor = load_assessor(
            arguments.model,
            second=not arguments.first_stage,
            taxonomy=with_own(arguments.taxonomy.read_text("utf-8")) if arguments.taxonomy else None,
            seconds_max=UNHURRIED_SECONDS,
            threads=2,
        )
    except (ModelUnreadable, TaxonomyRefused, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 1
    refused = 0
    for chunk in _chunks(enumerate(arguments.file, start=1)):
        rows = list[Row]()
        for number, line in chunk:
            try:
                rows.append(Row.model_validate_json(line))
            except ValidationError as error:
                print(f"line {number}: {_problem(error)}", file=sys.stderr)
                refused += 1
        for row, judged in zip(rows, assessor.assess([row.text for row in rows]), strict=True):
            print(json.dumps(describe(row, judged), ensure_ascii=False))
    return 1 if refused else 0


def _problem(error: ValidationError) -> str:
    problem = error.errors(include_input=False)[0]
    return f"{'.'.join(map(str, problem['loc'])) or 'line'}: {problem['msg']}"


def describe(row: Row, judged: Judged) -> dict[str, Any]:
    """What is printed for one row."""
    evidence = [vars(span) for span in facts_in(row.text)]
    personal = [{"kind": span.kind, "start": span.start, "end": span.end} for span in personal_in(row.text)]
    return {
        "id": row.id,
        **judged.assessment.model_dump(mode="json", exclude_none=True),
        "evidence": evidence,
        "personal": personal,
        "probabilities": {
            head: {name: round(chance, 4) for name, chance in chances.items()}
            for head, chances in judged.probabilities.items()
        },
        "stage": judged.stage,
    }


def _chunks(lines: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    iterator = iter(lines)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def run_taxonomy_check(arguments: argparse.Namespace) -> int:
    """`amends taxonomy check FILE`."""
    try:
        taxonomy = with_own(arguments.file.read_text("utf-8"))
    except (TaxonomyRefused, UnicodeDecodeError) as error:
        for problem in str(error).splitlines():
            print(f"{arguments.file}: {problem}", file=sys.stderr)
        return 1
    print(f"{arguments.file}: {len(taxonomy.own)} topics of your own beside our {len(taxonomy.topics)}")
    return 0


def run_train(arguments: argparse.Namespace) -> int:
    """`amends train --data FILE`."""
    if importlib.util.find_spec("torch") is None:
        print("training needs torch and more: pip install -r requirements/train.in, or make train", file=sys.stderr)
        return 1
    from services.classify.training.__main__ import main  # what runs in a service needs no torch

    return main(["--data", str(arguments.data), "--out", str(arguments.out), "--version", "own@1"])
