"""Class prompts: one text for each label of a task, written for the built-in text tower."""

import json
from collections.abc import Mapping
from pathlib import Path

from scar_core.datasets.folder import finding_named
from scar_core.errors import ConfigError
from scar_core.findings import FINDINGS

DEFAULT_FINDINGS = (
    "NORM", "SR", "SBRAD", "STACH", "SARRH", "AFIB", "AFLT", "SVT", "PACE", "PAC", "PVC", "AVB1",
    "AVB3", "CLBBB", "CRBBB", "IRBBB", "LAFB", "LAD", "RAD", "LVH", "RVH", "LAE", "IMI", "AMI",
    "LMI", "STD", "STE", "TINV", "ISC", "LQT",
)  # fmt: skip
"""What a page or command asks for when nobody chose: the findings that a model can know."""

_PTBXL = {
    "NORM": "NORM", "MI": "MI", "STTC": "STTC", "CD": "CD", "HYP": "HYP", "AMI": "AMI",
    "IMI": "IMI", "LMI": "LMI", "CLBBB": "CLBBB", "CRBBB": "CRBBB", "ILBBB": "ILBBB",
    "IRBBB": "IRBBB", "LAFB/LPFB": "LAFB", "IVCD": "IVCD", "AVB": "AVB", "WPW": "WPW",
    "LVH": "LVH", "RVH": "RVH", "LAO/LAE": "LAE", "RAO/RAE": "RAE", "NST": "NST", "ISC": "ISC",
    "LNGQT": "LQT", "ABQRS": "ABQRS", "PVC": "PVC", "STD": "STD", "QWAVE": "QWAVE", "PAC": "PAC",
    "LPR": "AVB1", "INVT": "TINV", "LVOLT": "LVOLT", "TAB": "TAB", "STE": "STE", "SR": "SR",
    "AFIB": "AFIB", "STACH": "STACH", "SARRH": "SARRH", "SBRAD": "SBRAD", "PACE": "PACE",
    "SVARR": "SVARR", "BIGU": "BIGU", "AFLT": "AFLT", "SVTAC": "SVT", "PSVT": "SVT",
}  # fmt: skip
_PTBXL_TEXTS = {
    "PMI": "posterior myocardial infarction",
    "SEHYP": "septal hypertrophy",
    "ISCA": "anterior ischaemic ST-T changes",
    "ISCI": "inferior ischaemic ST-T changes",
    "NDT": "non-diagnostic T wave abnormality",
    "DIG": "digitalis effect",
    "VCLVH": "voltage criteria for left ventricular hypertrophy",
    "LOWT": "low T wave amplitude",
    "NT": "nonspecific T wave changes",
    "HVOLT": "high QRS voltage",
    "PRC(S)": "premature complexes",
    "TRIGU": "trigeminy",
}
_CHALLENGE = {
    "SR": "SR", "SBRAD": "SBRAD", "PAC": "PAC", "STACH": "STACH", "NSSTTA": "NST", "TAb": "TAB",
    "STIAb": "STTC", "MI": "MI", "AF": "AFIB", "LVH": "LVH", "LAD": "LAD", "NSIVCB": "IVCD",
    "OldMI": "OLDMI", "LQT": "LQT", "SA": "SARRH", "TInv": "TINV", "IRBBB": "IRBBB", "LAA": "LAE",
    "IAVB": "AVB1", "RAD": "RAD", "LQRSV": "LVOLT", "abQRS": "ABQRS", "PR": "PACE", "AFL": "AFLT",
    "Brady": "BRADY", "PVC": "PVC", "RBBB": "CRBBB",
}  # fmt: skip
_CHALLENGE_TEXTS = {"STC": "ST segment changes", "LVHV": "high left ventricular voltage"}
_CSN = {
    "AQW": "QWAVE", "SR": "SR", "WPW": "WPW", "2AVB": "AVB2", "VB": "BIGU", "ARS": "RAD",
    "STTC": "STTC", "SA": "SARRH", "VPB": "PVC", "TWO": "TINV", "STTU": "STE", "ALS": "LAD",
    "APB": "PAC", "PRIE": "AVB1", "AF": "AFLT", "AVB": "AVB", "QTIE": "LQT", "LBBB": "CLBBB",
    "SVT": "SVT", "RBBB": "CRBBB", "1AVB": "AVB1", "STDD": "STD", "MI": "MI", "AFIB": "AFIB",
    "TWC": "TAB", "RVH": "RVH", "LVH": "LVH", "ST": "STACH",
}  # fmt: skip
_CSN_TEXTS = {
    "UW": "prominent U waves", "AT": "atrial tachycardia", "VB": "ventricular bigeminy",
    "STE": "ST segment changes", "2AVB1": "second degree AV block, Wenckebach",
    "PRIE": "prolonged PR interval", "CCR": "counterclockwise rotation",
    "CR": "clockwise rotation", "VEB": "ventricular escape beats", "PWC": "P wave changes",
    "ERV": "early repolarisation", "JEB": "junctional escape beats",
}  # fmt: skip
_CPSC = {
    "AFIB": "AFIB", "VPC": "PVC", "NORM": "NORM", "1AVB": "AVB1", "CRBBB": "CRBBB", "STE": "STE",
    "PAC": "PAC", "CLBBB": "CLBBB", "STD": "STD",
}  # fmt: skip
_CODE15 = {
    "1dAVb": "AVB1", "RBBB": "CRBBB", "LBBB": "CLBBB", "SB": "SBRAD", "ST": "STACH", "AF": "AFIB",
}  # fmt: skip
_CINC2017 = {"N": "SR", "A": "AFIB"}
_CINC2017_TEXTS = {"O": "other rhythm", "~": "noise, too disturbed to be read"}
_AAMI_TEXTS = {
    "N": "normal beats", "S": "supraventricular ectopic beats", "V": "ventricular ectopic beats",
    "F": "fusion beats", "Q": "unknown or paced beats",
}  # fmt: skip

