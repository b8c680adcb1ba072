"""The embeddings page as a script: states, links, what is selected, moved, found and explained."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import embeddings_maps, worker
from pages.ui.embeddings_canvas import COUNTS, GROUP_COLOURS, GROUP_NAMES, Paper, colour_by
from pages.ui.embeddings_export import points_csv, points_json
from pages.ui.embeddings_move import arrows, begin, go_on
from pages.ui.embeddings_report import map_report
from pages.ui.embeddings_search import ROW
from pages.ui.embeddings_state import (
    Choice,
    Kept,
    Moved,
    fitted,
    from_query,
    pack_rows,
    unpack_rows,
)
from pages.ui.named import record_from
from scar_core import embedding_map
from scar_core.embedding_map import FILE, EmbeddingMap
from scar_core.errors import ConfigError
from scar_core.missing import Scenario
from tests.app.fake_jobs import FakeJobs
from tests.app.fake_worker import FakeClient
from tests.app.records import make_record
from tests.test_embedding_map import made_map

PAGE = "pages/3_Embeddings.py"
Open = Callable[..., AppTest]


def told_record(**options: Any) -> dict[str, Any]:
    record = make_record()
    steps = np.round(record.signal * 1000).astype("<i2")
    return {
        "name": "r3",
        "dataset": "simulated:7",
        "title": f"ECG of {options.get('record_name') or options.get('row')}",
        "leads": list(record.lead_names),
        "rate_hz": record.sampling_rate_hz,
        "unit": "mV",
        "shape": list(record.signal.shape),
        "signal": base64.b64encode(steps.tobytes()).decode(),
        "present": base64.b64encode(np.packbits(record.present).tobytes()).decode(),
        "positive": ["IMI", "MI", "SR"],
        "report": "inferior infarct",
        "evidence": {},
        "notes": [],
    }


def told_moves(record: Any, scenario: Scenario, *, method: str, **options: Any) -> dict[str, Any]:
    if method == "merl":
        raise ConfigError("the map was made with another checkpoint")
    rows = list(options["rows"])
    return {
        "method": method, "rows": rows, "xy": [[0.1, 0.2]] * len(rows),
        "strange": [True] * len(rows),
        "cosine": [0.75] * len(rows), "nearest": rows, "distance": [0.1] * len(rows),
        "left_out": {}, "placing": 0.004,
    }  # fmt: skip


def told_nearest(record: Any, scenario: Scenario, *, method: str, **options: Any) -> dict[str, Any]:
    found = {"method": method, "rows": [4, 2], "cosine": [0.9, 0.8], "usual": [0.1, 0.2]}
    return found | ({"xy": [0.0, 0.0], "strange": True} if record is not None else {})


def told_probe(record: Any, scenario: Scenario, *, method: str, **options: Any) -> dict[str, Any]:
    direction = {"number": 1, "variance": 0.4, "low": ["NORM"], "high": ["PACE"]}
    return {
        "method": method, "finding": options["finding"], "records": 30, "positives": 9,
        "auroc": 0.9, "base": -1.0, "directions": [{**direction, "importance": 0.4}],
        "most": [1, 2], "least": [3, 4],
        "record": {
            "row": 0, "score": 0.5, "truth": 1, "top": [{**direction, "value": 1.0}], "rest": 0.5,
        },
    }  # fmt: skip


@pytest.fixture
def maps(tmp_path: Path, client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one map of 30 records, and a worker that answers about it."""
    import json

    root = tmp_path / "maps"
    (root / "simulated").mkdir(parents=True)
    (root / "simulated" / FILE).write_text(json.dumps(made_map(30).to_json()))
    monkeypatch.setattr(embedding_map.map_folder, "__defaults__", (root,))
    monkeypatch.setattr(embedding_map.shipped_maps, "__defaults__", (root,))
    client.asks |= {
        "record": lambda record, scenario, *, method, **options: told_record(**options),
        "embed_points": told_moves,
        "nearest": told_nearest,
        "probe_shap": told_probe,
    }
    return root


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> FakeJobs:
    fake = FakeJobs()
    monkeypatch.setattr(worker, "jobs", lambda: fake)
    return fake


def html(at: AppTest) -> str:
    return "\n".join(element.proto.body for element in at.get("html"))


def url(at: AppTest) -> dict[str, str]:
    return {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}


def page_of(at: AppTest) -> Kept:
    found: Kept = at.session_state["embeddings"]
    return found


