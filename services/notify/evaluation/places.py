"""Branch inference, measured: on our own mentions, and on a set of others where it is at hand.

A set is a directory (YAML) and mentions (JSONL) with what is expected: a branch, several it may be, or none. Our own
companies, branches and sentences are invented; half of the mentions were written before any other set's mistakes had
been looked at.
"""

import json
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts import LocationStatus, Place
from services.notify.directory import Branch, Company, Directory, RegionOwner, load_directory
from services.notify.location import Locator

OWN = Path(__file__).parent / "own_places"
SURE = 0.8
"""What is said with at least this confidence has to be right 97 times in 100."""
SPEED_BRANCHES = 20_000
SPEED_MENTIONS = 1_000

Row = Mapping[str, Any]


@dataclass
class Measured:
    """How often the expectation was met: by status, of those said to be sure, and by kind of evidence."""

    right: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    sure: list[bool] = field(default_factory=list)
    kinds: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    confidently_wrong: int = 0

    def figures(self, prefix: str) -> dict[str, float]:
        """Flat figures: places_branch, places_ambiguous, places_none, places_sure_right."""
        figures = {f"{prefix}_{status.value}": _share(self.right[status.value]) for status in LocationStatus}
        return figures | {f"{prefix}_sure_right": _share(self.sure)}


def _share(met: Sequence[bool]) -> float:
    return round(sum(met) / len(met), 4) if met else 0.0


def measure(data: Path) -> tuple[str, dict[str, float]]:
    """A section for docs/notify.md, and its figures. `data` may hold places/directory.yaml and places/*.jsonl."""
    own = measure_set(OWN / "directory.yaml", [OWN / "mentions.jsonl"])
    figures = own.figures("places_own")
    tables = [("our own mentions", own)]
    others = data / "places"
    if mentions := sorted(others.glob("*.jsonl")):
        other = measure_set(others / "directory.yaml", mentions)
        figures |= other.figures("places")
        tables.insert(0, ("mentions written by others", other))
    index_seconds, mentions_seconds = measure_speed()
    figures |= {"places_index_seconds": index_seconds, "places_1000_mentions_seconds": mentions_seconds}
    return _section(tables, figures), figures


def measure_set(directory: Path, mentions: Iterable[Path]) -> Measured:
    """Locate every mention; `extra_branches` belong to other sets and stay out."""
    locator = Locator(load_directory(directory.read_text("utf-8"), directory.name, with_extra=False))
    measured = Measured()
    for path in mentions:
        for line in path.read_text("utf-8").splitlines():
            _count(measured, locator, json.loads(line))
    return measured


def _count(measured: Measured, locator: Locator, row: Row) -> None:
    place = Place(lat=row.get("lat"), lon=row.get("lon"), name=row.get("place_name"))
    found = locator.locate(
        company=row["company"],
        text=row["text"],
        place=place,
        account=row.get("account"),
        posted_at=datetime.fromisoformat(row["posted_at"]) if row.get("posted_at") else None,
    )
    expected = row["expected"]
    met = found.status.value == expected["status"] and found.branch_id == expected.get("branch_id")
    measured.right[expected["status"]].append(met)
    measured.kinds[row.get("kind", "other")].append(met)
    if found.confidence >= SURE:
        measured.sure.append(met)
        measured.confidently_wrong += not met


def measure_speed() -> tuple[float, float]:
    """Seconds of processor time: to index 20,000 branches of one company, and to locate 1,000 mentions in them."""
    directory, texts = invented(SPEED_BRANCHES, SPEED_MENTIONS)
    started = time.process_time()
    locator = Locator(directory)
    indexed = time.process_time()
    locator.locate(company="many", text="Warm up: the one by the castle in Nowherre")
    ready = time.process_time()
    for text in texts:
        locator.locate(company="many", text=text)
    return round(indexed - started, 3), round(time.process_time() - ready, 3)


_SYLLABLES = tuple(start + end for start in "bcdfghklmnprstvw" for end in ("a", "e", "i", "o", "u", "ar", "en", "ol"))


def invented(branches: int, mentions: int) -> tuple[Directory, list[str]]:
    """One company of `branches` branches, a fifth as many towns, and mentions of every sort; the same every time."""
    source = random.Random(20)  # noqa: S311  # not a secret

    def word(syllables: int) -> str:
        return "".join(source.choice(_SYLLABLES) for _ in range(syllables)).capitalize()

    towns = [f"{word(3)}{source.choice(('ton', 'ford', 'ham', 'burg'))}" for _ in range(branches // 5)]
    streets = [f"{word(2)} {source.choice(('Street', 'Road', 'Avenue'))}" for _ in range(branches // 6)]
    made = [_branch(source, word, number, source.choice(towns), source.choice(streets)) for number in range(branches)]
    return (
        Directory.of(
            companies=(Company(id="many", name="Many", kind="bank", account="@many"),),
            region_owners=(RegionOwner(id="owner", name="Owner", company="many"),),
            branches=made,
        ),
        [_text(source, source.choice(made), source.choice(towns)) for _ in range(mentions)],
    )


def _branch(source: random.Random, word: Any, number: int, town: str, street: str) -> Branch:
    return Branch(
        id=f"branch-{number}",
        company="many",
        name=f"{town} {street}",
        aliases=(f"{town} {word(2)}",),
        address=f"{source.randint(1, 200)} {street}",
        city=town,
        region=f"{word(1)}shire",
        country="GB",
        lat=50 + source.random() * 8,
        lon=-5 + source.random() * 6,
        landmarks=(f"{word(3)} Castle", f"the {word(2)} cinema"),
        opening_hours="Mo-Fr 09:00-17:00; Sa 10:00-14:00",
        timezone="Europe/London",
        region_owner="owner",
    )


def _text(source: random.Random, branch: Branch, town: str) -> str:
    return source.choice(
        (
            f"the queue at {branch.name} is out of the door, 40 minutes and counting",
            f"{branch.city} branch: nobody at the counter again",
            "your app logs me out every morning, please fix it",
            f"not {town} but {branch.city}, and the coffee was cold",
            f"waited an hour near {branch.landmarks[0]}, one till open",
            f"your {branch.city[:-2]}{branch.city[-1]} shop shut early on Sunday",
        )
    )


def _section(tables: Sequence[tuple[str, Measured]], figures: Mapping[str, float]) -> str:
    lines = [
        "## Branch inference",
        "",
        "| set | mentions | branch right | ambiguous recognised | none recognised | said with ≥ 0.8 | of these right |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, measured in tables:
        counts = [f"{_share(measured.right[s.value]):.3f} of {len(measured.right[s.value])}" for s in _COLUMNS]
        mentions = sum(len(met) for met in measured.right.values())
        sure = f"{len(measured.sure)} | {_share(measured.sure):.3f}"
        lines.append(f"| {name} | {mentions} | {' | '.join(counts)} | {sure} |")
    lines += ["", "Right by kind of evidence:", ""]
    for name, measured in tables:
        kinds = ", ".join(f"{kind} {sum(met)}/{len(met)}" for kind, met in sorted(measured.kinds.items()))
        lines.append(f"- {name}: {kinds}.")
    index, thousand = figures["places_index_seconds"], figures["places_1000_mentions_seconds"]
    lines += ["", f"Index of 20,000 branches: {index:.2f} s; 1,000 mentions among them: {thousand * 1000:.0f} ms."]
    return "\n".join(lines) + "\n"


_COLUMNS = (LocationStatus.BRANCH, LocationStatus.AMBIGUOUS, LocationStatus.NONE)
