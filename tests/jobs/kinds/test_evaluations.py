"""Evaluations as jobs: results in the store, published, and the same after any kill."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from scar_core.analysis import ablation, variants
from scar_core.errors import ConfigError
from scar_core.evaluation import answers, run
from scar_core.evaluation.subjects import load_subject
from scar_core.jobs.base import checked, kind
from scar_core.jobs.kinds import _checkpoints, _evaluation, _parts
from scar_core.jobs.kinds import ablation as ablation_kind
from scar_core.results import read_results
from tests.evaluation import made
from tests.jobs.kinds.fakes import FakeWork, Killed, run_job, run_with_kills

VIEWS_KINDS = ("zero_shot", "cmrs", "missingness")
TINY = [
    "data=ptbxl", "simulated_records=0", "batch=4", "warmup=1", "precision=fp32",
    "contract.rate_hz=50", "model.encoder.width=32", "model.encoder.depth=1",
    "model.encoder.kernel_patches=3", "model.text.vocabulary=400", "model.text.width=16",
    "model.text.depth=1", "model.text.heads=2", "model.embedding=16", "model.heads=2",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("evaluations")
    made.write_records(home, {"train": 12, "val": 12, "test": 20})
    made.save_models(home)
    return home


@pytest.fixture
def here(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCAR_DATA", str(home))
    monkeypatch.setenv("SCAR_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("SCAR_RESULTS", raising=False)
    untrained = f"other={home / 'other'}"

    def bring(job: str, names: dict[str, bool], folder: Path) -> None:
        """Parts publish beside their job."""
        part = job.removeprefix("job-1-")
        for name in names:
            (source,) = tmp_path.rglob(f"child-{part}/published/{name}")
            _checkpoints.copy_whole(source, folder / name)

    monkeypatch.setattr(_evaluation, "bring", bring)
    monkeypatch.setattr(run, "RANDOM", "other")
    monkeypatch.setattr(ablation, "RANDOM", "other")
    monkeypatch.setattr(
        run,
        "load_subject",
        lambda name, on: load_subject(untrained if name == "other" else name, on),
    )
    return home


def asked(home: Path, **changes: Any) -> dict[str, Any]:
    return {
        "tasks": ["super", "rhythm"],
        "methods": [f"one={home / 'one'}"],
        "references": [f"f={home / 'f'}"],
        "masks": 1,
        "candidates": 2,
        "resamples": 30,
        "min_positives": 1,
        **changes,
    }


@pytest.mark.parametrize("name", VIEWS_KINDS)
def test_every_task_becomes_a_result(name: str, here: Path, tmp_path: Path) -> None:
    work = FakeWork(tmp_path / "work")
    views = ["full", "random", "hard"] if name == "cmrs" else ["full", "random"]
    summary = run_job(name, asked(here, views=views), work)
    published = json.loads(work.result("result.json").read_text())["results"]
    assert [one["task"] for one in published] == ["super", "rhythm"]
    assert [one["what"] for one in published] == [name.replace("_", "-")] * 2
    stored = {one["name"]: one for one in read_results()}
    for one, head in zip(published, summary["results"], strict=True):
        assert stored[one["name"]] == one and head["name"] == one["name"]
        assert json.loads(work.result(head["file"]).read_text()) == one
        assert {row["method"] for row in head["rows"]} == {"one", "other"}
        assert ("cmrs" in head["rows"][0]) == (name != "zero_shot")
    assert one["configuration"]["methods"] == ["one"], "no folder of this machine in the store"
    assert (tmp_path / "state" / "results").is_dir()
    alone = FakeWork(tmp_path / "alone")
    run_job(name, asked(here, views=views, tasks=["rhythm"]), alone)
    assert json.loads(alone.result("result.json").read_text())["results"] == published[1:]
    assert alone.told[-1][2] == "records"


def test_a_killed_evaluation_ends_in_the_same_result(here: Path, tmp_path: Path) -> None:
    given = asked(here, views=["random"], tasks=["super"])
    killed, calm = FakeWork(tmp_path / "killed"), FakeWork(tmp_path / "calm")
    summary, kills = run_with_kills("zero_shot", given, killed, 14, move=True)
    assert kills
    assert run_job("zero_shot", given, calm) == summary
    one, other = (work.result("result.json").read_bytes() for work in (killed, calm))
    assert one == other


def test_finished_parts_are_there_on_another_machine(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = asked(here, views=["random"], tasks=["super"])
    computed: list[int] = []
    compute, most = answers._compute, [0]

    def counted(*arguments: Any) -> Any:
        if sum(computed) >= most[0]:
            raise Killed
        computed.append(len(arguments[2]))
        return compute(*arguments)

    monkeypatch.setattr(answers, "_compute", counted)
    monkeypatch.setattr(answers, "PART", 4)
    monkeypatch.setattr(_parts, "SAVE_S", 0.0)
    results, needed = list[bytes](), list[int]()
    for storage in ("", str(tmp_path / "shared"), "s3://bucket/jobs"):
        monkeypatch.setenv("SCAR_STORAGE", storage)
        work = FakeWork(tmp_path / f"work{len(needed)}")
        for host, most[0] in (("first", 30), ("second", 10**6)):
            monkeypatch.setenv("SCAR_HOME", str(tmp_path / f"{len(needed)}" / host))
            computed.clear()
            work.lose_scratch()
            with suppress(Killed):
                run_job("zero_shot", given, work)
        results.append(work.result("result.json").read_bytes())
        needed.append(sum(computed))
    assert needed[1] == needed[2] == needed[0] - 32, "the second machine began anew"
    assert len(set(results)) == 1


def test_probes_of_every_share(here: Path, tmp_path: Path) -> None:
    work = FakeWork(tmp_path / "work")
    given = asked(here, tasks=[], shares=[50, 100], draws=2)
    summary = run_job("linear_probe", given, work)
    (result,) = json.loads(work.result("result.json").read_text())["results"]
    assert result["task"] == "super" and result["configuration"]["shares"] == [50, 100]
    assert [row["view"] for row in summary["results"][0]["rows"]] == ["50 %", "100 %"] * 2


@pytest.mark.slow
def test_an_ablation_trains_and_evaluates(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = (variants.ABLATION[0], variants.ABLATION[-1])
    monkeypatch.setattr(ablation_kind, "GRIDS", {"ablation": few})
    given = asked(here, tasks=["super"], seeds=[0], steps=2, settings=TINY)
    calm, killed = FakeWork(tmp_path / "calm"), FakeWork(tmp_path / "killed")
    summary = run_job("ablation", given, calm)
    assert set(summary["checkpoints"]) == {"random-mean-s0", "full-s0"}
    (result,) = json.loads(calm.result("result.json").read_text())["results"]
    assert [row["method"] for row in result["rows"]] == ["random-mean", "full", "other"]
    again, kills = run_with_kills("ablation", given, killed, 20, move=True)
    assert kills and again == summary
    with pytest.raises(ConfigError, match="wdith"):
        bad = {**given, "settings": [*TINY, "model.wdith=1"]}
        run_job("ablation", bad, FakeWork(tmp_path / "bad"))


def test_references_are_the_usual_ones() -> None:
    assert _evaluation.REFERENCES == run.REFERENCES


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dataset": "nobody"}, "there is no dataset 'nobody'"),
        ({"dataset": "csn"}, "is not in"),
        ({"tasks": ["nothing"]}, "has no task 'nothing'"),
        ({"tasks": ["super", "super"]}, "each once"),
        ({"split": "all"}, "there is no split"),
        ({"methods": ["nobody"]}, "there is no checkpoint"),
        ({"references": ["random"]}, "there is no checkpoint 'random'"),
        ({"views": ["dark"]}, "there is no view"),
        ({"variant": "x"}, "there is no variant"),
        ({"candidates": 1}, "candidates is 1"),
        ({"resamples": 5}, "resamples is 5"),
        ({"limit": -1}, "limit is -1"),
        ({"masks": 1.5}, "expected a value of type int"),
    ],
)
def test_bad_parameters_are_refused_in_a_sentence(
    here: Path, changes: dict[str, Any], sentence: str
) -> None:
    for name in (*VIEWS_KINDS, "linear_probe", "ablation"):
        with pytest.raises(ConfigError, match=sentence):
            checked(name, changes)


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("linear_probe", {"shares": [0]}, "share of the labels is 0"),
        ("linear_probe", {"shares": ["1"]}, "share of the labels is '1'"),
        ("linear_probe", {"shares": []}, "no share"),
        ("linear_probe", {"draws": 0}, "draws is 0"),
        ("ablation", {"grid": "x"}, "there is no grid"),
        ("ablation", {"seeds": []}, "at least 1"),
        ("ablation", {"seeds": [-1]}, "seeds are"),
        ("ablation", {"settings": ["steps=3"]}, "parameter of its own"),
        ("ablation", {"settings": ["data=challenge:1"]}, "is not in"),
    ],
)
def test_what_only_some_take_is_checked_too(
    here: Path, name: str, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        checked(name, changes)


def test_the_same_evaluation_can_be_asked_for_again(here: Path) -> None:
    """Every kind takes what a result's configuration says, as far as both know it."""
    known = {"dataset", "tasks", "split", "methods", "views", "references", "seed", "limit"}
    for name in (*VIEWS_KINDS, "linear_probe", "ablation"):
        assert known <= set(kind(name).parameters.__dataclass_fields__)
