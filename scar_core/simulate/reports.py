"""Report texts: varied clinical English that says only what is true of a record."""

import random
import re
from collections.abc import Iterable

from scar_core.findings import FINDINGS, findings_of

_GROUPS = ("rhythm", "ectopy", "conduction", "axis", "hypertrophy", "infarction",
           "repolarisation", "voltage", "summary")  # fmt: skip

_HEDGES = ("possible {}", "probable {}", "{} is suspected", "consider {}", "suggestive of {}",
           "{} cannot be excluded", "consistent with {}", "cannot rule out {}", "likely {}",
           "questionable {}", "{} may be present", "?{}", "borderline {}")  # fmt: skip
_PLAIN = ("{}", "{}", "{}", "{}", "{}", "{} present", "{} noted", "evidence of {}", "there is {}")
_UNHEDGED = ("rhythm", "ectopy", "axis", "summary")
_OPENINGS = ("ECG: ", "Interpretation: ", "12-lead ECG shows ", "Findings: ", "Impression: ")
_CLOSINGS = ("abnormal ECG", "clinical correlation advised", "no previous ECG for comparison",
             "unconfirmed report")  # fmt: skip
_BROAD = frozenset({"CD", "HYP", "STTC", "MI", "AVB", "TAB", "SVARR", "BRADY", "TACHY"})

# What may be denied when none of these findings (nor anything that implies them) is true.
_DENIALS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("STE", "ACUTEMI"), ("no ST elevation", "no acute ST elevation", "no signs of acute injury")),
    (("STD", "STE", "STTC", "ISC", "NST"), ("no acute ST-T changes", "no ischaemic changes")),
    (("MI", "QWAVE"), ("no evidence of infarction", "no pathological Q waves")),
    (("CLBBB", "CRBBB", "IRBBB", "ILBBB", "IVCD", "PACE", "WPW"), ("no bundle branch block",)),
    (("PVC", "PAC"), ("no ectopic beats", "no extrasystoles")),
    (("LVH", "RVH"), ("no hypertrophy", "no signs of ventricular hypertrophy")),
    (("AVB", "WPW"), ("normal PR interval",)),
    (("LQT",), ("no QT prolongation",)),
    (("LAD", "RAD", "LAFB", "LPFB", "PACE"), ("normal axis", "axis within normal limits")),
)
_NO = re.compile(r"\b(no|without)\b")
_NEGATIONS = ("no {}", "no {}", "no {}", "no evidence of {}", "no signs of {}", "without {}",
              "{} absent", "no definite {}", "negative for {}", "{} not present")  # fmt: skip


def _phrase(code: str, rng: random.Random) -> str:
    wordings = FINDINGS[code].wordings
    # The preferred one is also the class prompt, so it is the commonest.
    words = wordings[0] if rng.random() < 0.4 else rng.choice(wordings)
    hedged = FINDINGS[code].group not in _UNHEDGED and rng.random() < 0.12
    return rng.choice(_HEDGES if hedged else _PLAIN).format(words)


def _staged(codes: set[str], rng: random.Random) -> list[str]:
    """Word infarcts together with their age, now and then, and take them out of ``codes``."""
    stage = [word for word, code in (("acute", "ACUTEMI"), ("old", "OLDMI")) if code in codes]
    places = [code for code in ("IMI", "AMI", "LMI") if code in codes]
    if len(stage) != 1 or not places or rng.random() < 0.4:
        return []
    words = {"acute": ("acute", "evolving acute", "recent"), "old": ("old", "prior", "age-old")}
    chosen = [
        f"{rng.choice(words[stage[0]])} {rng.choice(FINDINGS[code].phrases)}" for code in places
    ]
    codes -= {*places, "ACUTEMI", "OLDMI", "MI"}
    return chosen


def _denials(closed: frozenset[str], rng: random.Random) -> list[str]:
    possible = [words for codes, words in _DENIALS if not closed & set(codes)]
    rng.shuffle(possible)
    return [rng.choice(words) for words in possible[: rng.choice((1, 1, 2))]]


