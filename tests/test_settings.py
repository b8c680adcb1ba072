"""Settings to and from JSON, and overrides as they are typed."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.errors import ConfigError
from scar_core.settings import from_mapping, to_mapping, with_overrides


@dataclass(frozen=True)
class Inner:
    width: int = 4
    share: float = 0.5
    kind: Literal["a", "b"] = "a"

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"width is {self.width}; expected at least 1")


@dataclass(frozen=True)
class Outer:
    name: str = "x"
    on: bool = True
    leads: tuple[str, ...] = ("I",)
    inner: Inner = field(default_factory=Inner)
    free: dict[str, Any] = field(default_factory=dict)


@given(
    st.builds(
        Outer,
        name=st.text(max_size=5),
        on=st.booleans(),
        leads=st.lists(st.text(max_size=3), max_size=3).map(tuple),
        inner=st.builds(Inner, width=st.integers(1, 99), share=st.floats(0, 1)),
        free=st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    )
)
@settings(max_examples=40, deadline=None)
def test_round_trip_through_json(outer: Outer) -> None:
    assert from_mapping(Outer, json.loads(json.dumps(to_mapping(outer)))) == outer


def test_what_is_not_given_keeps_its_default() -> None:
    assert from_mapping(Outer, {"inner": {"width": 7}}) == Outer(inner=Inner(width=7))


def test_a_whole_number_will_do_for_a_float() -> None:
    share = from_mapping(Inner, {"share": 1}).share
    assert share == 1.0 and isinstance(share, float)


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"nam": "y"}, "there is no setting 'nam'; the settings are name, on"),
        ({"inner": {"depth": 1}}, "there is no setting 'inner.depth'"),
        ({"inner": {"width": "wide"}}, "inner.width is 'wide'; expected a value of type int"),
        ({"inner": {"width": True}}, "inner.width is True; expected a value of type int"),
        ({"inner": {"width": 1.5}}, "inner.width is 1.5"),
        ({"inner": {"share": "half"}}, "inner.share is 'half'"),
        ({"inner": 3}, "inner is 3; expected its own settings, as inner.name=value"),
        ({"inner": {"width": 0}}, "width is 0; expected at least 1; correct the setting inner"),
        ({"on": 1}, "on is 1; expected a value of type bool"),
        ({"leads": "I"}, "leads is 'I'; expected a list"),
        ({"leads": 3}, "leads is 3; expected a list"),
        ({"free": 3}, "free is 3; expected its own settings"),
        (3, "Outer is 3; expected settings by name"),
    ],
)
def test_what_does_not_fit_is_refused(mapping: Any, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        from_mapping(Outer, mapping)


def test_overrides_are_json_or_plain_text() -> None:
    base = {"inner": {"width": 4}, "name": "x"}
    laid = with_overrides(
        base,
        ["inner.width=8", "inner.share=0.25", "name=some text", 'leads=["I","V1"]', "free.a.b=null",
         "text=a=b"],
    )  # fmt: skip
    assert laid == {
        "inner": {"width": 8, "share": 0.25}, "name": "some text", "leads": ["I", "V1"],
        "free": {"a": {"b": None}}, "text": "a=b",
    }  # fmt: skip
    assert base == {"inner": {"width": 4}, "name": "x"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("width", "'width' is no setting; write it as name=value"),
        ("name.first=1", "name.first goes into name, which is a single value"),
    ],
)
def test_overrides_that_are_none(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        with_overrides({"name": "x"}, [text])
