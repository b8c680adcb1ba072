"""The text corpus that the built-in text tower's tokenizer is learned from."""

import random

from scar_core.findings import FINDINGS
from scar_core.nn.text import TextConfig, train_tokenizer
from scar_core.simulate import report_text
from scar_core.training.data import Mixture
from scar_core.training.sources import StoredSource


def corpus(mixture: Mixture, seed: int, made: int = 4000) -> list[str]:
    """Texts of the training records, made-up reports, and every wording of every finding.

    Args:
        mixture: Training sources; only their own reports are used.
        seed: Of the made-up reports.
        made: How many of those.
    """
    rng = random.Random(seed)  # noqa: S311 - no secrets here
    codes = list(FINDINGS)
    texts = [phrase for finding in FINDINGS.values() for phrase in finding.phrases] * 3
    texts += [report_text(rng.sample(codes, rng.randint(1, 5)), rng) for _ in range(made)]
    for source in mixture.sources.values():
        if isinstance(source, StoredSource):
            texts += [example.report for example in source.examples if example.report]
    return texts


def tokenizer_for(mixture: Mixture, seed: int, vocabulary: int = TextConfig().vocabulary) -> str:
    """Learn the tokenizer of a training run, of so many pieces at most; JSON text."""
    return train_tokenizer(corpus(mixture, seed), vocabulary)
