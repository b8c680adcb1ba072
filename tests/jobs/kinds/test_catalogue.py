"""Contracts that every kind of job keeps, whoever adds it."""

import dataclasses
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scar_core.jobs.base import LANES, JobKind, checked, kind, kind_names
from scar_core.jobs.forms import attributes_of, described
from scar_core.settings import to_mapping
from tests.evaluation.made import write_records
from tests.jobs.kinds.fakes import FakePlan, FakeWork, through_json

REQUIRED: dict[str, dict[str, Any]] = {
    "promote": {"run": "train-0123456789abcdef", "name": "mine"},
}
"""Parameters that have no default."""
THERE = ("train", "embed", "project", "zero_shot", "linear_probe", "cmrs", "missingness",
         "ablation", "explain", "pack", "download", "promote")  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("catalogue")
    write_records(home, {"train": 2, "val": 2, "test": 2})
    (home / "cinc2021").mkdir()
    (home / "cinc2021" / "INDEX.csv").write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCAR_DATA", str(home))
        patch.setattr("scar_core.jobs.kinds.promote._NEEDS", ("ptbxl",))
        yield


def test_every_kind_that_was_promised_is_there() -> None:
    assert set(THERE) <= set(kind_names())


@pytest.mark.parametrize("name", kind_names())
def test_every_parameter_is_explained_and_can_be_asked_for(name: str) -> None:
    one = kind(name)
    assert isinstance(one, JobKind) and one.title and one.lane in LANES and one.memory_mb > 0
    fields = [field.name for field in dataclasses.fields(one.parameters)]
    told = attributes_of(one.parameters)
    assert set(fields) == set(told), "a parameter without a sentence, or a sentence without one"
    assert all(sentence.endswith((".", ")")) for sentence in told.values())
    assert set(one.names) <= set(fields)
    form = described(one)
    json.dumps(form, allow_nan=False)
    for row in form["parameters"]:
        assert row["type"] in ("int", "float", "str", "bool", "list")
        assert row["required"] == (row["name"] in REQUIRED.get(name, {}))
        if row["choices"] and row["default"] is not None:
            chosen = row["default"] if row["type"] == "list" else [row["default"]]
            assert set(chosen) <= set(row["choices"]), row["name"]


@pytest.mark.parametrize("name", kind_names())
def test_defaults_come_back_from_json(name: str) -> None:
    made = checked(name, REQUIRED.get(name, {}))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, dataclasses.fields(made)[0].name, None)
    assert checked(name, through_json(to_mapping(made))) == made


@pytest.mark.parametrize("name", kind_names())
def test_steps_take_parameters_work_and_json(name: str) -> None:
    for step in kind(name).steps.values():
        first, second, *rest = inspect.signature(step).parameters.values()
        assert callable(step) and first.default is second.default is inspect.Parameter.empty
        assert all(one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for one in rest)


CANNED: dict[str, dict[str, Any]] = {
    "embed": {"count": {"records": 300}, "shard": {"records": 128}, "gather": {"records": 300}},
    "project": {
        "count": {"records": 300}, "shard": {"records": 128}, "lay_out": {"silhouette": 0.1},
        "gather": {"methods": {"scar": "0"}, "views": ["full"]}, "join": {"records": 300},
    },
    "train": {"check": {"config": {}}, "train": {"checkpoint": "0"}},
    "explain": {
        "count": {"records": 9, "checkpoint": "0"}, "shard": {"records": 4},
        "gather": {"records": 9},
    },
    "ablation": {
        "open": {"tasks": ["super"], "variants": ["a", "b"]}, "train": {"checkpoint": "0"},
        "evaluate": [{"name": "x", "file": "results/x.json"}], "join": {"results": 1},
    },
    "pack": {"pack": {"records": 1}},
    "download": {"download": {"folder": "x"}},
    "promote": {"promote": {"name": "x"}},
}  # fmt: skip
_TASKS = {
    "open": ["super"], "evaluate": [{"name": "x", "file": "results/x.json"}],
    "join": {"results": 2},
}  # fmt: skip


@pytest.mark.parametrize("name", THERE)
def test_a_plan_that_is_run_again_comes_to_the_same(name: str, tmp_path: Path) -> None:
    """Steps are canned: the plan alone is looked at; FakePlan compares every call."""
    canned = CANNED.get(name, _TASKS)
    parameters = checked(name, REQUIRED.get(name, {}))

    class Canned(FakePlan):
        def step(self, name: str, **arguments: Any) -> Any:
            call, self._next = self._next, self._next + 1
            given = through_json(arguments)
            if call < len(self.recorded):
                assert self.recorded[call][:2] == (name, given)
            else:
                self.recorded.append((name, given, canned[name]))
            return through_json(canned[name])

    first = Canned(name, parameters, FakeWork(tmp_path))
    summary = through_json(kind(name).plan(parameters, first))
    assert first.recorded
    again = Canned(name, parameters, FakeWork(tmp_path), recorded=list(first.recorded))
    assert through_json(kind(name).plan(parameters, again)) == summary
    assert len(again.recorded) == again._next == len(first.recorded)
    assert {one[0] for one in first.recorded} <= set(kind(name).steps)


def test_nothing_heavy_is_loaded_by_kinds_parameters_or_plans() -> None:
    code = """
import sys
from scar_core.jobs.base import checked, kind, kind_names
from scar_core.jobs.forms import kinds_as_json
kinds_as_json()
checked("embed", {}), checked("project", {}), checked("train", {"data": "simulated,ptbxl"})
checked("zero_shot", {}), checked("linear_probe", {}), checked("ablation", {}), checked("pack", {})
heavy = {"torch", "umap", "shap", "sklearn", "scipy", "pandas", "pyarrow", "wfdb", "dbos"}
print(*sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == []
