"""Home: what it is, what runs, the way back; and what travels between pages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.fake_jobs import FakeJobs
from tests.app.fake_worker import FakeClient
from tests.app.records import make_record

HOME, MASKING, LEARN = "app.py", "pages/1_Masking.py", "pages/9_Learn.py"
Open = Callable[..., AppTest]


def html(at: AppTest) -> str:
    return "\n".join(element.proto.body for element in at.get("html"))


def url(at: AppTest) -> dict[str, str]:
    return {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}


def links(at: AppTest) -> dict[str, str]:
    return {link.proto.label: link.proto.query_string for link in at.get("page_link")}


def test_jobs_are_shown_with_progress(open_page: Open, jobs: FakeJobs) -> None:
    jobs.add("a", state="done", title="Pack <PTB-XL>")
    jobs.add("b", state="waiting")
    told = {"done": 30, "total": 120, "unit": "steps", "rate": 1.0, "left_s": 90.0}
    jobs.add("c", state="running", title="Train", progress=told)
    jobs.add("d", state="failed", title="Embed", error="The checkpoint is not there.")
    text = html(open_page(HOME))
    assert "value='0.250'" in text
    assert "25 %, about 2 min left" in text
    assert "The checkpoint is not there." in text
    assert "<PTB-XL>" not in text
    assert text.index("Train") < text.index("Measure CMRS") < text.index("Embed")


def test_without_jobs_it_says_so(open_page: Open) -> None:
    at = open_page(HOME)
    assert any("No job has been started" in element.value for element in at.markdown)


def test_worker_down_is_said_on_home(open_page: Open, client: FakeClient) -> None:
    client.down = True
    assert "No answers can be computed" in open_page(HOME).warning[0].value


def test_a_new_session_has_no_way_back(open_page: Open) -> None:
    at = open_page(HOME)
    assert "Continue where you were" not in [element.value for element in at.header]


def test_record_and_scenario_travel_with_the_link(open_page: Open) -> None:
    at = open_page(HOME, record="gallery:fast", hide="V1,V2")
    assert "Continue where you were" in [element.value for element in at.header]
    assert any(label.startswith("Sinus tachycardia, V1") for label in links(at))
    at.switch_page(MASKING).run()
    assert not at.exception
    assert url(at) == {"record": "gallery:fast", "hide": "V1,V2"}
    at.switch_page(LEARN).run()
    assert {"record": "gallery:fast", "hide": "V1,V2"}.items() <= url(at).items()


def test_a_bad_link_is_said_on_pages_without_a_record(open_page: Open) -> None:
    at = open_page(LEARN, hide="V77")
    assert "passed over" in at.warning[0].value
    at.run()
    assert len(at.warning) == 1, "it stays until the reader goes elsewhere"
    assert "hide" not in url(at)


def test_earlier_scenarios_are_offered_again(open_page: Open) -> None:
    at = open_page(MASKING, record="gallery:fast", hide="V1")
    at.switch_page(HOME).run()
    at.switch_page(MASKING)
    at.query_params["record"] = "gallery:normal"
    at.query_params["hide"] = "II"
    at.run()
    at.switch_page(HOME).run()
    assert not at.exception
    named = [label for label in links(at) if "hidden" in label]
    assert named == ["Normal ECG, II hidden", "Sinus tachycardia, V1 hidden"]


def test_uploads_stay_in_their_session(open_page: Open) -> None:
    mine, other = open_page(MASKING), open_page(MASKING)
    kept: Any = mine.session_state["masking"]
    kept.uploads["upload:secret"] = make_record("secret")
    from dataclasses import replace

    kept.push(replace(kept.view, record="upload:secret"))
    mine.run()
    assert mine.selectbox(key="case").value == "upload:secret"
    assert "record" not in url(mine)
    other.run()
    assert "upload:secret" not in other.session_state["masking"].uploads
    assert other.selectbox(key="case").value == "gallery:normal"
    at = open_page(MASKING, record="upload:secret")
    assert "gone" in at.error[0].value
    mine.switch_page(HOME).run()
    assert not mine.exception
    assert "secret" not in " ".join(links(mine).values())


def test_sessions_stay_apart(open_page: Open) -> None:
    """One script at a time; tests/browser has twenty at once over the wire."""
    leads = ["I", "V1", "aVF", "V4"]
    sessions = [open_page(LEARN) for _ in leads]
    for at, lead in zip(sessions, leads, strict=True):
        at.switch_page(MASKING)
        at.query_params["record"] = "gallery:fast" if lead.startswith("V") else "gallery:normal"
        at.query_params["hide"] = lead
        at.run()
    for at, lead in zip(sessions, leads, strict=True):
        at.run()
        assert not at.exception
        assert url(at)["hide"] == lead
        assert at.selectbox(key="case").value == url(at)["record"]
        assert f"Hiding {lead} " in html(at)


def test_the_page_says_what_it_is_once(open_page: Open) -> None:
    at = open_page(HOME)
    said = " ".join(element.value for element in at.markdown)
    assert said.count("not a medical device") == 1


def test_a_gallery_that_is_gone_is_said(open_page: Open, gallery: Path) -> None:
    (gallery / "index.json").unlink()
    at = open_page(HOME)
    assert any("gallery" in element.value for element in at.markdown)


@pytest.mark.parametrize("page", [HOME, LEARN, MASKING])
def test_every_page_copies_its_link(open_page: Open, page: str) -> None:
    at = open_page(page)
    names = [element.proto.component_name for element in at.get("bidi_component")]
    assert any("scar_link" in name for name in names)
