"""What the classifiers share: a trunk, one head for each task, a loss over known labels."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scar_core.methods.base import Batch, Encoding
from scar_core.methods.contract import InputContract
from scar_core.nn.distributed import mean_of_all


def known_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Binary cross-entropy, averaged over the known pairs of record and label.

    Args:
        logits: Float (B, C).
        labels: Float (B, C): 1, 0, or NaN where unknown, which counts for nothing.

    Returns:
        A scalar; 0 if nothing is known.
    """
    known = torch.isfinite(labels)
    each = F.binary_cross_entropy_with_logits(logits, torch.nan_to_num(labels), reduction="none")
    return mean_of_all((each * known).sum(), known.sum())


class HeadedClassifier(nn.Module):
    """A trunk with heads.

    Args:
        trunk: Signal float (B, L, T) and visible bool (B, L, T) to features float (B, D).
        width: Features of the trunk (D).
        tasks: Labels of each task.
        contract: What the input looks like.
        dropout: Dropout before the heads while training.
    """

    def __init__(
        self,
        trunk: nn.Module,
        width: int,
        tasks: Mapping[str, tuple[str, ...]],
        contract: InputContract,
        dropout: float,
    ) -> None:
        super().__init__()
        self.contract = contract
        self.tasks = {task: tuple(labels) for task, labels in tasks.items()}
        self.trunk = trunk
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {task: nn.Linear(width, len(labels)) for task, labels in self.tasks.items()}
        )
        for head in self.heads.values():  # a label that nothing is known of stays at one half
            for parameter in head.parameters():
                nn.init.zeros_(parameter)

    def features(self, signal: Tensor, visible: Tensor) -> Tensor:
        """Features of the trunk, float (B, D), normalised over D."""
        out: Tensor = self.norm(self.trunk(signal, visible))
        return out

    def encode(self, signal: Tensor, visible: Tensor, amplitude: Tensor | None = None) -> Encoding:
        """Encode what is visible; see ``Classifier``."""
        del amplitude
        return Encoding(F.normalize(self.features(signal, visible), dim=-1), None, None)

    def classify(self, signal: Tensor, visible: Tensor) -> dict[str, Tensor]:
        """Logits of every task; see ``Classifier``."""
        features = self.dropout(self.features(signal, visible))
        return {task: head(features) for task, head in self.heads.items()}

    def minimise(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Losses of the heads on full views: no missingness is learned from.

        Args:
            batch: Records; labels of tasks that the model has no head for are left alone.
            generator: Not used: there is nothing to draw.

        Returns:
            ``TASK_loss`` of every task that the batch has labels of.
        """
        del generator
        logits = self.classify(batch.signal, batch.present)
        return {
            f"{task}_loss": known_cross_entropy(logits[task].float(), labels)
            for task, labels in batch.labels.items()
            if task in logits
        }
