"""PhysioNet/CinC Challenge 2020/21 records of several hospitals: another source, test only."""

from pathlib import Path

from scar_core.datasets.base import DatasetSpec, Example, read_rows, truth_of
from scar_core.findings import BY_SNOMED

# Concepts that the Challenge scored as one, and labels that our vocabulary has no word for.
_MERGED = {
    "427172004": "PVC",
    "17338001": "PVC",
    "164884008": "PVC",
    "59118001": "RBBB",
    "713427006": "RBBB",
}
_NAMES = {
    "426783006": "SR", "426177001": "SBRAD", "284470004": "PAC", "427084000": "STACH",
    "428750005": "NSSTTA", "164934002": "TAb", "55930002": "STIAb", "164865005": "MI",
    "164889003": "AF", "164873001": "LVH", "39732003": "LAD", "698252002": "NSIVCB",
    "164867002": "OldMI", "111975006": "LQT", "427393009": "SA", "59931005": "TInv",
    "713426002": "IRBBB", "253352002": "LAA", "164930006": "STC", "270492004": "IAVB",
    "47665007": "RAD", "251146004": "LQRSV", "164951009": "abQRS", "10370003": "PR",
    "164890007": "AFL", "426627000": "Brady", "55827005": "LVHV",
}  # fmt: skip


def label_of(snomed: str) -> str | None:
    """Short label of a SNOMED CT code, as the Challenge abbreviates it; None if it is not ours."""
    return _MERGED.get(snomed) or _NAMES.get(snomed)


def _example(folder: Path, row: dict[str, str]) -> Example:
    codes = [code.strip() for code in row["dx_snomed"].split(",") if code.strip()]
    positive, _ = truth_of([BY_SNOMED[code] for code in codes if code in BY_SNOMED], ())
    labels = tuple(dict.fromkeys(label for code in codes if (label := label_of(code))))
    return Example(
        name=row["record"],
        path=folder / row["subset"] / f"{row['record']}.hea",
        patient=row["record"],
        split="test",
        positive=positive,
        labels={"labels": labels},
    )


def _list(folder: Path) -> list[Example]:
    return [_example(folder, row) for row in read_rows(folder / "INDEX.csv", "The Challenge set")]


DATASET = DatasetSpec(
    name="challenge",
    title="PhysioNet/CinC Challenge 2020/21 selection",
    licence="CC-BY 4.0",
    citation="Reyna et al., Will two do? Varying dimensions in electrocardiography: the "
    "PhysioNet/Computing in Cardiology Challenge 2021",
    folder="cinc2021",
    splits=("test",),
    tasks={"labels": tuple(dict.fromkeys([*_NAMES.values(), *_MERGED.values()]))},
    list_examples=_list,
)
