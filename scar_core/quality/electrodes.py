"""Electrodes on wrong places: told from the shape of the beats, since the identities still hold.

Exchanged limb electrodes leave Einthoven's identities intact and exchange or invert leads; chest
electrodes in wrong order only exchange leads. Both are exact linear maps of the eight independent
leads. For each part of the beat (P, first and second half of QRS, ST-T) the moments of those
leads over a population are known (``electrodes.json``: fitted by ``fit`` on records that may be
trained on); the wiring under which a record's own moments lie nearest to them is the likeliest.
The measure is ours: ``gain``, the weighted log ratio of the Gaussian quadratic form as recorded
to that after undoing a wiring. A right-leg exchange is seen otherwise: a limb lead becomes the
difference between the two legs, which is next to nothing.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scar_core.leads import PRECORDIAL
from scar_core.quality.beats import HEART_HZ, PRE_S, Trace
from scar_core.quality.figure import beat_agreement

INDEPENDENT = ("I", "II", *PRECORDIAL)
"""The leads that determine all twelve."""

FLAT_LIMB_SHARE = 0.12
"""A limb lead whose beat spans at most this share of the largest of I, II, III is "next to
nothing". Smallest share in 311 real records as they were recorded: 0.18."""
LEAST_AGREEMENT = 0.5
"""Noisier beats than this (median over the leads of ``figure.beat_agreement``) are not judged."""
LEAST_BEATS = 3
AMBIGUOUS = 0.25
"""Wirings whose gains differ by less than this are named together."""
GAINS = {"RA/LA": 0.7, "LA/LL": 0.6, "RA/LL": 1.0, "turn": 0.7, "chest": 0.8, "reversed": 1.1}
"""Gain from which each kind of wiring is called suspected. Chosen on LUDB, Georgia and simulated
hearts, so that at most about one record in fifty is suspected wrongly."""

PARTS = {"P": (20, 58, 5.0), "QRS1": (62, 75, 1.0), "QRS2": (75, 90, 1.0), "T": (105, 175, 2.0)}
"""Parts of a beat: samples from and to, at ``HEART_HZ`` from ``PRE_S`` before the QRS complex,
and the factor that brings them to the size of QRS."""
WEIGHTS = np.array([1.0, 1.0, 1.0, 0.5])
"""Of the parts; ST-T changes with disease more than the others do."""
CONSTANT = 0.5
"""A ninth "lead" of this height lets the moments hold means, hence directions, as well."""
RIDGE = 0.02
_RESTING = slice(55, 60)
_QRS = slice(60, 92)
_MODEL = Path(__file__).with_name("electrodes.json")


class Wiring(NamedTuple):
    """A way to connect electrodes wrongly.

    Attributes:
        name: Short name, such as ``"RA/LA"`` or ``"V1/V2"``.
        kind: Key of ``GAINS``.
        words: What a clinician is told.
        matrix: (8, 8), from the true independent leads to those recorded.
    """

    name: str
    kind: str
    words: str
    matrix: NDArray[np.float64]


@dataclass(frozen=True)
class Verdict:
    """What is suspected of a record's electrodes.

    Attributes:
        names: Short names of the suspected wirings, the likeliest of each kind first.
        sentences: The same in words.
        unchecked: Why the electrodes could not be judged; empty if they could.
    """

    names: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    unchecked: str = ""


