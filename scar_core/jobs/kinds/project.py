"""Lay embeddings out in the plane (UMAP), method by method, and measure them.

Publishes ``projection.json`` (``embedding_map.EmbeddingMap``: record, dataset, findings, missing
share, error and place of every record by method and view, with the scores of
``analysis.embedding_quality``) and everything that ``embed`` publishes. It took 820 MB, most of it
for the libraries that lay points out.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scar_core.embedding_map import FILE, EmbeddingMap, Panel, embedding_file, read_embedding
from scar_core.errors import ConfigError
from scar_core.jobs.base import JobKind, Json, Plan, Work
from scar_core.jobs.kinds import _embedding
from scar_core.jobs.kinds._checkpoints import bring
from scar_core.jobs.kinds._checks import ALL_VIEWS, between, datasets, shipped
from scar_core.jobs.kinds._records import SPLITS, Chosen
from scar_core.jobs.names import checked_job

if TYPE_CHECKING:
    import pandas as pd

LEAST = 5
"""Records that can be laid out."""


@dataclass(frozen=True)
class Project:
    """Parameters.

    Attributes:
        embed: Identity of an embedding job whose embeddings are laid out; empty: new ones are made
            of what follows.
        methods: Checkpoints, as NAME, NAME=FOLDER or NAME=job:ID of a training.
        views: What is hidden of every record, the same for all methods.
        dataset: ``simulated`` draws records; else a dataset, or ``folder@DIRECTORY``.
        split: Split of the dataset.
        records: At most so many records, evenly spread.
        seed: Decides simulated records, what views hide, and the picture.
        neighbours: Neighbours that the picture keeps together, and that scores look at.
        min_distance: How near points may lie in the picture.
    """

    embed: str = ""
    methods: tuple[str, ...] = ("scar", "merl")
    views: tuple[str, ...] = ("full",)
    dataset: str = "simulated"
    split: str = "test"
    records: int = 500
    seed: int = 0
    neighbours: int = 15
    min_distance: float = 0.1

    def __post_init__(self) -> None:
        between("neighbours", self.neighbours, 2, 200)
        between("min_distance", self.min_distance, 0, 1)
        if self.embed:
            checked_job(self.embed)
            between("seed", self.seed, 0)
            return
        _embedding.check(self)
        between("records", self.records, LEAST)

    @property
    def chosen(self) -> Chosen:
        """Which records."""
        return Chosen(self.dataset, self.split, self.records, self.seed)


def _plan(asked: Project, run: Plan) -> Json:
    made = run.step("fetch") if asked.embed else _embedding.plan_embedding(run)
    panels = [(method, view) for method in made["methods"] for view in made["views"]]
    scores = {
        f"{method}_{view}": run.step("lay_out", method=method, view=view, turn=[k, len(panels)])
        for k, (method, view) in enumerate(panels)
    }
    run.step("join", made=made)
    return made | {"job": run.job, "embed": asked.embed, "scores": scores}


def _fetch(asked: Project, work: Work) -> Json:
    """Bring the embeddings of another job, and publish them with the picture."""
    home = work.folder / "fetched"
    bring(asked.embed, {_embedding.SUMMARY: True, _embedding.ROWS: True}, home)
    summary: dict[str, Any] = json.loads((home / _embedding.SUMMARY).read_text(encoding="utf-8"))
    files = [embedding_file(m, v) for m in summary["methods"] for v in summary["views"]]
    bring(asked.embed, dict.fromkeys(files, True), home)
    for name in (_embedding.ROWS, _embedding.SUMMARY, *files):
        work.publish(name, home / name)
    return summary


def _rows(work: Work) -> "pd.DataFrame":
    import pandas as pd

    path = work.load(_embedding.ROWS)
    if path is None:
        raise ConfigError("the rows of the embeddings are not there any more; retry the job")
    return pd.read_parquet(path, engine="pyarrow")


def _panel_file(method: str, view: str) -> str:
    return f"panels/{method}_{view}.json"


def _lay_out(asked: Project, work: Work, method: str, view: str, turn: list[int]) -> Json:
    """Fit UMAP to one method's embeddings under one view; returns their scores."""
    from scar_core.analysis.embedding_quality import embedding_quality
    from scar_core.analysis.projection import lay_out

    path = work.load(embedding_file(method, view))
    if path is None:
        raise ConfigError(f"the embeddings of {method} are not there any more; retry the job")
    rows = _rows(work)
    values = read_embedding(path.read_bytes(), len(rows))
    if len(values) < LEAST:
        raise ConfigError(f"{len(values)} records cannot be laid out; choose at least {LEAST}")
    near = min(asked.neighbours, (len(values) - 1) // 2)
    work.log(f"laying out {len(values):,} records of {method}, {view}")
    work.progress(turn[0], turn[1], "pictures")
    xy = lay_out(values, asked.seed, near, asked.min_distance, start="pca")
    quality = embedding_quality(
        values, rows["label"].tolist(), xy, asked.seed, neighbours=asked.neighbours
    )
    name = _panel_file(method, view)
    path = work.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"xy": xy.tolist(), "quality": quality}), encoding="utf-8")
    work.save(name, path)
    work.progress(turn[0] + 1, turn[1], "pictures")
    return {name: value for name, value in quality.items() if name != "by_label"}


