"""PhysioNet/CinC Challenge 2020/21 records of several hospitals: another source, test only.

The selection with an ``INDEX.csv``, or the published ``training`` folder: one folder a source, its
labels in the headers.
"""

from collections.abc import Sequence
from pathlib import Path

from scar_core.datasets._tables import diagnoses, read_rows
from scar_core.datasets.base import DatasetSpec, Example, truth_of
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


_ORIGINS = {"A": "cpsc2018", "Q": "cpsc2018-extra", "E": "georgia", "JS": "csn", "HR": "ptbxl"}


def origin_of(record: str) -> str:
    """Dataset and name under which a recording of the Challenge was first published."""
    letters, number = record.rstrip("0123456789"), record.lstrip("AQEJSHR")
    if letters not in _ORIGINS:
        return f"{'ptbdb' if letters == 'S' else 'challenge'}/{record}"
    return f"{_ORIGINS[letters]}/{int(number) if letters == 'HR' else record}"


def _example(path: Path, codes: Sequence[str]) -> Example:
    positive, _ = truth_of([BY_SNOMED[code] for code in codes if code in BY_SNOMED], ())
    labels = tuple(dict.fromkeys(label for code in codes if (label := label_of(code))))
    return Example(
        name=path.stem,
        path=path,
        patient=path.stem,
        split="test",
        positive=positive,
        labels={"labels": labels},
        origin=origin_of(path.stem),
    )


def _list(folder: Path) -> list[Example]:
    if not (folder / "INDEX.csv").is_file():
        headers = sorted(folder.rglob("*.hea"))
        return [_example(header, diagnoses(header)) for header in headers]
    examples = []
    columns = ("record", "subset", "dx_snomed")
    for row in read_rows(folder / "INDEX.csv", "The Challenge set", columns):
        codes = [code.strip() for code in row["dx_snomed"].split(",") if code.strip()]
        examples.append(_example(folder / row["subset"] / f"{row['record']}.hea", codes))
    return examples


DATASET = DatasetSpec(
    name="challenge",
    title="PhysioNet/CinC Challenge 2020/21",
    licence="CC-BY 4.0",
    citation="Reyna et al., Will two do? Varying dimensions in electrocardiography: the "
    "PhysioNet/Computing in Cardiology Challenge 2021",
    folder="cinc2021",
    splits=("test",),
    tasks={"labels": tuple(dict.fromkeys([*_NAMES.values(), *_MERGED.values()]))},
    list_examples=_list,
    size="88,253 records of six sources, 10 GB; or a selection of 124",
    get="python -m scar_core data download challenge",
    url="https://physionet.org/content/challenge-2021/1.0.3/",
    how_split="all test",
    index=("INDEX.csv", "*/g1/*.hea"),
    also=("challenge", "physionet.org/files/challenge-2021/1.0.3/training"),
    files="https://physionet.org/files/challenge-2021/1.0.3/",
    part="training/",
)
