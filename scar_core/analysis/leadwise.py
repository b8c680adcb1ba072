"""A record encoded lead by lead: one encoding, and thousands of answers from it (ours).

With mixer ``none`` or ``lead`` the tokens of a lead depend on that lead alone, and the selector
knows of a lead no more than two sums per head. So each version of a lead (some of its patches
hidden) is encoded once and kept as these sums, and every combination of such versions is answered
by the selector's ``combine``. Nothing is approximated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scar_core.analysis.masks import Grid, Mask, patches_read
from scar_core.errors import ConfigError
from scar_core.evaluation.calibration import sigmoid
from scar_core.evaluation.zero_shot import Predictor
from scar_core.methods.contract import Input, fit, ready
from scar_core.methods.scar import Scar
from scar_core.nn.selector import LeadSummary
from scar_core.record import ECGRecord

Floats = NDArray[np.float64]

_BATCH = 4  # rows of each lead that are encoded at once; more no longer fit the processor's cache

_KEPT = 1500
"""Encoded versions of leads that are remembered, about 30 kB each."""


@dataclass(frozen=True)
class Question:
    """The classes that are asked about, ready to be compared with embeddings.

    Attributes:
        names: Names of the classes (C).
        texts: Their prompts.
        embeddings: Float32 (C, E), of the prompts.
        slope: (C,), a of each calibration curve σ(a·s + b).
        offset: (C,), b.
    """

    names: tuple[str, ...]
    texts: tuple[str, ...]
    embeddings: Tensor
    slope: Floats
    offset: Floats

    @classmethod
    def of(cls, predictor: Predictor, prompts: Mapping[str, str] | None = None) -> "Question":
        """Build it from name to text of the classes; None: the default findings.

        Raises:
            ConfigError: No prompts.
        """
        named = dict(predictor.default_prompts if prompts is None else prompts)
        if not named:
            raise ConfigError("no prompt was given; give at least one")
        texts = tuple(named.values())
        fitted_to = predictor.calibration.curves or {}
        curves = np.array([fitted_to.get(text, predictor.calibration.pooled) for text in texts])
        embeddings = predictor.embed_texts(texts).float().cpu()
        return cls(tuple(named), texts, embeddings, curves[:, 0], curves[:, 1])

    def probability(self, similarity: Floats) -> Floats:
        """Calibrated probabilities, (..., C), of cosine similarities of that shape."""
        return sigmoid(self.logit(similarity))

    def logit(self, similarity: Floats) -> Floats:
        """Calibrated log odds, (..., C)."""
        return np.asarray(self.slope * similarity + self.offset)

    def index(self, name: str) -> int:
        """Column of a class, by name in any case.

        Raises:
            ConfigError: It is not asked about.
        """
        wanted = name.strip().lower()
        for column, (own, text) in enumerate(zip(self.names, self.texts, strict=True)):
            if wanted in (own.lower(), text.lower()):
                return column
        raise ConfigError(f"there is no finding {name!r}; choose one of: {', '.join(self.names)}")


class Rows(NamedTuple):
    """Encoded versions of leads.

    Attributes:
        weight: Float64 (R, N, H), exp(score − shift) of each token, 0 where hidden.
        value: Float32 (R, N, D), what each token says.
    """

    weight: Tensor
    value: Tensor

    def sums(self) -> "Sums":
        """Pool over patches."""
        weight = self.weight.sum(dim=1)
        share = (self.weight / weight.clamp_min(1e-300).unsqueeze(1)).float()
        return Sums(weight, torch.einsum("rnh,rnd->rhd", share, self.value))


class Sums(NamedTuple):
    """What answering needs of versions of leads; the last axes are theirs.

    Attributes:
        weight: Float64 (..., H), sum over its visible patches; 0 where there is none.
        value: Float32 (..., H, D), their weighted mean.
    """

    weight: Tensor
    value: Tensor

    def at(self, index: object) -> "Sums":
        """Take the same part of both; with ``None``, put an axis in front."""
        return Sums(self.weight[index], self.value[index])  # type: ignore[index]

    def replaced(self, lead: NDArray[np.intp], new: "Sums") -> "Sums":
        """Copy combinations, (K, L, …), of which the k-th gets ``new`` row k as its ``lead[k]``."""
        place = torch.arange(len(lead)), torch.from_numpy(lead)
        return Sums(
            self.weight.index_put(place, new.weight), self.value.index_put(place, new.value)
        )


def why_not_leadwise(predictor: Predictor) -> str:
    """Say why a method's answers cannot be put together from leads; empty if they can."""
    model, contract = predictor.checkpoint.model, predictor.checkpoint.contract
    if not isinstance(model, Scar):
        return f"method {predictor.checkpoint.method} has no selector over leads"
    if model.config.encoder.mixer == "full":
        return "this checkpoint's encoder mixes leads (mixer full)"
    if model.config.hidden != "dropped":
        return "this checkpoint reads what is hidden as a flat line (hidden zeroed)"
    if contract.normalisation != "lead-z-score":
        return f"this checkpoint scales leads together ({contract.normalisation})"
    return ""


