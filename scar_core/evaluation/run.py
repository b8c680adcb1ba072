"""Evaluations as commands ask for them: tasks, methods and views in, results for the store out."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scar_core.config import checkpoint_dir
from scar_core.datasets import Example, dataset
from scar_core.errors import ConfigError
from scar_core.evaluation.answers import Progress, no_progress, read_all
from scar_core.evaluation.dump import dump_study
from scar_core.evaluation.parts import Parts
from scar_core.evaluation.rows import Row, cmrs_of, compare, identity, view_row, with_cmrs
from scar_core.evaluation.study import Options, Study
from scar_core.evaluation.subjects import RANDOM, Subject, load_subject
from scar_core.evaluation.tasks import LabelledSet, labelled_set, validation_set
from scar_core.evaluation.views import RATIO_VIEWS, check_view
from scar_core.results import SCHEMA, result_name, write_result

REFERENCES = ("xresnet", "ecgfm", "ecgfm-seed1")
"""F, the best of them on validation records, and the models that its choice is tested with."""

DEFAULT_VIEWS: Mapping[str, tuple[str, ...]] = {
    "zero-shot": ("full",),
    "cmrs": ("random", "hard"),
    "missingness": ("full", "lead", "time", "random", "hard", *RATIO_VIEWS),
    "linear-probe": ("full",),
    "ablation": ("random",),
    "lambda": ("random",),
    "architecture": ("full", "random", "hard"),
    "sources": ("full", "random", "hard"),
}
POOLED = ("lead", "time", "random", "hard")
"""Views of which a breakdown over missingness types is made, where they were asked for."""


@dataclass(frozen=True)
class Request:
    """What is to be evaluated.

    Attributes:
        what: ``zero-shot``, ``cmrs``, ``missingness``, ``linear-probe``, ``ablation``, ``lambda``
            ``architecture`` or ``sources``.
        dataset: Name of the dataset.
        tasks: Its tasks; each becomes a result of its own.
        split: Split of the records.
        root: Folder of the datasets.
        methods: As ``load_subject`` takes them; the random-weights row is added.
        references: Likewise; the first is F.
        views: None: the usual ones of ``what``.
        options: Seed, masks and the like.
        prompts: Text by label, instead of the built-in ones.
        limit: At most so many records.
        results: Folder of the results; None: the store.
        dump: Folder for the answers themselves; None: they are not written.
        parts: Finished parts, or their folder; None: in the user's state folder.
        device: Where the models run.
    """

    what: str
    dataset: str
    tasks: tuple[str, ...]
    split: str = "test"
    root: Path | None = None
    methods: tuple[str, ...] = ("scar",)
    references: tuple[str, ...] = REFERENCES
    views: tuple[str, ...] | None = None
    options: Options = field(default_factory=Options)
    prompts: Mapping[str, str] | None = None
    limit: int | None = None
    results: Path | None = None
    dump: Path | None = None
    parts: Parts | Path | None = None
    device: str = "cpu"

    @property
    def all_views(self) -> tuple[str, ...]:
        """The views, each once."""
        return tuple(dict.fromkeys(self.views or DEFAULT_VIEWS[self.what]))

    @property
    def needs_reference(self) -> bool:
        """True if anything in it is measured or chosen by a reference model."""
        return self.what not in ("zero-shot", "linear-probe") or "hard" in self.all_views

    def configuration(self, task: str) -> dict[str, Any]:
        """Everything that was asked for and decides the figures, as JSON types."""
        texts = json.dumps(self.prompts, sort_keys=True).encode()
        return {
            "methods": [text.partition("=")[0] for text in self.methods],
            "references": [text.partition("=")[0] for text in self.references]
            if self.needs_reference
            else [],
            "views": list(self.all_views),
            "dataset": self.dataset,
            "task": task,
            "split": self.split,
            "limit": self.limit,
            "prompts": hashlib.sha256(texts).hexdigest()[:12] if self.prompts else "built-in",
            **asdict(self.options),
        }


def open_sets(request: Request) -> list[tuple[LabelledSet, LabelledSet]]:
    """Test and validation set of each task.

    Raises:
        DatasetError: The dataset, a task or the split is not there.
    """
    sets = []
    for task in request.tasks:
        test = labelled_set(
            request.dataset, task, request.split, request.root,
            limit=request.limit, prompts=request.prompts,
        )  # fmt: skip
        sets.append((test, validation_set(test, request.root, limit=request.limit)))
    return sets


def open_studies(
    request: Request,
    subjects: Sequence[Subject],
    references: Sequence[Subject] = (),
    progress: Progress = no_progress,
) -> list[Study]:
    """Open one study for each task; records that several tasks share are read once.

    Args:
        request: What is to be evaluated.
        subjects: All methods that will be asked.
        references: Reference models; the first is F, by which hard masks are chosen.
        progress: Told how far it is.
    """
    sets = open_sets(request)
    contracts = list(dict.fromkeys(one.contract for one in (*subjects, *references)))
    wanted: dict[tuple[str, str], dict[str, Example]] = {}
    for one in (half for pair in sets for half in pair):
        of = wanted.setdefault((one.origin, one.split), {})
        of.update({example.name: example for example in one.examples})
    read = {
        key: read_all(list(examples.values()), contracts, progress)
        for key, examples in wanted.items()
    }
    reference = references[0] if references else None
    parts = request.parts if isinstance(request.parts, Parts) else Parts(request.parts)
    studies = []
    for pair in sets:
        test, validation = (read[one.origin, one.split].select(one.names) for one in pair)
        studies.append(Study(*pair, test, validation, request.options, reference, parts, progress))
    return studies


def load_subjects(request: Request) -> tuple[list[Subject], list[Subject]]:
    """Load the methods, random weights last, and the reference models if any are needed.

    Raises:
        CheckpointError: One of them is not there.
        ConfigError: A method is named twice or was trained on the records to evaluate, or a
            reference model answers no labels.
    """
    named = list(request.methods)
    if not any(text.partition("=")[0] == RANDOM for text in named):
        named.append(RANDOM)
    subjects = [load_subject(text, request.device) for text in named]
    names = [subject.name for subject in subjects]
    if len(set(names)) < len(names):
        raise ConfigError(f"a method is named twice ({', '.join(names)}); name each row once")
    for subject in subjects:
        if request.split == "train" and subject.source(request.dataset) == "in-source":
            raise ConfigError(
                f"{subject.name} was trained on the train split of {request.dataset}, so its "
                "figures there would say nothing; evaluate another split"
            )
    chosen = request.references if request.needs_reference else ()
    if chosen == REFERENCES:  # of the usual ones, those that are shipped; F itself must be
        others = [name for name in chosen[1:] if (checkpoint_dir() / name).is_dir()]
        chosen = (chosen[0], *others)
    references = [load_subject(text, request.device) for text in chosen]
    for one in references:
        if not one.is_classifier:
            raise ConfigError(
                f"{one.name} is no classifier, so it cannot be a reference model; choose ecgfm "
                "or xresnet"
            )
    if request.needs_reference and not references:
        raise ConfigError("hard masks and CMRS need a reference model; name one with --reference")
    return subjects, references


def evaluate_views(
    request: Request, commit: str = "", progress: Progress = no_progress
) -> list[dict[str, Any]]:
    """Evaluate methods under views, and write a result for each task.

    Args:
        request: What is asked for: ``zero-shot``, ``cmrs`` or ``missingness``.
        commit: Of the program, for the result.
        progress: Told how far it is.

    Returns:
        The results, as they were written.

    Raises:
        ScarError: Something that is needed is missing, or a figure is not defined.
    """
    for view in request.all_views:
        check_view(view)
    subjects, references = load_subjects(request)
    results = []
    for study in open_studies(request, subjects, references, progress):
        result = _result(request, study, subjects, references, commit)
        write_result(result, request.results)
        if request.dump is not None:
            dump_study(study, subjects, request.all_views, request.dump / result["name"])
        results.append(result)
    return results


def _result(
    request: Request,
    study: Study,
    subjects: Sequence[Subject],
    references: Sequence[Subject],
    commit: str,
) -> dict[str, Any]:
    scored = request.what != "zero-shot"
    rows: list[Row] = []
    breakdown = []
    pooled = [view for view in POOLED if view in request.all_views]
    for subject in subjects:
        for view in request.all_views:
            row = view_row(study, subject, view)
            if scored:
                row = with_cmrs(row, study, subject, references, by_record=len(pooled) < 2)
            rows.append(row)
        if scored and len(pooled) > 1:
            content, _ = cmrs_of(study, subject, pooled, references, by_record=True)
            breakdown.append(
                identity(subject, request.dataset) | {"views": pooled, "cmrs": content}
            )
    return envelope(request, study, commit) | {
        "calibration": {s.name: _calibration(study, s) for s in subjects},
        "rows": [row.content for row in rows],
        "breakdown": breakdown,
        "comparisons": (made := compare(rows)),
        "comparisons_made": len(made),
        "notes": _notes(request, study, scored=scored),
    }


def _calibration(study: Study, subject: Subject) -> dict[str, Any]:
    if subject.is_classifier:
        return {"data": "its own probabilities: it was trained to give them"}
    return study.calibration(subject).to_json()


def envelope(request: Request, study: Study, commit: str) -> dict[str, Any]:
    """What every result about records says of itself."""
    configuration = request.configuration(study.test.task)
    about = (request.dataset, study.test.task, request.split)
    return {
        "schema": SCHEMA,
        "name": result_name(request.what, configuration, *about),
        "what": request.what,
        "dataset": request.dataset,
        "dataset_title": dataset(request.dataset).title,
        "task": study.test.task,
        "split": request.split,
        "records": len(study.test.examples),
        "patients": len(set(study.test.patients)),
        "seed": request.options.seed,
        "configuration": configuration,
        "commit": commit,
    }


def _notes(request: Request, study: Study, *, scored: bool) -> list[str]:
    options = request.options
    counts = zip(study.test.labels, study.truth.sum(0), strict=True)
    few = [f"{label} {count}" for label, count in counts if count < options.min_positives]
    notes = [
        f"Intervals: 95 %, {options.resamples} resamples of {len(set(study.test.patients))} "
        "patients; labels that lose a class in a resample are left out of it.",
        f"Thresholds and calibration: {study.validation.title}, full view.",
        "Zero-shot means by text prompts; in-source means that training records come from the same "
        "collection, of other patients.",
        "Comparisons: the first method against each other one on the same resamples of patients; "
        "p_holm corrects for all of this file together (Holm).",
    ]
    if few:
        notes.append(
            f"Not in macro figures, for fewer than {options.min_positives} positives: "
            f"{', '.join(few)}."
        )
    if "hard" in request.all_views:
        notes.append(
            f"Hard masks: the largest impact on {request.references[0].partition('=')[0]} among "
            f"K = {options.candidates} candidates of the same budget, of which the first is the "
            "random mask."
        )
    if scored:
        notes.append(
            "CMRS: the paper gives the sum; severity, impact and agreement are defined by this "
            "project, so published scores are not comparable."
        )
    return notes
