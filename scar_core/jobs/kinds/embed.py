"""Embed records by several methods under the same views.

Publishes ``embeddings/METHOD_VIEW.npy`` (float32 (record, E), L2-normalised), ``rows.parquet`` (one
row for each record: record, dataset, patient, split, label, positive, negative, labels, report,
fingerprint, ``missing_VIEW``: share of 12 leads × 10 s that was not read, and
``error_METHOD_VIEW``: Brier score over the findings that are known) and ``embedding.json``.

Three methods took 540 MB; records are read a shard at a time.
"""

from dataclasses import dataclass

from scar_core.jobs.base import JobKind, Json, Plan
from scar_core.jobs.kinds import _embedding
from scar_core.jobs.kinds._checks import ALL_VIEWS, datasets, shipped
from scar_core.jobs.kinds._records import SPLITS, Chosen


@dataclass(frozen=True)
class Embed:
    """Parameters.

    Attributes:
        methods: Checkpoints, as NAME, NAME=FOLDER or NAME=job:ID of a training.
        views: What is hidden of every record, the same for all methods.
        dataset: ``simulated`` draws records; else a dataset, or ``folder@DIRECTORY``.
        split: Split of the dataset.
        records: At most so many records, evenly spread.
        seed: Decides simulated records and what views hide.
    """

    methods: tuple[str, ...] = ("scar", "merl")
    views: tuple[str, ...] = ("full",)
    dataset: str = "simulated"
    split: str = "test"
    records: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        _embedding.check(self)

    @property
    def chosen(self) -> Chosen:
        """Which records."""
        return Chosen(self.dataset, self.split, self.records, self.seed)


def _plan(asked: Embed, run: Plan) -> Json:
    del asked  # the steps have it
    return _embedding.plan_embedding(run)


KIND = JobKind(
    title="Embed records",
    parameters=Embed,
    plan=_plan,
    steps=_embedding.STEPS,
    lane="short",
    device="any",
    memory_mb=800,
    names={"methods": shipped(), "views": ALL_VIEWS, "dataset": datasets(), "split": SPLITS},
)
