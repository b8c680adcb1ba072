"""Zero-shot answers: prompts → embeddings → similarity → calibrated probability (SCAR §3.4)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scar_core.datasets import Example, dataset
from scar_core.errors import ConfigError, DatasetError
from scar_core.evaluation.calibration import Calibration, calibrate
from scar_core.evaluation.metrics import Ranking, rank
from scar_core.evaluation.prompts import default_prompts, task_prompts
from scar_core.findings import FINDINGS
from scar_core.methods.base import Encoding
from scar_core.methods.checkpoint import CALIBRATION, Checkpoint, load_checkpoint, write_beside
from scar_core.methods.contract import prepare, stacked
from scar_core.missing import Scenario, apply
from scar_core.prediction import ClassScore, Importance, Prediction
from scar_core.record import ECGRecord

Floats = NDArray[np.float64]
Item = tuple[ECGRecord, Scenario]

_MEMORY = 4096  # prompt embeddings that are kept


class Predictor:
    """A loaded checkpoint that answers about records.

    Args:
        checkpoint: From ``load_checkpoint``.
        device: Where it runs.
    """

    def __init__(self, checkpoint: Checkpoint, device: str = "cpu") -> None:
        self.checkpoint = checkpoint
        self.device = device
        self.default_prompts = default_prompts()
        self.calibration = Calibration.from_json(checkpoint.calibration)
        self._texts: dict[str, Tensor] = {}

    @classmethod
    def load(cls, checkpoint: Path | None = None, device: str = "cpu") -> "Predictor":
        """Load a checkpoint folder; None: SCAR's, shipped with the program.

        Raises:
            CheckpointError: It is missing or damaged.
        """
        return cls(load_checkpoint(checkpoint, device), device)

    def encode(self, items: Sequence[Item]) -> tuple[Encoding, list[ECGRecord], Floats]:
        """Encode records under their scenarios.

        Returns:
            The encoding; the records as they were read, with notes; and the visible share of the
            present samples of each.
        """
        inputs, records, shares = [], [], []
        for whole, scenario in items:
            record = whole.window(self.checkpoint.contract.seconds)  # which says so in its notes
            shown, visible = apply(record, scenario)
            inputs.append(prepare(shown, visible, self.checkpoint.contract))
            records.append(shown)
            shares.append(visible.sum() / max(1, int(record.present.sum())))
        with torch.inference_mode():
            encoding = self.checkpoint.model.encode(*stacked(inputs).to(self.device))
        return encoding, records, np.asarray(shares, dtype=np.float64)

    def embed_texts(self, texts: Sequence[str]) -> Tensor:
        """Embed prompts, float (C, E), remembering them: pages ask for the same ones again."""
        unknown = [text for text in dict.fromkeys(texts) if text not in self._texts]
        if unknown:
            if len(self._texts) + len(unknown) > _MEMORY:
                self._texts.clear()
                unknown = list(dict.fromkeys(texts))
            with torch.inference_mode():
                rows = self.checkpoint.model.encode_text(unknown)
            self._texts.update(zip(unknown, rows, strict=True))
        return torch.stack([self._texts[text] for text in texts])

    def similarities(self, items: Sequence[Item], texts: Sequence[str]) -> Floats:
        """Cosine of each record and each text; (record, text)."""
        encoding, _, _ = self.encode(items)
        similarity = encoding.embedding.float() @ self.embed_texts(texts).float().T
        return np.asarray(similarity.cpu().numpy(), dtype=np.float64)

    def predict(
        self, items: Sequence[Item], prompts: Mapping[str, str] | None = None
    ) -> list[Prediction]:
        """Answer for each record under its scenario.

        Args:
            items: Records and scenarios; they are encoded in one batch.
            prompts: Name to text of the classes; None: the default findings.

        Returns:
            One prediction for each item.

        Raises:
            ConfigError: No items, or no prompts.
        """
        named = dict(self.default_prompts if prompts is None else prompts)
        texts = list(named.values())
        if not items or not texts:
            raise ConfigError(
                f"{len(items)} records and {len(texts)} prompts were given; at least one of each "
                "is needed"
            )
        encoding, records, shares = self.encode(items)
        similarity = encoding.embedding.float() @ self.embed_texts(texts).float().T
        predictions = []
        for row, record in enumerate(records):
            classes = []
            for (name, text), cosine in zip(named.items(), similarity[row].tolist(), strict=True):
                probability, own = self.calibration.probability(text, cosine)
                classes.append(ClassScore(name, text, cosine, probability, own))
            predictions.append(
                Prediction(
                    classes=tuple(classes),
                    importance=self._importance(encoding, row),
                    visible_share=float(shares[row]),
                    method=self.checkpoint.method,
                    checkpoint=self.checkpoint.digest,
                    notes=record.notes,
                )
            )
        return predictions

    def _importance(self, encoding: Encoding, row: int) -> Importance | None:
        if encoding.importance is None or encoding.patch_visible is None:
            return None
        contract = self.checkpoint.contract
        return Importance(
            lead_names=contract.leads,
            patch_s=contract.patch_s,
            patches=tuple(map(tuple, encoding.importance[row].tolist())),
            visible=tuple(map(tuple, encoding.patch_visible[row].tolist())),
        )


def in_batches(examples: Sequence[Example], size: int = 32) -> Iterator[list[Item]]:
    """Read examples, a batch at a time, with nothing hidden."""
    for start in range(0, len(examples), size):
        yield [(example.read(), Scenario()) for example in examples[start : start + size]]


def score(predictor: Predictor, examples: Sequence[Example], texts: Sequence[str]) -> Floats:
    """Similarity of every example and text, full view; (record, text)."""
    rows = [predictor.similarities(items, texts) for items in in_batches(examples)]
    return np.concatenate(rows)


def evaluate_zero_shot(
    predictor: Predictor,
    name: str,
    task: str,
    split: str,
    *,
    root: Path | None = None,
    min_positives: int = 1,
    seed: int = 0,
) -> Ranking:
    """Rank a dataset's records by one prompt per label, full view.

    Args:
        predictor: What is evaluated.
        name: Dataset.
        task: One of its tasks.
        split: One of its splits.
        root: Folder of the datasets.
        min_positives: Labels with fewer positives are left out.
        seed: Of the bootstrap.

    Raises:
        DatasetError: The dataset, task or split is not there.
    """
    spec = dataset(name)
    if task not in spec.tasks:
        raise DatasetError(
            f"{spec.title} has no task {task!r}; choose one of: {', '.join(spec.tasks)}"
        )
    examples = spec.examples(root, split, task)
    prompts = task_prompts(name, spec.tasks[task])
    truth = np.array([[label in example.labels[task] for label in prompts] for example in examples])
    return rank(
        score(predictor, examples, list(prompts.values())),
        truth,
        list(prompts),
        [example.patient for example in examples],
        min_positives=min_positives,
        seed=seed,
    )


def calibrate_checkpoint(
    folder: Path, name: str = "ptbxl", root: Path | None = None
) -> Calibration:
    """Fit a checkpoint's calibration on a validation split and write it into its folder.

    Args:
        folder: The checkpoint.
        name: Dataset with a validation split.
        root: Folder of the datasets.
    """
    predictor = Predictor.load(folder)
    examples = dataset(name).examples(root, "val")
    codes = list(FINDINGS)
    texts = [FINDINGS[code].phrases[0] for code in codes]
    truth = np.array(
        [
            [1.0 if c in e.positive else 0.0 if c in e.negative else np.nan for c in codes]
            for e in examples
        ]
    )
    fitted = calibrate(
        score(predictor, examples, texts),
        truth,
        texts,
        f"{dataset(name).title}, validation split, {len(examples)} records, full view",
    )
    write_beside(folder / CALIBRATION, (json.dumps(fitted.to_json(), indent=1) + "\n").encode())
    return fitted
