"""The books of importance balance, whatever happens."""

from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scar_core.analysis.redistribution import Part, books, check, redistribution, whole_percent
from scar_core.errors import ConfigError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import LEADS
from scar_core.missing import Scenario, Span
from scar_core.record import ECGRecord


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_books_balance(seed: int, groups: int) -> None:
    rng = np.random.default_rng(seed)
    visible = rng.random(30) < 0.7
    visible[0] = True
    before = rng.dirichlet(np.full(30, 0.3))
    after = np.zeros(30)
    after[visible] = rng.dirichlet(np.full(visible.sum(), 0.3))
    share = rng.dirichlet(np.ones(groups), 30).T  # (G, K), columns sum to 1
    parts, flow = books(before, after, visible, share)
    check(parts, flow)
    assert fsum(p.removed for p in parts) == pytest.approx(before[~visible].sum())
    assert flow.sum(axis=0) == pytest.approx([p.gained for p in parts])
    assert flow.sum(axis=1) == pytest.approx([p.removed + p.lost for p in parts])
    assert fsum(p.scaled for p in parts) == pytest.approx(1.0)


def test_books_by_hand() -> None:
    before, after = np.array([0.5, 0.3, 0.2]), np.array([0.0, 0.7, 0.3])
    parts, flow = books(before, after, np.array([False, True, True]), np.eye(3))
    assert parts[0] == Part(0.5, 0.5, 0.0, 0.0, 0.0, 0.0)
    assert vars(parts[1]) == pytest.approx(
        {"before": 0.3, "removed": 0, "gained": 0.4, "lost": 0, "after": 0.7, "scaled": 0.6}
    )
    assert flow[0] == pytest.approx([0.0, 0.4, 0.1])


def test_wrong_books_are_found() -> None:
    parts, flow = books(np.array([0.5, 0.5]), np.array([0.4, 0.6]), np.ones(2, bool), np.eye(2))
    check(parts, flow)
    with pytest.raises(ArithmeticError, match="does not add up"):
        check([parts[0]], flow)


def test_a_record_balances_by_lead_wave_and_cell(predictor: Predictor, record: ECGRecord) -> None:
    scenario = Scenario(leads=("V1",), spans=(Span("II", 0.4, 2.0),))
    found = redistribution(predictor, record, scenario)
    for table in (found.leads, found.waves, found.cells):
        assert fsum(part.before for part in table.values()) == pytest.approx(1.0)
        assert fsum(part.after for part in table.values()) == pytest.approx(1.0)
        assert fsum(part.removed for part in table.values()) == pytest.approx(found.removed)
    assert len(found.cells) == 12 * 4
    assert found.leads["V1"].after == 0.0
    assert found.leads["V1"].removed == pytest.approx(found.leads["V1"].before)
    for lead in LEADS:
        cells = [found.cells[f"{lead} {wave}"].after for wave in ("P", "QRS", "T", "other")]
        assert fsum(cells) == pytest.approx(found.leads[lead].after)
    flow = fsum(value for row in found.flow.values() for value in row.values())
    assert flow == pytest.approx(found.moved)
    assert found.moved >= found.removed > 0
    assert found.to_json()["scenario"]["leads"] == ["V1"]


def test_hiding_all_is_refused(predictor: Predictor, record: ECGRecord) -> None:
    with pytest.raises(ConfigError, match="hide less"):
        redistribution(predictor, record, Scenario(leads=LEADS))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_whole_percents_add_up(values: list[float]) -> None:
    shares = {str(k): value for k, value in enumerate(values)}
    rounded = whole_percent(shares)
    assert sum(rounded.values()) == round(100 * fsum(values))
    assert all(abs(rounded[name] - 100 * share) < 1 + 1e-9 for name, share in shares.items())
