"""The encoder of the wav2vec 2.0 family, over all leads at once: convolutions, then a transformer.

Source: Baevski et al. (2020), with a stack of convolutions that reads all leads, as ECG-FM
(fairseq-signals) and MELP have it. Reimplemented; ``methods/ecgfm.py`` reads their weights.
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Wav2VecConfig:
    """Shape of the encoder.

    Attributes:
        front: Features of each convolution of the front, from the first to the last.
        kernel: Samples that each of them sees.
        stride: Samples that each of them moves by.
        front_norm: ``first``: each feature of the first convolution is normalised over time;
            ``every``: the features of every convolution are normalised at each time.
        front_bias: Whether the convolutions have a bias.
        width: Features of a token (D).
        depth: Transformer layers.
        heads: Attention heads.
        hidden: Width of a layer's perceptron.
        position_kernel: Tokens that the convolution sees which tells where a token stands.
        position_groups: Groups of that convolution.
        norm_first: Normalise before attention and perceptron, rather than after.
        dropout: Dropout while training.
    """

    front: tuple[int, ...] = (64, 96, 96, 96)
    kernel: int = 2
    stride: int = 2
    front_norm: str = "first"
    front_bias: bool = False
    width: int = 128
    depth: int = 4
    heads: int = 4
    hidden: int = 256
    position_kernel: int = 16
    position_groups: int = 16
    norm_first: bool = True
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if self.heads < 1 or self.width % self.heads or self.width % self.position_groups:
            raise ValueError(
                f"width is {self.width}; expected a multiple of heads ({self.heads}) and of "
                f"position_groups ({self.position_groups})"
            )
        if self.front_norm not in ("first", "every"):
            raise ValueError(f"front_norm is {self.front_norm!r}; expected first or every")
        if not self.front or min(self.front) < 1 or not 1 <= self.stride <= self.kernel:
            raise ValueError(
                f"front is {self.front}, kernel {self.kernel} and stride {self.stride}; expected "
                "at least one convolution that leaves no sample unread"
            )


class FrontLayer(nn.Module):
    """One convolution over time, normalised or not, and a GELU."""

    def __init__(self, features: int, config: Wav2VecConfig, number: int) -> None:
        super().__init__()
        out = config.front[number]
        self.convolution = nn.Conv1d(
            features, out, config.kernel, config.stride, bias=config.front_bias
        )
        nn.init.kaiming_normal_(self.convolution.weight)
        self.over_time = config.front_norm == "first"
        self.norm: nn.Module | None = None
        if config.front_norm == "every":
            self.norm = nn.LayerNorm(out)
        elif number == 0:
            self.norm = nn.GroupNorm(out, out)

    def forward(self, features: Tensor) -> Tensor:
        """Float (B, C, T) to (B, C', T')."""
        out: Tensor = self.convolution(features)
        if self.norm is not None and self.over_time:
            out = self.norm(out)
        elif self.norm is not None:
            out = self.norm(out.transpose(1, 2)).transpose(1, 2)
        return F.gelu(out)


class Layer(nn.Module):
    """Self-attention and a perceptron, each with a residual branch."""

    def __init__(self, config: Wav2VecConfig) -> None:
        super().__init__()
        self.heads, self.dropout, self.norm_first = config.heads, config.dropout, config.norm_first
        self.norm_attention = nn.LayerNorm(config.width)
        self.project_in = nn.Linear(config.width, 3 * config.width)  # query, key, value
        self.project_out = nn.Linear(config.width, config.width)
        self.norm_perceptron = nn.LayerNorm(config.width)
        self.widen = nn.Linear(config.width, config.hidden)
        self.narrow = nn.Linear(config.hidden, config.width)

    def forward(self, tokens: Tensor, keep: Tensor) -> Tensor:
        """Float (B, N, D) and bool (B, N), True where a token may be attended to."""
        if self.norm_first:
            tokens = tokens + self._attend(self.norm_attention(tokens), keep)
            return tokens + self._think(self.norm_perceptron(tokens))
        tokens = self.norm_attention(tokens + self._attend(tokens, keep))
        out: Tensor = self.norm_perceptron(tokens + self._think(tokens))
        return out

    def _attend(self, tokens: Tensor, keep: Tensor) -> Tensor:
        batch, count, width = tokens.shape
        split = self.project_in(tokens).reshape(batch, count, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # (B, heads, N, D / heads) each
        attended = F.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=keep[:, None, None, :],
            dropout_p=self.dropout if self.training else 0.0,
        )
        out = self.project_out(attended.transpose(1, 2).reshape(batch, count, width))
        return F.dropout(out, self.dropout, self.training)

    def _think(self, tokens: Tensor) -> Tensor:
        out = self.narrow(F.gelu(self.widen(tokens)))
        return F.dropout(out, self.dropout, self.training)


class Wav2VecEncoder(nn.Module):
    """All leads to tokens along time.

    Args:
        config: Its shape.
        n_leads: Leads of the input.
    """

    def __init__(self, config: Wav2VecConfig, n_leads: int) -> None:
        super().__init__()
        self.config = config
        widths = (n_leads, *config.front[:-1])
        self.front = nn.ModuleList(
            FrontLayer(width, config, number) for number, width in enumerate(widths)
        )
        self.norm_front = nn.LayerNorm(config.front[-1])
        self.project: nn.Module = nn.Identity()
        if config.front[-1] != config.width:
            self.project = nn.Linear(config.front[-1], config.width)
        position = nn.Conv1d(
            config.width,
            config.width,
            config.position_kernel,
            padding=config.position_kernel // 2,
            groups=config.position_groups,
        )
        nn.init.normal_(position.weight, std=(4 / (config.position_kernel * config.width)) ** 0.5)
        nn.init.zeros_(position.bias)  # type: ignore[arg-type]
        self.position = nn.utils.parametrizations.weight_norm(position, dim=2)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.width)

    def seen(self, visible: Tensor) -> Tensor:
        """Decide which tokens read anything.

        Args:
            visible: Bool (B, L, T), True where the sample may be read.

        Returns:
            Bool (B, N), True where a visible sample of any lead lies under the token; all True for
            a record of which nothing is visible.
        """
        over = visible.any(dim=1, keepdim=True).float()
        for _ in self.front:
            over = F.max_pool1d(over, self.config.kernel, self.config.stride)
        keep = over.squeeze(1) > 0
        return keep | ~keep.any(dim=1, keepdim=True)

    def forward(self, signal: Tensor, keep: Tensor) -> Tensor:
        """Encode records.

        Args:
            signal: Float (B, L, T), normalised; hidden samples hold the contract's fill.
            keep: Bool (B, N) of ``seen``.

        Returns:
            Tokens (B, N, D). Those that are not kept carry no meaning.
        """
        features = signal
        for layer in self.front:
            features = layer(features)
        tokens = self.project(self.norm_front(features.transpose(1, 2)))
        tokens = F.dropout(tokens, self.config.dropout, self.training) * keep.unsqueeze(-1)
        position = self.position(tokens.transpose(1, 2))[..., : tokens.shape[1]]
        tokens = tokens + F.gelu(position).transpose(1, 2)
        if not self.config.norm_first:
            tokens = self.norm(tokens)
        for layer in self.layers:
            tokens = layer(tokens, keep)
        out: Tensor = self.norm(tokens) if self.config.norm_first else tokens
        return out


def masked_mean(tokens: Tensor, keep: Tensor) -> Tensor:
    """Mean over the tokens that are kept: (B, N, D) and bool (B, N) to (B, D)."""
    weight = keep.unsqueeze(-1).to(tokens.dtype)
    return (tokens * weight).sum(1) / weight.sum(1).clamp_min(1.0)


def n_tokens(config: Wav2VecConfig, samples: int) -> int:
    """Tokens that a record of so many samples becomes."""
    for _ in config.front:
        samples = (samples - config.kernel) // config.stride + 1
    return samples
