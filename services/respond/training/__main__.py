"""`python -m services.respond.training`: makes the weights in services/respond/model out of the corpus, in a minute."""

import hashlib
import json
import zlib
from array import array
from pathlib import Path

from services.respond.defensiveness import KINDS, MANIFEST, TABLES, Detector, Scale
from services.respond.training.data import CORPUS, read_clauses, read_replies
from services.respond.training.making import make

MODEL = Path(__file__).resolve().parents[1] / "model"


def main() -> None:
    """Read, fit, write."""
    replies = read_replies()
    write(make(replies, read_clauses()), MODEL)
    print(f"{len(replies)} replies; weights are in {MODEL.name}/")


def write(detector: Detector, folder: Path) -> None:
    """Two files: numbers that can be read, and the tables."""
    heads: dict[str, Scale] = {"clause": detector.clause, "whole": detector.whole, **detector.kinds}
    flat = array("b")
    for name in ("clause", "whole", *KINDS):
        flat.extend(heads[name].grams)
    tables = zlib.compress(flat.tobytes(), 9)
    (folder / TABLES).write_bytes(tables)
    manifest = {
        "together_min": detector.together_min,
        "clause_min": detector.clause_min,
        "sha256": hashlib.sha256(tables).hexdigest(),
        "corpus": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(CORPUS.glob("*.jsonl"))},
        "heads": {
            name: {"bias": head.bias, "scale": head.scale, "stances": dict(head.stances)}
            for name, head in heads.items()
        },
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
