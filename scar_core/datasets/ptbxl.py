"""PTB-XL with an index of splits and labels: superclass, subclass, form and rhythm tasks."""

from pathlib import Path

from scar_core.datasets.base import DatasetSpec, Example, read_rows, truth_of

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


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(code for code in cell.split("|") if code)


def _example(folder: Path, row: dict[str, str]) -> Example:
    labels = {task: _codes(row[task]) for task in ("super", "sub", "form", "rhythm")}
    stated = {
        _TO_FINDINGS[code]
        for task in ("sub", "form", "rhythm")
        for code in labels[task]
        if code in _TO_FINDINGS
    }
    together = labels["sub"] + labels["form"] + labels["rhythm"]  # NST is in two of them
    positive, negative = truth_of(stated, _ASSESSED, labels["super"])
    return Example(
        name=row["path"],
        path=folder / f"{row['path']}.hea",
        patient=row["patient"],
        split=row["split"],
        positive=positive,
        negative=negative,
        labels={**labels, "labels": tuple(dict.fromkeys(together))},
        report=row["report"],
    )


def _list(folder: Path) -> list[Example]:
    return [_example(folder, row) for row in read_rows(folder / "INDEX.csv", "PTB-XL")]


DATASET = DatasetSpec(
    name="ptbxl",
    title="PTB-XL",
    licence="CC-BY 4.0",
    citation="Wagner et al., PTB-XL, a large publicly available electrocardiography dataset (2020)",
    folder="ptbxl_zscored",
    splits=("train", "val", "test"),
    tasks={
        "super": SUPER,
        "sub": SUB,
        "form": FORM,
        "rhythm": RHYTHM,
        "labels": tuple(dict.fromkeys(SUB + FORM + RHYTHM)),
    },
    list_examples=_list,
)
