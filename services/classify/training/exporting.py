"""Writes what the service reads: the first stage's tables, the second stage in eight bits, and what was calibrated."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from services.classify.assessor import Calibration
from services.classify.first_stage import narrowed
from services.classify.training.first import FirstStageNet
from services.classify.training.minilm import model_folder
from services.classify.training.second import SecondStageNet


def write_first(
    net: FirstStageNet,
    gram_list: Sequence[str],
    vocabulary: Sequence[str],
    vectors: npt.NDArray[np.float32],
    folder: Path,
) -> None:
    """first_stage.npz."""
    grams, grams_scale = narrowed(net.grams.weight.detach().numpy()[: len(gram_list)], 1)
    words, words_scale = narrowed(vectors, 1)
    dense = {
        name: layer.weight.detach().numpy().T.astype(np.float16)
        for name, layer in (("inner", net.inner), ("outer", net.outer), ("cues", net.cues))
    }
    biases = {
        f"{name}_bias": layer.bias.detach().numpy().astype(np.float32)
        for name, layer in (("inner", net.inner), ("outer", net.outer), ("cues", net.cues))
    }
    arrays: dict[str, Any] = {
        "gram_list": np.array(json.dumps(list(gram_list))),
        "word_list": np.array(json.dumps(list(vocabulary))),
        "grams": grams,
        "grams_scale": grams_scale.astype(np.float16),
        "vectors": words,
        "vectors_scale": words_scale[:, 0].astype(np.float32),
        **dense,
        **biases,
    }
    np.savez_compressed(folder / "first_stage.npz", **arrays)


def write_second(net: SecondStageNet, folder: Path) -> None:
    """second_stage.onnx, eight bits a weight, and the tokenizer that goes with it."""
    example = (torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long))
    axes = {name: {0: "texts", 1: "pieces"} for name in ("ids", "mask")} | {"scores": {0: "texts"}}
    with tempfile.TemporaryDirectory() as work:
        whole = Path(work) / "whole.onnx"
        torch.onnx.export(
            net.eval(),
            example,
            str(whole),
            input_names=["ids", "mask"],
            output_names=["scores"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(whole, folder / "second_stage.onnx", weight_type=QuantType.QInt8, per_channel=True)
    shutil.copyfile(model_folder() / "tokenizer.json", folder / "tokenizer.json")


def write_manifest(calibration: Calibration, metrics: Mapping[str, Any], version: str, folder: Path) -> None:
    """manifest.json: the version, what was calibrated, what was measured, and the hash of every file."""
    files = sorted(
        path for path in folder.iterdir() if path.suffix in {".npz", ".onnx"} or path.name == "tokenizer.json"
    )
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    manifest = {"version": version, "calibration": asdict(calibration), "files": hashes, "metrics": metrics}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "utf-8")
