"""The sentence that says what happened: right numbers, and honest when there is little to say."""

from collections.abc import Mapping, Sequence

import pytest

from pages.ui.words import (
    in_text,
    joined,
    lead_names,
    limb_note,
    lost_share,
    receivers,
    what_happened,
)
from scar_core.leads import LEADS
from scar_core.missing import Scenario, Span
from scar_core.prediction import ClassScore, Importance, Prediction

RBBB = "Right bundle branch block"


def answer(
    weights: Mapping[str, float] | None,
    classes: Mapping[str, float],
    unseen: Sequence[str] = (),
    visible_share: float = 1.0,
) -> Prediction:
    """An answer whose leads have two patches of equal weight each."""
    importance = None
    if weights is not None:
        importance = Importance(
            LEADS,
            5.0,
            tuple((weights.get(lead, 0.0) / 2,) * 2 for lead in LEADS),
            tuple((lead not in unseen,) * 2 for lead in LEADS),
        )
    scores = tuple(ClassScore(n, n.lower(), 0.0, p, True) for n, p in classes.items())
    return Prediction(scores, importance, visible_share, "scar", "abc")


BEFORE = answer({"V1": 0.2, "V2": 0.21, "V5": 0.2, "II": 0.39}, {RBBB: 0.91, "Sinus rhythm": 0.9})
HIDE = Scenario(leads=("V1", "V2", "V3"))


def test_the_sentence_of_the_tour() -> None:
    after = answer(
        {"V4": 0.15, "V5": 0.35, "V6": 0.11, "II": 0.39},
        {RBBB: 0.34, "Sinus rhythm": 0.9},
        unseen=("V1", "V2", "V3"),
        visible_share=0.75,
    )
    assert what_happened(BEFORE, after, HIDE) == (
        "Hiding V1–V3 moved 41 % of the importance, mostly to V4 and V5; "
        "right bundle branch block fell from 0.91 to 0.34."
    )


def test_two_findings_when_the_second_changed_much_too() -> None:
    after = answer({"II": 1.0}, {RBBB: 0.34, "Sinus rhythm": 0.5}, ("V1", "V2", "V3"), 0.75)
    assert "fell from 0.91 to 0.34 and sinus rhythm fell from 0.90 to 0.50" in what_happened(
        BEFORE, after, HIDE
    )


def test_little_changed_is_said() -> None:
    said = what_happened(BEFORE, BEFORE, Scenario(leads=("aVL",)))
    assert said == (
        "Hiding aVL took away almost nothing that the answer rested on (0 %); "
        "no finding changed by 0.05 or more."
    )


def test_nothing_left_gives_no_figures() -> None:
    after = answer({}, {RBBB: 0.5}, LEADS, 0.0)
    said = what_happened(BEFORE, after, Scenario(leads=LEADS))
    assert said == "Nothing is left to read: there is no answer to give."


def test_scarce_signal_is_said() -> None:
    after = answer({"II": 1.0}, {RBBB: 0.9, "Sinus rhythm": 0.9}, LEADS[2:], 0.08)
    said = what_happened(BEFORE, after, Scenario(electrodes=("LA",)))
    assert said.startswith("Losing electrode LA moved 61 % of the importance, mostly to II;")
    assert said.endswith("Only 8 % of the recording was left to read.")


def test_nothing_hidden_names_what_the_answer_rests_on() -> None:
    said = what_happened(BEFORE, BEFORE, Scenario())
    assert (
        said
        == "Nothing is hidden. The answer rests most on II, V1 and V2 (80 % of the importance)."
    )


def test_a_method_without_importance() -> None:
    plain = answer(None, {RBBB: 0.9})
    after = answer(None, {RBBB: 0.2}, visible_share=0.5)
    assert what_happened(plain, plain, Scenario()) == "Nothing is hidden."
    assert what_happened(plain, after, Scenario(spans=(Span("II", 1, 2),))) == (
        "Hiding part of II left 50 % of the recording to read; "
        "right bundle branch block fell from 0.90 to 0.20."
    )


def test_lost_share_is_the_earlier_weight_of_what_is_unread() -> None:
    after = answer({"II": 1.0}, {}, ("V1", "V2"))
    assert lost_share(BEFORE, after) == pytest.approx(0.41)


def test_receivers_are_the_fewest_that_took_most() -> None:
    after = answer({"II": 0.79, "V5": 0.21}, {}, ("V1", "V2"))
    assert BEFORE.importance is not None
    assert after.importance is not None
    assert receivers(BEFORE.importance, after.importance) == ("II",)


@pytest.mark.parametrize(
    ("leads", "said"),
    [
        (("V1", "V2", "V3"), "V1–V3"),
        (("V2", "V1"), "V1 and V2"),
        (("V6", "I", "V4", "V5"), "I and V4–V6"),
        (("aVF", "V1", "V3", "II"), "II, aVF, V1 and V3"),
        ((), ""),
    ],
)
def test_leads_in_words(leads: tuple[str, ...], said: str) -> None:
    assert lead_names(leads) == said


def test_small_words() -> None:
    assert joined(["a"]) == "a"
    assert in_text("ST depression") == "ST depression"
    assert in_text(RBBB) == "right bundle branch block"
    assert in_text("My own words") == "My own words"


def test_limb_leads_that_can_be_recomputed() -> None:
    assert limb_note((), (), "mV", recover=False) == ""
    assert "follow from the limb leads" in limb_note(("III", "aVF"), ("III", "aVF"), "mV", False)
    assert "tick" in limb_note(("III",), ("III",), "mV", recover=False)
    assert "is recomputed" in limb_note(("III",), ("III",), "mV", recover=True)
    assert "really gone" in limb_note(("I", "II"), (), "mV", recover=True)
    assert "no millivolts" in limb_note(("I",), (), "sd", recover=True)
