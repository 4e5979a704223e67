"""Writes MODEL_CARD.md: what the weights are, what they were made of, how good they are, and where they are not."""

from collections.abc import Mapping
from pathlib import Path

from services.classify.training.data import DEV_HANDS, TEST_HANDS, TONE_HANDS, Split

SHOWN = (
    "sentiment_accuracy",
    "kind_accuracy",
    "topic_accuracy",
    "topic_top2",
    "anger_accuracy",
    "urgency_high_recall",
    "urgency_high_precision",
    "legitimacy_macro_f1",
    "legitimate_called_hater",
    "legitimacy_unsure",
    "second_stage_share",
)

TEXT = """# Model card

Written by `make train`; the figures are those of the committed weights, which `tests/unit/classify/test_model.py` holds
against their hashes and measures again.

**What it is.** Two stages under six heads (sentiment, anger, kind, legitimacy, topic, urgency). The first reads every text
with numpy: grams of one and two words, emoji by name, the lexicon's cues, and a small layer over word vectors distilled
from MiniLM. The second, MiniLM-L6 fine-tuned on all heads at once, shortened to four layers and cut to eight bits, reads
what the first is unsure of; where both have read, their scores are mixed. Temperatures and thresholds were chosen on the
dev hands. The sentiment of
what is likely no complaint, praise, question or idea is corrected by VADER's valences of its words (MIT licence); by how much
was fitted on the dev hands and on hands {tone} ({tone_count} general posts), which train nothing else.

**What it was made of.**

| data | rows | licence | used for |
|---|---|---|---|
| our corpus (../corpus/CARD.md), training hands | {train} | Apache-2.0, ours | all heads |
| UCI sentences (Kotzias et al. 2015), reviews | about 1,800 | CC BY 4.0 | sentiment |
| UCI SMS spam (Almeida, Hidalgo 2012), UCI YouTube spam (Alberto, Lochter, Almeida 2017) | about 1,400 spam rows | CC BY 4.0 | spam; the rest as text without labels |
| GoEmotions (Demszky et al. 2020), Banking77 (Casanueva et al. 2020), Surge toxicity | up to 20,000 texts | Apache-2.0, CC BY 4.0, MIT | text only: what the teacher makes of it teaches both stages |
| all-MiniLM-L6-v2 | | Apache-2.0 | starting weights and word vectors |

Nothing of any evaluation set is in it. Dev: hand {dev} ({dev_count} rows); test: hands {test} ({test_count} rows), whole hands
with their own businesses and voices.

**How good it is, on the test hands.**

| figure | first stage | cascade |
|---|---|---|
{figures}

On other people's sets, with VADER beside it: [docs/classify.md](../../../docs/classify.md), written by `make eval`.

**Limits.** English; other languages are told apart and go to a person. The corpus is synthetic (its card says how it came
about), and agreement between labelling passes is higher than between people who never met: expect less on your own data,
and measure it (`amends train --data`, `make eval`). Topics are the weakest head. Remarks of general life are read with less
skill than words to a company (TweetEval). Who the author is, how many follow them, and what they wrote before are no inputs.
"""


def write_card(folder: Path, split: Split, metrics: Mapping[str, Mapping[str, float]]) -> None:
    """MODEL_CARD.md beside the weights."""
    rows = [
        f"| {name.replace('_', ' ')} | {metrics['first'][name]:.3f} | {metrics['cascade'][name]:.3f} |"
        for name in SHOWN
    ]
    text = TEXT.format(
        train=f"{len(split.train):,}",
        dev=", ".join(DEV_HANDS),
        dev_count=len(split.dev),
        test=", ".join(TEST_HANDS),
        tone=", ".join(TONE_HANDS),
        tone_count=len(split.tone),
        test_count=f"{len(split.test):,}",
        figures="\n".join(rows),
    )
    (folder / "MODEL_CARD.md").write_text(text, "utf-8")
