"""Real beats grafted onto simulated rhythms: shapes of real hearts, with rhythms that are known.

From each training record beats are cut out as two pieces, P and QRS-T, each from one isoelectric
level to the next. A simulated rhythm says when they come: P pieces at its P onsets, QRS-T pieces at
its QRS onsets, with ST-T stretched as the interval asks for. So a left bundle branch block of one
patient is learned in fibrillation too, and at many rates. Ours; the paper trains on real records.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from scar_core.datasets import Example
from scar_core.errors import DatasetError
from scar_core.findings import FINDINGS, findings_of
from scar_core.leads import LEADS
from scar_core.quality.delineate import RATE_HZ
from scar_core.record import ECGRecord
from scar_core.simulate import twelve_of
from scar_core.simulate.atrial import fibrillation, flutter
from scar_core.simulate.conditions import traits_for
from scar_core.simulate.draw import Draw
from scar_core.simulate.heart import draw_heart
from scar_core.simulate.noise import draw_noise
from scar_core.simulate.render import Heart
from scar_core.simulate.traits import Traits
from scar_core.simulate.truth import find_truth
from scar_core.training.beats import AHEAD_S, Beat, Donor, donor_of

Floats = NDArray[np.float32]

SECONDS = 10.0
BATCH = 128
"""Rhythms that are drawn together."""
RHYTHMS: tuple[tuple[str, float], ...] = (
    ("SR", 0.34), ("SBRAD", 0.13), ("STACH", 0.13), ("SARRH", 0.08), ("AFIB", 0.14),
    ("AFLT", 0.04), ("AVB1", 0.07), ("AVB2", 0.03), ("AVB3", 0.02), ("PAC", 0.02),
)  # fmt: skip
"""Findings of the rhythms that are drawn, and how often."""
_WITHOUT_P = frozenset({"AFIB", "AFLT"})
_OF_RHYTHM = frozenset(
    code for code, one in FINDINGS.items() if one.group in ("rhythm", "ectopy")
) | {"AVB", "AVB1", "AVB2", "AVB3"}
_OF_ATRIA = frozenset({"LAE", "RAE"})
_LEFT_OPEN = frozenset({"LQT", "HYP", "CD", "NORM"})
"""What the new rhythm may have changed; some of it is settled again from what is known."""
_SD_MV = np.array([0.13, 0.13, 0.11, 0.11, 0.1, 0.1, 0.2, 0.32, 0.3, 0.28, 0.24, 0.2], np.float32)
"""Usual standard deviation of each lead, mV: what noise is scaled by in records without volts."""


class Grafts:
    """Records made of donors' beats and simulated rhythms; record k follows from seed and k.

    Args:
        examples: Training records.
        n: Records to make.
        seed: Decides rhythms, donors and noise.

    Raises:
        DatasetError: A test record, or no record that gives beats.
    """

    def __init__(self, examples: Sequence[Example], n: int, seed: int) -> None:
        self.n, self.seed = n, seed
        self.donors = [one for one in map(donor_of, examples) if one is not None]
        self._with_p = [one for one in self.donors if one.has_p]
        if not self._with_p:
            raise DatasetError(
                f"none of {len(examples)} records gives whole beats to graft; name datasets of "
                "12-lead records beside it"
            )
        self._drawn = lru_cache(maxsize=1)(self._draw)

    @cached_property
    def examples(self) -> list[Example]:
        """The records as training examples, each made when it is read."""
        return [self._example(number) for number in range(self.n)]

    def _draw(self, batch: int) -> tuple[Heart, list[frozenset[str]], torch.Tensor]:
        """Draw a batch of rhythms: hearts, their findings, and noise (n, 12, sample)."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + batch)
        draw = Draw(generator, torch.device("cpu"))
        rng = draw.python()
        codes, often = zip(*RHYTHMS, strict=True)
        sets = [traits_for([rng.choices(codes, often)[0]], rng) for _ in range(BATCH)]
        heart = draw_heart(draw, Traits.of(sets, draw.device), SECONDS)
        truth = find_truth(heart, SECONDS)
        true = [findings_of(set(found) & _OF_RHYTHM) & _OF_RHYTHM for found in truth.findings]
        noise = draw_noise(draw, BATCH, round(SECONDS * RATE_HZ), RATE_HZ, 1.0)
        return heart, true, twelve_of(noise)

    def _donor(self, number: int, rhythm: frozenset[str]) -> tuple[Donor, np.random.Generator]:
        rng = np.random.default_rng((self.seed, number))
        among = self.donors if rhythm & _WITHOUT_P else self._with_p
        return among[int(rng.integers(len(among)))], rng

    def _example(self, number: int) -> Example:
        rhythm = self._drawn(number // BATCH)[1][number % BATCH]
        donor, _ = self._donor(number, rhythm)
        positive, negative = truth_of_graft(donor.example, rhythm)
        return Example(
            name=f"graft{self.seed}_{number}",
            path=Path(donor.example.path),
            patient=donor.example.patient,
            split="train",
            positive=positive,
            negative=negative,
            opener=partial(self.record, number),
        )

    def record(self, number: int) -> ECGRecord:
        """Make a record of 10 s in its donor's unit."""
        heart, found, noise = self._drawn(number // BATCH)
        row = number % BATCH
        donor, rng = self._donor(number, found[row])
        out = np.zeros((len(LEADS), round(SECONDS * RATE_HZ)), np.float32)
        _place(out, donor, heart, row, rng)
        scale = 1.0 if donor.unit == "mV" else 1.0 / _SD_MV[:, None]
        out += _waves(heart, row, found[row]) * scale
        out += noise[row].numpy() * scale * float(rng.uniform(0.2, 1.0))
        return ECGRecord(
            out, LEADS, RATE_HZ, np.ones(out.shape, np.bool_), unit=donor.unit  # type: ignore[arg-type]
        )  # fmt: skip


def _place(out: Floats, donor: Donor, heart: Heart, row: int, rng: np.random.Generator) -> None:
    """Add a donor's pieces where a rhythm has its P waves and QRS complexes."""
    rhythm = heart.rhythm
    with_p = [beat for beat in donor.beats if beat.p.shape[1]]
    for slot in rhythm.p_used[row].nonzero().flatten().tolist():
        piece = with_p[int(rng.integers(len(with_p)))].p
        if bool(rhythm.p_ectopic[row, slot]):
            piece = -0.6 * piece  # from elsewhere in the atria
        _add(out, piece, float(rhythm.p_s[row, slot]) - AHEAD_S)
    for slot in rhythm.qrs_used[row].nonzero().flatten().tolist():
        beat = donor.beats[int(rng.integers(len(donor.beats)))]
        stretch = np.clip((float(rhythm.rr_s[row, slot]) / donor.rr_s) ** 0.4, 0.75, 1.3)
        _add(out, _stretched(beat, float(stretch)), float(rhythm.qrs_s[row, slot]) - AHEAD_S)


def _stretched(beat: Beat, factor: float) -> Floats:
    """Stretch what comes after QRS."""
    rest = beat.qrst.shape[1] - beat.qrs
    if rest < 4:
        return beat.qrst
    at = np.arange(round(rest * factor)) / factor
    tail = [np.interp(at, np.arange(rest), lead) for lead in beat.qrst[:, beat.qrs :]]
    return np.concatenate([beat.qrst[:, : beat.qrs], np.asarray(tail, np.float32)], axis=1)


def _add(out: Floats, piece: Floats, at_s: float) -> None:
    first = round(at_s * RATE_HZ)
    start, stop = max(0, first), min(out.shape[1], first + piece.shape[1])
    if stop > start:
        out[:, start:stop] += piece[:, start - first : stop - first]


def _waves(heart: Heart, row: int, found: frozenset[str]) -> Floats:
    """Fibrillation or flutter waves (12, sample), mV; zeros for other rhythms."""
    time = torch.arange(round(SECONDS * RATE_HZ)) / RATE_HZ
    rows = torch.tensor([row])
    for code, waves in (("AFIB", fibrillation), ("AFLT", flutter)):
        if code in found:
            made: Floats = twelve_of(waves(heart.atrial, heart.rhythm, rows, time))[0].numpy()
            return made
    return np.zeros((len(LEADS), len(time)), np.float32)


def truth_of_graft(donor: Example, rhythm: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """What is true of a donor's beats in a new rhythm, and what is known to be absent.

    Args:
        donor: Where the beats come from; its rhythm is forgotten.
        rhythm: Rhythm findings of the new record, closed under implication.
    """
    gone = _OF_RHYTHM | _LEFT_OPEN | (_OF_ATRIA if rhythm & _WITHOUT_P else frozenset())
    positive = findings_of((donor.positive - gone) | rhythm)
    negative = (donor.negative - gone) | (_OF_RHYTHM - positive)
    plain = rhythm <= {"SR", "SARRH", "SBRAD", "BRADY"}
    if "NORM" in donor.positive and plain:
        positive |= {"NORM"}
    elif positive & {"MI", "STTC", "CD", "HYP"} or not plain:
        negative |= {"NORM"}
    for broad in ("CD", "HYP"):
        if broad in donor.negative and broad not in positive:
            negative |= {broad}
    return frozenset(positive), frozenset(negative - positive)
