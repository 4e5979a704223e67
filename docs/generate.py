"""Writes docs/events/ from the contracts and docs/metrics.md; with --check only says how the committed files differ."""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from contracts import EVENTS
from contracts.documents import JsonObject, asyncapi_document, event_schema
from docs.metrics import metrics_document

ROOT = Path(__file__).resolve().parent.parent
EVENTS_FOLDER = ROOT / "docs" / "events"
METRICS_FILE = ROOT / "docs" / "metrics.md"
SAMPLES_FOLDER = ROOT / "tests" / "contract" / "samples"


def documents() -> dict[str, str]:
    """Every generated file: its name in docs/events/ and its whole text."""
    schemas = {f"{event.type}.schema.json": _as_json(event_schema(event)) for event in EVENTS}
    return schemas | {"asyncapi.yaml": _as_yaml(asyncapi_document(_samples()))}


def _samples() -> dict[str, JsonObject]:
    names = [event.type for event in EVENTS if (SAMPLES_FOLDER / f"{event.type}.json").is_file()]
    return {name: json.loads((SAMPLES_FOLDER / f"{name}.json").read_text("utf-8")) for name in names}


def _as_json(document: JsonObject) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class _WithoutAnchors(yaml.SafeDumper):
    """Writes a value that occurs twice twice: people read this."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _as_yaml(document: JsonObject) -> str:
    text: str = yaml.dump(document, Dumper=_WithoutAnchors, sort_keys=False, allow_unicode=True, width=110)
    return text


def differences(generated: Mapping[str, str], folder: Path) -> Iterator[str]:
    """What has to change in `folder`, as a unified diff, file by file; nothing when all is as generated."""
    committed = {path.name: path.read_text("utf-8") for path in folder.iterdir()} if folder.is_dir() else {}
    for name in sorted(generated.keys() | committed.keys()):
        before, after = committed.get(name, ""), generated.get(name, "")
        yield from difflib.unified_diff(
            before.splitlines(), after.splitlines(), f"committed/{name}", f"generated/{name}", lineterm=""
        )


def _metrics_differ() -> Iterator[str]:
    before = METRICS_FILE.read_text("utf-8") if METRICS_FILE.exists() else ""
    after = metrics_document()
    yield from difflib.unified_diff(
        before.splitlines(), after.splitlines(), "committed/metrics.md", "generated/metrics.md", lineterm=""
    )


def write(generated: Mapping[str, str], folder: Path) -> None:
    """Make `folder` hold exactly what was generated."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in generated:
            path.unlink()
    for name, text in generated.items():
        (folder / name).write_text(text, "utf-8")


def main(arguments: list[str] | None = None, folder: Path = EVENTS_FOLDER) -> int:
    """Returns the exit code: 1 when --check found a difference."""
    parser = argparse.ArgumentParser(prog="docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if something differs")
    if not parser.parse_args(arguments).check:
        write(documents(), folder)
        METRICS_FILE.write_text(metrics_document(), "utf-8")
        return 0
    found = [*differences(documents(), folder), *_metrics_differ()]
    if found:
        print("\n".join(found))
        print("docs/ is not what the code says: run .venv/bin/python -m docs.generate and commit it", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
