"""How far one gets with some of the leads: exact, read off the answers of all 4,095 lead sets."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scar_core.errors import ConfigError
from scar_core.missing import Scenario, apply
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry
from scar_core.serving.inquiries._findings import with_typed

if TYPE_CHECKING:
    from scar_core.analysis.subsets import Combination, SubsetAnswers
    from scar_core.evaluation.zero_shot import Predictor

KEPT = 4
"""Records of which all answers are remembered: people try one lead set after the other."""
MOST_SUFFICIENT = 12
"""So many of the smallest sufficient sets are told; the number of all is told, too."""

_kept: OrderedDict[tuple[str, str, tuple[str, ...]], "SubsetAnswers"] = OrderedDict()


@dataclass(frozen=True)
class Options:
    """What may be chosen.

    Attributes:
        leads: The leads that there are; empty: all that were recorded.
        finding: Judge by this finding alone; empty: by all of them.
        tolerance: How far a probability may move and still count as known.
        typed: Findings in the reader's own words, asked about beside the usual ones.
    """

    leads: tuple[str, ...] = ()
    finding: str = ""
    tolerance: float = 0.1
    typed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 1:
            raise ConfigError(
                f"a tolerance of {self.tolerance:g} is none; give a probability between 0 and 1"
            )


def answer(
    predictor: "Predictor", record: ECGRecord | None, scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Say what is known with some leads, which sets are enough, and the best of each size.

    Only the spans of the scenario count: the leads are what is asked about.

    Returns:
        ``findings``, ``full``, ``here`` (their probabilities with all leads and with these),
        ``reach`` (``Reach.to_json``), ``sufficient`` sets of the smallest size (at most
        ``MOST_SUFFICIENT``) and ``n_sufficient``, ``by_size`` best and worst, ``usable`` leads,
        ``subsets`` that were answered, ``exact``.

    Raises:
        ConfigError: One encoding does not answer all lead sets of this method; nothing is present
            on the leads; no such finding.
    """
    from scar_core.analysis.reach import how_far

    if record is None:
        raise ConfigError("lead sets are asked of a record, and none was sent; send one")
    answers = _answers(predictor, record, Scenario(spans=scenario.spans), options.typed)
    finding = options.finding or None
    reach = how_far(answers, options.leads or answers.usable, finding)
    enough = answers.sufficient(options.tolerance, finding)
    return {
        "findings": list(answers.names),
        "full": answers.probability[-1].tolist(),
        "here": list(reach.combination.probability),
        "reach": reach.to_json(),
        "sufficient": [_told(one) for one in enough[:MOST_SUFFICIENT]],
        "n_sufficient": len(enough),
        "by_size": {
            str(size): {"best": _told(best), "worst": _told(worst)}
            for size, (best, worst) in answers.by_size(finding).items()
        },
        "usable": list(answers.usable),
        "subsets": len(answers.probability) - 1,
        "exact": not answers.brute_force,
    }


def _told(one: "Combination") -> dict[str, Any]:
    return {"leads": list(one.leads), "change": one.change, "top": one.top_finding}


def _answers(
    predictor: "Predictor", record: ECGRecord, scenario: Scenario, typed: tuple[str, ...]
) -> "SubsetAnswers":
    """All answers of a record with its spans hidden; the last ones are remembered."""
    from dataclasses import replace

    from scar_core.analysis.subsets import all_subsets

    if scenario.spans:
        shown, visible = apply(record, scenario)
        record = replace(shown, signal=np.where(visible, shown.signal, 0), present=visible)
    key = (predictor.checkpoint.digest, record.fingerprint(), typed)
    if key not in _kept:
        prompts = with_typed(predictor.default_prompts, typed)
        _kept[key] = all_subsets(predictor, record, prompts)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]


INQUIRY = Inquiry("What some of the leads still say", Options, answer)
