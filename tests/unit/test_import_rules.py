"""Each import rule is proved: planted in a copy of the tree, a forbidden import is found and named."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FORBIDDEN = [
    pytest.param("services/ingest/planted.py", "import cli.main", "cli, then services", id="services → cli"),
    pytest.param("chassis/planted.py", "import services.ingest", "cli, then services", id="chassis → services"),
    pytest.param("contracts/planted.py", "import chassis.clock", "cli, then services", id="contracts → chassis"),
    pytest.param(
        "services/notify/planted.py",
        "import services.respond",
        "a service never imports another",
        id="service → service",
    ),
    pytest.param("contracts/planted.py", "import redis", "contracts import pydantic only", id="contracts → redis"),
    pytest.param("services/classify/assessor.py", "import chassis.clock", "decisions are pure", id="pure → chassis"),
    pytest.param("services/ingest/mentions.py", "import asyncpg", "decisions are pure", id="pure → database"),
    pytest.param(
        "services/ingest/planted.py", "import deploy.local", "nothing that runs in a service", id="service → deploy"
    ),
]


def copy_of_the_tree(folder: Path) -> Path:
    for package in ("contracts", "chassis", "services", "cli", "deploy"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "model", "corpus")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_tree_as_it_is_keeps_every_rule(tmp_path: Path) -> None:
    result = lint_imports(copy_of_the_tree(tmp_path))

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("path", "line", "rule"), FORBIDDEN)
def test_a_forbidden_import_is_found(tmp_path: Path, path: str, line: str, rule: str) -> None:
    folder = copy_of_the_tree(tmp_path)
    with (folder / path).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")

    result = lint_imports(folder)

    assert result.returncode == 1
    broken = [report for report in result.stdout.splitlines() if report.endswith("BROKEN")]
    assert any(rule in report for report in broken), result.stdout
