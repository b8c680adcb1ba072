"""The text tower: a report or a class prompt becomes an embedding (SCAR §3.4, e_φ)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PAD, UNKNOWN = 0, 1


def clean(text: str) -> str:
    """Lower-case a text and remove formatting characters, as SCAR §4.2 does.

    Letters of any alphabet, digits and the signs that carry meaning in reports (``' - / ( ) + %
    . , < >``) stay; everything else becomes one blank.
    """
    return re.sub(r"(?:[^\w'\-/()+%.,<>]|_)+", " ", text.lower()).strip()


def train_tokenizer(texts: Iterable[str], vocabulary: int = 3000) -> str:
    """Learn a WordPiece vocabulary; equal corpora give equal ones.

    Args:
        texts: The corpus; cleaned here.
        vocabulary: Largest number of pieces.

    Returns:
        The tokenizer as JSON, for ``load_tokenizer``.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    cleaned = [clean(text) for text in texts]
    # The trainer numbers the letters inside words as a hash table yields them, and ties are broken
    # by number. Naming them beforehand fixes their order.
    letters = sorted({letter for text in cleaned for letter in text if letter.isalnum()})
    named = ["[PAD]", "[UNK]", *(f"##{letter}" for letter in letters)]
    learner = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106 - a piece's name
    learner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary, special_tokens=named, show_progress=False
    )
    learner.train_from_iterator(cleaned, trainer)
    model = models.WordPiece(learner.get_vocab(), unk_token="[UNK]")  # noqa: S106
    tokenizer = Tokenizer(model)  # a new one, to which no piece is special
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return str(tokenizer.to_str())


def load_tokenizer(serialised: str, max_tokens: int) -> Any:  # noqa: ANN401 - tokenizers is untyped
    """Rebuild the tokenizer of ``train_tokenizer``; longer texts are cut at ``max_tokens``.

    Raises:
        ValueError: The text is no tokenizer.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(serialised)
    except Exception as error:  # the package raises nothing more special
        raise ValueError(f"the tokenizer cannot be read: {error}") from error
    tokenizer.enable_truncation(max_tokens)
    tokenizer.enable_padding(pad_id=PAD, pad_token="[PAD]")  # noqa: S106 - a piece's name
    return tokenizer


@dataclass(frozen=True)
class TextConfig:
    """Shape of the small text tower.

    Attributes:
        vocabulary: Pieces in the tokenizer.
        width: Features of a piece.
        depth: Transformer layers.
        heads: Attention heads.
        max_tokens: Longest text in pieces; the paper's 128.
        dropout: Dropout while training.
        expansion: Hidden width of a layer's perceptron, in multiples of ``width``.
    """

    vocabulary: int = 3000
    width: int = 128
    depth: int = 2
    heads: int = 4
    max_tokens: int = 128
    dropout: float = 0.1
    expansion: int = 2

    def __post_init__(self) -> None:
        if self.heads < 1 or self.width % self.heads:
            raise ValueError(f"width is {self.width}; expected a multiple of heads ({self.heads})")


class TextTower(nn.Module):
    """A small transformer over word pieces, averaged and projected; trained from nothing.

    Args:
        config: Its shape.
        embedding: Features of the result (E).
        tokenizer: JSON of ``train_tokenizer``.
    """

    def __init__(self, config: TextConfig, embedding: int, tokenizer: str) -> None:
        super().__init__()
        self.tokenizer_json = tokenizer
        self._tokenizer = load_tokenizer(tokenizer, config.max_tokens)
        self.pieces = nn.Embedding(config.vocabulary, config.width, padding_idx=PAD)
        self.positions = nn.Parameter(torch.randn(config.max_tokens, config.width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            config.width,
            config.heads,
            config.expansion * config.width,
            config.dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.layers = nn.TransformerEncoder(layer, config.depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.width)
        self.project = nn.Linear(config.width, embedding)
        nn.init.normal_(self.pieces.weight, std=0.05)

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Turn texts into piece ids (B, S), padded with 0 to the longest; never empty."""
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch(list(map(clean, texts)))]
        ids = torch.tensor(rows, dtype=torch.long, device=self.positions.device)
        if ids.numel() == 0:  # every text was empty
            ids = torch.full((len(rows), 1), UNKNOWN, device=self.positions.device)
        ids[(ids == PAD).all(dim=1), 0] = UNKNOWN
        return ids

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Embed texts.

        Args:
            texts: B strings.

        Returns:
            Float (B, E), L2-normalised.
        """
        ids = self.tokenize(texts)
        blank = ids == PAD
        hidden = self.layers(
            self.pieces(ids) + self.positions[: ids.shape[1]], src_key_padding_mask=blank
        )
        weight = (~blank).unsqueeze(-1).to(hidden.dtype)
        mean = (self.norm(hidden) * weight).sum(1) / weight.sum(1)
        return F.normalize(self.project(mean), dim=-1)


class PretrainedTextTower(nn.Module):
    """Any Hugging Face text encoder from a local folder, with a projection of ours on top.

    Args:
        path: Folder with the model and its tokenizer; nothing is downloaded.
        embedding: Features of the result (E).
        max_tokens: Longest text in pieces.

    Raises:
        ImportError: The optional package ``transformers`` is not installed.
    """

    def __init__(self, path: str, embedding: int, max_tokens: int = 128) -> None:
        super().__init__()
        try:
            from transformers import AutoModel, AutoTokenizer
        except ImportError as error:
            raise ImportError(
                f"the text encoder at {path} needs the package transformers, which is not "
                "installed; install it, or use the built-in text tower"
            ) from error
        self._tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
        self.encoder = AutoModel.from_pretrained(path, local_files_only=True)
        self.project = nn.Linear(self.encoder.config.hidden_size, embedding)
        self.max_tokens = max_tokens

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Embed B texts; Float (B, E), L2-normalised."""
        batch = self._tokenizer(
            list(map(clean, texts)),
            padding=True,
            truncation=True,
            max_length=self.max_tokens,
            return_tensors="pt",
        ).to(self.project.weight.device)
        hidden = self.encoder(**batch).last_hidden_state
        weight = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1).clamp_min(1.0)
        return F.normalize(self.project(mean), dim=-1)
