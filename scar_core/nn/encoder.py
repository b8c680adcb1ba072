"""The token encoder: visible samples of each lead become one token per patch (SCAR §3.2, φ_tok).

How far a token looks is the ``mixer``:

* ``none`` — its own patch only, as in the paper's equations;
* ``lead`` — along time inside its lead, never across leads, so hiding one lead cannot change
  another lead's tokens and every lead subset is answered from one encoding (ours);
* ``full`` — additionally across leads, by attention over all visible tokens (ours, to compare).
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from scar_core.nn.convolution import AveragePool, Convolution, Normalisation, rows_of

Mixer = Literal["none", "lead", "full"]


@dataclass(frozen=True)
class EncoderConfig:
    """Shape of the token encoder.

    Attributes:
        n_leads: Leads of the input, each with an embedding of its own.
        patch_samples: Samples in one patch; a multiple of 4, and of 10 where tokens look beyond it.
        width: Features of a token; a multiple of 4.
        kernel: Samples that one convolution of the stem sees at its rate; odd.
        depth: Number of mixing blocks.
        mixer: How far a token looks; see the module's docstring.
        kernel_patches: Patches that one block sees along time; odd.
        expansion: Hidden width of a block's two-layer perceptron, in multiples of ``width``.
    """

    n_leads: int = 12
    patch_samples: int = 20
    width: int = 64
    kernel: int = 7
    depth: int = 1
    mixer: Mixer = "lead"
    kernel_patches: int = 9
    expansion: int = 2

    def __post_init__(self) -> None:
        if self.mixer not in ("none", "lead", "full"):
            raise ValueError(f"mixer is {self.mixer!r}; expected none, lead or full")
        if self.patch_samples % (4 if self.mixer == "none" else 10) or self.width % 4:
            raise ValueError(
                f"patch_samples is {self.patch_samples} and width {self.width}; expected a "
                f"multiple of {4 if self.mixer == 'none' else 10} and a multiple of 4"
            )
        if self.kernel_patches % 2 == 0 or self.kernel % 2 == 0:
            raise ValueError(
                f"kernel is {self.kernel} and kernel_patches {self.kernel_patches}; "
                "expected odd numbers"
            )
        if self.mixer == "full" and self.width % 32:
            raise ValueError(
                f"width is {self.width}; mixer full needs a multiple of 32 (the attention's heads)"
            )


def patch_visible(visible: Tensor, patch_samples: int) -> Tensor:
    """Decide which patches are read: those with at least half of their samples visible.

    Args:
        visible: Bool (B, L, T), True where the sample may be read.
        patch_samples: Samples in one patch; T must be a multiple.

    Returns:
        Bool (B, L, N) with N = T / patch_samples.
    """
    batch, leads, samples = visible.shape
    patches = visible.reshape(batch, leads, samples // patch_samples, patch_samples)
    return patches.float().mean(dim=-1) >= 0.5


class PatchStem(nn.Module):
    """Three convolutions over the samples of each patch alone.

    Besides the signal they read the visibility of each sample, so that a zero that was hidden is
    no voltage.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.patch_samples = config.patch_samples
        narrow, middle = config.width // 4, config.width // 2
        self.convolutions = nn.Sequential(
            nn.Conv1d(2, narrow, kernel_size=7, stride=2, padding=3),
            nn.GELU(),
            nn.Conv1d(narrow, middle, kernel_size=5, stride=2, padding=2),
            nn.GELU(),
            nn.Conv1d(
                middle,
                config.width,
                kernel_size=config.patch_samples // 4,
                stride=config.patch_samples // 4,
            ),
        )

    def forward(self, signal: Tensor, seen: Tensor) -> Tensor:
        """Embed patches.

        Args:
            signal: Float (B, L, T), normalised, zero where not visible.
            seen: Float (B, L, T) in [0, 1], 1 where visible.

        Returns:
            Float (B, L, N, D).
        """
        batch, leads, samples = signal.shape
        patches = samples // self.patch_samples
        pairs = torch.stack((signal, seen), dim=2).reshape(batch, leads, 2, patches, -1)
        rows = pairs.transpose(2, 3).reshape(-1, 2, self.patch_samples)  # (B·L·N, 2, P)
        tokens: Tensor = self.convolutions(rows)  # (B·L·N, D, 1)
        return tokens.reshape(batch, leads, patches, -1)


