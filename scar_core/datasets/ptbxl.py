"""PTB-XL, as published or with an index of splits and labels: four tasks of statements.

As published (``ptbxl_database.csv``, ``scp_statements.csv``): labels are all statements of a record
whatever their likelihood, folds 1-8 train, 9 validate, 10 test, as in the community's protocol.
With ``INDEX.csv`` (z-scored leads): labels and splits are the index's own.
"""

import ast
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from scar_core.datasets._splits import held_out
from scar_core.datasets._tables import read_rows
from scar_core.datasets.base import DatasetSpec, Example, data_root, truth_of
from scar_core.errors import DatasetError
from scar_core.findings import BY_SCP
from scar_core.reports import clean_report

SUPER = ("NORM", "MI", "STTC", "CD", "HYP")
SUB = (
    "NORM", "AMI", "IMI", "LMI", "PMI", "CLBBB", "CRBBB", "ILBBB", "IRBBB", "LAFB/LPFB", "IVCD",
    "AVB", "WPW", "LVH", "RVH", "LAO/LAE", "RAO/RAE", "SEHYP", "STTC", "NST", "ISC", "ISCA", "ISCI",
)  # fmt: skip
FORM = (
    "NDT", "NST", "DIG", "LNGQT", "ABQRS", "PVC", "STD", "VCLVH", "QWAVE", "LOWT", "NT", "PAC",
    "LPR", "INVT", "LVOLT", "HVOLT", "TAB", "STE", "PRC(S)",
)  # fmt: skip
RHYTHM = (
    "SR", "AFIB", "STACH", "SARRH", "SBRAD", "PACE", "SVARR", "BIGU", "AFLT", "SVTAC", "PSVT",
    "TRIGU",
)  # fmt: skip

_TO_FINDINGS = {
    "NORM": "NORM", "AMI": "AMI", "IMI": "IMI", "LMI": "LMI", "PMI": "MI", "CLBBB": "CLBBB",
    "CRBBB": "CRBBB", "ILBBB": "ILBBB", "IRBBB": "IRBBB", "LAFB/LPFB": "LAFB", "IVCD": "IVCD",
    "AVB": "AVB", "WPW": "WPW", "LVH": "LVH", "RVH": "RVH", "LAO/LAE": "LAE", "RAO/RAE": "RAE",
    "SEHYP": "HYP", "STTC": "STTC", "NST": "NST", "ISC": "ISC", "ISCA": "ISC", "ISCI": "ISC",
    "NDT": "TAB", "LNGQT": "LQT", "ABQRS": "ABQRS", "PVC": "PVC", "STD": "STD", "QWAVE": "QWAVE",
    "LOWT": "TAB", "NT": "TAB", "PAC": "PAC", "LPR": "AVB1", "INVT": "TINV", "LVOLT": "LVOLT",
    "TAB": "TAB", "STE": "STE", "SR": "SR", "AFIB": "AFIB", "STACH": "STACH", "SARRH": "SARRH",
    "SBRAD": "SBRAD", "PACE": "PACE", "SVARR": "SVARR", "BIGU": "BIGU", "AFLT": "AFLT",
    "SVTAC": "SVT", "PSVT": "SVT",
}  # fmt: skip

# Most "LAFB/LPFB" are anterior (1,626 against 177 in PTB-XL), so the label stands for LAFB; that
# the posterior block is absent nobody said. PTB-XL has no statement for a lone first-degree block
# in its subclasses: LPR is the form statement for it.
_ASSESSED = frozenset(_TO_FINDINGS.values())
_STATED_APART = frozenset({"LPFB", "AVB2", "AVB3"})
"""Findings that the published statements tell apart and the index does not."""

_TASKS = {"diagnostic": ("super", "sub"), "form": ("form",), "rhythm": ("rhythm",)}
_ORDER = {"super": SUPER, "sub": SUB, "form": FORM, "rhythm": RHYTHM}
_COLUMNS = ("ecg_id", "patient_id", "strat_fold", "filename_lr", "filename_hr", "scp_codes")


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(code for code in cell.split("|") if code)


