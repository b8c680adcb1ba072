"""Predictions cross borders as JSON, unchanged."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.prediction import ClassScore, Importance, Prediction

unit = st.floats(0, 1)


@st.composite
def importances(draw: st.DrawFn) -> Importance:
    names = tuple(draw(st.lists(st.sampled_from(["I", "II", "V1"]), min_size=1, unique=True)))
    patches = draw(st.integers(1, 3))
    rows = st.lists(unit, min_size=patches, max_size=patches).map(tuple)
    seen = st.lists(st.booleans(), min_size=patches, max_size=patches).map(tuple)
    return Importance(
        names, 0.2, tuple(draw(rows) for _ in names), tuple(draw(seen) for _ in names)
    )


predictions = st.builds(
    Prediction,
    classes=st.lists(
        st.builds(ClassScore, st.text(), st.text(), st.floats(-1, 1), unit, st.booleans())
    ).map(tuple),
    importance=st.none() | importances(),
    visible_share=unit,
    method=st.just("scar"),
    checkpoint=st.text(),
    notes=st.lists(st.text(), max_size=2).map(tuple),
)


@given(predictions)
@settings(max_examples=60, deadline=None)
def test_round_trip_through_json(prediction: Prediction) -> None:
    text = json.dumps(prediction.to_json())
    again = Prediction.from_json(json.loads(text))
    assert again == prediction and hash(again) == hash(prediction)
    assert Prediction.from_json(prediction.to_json()) == prediction


def test_importance_per_lead_is_a_sum_over_its_patches() -> None:
    rows = ((0.1, 0.2), (0.0, 0.7))
    importance = Importance(("II", "V1"), 0.2, rows, ((True, True), (False, True)))
    assert importance.per_lead == {"II": pytest.approx(0.3), "V1": pytest.approx(0.7)}
    assert list(importance.per_lead) == ["II", "V1"]
