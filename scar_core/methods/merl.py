"""MERL: multimodal ECG representation learning, trained here on the same data as SCAR.

Source: Liu et al., Zero-Shot ECG Classification with Multimodal Learning and Test-time Clinical
Knowledge Enhancement (ICML 2024), and facts read from its public code. Published: ResNet18 in one
dimension, a 1×1 convolution, attention pooling with four heads; the CLIP loss both ways at a
temperature of 0.07 between record and report; the same loss between two projections of the mean
feature under different dropout (uni-modal alignment); complete records while training; min–max to
[0, 1] over the record, MIMIC row order, zeros where input is missing. Ours: the small size, the
text tower (SCAR's, trained from nothing; the published one is a frozen clinical encoder with a
projection), the sampling rate of 100 Hz, the band-pass filter, and that the fill comes after
scaling. The preset ``merl-paper`` has the published sizes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scar_core.methods._findings import FindingQuestions
from scar_core.methods.base import Batch, Encoding, MethodSpec
from scar_core.methods.contract import MIMIC_LEADS, InputContract
from scar_core.nn.losses import info_nce
from scar_core.nn.poolers import MeanQueryPool
from scar_core.nn.resnet import ResNet, ResNetConfig
from scar_core.nn.text import PretrainedTextTower, TextConfig, TextTower
from scar_core.settings import from_mapping


@dataclass(frozen=True)
class MerlConfig:
    """Settings of MERL.

    Attributes:
        network: Shape of the ECG encoder.
        text: Built-in text tower; unused if ``text_encoder`` is given.
        text_encoder: Folder of a Hugging Face text encoder to use instead; empty: built in.
        width: Features after the 1×1 convolution.
        heads: Heads of the attention pooling.
        embedding: Features of record and text embeddings (E).
        temperature: τ of both losses.
        dropout: Dropout of the two projections that are aligned with each other.
        lambda_uni: Weight of the uni-modal alignment.
        lambda_finding: Weight of SCAR's one-finding alignment; the published loss has none (0).
        share_negatives: Leave texts that are equally true of a record out of its negatives, as
            SCAR does; the published loss does not.
    """

    network: ResNetConfig = field(default_factory=ResNetConfig)
    text: TextConfig = field(default_factory=TextConfig)
    text_encoder: str = ""
    width: int = 128
    heads: int = 4
    embedding: int = 128
    temperature: float = 0.07
    dropout: float = 0.1
    lambda_uni: float = 1.0
    lambda_finding: float = 0.0
    share_negatives: bool = False

    def __post_init__(self) -> None:
        if self.heads < 1 or self.width % self.heads:
            raise ValueError(f"width is {self.width}; expected a multiple of heads ({self.heads})")
        if self.temperature <= 0:
            raise ValueError(f"temperature is {self.temperature}; expected a positive number")


class Merl(nn.Module):
    """ECG encoder, pooling, two projections and text tower.

    Args:
        config: Settings.
        contract: What the input looks like.
        tokenizer: JSON of the text tower's tokenizer.
    """

    def __init__(self, config: MerlConfig, contract: InputContract, tokenizer: str) -> None:
        super().__init__()
        self.config, self.contract = config, contract
        self.encoder = ResNet(config.network, len(contract.leads))
        self.down = nn.Conv1d(config.network.stages[-1], config.width, 1)
        length = config.network.length(contract.n_samples)
        self.pool = MeanQueryPool(length, config.width, config.heads, config.embedding)
        self.views = nn.ModuleList(nn.Linear(config.width, config.embedding) for _ in range(2))
        self.text: nn.Module = (
            PretrainedTextTower(config.text_encoder, config.embedding)
            if config.text_encoder
            else TextTower(config.text, config.embedding, tokenizer)
        )
        self.questions: FindingQuestions | None = None
        if config.lambda_finding:
            self.questions = FindingQuestions(config.lambda_finding)

    def encode(self, signal: Tensor, visible: Tensor, amplitude: Tensor | None = None) -> Encoding:
        """Encode; see ``Model``. Hidden samples are read as the contract's fill, zero."""
        del visible, amplitude
        return Encoding(self._pool(self._features(signal)), None, None)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Embed texts; float (B, E), L2-normalised."""
        embedding: Tensor = self.text(texts)
        return embedding

    def minimise(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Losses on complete records.

        Args:
            batch: Records and reports; what the augmentation hides is shown.
            generator: Not used: dropout is the only randomness.

        Returns:
            ``align_loss`` (record and report), ``uni_loss`` (record and itself), and
            ``finding_loss`` if it was asked for.
        """
        del generator
        config = self.config
        features = self._features(batch.signal)
        embedding, mean = self._pool(features), features.mean(dim=2)
        first, second = (
            F.normalize(F.dropout(view(mean), config.dropout, self.training), dim=-1)
            for view in self.views
        )
        asked = batch.finding_texts if self.questions else ()
        embedded = self.encode_text([*batch.texts, *asked])
        texts, findings = embedded[: len(batch.texts)], embedded[len(batch.texts) :]
        same = batch.same if config.share_negatives else None
        losses = {
            "align_loss": info_nce(embedding, texts, config.temperature, same),
            "uni_loss": config.lambda_uni * info_nce(first, second, config.temperature),
        }
        if self.questions is not None:
            losses["finding_loss"] = self.questions(embedding, findings, batch.truth)
        return losses

    def _features(self, signal: Tensor) -> Tensor:
        """Signal float (B, L, T) to features along time, float (B, width, N)."""
        features: Tensor = self.down(self.encoder(signal))
        return features

    def _pool(self, features: Tensor) -> Tensor:
        return F.normalize(self.pool(features.transpose(1, 2)), dim=-1)


def _build(config: MerlConfig, contract: InputContract, tokenizer: str) -> Merl:
    return Merl(config, contract, tokenizer)


def _configure(settings: Mapping[str, Any]) -> MerlConfig:
    return from_mapping(MerlConfig, settings)


METHOD = MethodSpec(
    name="merl",
    title="MERL, native",
    source="Liu et al., Zero-Shot ECG Classification with Multimodal Learning and Test-time "
    "Clinical Knowledge Enhancement (ICML 2024); reimplemented, small, trained on the data of SCAR",
    configure=_configure,
    build=_build,
    contract=InputContract(leads=MIMIC_LEADS, normalisation="joint-min-max"),
)
