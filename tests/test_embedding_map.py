"""Maps as files: what is written comes back, what is no map is refused with a sentence."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core import embedding_map as module
from scar_core.embedding_map import (
    GROUPS,
    OTHER,
    EmbeddingMap,
    Panel,
    group_of,
    map_folder,
    read_embedding,
    read_map,
    shipped_maps,
    write_embedding,
)
from scar_core.errors import ConfigError
from scar_core.findings import FINDINGS


def made_map(n: int = 12, seed: int = 0) -> EmbeddingMap:
    rng = np.random.default_rng(seed)
    codes = ("NORM", "MI", "PACE")
    panels = tuple(
        Panel(
            method,
            view,
            "abc",
            rng.normal(size=(n, 2)).astype(np.float32),
            rng.random(n).astype(np.float32),
            np.where(rng.random(n) < 0.2, np.nan, rng.random(n)).astype(np.float32),
            {"silhouette": 0.1},
        )
        for method in ("scar", "merl")
        for view in ("full", "random")
    )
    truth = rng.integers(-1, 2, (n, 3)).astype(np.int8)
    return EmbeddingMap(
        "made", tuple(f"r{i}" for i in range(n)), ("simulated:7",) * n, codes, truth, panels, 7
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(0, 99))
def test_a_map_survives_json(n: int, seed: int) -> None:
    first = made_map(n, seed)
    again = read_map(json.dumps(first.to_json(), allow_nan=False).encode())
    assert (again.names, again.datasets, again.codes) == (first.names, first.datasets, first.codes)
    assert np.array_equal(again.truth, first.truth)
    for one, other in zip(first.panels, again.panels, strict=True):
        assert np.array_equal(one.xy, other.xy)
        assert np.array_equal(one.error, other.error, equal_nan=True)
    assert again.methods == ("scar", "merl")
    assert again.views == ("full", "random")
    assert again.panel("merl", "random").quality == {"silhouette": 0.1}


def test_the_first_group_that_is_true_wins() -> None:
    assert group_of(["PACE", "MI"]) == "Paced"
    assert group_of(["MI", "STTC"]) == "Infarction"
    assert group_of(["SR"]) == OTHER
    assert {code for _, codes in GROUPS for code in codes} <= set(FINDINGS)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"format": 9}', b'{"format": 1, "title": "x"}', b"\xff\xfe"],
)
def test_what_is_no_map_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigError, match="make it again"):
        read_map(content)


def test_a_cut_map_is_refused() -> None:
    data = made_map().to_json()
    data["panels"][0]["xy"] = data["panels"][0]["xy"][:40]
    with pytest.raises(ConfigError, match="make it again"):
        EmbeddingMap.from_json(data)


def test_a_map_fits_together() -> None:
    with pytest.raises(ConfigError, match="does not fit"):
        replace(made_map(), names=("a",))
    with pytest.raises(ConfigError, match="unknown findings"):
        replace(made_map(), codes=("NORM", "MI", "XX"))
    with pytest.raises(ConfigError, match="it has scar, merl under full, random"):
        made_map().panel("melp", "full")


def test_embeddings_come_back_as_unit_vectors() -> None:
    values = np.random.default_rng(0).normal(size=(9, 16))
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    again = read_embedding(write_embedding(values), 9)
    assert np.abs(again - values).max() < 1e-3
    assert np.allclose(np.linalg.norm(again, axis=1), 1)
    with pytest.raises(ConfigError, match="10 records"):
        read_embedding(write_embedding(values), 10)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_embedding(b"nothing", 9)


def test_only_maps_that_are_there_have_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / module.FILE).write_text("{}")
    (tmp_path / "two").mkdir()
    assert shipped_maps(tmp_path) == ("one",)
    assert map_folder("one", tmp_path) == tmp_path / "one"
    for name in ("two", "..", "../one", ""):
        with pytest.raises(ConfigError, match="there is no map"):
            map_folder(name, tmp_path)
