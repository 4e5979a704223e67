"""Opens a folder of weights as an assessor: the manifest says which version they are and what was calibrated."""

import json
from pathlib import Path
from typing import Any

import structlog

from services.classify.assessor import Assessor, Calibration, Second
from services.classify.first_stage import FirstStage
from services.classify.second_stage import SecondStage, SecondStageMissing
from services.classify.taxonomy import Taxonomy

MODEL = Path(__file__).parent / "model"
log = structlog.get_logger()


class ModelUnreadable(Exception):
    """The folder holds no weights this version can read. The message names the file."""


def load_manifest(folder: Path) -> dict[str, Any]:
    """What training wrote about the weights. Raises ModelUnreadable."""
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
        Calibration(**manifest["calibration"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnreadable(f"{path}: {type(error).__name__}: {error}; make train writes it") from None
    return manifest


def load_assessor(
    folder: Path = MODEL,
    *,
    second: bool = True,
    taxonomy: Taxonomy | None = None,
    seconds_max: float = 2.0,
    threads: int = 1,
) -> Assessor:
    """Both stages, or the first alone where the second is not wanted or cannot run here, which is logged.

    `taxonomy`: ours unless a company brings topics of its own. `seconds_max`: what the second stage may take of one
    batch. Raises ModelUnreadable.
    """
    manifest = load_manifest(folder)
    path = folder / "first_stage.npz"
    try:
        first = FirstStage.from_file(path)
    except (OSError, ValueError, KeyError) as error:
        raise ModelUnreadable(f"{path}: {type(error).__name__}: {error}; make train writes it") from None
    better = _second_stage(folder, threads) if second else None
    calibration = Calibration(**manifest["calibration"])
    return Assessor(first, better, calibration, version=manifest["version"], taxonomy=taxonomy, seconds_max=seconds_max)


def _second_stage(folder: Path, threads: int) -> Second | None:
    try:
        return SecondStage(folder, threads=threads)
    except SecondStageMissing as error:
        log.warning("second_stage_missing", error=str(error))
        return None
