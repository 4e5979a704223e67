"""`make eval`: everything that is measured on labelled data; writes docs/classify.md, docs/notify.md, docs/respond.md.

    python -m docs.evaluate [--data FOLDER] [--model FOLDER]

DATA holds the sets that are not ours (dev/, places/, answers/, replies/); those that are not at hand are named and left
out, and the page of that part is left as it is. The last line is JSON.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.classify.model import MODEL
from services.classify.training import evaluate as understanding

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
PARTS = {
    "notify": ("How well branches are found and answers read", ("places", "answers")),
    "respond": ("How well replies are judged", ("replies",)),
}
"""Service → what its page is called, and the parts of `services.<service>.evaluation`; each has a folder in DATA."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything at hand was measured."""
    parser = argparse.ArgumentParser(prog="make eval", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--model", type=Path, default=MODEL)
    options = parser.parse_args(arguments)
    figures = understanding.run(options.model, options.data / "dev")
    skipped: list[str] = figures["skipped"]
    for service, (title, parts) in PARTS.items():
        figures[service] = evaluate_service(service, title, parts, options.data, skipped)
    for name in skipped:
        print(f"skipped: {name} is not in {options.data.name}", file=sys.stderr)
    print(json.dumps(figures))
    return 0


def evaluate_service(service: str, title: str, parts: Sequence[str], data: Path, skipped: list[str]) -> dict[str, Any]:
    """Its figures; its page is written when every set is at hand."""
    missing = [part for part in parts if not (data / part).is_dir()]
    measured = [importlib.import_module(f"services.{service}.evaluation.{part}").measure(data) for part in parts]
    if not missing:
        page = "\n\n".join([f"# {title}", "Written by `make eval`.", *(section.strip() for section, _ in measured)])
        (ROOT / "docs" / f"{service}.md").write_text(page + "\n", "utf-8")
    skipped += missing
    return {name: value for _, some in measured for name, value in some.items()}


if __name__ == "__main__":
    sys.exit(main())
