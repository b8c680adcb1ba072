"""The loss of one size that does most harm: searched, confirmed by a forward pass."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scar_core.errors import ConfigError
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry
from scar_core.serving.inquiries._findings import with_typed

if TYPE_CHECKING:
    from scar_core.evaluation.zero_shot import Predictor

LEAST, MOST = 0.01, 0.5


@dataclass(frozen=True)
class Options:
    """What may be chosen.

    Attributes:
        budget: Share of the recorded patches (one lead, 0.2 s) to hide.
        finding: Look for the deepest fall of this finding; empty: for the largest change of all.
        typed: Findings in the reader's own words, asked about beside the usual ones.
    """

    budget: float = 0.1
    finding: str = ""
    typed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not LEAST <= self.budget <= MOST:
            raise ConfigError(
                f"a budget of {self.budget:g} is not searched; give a share from {LEAST:g} to "
                f"{MOST:g}"
            )


def answer(
    predictor: "Predictor", record: ECGRecord | None, _scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Search the worst mask of a budget on the whole record, whatever is hidden now.

    Returns:
        As ``hard_masks.HardMask.to_json``: the scenario, the objective as searched (``value``) and
        by a forward pass (``checked``), and 1,000 random masks of the same size beside it.

    Raises:
        ConfigError: The method reads leads together, so that no such search is exact; no such
            finding; a budget that hides nothing.
    """
    from scar_core.analysis.hard_masks import hard_mask
    from scar_core.analysis.leadwise import LeadwiseRecord

    if record is None:
        raise ConfigError("the worst mask is one of a record, and none was sent; send one")
    prompts = with_typed(predictor.default_prompts, options.typed)
    leadwise = LeadwiseRecord(predictor, record, prompts)
    found = hard_mask(predictor, leadwise, record, options.budget, finding=options.finding or None)
    return found.to_json()


INQUIRY = Inquiry("The worst loss of one size", Options, answer)
