"""The parts that need no process: names, storage, locks."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scar_core.errors import ConfigError
from scar_core.jobs.base import kind_names
from scar_core.jobs.info import JobInfo
from scar_core.jobs.names import checked_name, job_id, plain_json
from scar_core.jobs.places import places
from scar_core.jobs.queues import queue_name
from scar_core.jobs.storage import Storage, sum_of
from scar_core.locks import FileLock, is_held

JOB = "count-0123456789abcdef"
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@FEW
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_identity_is_by_content_not_by_order(parameters: dict[str, object]) -> None:
    backwards = dict(reversed(parameters.items()))
    assert job_id("count", parameters) == job_id("count", backwards)
    assert job_id("count", parameters) != job_id("train", parameters)
    assert job_id("count", parameters) != job_id("count", {**parameters, "\0": 1})


@FEW
@given(st.text(max_size=30))
def test_no_name_leaves_the_job_or_hides(name: str) -> None:
    root = Path("/storage/results/job")
    try:
        path = root / checked_name(name)
    except ConfigError:
        return
    assert path.resolve().is_relative_to(root) and path != root
    assert not any(part.startswith(".") for part in path.relative_to(root).parts)


@pytest.mark.parametrize(
    "name", ["", "/a", "../a", "a/../b", "a//b", "a/", ".a", "a/.b", "a\\b", "a\nb", "a" * 300]
)
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        checked_name(name)


@FEW
@given(JSON)
def test_json_stays_what_it_is(value: object) -> None:
    assert plain_json(value) == value


def test_json_refuses_the_rest() -> None:
    assert plain_json((float("inf"), {"a": float("nan")})) == [None, {"a": None}]
    with pytest.raises(ConfigError):
        plain_json({"path": Path()})


@pytest.mark.parametrize("scheme", ["", "file://", "memory://jobs"])
def test_files_come_back_only_if_they_are_what_they_were(scheme: str, tmp_path: Path) -> None:
    root = tmp_path / "files"
    storage = Storage(scheme if scheme.startswith("memory") else f"{scheme}{root}")
    source, target = tmp_path / "a", tmp_path / "b"
    sums = []
    for text in ("first", "second one"):
        source.write_text(text)
        sums.append(sum_of(source))
        storage.put("saved", JOB, "deep/state", source)
    assert storage.get("saved", JOB, "deep/state", target, [sums[1].sha256])
    assert target.read_text() == "second one"
    assert storage.holds("saved", JOB, "deep/state", sums[1])
    assert storage.length("saved", JOB, "deep/state") == 10
    assert not storage.holds("saved", JOB, "deep/none", sums[1])
    assert not storage.get("saved", JOB, "deep/state", target, ["0" * 64])
    assert not storage.get("results", JOB, "deep/state", target, [sums[1].sha256])
    assert storage.jobs() == {JOB}
    storage.remove("saved", JOB)
    assert storage.jobs() == set()


def test_the_one_before_is_taken_where_the_last_is_cut(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "files"))
    source, target = tmp_path / "a", tmp_path / "b"
    sums = []
    for text in ("first", "second"):
        source.write_text(text)
        sums.append(sum_of(source).sha256)
        storage.put("saved", JOB, "state", source)
    (tmp_path / "files" / "saved" / JOB / "state").write_text("sec")
    assert storage.get("saved", JOB, "state", target, sums)
    assert target.read_text() == "first"


def test_links_are_not_followed(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "files"))
    secret = tmp_path / "secret"
    secret.write_text("secret")
    link = tmp_path / "link"
    link.symlink_to(secret)
    with pytest.raises(ConfigError):
        storage.put("results", JOB, "a", link)
    folder = tmp_path / "files" / "results" / JOB
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "b").symlink_to(secret)
    with pytest.raises(ConfigError):
        storage.open(JOB, "b")
    (folder / "c").symlink_to(tmp_path)
    with pytest.raises(ConfigError):
        storage.open(JOB, "c/secret")
    assert not list(folder.glob("*.part"))


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)
    with FileLock(path, patience_s=0.0) as first:
        assert first.held and is_held(path)
        with FileLock(path, patience_s=0.05) as second:
            assert not second.held
        assert is_held(path)
    assert not is_held(path)


def test_what_is_told_of_a_job_crosses_as_json() -> None:
    info = JobInfo(JOB, "count", "Count", "done", "short", 1.0, files={"a": 3}, summary=[1])
    assert JobInfo.from_json({**info.to_json(), "newer": 1}) == info


def test_settings_that_cannot_be_used_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAR_DATABASE_URL", "mysql://me:secret@host/jobs")
    with pytest.raises(ConfigError) as error:
        places(tmp_path)
    assert "secret" not in str(error.value)
    monkeypatch.setenv("SCAR_DATABASE_URL", "postgresql://me:secret@host/jobs")
    assert "secret" not in repr(places(tmp_path))
    with pytest.raises(ConfigError):
        Storage("nowhere://bucket")
    with pytest.raises(ConfigError):
        queue_name("cpu", "long", 3)
    assert {"count", "mishap"} <= set(kind_names())
