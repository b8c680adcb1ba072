"""The guided cases: what each asks and compares."""

from dataclasses import dataclass

from pages.ui.text import learn as text
from scar_core.leads import LEADS, LIMB
from scar_core.missing import Scenario


@dataclass(frozen=True)
class Lesson:
    """One guided case.

    Attributes:
        key: What a link calls it.
        title: What it is about.
        question: What is asked.
        why: What is behind it.
        case: Record of the gallery, without its source; empty: about measured results.
        finding: Code of the finding that is watched.
        options: What the reader chooses from, and what it hides; None where it is no scenario.
        beside: More rows of the answer, not to choose from.
        keeps: The right option keeps the finding likeliest; else it lowers it most.
        expected: Options that the textbook would choose.
    """

    key: str
    title: str
    question: str
    why: str
    case: str = ""
    finding: str = ""
    options: tuple[tuple[str, Scenario | None], ...] = ()
    beside: tuple[tuple[str, Scenario], ...] = ()
    keeps: bool = False
    expected: tuple[int, ...] = ()


def _hide(*leads: str, recover: bool = False) -> Scenario:
    return Scenario(leads=leads, recover=recover)


def _only(lead: str) -> Scenario:
    return Scenario(leads=tuple(name for name in LEADS if name != lead))


LESSONS = (
    Lesson(
        "rbbb",
        text.RBBB_TITLE,
        text.RBBB_ASK,
        text.RBBB_WHY,
        "right-bundle-branch-block",
        "CRBBB",
        (
            (text.RBBB_LATERAL, _hide("I", "V5", "V6")),
            (text.RBBB_V1, _hide("V1", "V2", "V3")),
            (text.RBBB_LIMB, _hide("II", "III", "aVF")),
        ),
        ((text.RBBB_ONLY, _only("V1")),),
        expected=(1,),
    ),
    Lesson(
        "inferior",
        text.INFERIOR_TITLE,
        text.INFERIOR_ASK,
        text.INFERIOR_WHY,
        "inferior-infarction-acute",
        "IMI",
        (
            (text.INFERIOR_THREE, _hide("II", "III", "aVF")),
            (text.INFERIOR_CHEST, _hide("V1", "V2", "V3")),
            (text.INFERIOR_ALL, _hide(*LIMB)),
        ),
        ((text.INFERIOR_RECOVERED, _hide("II", "III", "aVF", recover=True)),),
        expected=(2,),
    ),
    Lesson(
        "fibrillation",
        text.AF_TITLE,
        text.AF_ASK,
        text.AF_WHY,
        "atrial-fibrillation",
        "AFIB",
        (
            (text.AF_I, _only("I")),
            (text.AF_II, _only("II")),
            (text.AF_V1, _only("V1")),
            (text.AF_V6, _only("V6")),
        ),
        keeps=True,
        expected=(1, 2),
    ),
    Lesson(
        "masks",
        text.MASKS_TITLE,
        text.MASKS_ASK,
        text.MASKS_WHY,
        "atrial-fibrillation",
        "AFIB",
        ((text.MASKS_LITTLE, None), (text.MASKS_SOME, None), (text.MASKS_MUCH, None)),
    ),
    Lesson(
        "electrode",
        text.ELECTRODE_TITLE,
        text.ELECTRODE_ASK,
        text.ELECTRODE_WHY,
        "left-bundle-branch-block",
        "CLBBB",
        (
            (text.ELECTRODE_AVL, _hide("aVL")),
            (text.ELECTRODE_V1, Scenario(electrodes=("V1",))),
            (text.ELECTRODE_LA, Scenario(electrodes=("LA",))),
        ),
        expected=(2,),
    ),
    Lesson("cmrs", text.CMRS_TITLE, "", text.CMRS_WHY),
)
