"""Home and Masking as scripts, with a stand-in worker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.frame import groups
from scar_core.missing import Scenario
from tests.app.fake_worker import FakeClient
from tests.app.records import make_record, write_wfdb

HOME, MASKING = "app.py", "pages/1_Masking.py"
Open = Callable[..., AppTest]


def html(at: AppTest) -> str:
    return "\n".join(element.proto.body for element in at.get("html"))


def url(at: AppTest) -> dict[str, str]:
    return {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}


def test_home_says_what_this_is_once(open_page: Open) -> None:
    at = open_page(HOME)
    text = " ".join(element.value for element in at.markdown)
    assert text.count("not a medical device") == 1
    assert "image/svg+xml" in html(at)


def test_home_without_a_gallery_still_leads_on(open_page: Open, gallery: Path) -> None:
    (gallery / "index.json").unlink()
    at = open_page(HOME)
    assert any("gallery" in element.value for element in at.markdown)


def test_navigation_names_only_pages_that_exist(tmp_path: Path) -> None:
    assert groups(tmp_path) == {}
    (tmp_path / "app.py").touch()
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "9_Learn.py").touch()
    assert list(groups(tmp_path)) == ["", "Learn"]
    assert [entry.title for entry in groups()["Explore"]][:1] == ["Masking"]


def test_masking_answers_for_the_first_case(open_page: Open) -> None:
    at = open_page(MASKING)
    assert url(at)["record"] == "gallery:normal"
    assert "data-answer-id" in html(at)
    assert "Nothing is hidden." in html(at)


def test_a_link_is_taken_over_whole(open_page: Open, client: FakeClient) -> None:
    at = open_page(
        MASKING, record="gallery:fast", hide="V1,V2", span="II:2-4.5", ask="delta wave", gain="20"
    )
    assert at.selectbox(key="case").value == "gallery:fast"
    assert client.asked[-1][0][-1] == Scenario.from_query({"hide": "V1,V2", "span": "II:2-4.5"})
    assert "delta wave" in html(at)
    assert "Hiding V1 and V2 and part of II" in html(at)
    assert url(at) == {
        "record": "gallery:fast", "hide": "V1,V2", "span": "II:2-4.5", "ask": "delta wave",
        "gain": "20",
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [{"hide": "V9"}, {"span": "a;b"}, {"layout": "x"}, {"start": "soon"}],
)
def test_a_bad_link_gets_a_sentence_and_the_page_goes_on(
    open_page: Open, query: dict[str, str]
) -> None:
    at = open_page(MASKING, **query)
    assert len(at.warning) == 1
    assert "passed over" in at.warning[0].value
    assert "data-answer-id" in html(at)


@pytest.mark.parametrize("key", ["gallery:none", "folder:../../etc/passwd", "<b>", "upload:mine"])
def test_a_record_that_is_not_here_is_said(open_page: Open, key: str) -> None:
    at = open_page(MASKING, record=key)
    assert len(at.error) == 1
    assert at.selectbox(key="case").value == "gallery:normal"


def test_another_record_begins_with_nothing_hidden(open_page: Open) -> None:
    at = open_page(MASKING, record="gallery:normal", hide="V1")
    at.selectbox(key="case").set_value("gallery:fast").run()
    assert not at.exception
    assert url(at) == {"record": "gallery:fast"}


def test_presets_hide_and_show(open_page: Open) -> None:
    at = open_page(MASKING)
    at.button(key="preset Limb leads only").click().run()
    assert url(at)["hide"] == "V1,V2,V3,V4,V5,V6"
    assert "Hiding V1–V6" in html(at)
    at.button(key="preset Nothing").click().run()
    assert "hide" not in url(at)


def test_a_gesture_on_the_canvas_becomes_a_scenario(open_page: Open) -> None:
    """AppTest cannot play the canvas: its state is set, and its callback called, by hand."""
    from pages.ui import session as module

    at = open_page(MASKING)
    kept: Any = at.session_state["masking"]
    scene = {"leads": ["aVL"], "electrodes": [], "spans": [["V1", 1, 2]], "recover": True, "rev": 0}

    def call(scene: dict[str, Any]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "session", lambda: kept)
            patch.setattr(module, "sent", lambda _part: scene)
            module.on_scene()

    call(scene | {"rev": kept.pushed[0] - 1})
    assert kept.view.scenario.is_empty
    call(scene | {"rev": kept.pushed[0]})
    assert kept.view.scenario == Scenario.from_query(
        {"hide": "aVL", "span": "V1:1-2", "recover": "1"}
    )
    at.run()
    assert url(at)["span"] == "V1:1-2"
    assert "and is recomputed from them and read" in html(at)
    call({"rev": kept.pushed[0], "leads": ["V77"]})
    assert "canvas sent something else" in kept.problems[0]


def test_any_finding_can_be_asked_for(open_page: Open, client: FakeClient) -> None:
    at = open_page(MASKING)
    at.multiselect(key="findings_asked").set_value([]).run()
    at.query_params["ask"] = "delta wave;hyperkalaemia"
    at.run()
    prompts = client.asked[-1][1]
    assert prompts is not None
    assert prompts["hyperkalaemia"] == "hyperkalaemia"
    assert len(prompts) > 40
    assert "hyperkalaemia" in html(at)


def test_answers_are_kept(open_page: Open, client: FakeClient) -> None:
    at = open_page(MASKING, hide="V1")
    asked = len(client.asked)
    at.run()
    assert len(client.asked) == asked


def test_nothing_left_to_read_shows_no_figures(open_page: Open) -> None:
    at = open_page(MASKING, hide="I,II,III,aVR,aVL,aVF,V1,V2,V3,V4,V5,V6")
    assert "Nothing is left to read" in html(at)
    assert "data-answer-id" not in html(at)


def test_worker_down_is_said_and_its_return_is_noticed(open_page: Open, client: FakeClient) -> None:
    client.down = True
    at = open_page(MASKING)
    assert "No answers can be computed" in at.warning[0].value
    assert at.button(key="start_worker")
    assert "data-answer-id" not in html(at)
    client.down = False
    at.button(key="start_worker").click().run()
    assert not at.warning
    assert "data-answer-id" in html(at)


def test_a_loading_worker_is_waited_for(open_page: Open, client: FakeClient) -> None:
    client.loading = True
    at = open_page(MASKING)
    assert "loading its model" in at.info[0].value
    client.loading = False
    at.run()
    assert "data-answer-id" in html(at)


def test_records_folder_and_its_bad_files(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    write_wfdb(folder, "good", make_record(seconds=14.0))
    (folder / "bad.hea").write_text("not a header\n")
    monkeypatch.setenv("SCAR_RECORDS", str(folder))
    at = open_page(MASKING, record="folder:good.hea", start="3")
    assert at.slider(key="start").value == 3.0
    assert "data-answer-id" in html(at)
    at.selectbox(key="case").set_value("folder:bad.hea").run()
    assert not at.exception
    assert "bad.hea" in at.error[0].value


def test_a_folder_that_is_not_there(open_page: Open) -> None:
    at = open_page(MASKING)
    at.text_input(key="records_folder").set_value("/nowhere/at/all").run()
    assert not at.exception
    assert "cannot be listed" in at.error[0].value


def test_real_record_without_millivolts(
    open_page: Open, real_ecg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = real_ecg / "ptbxl_zscored"
    monkeypatch.setenv("SCAR_RECORDS", str(folder))
    name = sorted(folder.glob("*.hea"))[0].name
    at = open_page(MASKING, record=f"folder:{name}", hide="aVL")
    assert "no millivolts" in html(at)
    assert "data-answer-id" in html(at)
