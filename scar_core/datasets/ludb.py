"""Lobachevsky University Database: 200 records with cardiologists' diagnoses."""

import re
from pathlib import Path

from scar_core.datasets._tables import read_rows
from scar_core.datasets.base import DatasetSpec, Example, truth_of
from scar_core.findings import findings_of

# Beginnings of the statements, as lower-case patterns, and what each says.
_STATEMENTS = (
    (r"sinus rhythm", "SR"),
    (r"sinus bradycardia", "SBRAD"),
    (r"sinus tachycardia", "STACH"),
    (r"sinus arrhythmia|irregular sinus rhythm", "SARRH"),
    (r"atrial fibrillation", "AFIB"),
    (r"atrial flutter", "AFLT"),
    (r"electric axis of the heart: left axis", "LAD"),
    (r"electric axis of the heart: right axis", "RAD"),
    (r"complete left bundle", "CLBBB"),
    (r"complete right bundle", "CRBBB"),
    (r"incomplete left bundle", "ILBBB"),
    (r"incomplete right bundle", "IRBBB"),
    (r"i degree av", "AVB1"),
    (r"iii degree av", "AVB3"),
    (r"left anterior hemiblock", "LAFB"),
    (r"non-specific intravintricular", "IVCD"),
    (r"atrial extrasystole", "PAC"),
    (r"ventricular extrasystole", "PVC"),
    (r"left ventricular (hyper|over)", "LVH"),
    (r"right ventricular hyper", "RVH"),
    (r"left atrial (hyper|over)", "LAE"),
    (r"right atrial (hyper|over)", "RAE"),
    (r"(unipolar|bipolar) ventricular|biventricular|pacemaker presence", "PACE"),
    (r"stemi: inferior", "IMI ACUTEMI STE"),
    (r"stemi: (anterior|septal|apical)", "AMI ACUTEMI STE"),
    (r"stemi: lateral", "LMI ACUTEMI STE"),
    (r"scar formation: inferior", "IMI OLDMI"),
    (r"scar formation: (anterior|septal|apical)", "AMI OLDMI"),
    (r"scar formation: lateral", "LMI OLDMI"),
    (r"scar formation: posterior", "MI OLDMI"),
    (r"ischemia:", "ISC"),
    (r"non-specific repolarization", "NST"),
)
_ASSESSED = frozenset(code for _, codes in _STATEMENTS for code in codes.split())


def codes_of(statement: str) -> tuple[str, ...]:
    """Findings that one LUDB statement says; none for what our vocabulary has no word for."""
    text = statement.strip().lower()
    return tuple(
        code for pattern, codes in _STATEMENTS if re.match(pattern, text) for code in codes.split()
    )


def _example(folder: Path, row: dict[str, str]) -> Example:
    lines = [
        line.strip()
        for column, cell in row.items()
        if column not in ("ID", "Sex", "Age")
        for line in cell.split("\n")
        if line.strip()
    ]
    positive, negative = truth_of([code for line in lines for code in codes_of(line)], _ASSESSED)
    # "Undefined ischemia/scar/supp.NSTEMI" leaves open which of them it is, and STEMI or
    # ischaemia make statements about repolarisation that the experts did not repeat.
    unclear = set()
    if any(line.lower().startswith("undefined ischemia") for line in lines):
        unclear |= {"ISC", "MI", "OLDMI", "AMI", "IMI", "LMI", "STTC"}
    if positive & {"ACUTEMI", "ISC", "LVH", "CLBBB", "PACE"}:
        unclear |= {"NST", "STE", "STTC"}
    name = row["ID"].strip()
    return Example(
        name=name,
        path=folder / "data" / f"{name}.hea",
        patient=name,
        split="train",
        positive=positive,
        negative=negative - findings_of(unclear),
        report=". ".join(lines),
    )


def _list(folder: Path) -> list[Example]:
    return [_example(folder, row) for row in read_rows(folder / "ludb.csv", "LUDB", ("ID",))]


DATASET = DatasetSpec(
    name="ludb",
    title="Lobachevsky University Database 1.0.1",
    licence="ODC-By",
    citation="Kalyakulina et al., LUDB: a new open-access validation tool for ECG delineation "
    "algorithms (2020)",
    folder="ludb",
    splits=("train",),
    tasks={},
    list_examples=_list,
    size="200 records, one a patient, 30 MB",
    get="python -m scar_core data download ludb",
    url="https://physionet.org/content/ludb/1.0.1/",
    how_split="all train",
    index=("ludb.csv",),
    also=("physionet.org/files/ludb/1.0.1",),
    files="https://physionet.org/files/ludb/1.0.1/",
)