_LIMB = (
    ("RA/LA", "RA/LA", ((-1, 0), (-1, 1)), "the right-arm and left-arm electrodes seem to be "
     "exchanged: lead I looks inverted, II and III as well as aVR and aVL look exchanged (the "
     "limb leads of dextrocardia look alike)"),
    ("LA/LL", "LA/LL", ((0, 1), (1, 0)), "the left-arm and left-leg electrodes may be exchanged: "
     "I and II as well as aVL and aVF look exchanged, III inverted; compare with an earlier ECG, "
     "since a leftward axis looks much the same"),
    ("RA/LL", "RA/LL", ((1, -1), (0, -1)), "the right-arm and left-leg electrodes seem to be "
     "exchanged: lead II looks inverted, I and III look exchanged and inverted, aVR and aVF "
     "exchanged"),
    ("RA>LA>LL", "turn", ((-1, 1), (-1, 0)), "the three limb electrodes seem to be one place on: "
     "the right-arm cable on the left arm, the left-arm cable on the left leg, the left-leg cable "
     "on the right arm"),
    ("RA>LL>LA", "turn", ((0, -1), (1, -1)), "the three limb electrodes seem to be one place on: "
     "the right-arm cable on the left leg, the left-leg cable on the left arm, the left-arm cable "
     "on the right arm"),
)  # fmt: skip

_LEGS = {
    "I": ("arms/legs", "lead I is next to nothing: both arm electrodes seem to sit on the legs, "
          "and those of the legs on the arms"),
    "II": ("RA/RL", "lead II is next to nothing: the right-arm and right-leg electrodes seem to "
           "be exchanged"),
    "III": ("LA/RL", "lead III is next to nothing: the left-arm and right-leg electrodes seem to "
            "be exchanged"),
}  # fmt: skip


def _chest(order: Sequence[int]) -> NDArray[np.float64]:
    matrix = np.eye(8)
    matrix[2:, 2:] = np.eye(6)[list(order)]
    return matrix


def _all_wirings() -> tuple[Wiring, ...]:
    found = [Wiring("right", "", "", np.eye(8))]
    for name, kind, corner, words in _LIMB:
        matrix = np.eye(8)
        matrix[:2, :2] = corner
        found.append(Wiring(name, kind, words, matrix))
    for one, other in combinations(range(6), 2):
        order = list(range(6))
        order[one], order[other] = other, one
        a, b = PRECORDIAL[one], PRECORDIAL[other]
        words = f"{a} and {b} seem to be exchanged: R and S do not progress as they should"
        found.append(Wiring(f"{a}/{b}", "chest", words, _chest(order)))
    words = "V1 to V6 seem to be in reversed order (in dextrocardia they look alike)"
    return (*found, Wiring("V6–V1", "reversed", words, _chest(range(5, -1, -1))))


WIRINGS = _all_wirings()
"""The right wiring first, then every wrong one that is looked for by shape."""
_UNDO = np.zeros((len(WIRINGS), 9, 9))
_UNDO[:, :8, :8] = np.linalg.inv(np.stack([wiring.matrix for wiring in WIRINGS]))
_UNDO[:, 8, 8] = 1.0


