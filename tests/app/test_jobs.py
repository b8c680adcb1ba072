"""The jobs page: what is going on, one job in full, queueing, cancelling, trying again."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.job_form import form, list_of
from pages.ui.job_view import command_of, head_html
from pages.ui.text import jobs as text
from pages.ui.text.parameters import OF_KIND, OPTIONS, WORDS, label_of, option_name, words_of
from scar_core.errors import ConfigError
from scar_core.settings import with_overrides
from tests.app.fake_jobs import FakeJobs, info
from tests.app.fake_worker import FakeClient

JOBS = "pages/8_Jobs.py"
Open = Callable[..., AppTest]


def html(at: AppTest) -> str:
    return "\n".join(element.proto.body for element in at.get("html"))


def test_an_empty_queue_says_so(open_page: Open, jobs: FakeJobs) -> None:
    at = open_page(JOBS)
    assert "No job is running or waiting." in html(at)
    assert text.NOTHING in [one.value for one in at.markdown]


def test_jobs_are_listed_with_their_progress(open_page: Open, jobs: FakeJobs) -> None:
    told = {"done": 30, "total": 120, "unit": "shards", "rate": 0.5, "left_s": 180.0}
    jobs.add("a", state="running", title="Measure <CMRS>", progress=told, attempts=2)
    jobs.add("b", state="failed", error="The records are gone; get them again.")
    jobs.add("part", state="running", parent="a")
    at = open_page(JOBS)
    shown = html(at)
    assert "1 running." in shown and "Measure &lt;CMRS&gt;" in shown and "begun 2 times" in shown
    assert "The records are gone; get them again." in [one.value for one in at.markdown]
    assert "cancel_a" in keys(at) and "retry_b" in keys(at)
    assert not {"retry_a", "cancel_b", "open_part"} & keys(at)
    assert text.progress(told) == "30 of 120 shards, 30 a minute, about 3 minutes left"


def test_what_a_job_waits_for_is_said(open_page: Open, jobs: FakeJobs) -> None:
    jobs.add("a", state="running", waits_for="waits for 2,000 MB of memory on <host>")
    assert "Waits for 2,000 MB of memory on &lt;host&gt;." in html(open_page(JOBS))


def keys(at: AppTest) -> set[str]:
    return {str(button.key) for button in at.button}


def test_the_filter_keeps_what_was_asked_for(open_page: Open, jobs: FakeJobs) -> None:
    jobs.add("a", state="done")
    jobs.add("b", state="cancelled")
    at = open_page(JOBS)
    at.segmented_control(key="job_filter").set_value("done").run()
    assert "open_a" in keys(at) and "open_b" not in keys(at)
    at.segmented_control(key="job_filter").set_value("active").run()
    assert text.NOTHING_HERE in [one.value for one in at.markdown]


def test_cancel_and_retry_reach_the_queue(open_page: Open, jobs: FakeJobs) -> None:
    jobs.add("a", state="running")
    at = open_page(JOBS)
    at.button(key="cancel_a").click().run()
    assert jobs.show("a").state == "cancelled" and not at.exception
    at.button(key="retry_a").click().run()
    assert jobs.show("a").state == "waiting"


def test_one_job_in_full(open_page: Open, jobs: FakeJobs) -> None:
    jobs.add("a", state="done", parameters={"task": "it's"}, summary={"score": 64.9},
             files={"result.json": 2048})  # fmt: skip
    jobs.add("p", state="done", parent="a", title="A part")
    jobs.logs["a"] = ["12:00 read 183 records"]
    jobs.contents["a", "result.json"] = b"{}"
    at = open_page(JOBS, job="a")
    code = [one.value for one in at.code]
    assert any("12:00 read 183 records" in one for one in code)
    assert any(one.startswith("python -m scar_core jobs submit cmrs ") for one in code)
    assert "A part" in html(at) and "new_job" not in keys(at)


def test_a_job_that_is_gone_is_told(open_page: Open, jobs: FakeJobs) -> None:
    at = open_page(JOBS, job="nothing")
    assert any(text.GONE in one.value for one in at.warning)


def test_queueing_says_what_is_wrong(
    open_page: Open, jobs: FakeJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page(JOBS)
    at.selectbox(key="new_cmrs_task").set_value("challenge").run()
    at.button(key="new_job").click().run()
    assert jobs.submitted == [("cmrs", {"task": "challenge"})]
    assert at.query_params["job"] in ("job-1", ["job-1"])

    def refuse(*_: Any, **__: Any) -> None:
        raise ConfigError("seed is -1; expected 0 or more")

    monkeypatch.setattr(jobs, "submit", refuse)
    at = open_page(JOBS)
    at.button(key="new_job").click().run()
    assert [one.value for one in at.error] == ["seed is -1; expected 0 or more"]


def test_without_a_worker_the_page_offers_to_start_it(
    open_page: Open, jobs: FakeJobs, client: FakeClient
) -> None:
    client.down = True
    at = open_page(JOBS)
    assert "start_worker" in keys(at)


def test_a_form_asks_for_every_type_and_returns_what_differs() -> None:
    def page() -> None:
        from typing import Any

        import streamlit as st

        from pages.ui.job_form import form

        asked: list[dict[str, Any]] = [
            {"name": "steps", "type": "int", "default": 3, "help": "h", "choices": None},
            {"name": "rate", "type": "float", "default": 0.5, "help": "h", "choices": None},
            {"name": "data", "type": "str", "default": "a", "help": "h", "choices": None},
            {"name": "method", "type": "str", "default": "scar", "help": "h",
             "choices": ["scar", "merl"]},
            {"name": "fast", "type": "bool", "default": False, "help": "h", "choices": None},
            {"name": "views", "type": "list", "default": ["full"], "help": "h",
             "choices": ["full", "hard"]},
            {"name": "words", "type": "list", "default": [], "help": "h", "choices": None},
        ]  # fmt: skip
        st.session_state["values"] = form(asked, key="k", defaults={"method": "merl"})

    at = AppTest.from_function(page).run()
    assert at.session_state["values"] == {"method": "merl"}
    at.number_input(key="k_steps").set_value(7)
    at.checkbox(key="k_fast").set_value(True)
    at.multiselect(key="k_views").set_value(["full", "hard"])
    at.text_input(key="k_words").set_value("one, two,")
    at.run()
    assert at.session_state["values"] == {
        "method": "merl", "steps": 7, "fast": True, "views": ["full", "hard"],
        "words": ["one", "two"],
    }  # fmt: skip
    assert form([], key="none") == {}
    assert (label_of("min_positives"), list_of(" a,, b ")) == ("Min positives", ["a", "b"])


def test_every_parameter_has_words_for_people() -> None:
    from scar_core.jobs.forms import kinds_as_json

    kinds = {name: kind["parameters"] for name, kind in kinds_as_json().items()}
    names = {one["name"] for parameters in kinds.values() for one in parameters}
    assert names == set(WORDS), "each has words, and no words are left over"
    pairs = {(kind, one["name"]) for kind, parameters in kinds.items() for one in parameters}
    assert set(OF_KIND) <= pairs
    for kind, name in pairs:
        label, about = words_of(kind, name)
        assert "_" not in label and about.endswith("."), (kind, name)
    for kind, parameters in kinds.items():
        labels = [words_of(kind, one["name"])[0] for one in parameters]
        assert len(set(labels)) == len(labels), f"{kind}: two widgets have one name"
    offered = {
        one["name"]: {str(choice) for choice in one["choices"]}
        for parameters in kinds.values()
        for one in parameters
        if one["choices"]
    }
    assert all(set(named) == offered[name] for name, named in OPTIONS.items())


def test_words_of_a_parameter_that_nobody_knows() -> None:
    assert words_of("mine", "min_colours", "How many.") == ("Min colours", "How many.")
    assert words_of("download", "records") != words_of("embed", "records")
    assert option_name("views", "ratio-30") == "30 % of the recording"
    assert option_name("methods", "merl") == "MERL"
    assert option_name("dataset", "ptbxl") == "PTB-XL"
    assert option_name("preset", "") == "Fits a laptop"
    assert option_name("seeds", 3) == "3"


def test_the_queue_form_speaks_to_people(open_page: Open, jobs: FakeJobs) -> None:
    at = open_page(JOBS)
    widgets: list[Any] = [*at.number_input, *at.selectbox, *at.multiselect, *at.text_input]
    labels = [one.label for one in widgets]
    assert "Seed" in labels and not [one for one in labels if "_" in one]
    seed = next(one for one in at.number_input if one.label == "Seed")
    assert seed.help == WORDS["seed"][1]


def test_words_of_a_job() -> None:
    job = info("a", state="running", created_s=1000.0, parameters={"task": "it's"})
    assert "just now" in head_html(job, now_s=1010.0)
    assert "2 hours ago" in head_html(job, now_s=1000.0 + 7300)
    ended = replace(job, state="done", started_s=1000.0, ended_s=1090.0)
    assert "took 2 minutes" in head_html(ended, now_s=2000.0)
    job = replace(job, parameters={"task": "it's", "seed": 3, "share": "1", "views": ["full"]})
    kind, *words = shlex.split(command_of(job))[5:]
    assert kind == "cmrs" and with_overrides({}, words) == job.parameters
    assert text.counts(2, 1) == "2 running, 1 waiting."
    assert text.progress(None) == "" and text.progress({"done": 0, "total": 0}) == ""
    assert text.cleared({"jobs": 1, "mb": 2.25}) == "Cleared 1 job, 2.2 MB."
