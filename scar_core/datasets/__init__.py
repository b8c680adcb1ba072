"""The datasets: the folder is the catalogue.

Each file says ``DATASET = DatasetSpec(...)``; a file that offers its records in several ways adds
``VARIANTS = (DatasetSpec(name="FILE-VARIANT"), ...)``. ``folder@DIRECTORY`` is anybody's own.
"""

from importlib import import_module
from pathlib import Path

from scar_core.catalog import names_in
from scar_core.datasets.base import DatasetSpec, Example
from scar_core.errors import DatasetError

__all__ = ["DatasetSpec", "Example", "dataset", "dataset_names"]

_NO_DATASETS = frozenset({"base", "pack"})


def dataset_names() -> tuple[str, ...]:
    """Names of all datasets, sorted; variants follow their file's own name."""
    files = sorted(set(names_in(__name__)) - _NO_DATASETS)
    return tuple(spec.name for name in files for spec in _specs(name))


def dataset(name: str) -> DatasetSpec:
    """Return a dataset by name.

    Args:
        name: One of ``dataset_names()``, or ``folder@DIRECTORY`` for a directory with an
            ``INDEX.csv``, whose label columns are its tasks.

    Raises:
        DatasetError: There is no such dataset.
    """
    kind, at, directory = name.partition("@")
    if at and kind == "folder":
        from scar_core.datasets.folder import bound

        return bound(Path(directory).expanduser())
    file = name.partition("-")[0]
    if file in set(names_in(__name__)) - _NO_DATASETS:
        for spec in _specs(file):
            if spec.name == name:
                return spec
    raise DatasetError(f"there is no dataset {name!r}; choose one of: {', '.join(dataset_names())}")


def _specs(file: str) -> tuple[DatasetSpec, ...]:
    module = import_module(f"{__name__}.{file}")
    return (module.DATASET, *getattr(module, "VARIANTS", ()))