def _denied(codes: Iterable[str], rng: random.Random) -> list[str]:
    """Deny findings in so many words, now and then two in one breath."""
    left = [
        rng.choice([words for words in FINDINGS[code].wordings if not _NO.search(words)])
        for code in codes
    ]
    parts = []
    while left:
        words = left.pop()
        if left and rng.random() < 0.3:
            words += f" or {left.pop()}"
        parts.append(rng.choice(_NEGATIONS).format(words))
    return parts


def _rate_words(rate_bpm: float, rng: random.Random) -> str:
    rate = round(rate_bpm)
    return rng.choice(
        (f"ventricular rate {rate} bpm", f"rate {rate}", f"heart rate {rate}/min",
         f"HR {rate} bpm")
    )  # fmt: skip


def report_text(
    findings: Iterable[str],
    rng: random.Random,
    *,
    rate_bpm: float | None = None,
    subset: float = 0.15,
    deny: float = 0.12,
    denied: Iterable[str] = (),
) -> str:
    """Write a report that is true of a record with these findings.

    Findings that another one implies are mostly left out, as readers do. The text never names a
    finding that is not among ``findings`` or implied by them, except to deny it.

    Args:
        findings: Finding codes; each must be a key of ``FINDINGS``.
        rng: Source of the wording.
        rate_bpm: Ventricular rate to state now and then.
        subset: Chance that the report leaves some findings out.
        deny: Chance that it also says what is absent. Set 0 for real records whose labels name
            only some of what is there.
        denied: Finding codes that it says are absent, each by one of its wordings.

    Returns:
        One text, empty only when there is nothing to say.

    Raises:
        KeyError: A code is not in ``FINDINGS``.
    """
    listed = sorted(set(findings))  # a set's own order differs from process to process
    closed = findings_of(listed)
    implied = findings_of([c for code in listed for c in FINDINGS[code].implies])
    said = {code for code in listed if code not in implied or rng.random() < 0.15}
    broad = sorted(said & _BROAD)
    said -= {code for code in broad if len(said) > 2 and subset and rng.random() < 0.2}
    if rng.random() < 0.1:
        said |= set(rng.sample(sorted(closed & _BROAD), min(1, len(closed & _BROAD))))
    if len(said) > 1 and rng.random() < subset:
        said = set(rng.sample(sorted(said), rng.randint(1, len(said) - 1)))
    parts = _staged(said, rng)
    order = list(_GROUPS)
    if rng.random() < 0.35:
        rng.shuffle(order)
    named = [(order.index(FINDINGS[c].group), rng.random(), _phrase(c, rng)) for c in sorted(said)]
    rhythm_first = [text for _, _, text in sorted(named)]
    at = rng.randint(0, len(rhythm_first))
    parts = rhythm_first[:at] + parts + rhythm_first[at:]
    if rate_bpm is not None and rng.random() < 0.18:
        parts.insert(rng.randint(0, min(1, len(parts))), _rate_words(rate_bpm, rng))
    if rng.random() < deny:
        parts += _denials(closed, rng)
    for part in _denied(denied, rng):
        parts.insert(rng.randint(0, len(parts)), part)
    if not closed & {"NORM"} and parts and rng.random() < 0.08:
        parts.append(rng.choice(_CLOSINGS))
    return _join(parts, rng)


def _join(parts: list[str], rng: random.Random) -> str:
    if not parts:
        return ""
    joint = rng.choice((", ", ". ", "; ", ". ", ", "))
    if joint == ", " and len(parts) > 1 and rng.random() < 0.4:
        text = ", ".join(parts[:-1]) + rng.choice((" and ", " with ")) + parts[-1]
    else:
        text = joint.join(part[:1].upper() + part[1:] if joint == ". " else part for part in parts)
    if rng.random() < 0.15:
        text = rng.choice(_OPENINGS) + text
    elif rng.random() < 0.7:
        text = text[:1].upper() + text[1:]
    return text + ("." if rng.random() < 0.7 else "")
