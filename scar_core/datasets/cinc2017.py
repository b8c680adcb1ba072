"""CinC 2017: short single-lead records of a hand-held device; for testing only."""

from pathlib import Path

from scar_core.datasets._tables import by_stem
from scar_core.datasets.base import DatasetSpec, Example, truth_of
from scar_core.errors import DatasetError

RHYTHMS = ("N", "A", "O", "~")
"""Normal rhythm, atrial fibrillation, another rhythm, too noisy to tell."""

# What each says of our findings: what is true, and what would have been said.
_SAYS = {
    "N": (("SR",), ("SR", "AFIB")),
    "A": (("AFIB",), ("SR", "AFIB")),
    "O": ((), ("AFIB",)),
    "~": ((), ()),
}


def _list(folder: Path) -> list[Example]:
    table = folder / "REFERENCE.csv"
    try:
        lines = table.read_text(encoding="utf-8-sig").split()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"CinC 2017: {table} cannot be read ({error})") from error
    headers = by_stem(folder, "A*.hea")
    examples = []
    for line in lines:
        name, _, rhythm = line.partition(",")
        if rhythm not in _SAYS:
            raise DatasetError(
                f"CinC 2017: {table} has the line {line[:40]!r}; lines are NAME,RHYTHM with one "
                f"of {', '.join(RHYTHMS)}, so fetch it again"
            )
        positive, negative = truth_of(*_SAYS[rhythm])
        examples.append(
            Example(
                name=name,
                path=headers.get(name, folder / f"{name}.hea"),
                patient=name,
                split="test",
                positive=positive,
                negative=negative,
                labels={"rhythm": (rhythm,)},
            )
        )
    return examples


DATASET = DatasetSpec(
    name="cinc2017",
    title="PhysioNet/CinC Challenge 2017, validation set",
    licence="ODC-By",
    citation="Clifford et al., AF classification from a short single lead ECG recording: the "
    "PhysioNet/Computing in Cardiology Challenge 2017",
    folder="cinc2017",
    splits=("test",),
    tasks={"rhythm": RHYTHMS},
    list_examples=_list,
    size="300 records of one lead, 7 MB",
    get="python -m scar_core data download cinc2017",
    url="https://physionet.org/content/challenge-2017/1.0.0/",
    how_split="all test",
    index=("REFERENCE.csv",),
    also=("physionet.org/files/challenge-2017/1.0.0/validation",),
    files="https://physionet.org/files/challenge-2017/1.0.0/",
    part="validation/",
)
