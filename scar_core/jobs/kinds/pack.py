"""Pack a dataset into a few large, fast files; a packing that was killed goes on by shards.

The store itself is the result, in its folder; publishes ``store.json``: what its manifest says.
"""

import json
from dataclasses import dataclass

from scar_core.datasets import dataset
from scar_core.errors import ConfigError
from scar_core.jobs.base import JobKind, Json, Plan, Work
from scar_core.jobs.kinds._checks import between, check_dataset, confined, datasets, known, listed
from scar_core.jobs.kinds._records import SPLITS

FILE = "store.json"


@dataclass(frozen=True)
class Pack:
    """Parameters.

    Attributes:
        dataset: Dataset, or ``folder@DIRECTORY`` with an INDEX.csv.
        out: Folder of the store, below that of the datasets or absolute; empty: packed/DATASET.
        splits: Only these; empty: all.
        seconds: Cut or pad every record to its first seconds; 0: as long as it is.
        rate_hz: Resample every record; 0: as it is.
        workers: Processes.
        append: Add what the store does not hold yet.
    """

    dataset: str = "ptbxl"
    out: str = ""
    splits: tuple[str, ...] = ()
    seconds: float = 0.0
    rate_hz: float = 0.0
    workers: int = 1
    append: bool = False

    def __post_init__(self) -> None:
        listed("splits", self.splits)
        for split in self.splits:
            known("split", split, SPLITS)
            check_dataset(self.dataset, split)
        check_dataset(self.dataset)
        between("seconds", self.seconds, 0, 1e6)
        between("rate_hz", self.rate_hz, 0, 1e5)
        between("workers", self.workers, 1, 256)
        if self.dataset.startswith("folder@") and not self.out:
            raise ConfigError("a folder of your own needs a folder for its store; name it in out")
        confined(self.folder)

    @property
    def folder(self) -> str:
        """Where the store is."""
        return self.out or f"packed/{self.dataset}"


def _pack(asked: Pack, work: Work) -> Json:
    """Pack, or go on with it; whole shards are kept."""
    from scar_core.datasets.pack import contents
    from scar_core.store import PackSettings, pack

    rows, about = contents(dataset(asked.dataset), None, asked.splits)
    work.log(f"packing {len(rows):,} records into {asked.folder}")
    store = pack(
        rows,
        confined(asked.folder),
        workers=asked.workers,
        progress=lambda done, total, failed: work.progress(done, total, "records"),
        settings=PackSettings(seconds=asked.seconds or None, rate_hz=asked.rate_hz or None),
        about=about,
        append=asked.append,
    )
    failed = store.failures()
    for one in failed[:20]:
        work.log(f"left out {one.name}: {one.reason}")
    shards = store.manifest["shards"]
    summary = {
        "folder": asked.folder,
        "records": len(store),
        "shards": len(shards),
        "bytes": sum(shard["bytes"] for shard in shards),
        "failed": len(failed),
    }
    path = work.folder / FILE
    path.write_text(json.dumps({**summary, "about": store.manifest["about"]}), encoding="utf-8")
    work.publish(FILE, path)
    return summary


def _plan(asked: Pack, run: Plan) -> Json:
    del asked  # the step has it
    return run.step("pack")


KIND = JobKind(
    title="Pack a dataset",
    parameters=Pack,
    plan=_plan,
    steps={"pack": _pack},
    lane="long",
    memory_mb=1500,
    names={"dataset": datasets(), "splits": SPLITS},
)