def _together(labels: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """All labels below the superclass, each once: NST is a subclass and a form."""
    return tuple(dict.fromkeys(labels["sub"] + labels["form"] + labels["rhythm"]))


def _rates_known(stated: Collection[str]) -> frozenset[str]:
    """Findings of rate that are assessed: PTB-XL states rates of sinus rhythms only."""
    return frozenset({"BRADY", "TACHY"} if "SR" in stated else ())


def _indexed(folder: Path, row: dict[str, str]) -> Example:
    labels = {task: _codes(row[task]) for task in ("super", "sub", "form", "rhythm")}
    together = _together(labels)
    stated = {_TO_FINDINGS[code] for code in together if code in _TO_FINDINGS}
    positive, negative = truth_of(stated, _ASSESSED | _rates_known(stated), labels["super"])
    return Example(
        name=row["path"],
        path=folder / f"{row['path']}.hea",
        patient=row["patient"],
        split=row["split"],
        positive=positive,
        negative=negative,
        labels={**labels, "labels": together},
        report=clean_report(row["report"]),
        origin=f"ptbxl/{row['ecg_id']}",
    )


def read_statements(path: Path) -> dict[str, dict[str, str]]:
    """Read ``scp_statements.csv``.

    Returns:
        Label of each statement by task: ``{"ASMI": {"super": "MI", "sub": "AMI"}, ...}``; the
        protocol leaves out the underscores at the ends of subclasses and codes.

    Raises:
        DatasetError: The table cannot be used.
    """
    found: dict[str, dict[str, str]] = {}
    columns = ("diagnostic", "form", "rhythm", "diagnostic_class", "diagnostic_subclass")
    for row in read_rows(path, "PTB-XL", ("", *columns)):
        label = row[""].strip("_")
        said = {"super": row["diagnostic_class"], "sub": row["diagnostic_subclass"].strip("_")}
        said |= {"form": label, "rhythm": label}
        found[row[""]] = {
            task: said[task] for kind, tasks in _TASKS.items() if row[kind] for task in tasks
        }
    return found


def labels_of(
    codes: Mapping[str, float], statements: Mapping[str, Mapping[str, str]]
) -> dict[str, tuple[str, ...]]:
    """Labels of a record by task, in the order of the tasks.

    Args:
        codes: Statements with their likelihood, which does not count: it is 0 where unknown.
        statements: Of ``read_statements``.
    """
    said = [statements.get(code, {}) for code in codes]
    return {
        task: tuple(label for label in order if any(one.get(task) == label for one in said))
        for task, order in _ORDER.items()
    }


def _stated(cell: str, where: str) -> dict[str, float]:
    try:
        codes = ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        codes = None
    if not isinstance(codes, dict) or not all(isinstance(code, str) for code in codes):
        raise DatasetError(
            f"{where} states the codes {cell[:60]!r}, which are no {{'CODE': likelihood}}; fetch "
            "ptbxl_database.csv again"
        )
    return codes


def _split_of(fold: str, where: str) -> str:
    if not fold.isdigit() or not 1 <= int(fold) <= 10:
        raise DatasetError(f"{where} is in fold {fold!r}; folds are 1 to 10, so fetch it again")
    return {"9": "val", "10": "test"}.get(str(int(fold)), "train")


Truth = tuple[frozenset[str], frozenset[str]]


def _truth(codes: Mapping[str, float], labels: Mapping[str, tuple[str, ...]]) -> Truth:
    """What is true of a record by its statements, and what they would have stated."""
    stated = {_TO_FINDINGS[label] for label in _together(labels) if label in _TO_FINDINGS}
    stated -= {"LAFB"}  # the label is also the posterior block's; the code says which it is
    stated |= {BY_SCP[code] for code in codes if code in BY_SCP}
    return truth_of(stated, _ASSESSED | _STATED_APART | _rates_known(stated), labels["super"])


def _published(folder: Path) -> list[Example]:
    statements = read_statements(folder / "scp_statements.csv")
    file = "filename_hr" if (folder / "records500").is_dir() else "filename_lr"
    examples = []
    for row in read_rows(folder / "ptbxl_database.csv", "PTB-XL", _COLUMNS):
        where = f"PTB-XL record {row['ecg_id']}"
        codes = _stated(row["scp_codes"], where)
        labels = labels_of(codes, statements)
        positive, negative = _truth(codes, labels)
        number = row["ecg_id"]
        examples.append(
            Example(
                name=f"{int(number):05d}",
                path=folder / f"{row[file]}.hea",
                patient=row["patient_id"].removesuffix(".0"),
                split=_split_of(row["strat_fold"].removesuffix(".0"), where),
                positive=positive,
                negative=negative,
                labels={**labels, "labels": _together(labels)},
                report=clean_report(row.get("report") or ""),
                origin=f"ptbxl/{number}",
            )
        )
    return examples


def _list(folder: Path) -> list[Example]:
    if (folder / "ptbxl_database.csv").is_file():
        return _published(folder)
    columns = ("path", "ecg_id", "patient", "split", "super", "sub", "form", "rhythm", "report")
    return [_indexed(folder, row) for row in read_rows(folder / "INDEX.csv", "PTB-XL", columns)]


DATASET = DatasetSpec(
    name="ptbxl",
    title="PTB-XL",
    licence="CC-BY 4.0",
    citation="Wagner et al., PTB-XL, a large publicly available electrocardiography dataset (2020)",
    folder="ptbxl",
    splits=("train", "val", "test"),
    tasks={
        "super": SUPER,
        "sub": SUB,
        "form": FORM,
        "rhythm": RHYTHM,
        "labels": tuple(dict.fromkeys(SUB + FORM + RHYTHM)),
    },
    list_examples=_list,
    size="21,799 records of 18,869 patients, 3.0 GB (1.0.3; 21,837 records in 1.0.1 and 1.0.2)",
    get="python -m scar_core data download ptbxl",
    url="https://physionet.org/content/ptb-xl/1.0.3/",
    how_split="published folds, by patient: 1-8 train, 9 val, 10 test; an INDEX.csv has its own",
    index=("ptbxl_database.csv", "INDEX.csv"),
    also=("ptb-xl", "physionet.org/files/ptb-xl/1.0.3", "ptbxl_zscored"),
    files="https://physionet.org/files/ptb-xl/1.0.3/",
    labelled=frozenset({"super", "sub", "form", "rhythm"}),
)


class Report(NamedTuple):
    """The report of a record, whose waveform need not be here.

    Attributes:
        text: As stored: German, Swedish or English, with stamps and typed labels.
        positive: Codes of findings that are true, as of the record's ``Example``.
        negative: Codes of findings that are known to be absent.
        patient: Patient.
        number: The record's ``ecg_id``.
    """

    text: str
    positive: frozenset[str]
    negative: frozenset[str]
    patient: str
    number: str


_TABLES = ("ptbxl_database.csv", "ptbxl_database_form.csv")
"""Published tables with reports; the second has the records that have statements of form."""
_FOLDS = {"train": range(1, 8), "val": range(8, 9)}
"""Folds 9 and 10 are tested on, by one index or another."""


def written_reports(root: Path | None, split: str) -> list[Report]:
    """Read the reports that a text tower may learn from, or be judged by, waveforms or not.

    A patient of another fold is left out, and one of another split of the PTB-XL records at hand,
    and one of the recordings that are only tested on.

    Args:
        root: Folder that holds the dataset's folder, or is it; None: ``data_root()``.
        split: ``train``, folds 1 to 7, or ``val``, fold 8.

    Returns:
        Reports in the order of the table; empty if there is no table.

    Raises:
        DatasetError: A table cannot be used.
    """
    base = root or data_root()
    places = [base / name for name in (DATASET.folder, *DATASET.also)] + [base]
    tables = [place / name for name in _TABLES for place in places]
    table = next((path for path in tables if path.is_file()), None)
    if table is None:
        return []
    statements = read_statements(table.with_name("scp_statements.csv"))
    rows = list(read_rows(table, "PTB-XL", ("ecg_id", "patient_id", "strat_fold", "scp_codes")))
    apart = _apart(rows, root, split)
    found = []
    for row in rows:
        patient = row["patient_id"].removesuffix(".0")
        text = row.get("report") or ""
        if patient in apart or not text.strip():
            continue
        codes = _stated(row["scp_codes"], f"PTB-XL record {row['ecg_id']}")
        positive, negative = _truth(codes, labels_of(codes, statements))
        found.append(Report(text, positive, negative, patient, row["ecg_id"]))
    return found


def _apart(rows: list[dict[str, str]], root: Path | None, split: str) -> frozenset[str]:
    """Patients whose reports are not for this split."""
    tested, folds = held_out(), _FOLDS[split]
    apart = {
        row["patient_id"].removesuffix(".0")
        for row in rows
        if int(row["strat_fold"].removesuffix(".0")) not in folds
        or f"ptbxl/{row['ecg_id']}" in tested
    }
    try:
        folder = DATASET.locate(root)
    except DatasetError:
        return frozenset(apart)  # no records at hand
    others = {"train": ("val", "test"), "val": ("test",)}[split]
    return frozenset(apart | {e.patient for e in DATASET.everything(folder) if e.split in others})
