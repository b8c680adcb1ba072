"""Georgia 12-lead records, filtered; labels say what is there, never what is not."""

from pathlib import Path

from scar_core.datasets._tables import header_comments
from scar_core.datasets.base import DatasetSpec, Example, truth_of

_CODES = {
    "sinus_rhythm": "SR",
    "sinus_bradycardia": "SBRAD",
    "sinus_tachycardia": "STACH",
    "sinus_arrhythmia": "SARRH",
    "atrial_fibrillation": "AFIB",
    "atrial_flutter": "AFLT",
    "right_axis_deviation": "RAD",
    "left_axis_deviation": "LAD",
    "left_anterior_fascicular_block": "LAFB",
    "right_bundle_branch_block": "CRBBB",
    "left_bundle_branch_block": "CLBBB",
    "incomplete_right_bundle_branch_block": "IRBBB",
    "1st_degree_av_block": "AVB1",
    "t_wave_inversion": "TINV",
    "t_wave_abnormal": "TAB",
    "premature_atrial_contraction": "PAC",
    "low_qrs_voltages": "LVOLT",
}
_RHYTHMS = frozenset({"SR", "SBRAD", "STACH", "AFIB", "AFLT"})


def _example(header: Path) -> Example:
    names = header_comments(header).get("folders", "").split("|")
    stated = [_CODES[name] for name in names if name in _CODES]
    # The basic rhythms exclude each other: the one sure thing about what is absent.
    rhythm = _RHYTHMS & set(stated)
    positive, negative = truth_of(stated, _RHYTHMS if len(rhythm) == 1 else ())
    return Example(
        name=header.stem,
        path=header,
        patient=header.stem,
        split="train",
        positive=positive,
        negative=negative,
        origin=f"georgia/{header.stem}",
    )


def _list(folder: Path) -> list[Example]:
    return [_example(header) for header in sorted(folder.glob("E*.hea"))]


DATASET = DatasetSpec(
    name="georgia",
    title="Georgia 12-lead ECG Challenge Database, filtered",
    licence="CC-BY 4.0",
    citation="Perez Alday et al., Classification of 12-lead ECGs: the PhysioNet/Computing in "
    "Cardiology Challenge 2020",
    folder="georgia_filtered",
    splits=("train",),
    tasks={},
    list_examples=_list,
    size="64 records of 10 s",
    get="ask the authors of SCAR Explorer: the filtered selection is on no server",
    url="https://physionet.org/content/challenge-2020/1.0.2/",
    how_split="all train; the unfiltered records are part of challenge, which is only tested on",
    index=("E*.hea",),
)