def moments(beat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Second moments of each part of a median beat.

    Args:
        beat: (8, sample), the leads ``INDEPENDENT`` at ``HEART_HZ``, from ``PRE_S`` before QRS.

    Returns:
        (part, 9, 9), trace 1 each: relative to the size of QRS and to the level before it.
    """
    centred = beat - np.median(beat[:, _RESTING], axis=1, keepdims=True)
    scaled = centred / (np.sqrt(np.square(centred[:, _QRS]).mean()) + 1e-9)
    found = []
    for start, stop, factor in PARTS.values():
        part = scaled[:, start:stop] * factor
        part = np.vstack([part, np.full(part.shape[1], CONSTANT)])
        product = part @ part.T
        found.append(product / np.trace(product))
    return np.stack(found)


def fit(populations: Iterable[tuple[float, Sequence[NDArray[np.float64]]]]) -> NDArray[np.float64]:
    """Fit the model: the inverse of the mean moments, (part, 9, 9).

    Args:
        populations: Weight (they add up to 1) and median beats (8, sample) of each.
    """
    mean = sum(weight * np.mean([moments(beat) for beat in beats], axis=0)
               for weight, beats in populations)  # fmt: skip
    return np.asarray(np.linalg.inv(mean + RIDGE / 9 * np.eye(9)))


def save_model(model: NDArray[np.float64], made_from: str, path: Path = _MODEL) -> None:
    """Write a model of ``fit`` as JSON, with a sentence on what it was made from."""
    rounded = [[[float(f"{x:.5g}") for x in row] for row in part] for part in model.tolist()]
    path.write_text(json.dumps({"made_from": made_from, "inverse": rounded}) + "\n", "utf-8")


@cache
def _model() -> NDArray[np.float64]:
    return np.array(json.loads(_MODEL.read_text(encoding="utf-8"))["inverse"])


def gains(
    beat: NDArray[np.float64], model: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """How much likelier than as recorded a beat is after undoing each of ``WIRINGS``.

    Args:
        beat: (8, sample), see ``moments``.
        model: As of ``fit``; None: the stored one.

    Returns:
        float (wiring,), 0 for the first.
    """
    inverse = _model() if model is None else model
    product = (inverse[:, None] @ _UNDO) * (_UNDO @ moments(beat)[:, None])  # (part, wiring, 9, 9)
    form = np.log(np.maximum(product.sum(axis=(2, 3)), 1e-12))
    score = WEIGHTS @ form
    return np.asarray(score[0] - score)


def judge(
    trace: Trace,
    lead_names: Sequence[str],
    there: NDArray[np.bool_],
    model: NDArray[np.float64] | None = None,
) -> Verdict:
    """Suspect wrong wirings of a millivolt record.

    Args:
        trace: Bands and beats of the record.
        lead_names: Its leads.
        there: bool (lead,), True = measured well enough to be used.
        model: As of ``fit``; None: the stored one.
    """
    rows = {lead: row for row, lead in enumerate(lead_names) if there[row]}
    if trace.beats.shape[1] < LEAST_BEATS:
        return Verdict(unchecked="fewer than three whole beats were found")
    usable = [rows[lead] for lead in INDEPENDENT if lead in rows]
    if usable and np.median(beat_agreement(trace)[usable]) < LEAST_AGREEMENT:
        return Verdict(unchecked="the beats are too noisy or too unlike each other")
    median = np.median(trace.beats, axis=1)
    names, sentences = _near_flat(median, rows)
    missing = [lead for lead in INDEPENDENT if lead not in rows]
    if missing:
        return Verdict(names, sentences, f"{', '.join(missing)} not measured")
    if names:
        return Verdict(names, sentences)
    gain = gains(median[[rows[lead] for lead in INDEPENDENT]], model)
    return _named(gain)


def _near_flat(
    median: NDArray[np.float64], rows: dict[str, int]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not {"I", "II"} <= set(rows):
        return (), ()
    whole = slice(round(0.02 * HEART_HZ), round((PRE_S + 0.42) * HEART_HZ))
    one, two = median[rows["I"], whole], median[rows["II"], whole]
    span = {"I": np.ptp(one), "II": np.ptp(two), "III": np.ptp(two - one)}
    least = min(span, key=lambda lead: float(span[lead]))
    if span[least] > FLAT_LIMB_SHARE * max(span.values()):
        return (), ()
    name, words = _LEGS[least]
    return (name,), (f"{words[:1].upper()}{words[1:]}.",)


def _named(gain: NDArray[np.float64]) -> Verdict:
    """Name the likeliest wiring of the limbs or the chest, if it reaches its threshold."""
    best = int(np.argmax(gain))
    chosen = WIRINGS[best]
    if not best or gain[best] < GAINS[chosen.kind]:
        return Verdict()
    chest = chosen.kind in ("chest", "reversed")
    others = [
        WIRINGS[i].name
        for i in np.argsort(-gain).tolist()
        if i not in (0, best)
        and gain[best] - gain[i] < AMBIGUOUS
        and (WIRINGS[i].kind in ("chest", "reversed")) == chest
    ]
    words = f"{chosen.words[:1].upper()}{chosen.words[1:]}."
    if others:
        words += f" Nearly as likely: {' or '.join(others)}."
    return Verdict((chosen.name, *others), (words,))
