"""The training page: the form, curves of runs side by side, stop, go on, promote."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.curves import MAX_POINTS, curve, read_figures, total_loss
from pages.ui.text import training as text
from tests.app.fake_jobs import TRAIN as KIND
from tests.app.fake_jobs import FakeJobs

TRAINING = "pages/7_Training.py"
Open = Callable[..., AppTest]

ASKED = {"method": "scar", "data": "simulated", "steps": 100, "seed": 0}


@pytest.fixture
def training(jobs: FakeJobs) -> FakeJobs:
    jobs.known["train"] = KIND
    jobs.known["promote"] = KIND | {"title": "Promote", "parameters": []}
    return jobs


def lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_nothing_trained_yet_opens_the_form(open_page: Open, training: FakeJobs) -> None:
    at = open_page(TRAINING)
    assert text.NOTHING in [one.value for one in at.markdown]
    at.selectbox(key="train_method").set_value("merl").run()
    at.radio(key="budget").set_value("own").run()
    at.number_input(key="own_steps").set_value(250).run()
    at.button(key="start_training").click().run()
    assert training.submitted == [("train", {"method": "merl", "steps": 250})]
    assert at.query_params["runs"] in ("job-1", ["job-1"])


def test_curves_of_two_runs_and_what_can_be_done(open_page: Open, training: FakeJobs) -> None:
    figures = lines(
        *({"step": k, "align_loss": 3 - k / 50, "cons_loss": 0.1, "removed_share": 0.3,
           "learning_rate": 1e-3, "records_per_s": 60.0} for k in range(1, 60))
    )  # fmt: skip
    checked = lines({"step": 50, "auroc": 0.8, "auroc_interval": [0.7, 0.9], "cmrs": 40.0,
                     "cmrs_interval": [30.0, 50.0]})  # fmt: skip
    for name, state in (("run-a", "running"), ("run-b", "done")):
        training.add(name, kind="train", title="Train a model", state=state, parameters=ASKED,
                     files={"metrics.jsonl": 10, "validation.jsonl": 10})  # fmt: skip
        training.contents[name, "metrics.jsonl"] = figures + b'{"step": 60, "ali'
        training.contents[name, "validation.jsonl"] = checked
    at = open_page(TRAINING, runs="run-a,run-b")
    charts = at.get("plotly_chart")
    assert len(charts) == 6
    there = {str(button.key) for button in at.button}
    assert {"cancel_run-a", "promote_run-b"} <= there and "promote_run-a" not in there
    at.button(key="promote_run-b").click().run()
    assert training.submitted == [("promote", {"run": "run-b", "name": "scar-un-b"})]


def test_a_run_without_figures_says_so(open_page: Open, training: FakeJobs) -> None:
    training.add("run-a", kind="train", state="waiting", parameters=ASKED)
    at = open_page(TRAINING, runs="gone")
    assert text.NO_CURVES in [one.value for one in at.markdown]


def test_figures_are_read_and_thinned() -> None:
    rows = read_figures(
        lines(*({"step": k, "align_loss": float(k), "masker_x_loss": 9.0} for k in range(1, 1001)))
        + b'not json\n[1]\n{"step": "x"}\n{"step": 1001, "align_loss": NaN}\n{"cut'
    )
    assert len(rows) == 1001
    steps, losses = curve(total_loss(rows), "loss")
    assert len(steps) == MAX_POINTS and steps == losses and steps[0] == 3.0
    assert curve(rows, "nothing") == ([], [])
    assert sum(losses) / len(losses) == pytest.approx(500.5)
