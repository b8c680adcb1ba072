"""What lies under the ECG on the Masking page, with a stand-in worker and made-up answers."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.text import masking_looks as text
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from tests.app.fake_worker import FakeClient
from tests.app.test_pages import MASKING, html, url

Open = Callable[..., AppTest]
LEADSETS: Mapping[str, Any] = {
    "findings": ["Normal ECG", "Right bundle branch block"],
    "full": [0.1, 0.9],
    "here": [0.1, 0.3],
    "reach": {"keeps_top": False, "rank": 7, "of": 66, "add": ["V1", 0.05]},
    "sufficient": [{"leads": ["V1", "V6"], "change": 0.04, "top": "Right bundle branch block"}],
    "n_sufficient": 1,
    "by_size": {
        str(n): {
            "best": {"leads": ["V1"], "change": 0.1 / n, "top": "x"},
            "worst": {"leads": ["I"], "change": 0.8 / n, "top": "x"},
        }
        for n in range(1, 13)
    },
    "usable": ["V1"],
    "subsets": 4095,
    "exact": True,
}
WORST = {
    "how": "greedy", "objective": "impact", "budget": 0.1, "checked": 0.21, "value": 0.21,
    "candidates": 1234, "scenario": {"leads": ["V1"]},
    "random": {"count": 1000, "mean": 0.01, "worst": 0.05, "share_worse": 0.0},
}  # fmt: skip
NOISY = {
    "noisy": [{"lead": "V3", "start_s": 2.0, "stop_s": 4.5, "figure": 0.12},
              {"lead": "V4", "start_s": 0.0, "stop_s": 1.0, "figure": 0.2}],
    "absent": [{"lead": "aVL", "start_s": 0.0, "stop_s": 10.0, "reason": "flat"}],
    "leads": {"I": 0.9, "II": 0.8}, "suspicions": ["RA and LA seem to be exchanged."],
    "electrodes": ["RA/LA"], "unchecked": [],
}  # fmt: skip


def measured(value: float | None) -> dict[str, Any]:
    why = "" if value else "2 whole beats can be seen and 3 are needed"
    return {
        "name": "rate", "unit": "/min", "value": value, "beats": 11, "over_beats": [70.0, 75.0],
        "leads": 12, "over_leads": [71.0, 72.0], "why_not": why,
    }  # fmt: skip


def test_a_link_opens_what_lies_under_the_ecg(open_page: Open) -> None:
    at = open_page(MASKING, look="methods", hide="V1")
    assert at.session_state["look_tabs"] == text.LOOKS["methods"]
    body = html(at)
    assert all(rule in body for rule in text.RULES.values())
    assert "Findings of each method" in body
    assert "importance per lead" not in body
    assert url(at)["look"] == "methods"


def test_only_the_chosen_methods_stand_side_by_side(open_page: Open) -> None:
    at = open_page(MASKING, look="methods", beside="scar,melp")
    assert text.RULES["merl"] not in html(at)
    assert url(at)["beside"] == "scar,melp"
    at = open_page(MASKING, look="methods", beside="gpt,scar")
    assert at.warning[0].value == text.no_method("gpt")
    assert text.RULES["scar"] in html(at)
    at = open_page(MASKING, look="methods", beside="../gpt")
    assert "passed over" in at.warning[0].value


def test_a_method_that_cannot_answer_is_said(open_page: Open, client: FakeClient) -> None:
    from scar_core.errors import CheckpointError

    usual = client.predict

    def predict(
        record: ECGRecord, scenarios: Any, prompts: Any = None, method: str = "scar"
    ) -> Any:
        if method == "merl":
            raise CheckpointError("MERL's weights are damaged; copy them again.")
        return usual(record, scenarios, prompts, method)

    client.predict = predict  # type: ignore[method-assign]
    at = open_page(MASKING, look="methods")
    assert at.error[0].value == "MERL's weights are damaged; copy them again."
    assert text.RULES["melp"] in html(at)


def test_lead_sets_are_explored(open_page: Open, client: FakeClient) -> None:
    asked: list[Any] = []

    def answer(*given: Any, **options: Any) -> Any:
        asked.append((given, options))
        return LEADSETS

    client.asks["subsets"] = answer
    at = open_page(MASKING, look="leads", hide="V1,V2,V3,V4,V5,V6")
    assert asked[0][1]["leads"] == ["I", "II", "III", "aVR", "aVL", "aVF"]
    assert "no longer know right bundle branch block (0.90 → 0.30)" in html(at)
    assert "adding V1 would help most" in html(at)
    assert "4,095" in html(at)
    at.button(key="enough V1,V6").click().run()
    assert asked[-1][1]["leads"] == ["V1", "V6"]
    at.button(key="leads_apply").click().run()
    assert url(at)["hide"] == "I,II,III,aVR,aVL,aVF,V2,V3,V4,V5"


def test_the_worst_loss_is_put_on_the_paper(open_page: Open, client: FakeClient) -> None:
    client.asks["worst"] = lambda *_given, **_options: WORST
    at = open_page(MASKING, look="search", span="II:1-2")
    at.button(key="find_worst").click().run()
    assert not at.exception
    assert url(at)["hide"] == "V1"
    assert "span" not in url(at)
    assert "confirmed by reading the record anew" in html(at)
    assert "1,234 masks were tried" in html(at)


@pytest.mark.parametrize(("look", "name"), [("leads", "subsets"), ("search", "worst")])
def test_typed_findings_take_part(
    open_page: Open, client: FakeClient, look: str, name: str
) -> None:
    asked: list[Any] = []

    def answer(*_given: Any, **options: Any) -> Any:
        asked.append(options)
        return LEADSETS if name == "subsets" else WORST

    client.asks[name] = answer
    at = open_page(MASKING, look=look, ask="delta wave;hyperkalaemia")
    if name == "worst":
        at.button(key="find_worst").click().run()
    assert list(asked[-1]["typed"]) == ["delta wave", "hyperkalaemia"]
    chooser = at.selectbox(key="leads_finding" if look == "leads" else "search_finding")
    assert {"delta wave", "hyperkalaemia"} <= set(chooser.options)


def test_a_search_that_fails_says_why(open_page: Open, client: FakeClient) -> None:
    from scar_core.errors import ConfigError

    def refuse(*_given: Any, **_options: Any) -> Any:
        raise ConfigError("a budget of 0.01 of 12 present patches hides 0; give more")

    client.asks["flip"] = refuse
    at = open_page(MASKING, look="search")
    at.button(key="find_flip").click().run()
    assert "hides 0; give more" in at.error[0].value
    assert "hide" not in url(at)


def test_intervals_and_what_cannot_be_measured(open_page: Open, client: FakeClient) -> None:
    client.asks["measure"] = lambda *_given, **_options: {
        "before": [measured(72.4), measured(72.4)], "now": [measured(72.4), measured(None)],
        "leads": ["I"], "error_leads": 1, "errors": {"rate": [0.6, 5.8]},
    }  # fmt: skip
    body = html(open_page(MASKING, look="measure"))
    assert "72 /min" in body
    assert "70–75 (11 intervals)" in body
    assert "+1 ± 6" in body
    assert "not measurable: 2 whole beats can be seen" in body


def test_noise_is_hidden_with_one_press(open_page: Open, client: FakeClient) -> None:
    client.asks["quality"] = lambda *_given, **_options: NOISY
    at = open_page(MASKING, look="quality", hide="I")
    assert "aVL 0.0–10.0 s: flat" in html(at)
    at.button(key="noisy V3:2-4.5").click().run()
    assert url(at)["span"] == "V3:2-4.5"
    assert url(at)["hide"] == "I"
    at.button(key="noisy all").click().run()
    assert url(at)["span"] == "V3:2-4.5,V4:0-1"
    at.button(key="undo RA/LA").click().run()
    assert url(at)["swap"] == "RA/LA"


def test_exchanged_cables_change_the_signal_and_hide_nothing(
    open_page: Open, client: FakeClient
) -> None:
    sent: list[ECGRecord] = []
    usual = client.predict

    def predict(record: ECGRecord, scenarios: Any, *rest: Any, **named: Any) -> Any:
        sent.append(record)
        return usual(record, scenarios, *rest, **named)

    client.predict = predict  # type: ignore[method-assign]
    at = open_page(MASKING, swap="RA/LA")
    shown, true = sent[0], sent[-1]
    row = {lead: number for number, lead in enumerate(true.lead_names)}
    assert (shown.signal[row["I"]] == -true.signal[row["I"]]).all()
    assert (shown.signal[row["II"]] == true.signal[row["III"]]).all()
    assert (shown.signal[row["aVR"]] == true.signal[row["aVL"]]).all()
    assert (shown.signal[row["V1"]] == true.signal[row["V1"]]).all()
    body = html(at)
    assert "With the cables of RA and LA exchanged" in body
    assert "Nothing is hidden by it" in body.replace("\n", " ")
    assert at.query_params["swap"] == ["RA/LA"] or url(at)["swap"] == "RA/LA"
    at.button(key="preset Nothing").click().run()
    assert "swap" not in url(at)


@pytest.mark.parametrize("key", ["fault lead", "fault electrode"])
def test_faults_hide_one_thing(open_page: Open, key: str) -> None:
    at = open_page(MASKING, hide="V1")
    at.button_group(key=key).select("V6").run()
    assert not at.exception
    assert url(at)["hide" if key == "fault lead" else "off"] == "V6"
    at.button(key="preset Smartwatch: lead I only").click().run()
    assert (
        Scenario.from_query(url(at)).leads
        == Scenario.from_query({"hide": "II,III,aVR,aVL,aVF,V1,V2,V3,V4,V5,V6"}).leads
    )


def test_a_second_ecg_stands_beside(open_page: Open) -> None:
    at = open_page(MASKING, look="compare")
    at.selectbox(key="compare_with").set_value("gallery:fast").run()
    assert url(at)["compare"] == "gallery:fast"
    assert "Findings of both ECGs" in html(at)
    assert "Sinus tachycardia" in html(at)
    gone = open_page(MASKING, look="compare", compare="gallery:none")
    assert "gallery:none" in gone.error[0].value


def test_the_print_view_is_there_without_a_worker(open_page: Open, client: FakeClient) -> None:
    client.down = True
    at = open_page(MASKING, look="print", hide="V1")
    assert "100 %" in html(at)
    assert at.get("bidi_component")


def test_the_report_tells_the_page_whole(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.ui import report

    made: list[Any] = []
    monkeypatch.setattr(report, "offer", lambda make, _name, **_named: made.append(make))
    open_page(MASKING, hide="V1", swap="LA/LL")
    page = made[0]().decode()
    assert "With the cables of LA and LL exchanged" in page
    assert "Importance before" in page
    assert "Right bundle branch block" in page
    assert "fake0000" in page
    assert "http" not in page.replace("http://www.w3.org", "").replace("http-equiv", "")
