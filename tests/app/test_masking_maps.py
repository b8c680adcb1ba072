"""Maps of importance: one scale, what was not read is no number, sums stay, words for each."""

import numpy as np
import pytest

from pages.ui.charts_table import rows_of
from pages.ui.masking_maps import importance_maps, shared_limit, weights
from scar_core.missing import Scenario
from scar_core.prediction import Importance
from tests.app.fake_worker import FakeClient
from tests.app.records import make_record

HIDDEN = ("V1", "V2", "V3")


@pytest.fixture(scope="module")
def both() -> tuple[Importance, Importance]:
    scenarios = [Scenario(), Scenario(leads=HIDDEN)]
    before, after = (one.importance for one in FakeClient().predict(make_record(), scenarios))
    assert before is not None
    assert after is not None
    return before, after


def test_maps_share_their_limits_and_have_words(both: tuple[Importance, Importance]) -> None:
    before, now, change = importance_maps(*both, hiding=True)
    top = 100 * shared_limit(weights(both[0])[0], weights(both[1])[0])
    assert before.chart.limits == now.chart.limits == (0.0, top)
    low, high = change.chart.ends
    assert low == -high and change.chart.diverging
    assert [one.chart.title for one in (before, now, change)] == [
        "Importance before", "Importance now", "Change, now minus before",
    ]  # fmt: skip
    assert "most on" in now.alt and "gained mostly by" in change.alt
    (alone,) = importance_maps(both[0], both[0], hiding=False)
    assert alone.chart.title == "Importance now"


def test_what_was_not_read_is_no_number_and_the_rest_sums_to_a_hundred(
    both: tuple[Importance, Importance],
) -> None:
    _, now, change = importance_maps(*both, hiding=True)
    rows = {str(row.pop(" ")): list(row.values()) for row in rows_of(now.chart)}
    assert all(set(rows[lead]) == {None} for lead in HIDDEN)
    total = sum(value for row in rows.values() for value in row if value is not None)
    assert total == pytest.approx(100, abs=0.1)
    lost = np.array([row for row in change.chart.values], np.float64)
    assert lost.sum() == pytest.approx(0, abs=0.1)  # what was hidden lost what the others gained
