"""Chapman-Shaoxing-Ningbo: the 23,026 records of the community's protocol, in two readings.

The protocol looked for each label as a *part* of the joined acronyms, so that "1AVB" also counts
as AVB and as VB, and "LVQRSAL" as SA: ``csn`` has those labels, to be compared with published
figures. ``csn-exact`` counts whole acronyms.
"""

from functools import partial
from pathlib import Path

from scar_core.datasets._snomed import CSN_NAMES
from scar_core.datasets._splits import protocol_split
from scar_core.datasets._tables import by_stem, diagnoses
from scar_core.datasets.base import DatasetSpec, Example, truth_of
from scar_core.findings import BY_SNOMED

LABELS = (
    "AQW", "UW", "SR", "WPW", "2AVB", "AT", "VB", "ARS", "STTC", "SA", "STE", "VPB", "TWO", "STTU",
    "ALS", "APB", "2AVB1", "PRIE", "CCR", "CR", "AF", "AVB", "QTIE", "LBBB", "VEB", "SVT", "RBBB",
    "1AVB", "STDD", "MI", "AFIB", "TWC", "PWC", "ERV", "RVH", "LVH", "ST", "JEB",
)  # fmt: skip
"""The protocol's labels in its order; AF is atrial flutter, AFIB fibrillation."""

_RHYTHMS = frozenset({"SR", "SBRAD", "STACH", "AFIB", "AFLT"})
# Their STE (164930006) is the code of an ST change; elevation has another one, their STTU.
_BY_SNOMED = {code: finding for code, finding in BY_SNOMED.items() if code != "164930006"}


def labels_of(acronyms: tuple[str, ...], *, exact: bool) -> tuple[str, ...]:
    """Labels of a record from its acronyms.

    Args:
        acronyms: Such as ``("SB", "1AVB")``.
        exact: Whole acronyms only; False: the protocol's parts of words.
    """
    if exact:
        return tuple(label for label in LABELS if label in acronyms)
    joined = ",".join(acronyms)
    return tuple(label for label in LABELS if label in joined)


def _example(name: str, split: str, header: Path | None, folder: Path, *, exact: bool) -> Example:
    codes = diagnoses(header) if header else ()
    stated = [_BY_SNOMED[code] for code in codes if code in _BY_SNOMED]
    # The basic rhythms exclude each other; of the rest nobody said that it was looked for.
    rhythm = _RHYTHMS & set(stated)
    positive, negative = truth_of(stated, _RHYTHMS if len(rhythm) == 1 else ())
    acronyms = tuple(CSN_NAMES[code] for code in codes if code in CSN_NAMES)
    return Example(
        name=name,
        path=header or folder / f"{name}.hea",
        patient=name,
        split=split,
        positive=positive,
        negative=negative,
        labels={"labels": labels_of(acronyms, exact=exact)},
        origin=f"csn/{name}",
    )


def _list(folder: Path, *, exact: bool) -> list[Example]:
    headers = by_stem(folder, "JS*.hea")
    return [
        _example(name, split, headers.get(name), folder, exact=exact)
        for name, split in protocol_split("csn", "JS{:05d}").items()
    ]


def _spec(name: str, title: str, *, exact: bool) -> DatasetSpec:
    return DatasetSpec(
        name=name,
        title=title,
        licence="CC-BY 4.0",
        citation="Zheng et al., Optimal multi-stage arrhythmia classification approach (2020); "
        "PhysioNet: A large scale 12-lead electrocardiogram database for arrhythmia study (2022)",
        folder="csn",
        splits=("train", "val", "test"),
        tasks={"labels": LABELS},
        list_examples=partial(_list, exact=exact),
        size="45,152 records, one a patient, of which the protocol uses 23,026; 5.2 GB",
        get="python -m scar_core data download csn",
        url="https://physionet.org/content/ecg-arrhythmia/1.0.0/",
        how_split="the community's protocol (MERL): 16,546 train, 1,860 val, 4,620 test; records "
        "that are only tested on are left out of train and val",
        index=("WFDBRecords", "JS*.hea", "g1/JS*.hea"),
        also=("chapman", "ecg-arrhythmia", "physionet.org/files/ecg-arrhythmia/1.0.0"),
        files="https://physionet.org/files/ecg-arrhythmia/1.0.0/",
    )


DATASET = _spec("csn", "Chapman-Shaoxing-Ningbo, labels as published", exact=False)
VARIANTS = (_spec("csn-exact", "Chapman-Shaoxing-Ningbo, exact labels", exact=True),)
