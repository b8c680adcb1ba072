"""Anybody's own directory of readable files with an ``INDEX.csv``.

``path`` names each record below the directory. ``patient``, ``split`` and ``report`` are used
where they are there; every further column of text is a task, its cells labels separated by ``;``
(or ``|``), each the name, phrase or code of a finding or any word of one's own.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from scar_core.datasets._splits import hashed_split
from scar_core.datasets._tables import read_rows
from scar_core.datasets.base import SPLITS, DatasetSpec, Example, truth_of
from scar_core.errors import DatasetError
from scar_core.findings import BY_SCP, BY_SNOMED, FINDINGS

INDEX = "INDEX.csv"
NO_LABELS = frozenset(
    ("path", "patient", "split", "report", "name", "record", "id", "ecg_id", "fold", "age", "sex")
)
"""Columns that are never a task."""

_TEXTS = {phrase.lower(): code for code, row in FINDINGS.items() for phrase in row.wordings}
_TEXTS |= {code.strip("_").lower(): finding for code, finding in BY_SCP.items()} | BY_SNOMED
_TEXTS |= {code.lower(): code for code in FINDINGS}


def finding_named(text: str) -> str | None:
    """Code of the finding that a label names: by code, SCP or SNOMED CT code, or phrase."""
    return _TEXTS.get(text.strip().strip("_").lower())


def _labels(cell: str) -> tuple[str, ...]:
    parts = cell.replace("|", ";").split(";")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _is_task(column: str, rows: list[dict[str, str]]) -> bool:
    """Numbers are measurements, not labels, unless one is a code of SNOMED CT."""
    if column.strip().lower() in NO_LABELS:
        return False
    said = {label for row in rows for label in _labels(row[column] or "")}
    return bool(said & BY_SNOMED.keys()) or not all(map(_is_number, said))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _rows(folder: Path) -> list[dict[str, str]]:
    rows = list(read_rows(folder / INDEX, f"The folder {folder}", ("path",)))
    if not rows:
        raise DatasetError(f"{folder / INDEX} names no record; give it a row for each file")
    return rows


def _tasks(rows: list[dict[str, str]]) -> dict[str, tuple[str, ...]]:
    """Tasks and their labels, the most frequent first."""
    tasks = {}
    for column in rows[0]:
        if column is not None and _is_task(column, rows):
            counts = Counter(label for row in rows for label in _labels(row[column] or ""))
            tasks[column] = tuple(sorted(counts, key=lambda label: (-counts[label], label)))
    return tasks


def _path(folder: Path, name: str) -> Path:
    """File of a record; a path that leaves the directory is refused.

    Raises:
        DatasetError: It does, or is empty.
    """
    pure = PurePosixPath(name.replace("\\", "/"))
    if not name.strip() or pure.is_absolute() or ".." in pure.parts or PureWindowsPath(name).drive:
        raise DatasetError(
            f"{folder / INDEX} names the record {name[:80]!r}; name files below {folder}"
        )
    path = folder / pure
    header = path.with_name(f"{path.name}.hea")
    return header if not path.is_file() and header.is_file() else path


def _split(row: dict[str, str], patient: str, folder: Path) -> str:
    split = (row.get("split") or "").strip().lower()
    if split and split not in SPLITS:
        raise DatasetError(
            f"{folder / INDEX} puts {row['path']} into the split {split!r}; splits are "
            f"{', '.join(SPLITS)}"
        )
    return split or hashed_split("folder", patient)


def _list(folder: Path) -> list[Example]:
    rows = _rows(folder)
    tasks = _tasks(rows)
    examples, home = [], dict[str, str]()
    if len({row["path"] for row in rows}) < len(rows):
        twice = Counter(row["path"] for row in rows).most_common(1)[0][0]
        raise DatasetError(f"{folder / INDEX} names {twice} twice; keep one row for each record")
    for row in rows:
        patient = (row.get("patient") or "").strip() or row["path"]
        split = _split(row, patient, folder)
        if home.setdefault(patient, split) != split:
            raise DatasetError(
                f"{folder / INDEX} has patient {patient} in {home[patient]} and in {split}; put "
                "all records of a patient into one split"
            )
        labels = {task: _labels(row[task] or "") for task in tasks}
        said = [finding_named(label) for task in tasks for label in labels[task]]
        positive, _ = truth_of([code for code in said if code], ())
        examples.append(
            Example(
                name=row["path"],
                path=_path(folder, row["path"]),
                patient=patient,
                split=split,
                positive=positive,
                labels=labels,
                report=(row.get("report") or "").strip(),
            )
        )
    return examples


def bound(directory: Path) -> DatasetSpec:
    """Return the dataset of one directory, with the tasks that its index has.

    Raises:
        DatasetError: There is no usable ``INDEX.csv``.
    """
    home = directory.resolve()
    return replace(
        DATASET,
        name=f"folder@{directory}",
        title=f"Folder {directory.name}",
        tasks=_tasks(_rows(home)),
        folder=str(home),  # an absolute folder stays itself below any root
        also=(),
    )


DATASET = DatasetSpec(
    name="folder",
    title="A directory with an INDEX.csv",
    licence="its owner's",
    citation="its owner",
    folder="folder",
    splits=SPLITS,
    tasks={},
    list_examples=_list,
    size="any",
    get="write an INDEX.csv with the columns path, patient, split, report and your labels",
    url="",
    how_split="its split column, else 80/10/10 % of the patients by SHA-256 of 'folder/PATIENT'",
)