def test_a_newcomer_sees_a_map_and_an_ecg(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    at = open_page(PAGE)
    assert at.selectbox(key="choose map").value == "simulated"
    assert "ECG of" in html(at)
    assert "image/svg+xml" in html(at)
    assert url(at) == {}
    assert not at.warning


def test_a_link_is_taken_over(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    asked = {
        "methods": "merl", "view": "random", "colour": "error", "point": "r5", "do": "explain",
        "hide": "V1,V2",
    }  # fmt: skip
    at = open_page(PAGE, **asked)
    assert url(at) == asked
    assert at.selectbox(key="choose view").value == "random"
    assert "ECG of 5" in html(at)
    assert "data-probe" in html(at)


@pytest.mark.parametrize(
    "query",
    [{"view": "upside"}, {"methods": "none"}, {"colour": "x"}, {"point": "<b>"}, {"do": "dance"},
     {"finding": "XX"}, {"hide": "V9"}],
)  # fmt: skip
def test_a_bad_link_gets_a_sentence(
    open_page: Open, maps: Path, jobs: FakeJobs, query: dict[str, str]
) -> None:
    at = open_page(PAGE, **query)
    assert len(at.warning) == 1
    assert "ECG of" in html(at)


def test_a_map_that_is_not_here_is_said(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    at = open_page(PAGE, map="job:nothing")
    assert "map that is not here" in at.warning[0].value
    assert at.selectbox(key="choose map").value == "simulated"


def test_no_map_at_all(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    (maps / "simulated" / FILE).unlink()
    at = open_page(PAGE)
    assert "no map here yet" in at.info[0].value


def test_a_damaged_map_is_said(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    (maps / "simulated" / FILE).write_text('{"format": 1}')
    at = open_page(PAGE)
    assert "make it again" in at.error[0].value


def test_without_a_worker_the_map_is_still_there(
    open_page: Open, maps: Path, client: FakeClient, jobs: FakeJobs
) -> None:
    client.down = True
    at = open_page(PAGE)
    assert at.selectbox(key="choose map").value == "simulated"
    assert any("worker" in element.value for element in at.info)


def test_selected_records_move(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    at = open_page(PAGE)
    assert at.button(key="move").disabled
    page_of(at).rows = [1, 2, 7]
    at.run()
    at.button(key="move").click().run()
    for _ in range(3):
        at.run()
    moved = page_of(at).moved
    assert moved is not None
    assert not moved.going
    assert [f[0] for f in moved.found["scar"]] == [1, 2, 7]
    assert "another checkpoint" in at.warning[0].value
    assert "data-moved='3'" in html(at)
    assert url(at)["hide"] == "V1,V2,V3,V4,V5,V6"
    at.button(key="unmove").click().run()
    assert page_of(at).moved is None


def test_a_sentence_is_searched_for(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    at = open_page(PAGE, do="search", find="bundle branch block")
    assert set(page_of(at).searches) == {"scar", "merl"}
    at.button(key="found scar 2").click().run()
    assert url(at)["point"] == "r2"
    at.button(key="clear_search").click().run()
    assert page_of(at).searches == {}
    assert "find" not in url(at)


@pytest.mark.parametrize("find", ["#x", "@", "\0row x", "<b>"])
def test_any_sentence_is_only_a_sentence(
    open_page: Open, maps: Path, jobs: FakeJobs, find: str
) -> None:
    at = open_page(PAGE, do="search", find=find)
    assert page_of(at).searched == find.replace("\0", "")
    assert "<b>”" not in html(at)


def test_the_nearest_to_a_record(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    at = open_page(PAGE, point="r4")
    at.button(key="nearest_to_it").click().run()
    assert page_of(at).searched == f"{ROW}4"
    assert url(at)["do"] == "search"


def test_a_record_is_opened_in_masking(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    at = open_page(PAGE, point="r5", hide="V1")
    at.button(key="to_masking").click().run()
    kept = at.session_state["masking"]
    assert kept.view.record == "dataset:simulated:7:r5"
    assert kept.view.scenario == Scenario(leads=("V1",))
    assert "dataset:simulated:7:r5" in kept.uploads


def test_masking_fetches_a_record_that_a_link_names(
    open_page: Open, maps: Path, jobs: FakeJobs
) -> None:
    at = open_page("pages/1_Masking.py", record="dataset:simulated:7:r5", hide="V1")
    assert at.selectbox(key="case").value == "dataset:simulated:7:r5"
    assert "data-answer-id" in html(at)


def test_maps_of_jobs_are_offered_and_opened(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    import json

    jobs.add("job-9", kind="project", state="done", summary={"title": "Mine", "records": 20})
    jobs.contents["job-9", FILE] = json.dumps(made_map(20, 3).to_json()).encode()
    at = open_page(PAGE, map="job:job-9")
    assert at.selectbox(key="choose map").value == "job:job-9"
    at.selectbox(key="choose map").set_value("simulated").run()
    assert "map" not in url(at)


def test_a_map_in_the_making_is_followed(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    jobs.add("job-3", kind="project", title="Map of embeddings", state="running", attempts=1)
    at = open_page(PAGE)
    assert "Map of embeddings" in html(at)
    jobs.add("job-3", kind="project", title="Map of embeddings", state="failed", error="no room")
    at.run()
    assert "no room" in at.error[0].value
    at.button(key="make_map_close").click().run()
    assert not at.error


def test_a_map_is_asked_for(open_page: Open, maps: Path, jobs: FakeJobs) -> None:
    jobs.known["project"] = {
        "title": "Map of embeddings", "lane": "short", "device": "any", "forms": True,
        "parameters": [
            {"name": "records", "type": "int", "default": 500, "help": "How many.",
             "choices": None},
        ],
    }  # fmt: skip
    at = open_page(PAGE)
    at.number_input(key="make_map_records").set_value(40).run()
    at.button(key="make_map_start").click().run()
    assert jobs.submitted == [("project", {"records": 40})]
    assert embeddings_maps.KIND == "project"


def test_selections_travel_as_bits() -> None:
    assert unpack_rows(pack_rows([0, 7, 8, 29], 30), 30) == [0, 7, 8, 29]
    assert unpack_rows("", 30) == []
    for bad in ("é", "!!", base64.b64encode(b"x" * 9).decode()):
        with pytest.raises(ConfigError, match="select again"):
            unpack_rows(bad, 30)


def test_places_become_counts_and_fill_the_paper() -> None:
    panel = made_map(30).panels[0]
    counts = Paper.of(panel).counts(panel.xy)
    assert counts.max() == COUNTS
    assert counts.min() == -COUNTS
    spread = np.ptp(counts.astype(float), axis=0) / np.ptp(panel.xy, axis=0)
    assert spread[0] == pytest.approx(spread[1], rel=1e-3)


def test_colours_say_what_is_not_known() -> None:
    whole = made_map(40)
    error = colour_by(whole, "error", ("scar", "merl"), "full", "")
    unknown = np.isnan(whole.panel("scar", "full").error)
    assert (error.levels["scar"][unknown] == len(error.palette) - 1).all()
    assert (error.levels["scar"][~unknown] < len(error.palette) - 1).all()
    finding = colour_by(whole, "finding", ("scar",), "full", "MI")
    assert np.array_equal(finding.levels["scar"] == 2, whole.truth[:, 1] == -1)
    group = colour_by(whole, "group", ("scar",), "full", "")
    assert [GROUP_NAMES[k] for k in group.levels["scar"]] == list(whole.groups)
    assert len(GROUP_COLOURS) == len(GROUP_NAMES)


def test_moving_goes_on_in_steps(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.asks["embed_points"] = told_moves
    whole: EmbeddingMap = made_map(400)
    k = Kept(choice=Choice(methods="scar"), rows=list(range(390)))
    k.moved = begin(k, whole, Scenario(leads=("V1",)))
    assert k.moved.of == (390, 300)
    turns = 0
    while k.moved.going:
        go_on(k)
        turns += 1
    assert turns == 19
    drawn = arrows(k, whole, "scar")
    assert len(drawn) == 300
    assert all(-COUNTS <= x <= COUNTS for _, x, _, _ in drawn)


def test_files_hold_every_point() -> None:
    whole = made_map(30)
    k = Kept(rows=[4])
    k.moved = Moved(Scenario(), "full", {})
    lines = points_csv(k, whole).decode().splitlines()
    assert len(lines) == 31
    assert lines[1].startswith("r4,")
    assert b'"checkpoint": "abc"' in points_json(k, whole)


def test_the_report_tells_scores_and_moves_and_asks_nothing_of_the_net() -> None:
    whole = made_map(30)
    k = Kept(rows=[4])
    k.moved = Moved(Scenario(leads=("V1",)), "full", {})
    k.moved.found["scar"] = [(4, 0.1, 0.2, True, 0.75, 3)]
    k.moved.placing["scar"] = 0.004
    told = map_report(k, whole).decode()
    assert told.count("<svg") == 2
    for word in ("Silhouette", "0.75", "V1 hidden", "abc"):
        assert word in told
    assert "src='http" not in told


def test_unknown_parts_of_a_link_are_dropped() -> None:
    whole = made_map(10)
    found, problems = fitted(from_query({"view": "x", "methods": "merl,none", "junk": "1"}), whole)
    assert found == Choice(methods="merl")
    assert len(problems) == 2


def test_a_record_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        record_from({"shape": [12, 10]})
