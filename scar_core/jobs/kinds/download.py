"""Download a dataset from its own server; what is there and whole is not fetched again.

The files are the result, in the folder of the datasets; publishes ``download.json``.
"""

import json
from dataclasses import dataclass

from scar_core.datasets import dataset
from scar_core.errors import ConfigError, DatasetError
from scar_core.jobs.base import JobKind, Json, Plan, Work
from scar_core.jobs.kinds._checks import between, datasets

FILE = "download.json"


def servers() -> tuple[str, ...]:
    """Names of the datasets that a server has for everybody."""
    return tuple(name for name in datasets() if dataset(name).files)


@dataclass(frozen=True)
class Download:
    """Parameters.

    Attributes:
        dataset: The dataset; its own server is asked.
        records: Only so many records, and the tables; 0: everything.
        connections: Files at a time.
        timeout_s: Seconds without a byte after which the server is asked again.
    """

    dataset: str = "ptbxl"
    records: int = 0
    connections: int = 4
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        try:
            spec = dataset(self.dataset)
        except DatasetError as error:
            raise ConfigError(str(error)) from error
        if not spec.files:
            raise ConfigError(f"{spec.title} is on no server that can be asked; {spec.get}")
        between("records", self.records, 0, 10**8)
        between("connections", self.connections, 1, 16)
        between("timeout_s", self.timeout_s, 1, 3600)


def _download(asked: Download, work: Work) -> Json:
    """Download, or go on with it; a file that broke off is continued."""
    from scar_core.datasets._download import Wish, download
    from scar_core.datasets._fetch import Patience

    spec, came = dataset(asked.dataset), 0
    work.log(f"{spec.title} ({spec.licence}: {spec.citation})")

    def tell(there: int, files: int, n_bytes: int) -> None:
        nonlocal came
        came = n_bytes
        work.progress(there, files, "files")

    wish = Wish(
        records=asked.records or None,
        jobs=asked.connections,
        patience=Patience(timeout_s=asked.timeout_s),
    )
    folder = download(spec, wish, tell)
    work.log(f"{came / 1e6:,.1f} MB came")
    summary = {
        "dataset": spec.name,
        "title": spec.title,
        "licence": spec.licence,
        "citation": spec.citation,
        "folder": folder.name,
    }
    path = work.folder / FILE
    path.write_text(json.dumps(summary, ensure_ascii=False), encoding="utf-8")
    work.publish(FILE, path)
    return summary


def _plan(asked: Download, run: Plan) -> Json:
    del asked  # the step has it
    return run.step("download")


KIND = JobKind(
    title="Download a dataset",
    parameters=Download,
    plan=_plan,
    steps={"download": _download},
    lane="long",
    memory_mb=500,
    names={"dataset": servers()},
)
