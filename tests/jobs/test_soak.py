"""Many kills, many jobs."""

import pytest

from scar_core.jobs.soak import many, repeated, soak


def test_a_step_that_runs_again_is_seen_once_the_next_one_has_begun() -> None:
    assert repeated(["a 0", "a 0", "b 0", "a 1", "a 1", "b 1", "a 2"]) == []
    assert repeated(["a 0", "a 1", "a 0"]) == ["a 0"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_no_job_is_lost_and_no_step_is_done_twice_under_100_kills(seed: int) -> None:
    told = soak(kills=100, jobs=50, seed=seed)
    assert told["kills"] >= 100 and told["jobs"] >= 50
    assert min(told["by_target"].values()) > 10
    assert told["done"] == told["jobs"] and told["lost"] == []
    assert told["twice"] == [] and told["damaged"] == []


@pytest.mark.slow
def test_a_thousand_jobs_and_none_is_lost() -> None:
    told = many(1000)
    assert (told["done"], told["lost"]) == (1000, 0)
