"""Sentences about answers: what hiding did, in words that a clinician would use. Pure functions."""

from collections.abc import Collection, Mapping

from scar_core.findings import FINDINGS
from scar_core.leads import LEADS, PRECORDIAL
from scar_core.missing import Scenario
from scar_core.prediction import ClassScore, Importance, Prediction

NOTEWORTHY = 0.05
"""A probability that moved less than this is said not to have changed."""
LITTLE = 0.02
"""A share of importance below this is called almost nothing."""
SCARCE = 0.25
"""Below this visible share the sentence warns that little was left."""
MOST = 0.7
"""The leads named as receivers took at least this share of what moved."""

_IN_TEXT = {finding.name: finding.phrases[0] for finding in FINDINGS.values()}


def in_text(name: str) -> str:
    """Return a finding's name as it stands inside a sentence."""
    return _IN_TEXT.get(name, name)


def joined(words: Collection[str]) -> str:
    """Join words with commas and a last "and"."""
    if not words:
        return ""
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last


def lead_names(leads: Collection[str]) -> str:
    """Name leads in their usual order; three or more neighbouring chest leads as ``V1–V4``."""
    named: list[str] = []
    run: list[str] = []
    for lead in (*LEADS, ""):
        if lead in leads and lead in PRECORDIAL:
            run.append(lead)
            continue
        named += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else run
        run = []
        if lead in leads:
            named.append(lead)
    return joined(named)


def percent(share: float) -> str:
    """Write a share of 1 as whole per cent."""
    return "less than 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def changes(before: Prediction, after: Prediction) -> list[tuple[ClassScore, ClassScore]]:
    """Pair the classes of two answers by name, the biggest change of probability first."""
    old = {score.name: score for score in before.classes}
    pairs = [(old[score.name], score) for score in after.classes if score.name in old]
    return sorted(pairs, key=lambda pair: -abs(pair[1].probability - pair[0].probability))


def lost_share(before: Prediction, after: Prediction) -> float | None:
    """Return how much of the earlier importance lay on what is no longer read; None if unknown."""
    if before.importance is None or after.importance is None:
        return None
    return sum(
        weight
        for weights, seen in zip(before.importance.patches, after.importance.visible, strict=True)
        for weight, visible in zip(weights, seen, strict=True)
        if not visible
    )


def top_leads(importance: Importance, n: int = 3) -> tuple[tuple[str, ...], float]:
    """Return the (at most) n leads with the largest share of the importance, and that share."""
    shares = importance.per_lead
    top = [lead for lead in sorted(shares, key=lambda lead: -shares[lead]) if shares[lead] > 0][:n]
    return tuple(top), sum(shares[lead] for lead in top)


def receivers(before: Importance, after: Importance) -> tuple[str, ...]:
    """Return the fewest leads that together took most of the importance that moved."""
    old = before.per_lead
    gains = {lead: share - old.get(lead, 0.0) for lead, share in after.per_lead.items()}
    gaining = sorted((lead for lead in gains if gains[lead] > 0), key=lambda lead: -gains[lead])
    total = sum(gains[lead] for lead in gaining)
    named: list[str] = []
    for lead in gaining:
        if sum(gains[done] for done in named) >= MOST * total:
            break
        named.append(lead)
    return tuple(named)


def what_happened(before: Prediction, after: Prediction, scenario: Scenario) -> str:
    """Say in one sentence what hiding did to the importance and to the findings.

    Args:
        before: The answer with nothing hidden.
        after: The answer under ``scenario``, same prompts.
        scenario: What is hidden.

    Returns:
        E.g. ``"Hiding V1–V3 moved 41 % of the importance, mostly to V4–V6; right bundle branch
        block fell from 0.91 to 0.34."`` It says so where nothing is hidden, nothing is left, or
        nothing changed.
    """
    if scenario.is_empty:
        return _nothing_hidden(before)
    if after.visible_share <= 0:
        return "Nothing is left to read: there is no answer to give."
    said = f"{deed(scenario)} {_movement(before, after)}; {_findings(before, after)}."
    if after.visible_share < SCARCE:
        said += f" Only {percent(after.visible_share)} of the recording was left to read."
    return said


