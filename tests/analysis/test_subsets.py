"""All lead subsets from one encoding are what encoding each of them anew says."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from scar_core.analysis.leadwise import LeadwiseRecord
from scar_core.analysis.masks import answers_under
from scar_core.analysis.reach import how_far
from scar_core.analysis.subsets import all_subsets, by_brute_force, from_encoding
from scar_core.errors import ConfigError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from tests.analysis.conftest import PROMPTS, lively, predictor_of
from tests.methods.tiny import CONTRACT

ONLY = np.unique(np.concatenate(([1 << k for k in range(12)], np.arange(1, 4096, 67), [4095])))


@pytest.mark.parametrize("changes", [
    {}, {"encoder": {"width": 32, "depth": 2, "kernel_patches": 3, "mixer": "none"}},
    {"pool": "mean"}, {"heads": 1}, {"contract": replace(CONTRACT, amplitude=True)},
    {"lead_values": False, "context": 2},
], ids=["lead", "none", "mean pool", "one head", "amplitude", "one map, context"])  # fmt: skip
def test_one_encoding_equals_brute_force(changes: dict[str, Any], gappy: ECGRecord) -> None:
    predictor = predictor_of(lively(**changes))
    fast = all_subsets(predictor, gappy, PROMPTS)
    slow = by_brute_force(predictor, gappy, PROMPTS, only=ONLY)
    assert fast.usable == slow.usable == tuple(lead for lead in LEADS if lead != "V3")
    assert np.abs(fast.similarity - slow.similarity)[ONLY].max() < 1e-5
    assert np.abs(fast.probability - slow.probability)[ONLY].max() < 1e-5
    assert np.ptp(fast.probability[1:], axis=0).min() > 0.01  # the answers do differ


def test_the_full_subset_is_the_public_answer(predictor: Predictor, record: ECGRecord) -> None:
    answers = all_subsets(predictor, record, PROMPTS)
    shown = np.zeros((1, 12, 10), np.bool_)
    encoded = LeadwiseRecord(predictor, record, PROMPTS)
    public = answers_under(predictor, record, shown, PROMPTS, encoded.grid)
    assert np.abs(answers.probability[-1] - public[0]).max() < 1e-5


def test_nothing_visible_is_neutral(predictor: Predictor, gappy: ECGRecord) -> None:
    answers = all_subsets(predictor, gappy, PROMPTS)
    only_absent = answers.bits(["V3"])
    for index in (0, only_absent):
        assert (answers.similarity[index] == 0).all()
        assert answers.probability[index] == pytest.approx(
            1 / (1 + np.exp([-0.5, 1.0, 1.0]))
        )  # fmt: skip
    with_absent = answers.bits(["I", "V3"])
    assert (answers.probability[with_absent] == answers.probability[answers.bits(["I"])]).all()


def test_mixing_leads_is_refused_unless_brute_force_is_asked_for(record: ECGRecord) -> None:
    encoder = {"width": 32, "depth": 1, "kernel_patches": 3, "mixer": "full"}
    mixing = predictor_of(lively(encoder=encoder))
    with pytest.raises(ConfigError, match=r"mixes leads.*4095 forward passes"):
        all_subsets(mixing, record, PROMPTS)
    with pytest.raises(ConfigError, match="mixes leads"):
        LeadwiseRecord(mixing, record, PROMPTS)
    some = by_brute_force(mixing, record, PROMPTS, only=np.array([1, 4095]))
    assert some.brute_force
    assert (some.similarity[[1, 4095]] != 0).all()


def test_best_worst_and_sufficient_are_what_looking_at_all_says(
    predictor: Predictor, gappy: ECGRecord
) -> None:
    answers = all_subsets(predictor, gappy, PROMPTS)
    full = answers.probability[-1]

    def change(leads: tuple[str, ...]) -> float:
        return float(np.abs(answers.probability[answers.bits(leads)] - full).max())

    sizes = answers.by_size()
    assert list(sizes) == list(range(1, 12))
    for size in (1, 2, 10):
        all_changes = [change(leads) for leads in combinations(answers.usable, size)]
        best, worst = sizes[size]
        assert (best.change, worst.change) == (min(all_changes), max(all_changes))
    tolerance = 0.05
    enough = answers.sufficient(tolerance)
    size = len(enough[0].leads)
    first = int(full.argmax())
    expected = {
        leads
        for leads in combinations(answers.usable, size)
        if change(leads) <= tolerance
        and answers.probability[answers.bits(leads)].argmax() == first
    }  # fmt: skip
    assert {one.leads for one in enough} == expected
    for fewer in combinations(answers.usable, size - 1):
        if fewer:
            kept = answers.probability[answers.bits(fewer)].argmax() == first
            assert change(fewer) > tolerance or not kept


def test_how_far_with_a_few_leads(predictor: Predictor, gappy: ECGRecord) -> None:
    answers = all_subsets(predictor, gappy, PROMPTS)
    reach = how_far(answers, ["ii", "I", "v2"])
    changes = sorted(
        float(answers.change()[answers.bits(leads)]) for leads in combinations(answers.usable, 3)
    )
    assert reach.combination.leads == ("I", "II", "V2")
    assert reach.of == len(changes) == 165
    assert changes[reach.rank - 1] == reach.combination.change
    assert reach.add is not None
    lead, left = reach.add
    assert left == min(
        float(answers.change()[answers.bits(["I", "II", "V2", more])])
        for more in answers.usable
        if more not in ("I", "II", "V2")
    )
    assert lead in answers.usable
    with pytest.raises(ConfigError, match="nothing is present on V3"):
        how_far(answers, ["V3"])
    with pytest.raises(ConfigError, match="no set of leads"):
        how_far(answers, ["V9"])


def test_answers_do_not_change_the_tokens(predictor: Predictor, record: ECGRecord) -> None:
    encoded = LeadwiseRecord(predictor, record, PROMPTS)
    first = from_encoding(encoded).probability.copy()
    assert (from_encoding(encoded).probability == first).all()
