"""The shipped map: it belongs to the shipped checkpoints, and one command prints it again."""

import json
from pathlib import Path

import numpy as np
import pytest

from scar_core.cli import main
from scar_core.config import checkpoint_dir
from scar_core.embedding_map import (
    FILE,
    SHIPPED,
    embedding_file,
    read_embedding,
    read_map,
    shipped_maps,
)
from scar_core.evaluation.zero_shot import Predictor


def test_shipped_maps_are_small_and_whole() -> None:
    files = [file for file in SHIPPED.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 2_000_000
    for name in shipped_maps():
        whole = read_map((SHIPPED / name / FILE).read_bytes())
        assert whole.methods == ("scar", "merl", "melp")
        for panel in whole.panels:
            content = (SHIPPED / name / embedding_file(panel.method, panel.view)).read_bytes()
            assert len(read_embedding(content, len(whole.names))) == len(whole.names)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["scar", "merl", "melp"])
def test_shipped_maps_belong_to_the_shipped_checkpoints(method: str) -> None:
    digest = Predictor.load(checkpoint_dir() / method).checkpoint.digest
    for name in shipped_maps():
        whole = read_map((SHIPPED / name / FILE).read_bytes())
        assert {p.checkpoint for p in whole.panels if p.method == method} == {digest}


@pytest.mark.slow
def test_the_command_prints_the_same_map_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--n", "24", "--seed", "77", "--methods", "scar", "--views", "full"]
    for place in ("one", "two"):
        assert main(["map", *asked, "--out", str(tmp_path / place)]) == 0
    assert "24 records" in capsys.readouterr().out
    one, two = ((tmp_path / place / FILE).read_bytes() for place in ("one", "two"))
    assert one == two
    whole = read_map(one)
    shipped = read_map((SHIPPED / "simulated" / FILE).read_bytes())
    assert whole.names == shipped.names[:24]
    rows = [shipped.codes.index(code) for code in whole.codes]
    assert np.array_equal(whole.truth, shipped.truth[:24][:, rows])
    assert json.loads(one)["seed"] == 77
