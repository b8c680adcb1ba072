"""MELP: multi-scale ECG–language pretraining, trained here on the same data as SCAR.

Source: Wang et al., From Token to Rhythm: A Multi-Scale Approach for ECG-Language Pretraining
(ICML 2025), and facts read from its public code. Published: an encoder of the wav2vec 2.0 family
over all leads; attention pooling by learned queries, whose mean is the record's embedding; three
losses at three scales: contrast between record and report (weight 1), writing the report from the
record's tokens (2), and contrast between beats, the single queries, and sentences (0.2); each lead
hidden with probability 0.5 while training; min–max to [0, 1] over the record, MIMIC row order,
zeros where input is missing. Ours: the small size; the text tower (SCAR's, trained from nothing),
which embeds report and sentences, so that the decoder reads the pieces before it by itself; no
self-supervised pretraining of the encoder; the sampling rate of 100 Hz; the band-pass filter; and
that the fill comes after scaling. The preset ``melp-paper`` has the published sizes.
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
from scar_core.nn.poolers import QueryPool
from scar_core.nn.report import ReportDecoder, local_alignment, report_loss, sentences
from scar_core.nn.text import TextConfig, TextTower
from scar_core.nn.wav2vec import Wav2VecConfig, Wav2VecEncoder
from scar_core.settings import from_mapping


@dataclass(frozen=True)
class MelpConfig:
    """Settings of MELP.

    Attributes:
        encoder: Shape of the ECG encoder.
        text: Text tower.
        embedding: Features of record and text embeddings (E).
        heads: Attention heads of the poolers.
        beats: Queries whose mean is the record, and each of which stands for a beat.
        queries: Queries that the report is written from.
        decoder_depth: Layers that write the report.
        decoder_heads: Their attention heads.
        max_sentences: Sentences of a report that are aligned; further ones are left out.
        lead_dropout: Probability of hiding each lead while training; one always stays.
        lambda_caption: Weight of writing the report.
        lambda_local: Weight of aligning beats and sentences.
        lambda_finding: Weight of SCAR's one-finding alignment; the published loss has none (0).
        share_negatives: Leave texts that are equally true of a record out of its negatives, as
            SCAR does; the published loss does not.
    """

    encoder: Wav2VecConfig = field(default_factory=lambda: Wav2VecConfig(depth=3))
    text: TextConfig = field(default_factory=TextConfig)
    embedding: int = 128
    heads: int = 4
    beats: int = 12
    queries: int = 16
    decoder_depth: int = 1
    decoder_heads: int = 4
    max_sentences: int = 6
    lead_dropout: float = 0.5
    lambda_caption: float = 2.0
    lambda_local: float = 0.2
    lambda_finding: float = 0.0
    share_negatives: bool = False

    def __post_init__(self) -> None:
        if self.heads < 1 or self.embedding % self.heads or self.text.width % self.heads:
            raise ValueError(
                f"embedding is {self.embedding} and text.width {self.text.width}; expected "
                f"multiples of heads ({self.heads})"
            )
        if self.decoder_heads < 1 or self.text.width % self.decoder_heads:
            raise ValueError(
                f"text.width is {self.text.width}; expected a multiple of decoder_heads "
                f"({self.decoder_heads})"
            )
        if not 0.0 <= self.lead_dropout < 1.0:
            raise ValueError(f"lead_dropout is {self.lead_dropout}; expected a probability below 1")


def drop_leads(present: Tensor, probability: float, generator: torch.Generator | None) -> Tensor:
    """Hide leads at random: bool (B, L, T) present to bool (B, L, T) that stays visible.

    Where nothing would stay, everything does.
    """
    drawn = torch.rand(present.shape[:2], generator=generator, device=present.device)
    left = present & (drawn >= probability).unsqueeze(-1)
    nothing = ~left.flatten(1).any(dim=1)
    return torch.where(nothing[:, None, None], present, left)


class Melp(nn.Module):
    """ECG encoder, two poolers, text tower and decoder.

    Args:
        config: Settings.
        contract: What the input looks like.
        tokenizer: JSON of the text tower's tokenizer.
    """

    def __init__(self, config: MelpConfig, contract: InputContract, tokenizer: str) -> None:
        super().__init__()
        self.config, self.contract = config, contract
        width, text = config.encoder.width, config.text
        self.encoder = Wav2VecEncoder(config.encoder, len(contract.leads))
        self.beats = QueryPool(config.beats, width, config.heads, config.embedding)
        self.project = nn.Linear(config.embedding, config.embedding, bias=False)
        self.queries = QueryPool(config.queries, width, config.heads, text.width)
        self.text = TextTower(text, config.embedding, tokenizer)
        self.decoder = ReportDecoder(
            text.width,
            config.decoder_depth,
            config.decoder_heads,
            text.max_tokens,
            text.dropout,
            text.expansion,
        )
        self.log_temperature = nn.Parameter(torch.tensor(0.07).log())
        self.questions: FindingQuestions | None = None
        if config.lambda_finding:
            self.questions = FindingQuestions(config.lambda_finding)

    def encode(self, signal: Tensor, visible: Tensor, amplitude: Tensor | None = None) -> Encoding:
        """Encode; see ``Model``.

        Hidden samples are read as the contract's fill, zero; time at which no lead shows anything
        is left out, as padding is.
        """
        del amplitude
        _, beats = self._beats(signal, self.encoder.seen(visible))
        return Encoding(_whole(beats), None, None)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Embed texts; float (B, E), L2-normalised."""
        embedding: Tensor = self.text(texts)
        return embedding

    def minimise(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Losses on records of which leads are hidden at random.

        Args:
            batch: Records and reports; what the augmentation hides is shown.
            generator: Source of the hidden leads; None takes the global one.

        Returns:
            ``align_loss`` (record and report), ``caption_loss`` (writing the report),
            ``local_loss`` (beats and sentences), and ``finding_loss`` if it was asked for.
        """
        config = self.config
        visible = drop_leads(batch.present, config.lead_dropout, generator)
        signal = batch.signal.masked_fill(~visible, self.contract.fill)
        keep = self.encoder.seen(visible)
        tokens, beats = self._beats(signal, keep)
        embedding = _whole(beats)
        asked = batch.finding_texts if self.questions else ()
        embedded = self.encode_text([*batch.texts, *asked])
        texts, findings = embedded[: len(batch.texts)], embedded[len(batch.texts) :]
        same = batch.same if config.share_negatives else None
        pieces = self.text.tokenize(batch.texts)
        logits = self.decoder(pieces, self.queries(tokens, keep), self.text.pieces.weight)
        told, there = self._sentences(batch.texts)
        losses = {
            "align_loss": info_nce(embedding, texts, self.log_temperature.exp(), same),
            "caption_loss": config.lambda_caption * report_loss(logits.float(), pieces),
            "local_loss": config.lambda_local * local_alignment(beats, told, there),
        }
        if self.questions is not None:
            losses["finding_loss"] = self.questions(embedding, findings, batch.truth)
        return losses

    def _beats(self, signal: Tensor, keep: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens along time (B, N, D), and what each beat's query made of them (B, Q, E)."""
        tokens = self.encoder(signal, keep)
        return tokens, self.project(self.beats(tokens, keep))

    def _sentences(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Embed the sentences of B texts: float (B, S, E), and bool (B, S) where there is one."""
        most = self.config.max_sentences
        split = [sentences(text)[:most] for text in texts]
        flat = self.encode_text([sentence for row in split for sentence in row])
        there = torch.zeros(len(split), most, dtype=torch.bool, device=flat.device)
        for row, said in enumerate(split):
            there[row, : len(said)] = True
        told = flat.new_zeros(len(split), most, flat.shape[1])
        told[there] = flat
        return told, there


def _whole(beats: Tensor) -> Tensor:
    return F.normalize(beats.mean(dim=1), dim=-1)


def _build(config: MelpConfig, contract: InputContract, tokenizer: str) -> Melp:
    return Melp(config, contract, tokenizer)


def _configure(settings: Mapping[str, Any]) -> MelpConfig:
    return from_mapping(MelpConfig, settings)


METHOD = MethodSpec(
    name="melp",
    title="MELP, native",
    source="Wang et al., From Token to Rhythm: A Multi-Scale Approach for ECG-Language Pretraining "
    "(ICML 2025); reimplemented, small, trained on the data of SCAR",
    configure=_configure,
    build=_build,
    contract=InputContract(leads=MIMIC_LEADS, normalisation="joint-min-max"),
)
