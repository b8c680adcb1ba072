"""Sentences of the Redistribution page: what answers say, in words. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from pages.ui.text import redistribution as text
from pages.ui.words import LITTLE, MOST, deed, in_text, joined, lead_names, percent
from scar_core.missing import Scenario


def receivers(leads: Mapping[str, Mapping[str, float]]) -> tuple[str, ...]:
    """Return the fewest leads that together gained most of what moved."""
    gains = {lead: part["gained"] for lead, part in leads.items() if part["gained"] > 0}
    total, named = sum(gains.values()), list[str]()
    for lead in sorted(gains, key=lambda one: -gains[one]):
        if sum(gains[one] for one in named) >= MOST * total:
            break
        named.append(lead)
    return tuple(named)


def went(found: Mapping[str, Any]) -> tuple[tuple[str, ...], float, float]:
    """Return who received most, their share of what moved, and what rescaling would give them."""
    leads = found["leads"]
    to = receivers(leads)
    gained = sum(part["gained"] for part in leads.values())
    rescaled = {
        lead: max(0.0, part["scaled"] - (part["before"] - part["removed"]))
        for lead, part in leads.items()
    }
    whole = sum(rescaled.values())
    return (
        to,
        sum(leads[lead]["gained"] for lead in to) / gained if gained > 0 else 0.0,
        sum(rescaled[lead] for lead in to) / whole if whole > 0 else 0.0,
    )


def rests_on(found: Mapping[str, Any]) -> str:
    """What the answer looked at."""
    if found["how"] == "selector":
        return "the answer"
    return f"the finding “{in_text(found['finding'])}”"


def sentence(found: Mapping[str, Any], scenario: Scenario) -> str:
    """Say in one breath what was removed, where it went, and whether rescaling explains it."""
    if scenario.is_empty:
        return rests_most(found)
    said = deed(scenario)
    if found["removed"] < LITTLE:
        return (
            f"{said} removed almost nothing of what {rests_on(found)} rested on "
            f"({percent(found['removed'])})."
        )
    to, share, rescaled = went(found)
    where = lead_names(to) if len(to) <= 5 else f"{len(to)} leads, {lead_names(to[:2])} most"
    return (
        f"{said} removed {percent(found['removed'])} of what {rests_on(found)} rested on; "
        f"{percent(share)} of what moved went to {where}. "
        f"{against_rescaling(rescaled, found)}"
    )


def against_rescaling(rescaled: float, found: Mapping[str, Any]) -> str:
    """Compare with what scaling the rest up would do."""
    elsewhere = percent(found["compensated"])
    if found["compensated"] < 0.05:
        return (
            f"Plain rescaling of the rest explains it: {elsewhere} of the importance is elsewhere."
        )
    return (
        f"Plain rescaling of the rest would have sent them {percent(rescaled)}; "
        f"{elsewhere} of the importance is elsewhere than rescaling puts it."
    )


def rests_most(found: Mapping[str, Any]) -> str:
    """Say what an answer rests on while nothing is hidden."""
    shares = {lead: part["before"] for lead, part in found["leads"].items()}
    top = sorted(shares, key=lambda lead: -shares[lead])[:3]
    whole = percent(sum(shares[lead] for lead in top))
    subject = rests_on(found)
    return (
        f"Nothing is hidden: {subject} rests most on {lead_names(top)} ({whole} of the importance)."
    )


def probabilities(rows: Sequence[Mapping[str, Any]], scenario: Scenario) -> str:
    """Say how findings moved, those by 0.05 or more; empty if nothing is hidden."""
    if scenario.is_empty:
        return ""
    big = [row for row in rows if abs(row["after"] - row["before"]) >= 0.05][:3]
    if not big:
        return "No probability moved by 0.05 or more."
    told = [
        f"{in_text(row['finding'])} {'fell' if row['after'] < row['before'] else 'rose'} from "
        f"{row['before']:.2f} to {row['after']:.2f}"
        for row in big
    ]
    said = joined(told)
    return f"{said[0].upper()}{said[1:]}."


def map_alt(which: str, shares: Mapping[str, float]) -> str:
    """Describe a lead × time map."""
    top = sorted(shares, key=lambda lead: -shares[lead])[:3]
    told = joined([f"{lead} {percent(shares[lead])}" for lead in top if shares[lead] > 0])
    return f"{which}: importance by lead and time. Most of it on {told or 'no lead'}."


def evidence_alt(row: Mapping[str, Any], hiding: bool) -> str:
    """Describe the map with framed evidence."""
    score = row["scores"]["after" if hiding else "before"]
    return (
        f"{text.evidence_map(row['code'], hiding)}: {percent(score['share'])} of the importance "
        f"lies on it; it takes {percent(score['pointing_by_chance'])} of the readable patches."
    )


def change_alt(changes: Mapping[str, float]) -> str:
    """Describe the map of changes."""
    up = max(changes, key=lambda lead: changes[lead])
    down = min(changes, key=lambda lead: changes[lead])
    return (
        f"Change of importance by lead and time. {up} gained most "
        f"({100 * changes[up]:.0f} points), {down} lost most ({-100 * changes[down]:.0f} points)."
    )


def flow_alt(found: Mapping[str, Any]) -> str:
    """Describe the flow."""
    to, share, _ = went(found)
    return (
        f"Flow of importance between leads: {percent(found['moved'])} of all importance moved, "
        f"{percent(share)} of that to {lead_names(to)}."
    )


def flow_sums(found: Mapping[str, Any]) -> str:
    """Say what the flow adds up to."""
    lost = found["moved"] - found["removed"]
    own = f", and {percent(lost)} that visible parts lost besides" if lost >= 0.005 else ""
    return (
        f"Moved in all: {percent(found['moved'])} of the importance. That is "
        f"{percent(found['removed'])} that was removed{own}."
    )


def bars_alt(what: str, parts: Mapping[str, Mapping[str, float]], hiding: bool) -> str:
    """Describe bars before, and if something is hidden, rescaled and now."""
    told = "; ".join(
        f"{name}: {percent(part['before'])}"
        + f" before, {percent(part['scaled'])} rescaled, {percent(part['after'])} now" * hiding
        for name, part in parts.items()
    )
    return f"{what}. {told}."


def pointed(rows: Sequence[Mapping[str, Any]], hiding: bool) -> str:
    """Say for how many findings the weightiest patch lies on evidence."""
    scored = [row for row in rows if row["scores"]]
    if not scored:
        return "Every finding of this record shows in most of it, so there is nothing to point at."

    def hits(when: str) -> str:
        names = [
            in_text(text.finding_name(row["code"]))
            for row in scored
            if row["scores"][when]["pointing"]
        ]
        return joined(names) if names else "none"

    chance = joined([percent(row["scores"]["before"]["pointing_by_chance"]) for row in scored])
    said = (
        f"With nothing hidden the weightiest patch lies on evidence of: {hits('before')} "
        f"(by chance: {chance})."
    )
    return f"{said} Now: {hits('after')}." if hiding else said


def pointing_alt(rows: Sequence[Mapping[str, Any]]) -> str:
    """Describe the bars of pointing."""
    told = "; ".join(
        f"{text.finding_name(row['code'])}: "
        f"{percent(row['scores']['before']['precision'])} before, "
        f"{percent(row['scores']['after']['precision'])} now, "
        f"{percent(row['scores']['after']['precision_by_chance'])} by chance"
        for row in rows
        if row["scores"]
    )
    return f"{text.POINTING_CHART}. {told}."


def step(number: int, of: int, frame: Mapping[str, Any], finding: str) -> str:
    """Say what one step of the animation shows."""
    name, value = frame["top"]
    top = f"most probable is {in_text(name)} ({value:.2f})"
    own = "" if name == finding else f"; {in_text(finding)} {frame['probability']:.2f}"
    return (
        f"Step {number} of {of}: {percent(frame['share'])} hidden, which held "
        f"{percent(frame['removed'])} of the importance; {top}{own}."
    )


def probability_of(finding: str) -> str:
    """Name of a curve."""
    return f"Probability of {in_text(finding)}"


def growth_sentence(frames: Sequence[Mapping[str, Any]], finding: str) -> str:
    """Say where the answer gives way, and how the followed finding ends."""
    first, last = frames[0]["top"][0], frames[-1]
    gone = next((frame for frame in frames if frame["top"][0] != first), None)
    if gone is None:
        said = f"{in_text(first)} stays first up to {percent(last['share'])} hidden"
    else:
        name = in_text(gone["top"][0])
        said = f"{in_text(first)} gives way to {name} once {percent(gone['share'])} is hidden"
    who = "its probability" if finding == first else in_text(finding)
    moved = f"{who} goes from {frames[0]['probability']:.2f} to {last['probability']:.2f}"
    return f"{said[0].upper()}{said[1:]}; {moved}."


def growth_alt(frames: Sequence[Mapping[str, Any]]) -> str:
    """Describe the map of leads while more is hidden."""
    last = frames[-1]
    return (
        f"Share of the importance that each lead holds in {len(frames)} steps, from nothing hidden "
        f"to {percent(last['share'])} hidden."
    )
