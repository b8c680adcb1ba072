"""One task, several methods, several views: who was asked what, and what they answered.

A study holds the masks, which are the same for every method, and the answers under them. Tables
are made from studies, and so are the files from which anybody can compute the tables again.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError
from scar_core.evaluation.answers import Prepared, Progress, answer, no_progress
from scar_core.evaluation.calibration import sigmoid
from scar_core.evaluation.cmrs import Terms, Variant, d, terms
from scar_core.evaluation.figures import MIN_POSITIVES, best_thresholds
from scar_core.evaluation.parts import Parts
from scar_core.evaluation.statistics import RESAMPLES, patient_weights
from scar_core.evaluation.subjects import Subject
from scar_core.evaluation.task_calibration import TaskCalibration, calibrate_task
from scar_core.evaluation.tasks import LabelledSet, reference_columns
from scar_core.evaluation.views import (
    CANDIDATES,
    check_view,
    draw_masks,
    hard_candidates,
    is_fixed,
    severity,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MASKS = 4
"""Masks of a record in a view that draws them."""


@dataclass(frozen=True)
class Options:
    """What decides the figures besides models and records.

    Attributes:
        seed: Of masks and bootstrap.
        masks: Masks of each record in a view that draws them.
        candidates: Candidates of each hard mask.
        min_positives: Labels with fewer positives do not count in macro figures.
        resamples: Bootstrap samples.
        variant: Agreement of CMRS.
    """

    seed: int = 0
    masks: int = MASKS
    candidates: int = CANDIDATES
    min_positives: int = MIN_POSITIVES
    resamples: int = RESAMPLES
    variant: Variant = "skill"

    def __post_init__(self) -> None:
        for name, least in (("masks", 1), ("candidates", 2), ("resamples", 20), ("seed", 0)):
            if getattr(self, name) < least:
                raise ConfigError(f"{name} is {getattr(self, name)}; expected at least {least}")


@dataclass(frozen=True)
class Answered:
    """A method's answers under a view; arrays are (record, mask, label).

    Attributes:
        scores: Cosines, or a classifier's logits; NaN for labels that it does not know.
        probability: Calibrated.
    """

    scores: Floats
    probability: Floats


@dataclass(frozen=True)
class Oracle:
    """A reference model's answers on the labels that it knows.

    Attributes:
        full: p0, (record, label) on the full view.
        masked: pm, (record, mask, label).
        prior: (label,), mean full-view answer on validation records.
    """

    full: Floats
    masked: Floats
    prior: Floats


@dataclass
class Study:
    """A task under evaluation; everything is computed when it is first asked for, and kept.

    Attributes:
        test: The evaluated records.
        validation: Those for calibration, thresholds and prior.
        records: ``test``'s, read.
        validation_records: ``validation``'s, read.
        options: What else decides the figures.
        reference: F; None where no view and no figure needs one.
        parts: Where finished parts are kept.
        progress: Told how far it is.
    """

    test: LabelledSet
    validation: LabelledSet
    records: Prepared
    validation_records: Prepared
    options: Options
    reference: Subject | None = None
    parts: Parts = field(default_factory=Parts)
    progress: Progress = no_progress
    _masks: dict[str, Bools] = field(default_factory=dict)
    _calibration: dict[str, TaskCalibration] = field(default_factory=dict)
    _answered: dict[tuple[str, str], Answered] = field(default_factory=dict)
    _oracle: dict[tuple[str, str], Oracle] = field(default_factory=dict)

    @cached_property
    def truth(self) -> Bools:
        """(record, label)."""
        return self.test.truth > 0

    @cached_property
    def weights(self) -> Floats:
        """(resample, record), the same for every method and view."""
        return patient_weights(self.test.patients, self.options.resamples, self.options.seed)

    def masks(self, view: str) -> Bools:
        """Bool (record, mask, 12, 50), True = hidden."""
        if view not in self._masks:
            check_view(view)
            self._masks[view] = self._hard() if view == "hard" else self._drawn(view)
        return self._masks[view]

    def _drawn(self, view: str) -> Bools:
        n, seed = 1 if is_fixed(view) else self.options.masks, self.options.seed
        pairs = zip(self.records.names, self.records.present, strict=True)
        return np.stack([draw_masks(view, p, n, seed=seed, name=name) for name, p in pairs])

    def _hard(self) -> Bools:
        reference, known = self._reference()
        n, k = self.options.masks, self.options.candidates
        pairs = zip(self.records.names, self.records.present, strict=True)
        drawn = [
            hard_candidates(p, n, seed=self.options.seed, name=name, candidates=k)
            for name, p in pairs
        ]
        candidates = np.stack(drawn)  # (record, mask, candidate, 12, 50)
        flat = candidates.reshape(len(candidates), n * k, *candidates.shape[3:])
        full = self._reference_probability(reference, self.records, self._drawn("full"))
        moved = self._reference_probability(reference, self.records, flat)
        impact = d(full[..., known], moved[..., known]).reshape(-1, n, k)
        worst = impact.argmax(-1)
        return np.asarray(candidates[np.arange(len(worst))[:, None], np.arange(n)[None, :], worst])

    def severity(self, view: str) -> Floats:
        """S of every mask; (record, mask)."""
        return severity(self.masks(view), self.records.present[:, None])

    def answered(self, subject: Subject, view: str) -> Answered:
        """What a method says about every record under every mask of a view."""
        key = subject.name, view
        if key not in self._answered:
            raw = answer(subject, self.records, self.masks(view), self.parts, self.progress)
            self._answered[key] = self._read(subject, raw)
        return self._answered[key]

    def validated(self, subject: Subject) -> Answered:
        """What it says about the validation records, with nothing hidden."""
        return self._read(subject, self._validation_raw(subject))

    def _validation_raw(self, subject: Subject) -> NDArray[np.float32]:
        nothing = np.zeros((len(self.validation.examples), 1, 12, 50), np.bool_)
        return answer(subject, self.validation_records, nothing, self.parts, self.progress)

    def _read(self, subject: Subject, raw: NDArray[np.float32]) -> Answered:
        scores = self._scores(subject, raw)
        if subject.is_classifier:
            return Answered(scores, sigmoid(scores))
        return Answered(scores, self.calibration(subject).probability(scores))

    def _scores(self, subject: Subject, raw: NDArray[np.float32]) -> Floats:
        if not subject.is_classifier:
            return np.asarray(raw.astype(np.float64) @ subject.texts(self.test.prompts).T)
        columns = reference_columns(subject.labels, self.test)
        scores = np.full((*raw.shape[:2], len(columns)), np.nan)
        for place, column in enumerate(columns):
            if column is not None:
                scores[..., place] = raw[..., column]
        return scores

    def calibration(self, subject: Subject) -> TaskCalibration:
        """The task's curve of a method, fitted on validation records with nothing hidden."""
        if subject.name not in self._calibration:
            scores = self._scores(subject, self._validation_raw(subject))[:, 0]
            self._calibration[subject.name] = calibrate_task(
                scores, self.validation.truth, f"{self.validation.title}, full view"
            )
        return self._calibration[subject.name]

    def thresholds(self, subject: Subject) -> list[float | None]:
        """Of each label, the probability that gives the best F1 on validation records."""
        return best_thresholds(self.validated(subject).probability[:, 0], self.validation.truth)

    def _reference(self, reference: Subject | None = None) -> tuple[Subject, list[int]]:
        """The reference model, and which of the task's labels it knows."""
        reference = reference or self.reference
        if reference is None:
            raise ConfigError(
                "hard masks and CMRS need a reference model; name one with --reference"
            )
        # A head that answers the same about everybody was never taught the label.
        said = self._scores(reference, self._validation_raw(reference))[:, 0]
        known = [int(place) for place in np.flatnonzero(np.ptp(said, axis=0) > 0)]
        if not known:
            raise ConfigError(
                f"the reference model {reference.name} knows none of the labels of "
                f"{self.test.dataset} {self.test.task}; train one for them"
            )
        return reference, known

    def known_labels(self, reference: Subject | None = None) -> list[int]:
        """Places of the labels that CMRS is computed from: those that the reference knows."""
        return self._reference(reference)[1]

    def _reference_probability(self, reference: Subject, records: Prepared, masks: Bools) -> Floats:
        raw = answer(reference, records, masks, self.parts, self.progress)
        return sigmoid(self._scores(reference, raw))

    def oracle(self, view: str, reference: Subject | None = None) -> Oracle:
        """What the reference model says, without and with a view's masks."""
        model, known = self._reference(reference)
        key = model.name, view
        if key in self._oracle:
            return self._oracle[key]
        nothing = np.zeros((len(self.validation.examples), 1, 12, 50), np.bool_)
        prior = self._reference_probability(model, self.validation_records, nothing)
        full = self._reference_probability(model, self.records, self._drawn("full"))
        masked = self._reference_probability(model, self.records, self.masks(view))
        said = Oracle(full[:, 0, known], masked[..., known], prior[:, 0, known].mean(0))
        self._oracle[key] = said
        return said

    def terms(
        self,
        subject: Subject,
        view: str,
        variant: Variant | None = None,
        reference: Subject | None = None,
    ) -> Terms:
        """S, I and R of every record and mask, record by record; (record · mask,)."""
        said = self.oracle(view, reference)
        known = self.known_labels(reference)
        q = self.answered(subject, view).probability[..., known]
        count = q.shape[0] * q.shape[1]
        full = np.broadcast_to(said.full[:, None], said.masked.shape)
        return terms(
            q.reshape(count, -1),
            full.reshape(count, -1),
            said.masked.reshape(count, -1),
            said.prior,
            self.severity(view).ravel(),
            variant or self.options.variant,
        )