_MEANT: Mapping[str, Mapping[str, str]] = {
    "ptbxl": _PTBXL, "challenge": _CHALLENGE, "csn": _CSN, "csn-exact": _CSN, "cpsc2018": _CPSC,
    "code15": _CODE15, "cinc2017": _CINC2017,
}  # fmt: skip
"""Finding that a label means, by dataset; abbreviations differ: AF is flutter in one of them."""
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "ptbxl": _PTBXL_TEXTS, "challenge": _CHALLENGE_TEXTS, "csn": _CSN_TEXTS,
    "csn-exact": _CSN_TEXTS, "cinc2017": _CINC2017_TEXTS, "mitbih": _AAMI_TEXTS,
    "mitbih-beats": _AAMI_TEXTS,
}  # fmt: skip
"""Texts of labels that no finding says as well."""
_OWN = "folder@"
"""Beginning of the names of people's own folders, whose labels say what their owner means."""


def default_prompts() -> dict[str, str]:
    """Name and prompt of the findings that are asked for when nobody chose."""
    return {FINDINGS[code].name: FINDINGS[code].phrases[0] for code in DEFAULT_FINDINGS}


def finding_of(dataset: str, label: str) -> str | None:
    """Code of the finding that a dataset's label means; None if our vocabulary has no word for it.

    Args:
        dataset: Name of the dataset; empty: the label is one of our codes; ``folder@DIRECTORY``:
            it is whatever its owner wrote.
        label: One of its labels.
    """
    if not dataset:
        return label if label in FINDINGS else None
    if dataset.startswith(_OWN):
        return finding_named(label)
    return _MEANT.get(dataset, {}).get(label)


def task_prompts(dataset: str, labels: tuple[str, ...]) -> dict[str, str]:
    """Prompt of each label of a dataset's task, in the order of the labels.

    Args:
        dataset: Name of the dataset; empty: the labels are our codes.
        labels: Of the task.

    Raises:
        ConfigError: A label has no prompt.
    """
    meant = {label: finding_of(dataset, label) for label in labels}
    texts = {label: label for label in labels} if dataset.startswith(_OWN) else {}
    texts |= {label: FINDINGS[code].phrases[0] for label, code in meant.items() if code}
    texts |= {k: text for k, text in _TEXTS.get(dataset, {}).items() if k in labels}
    missing = [label for label in labels if label not in texts]
    if missing:
        raise ConfigError(
            f"no prompt is known for {', '.join(missing)} of {dataset}; give --prompts FILE with "
            'a JSON object {"label": "text"}'
        )
    return {label: texts[label] for label in labels}


def read_prompts(path: Path) -> dict[str, str]:
    """Read prompts from a JSON object of name to text, or a text file with one prompt a line.

    Raises:
        ConfigError: The file cannot be read that way, or holds no prompt.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # with or without a byte-order mark
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the prompts in {path} cannot be read ({error}); give a text file"
        ) from error
    if path.suffix.lower() == ".json" or text.lstrip().startswith("{"):
        return _checked(_parse_json(path, text), path)
    return _checked({line.strip(): line.strip() for line in text.splitlines()}, path)


def _parse_json(path: Path, text: str) -> Mapping[str, object]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ConfigError(f'{path} is no JSON ({error}); write {{"name": "text"}}') from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} holds a JSON {type(content).__name__}; expected an object")
    return content


def _checked(prompts: Mapping[str, object], path: Path) -> dict[str, str]:
    checked = {
        name.strip(): text.strip()
        for name, text in prompts.items()
        if isinstance(text, str) and text.strip()
    }
    if not checked or len(checked) != len([name for name in prompts if name.strip()]):
        raise ConfigError(
            f"{path} has prompts that are empty or no text; give each class a short text"
        )
    return checked
