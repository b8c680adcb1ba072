"""Whether accounts agree with each other, and with what hiding does: ranks and curves."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scar_core.errors import ConfigError
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry
from scar_core.serving.inquiries.attribution import case_of

if TYPE_CHECKING:
    from scar_core.analysis.attribution import Attribution
    from scar_core.evaluation.zero_shot import Predictor

MOST_ACCOUNTS = 8


@dataclass(frozen=True)
class Options:
    """What may be chosen.

    Attributes:
        finding: What the accounts are about; empty: the most probable finding.
        prompt: Text of the finding, if it is none of the default ones.
        accounts: What inquiry ``attribution`` answered: account, leads by name, cells or None.
            They are compared as they are, not computed anew.
        seed: Of the random order that stands beside them.
    """

    finding: str = ""
    prompt: str = ""
    accounts: tuple[dict[str, Any], ...] = ()
    seed: int = 0


def answer(
    predictor: "Predictor", record: ECGRecord | None, scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Compare accounts.

    Returns:
        ``analysis.agreement.Agreement`` as JSON, the finding and the seconds it took.

    Raises:
        ConfigError: No record, no such finding, or something that is no account.
    """
    from scar_core.analysis.agreement import agreement

    began = time.perf_counter()
    case = case_of(predictor, record, scenario, options.finding, options.prompt)
    if len(options.accounts) > MOST_ACCOUNTS:
        raise ConfigError(f"{len(options.accounts)} accounts came; compare {MOST_ACCOUNTS} at most")
    accounts = [account_of(one, case.finding) for one in options.accounts]
    return {
        **agreement(case, accounts, seed=options.seed).to_json(),
        "finding": case.finding,
        "seconds": time.perf_counter() - began,
    }


def account_of(told: Any, finding: str) -> "Attribution":  # noqa: ANN401 - from outside
    """Read one account.

    Raises:
        ConfigError: It is none.
    """
    from scar_core.analysis.attribution import CELLS, Attribution

    try:
        by_lead: Mapping[str, float] = told["leads"]
        leads = np.array([float(by_lead[lead]) for lead in LEADS])
        cells = None if told["cells"] is None else np.array(told["cells"], dtype=np.float64)
        account = str(told["account"])
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"this is no account: {str(told)[:60]}; send what inquiry attribution answered"
        ) from error
    shaped = cells is None or cells.shape == (len(LEADS), CELLS)
    if not (shaped and np.isfinite(leads).all() and (cells is None or np.isfinite(cells).all())):
        raise ConfigError(
            f"account {account} has other than {len(LEADS)} × {CELLS} finite cells; send what "
            "inquiry attribution answered"
        )
    return Attribution(account, finding, cells, leads, 0.0)


INQUIRY = Inquiry("Whether accounts agree", Options, answer)
