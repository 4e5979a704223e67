"""What holds for the project as a whole."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120


def test_the_makefile_has_at_most_ten_targets() -> None:
    targets = re.findall(r"^[a-z-]+:.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert 0 < len(targets) <= 10


def test_the_locks_hold_hashes_and_no_address() -> None:
    locks = sorted(ROOT.glob("requirements-*.txt"))
    assert len(locks) == 5
    for lock in locks:
        text = lock.read_text("utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|file:/|--index-url|--find-links|--extra-index-url", text), lock.name


def test_nothing_large_is_tracked() -> None:
    weights = ROOT / "services" / "classify" / "model"
    large = [path for path in tracked() if path.stat().st_size > 1 << 20]
    assert [path.name for path in large if path.parent != weights] == []
    assert sum(path.stat().st_size for path in weights.iterdir()) <= 40 << 20


def test_sql_lives_in_queries_files() -> None:
    statement = re.compile(r'"\s*(select|insert into|update \w+ set|delete from)\b', re.IGNORECASE)
    found = [p.name for p in python_files("chassis", "services", "contracts") if statement.search(p.read_text("utf-8"))]
    assert found == ["database.py"]  # its probe asks `select true`


def test_only_the_chassis_opens_transactions() -> None:
    assert [path for path in python_files("services") if ".transaction(" in path.read_text("utf-8")] == []


def test_no_stream_is_bounded_by_length_and_no_command_needs_a_newer_server() -> None:
    banned = re.compile(
        r"maxlen=|xackdel|claim_min_idle_time=|min_idle_time=(?!self|settings)|TestRedisBroker|\"IDMP\""
    )
    assert [path.name for path in python_files("chassis", "services") if banned.search(path.read_text("utf-8"))] == []


def test_nothing_is_published_through_the_broker_and_its_documents_are_not_served() -> None:
    """Its replies ignore our format, its strings become text/plain, and its pages come with an open publish route."""
    banned = re.compile(r"RedisResponse|\.publish\(|@\w+\.publisher|asyncapi_path|AsyncAPIRoute|AsgiFastStream")
    assert [path.name for path in python_files("chassis", "services") if banned.search(path.read_text("utf-8"))] == []