class LeadwiseRecord:
    """One record under one leadwise checkpoint.

    Args:
        predictor: A SCAR checkpoint of mixer none or lead.
        record: Any record; it is fitted to the contract first.
        prompts: Name to text of the classes; None: the default findings.

    Attributes:
        grid: Leads of the rows (L) and seconds of a patch.
        present: Bool (L, N), patches that the full view reads.
        question: The classes.
        full: Rows of the full view, one for each lead.

    Raises:
        ConfigError: The checkpoint is not leadwise, or nothing of the record is present.
    """

    def __init__(
        self, predictor: Predictor, record: ECGRecord, prompts: Mapping[str, str] | None = None
    ) -> None:
        reason = why_not_leadwise(predictor)
        if reason:
            raise ConfigError(
                f"{reason}, so its answers cannot be put together lead by lead; use a SCAR "
                "checkpoint with mixer none or lead, or ask for brute force where it is offered"
            )
        self._model = cast(Scar, predictor.checkpoint.model)
        self._device = predictor.device
        self._contract = predictor.checkpoint.contract
        self._record = fit(record, self._contract)
        self.leads = self._contract.leads
        self.grid = Grid(self.leads, self._contract.patch_s)
        self.present = patches_read(self._record, self._contract)
        if not self.present.any():
            raise ConfigError("nothing of the record is present; give a record that was measured")
        self.question = Question.of(predictor, prompts)
        self._shift: Tensor | None = None
        self._kept: dict[bytes, tuple[Tensor, Tensor]] = {}
        shown = np.zeros_like(self.present)
        self.full = self.encode(np.arange(len(self.leads)), shown)

    def encode(self, lead: NDArray[np.intp], hidden: Mask) -> Rows:
        """Encode versions of leads; those that were encoded lately are remembered.

        Args:
            lead: (R,), the lead of each version.
            hidden: Bool (R, N), its hidden patches.
        """
        packed = np.column_stack((lead.astype(np.uint8), np.packbits(hidden, axis=1)))
        keys = [row.tobytes() for row in packed]
        first = {key: row for row, key in reversed(list(enumerate(keys)))}
        known = {key: self._kept[key] for key in first if key in self._kept}
        fresh = [row for key, row in first.items() if key not in known]
        if fresh:
            weight, value = self._encoded(lead[fresh], hidden[fresh])
            added = {keys[row]: (weight[k], value[k]) for k, row in enumerate(fresh)}
            if len(self._kept) + len(added) > _KEPT:
                self._kept.clear()
            if len(added) <= _KEPT:
                self._kept |= added
            known |= added
        rows = [known[key] for key in keys]
        return Rows(torch.stack([row[0] for row in rows]), torch.stack([row[1] for row in rows]))

    def _encoded(self, lead: NDArray[np.intp], hidden: Mask) -> Rows:
        seen = self._record.present[lead] & ~hidden.repeat(self._contract.patch_samples, axis=1)
        visible = torch.from_numpy(seen)
        signal, _, amplitude = ready(
            torch.from_numpy(self._record.signal[lead]),
            visible,
            self._contract,
            self._record.unit == "mV",
        )
        slot = np.zeros(len(lead), dtype=np.intp)  # the how manyth version of its lead
        for one in range(len(self.leads)):
            mine = lead == one
            slot[mine] = np.arange(mine.sum())
        parts: list[tuple[NDArray[np.intp], Tensor, Tensor]] = []
        for start in range(0, int(slot.max(initial=-1)) + 1, _BATCH):
            rows = np.flatnonzero((slot >= start) & (slot < start + _BATCH))
            place = slot[rows] - start, lead[rows]
            shape = (int(place[0].max()) + 1, len(self.leads), signal.shape[1])
            packed, mask = torch.zeros(shape), torch.zeros(shape, dtype=torch.bool)
            packed[place], mask[place] = signal[rows], visible[rows]
            told = None
            if amplitude is not None:
                told = torch.full(shape[:2], torch.nan)
                told[place] = amplitude[rows]
            parts.append((rows, *self._tokens(Input(packed, mask, told), place)))
        order = np.argsort(np.concatenate([rows for rows, _, _ in parts]))
        weight = torch.cat([part for _, part, _ in parts])[order]
        return Rows(weight, torch.cat([part for _, _, part in parts])[order])

    @torch.inference_mode()
    def _tokens(
        self, read: Input, place: tuple[NDArray[np.intp], NDArray[np.intp]]
    ) -> tuple[Tensor, Tensor]:
        """Weights (r, N, H) and values (r, N, D) of the rows at ``place``."""
        selector = self._model.selector
        tokens, keep = self._model.tokens(*read.to(self._device))
        value = selector.value(tokens)[place]
        tokens, keep = tokens[place], keep[place]
        score = selector.score(tokens).double()
        if selector.pool == "mean":
            score = torch.zeros_like(score)
        if self._shift is None:  # any constant per head serves; this one keeps exp in range
            self._shift = score.masked_fill(keep.unsqueeze(-1) <= 0, -torch.inf).amax(dim=(0, 1))
        weight = (score - self._shift).exp() * keep.unsqueeze(-1)
        return weight.cpu(), value.float().cpu()

    @torch.inference_mode()
    def similarity(self, sums: Sums, leads: NDArray[np.bool_] | None = None) -> Floats:
        """Cosine with each class, (K, C); 0 where nothing is visible.

        Args:
            sums: Of each lead: weight (K, L, H) and value (K, L, H, D); or K = 1 for all ``leads``.
            leads: Bool (K, L), the leads that may be read; None: all.
        """
        weight = sums.weight.transpose(1, 2)  # (K, H, L)
        shift = 0.0 if self._shift is None else self._shift.cpu().unsqueeze(-1)
        visible = (sums.weight > 0).all(dim=-1)
        chosen = visible if leads is None else visible & torch.from_numpy(leads)
        summary = LeadSummary(
            sums.value.transpose(1, 2).to(self._device),
            (weight.clamp_min(1e-300).log() + shift).float().to(self._device),
            torch.empty(0),  # the weights of single patches decide nothing any more
            visible.to(self._device),
        )
        chosen = chosen.to(self._device)
        selector = self._model.selector
        if len(sums.weight) == 1:
            embedding = selector.combine_subsets(summary, chosen)
        else:
            embedding, _ = selector.combine(summary, chosen)
        cosine = embedding.float().cpu() @ self.question.embeddings.T
        return np.asarray((cosine * chosen.any(dim=1, keepdim=True).cpu()).double().numpy())

    def probability(self, sums: Sums) -> Floats:
        """Calibrated probability of each class, (K, C)."""
        return self.question.probability(self.similarity(sums))

    def answers(self, masks: Mask) -> Floats:
        """Probabilities under whole masks, bool (K, L, N); (K, C).

        A version of a lead that several masks share is encoded once.
        """
        n, leads, patches = masks.shape
        lead = np.tile(np.arange(leads, dtype=np.uint8), n)
        keys = np.column_stack((lead, np.packbits(masks.reshape(-1, patches), axis=1)))
        _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        sums = self.encode(lead[first].astype(np.intp), masks.reshape(-1, patches)[first]).sums()
        return self.probability(sums.at(torch.from_numpy(which.reshape(n, leads))))


def top(names: Sequence[str], probability: Floats) -> str:
    """Name of the most probable class of one answer, (C,)."""
    return names[int(np.argmax(probability))]
