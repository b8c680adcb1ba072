"""Embeddings of records shard by shard: what ``embed`` and ``project`` have in common."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scar_core.datasets import Example
from scar_core.embedding_map import embedding_file, group_of
from scar_core.errors import ConfigError
from scar_core.evaluation.views import draw_masks, hard_candidates
from scar_core.findings import FINDINGS
from scar_core.jobs.base import Json, Plan, Work
from scar_core.jobs.kinds._checkpoints import subject_of
from scar_core.jobs.kinds._checks import check_checkpoints, check_views
from scar_core.jobs.kinds._records import SHARD, Chosen, examples_from

if TYPE_CHECKING:
    from scar_core.evaluation.answers import Prepared
    from scar_core.evaluation.subjects import Subject

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

ROWS, SUMMARY = "rows.parquet", "embedding.json"
REFERENCE = "xresnet"
"""F, by which hard masks are chosen, as in the tables."""
CODES = tuple(FINDINGS)


class Embedded(Protocol):
    """Parameters of a job that embeds records."""

    @property
    def methods(self) -> tuple[str, ...]:
        """Checkpoints."""

    @property
    def views(self) -> tuple[str, ...]:
        """Views."""

    @property
    def seed(self) -> int:
        """Of simulated records and of masks."""

    @property
    def chosen(self) -> Chosen:
        """Which records."""


def check(asked: Embedded) -> None:
    """Refuse what cannot be embedded, before anything is queued.

    Raises:
        ConfigError: Unknown checkpoints or views, or data that is not here.
    """
    check_checkpoints("methods", asked.methods)
    check_views(asked.views)
    if not asked.views:
        raise ConfigError("no view was named; name one, such as full")
    asked.chosen.check()


def plan_embedding(run: Plan) -> dict[str, Any]:
    """Embed shard by shard, then put the shards together; returns the summary."""
    records = run.step("count")["records"]
    for first in range(0, records, SHARD):
        run.step("shard", first=first, records=records)
    summary: dict[str, Any] = run.step("gather", records=records)
    return summary


def count(asked: Embedded, work: Work) -> Json:
    """Find the records."""
    records = asked.chosen.count()
    work.log(f"{asked.chosen.title}: {records:,} records")
    return {"records": records}


def shard(asked: Embedded, work: Work, first: int, records: int) -> Json:
    """Embed the records of one shard by every method under every view, and keep them."""
    from scar_core.evaluation.answers import answer, read_all
    from scar_core.evaluation.parts import Parts

    examples = examples_from(asked.chosen, first, work, SHARD)
    name = _shard_file(first)
    if not examples:
        work.save(name, _write(work.folder / name, "[]", {}))
        return {"records": 0}
    subjects = _subjects(asked, work)
    hard = "hard" in asked.views
    references = [subject_of(REFERENCE, work)] if hard else []
    prepared = read_all(examples, [one.contract for one in (*subjects, *references)])
    parts = Parts(work.folder / "parts")
    arrays: dict[str, Floats] = {}
    rows = _rows(asked, examples, prepared.fingerprints)
    turns = len(asked.views) * len(subjects)
    for number, view in enumerate(asked.views):
        masks = _masks(asked, view, prepared, references, parts)
        seen = (prepared.present & ~masks[:, 0]).mean((1, 2))
        for place, subject in enumerate(subjects, number * len(subjects)):

            def tell(_what: str, done: int, total: int, turn: int = place) -> None:
                share = (turn + done / max(1, total)) / turns
                work.progress(first + share * len(examples), records, "records")

            raw = answer(subject, prepared, masks, parts, tell)[:, 0]
            arrays[f"{subject.name}_{view}"] = raw
            errors = _errors(subject, raw, examples)
            for row, left, error in zip(rows, seen, errors, strict=True):
                row[f"missing_{view}"] = float(1 - left)
                row[f"error_{subject.name}_{view}"] = error
    work.save(name, _write(work.folder / name, json.dumps(rows), arrays))
    return {"records": len(examples)}


def _subjects(asked: Embedded, work: Work) -> list["Subject"]:
    from dataclasses import replace

    return [replace(subject_of(text, work), features=True) for text in asked.methods]


def _shard_file(first: int) -> str:
    return f"shards/{first:06d}.npz"


def _write(path: Path, rows: str, arrays: Mapping[str, Floats]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        np.savez(stream, rows=np.frombuffer(rows.encode(), np.uint8), **arrays)  # type: ignore[arg-type]
    return path


def _rows(
    asked: Embedded, examples: Sequence[Example], fingerprints: Sequence[str]
) -> list[dict[str, Any]]:
    return [
        {
            "record": one.name,
            "dataset": asked.chosen.source,
            "patient": one.patient,
            "split": one.split,
            "label": group_of(one.positive) if one.positive or one.negative else "",
            "positive": " ".join(sorted(one.positive)),
            "negative": " ".join(sorted(one.negative)),
            "labels": "; ".join(label for own in one.labels.values() for label in own),
            "report": one.report,
            "fingerprint": fingerprint,
        }
        for one, fingerprint in zip(examples, fingerprints, strict=True)
    ]


def _masks(
    asked: Embedded,
    view: str,
    prepared: "Prepared",
    references: Sequence["Subject"],
    parts: Any,  # noqa: ANN401 - Parts, which loads nothing heavy but its module's neighbours do
) -> Bools:
    """One mask for each record, the same for every method; (record, 1, 12, 50)."""
    pairs = list(zip(prepared.names, prepared.present, strict=True))
    if view != "hard":
        return np.stack([draw_masks(view, p, 1, seed=asked.seed, name=name) for name, p in pairs])
    from scar_core.evaluation.answers import answer
    from scar_core.evaluation.calibration import sigmoid
    from scar_core.evaluation.cmrs import d

    drawn = np.stack([hard_candidates(p, 1, seed=asked.seed, name=name)[0] for name, p in pairs])
    nothing = np.zeros((len(pairs), 1, *drawn.shape[2:]), np.bool_)
    full, moved = (
        sigmoid(np.asarray(answer(references[0], prepared, masks, parts), np.float64))
        for masks in (nothing, drawn)
    )
    worst = d(full, moved).argmax(1)
    return np.asarray(drawn[np.arange(len(worst)), worst][:, None])


def _errors(
    subject: "Subject", embeddings: Floats, examples: Sequence[Example]
) -> list[float | None]:
    """Brier score of each record over the findings that are known of it; None where none is.

    Each finding is asked for by its first wording, calibrated as the checkpoint says.
    """
    if subject.is_classifier:
        return [None] * len(examples)
    from scar_core.evaluation.calibration import Calibration, sigmoid

    calibration = Calibration.from_json(subject.checkpoint.calibration)
    texts = [FINDINGS[code].phrases[0] for code in CODES]
    curves = [(calibration.curves or {}).get(text, calibration.pooled) for text in texts]
    slope, offset = np.asarray(curves, np.float64).T
    said = sigmoid(slope * (embeddings.astype(np.float64) @ subject.texts(texts).T) + offset)
    errors: list[float | None] = []
    for row, one in zip(said, examples, strict=True):
        true = np.array([code in one.positive for code in CODES])
        assessed = true | np.array([code in one.negative for code in CODES])
        errors.append(float(((row - true) ** 2)[assessed].mean()) if assessed.any() else None)
    return errors


def gather(asked: Embedded, work: Work, records: int) -> Json:
    """Put the shards together and publish them; returns the summary."""
    subjects = _subjects(asked, work)
    names = [f"{one.name}_{view}" for one in subjects for view in asked.views]
    rows: list[dict[str, Any]] = []
    pieces: dict[str, list[Floats]] = {name: [] for name in names}
    for number, found in enumerate(_shards(work, records)):
        work.progress(min((number + 1) * SHARD, records), records, "records")
        mine = json.loads(bytes(found["rows"]).decode())
        rows += mine
        for name in names if mine else ():
            pieces[name].append(found[name])
    if not rows:
        raise ConfigError(f"none of {records} records could be read; see the job's log")
    for subject in subjects:
        for view in asked.views:
            file = embedding_file(subject.name, view)
            path = work.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            values = np.concatenate(pieces[f"{subject.name}_{view}"])
            np.save(path, values.astype(np.float32), allow_pickle=False)
            work.publish(file, path)
    _publish_rows(work, rows)
    summary = _summary(asked, work, subjects, rows, records)
    path = work.folder / SUMMARY
    path.write_text(json.dumps(summary, indent=1, ensure_ascii=False), encoding="utf-8")
    work.publish(SUMMARY, path)
    return summary


def _shards(work: Work, records: int) -> Iterator[Any]:
    for first in range(0, records, SHARD):
        path = work.load(_shard_file(first))
        if path is None:
            raise ConfigError(
                f"the embeddings from record {first} on are not there any more; retry the job"
            )
        with np.load(path, allow_pickle=False) as found:
            yield dict(found)


def _publish_rows(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    import pandas as pd

    path = work.folder / ROWS
    pd.DataFrame(rows).to_parquet(path, engine="pyarrow", index=False)
    work.publish(ROWS, path)


def _summary(
    asked: Embedded,
    work: Work,
    subjects: Sequence["Subject"],
    rows: Sequence[Mapping[str, Any]],
    records: int,
) -> dict[str, Any]:
    def mean(column: str) -> float | None:
        values = [row[column] for row in rows if row[column] is not None]
        return float(np.mean(values)) if values else None

    return {
        "job": work.job,
        "title": asked.chosen.title,
        "dataset": asked.chosen.dataset,
        "records": len(rows),
        "unreadable": records - len(rows),
        "seed": asked.seed,
        "views": list(asked.views),
        "methods": {one.name: one.checkpoint.digest for one in subjects},
        "missing": {view: mean(f"missing_{view}") for view in asked.views},
        "error": {
            one.name: {view: mean(f"error_{one.name}_{view}") for view in asked.views}
            for one in subjects
        },
    }


STEPS: Mapping[str, Callable[..., Json]] = {"count": count, "shard": shard, "gather": gather}
