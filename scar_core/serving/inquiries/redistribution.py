"""Where importance goes when part of a record is hidden, beside plain scaling up and evidence.

The answer is ``analysis.redistribution.Redistribution`` as JSON, and:

* ``how``: ``selector`` or ``gradient-input``; the latter is about ``finding``, one of ``findings``;
* ``visible``: by lead, which patches are still read;
* ``changed``: the findings whose probability moved most, the chosen one first;
* ``waves_found``: the delineated waves, ``[kind, onset, end]`` in seconds;
* ``pointing``: for each finding with known evidence, where it shows and whether importance points
  at it, before and after, beside chance (``analysis.compensation.pointing``); None in place of
  scores where the evidence covers more than half of the record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from scar_core.errors import ConfigError
from scar_core.missing import Scenario, Span
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry

if TYPE_CHECKING:
    from scar_core.analysis.importance import Weights
    from scar_core.evaluation.zero_shot import Predictor
    from scar_core.prediction import Prediction
    from scar_core.quality.delineate import Wave

CHANGED = 4
"""Findings that are told."""


@dataclass(frozen=True)
class Options:
    """What may be chosen.

    Attributes:
        how: ``selector`` or ``gradient-input``; empty: the selector where the method has one.
        finding: Whose gradient; empty: the most probable finding of the full record.
        prompt: Text of the finding, if it is none of the default ones.
        evidence: Where findings are known to show: code to a list of ``[lead, start, stop]``.
    """

    how: str = ""
    finding: str = ""
    prompt: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)

    def prompts(self, defaults: Mapping[str, str]) -> dict[str, str] | None:
        """Prompts of all findings asked about; None: the default ones."""
        return {**defaults, self.finding: self.prompt} if self.prompt else None


def answer(
    predictor: "Predictor", record: ECGRecord | None, scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Account for importance before and after.

    Raises:
        ConfigError: No record, an unknown finding, or nothing is left to read.
    """
    from scar_core.analysis.importance import chosen_how, weighed
    from scar_core.analysis.redistribution import accounted
    from scar_core.methods.contract import fit

    if record is None:
        raise ConfigError("no record was sent; choose one")
    prompts = options.prompts(predictor.default_prompts)
    scenarios = [Scenario(), scenario]
    answers = predictor.predict([(record, one) for one in scenarios], prompts)
    full = answers[0]
    how, finding = chosen_how(full, options.how), asked_finding(full, options.finding)
    before, after = weighed(predictor, record, scenarios, answers, how, finding, prompts)
    fitted = fit(record, predictor.checkpoint.contract)
    waves = _waves(_Known(fitted.fingerprint(), fitted))
    found = accounted(before, after, waves, scenario)
    return {
        **found.to_json(),
        "how": how,
        "finding": finding,
        "findings": [score.name for score in full.classes],
        "visible": dict(zip(after.leads, after.visible.tolist(), strict=True)),
        "changed": changed(answers[0], answers[1], finding),
        "waves_found": [[wave.kind, wave.start_s, wave.stop_s] for wave in waves],
        "pointing": [
            pointed(code, spans, before, after) for code, spans in options.evidence.items()
        ],
        "method": full.method,
        "checkpoint": full.checkpoint,
        "notes": list(answers[1].notes),
    }


@dataclass(frozen=True)
class _Known:
    """A record that is known by its fingerprint."""

    fingerprint: str
    record: ECGRecord = field(compare=False)


@lru_cache(maxsize=8)
def _waves(known: _Known) -> tuple["Wave", ...]:
    # The same record is asked about again and again, with another part of it hidden.
    from scar_core.quality.delineate import delineate

    return delineate(known.record)


def top_finding(prediction: "Prediction") -> str:
    """Name of the most probable finding."""
    return max(prediction.classes, key=lambda score: score.probability).name


def asked_finding(prediction: "Prediction", finding: str) -> str:
    """Name of a finding as the answer spells it; empty: the most probable one.

    Raises:
        ConfigError: It is not asked about.
    """
    wanted = finding.strip().lower()
    for score in prediction.classes:
        if wanted in (score.name.lower(), score.prompt.lower()):
            return score.name
    if wanted:
        names = ", ".join(score.name for score in prediction.classes)
        raise ConfigError(f"there is no finding {finding!r}; choose one of: {names}")
    return top_finding(prediction)


def changed(before: "Prediction", after: "Prediction", finding: str) -> list[dict[str, Any]]:
    """Probability before and after: of the chosen finding, then of those that moved most."""
    rows = [
        {"finding": old.name, "before": old.probability, "after": new.probability}
        for old, new in zip(before.classes, after.classes, strict=True)
    ]
    rows.sort(key=lambda row: (row["finding"] != finding, -_moved(row)))
    return rows[:CHANGED]


def _moved(row: Mapping[str, Any]) -> float:
    return abs(float(row["after"]) - float(row["before"]))


def pointed(code: str, spans: Sequence[Any], before: "Weights", after: "Weights") -> dict[str, Any]:
    """Say where one finding shows, and whether importance points at it.

    Raises:
        ConfigError: A stretch is none.
    """
    from scar_core.analysis.compensation import WIDEST, patches_of, pointing
    from scar_core.analysis.masks import as_lists
    from scar_core.leads import LEADS

    try:
        stretches = [Span(str(lead), float(start), float(stop)) for lead, start, stop in spans]
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"evidence of {code!r} is no list of [lead, start, stop]; send seconds"
        ) from error
    evidence = patches_of([(s.lead, s.start_s, s.stop_s) for s in stretches], LEADS)
    share = float(evidence.mean())
    scores = None
    if evidence.any() and share <= WIDEST:
        scores = {}
        for name, weights in (("before", before), ("after", after)):
            values, visible = weights.on_grid()
            scores[name] = {
                **pointing(values, visible, evidence),
                "share": float(values[evidence].sum()),
            }
    return {"code": code, "patches": as_lists(evidence, LEADS), "covers": share, "scores": scores}


INQUIRY = Inquiry("Where importance goes", Options, answer)
