"""What a method answers about one record under one scenario: the value that crosses every border.

Worker, command line and pages exchange exactly this, as JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ClassScore:
    """The answer for one class prompt.

    Attributes:
        name: Short name shown to people, e.g. ``"Right bundle branch block"``.
        prompt: The text that was embedded.
        similarity: Cosine of record and prompt embedding, in [-1, 1].
        probability: Calibrated probability in [0, 1].
        calibrated: True if fitted to this class on validation records, False where the curve
            pooled over all classes had to serve (open-vocabulary prompts).
    """

    name: str
    prompt: str
    similarity: float
    probability: float
    calibrated: bool


@dataclass(frozen=True)
class Importance:
    """Selector weights of one answer; all visible patches of all leads together sum to 1.

    Attributes:
        lead_names: The leads, in the order of the rows of ``patches``.
        patch_s: Seconds that one patch covers; patch ``n`` starts at ``n * patch_s``.
        patches: Weight per lead and patch, ``[lead][patch]``; 0 where hidden or not present.
        visible: Same shape; True where the patch was read.
    """

    lead_names: tuple[str, ...]
    patch_s: float
    patches: tuple[tuple[float, ...], ...]
    visible: tuple[tuple[bool, ...], ...]

    @property
    def per_lead(self) -> dict[str, float]:
        """Share of the total weight that falls on each lead; the values sum to 1."""
        return {name: sum(row) for name, row in zip(self.lead_names, self.patches, strict=True)}


@dataclass(frozen=True)
class Prediction:
    """A method's answer for one record under one scenario.

    Attributes:
        classes: One score per prompt, in the order of the prompts.
        importance: Selector weights; None for a method that has no selector.
        visible_share: Share of the present samples that the method was allowed to read, in [0, 1].
        method: Name of the method, e.g. ``"scar"``.
        checkpoint: Short hash of the weights that answered.
        notes: Sentences about what was done to the input (cropped, recovered leads, ...).
    """

    classes: tuple[ClassScore, ...]
    importance: Importance | None
    visible_share: float
    method: str
    checkpoint: str
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a dict of JSON types; ``from_json`` reverses it."""
        # A hundredth of what ``asdict`` takes, which copies every patch: gestures wait for this.
        return {
            **vars(self),
            "classes": tuple(dict(vars(score)) for score in self.classes),
            "importance": None if self.importance is None else dict(vars(self.importance)),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Prediction":
        """Rebuild a prediction from ``to_json``'s dict (or the same after a JSON round trip)."""
        importance = data["importance"]
        return cls(
            classes=tuple(ClassScore(**score) for score in data["classes"]),
            importance=None
            if importance is None
            else Importance(
                lead_names=tuple(importance["lead_names"]),
                patch_s=importance["patch_s"],
                patches=tuple(map(tuple, importance["patches"])),
                visible=tuple(map(tuple, importance["visible"])),
            ),
            visible_share=data["visible_share"],
            method=data["method"],
            checkpoint=data["checkpoint"],
            notes=tuple(data["notes"]),
        )
