"""The language that a training teaches: the tokenizer's corpus, and texts without a waveform.

A text tower that only meets texts beside records hardly learns that "no ST elevation" is none, or
what a German report says. So each step also takes reports whose records are not at hand and
made-up ones that deny, and asks of each text what is true by it (ours).
"""

import logging
import random
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from scar_core.datasets.ptbxl import Report, written_reports
from scar_core.findings import FINDINGS, findings_of
from scar_core.nn.text import TextConfig, train_tokenizer
from scar_core.reports import clean_report, stored_report
from scar_core.simulate import report_text
from scar_core.training.labels import CODES, truth_row
from scar_core.training.sources import StoredSource, rng_of

if TYPE_CHECKING:
    from scar_core.training.data import Mixture

log = logging.getLogger(__name__)

_GROUPS = tuple(dict.fromkeys(one.group for one in FINDINGS.values() if one.group != "summary"))
_TOLD_WHOLE = frozenset({"rhythm", "ectopy", "conduction", "axis", "hypertrophy"})
"""Groups of which a report names all that is there; how ST-T is named is a matter of taste."""
_BROAD = frozenset({"CD", "HYP", "MI", "STTC"})
_SINUS = frozenset({"SBRAD", "STACH", "SARRH"})
_NEVER_DENIED = frozenset({"NORM", "SR"})
_LEARNED = 2000
"""Most reports that the tokenizer learns from."""


class Language:
    """Texts whose truth is known and whose records are not at hand; a source of training texts.

    Half of them are stored reports, as they are stored or cleaned and translated, with equal
    chances; the others are made up, and most of those deny something. Without stored reports all
    are made up.

    Args:
        told: Stored reports.
    """

    def __init__(self, told: Sequence[Report] = ()) -> None:
        self.told = tuple(told)

    def draw(self, n: int, generator: torch.Generator) -> tuple[list[str], Tensor]:
        """Draw texts; equal generators give equal draws.

        Returns:
            n texts, and what is true by them: float (n, F), 1, 0 or NaN in the order of ``CODES``.
        """
        rng = rng_of(generator)
        texts, rows = [], []
        for _ in range(n):
            if self.told and rng.random() < 0.5:
                one = rng.choice(self.told)
                texts.append(rng.choice((stored_report, clean_report))(one.text))
                rows.append(truth_row(one.positive, one.negative))
            else:
                text, positive, negative = self.make(rng)
                texts.append(text)
                rows.append(truth_row(positive, negative))
        return texts, torch.tensor(rows).reshape(n, len(CODES))

    def make(self, rng: random.Random) -> tuple[str, frozenset[str], frozenset[str]]:
        """Make up a report.

        Returns:
            The text, the codes that are true by it, and those that are false by it.
        """
        stated = self._findings(rng)
        closed = findings_of(stated)
        free = [code for code in CODES if code not in closed | _NEVER_DENIED]
        denied = rng.sample(free, rng.choice((0, 1, 1, 2, 3) if stated else (1, 1, 2, 3)))
        text = report_text(stated, rng, subset=0.0, deny=0.0, denied=denied)
        return text, closed, false_by(stated, denied)

    def _findings(self, rng: random.Random) -> list[str]:
        """None, one, some of different groups, or those of a stored report."""
        kind = rng.random()
        if kind < 0.25:
            return []
        if kind < 0.5:
            return [rng.choice(CODES)]
        if self.told and kind < 0.75:
            return sorted(rng.choice(self.told).positive)
        return [
            rng.choice([code for code in CODES if FINDINGS[code].group == group])
            for group in rng.sample(_GROUPS, rng.randint(2, 3))
        ]

    def texts(self, rng: random.Random) -> list[str]:
        """Stored reports, in both forms, for the tokenizer to learn from."""
        some = rng.sample(self.told, min(_LEARNED, len(self.told)))
        return [form(one.text) for one in some for form in (stored_report, clean_report)]


def false_by(stated: Collection[str], denied: Collection[str]) -> frozenset[str]:
    """What is false by a text that states some findings, denies others, and is silent of the rest.

    Silence counts as absence only within the groups that the text speaks of and that reports tell
    whole: "left bundle branch block" is not the right one, and leaves ST segments open. What
    would imply something false is false.

    Args:
        stated: Codes that the text affirms.
        denied: Codes that it denies.
    """
    closed = findings_of(stated)
    implied = findings_of([broad for code in stated for broad in FINDINGS[code].implies])
    leaves = set(stated) - implied
    false = set(denied)
    if "NORM" in closed:
        false |= _BROAD
    elif closed & _BROAD:
        false.add("NORM")
    spoken = {FINDINGS[code].group for code in closed} & _TOLD_WHOLE
    false |= {
        code
        for code, one in FINDINGS.items()
        if one.group in spoken and not findings_of([code]) & leaves
    }
    if closed & _SINUS:
        false.discard("SR")  # some call it so, some do not
    false -= closed
    return frozenset(code for code in CODES if findings_of([code]) & false) - closed


def open_language(root: Path | None) -> Language:
    """Open the stored reports that may be learned from; made-up ones alone where there are none.

    Args:
        root: Folder of the datasets; None: the default.
    """
    told = written_reports(root, "train")
    if not told:
        log.warning("no stored reports of PTB-XL are at hand: texts without a record are made up")
    return Language(told)


def corpus(mixture: "Mixture", seed: int, made: int = 4000) -> list[str]:
    """Texts of the training records, made-up reports, and every wording of every finding.

    Args:
        mixture: Training sources; only their own reports are used.
        seed: Of the made-up reports.
        made: How many of those.
    """
    rng = random.Random(seed)  # noqa: S311 - no secrets here
    codes = list(FINDINGS)
    texts = [words for finding in FINDINGS.values() for words in finding.wordings] * 3
    texts += [report_text(rng.sample(codes, rng.randint(1, 5)), rng) for _ in range(made)]
    for source in mixture.sources.values():
        if isinstance(source, StoredSource):
            texts += [example.report for example in source.examples if example.report]
    if mixture.language is not None:
        texts += mixture.language.texts(rng)
        texts += [mixture.language.make(rng)[0] for _ in range(made)]
    return texts


def tokenizer_for(mixture: "Mixture", seed: int, vocabulary: int = TextConfig().vocabulary) -> str:
    """Learn the tokenizer of a training run, of so many pieces at most; JSON text."""
    return train_tokenizer(corpus(mixture, seed), vocabulary)
