"""Exact Shapley values and interactions of leads for one finding, from all lead subsets."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scar_core.errors import ConfigError
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry
from scar_core.serving.inquiries.attribution import case_of

if TYPE_CHECKING:
    from scar_core.evaluation.zero_shot import Predictor

SCALES = ("probability", "logit")


@dataclass(frozen=True)
class Options:
    """What may be chosen.

    Attributes:
        finding: What is explained; empty: the most probable finding.
        prompt: Text of the finding, if it is none of the default ones.
        scale: ``probability`` or ``logit``.
        brute_force: Read all 4,095 subsets anew where one encoding does not answer them.
    """

    finding: str = ""
    prompt: str = ""
    scale: str = "probability"
    brute_force: bool = False

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise ConfigError(f"there is no scale {self.scale!r}; choose {' or '.join(SCALES)}")


def answer(
    predictor: "Predictor", record: ECGRecord | None, scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Divide one finding's answer among the leads, exactly.

    Returns:
        ``finding``, ``scale``, ``neutral`` and ``full`` answer, ``leads`` with each lead's value,
        ``pairs`` ``[lead, lead, interaction]`` (strongest first), ``subsets`` that were answered,
        ``brute_force``, and ``seconds``.

    Raises:
        ConfigError: No record, no such finding, or all subsets would have to be read anew and
            ``brute_force`` does not say so.
    """
    from scar_core.analysis.shapley import lead_shapley
    from scar_core.analysis.subsets import all_subsets

    began = time.perf_counter()
    case = case_of(predictor, record, scenario, options.finding, options.prompt)
    answers = all_subsets(
        predictor, case.record, {case.finding: case.text}, brute_force=options.brute_force
    )
    found = lead_shapley(answers, "logit" if options.scale == "logit" else "probability")
    pairs = [
        (found.leads[j], found.leads[i], float(found.interactions[i, j, 0]))
        for i in range(len(found.leads))
        for j in range(i)
    ]
    pairs.sort(key=lambda pair: -abs(pair[2]))
    return {
        "finding": case.finding,
        "scale": found.scale,
        "neutral": float(found.neutral[0]),
        "full": float(found.full[0]),
        "leads": found.of(case.finding),
        "pairs": pairs,
        "subsets": len(answers.probability) - 1,
        "brute_force": answers.brute_force,
        "seconds": time.perf_counter() - began,
    }


INQUIRY = Inquiry("What each lead adds", Options, answer)
