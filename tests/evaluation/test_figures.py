"""A task's figures against scikit-learn, mask by mask; what does not count is named."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from scar_core.errors import DatasetError
from scar_core.evaluation.figures import best_thresholds, task_figures
from scar_core.evaluation.statistics import patient_weights

RNG = np.random.default_rng(0)
TRUTH = np.stack([np.arange(40) % k == 0 for k in (2, 3, 15, 50)], axis=1)
TRUTH[0, 3] = False
SCORES = RNG.normal(size=(40, 3, 4)) + TRUTH[:, None]
PROBABILITY = 1 / (1 + np.exp(-SCORES))
WEIGHTS = patient_weights([str(k // 2) for k in range(40)], 60, seed=0)
LABELS = ("A", "B", "rare", "never")


def test_figures_against_sklearn() -> None:
    found = task_figures(
        SCORES, PROBABILITY, TRUTH, LABELS, WEIGHTS, thresholds=[0.6, None, 0.5, None]
    )
    assert list(found.per_label) == ["A", "B"] and list(found.greyed) == ["rare"]
    assert found.left_out == ("rare", "never") and found.records == 40
    for column, label in enumerate("AB"):
        one = found.per_label[label]
        truth = TRUTH[:, column]
        columns = SCORES[:, :, column].T
        assert one.auroc == pytest.approx(np.mean([roc_auc_score(truth, s) for s in columns]))
        assert one.auprc == pytest.approx(
            np.mean([average_precision_score(truth, s) for s in columns])
        )
        assert one.auroc_interval is not None
        assert one.auroc_interval[0] < one.auroc < one.auroc_interval[1]
        assert one.positives == truth.sum()
    f1 = np.mean([f1_score(TRUTH[:, 0], p >= 0.6) for p in PROBABILITY[:, :, 0].T])
    assert found.per_label["A"].f1 == pytest.approx(f1) == found.macro_f1
    assert found.per_label["B"].f1 is None
    both = [found.per_label[label].auroc for label in "AB"]
    assert found.macro_auroc == pytest.approx(np.mean(both))
    assert found.samples.shape == (60,)
    content = found.to_json()
    assert content["per_label"]["A"]["auroc"] == both[0] and "samples" not in content


def test_what_a_method_cannot_answer_does_not_count() -> None:
    scores = SCORES.copy()
    scores[:, :, 1] = np.nan
    found = task_figures(scores, PROBABILITY, TRUTH, LABELS, WEIGHTS, thresholds=[None] * 4)
    assert list(found.per_label) == ["A"] and "B" in found.left_out and found.macro_f1 is None


def test_rare_labels_count_if_it_is_asked_for() -> None:
    def asked(least: int) -> list[str]:
        found = task_figures(
            SCORES, PROBABILITY, TRUTH, LABELS, WEIGHTS, thresholds=[None] * 4, min_positives=least
        )
        return list(found.per_label)

    assert asked(1) == ["A", "B", "rare"]
    with pytest.raises(DatasetError, match="none of 4 labels has 30 positives"):
        asked(30)


def test_thresholds_give_the_best_f1_of_validation() -> None:
    truth = TRUTH.astype(float)
    truth[:5, 1] = np.nan
    found = best_thresholds(PROBABILITY[:, 0], truth)
    assert found[3] is None
    for column in range(3):
        known = np.isfinite(truth[:, column])
        p, t = PROBABILITY[known, 0, column], truth[known, column]
        best = max(f1_score(t, p >= limit) for limit in p)
        assert f1_score(t, p >= found[column]) == pytest.approx(best)
