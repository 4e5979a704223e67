"""Word vectors out of MiniLM, so that the first stage knows words it was never trained on.

Every piece of MiniLM's vocabulary, and every word of the training texts, is read by MiniLM alone; what it makes of them
is cut to the strongest directions, and frequent words count less (as smooth inverse frequency has it).
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from rich.progress import track

from services.classify.text import tokens
from services.classify.training.minilm import load_minilm, load_tokenizer

WIDTH = 256
SMOOTH = 1e-3
BATCH = 512


def distill(texts: Iterable[str]) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Tokens and their vectors, [tokens, 256]; pieces that continue a word begin with ##."""
    counts = Counter(token for text in texts for token in tokens(text))
    tokenizer = load_tokenizer()
    pieces = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    known = set(pieces)
    vocabulary = pieces + sorted(token for token, count in counts.items() if token not in known and count > 1)
    vectors = _embed([_readable(token) for token in vocabulary], tokenizer)
    cut = _strongest(vectors, WIDTH)
    total = sum(counts.values())
    weights = np.array([SMOOTH / (SMOOTH + counts[token] / total) for token in vocabulary], dtype=np.float32)
    return vocabulary, cut * weights[:, None]


def _readable(token: str) -> str:
    return token.removeprefix("em:").removeprefix("##").strip("<>")


def _embed(words: Sequence[str], tokenizer: object) -> npt.NDArray[np.float32]:
    model = load_minilm().eval()
    made = []
    with torch.inference_mode():
        for start in track(range(0, len(words), BATCH), description="reading words"):
            encoded = tokenizer.encode_batch(list(words[start : start + BATCH]))  # type: ignore[attr-defined]
            longest = max(len(one.ids) for one in encoded)
            ids = torch.tensor([one.ids + [0] * (longest - len(one.ids)) for one in encoded])
            mask = torch.tensor([[1] * len(one.ids) + [0] * (longest - len(one.ids)) for one in encoded])
            made.append(model(ids, mask).numpy())
    return np.concatenate(made)


def _strongest(vectors: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
    """Centred, turned so that the first columns hold most, cut, and of about unit size."""
    centred = vectors - vectors.mean(0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    turned = centred @ directions[:, ::-1][:, :width]
    scaled: npt.NDArray[np.float32] = (turned / np.linalg.norm(turned, axis=1).mean()).astype(np.float32)
    return scaled
