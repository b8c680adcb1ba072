"""SCAR: ECG–language alignment that learns to compensate for what an adversary removes.

Source: the SCAR paper, sections 3.2–3.4. What the paper leaves open is settled in the docstrings
of ``scar_core.nn`` and marked "ours" there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from scar_core.findings import FINDINGS
from scar_core.methods.base import Batch, Encoding, MethodSpec
from scar_core.methods.contract import InputContract
from scar_core.nn.adversary import NOISES, Adversary, gate_noise, relaxed_gate
from scar_core.nn.encoder import EncoderConfig, TokenEncoder, patch_visible
from scar_core.nn.losses import budget_loss, consistency, finding_alignment, info_nce
from scar_core.nn.selector import Selection, Selector
from scar_core.nn.text import PretrainedTextTower, TextConfig, TextTower
from scar_core.settings import from_mapping


@dataclass(frozen=True)
class ScarConfig:
    """Settings of SCAR.

    Attributes:
        encoder: Token encoder.
        text: Built-in text tower; unused if ``text_encoder`` is given.
        text_encoder: Folder of a Hugging Face text encoder to use instead; empty: built in.
        embedding: Features of record and text embeddings (E).
        heads: Selector heads (H); 1 is the paper's selector.
        context: Blocks in which leads look at each other before they are weighed; to compare.
        lead_values: Whether each lead has its own map of what is pooled (ours), or all share one.
        dropout: Dropout on the selector's pooled features while training.
        pool: ``selector``, or ``mean`` for the ablation.
        hidden: ``dropped``: what is hidden is not weighed; ``zeroed``, to compare: it reads as a
            flat line, and nothing says that it was not measured.
        masker: ``adversary``, or ``random`` removal at the same budget for the ablation.
        budget: ρ, the share of present patches that the masker removes.
        gate_temperature: τ_m of the gate.
        gate_noise: ``gumbel`` (paper) or ``logistic``.
        lambda_cons: Weight of the consistency with the full view (paper: 1).
        lambda_mask: Weight of the masker's budget (paper: 1).
        lambda_finding: Weight of the one-finding alignment (ours); 0 is the paper's loss alone.
        clean_share: Share of a batch that is aligned as it is, with nothing removed, so that
            complete records are learned from too (ours; the paper's is 0).
        share_negatives: Leave texts that are equally true of a record out of its negatives (ours).
    """

    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    text: TextConfig = field(default_factory=TextConfig)
    text_encoder: str = ""
    embedding: int = 128
    heads: int = 8
    context: int = 0
    lead_values: bool = True
    dropout: float = 0.2
    pool: str = "selector"
    hidden: str = "dropped"
    masker: str = "adversary"
    budget: float = 0.3
    gate_temperature: float = 0.5
    gate_noise: str = "gumbel"
    lambda_cons: float = 1.0
    lambda_mask: float = 1.0
    lambda_finding: float = 4.0
    clean_share: float = 0.25
    share_negatives: bool = True

    def __post_init__(self) -> None:
        if self.masker not in ("adversary", "random"):
            raise ValueError(f"masker is {self.masker!r}; expected adversary or random")
        if self.hidden not in ("dropped", "zeroed"):
            raise ValueError(f"hidden is {self.hidden!r}; expected dropped or zeroed")
        if self.gate_noise not in NOISES:
            raise ValueError(f"gate_noise is {self.gate_noise!r}; expected {' or '.join(NOISES)}")
        if not 0.0 <= self.clean_share <= 1.0:
            raise ValueError(f"clean_share is {self.clean_share}; expected a share from 0 to 1")
        if not 0.0 < self.budget < 1.0:
            raise ValueError(f"budget is {self.budget}; expected a share between 0 and 1")


class Scar(nn.Module):
    """Encoder, selector, adversary and text tower.

    Args:
        config: Settings.
        contract: What the input looks like; decides patch length and number of leads.
        tokenizer: JSON of the text tower's tokenizer.
    """

    def __init__(self, config: ScarConfig, contract: InputContract, tokenizer: str) -> None:
        super().__init__()
        if config.encoder.patch_samples != contract.patch_samples:
            raise ValueError(
                f"the encoder cuts patches of {config.encoder.patch_samples} samples, "
                f"the contract says {contract.patch_samples}; make them equal"
            )
        if config.encoder.n_leads != len(contract.leads):
            raise ValueError(
                f"the encoder knows {config.encoder.n_leads} leads, "
                f"the contract names {len(contract.leads)}; make them equal"
            )
        self.config = config
        self.contract = contract
        width = config.encoder.width
        self.encoder = TokenEncoder(config.encoder, amplitude=contract.amplitude)
        self.selector = Selector(
            width,
            config.heads,
            config.embedding,
            pool=config.pool,
            dropout=config.dropout,
            context=config.context,
            n_leads=config.encoder.n_leads,
            lead_values=config.lead_values,
        )
        self.adversary = Adversary(width, config.budget)
        self.text: nn.Module = (
            PretrainedTextTower(config.text_encoder, config.embedding)
            if config.text_encoder
            else TextTower(config.text, config.embedding, tokenizer)
        )
        self.log_temperature = nn.Parameter(torch.tensor(0.07).log())
        self.finding_scale = nn.Parameter(torch.tensor(10.0).log())
        self.finding_bias = nn.Parameter(torch.full((len(FINDINGS),), -3.0))

    @property
    def playing(self) -> bool:
        """Whether the adversary has anything to learn; random removal has not."""
        return self.config.masker == "adversary"

    def encode(self, signal: Tensor, visible: Tensor, amplitude: Tensor | None = None) -> Encoding:
        """Encode what is visible; see ``Model``. The adversary plays no part."""
        keep = patch_visible(visible, self.contract.patch_samples)
        selection = self.pool(*self.tokens(signal, visible, amplitude))
        return Encoding(selection.embedding, selection.weights.mean(dim=1), keep)

    def tokens(
        self,
        signal: Tensor,
        visible: Tensor,
        amplitude: Tensor | None = None,
        gate: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Encode records up to the selector.

        With mixer none or lead, the tokens of a lead depend on that lead alone: to hide a lead,
        zero its row of the second result.

        Args:
            signal: Float (B, L, T), normalised to the contract.
            visible: Bool (B, L, T), True where the sample may be read.
            amplitude: Float (B, L), NaN where it is not known, as of ``contract.Input``; None:
                nowhere.
            gate: Float (B, L, N) in [0, 1], 1 where the masker removes the patch; None: nowhere.

        Returns:
            Tokens, float (B, L, N, D); and which of them are visible, float (B, L, N) in [0, 1].
        """
        if self.config.hidden == "zeroed":
            seen = visible.to(signal.dtype)
            if gate is not None:
                seen = seen * (1.0 - gate).repeat_interleave(self.contract.patch_samples, dim=-1)
            tokens = self.encoder(signal * seen, torch.ones_like(visible), amplitude)
            return tokens, tokens.new_ones(tokens.shape[:3])
        tokens = self.encoder(signal, visible, amplitude, gate)
        keep = patch_visible(visible, self.contract.patch_samples).to(tokens.dtype)
        return tokens, keep if gate is None else keep * (1.0 - gate)

    def pool(self, tokens: Tensor, keep: Tensor) -> Selection:
        """Let the selector speak for the tokens that ``keep`` (B, L, N) leaves visible."""
        selection: Selection = self.selector(tokens, keep)
        return selection

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Embed texts; float (B, E), L2-normalised."""
        embedding: Tensor = self.text(texts)
        return embedding

    def gate(
        self, tokens: Tensor, keep: Tensor, *, hard: bool, generator: torch.Generator | None
    ) -> Tensor:
        """Decide what the masker removes.

        Args:
            tokens: Float (B, L, N, D) of the complete record; no gradient flows into them.
            keep: Float (B, L, N), 1 where a patch can be removed at all.
            hard: Remove wholly or not at all; see ``relaxed_gate``.
            generator: Source of the noise.

        Returns:
            Float (B, L, N), 1 removed, 0 where ``keep`` is 0.
        """
        if self.config.masker == "random":
            drawn = torch.rand(keep.shape, generator=generator, device=keep.device)
            return (drawn < self.config.budget).to(keep.dtype) * keep
        logits = self.adversary(tokens.detach())
        noise = gate_noise(
            logits.shape, self.config.gate_noise, generator=generator, device=logits.device
        )
        return relaxed_gate(logits, noise, self.config.gate_temperature, hard=hard) * keep

    def alignment(
        self, embedding: Tensor, texts: Tensor, findings: Tensor, batch: Batch
    ) -> dict[str, Tensor]:
        """L_align: contrast with the reports, and the one-finding questions (ours).

        Args:
            embedding: Float (B, E), of the partial view.
            texts: Float (B, E), of the reports.
            findings: Float (F, E), of the one-finding texts.
            batch: Truth and equal texts.

        Returns:
            ``align_loss`` and ``finding_loss``, weighted.
        """
        same = batch.same if self.config.share_negatives else None
        losses = {"align_loss": info_nce(embedding, texts, self.log_temperature.exp(), same)}
        if self.config.lambda_finding:
            losses["finding_loss"] = self.config.lambda_finding * finding_alignment(
                embedding @ findings.T, batch.truth, self.finding_scale.exp(), self.finding_bias
            )
        return losses

    def minimise(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Losses of encoder, selector and text tower against the present masker.

        Returns:
            A dict whose ``*_loss`` entries are to be summed; other entries are figures.
        """
        drawn = torch.rand(len(batch.texts), generator=generator, device=batch.signal.device)
        clean = drawn < self.config.clean_share
        visible = torch.where(clean[:, None, None], batch.present, batch.visible)
        readable = patch_visible(visible, self.contract.patch_samples).to(batch.signal.dtype)
        with torch.no_grad():  # the complete record: the masker's view, and what to stay close to
            tokens, keep = self.tokens(batch.signal, batch.present, batch.amplitude)
            full = self.pool(tokens, keep).embedding
            gate = self.gate(tokens, readable, hard=True, generator=generator)
            gate = gate * ~clean[:, None, None]
        partial = self.pool(*self.tokens(batch.signal, visible, batch.amplitude, gate)).embedding
        embedded = self.encode_text([*batch.texts, *batch.finding_texts])
        texts, findings = embedded[: len(batch.texts)], embedded[len(batch.texts) :]
        losses = self.alignment(partial, texts, findings, batch)
        losses["cons_loss"] = self.config.lambda_cons * consistency(partial, full, ~clean)
        losses["removed_share"] = gate.sum() / (~clean).sum().clamp_min(1) / gate[0].numel()
        return losses

    def maximise(
        self,
        batch: Batch,
        texts: Tensor,
        findings: Tensor,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """Losses of the masker: minus the alignment that it disrupts, plus its budget.

        Args:
            batch: The same kind of batch as ``minimise`` takes.
            texts: Float (B, E), report embeddings without gradient.
            findings: Float (F, E), finding embeddings without gradient.
            generator: Source of the gate's noise.

        Returns:
            A dict whose ``*_loss`` entries are to be summed.
        """
        with torch.no_grad():
            tokens, _ = self.tokens(batch.signal, batch.present, batch.amplitude)
        present = patch_visible(batch.visible, self.contract.patch_samples).to(batch.signal.dtype)
        gate = self.gate(tokens, present, hard=True, generator=generator)
        partial = self.pool(
            *self.tokens(batch.signal, batch.visible, batch.amplitude, gate)
        ).embedding
        disruption = sum(self.alignment(partial, texts, findings, batch).values())
        return {
            "disruption_loss": -torch.as_tensor(disruption),
            "budget_loss": self.config.lambda_mask * budget_loss(gate, present, self.config.budget),
        }


def _build(config: ScarConfig, contract: InputContract, tokenizer: str) -> Scar:
    return Scar(config, contract, tokenizer)


def _configure(settings: Mapping[str, Any]) -> ScarConfig:
    return from_mapping(ScarConfig, settings)


METHOD = MethodSpec(
    name="scar",
    title="SCAR",
    source="SCAR: Semantic Compensation via Adversarial Removal; reimplemented from the paper",
    configure=_configure,
    build=_build,
    settings_for=lambda contract: {"encoder": {"patch_samples": contract.patch_samples}},
    contract=InputContract(amplitude=True),
    reads_amplitude=True,
    training={"learning_rate": 2e-3},
)