def _join(asked: Project, work: Work, made: dict[str, Any]) -> Json:
    """Write the map."""
    rows = _rows(work)
    panels = [
        _panel(work, rows, method, view, digest)
        for method, digest in made["methods"].items()
        for view in made["views"]
    ]
    truth = np.full((len(rows), len(_embedding.CODES)), -1, np.int8)
    for row, (true, false) in enumerate(zip(rows["positive"], rows["negative"], strict=True)):
        for codes, value in ((false, 0), (true, 1)):
            truth[row, [_embedding.CODES.index(code) for code in codes.split()]] = value
    found = EmbeddingMap(
        title=made["title"],
        names=tuple(rows["record"]),
        datasets=tuple(rows["dataset"]),
        codes=_embedding.CODES,
        truth=truth,
        panels=tuple(panels),
        seed=asked.seed,
        notes=_notes(asked, made),
    )
    path = work.folder / FILE
    path.write_text(json.dumps(found.to_json()), encoding="utf-8")
    work.publish(FILE, path)
    return {"records": len(rows)}


def _panel(work: Work, rows: "pd.DataFrame", method: str, view: str, digest: str) -> Panel:
    path = work.load(_panel_file(method, view))
    if path is None:
        raise ConfigError(f"the picture of {method} is not there any more; retry the job")
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Panel(
        method=method,
        view=view,
        checkpoint=digest,
        xy=np.asarray(kept["xy"], np.float32),
        missing=rows[f"missing_{view}"].to_numpy(np.float32),
        error=rows[f"error_{method}_{view}"].astype(float).to_numpy(np.float32),
        quality=kept["quality"],
    )


def _notes(asked: Project, made: dict[str, Any]) -> tuple[str, ...]:
    left = made["unreadable"]
    return (
        f"UMAP on cosine distance, begun with principal components, {asked.neighbours} neighbours, "
        f"seed {asked.seed}; every method and view is laid out by itself.",
        "Distances between groups in the picture mean little; the scores are of the embeddings.",
        *([f"{left} records could not be read and were left out."] if left else []),
    )


KIND = JobKind(
    title="Map of embeddings",
    parameters=Project,
    plan=_plan,
    steps={**_embedding.STEPS, "fetch": _fetch, "lay_out": _lay_out, "join": _join},
    lane="short",
    device="any",
    memory_mb=1000,
    names={"methods": shipped(), "views": ALL_VIEWS, "dataset": datasets(), "split": SPLITS},
)