def _nothing_hidden(before: Prediction) -> str:
    if before.visible_share <= 0:
        return "Nothing was recorded in these leads: there is no answer to give."
    if before.importance is None:
        return "Nothing is hidden."
    leads, share = top_leads(before.importance)
    return (
        f"Nothing is hidden. The answer rests most on {lead_names(leads)} "
        f"({percent(share)} of the importance)."
    )


def deed(scenario: Scenario) -> str:
    """Say what was done, as the beginning of a sentence: ``"Hiding V1–V3 and part of II"``."""
    hidden = [lead_names(scenario.leads)] if scenario.leads else []
    parts = {span.lead for span in scenario.spans} - set(scenario.leads)
    if parts:
        where = "all leads" if "*" in parts else lead_names(parts)
        hidden.append(f"{'part' if len(parts) == 1 and '*' not in parts else 'parts'} of {where}")
    said = [f"hiding {joined(hidden)}"] if hidden else []
    if scenario.electrodes:
        many = "s" if len(scenario.electrodes) > 1 else ""
        said.append(f"losing electrode{many} {joined(scenario.electrodes)}")
    text = joined(said)
    return text[0].upper() + text[1:]


def _movement(before: Prediction, after: Prediction) -> str:
    lost = lost_share(before, after)
    if lost is None or before.importance is None or after.importance is None:
        return f"left {percent(after.visible_share)} of the recording to read"
    if lost < LITTLE:
        return f"took away almost nothing that the answer rested on ({percent(lost)})"
    to = receivers(before.importance, after.importance)
    if not to:
        return f"took away {percent(lost)} of the importance"
    visible = sum(any(row) for row in after.importance.visible)
    if len(to) > 4:
        where = "spread over the other leads"
    elif visible == len(to):
        where = f"to {lead_names(to)}"
    else:
        where = f"mostly to {lead_names(to)}"
    return f"moved {percent(lost)} of the importance{',' if where[:2] != 'to' else ''} {where}"


def _findings(before: Prediction, after: Prediction) -> str:
    moved: Mapping[str, tuple[float, float]] = {
        new.name: (old.probability, new.probability) for old, new in changes(before, after)
    }
    big = [(name, old, new) for name, (old, new) in moved.items() if abs(new - old) >= NOTEWORTHY]
    if not big:
        return f"no finding changed by {NOTEWORTHY:.2f} or more"
    first = abs(big[0][2] - big[0][1])
    told = [row for row in big[:2] if abs(row[2] - row[1]) >= 0.5 * first]
    return joined(
        [
            f"{in_text(name)} {'fell' if new < old else 'rose'} from {old:.2f} to {new:.2f}"
            for name, old, new in told
        ]
    )


def limb_note(lost: Collection[str], follows: Collection[str], unit: str, recover: bool) -> str:
    """Say whether hidden limb leads follow from visible ones, and which behaviour is chosen.

    Args:
        lost: Limb leads that are hidden, wholly or in part.
        follows: Those of them that two visible limb leads determine, wholly or in part.
        unit: The record's unit.
        recover: Whether they are to be recomputed.

    Returns:
        One or two sentences; empty if no limb lead is hidden.
    """
    if not lost:
        return ""
    if unit != "mV":
        return (
            f"Hidden {lead_names(lost)} cannot be recomputed: this record has no millivolts, "
            "so its limb leads do not add up."
        )
    if not follows:
        verb = "is" if len(lost) == 1 else "are"
        return (
            f"Hidden {lead_names(lost)} {verb} really gone: fewer than two limb leads are left, "
            "and two are needed to compute the others."
        )
    verb = "follows" if len(follows) == 1 else "follow"
    said = f"Hidden {lead_names(follows)} {verb} from the limb leads that are still visible"
    if recover:
        return f"{said} and {'is' if len(follows) == 1 else 'are'} recomputed from them and read."
    return (
        f"{said}. The page keeps {'it' if len(follows) == 1 else 'them'} hidden; tick "
        "“Recompute limb leads” above the paper to let them be read."
    )
