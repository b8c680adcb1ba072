"""CODE-15 %: 345,779 records of telehealth in Brazil with six labels, in HDF5 parts."""

from functools import lru_cache, partial
from pathlib import Path

from scar_core.datasets._splits import hashed_split
from scar_core.datasets._tables import read_rows
from scar_core.datasets.base import DatasetSpec, Example, truth_of
from scar_core.errors import DatasetError, RecordError
from scar_core.formats import open_record
from scar_core.record import ECGRecord

LABELS = ("1dAVb", "RBBB", "LBBB", "SB", "ST", "AF")
_TO_FINDINGS = {
    "1dAVb": "AVB1", "RBBB": "CRBBB", "LBBB": "CLBBB", "SB": "SBRAD", "ST": "STACH", "AF": "AFIB",
}  # fmt: skip
_COLUMNS = ("exam_id", "patient_id", "trace_file", *LABELS)
_RATE_HZ = 400.0


@lru_cache(maxsize=32)
def _places(part: Path) -> dict[int, int]:
    """Row of each exam in a part: the table and the part are not in the same order."""
    import h5py

    try:
        with h5py.File(part, "r") as file:
            return {int(exam): row for row, exam in enumerate(file["exam_id"][()])}
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise RecordError(
            f"{part} is no part of CODE-15 with an exam_id for each row ({error}); fetch it again"
        ) from error


def _open(part: Path, exam: int) -> ECGRecord:
    row = _places(part).get(exam)
    if row is None:
        raise RecordError(f"{part} holds no exam {exam}, but exams.csv says so; fetch both again")
    return open_record(f"{part}#{row}", sampling_rate_hz=_RATE_HZ)


def _example(folder: Path, row: dict[str, str]) -> Example:
    said = tuple(label for label in LABELS if row[label].strip().lower() in ("true", "1"))
    stated = [_TO_FINDINGS[label] for label in said]
    if not said and row.get("normal_ecg", "").strip().lower() == "true":
        stated.append("NORM")
    positive, negative = truth_of(stated, _TO_FINDINGS.values())
    part = folder / Path(row["trace_file"]).name
    if not row["exam_id"].isdigit():
        raise DatasetError(
            f"CODE-15: exams.csv names the exam {row['exam_id'][:40]!r}; exams are numbers, so "
            "fetch it again"
        )
    return Example(
        name=row["exam_id"],
        path=part,
        patient=row["patient_id"],
        split=hashed_split("code15", row["patient_id"]),
        positive=positive,
        negative=negative,
        labels={"labels": said},
        opener=partial(_open, part, int(row["exam_id"])),
    )


def _list(folder: Path) -> list[Example]:
    return [_example(folder, row) for row in read_rows(folder / "exams.csv", "CODE-15", _COLUMNS)]


DATASET = DatasetSpec(
    name="code15",
    title="CODE-15 %",
    licence="CC-BY 4.0",
    citation="Ribeiro et al., CODE-15%: a large scale annotated dataset of 12-lead ECGs (2021)",
    folder="code15",
    splits=("train", "val", "test"),
    tasks={"labels": LABELS},
    list_examples=_list,
    size="345,779 records of 233,770 patients, 63 GB unpacked",
    get="mkdir -p data/code15 && cd data/code15 && curl -fLO -C - "
    "https://zenodo.org/records/4916206/files/exams.csv -O -C - "
    '"https://zenodo.org/records/4916206/files/exams_part[0-17].zip" && unzip "exams_part*.zip"',
    url="https://zenodo.org/records/4916206",
    how_split="80/10/10 % of the patients by SHA-256 of 'code15/PATIENT'",
    index=("exams.csv",),
)
