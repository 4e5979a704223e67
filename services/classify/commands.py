"""`amends assess`: the assessor as a filter, for one's own data."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from services.classify.assessment import assess

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = Any


class Row(BaseModel):
    """One line of input; what else it holds is ignored."""

    model_config = ConfigDict(extra="ignore")

    id: str | int
    text: str


def register(commands: Commands) -> None:
    """Add `amends assess`."""
    assessing = commands.add_parser("assess", help="JSONL {id, text} in, one assessment a line out, in order")
    assessing.add_argument("file", nargs="?", type=argparse.FileType(encoding="utf-8"), default=sys.stdin)
    assessing.set_defaults(run=run_assess)


def run_assess(arguments: argparse.Namespace) -> int:
    """Assess every row; 1 when some could not be read, which are named on stderr."""
    refused = 0
    for number, line in enumerate(arguments.file, start=1):
        try:
            row = Row.model_validate_json(line)
        except ValidationError as error:
            problem = error.errors(include_input=False)[0]
            field = ".".join(map(str, problem["loc"])) or "line"
            print(f"line {number}: {field}: {problem['msg']}", file=sys.stderr)
            refused += 1
            continue
        print(json.dumps({"id": row.id, **assess(row.text).model_dump(mode="json")}, ensure_ascii=False))
    return 1 if refused else 0
