"""The protocol's 18 split tables as they are, and made folders from which we list the same."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

SPLITS = ("train", "val", "test")
SETS = {
    "ptbxl_super_class": ("ptbxl", "super"),
    "ptbxl_sub_class": ("ptbxl", "sub"),
    "ptbxl_form": ("ptbxl", "form"),
    "ptbxl_rhythm": ("ptbxl", "rhythm"),
    "icbeb": ("cpsc2018", "labels"),
    "chapman": ("csn", "labels"),
}
"""Dataset and task of each set of tables."""

_FIRST_LABEL = {"ptbxl": 6, "icbeb": 7, "chapman": 3}


class Row(NamedTuple):
    """One row: the record as we name it, its patient, and its labels in the table's order."""

    name: str
    patient: str
    labels: tuple[str, ...]
    cells: dict[str, str]


@cache
def read(folder: Path, table: str, split: str) -> list[Row]:
    """Rows of a table in its order."""
    with (folder / f"{table}_{split}.csv").open(newline="", encoding="utf-8") as stream:
        return [_row(table, cells) for cells in csv.DictReader(stream)]


def _row(table: str, cells: dict[str, str]) -> Row:
    kind = table.partition("_")[0]
    names = list(cells)[_FIRST_LABEL[kind] :]
    assert {cells[name] for name in names} <= {"0", "1"}
    labels = tuple(name for name in names if cells[name] == "1")
    if kind == "ptbxl":
        patient = str(int(float(cells["patient_id"])))
        return Row(f"{int(cells['ecg_id']):05d}", patient, labels, cells)
    name = cells["filename"] if kind == "icbeb" else Path(cells["ecg_path"]).stem
    return Row(name, name, labels, cells)


def label_names(folder: Path, table: str) -> set[str]:
    """Names of a table's label columns."""
    with (folder / f"{table}_test.csv").open(newline="", encoding="utf-8") as stream:
        header = next(csv.reader(stream))
    return set(header[_FIRST_LABEL[table.partition("_")[0]] :])


def write_ptbxl(splits: Path, statements: Path, folder: Path) -> None:
    """Make the published tables of which the protocol's were made: one statement for each label.

    Every row of the twelve tables is there; what the tables do not tell (the statement behind a
    subclass, likelihoods, reports) is not as published.
    """
    with statements.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    # "EL" is STTC and no form; "NDT" would be both.
    of = {"sub": {row["diagnostic_subclass"].strip("_"): row[""] for row in rows
                  if row["diagnostic"] and (not row["form"] or row[""] == "NST_")}}  # fmt: skip
    of["form"] = {row[""].strip("_"): row[""] for row in rows if row["form"]}
    of["rhythm"] = {row[""].strip("_"): row[""] for row in rows if row["rhythm"]}
    found: dict[str, tuple[dict[str, str], dict[str, float]]] = {}
    for task, table in (("sub", "sub_class"), ("form", "form"), ("rhythm", "rhythm")):
        for split in SPLITS:
            for row in read(splits, f"ptbxl_{table}", split):
                _, codes = found.setdefault(row.name, (row.cells, {}))
                codes.update({of[task][label]: 0.0 for label in row.labels})
    folder.mkdir(exist_ok=True)
    (folder / "scp_statements.csv").write_bytes(statements.read_bytes())
    columns = ["ecg_id", "patient_id", "strat_fold", "filename_lr", "filename_hr", "scp_codes"]
    with (folder / "ptbxl_database.csv").open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(columns)
        for name in sorted(found):
            cells, codes = found[name]
            out.writerow([*(cells[column] for column in columns[:-1]), repr(codes)])
