"""Makes the weights: python -m services.classify.training [--data FILE] [--green FOLDER] [--out FOLDER].

In order: word vectors out of MiniLM, the teacher, the second and the first stage taught by it, temperatures and
thresholds on the dev hands, the files. Seeded. Each epoch is kept in --work, in a folder for these rows and this seed:
a run that was cut off goes on from there.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from services.classify.assessor import Assessor, Calibration, Table
from services.classify.features import find
from services.classify.first_stage import FirstStage
from services.classify.heads import HEADS
from services.classify.lexicon import load_lexicon
from services.classify.model import MODEL
from services.classify.second_stage import SecondStage
from services.classify.text import folded
from services.classify.training.calibrating import calibrate
from services.classify.training.card import write_card
from services.classify.training.data import DataRefused, Row, Split, fingerprint, load_corpus, load_green, read_rows
from services.classify.training.distill import distill
from services.classify.training.exporting import write_first, write_manifest, write_second
from services.classify.training.first import train_first
from services.classify.training.measuring import judge_all, measure_own
from services.classify.training.second import SecondStageNet, score_second, train_student, train_teacher
from services.classify.training.teaching import taught, unlabelled_rows
from services.classify.training.toning import fit_tone

SEED = 7
UNLABELLED_MAX = 20_000


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="services.classify.training", description=__doc__)
    parser.add_argument("--data", type=Path, help="your own labelled mentions, JSONL, added to the corpus")
    parser.add_argument("--green", type=Path, default=Path("var/green"), help="the green sets, where they are at hand")
    parser.add_argument("--out", type=Path, default=MODEL)
    parser.add_argument("--work", type=Path, default=Path("var/train"))
    parser.add_argument("--version", default="cascade@1")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    try:
        own = read_rows(options.data) if options.data else []
    except (DataRefused, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    train(load_corpus(), own, options.green, options.out, options.work, options.version, options.seed)
    return 0


def train(split: Split, own: Sequence[Row], green: Path, out: Path, work: Path, version: str, seed: int) -> None:
    """Everything, from the corpus to the card."""
    torch.set_num_threads(2)
    rows = [*split.train, *own, *load_green(green)]
    work = work / fingerprint(rows, seed)
    work.mkdir(parents=True, exist_ok=True)
    vocabulary, vectors = _vectors(rows, work)
    teacher = train_teacher(rows, seed, work / "teacher.ckpt")
    everything = [*rows, *unlabelled_rows(green, UNLABELLED_MAX)]
    aims = taught(everything, _beliefs(teacher, everything, work))
    write_second(train_student(teacher, everything, aims, seed, work / "student.ckpt"), out)
    net, gram_list, _ = train_first(everything, aims, vocabulary, vectors, seed)
    write_first(net, gram_list, vocabulary, vectors, out)
    calibrate_and_measure(split, out, version)


def calibrate_and_measure(split: Split, out: Path, version: str) -> None:
    """With the files as they will be read: eight bits and all."""
    first, second, lexicon = FirstStage.from_file(out / "first_stage.npz"), SecondStage(out, threads=2), load_lexicon()
    texts = [row.text for row in split.dev]
    found = [find(folded(text), lexicon) for text in texts]
    calibration = calibrate(split.dev, found, first.scores([first.read(text) for text in texts]), second.scores(texts))
    calibration = _with_tone(first, second, calibration, split)
    write_manifest(calibration, {}, version, out)
    metrics = measure_own(out, split.test)
    write_manifest(calibration, metrics, version, out)
    write_card(out, split, metrics)


def _with_tone(first: FirstStage, second: SecondStage, calibration: Calibration, split: Split) -> Calibration:
    """How the tone is read by the first stage alone, and where both have read."""
    everything = replace(calibration, unsure_above=-1.0)
    alone = Assessor(first, None, calibration, version="")
    both = Assessor(first, second, everything, version="", seconds_max=math.inf)
    rows = [*split.dev, *split.tone]
    fits = [fit_tone(split.dev, split.tone, _as_assessed(assessor, rows)) for assessor in (alone, both)]
    return replace(calibration, tone_first=fits[0], tone_both=fits[1])


def _as_assessed(assessor: Assessor, rows: Sequence[Row]) -> dict[str, Table]:
    """Head → probabilities, [rows, classes]."""
    judged = judge_all(assessor, [row.text for row in rows])
    return {
        head: np.array([[one.probabilities[head][name] for name in classes] for one in judged], dtype=np.float32)
        for head, classes in HEADS.items()
    }


def _vectors(rows: Sequence[Row], work: Path) -> tuple[list[str], npt.NDArray[np.float32]]:
    path = work / "vectors.npz"
    if not path.exists():
        vocabulary, vectors = distill(row.text for row in rows)
        np.savez(path, vocabulary=np.array(vocabulary), vectors=vectors)
    with np.load(path) as saved:
        return saved["vocabulary"].tolist(), saved["vectors"]


def _beliefs(teacher: SecondStageNet, rows: Sequence[Row], work: Path) -> npt.NDArray[np.float32]:
    path = work / "beliefs.npy"
    if not path.exists() or len(np.load(path, mmap_mode="r")) != len(rows):
        np.save(path, score_second(teacher, [row.text for row in rows]))
    beliefs: npt.NDArray[np.float32] = np.load(path)
    return beliefs


if __name__ == "__main__":
    sys.exit(main())
