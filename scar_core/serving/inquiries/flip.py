"""The smallest loss found that changes the answer: searched, confirmed by a forward pass."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scar_core.errors import ConfigError
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry
from scar_core.serving.inquiries._findings import with_typed

if TYPE_CHECKING:
    from scar_core.evaluation.zero_shot import Predictor


@dataclass(frozen=True)
class Options:
    """What may be chosen.

    Attributes:
        budget: Largest share of the recorded patches (one lead, 0.2 s) that may be hidden.
        finding: This one is to cross ``threshold``; empty: another is to become the likeliest.
        threshold: In probability.
        typed: Findings in the reader's own words, asked about beside the usual ones.
    """

    budget: float = 0.5
    finding: str = ""
    threshold: float = 0.5
    typed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (0 < self.budget < 1 and 0 < self.threshold < 1):
            raise ConfigError(
                f"budget {self.budget:g} and threshold {self.threshold:g} are given; both must "
                "lie between 0 and 1"
            )


def answer(
    predictor: "Predictor", record: ECGRecord | None, _scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Search the smallest mask that changes the answer, on the whole record.

    Returns:
        As ``flip.Flip.to_json``; ``found`` is False if none was found within the budget.

    Raises:
        ConfigError: The method reads leads together, so that no such search is exact; no such
            finding; a budget that hides nothing.
    """
    from scar_core.analysis.flip import smallest_flip
    from scar_core.analysis.leadwise import LeadwiseRecord

    if record is None:
        raise ConfigError("a flip is one of a record's answer, and no record was sent; send one")
    prompts = with_typed(predictor.default_prompts, options.typed)
    leadwise = LeadwiseRecord(predictor, record, prompts)
    found = smallest_flip(
        predictor,
        leadwise,
        record,
        finding=options.finding or None,
        threshold=options.threshold,
        budget=options.budget,
    )
    return found.to_json()


INQUIRY = Inquiry("The smallest loss that changes the answer", Options, answer)
