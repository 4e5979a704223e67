"""The second stage: a small transformer in eight bits, for what the first is not sure of. Needs the extra `onnx`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from services.classify.heads import OUTPUTS

PIECES_MAX = 96
BATCH = 8
"""Measured: larger ones are slower on one thread and hold more memory."""


class SecondStageMissing(Exception):
    """The second stage cannot run here. The message says what is missing and how to get it."""


class SecondStage:
    """One ONNX session. Opening it also warms it up: the first call is as fast as the others."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        try:
            import onnxruntime  # an extra: a service without it runs on the first stage
            from tokenizers import Tokenizer
        except ImportError as error:
            raise SecondStageMissing(f"{error.name} is not installed: pip install onnxruntime tokenizers") from None
        onnxruntime.disable_telemetry_events()
        model, pieces = folder / "second_stage.onnx", folder / "tokenizer.json"
        if not model.exists() or not pieces.exists():
            raise SecondStageMissing(f"{model.name} or {pieces.name} is not in {folder}: make train writes them")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self._session: Any = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(pieces))
        self._tokenizer.enable_truncation(PIECES_MAX)
        self._tokenizer.no_padding()
        self.scores(["Warms up."])

    def scores(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[texts, classes of all heads]; texts of like length share a batch, so that little is padded."""
        encoded = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        scores = np.zeros((len(texts), OUTPUTS), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(encoded[index]))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            ids, mask = _padded([encoded[index] for index in chosen])
            scores[chosen] = self._session.run(None, {"ids": ids, "mask": mask})[0]
        return scores


def _padded(lists: Sequence[Sequence[int]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    longest = max(map(len, lists))
    ids = np.zeros((len(lists), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, one in enumerate(lists):
        ids[row, : len(one)] = one
        mask[row, : len(one)] = 1
    return ids, mask