def _convolution(inputs: int, outputs: int, kernel: int, stride: int) -> Convolution:
    """A convolution whose output i lies in the middle of input samples i·stride … (i+1)·stride."""
    kernel += (kernel - stride) % 2
    return Convolution(inputs, outputs, kernel, stride, padding=(kernel - stride) // 2)


class ResidualBlock(nn.Module):
    """Two convolutions with batch normalisation, beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            _convolution(inputs, outputs, kernel, stride),
            Normalisation(outputs),
            nn.ReLU(inplace=True),
            _convolution(outputs, outputs, kernel, 1),
            Normalisation(outputs),
        )
        self.shortcut = nn.Sequential()
        if (inputs, stride) != (outputs, 1):
            self.shortcut = nn.Sequential(
                AveragePool(stride), Convolution(inputs, outputs, 1), Normalisation(outputs)
            )  # fmt: skip

    def forward(self, rows: Tensor) -> Tensor:
        """Map (B·L, C, 1, T) to (B·L, C', 1, T / stride)."""
        branch: Tensor = self.branch(rows)  # in place from here: nobody else reads it
        return branch.add_(self.shortcut(rows)).relu_()


class LeadStem(nn.Module):
    """A small residual network along each lead alone, from samples to one token per patch.

    The same for all leads. The normalisation is over the batch because with layer or group
    normalisation in its place it learned far more slowly.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        width, kernel = config.width, config.kernel
        self.layers = nn.Sequential(
            _convolution(2, width // 4, kernel + 2, 2),
            Normalisation(width // 4),
            nn.ReLU(inplace=True),
            ResidualBlock(width // 4, width // 2, kernel, config.patch_samples // 10),
            ResidualBlock(width // 2, width, kernel, 5),
            ResidualBlock(width, width, kernel),
        )

    def forward(self, signal: Tensor, seen: Tensor) -> Tensor:
        """Embed patches; arguments and result as of ``PatchStem``."""
        batch, leads, samples = signal.shape
        pairs = torch.stack((signal, seen), dim=2)  # (B, L, 2, T)
        tokens: Tensor = self.layers(rows_of(pairs.reshape(-1, 2, samples)))  # (B·L, D, 1, N)
        return tokens.squeeze(2).transpose(1, 2).reshape(batch, leads, -1, tokens.shape[1])


class MixingBlock(nn.Module):
    """Two residual branches: context (by the mixer), then a perceptron for each token alone."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        width, hidden = config.width, config.width * config.expansion
        self.along_time: nn.Conv1d | None = None
        self.attention: nn.MultiheadAttention | None = None
        if config.mixer != "none":
            self.norm_time = nn.LayerNorm(width)
            self.along_time = nn.Conv1d(
                width,
                width,
                config.kernel_patches,
                padding=config.kernel_patches // 2,
                groups=width,
            )
            self.whole_lead = nn.Linear(width, width)
        if config.mixer == "full":
            self.norm_attention = nn.LayerNorm(width)
            self.attention = nn.MultiheadAttention(width, width // 32, batch_first=True)
        self.norm_token = nn.LayerNorm(width)
        self.perceptron = nn.Sequential(
            nn.Linear(width, hidden),
            nn.GELU(),
            nn.Linear(hidden, width),
        )

    def forward(self, tokens: Tensor, keep: Tensor) -> Tensor:
        """Let tokens see their context; hidden tokens are seen by nobody.

        Args:
            tokens: Float (B, L, N, D).
            keep: Float (B, L, N) in [0, 1], 1 where visible (fractions for soft gates).

        Returns:
            Float (B, L, N, D).
        """
        if self.along_time is not None:
            normed = self.norm_time(tokens) * keep.unsqueeze(-1)
            rows = normed.flatten(0, 1).transpose(1, 2)  # (B·L, D, N)
            context = self.along_time(rows).transpose(1, 2).reshape(tokens.shape)
            total = keep.sum(dim=2, keepdim=True).clamp_min(1.0)  # (B, L, 1)
            mean = normed.sum(dim=2) / total  # (B, L, D)
            tokens = tokens + context + self.whole_lead(mean).unsqueeze(2)
        if self.attention is not None:
            flat = self.norm_attention(tokens).flatten(1, 2)  # (B, L·N, D)
            bias = keep.flatten(1).clamp_min(1e-9).log()  # soft gates weaken, zero removes
            bias = bias.unsqueeze(1).expand(-1, flat.shape[1], -1)
            bias = bias.repeat_interleave(self.attention.num_heads, dim=0)
            attended, _ = self.attention(flat, flat, flat, attn_mask=bias, need_weights=False)
            tokens = tokens + attended.reshape(tokens.shape)
        out: Tensor = tokens + self.perceptron(self.norm_token(tokens))
        return out


class TokenEncoder(nn.Module):
    """Stem, lead embedding and mixing blocks.

    Args:
        config: Its shape.
        amplitude: Whether tokens are told how large their lead is (ours).
    """

    def __init__(self, config: EncoderConfig, *, amplitude: bool = False) -> None:
        super().__init__()
        self.config = config
        self.stem = PatchStem(config) if config.mixer == "none" else LeadStem(config)
        self.lead_embedding = nn.Parameter(torch.randn(config.n_leads, config.width) * 0.02)
        self.size = nn.Sequential(
            nn.Linear(2, config.width), nn.GELU(), nn.Linear(config.width, config.width)
        ) if amplitude else None  # fmt: skip
        self.blocks = nn.ModuleList(MixingBlock(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.width)

    def embed(self, signal: Tensor, seen: Tensor, amplitude: Tensor | None = None) -> Tensor:
        """Tokens before the mixing blocks.

        Args:
            signal: Float (B, L, T), normalised.
            seen: Float (B, L, T) in [0, 1], 1 where visible.
            amplitude: Float (B, L), NaN where it is not known; None: nowhere.

        Returns:
            Float (B, L, N, D).
        """
        tokens: Tensor = self.stem(signal * seen, seen)
        tokens = tokens + self.lead_embedding[None, :, None, :]
        if self.size is None:
            return tokens
        if amplitude is None:
            amplitude = signal.new_full(signal.shape[:2], torch.nan)
        known = torch.isfinite(amplitude)
        told = torch.stack((torch.nan_to_num(amplitude), known.to(amplitude.dtype)), dim=-1)
        size: Tensor = self.size(told.to(tokens.dtype))
        return tokens + size.unsqueeze(2)

    def forward(
        self,
        signal: Tensor,
        visible: Tensor,
        amplitude: Tensor | None = None,
        gate: Tensor | None = None,
    ) -> Tensor:
        """Encode records.

        Args:
            signal: Float (B, L, T), normalised.
            visible: Bool (B, L, T), True where the sample may be read.
            amplitude: Float (B, L), how large each lead is; NaN where it is not known, None:
                nowhere. Of no effect unless the encoder was built to be told.
            gate: Float (B, L, N) in [0, 1], 1 where the adversary removes the patch: its samples
                are taken out of the signal and its token out of the mixing, so that a removed
                patch leaves no trace in its neighbours. None: nothing is removed.

        Returns:
            Tokens (B, L, N, D). Those of hidden patches carry no meaning; pool visible ones only.
        """
        patch_samples = self.config.patch_samples
        seen = visible.to(signal.dtype)
        keep = patch_visible(visible, patch_samples).to(signal.dtype)
        if gate is not None:
            keep = keep * (1.0 - gate)
            seen = seen * (1.0 - gate).repeat_interleave(patch_samples, dim=-1)
        tokens = self.embed(signal, seen, amplitude)
        for block in self.blocks:
            tokens = block(tokens, keep)
        out: Tensor = self.norm(tokens) * keep.unsqueeze(-1)
        return out
