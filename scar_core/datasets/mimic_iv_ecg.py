"""MIMIC-IV-ECG: 800,035 records of 161,352 patients with the statements of the machine."""

from pathlib import Path

from scar_core.datasets._splits import hashed_split
from scar_core.datasets._tables import read_rows
from scar_core.datasets.base import DatasetSpec, Example
from scar_core.reports import mimic_report

_WHAT = "MIMIC-IV-ECG"


def _list(folder: Path) -> list[Example]:
    # By study, not by row: nothing promises that the two tables are in the same order.
    reports = {
        row["study_id"]: mimic_report(row)
        for row in read_rows(folder / "machine_measurements.csv", _WHAT, ("study_id", "report_0"))
    }
    columns = ("subject_id", "study_id", "path")
    return [
        Example(
            name=row["study_id"],
            path=folder / f"{row['path']}.hea",
            patient=row["subject_id"],
            split=hashed_split("mimic_iv_ecg", row["subject_id"]),
            positive=frozenset(),
            report=reports.get(row["study_id"], ""),
        )
        for row in read_rows(folder / "record_list.csv", _WHAT, columns)
    ]


DATASET = DatasetSpec(
    name="mimic_iv_ecg",
    title="MIMIC-IV-ECG 1.0",
    licence="ODbL 1.0",
    citation="Gow et al., MIMIC-IV-ECG: Diagnostic Electrocardiogram Matched Subset (2023)",
    folder="mimic_iv_ecg",
    splits=("train", "val", "test"),
    tasks={},
    list_examples=_list,
    size="800,035 records of 161,352 patients, 90 GB",
    get="python -m scar_core data download mimic_iv_ecg",
    url="https://physionet.org/content/mimic-iv-ecg/1.0/",
    how_split="80/10/10 % of the patients by SHA-256 of 'mimic_iv_ecg/SUBJECT'",
    index=("record_list.csv",),
    also=("mimic-iv-ecg", "physionet.org/files/mimic-iv-ecg/1.0"),
    files="https://physionet.org/files/mimic-iv-ecg/1.0/",
)
