"""One account of what one finding rests on: selector, gradients, SHAP, or exact lead Shapley."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scar_core.errors import ConfigError
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry

if TYPE_CHECKING:
    from scar_core.analysis.attribution import Case
    from scar_core.evaluation.zero_shot import Predictor

MOST_ORDERS = 20


@dataclass(frozen=True)
class Options:
    """What may be chosen.

    Attributes:
        account: One of ``analysis.attribution.ACCOUNTS``; empty: none, the answer alone.
        finding: What is explained; empty: the most probable finding.
        prompt: Text of the finding, if it is none of the default ones.
        seed: Of the sampled accounts.
        orders: Orders that ``shap-permutation`` walks through, each forwards and backwards.
    """

    account: str = ""
    finding: str = ""
    prompt: str = ""
    seed: int = 0
    orders: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.orders <= MOST_ORDERS:
            raise ConfigError(f"{self.orders} orders were asked for; choose 1 to {MOST_ORDERS}")


def answer(
    predictor: "Predictor", record: ECGRecord | None, scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Explain one finding of what a scenario leaves to be read.

    Returns:
        ``finding``, its ``probability`` and the ``neutral`` one of an empty record, the
        ``possible`` accounts, ``method``, ``checkpoint``, and ``attribution``: account, finding,
        leads, cells (12 leads × 10 seconds, or None) and seconds; None if no account was asked for.

    Raises:
        ConfigError: No record, nothing to read, or an account or finding that there is not.
    """
    from scar_core.analysis.attribution import ACCOUNTS, attribute, possible

    if options.account and options.account not in ACCOUNTS:
        raise ConfigError(
            f"there is no account {options.account!r}; choose one of {', '.join(ACCOUNTS)}"
        )
    case = case_of(predictor, record, scenario, options.finding, options.prompt)
    found = None
    for account in ACCOUNTS:
        if account == options.account:
            found = attribute(case, account, seed=options.seed, orders=options.orders).to_json()
    whole = predictor.predict([(case.record, Scenario())], {case.finding: case.text})[0]
    return {
        "finding": case.finding,
        "probability": whole.classes[0].probability,
        "neutral": case.neutral,
        "possible": list(possible(case)),
        "attribution": found,
        "method": whole.method,
        "checkpoint": whole.checkpoint,
    }


def case_of(
    predictor: "Predictor", record: ECGRecord | None, scenario: Scenario, finding: str, prompt: str
) -> "Case":
    """Return what accounts are given of: what a scenario leaves of a record, and a finding.

    Raises:
        ConfigError: No record, nothing to read, or there is no such finding.
    """
    from scar_core.analysis.attribution import Case
    from scar_core.analysis.importance import shown
    from scar_core.serving.inquiries.redistribution import top_finding

    if record is None:
        raise ConfigError("no record was sent; choose one")
    seen = shown(record.window(predictor.checkpoint.contract.seconds), scenario)
    if not seen.present.any():
        raise ConfigError("nothing is left to read, so no answer can be explained; hide less")
    name = finding or top_finding(predictor.predict([(seen, Scenario())])[0])
    return Case(predictor, seen, name, {name: prompt} if prompt else None)


INQUIRY = Inquiry("What a finding rests on", Options, answer)
