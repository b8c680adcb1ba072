"""The scores: intervals, tables, and the command that prints and writes them."""

import json
from pathlib import Path

import numpy as np
import pytest

from scar_core.benches import _quality_score as scoring
from scar_core.benches.quality import as_markdown, score
from scar_core.cli import main
from scar_core.quality.electrodes import WIRINGS
from tests.quality.hearts import heart, hearts


def test_wilson_against_known_values() -> None:
    """Values of the closed formula, worked out by hand."""
    some = scoring.wilson(8, 10)
    assert some.low == pytest.approx(0.4902, abs=1e-3)
    assert some.high == pytest.approx(0.9433, abs=1e-3)
    assert scoring.wilson(10, 10).high == 1
    assert scoring.wilson(0, 10).low == 0
    assert np.isnan(scoring.wilson(0, 0).value)


def test_pooled_samples_count_records() -> None:
    counts = np.array([[10.0, 10.0], [0.0, 10.0], [5.0, 10.0], [0.0, 0.0]])
    share = scoring.pooled(counts, np.random.default_rng(0))
    assert (share.value, share.n) == (0.5, 3)
    assert share.low == 0
    assert share.high == 1


def test_a_small_score_makes_a_page(tmp_path: Path) -> None:
    figures = score(tmp_path, seed=3, records=3)
    assert figures["records"] == {"simulated": 3}
    assert set(figures["wirings"]["simulated"]) == {wiring.name for wiring in WIRINGS}
    assert figures["absent"]["NaN"]["sensitivity"]["value"] == 1
    page = as_markdown(json.loads(json.dumps(figures)))
    assert "| mains only |" in page
    assert "| RA/LA |" in page
    assert "1.000 (1.000–1.000)" in page


def test_the_quality_figure_falls_with_disturbance() -> None:
    table = scoring.score_figure(hearts()[:2], 0)
    for row in table.values():
        assert row["0"] > row["0.5"] > row["2"]


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import wfdb

    record = heart(0)
    wfdb.wrsamp("a", fs=500, units=["mV"] * 12, sig_name=list(record.lead_names),
                p_signal=record.signal.T.astype(float), fmt=["16"] * 12,
                write_dir=str(tmp_path))  # fmt: skip
    assert main(["quality", str(tmp_path / "a.hea")]) == 0
    said = capsys.readouterr().out
    assert "Absent: nothing" in said
    assert "Suspicions: none" in said
    assert main(["quality", str(tmp_path / "a.hea"), "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["sqi"]) == set(record.lead_names)
    assert main(["quality"]) == 2
    assert "name a file" in capsys.readouterr().err
