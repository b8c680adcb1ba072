"""CPSC2018: 6,877 records of 6 to 60 s with nine labels; the original files or the Challenge's."""

from pathlib import Path

from scar_core.datasets._splits import protocol_split
from scar_core.datasets._tables import by_stem, diagnoses, read_rows
from scar_core.datasets.base import DatasetSpec, Example, truth_of
from scar_core.errors import DatasetError

LABELS = ("AFIB", "VPC", "NORM", "1AVB", "CRBBB", "STE", "PAC", "CLBBB", "STD")
"""The protocol's labels in its order."""

_NUMBERED = ("NORM", "AFIB", "1AVB", "CLBBB", "CRBBB", "PAC", "VPC", "STD", "STE")  # 1 to 9
_SNOMED = {
    "426783006": "NORM", "164889003": "AFIB", "270492004": "1AVB", "164909002": "CLBBB",
    "59118001": "CRBBB", "284470004": "PAC", "164884008": "VPC", "429622005": "STD",
    "164931005": "STE",
}  # fmt: skip
_TO_FINDINGS = {
    "AFIB": "AFIB", "VPC": "PVC", "NORM": "NORM SR", "1AVB": "AVB1", "CRBBB": "CRBBB",
    "STE": "STE", "PAC": "PAC", "CLBBB": "CLBBB", "STD": "STD",
}  # fmt: skip
_ASSESSED = frozenset({"AFIB", "PVC", "NORM", "AVB1", "CRBBB", "STE", "PAC", "CLBBB", "STD"})
_COLUMNS = ("First_label", "Second_label", "Third_label")


def labels_of(row: dict[str, str]) -> tuple[str, ...]:
    """Labels of a row of ``REFERENCE.csv``, in the order of ``LABELS``.

    Raises:
        DatasetError: A label is no number from 1 to 9.
    """
    said = set()
    for column in _COLUMNS:
        number = (row[column] or "").strip().removesuffix(".0")
        if number and (not number.isdigit() or not 1 <= int(number) <= len(_NUMBERED)):
            raise DatasetError(
                f"CPSC2018: REFERENCE.csv gives {row['Recording']} the label {number!r}; labels "
                "are the numbers 1 to 9"
            )
        if number:
            said.add(_NUMBERED[int(number) - 1])
    return tuple(label for label in LABELS if label in said)


def _read_labels(folder: Path, headers: dict[str, Path]) -> dict[str, tuple[str, ...]]:
    table = folder / "REFERENCE.csv"
    if table.is_file():
        rows = read_rows(table, "CPSC2018", ("Recording", *_COLUMNS))
        return {row["Recording"]: labels_of(row) for row in rows}
    found = {}
    for name, header in headers.items():
        said = {_SNOMED[code] for code in diagnoses(header) if code in _SNOMED}
        found[name] = tuple(label for label in LABELS if label in said)
    return found


def _list(folder: Path) -> list[Example]:
    headers = by_stem(folder, "A*.hea")
    files = by_stem(folder, "A*.mat") | headers
    labels = _read_labels(folder, headers)
    examples = []
    for name, split in protocol_split("cpsc2018", "A{:04d}").items():
        said = labels.get(name, ())
        stated = [code for label in said for code in _TO_FINDINGS[label].split()]
        positive, negative = truth_of(stated, _ASSESSED) if said else (frozenset(), frozenset())
        examples.append(
            Example(
                name=name,
                path=files.get(name, folder / f"{name}.mat"),
                patient=name,
                split=split,
                positive=positive,
                negative=negative,
                labels={"labels": said},
                origin=f"cpsc2018/{name}",
            )
        )
    return examples


DATASET = DatasetSpec(
    name="cpsc2018",
    title="China Physiological Signal Challenge 2018",
    licence="CC-BY 4.0",
    citation="Liu et al., An open access database for evaluating the algorithms of "
    "electrocardiogram rhythm and morphology abnormality detection (2018)",
    folder="cpsc2018",
    splits=("train", "val", "test"),
    tasks={"labels": LABELS},
    list_examples=_list,
    size="6,877 records, one a patient, 1.5 GB",
    get="python -m scar_core data download cpsc2018",
    url="https://physionet.org/content/challenge-2020/1.0.2/",
    how_split="the community's protocol (MERL): 4,950 train, 551 val, 1,376 test; records that "
    "are only tested on are left out of train and val",
    index=("REFERENCE.csv", "A*.hea", "g1/A*.hea"),
    also=(
        "cpsc2018_raw",
        "cpsc_2018",
        "physionet.org/files/challenge-2020/1.0.2/training/cpsc_2018",
    ),
    files="https://physionet.org/files/challenge-2020/1.0.2/",
    part="training/cpsc_2018/",
)
