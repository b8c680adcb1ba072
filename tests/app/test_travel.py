"""Record, scenario, method and view go with the reader from page to page."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.test_home import url

Open = Callable[..., AppTest]
CMRS, BENCHMARKS, MASKING = "pages/4_CMRS.py", "pages/5_Benchmarks.py", "pages/1_Masking.py"
REDISTRIBUTION, ATTRIBUTION = "pages/2_Redistribution.py", "pages/6_Attribution.py"
EMBEDDINGS, JOBS = "pages/3_Embeddings.py", "pages/8_Jobs.py"
ASKED = {"record": "gallery:fast", "hide": "V1,V2", "method": "merl", "view": "hard"}
OTHERS = [
    "app.py", MASKING, REDISTRIBUTION, EMBEDDINGS, CMRS, ATTRIBUTION, "pages/7_Training.py",
    JOBS, "pages/9_Learn.py",
]  # fmt: skip


def goes(at: AppTest, page: str, **query: str) -> dict[str, str]:
    """Go to a page as a plain click does, and return its link."""
    at.switch_page(page)
    at.query_params.clear()
    for key, value in query.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return url(at)


@pytest.mark.parametrize("page", OTHERS)
def test_every_page_passes_all_four_on(open_page: Open, page: str) -> None:
    at = open_page(page, **ASKED)
    shown = {**ASKED, "view": url(at).get("view", "")} if page == EMBEDDINGS else ASKED
    again = {"view": "", **goes(at, page)}
    assert shown.items() <= again.items(), "the link of the page itself loses nothing"
    assert ASKED.items() <= goes(at, MASKING).items()
    assert ASKED.items() <= goes(at, JOBS).items()
    assert ASKED.items() <= goes(at, "app.py").items()


def test_a_method_chosen_on_one_page_answers_on_the_others(open_page: Open) -> None:
    at = open_page(REDISTRIBUTION)
    at.selectbox(key="study method").select("melp").run()
    assert goes(at, "app.py")["method"] == "melp"
    assert goes(at, ATTRIBUTION)["method"] == "melp"
    assert goes(at, CMRS, data="ptbxl.super")["method"] == "melp"
    at.selectbox(key="cmrs method").select("merl").run()
    goes(at, REDISTRIBUTION)
    assert at.selectbox(key="study method").value == "merl"


def test_a_view_chosen_on_one_page_is_that_of_the_others(open_page: Open) -> None:
    at = open_page(EMBEDDINGS)
    at.selectbox(key="choose view").select("random").run()
    assert goes(at, JOBS)["view"] == "random"
    at = open_page(BENCHMARKS, table="2", view="hard")
    assert goes(at, CMRS, data="ptbxl.super")["view"] == "hard"


def test_what_a_page_shows_by_itself_is_no_choice(open_page: Open) -> None:
    at = open_page(CMRS)
    assert url(at)["view"] == "random"
    assert "view" not in goes(at, "app.py")
    assert "view" not in goes(at, EMBEDDINGS)


def test_a_page_that_lacks_the_view_leaves_it_to_the_others(open_page: Open) -> None:
    at = open_page(BENCHMARKS, table="2", view="full")
    assert goes(at, CMRS)["view"] != "full"
    at.run()
    assert not [one for one in at.warning if "full" in one.value]
    assert goes(at, JOBS)["view"] == "full"


def test_an_in_page_link_keeps_method_and_view(open_page: Open) -> None:
    at = open_page("app.py", **ASKED)
    there = goes(at, MASKING, record="gallery:normal")
    assert there == {"record": "gallery:normal", "method": "merl", "view": "hard"}


def test_a_link_without_method_means_the_usual_one_where_it_answers(open_page: Open) -> None:
    at = open_page(REDISTRIBUTION, record="gallery:fast", method="merl")
    del at.query_params["method"]
    at.run()
    assert at.selectbox(key="study method").value == "scar"
    assert "method" not in goes(at, "app.py")
