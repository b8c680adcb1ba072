"""The datasets: one file each, ``DATASET = DatasetSpec(...)``; the folder is the catalogue."""

from importlib import import_module

from scar_core.catalog import names_in
from scar_core.datasets.base import DatasetSpec, Example
from scar_core.errors import DatasetError

__all__ = ["DatasetSpec", "Example", "dataset", "dataset_names"]


def dataset_names() -> tuple[str, ...]:
    """Names of all stored datasets, sorted."""
    return tuple(name for name in names_in(__name__) if name != "base")


def dataset(name: str) -> DatasetSpec:
    """Return a dataset by name.

    Raises:
        DatasetError: There is no such dataset.
    """
    if name not in dataset_names():
        raise DatasetError(
            f"there is no dataset {name!r}; choose one of: {', '.join(dataset_names())}"
        )
    spec: DatasetSpec = import_module(f"{__name__}.{name}").DATASET
    return spec
