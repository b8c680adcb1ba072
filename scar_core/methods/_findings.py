"""Additions of ours that can be given to the compared methods too, to see what they are worth."""

import torch
from torch import Tensor, nn

from scar_core.findings import FINDINGS
from scar_core.nn.losses import finding_alignment


class FindingQuestions(nn.Module):
    """One-finding texts asked of every record whose truth is known; see ``finding_alignment``.

    Args:
        weight: Weight of the loss.
    """

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = weight
        self.log_scale = nn.Parameter(torch.tensor(10.0).log())
        self.bias = nn.Parameter(torch.full((len(FINDINGS),), -3.0))

    def forward(self, records: Tensor, findings: Tensor, truth: Tensor) -> Tensor:
        """Loss of records (B, E), finding texts (F, E) and truth (B, F); weighted."""
        similarity = records @ findings.T
        return self.weight * finding_alignment(similarity, truth, self.log_scale.exp(), self.bias)
