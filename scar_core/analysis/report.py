"""Explanations as lines for people who read ECGs, not programs."""

from collections.abc import Sequence

import numpy as np

from scar_core.analysis.agreement import Agreement
from scar_core.analysis.attribution import Attribution
from scar_core.analysis.faults import Answer, Faults
from scar_core.analysis.flip import Flip
from scar_core.analysis.hard_masks import HardMask
from scar_core.analysis.reach import Reach
from scar_core.analysis.redistribution import Redistribution, whole_percent
from scar_core.analysis.shapley import LeadShapley
from scar_core.analysis.stability import Stability
from scar_core.analysis.subsets import Combination, SubsetAnswers
from scar_core.leads import LEADS, lead_ranges
from scar_core.missing import Scenario

_MOST = 5


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _findings(names: Sequence[str], probability: Sequence[float]) -> str:
    order = np.argsort(-np.asarray(probability), kind="stable")[:_MOST]
    return ", ".join(f"{names[k]} {_percent(probability[k])}" for k in order)


def _hidden(scenario: Scenario) -> str:
    """Say what is hidden, stretches gathered by lead."""
    said = [lead_ranges(scenario.leads)] if scenario.leads else []
    for lead in dict.fromkeys(span.lead for span in scenario.spans):
        times = (
            f"{span.start_s:g}–{span.stop_s:g}" for span in scenario.spans if span.lead == lead
        )
        said.append(f"{lead} at {', '.join(times)} s")
    return "; ".join(said)


def _set(one: Combination) -> str:
    return lead_ranges(one.leads)


def subsets_text(answers: SubsetAnswers, tolerance: float, finding: str | None) -> list[str]:
    """Which leads are enough, and the best and worst ones to be left with."""
    full = answers.probability[-1]
    what = f"of {finding}" if finding else "of any finding, and the first finding stays first"
    enough = answers.sufficient(tolerance, finding)
    lines = [
        f"WHICH LEADS ARE ENOUGH ({len(answers.probability) - 1:,} combinations, all answered)",
        f"With all leads: {_findings(answers.names, full.tolist())}.",
        f"The fewest leads that change the probability {what} by {_percent(tolerance)} at most: "
        f"{len(enough[0].leads)}.",
        *(
            f"  {_set(one)}: changes by {_percent(one.change)} at most" for one in enough[:_MOST]
        ),
    ]  # fmt: skip
    if len(enough) > _MOST:
        lines.append(f"  and {len(enough) - _MOST} others of that number")
    lines.append("If you are left with so many leads, the best and the worst to have:")
    for size, (best, worst) in answers.by_size(finding).items():
        if size == len(answers.usable):
            continue
        lines.append(
            f"  {size:2d}: best {_set(best)} (changes by {_percent(best.change)}); "
            f"worst {_set(worst)} (by {_percent(worst.change)}, first is {worst.top_finding})"
        )
    return lines


def reach_text(reach: Reach, names: Sequence[str]) -> list[str]:
    """How far one gets with a few leads."""
    one = reach.combination
    name, before, after = reach.lost
    stays = "stays first" if reach.keeps_top else f"gives way: first is now {one.top_finding}"
    lines = [
        f"HOW FAR WITH {_set(one)}",
        f"With these leads alone: {_findings(names, one.probability)}.",
        f"The first finding {stays}. What moves most is {name}: {_percent(before)} to "
        f"{_percent(after)}.",
        f"Among the {reach.of} sets of {len(one.leads)} leads this is number {reach.rank}.",
    ]
    if reach.add:
        lines.append(
            f"The one lead to add is {reach.add[0]}: then nothing differs by more than "
            f"{_percent(reach.add[1])}."
        )
    return lines


def shapley_text(shapley: LeadShapley, finding: str) -> list[str]:
    """What each lead adds to one finding."""
    column = shapley.names.index(finding)
    values = shapley.of(finding)
    unit = "percentage points" if shapley.scale == "probability" else "log odds"
    factor = 100.0 if shapley.scale == "probability" else 1.0
    neutral, full = factor * shapley.neutral[column], factor * shapley.full[column]
    lines = [
        f"WHAT EACH LEAD ADDS TO: {finding} ({unit}; exact, over all combinations)",
        f"From {neutral:.1f} with no lead to {full:.1f} with all; the leads' parts add up to it.",
        *(
            f"  {lead:<4}{factor * value:+8.1f}"
            for lead, value in sorted(values.items(), key=lambda item: -item[1])
        ),
    ]
    pairs = [
        (float(shapley.interactions[i, j, column]), shapley.leads[j], shapley.leads[i])
        for i in range(len(shapley.leads))
        for j in range(i)
    ]
    together, apart = max(pairs), min(pairs)
    if together[0] > 0.005:
        lines.append(f"{together[1]} and {together[2]} say more together than one by one.")
    if apart[0] < -0.005:
        lines.append(f"{apart[1]} and {apart[2]} say much the same: one can stand for the other.")
    return lines


def _moved(answer: Answer | None) -> str:
    if answer is None:
        return "nothing is left to read"
    if answer.change < 0.005:
        return "no change"
    return f"first is {answer.top_finding}; {answer.moved} moves by {_percent(answer.change)}"


def faults_text(faults: Faults) -> list[str]:
    """What happens when an electrode falls off or a limb lead is lost."""
    lines = [
        "IF AN ELECTRODE FALLS OFF OR A LIMB LEAD IS LOST",
        f"Nothing lost: {_findings(faults.names, faults.full.probability)}.",
    ]
    for fault in faults.faults:
        lost = f" (takes {lead_ranges(fault.lost)})" if fault.lost != (fault.name,) else ""
        lines.append(f"  {fault.kind} {fault.name}{lost}: {_moved(fault.without)}")
        if fault.recovered is not None:
            back = lead_ranges(fault.recoverable)
            lines.append(
                f"    with {back} computed from the other limb leads: {_moved(fault.recovered)}"
            )
    return [*lines, *faults.notes]


def hard_text(hard: HardMask) -> list[str]:
    """The worst mask of a budget."""
    random = hard.random
    lines = [
        f"THE WORST {_percent(hard.budget)} TO LOSE",
        f"Hidden: {_hidden(hard.scenario)}.",
        f"First was {hard.before[0]} {_percent(hard.before[1])}, now it is {hard.after[0]} "
        f"{_percent(hard.after[1])}.",
    ]
    if hard.objective == "impact":
        times = hard.value / max(random.mean, 1e-12)
        lines.append(f"The answer changes {times:.0f} times as much as by losing as much anywhere.")
    else:
        lines.append(
            f"The probability falls by {100 * hard.value:.0f} points; by losing as much anywhere "
            f"it falls by {100 * random.mean:.1f} on average and by {100 * random.worst:.1f} at "
            "worst (below 0: it rises)."
        )
    share = 100 * random.share_worse
    lines.append(f"{share:.1f} % of {random.count:,} random losses are as bad.")
    return lines


def flip_text(flip: Flip) -> list[str]:
    """The smallest loss that changes the diagnosis."""
    title = "THE SMALLEST LOSS THAT CHANGES THE DIAGNOSIS"
    if flip.leads:
        whole = f"Counting whole leads, it takes the loss of {lead_ranges(flip.leads)}."
    else:
        whole = "No loss of whole leads does it."
    if not flip.found or flip.scenario is None:
        return [
            title,
            f"None was found in which {flip.wanted} by hiding {_percent(flip.budget)} or less. "
            "That does not prove that there is none.",
            whole,
        ]
    proven = (
        "Show any one of these stretches again and it changes back; a smaller loss elsewhere "
        "cannot be excluded."
    )
    return [
        title,
        f"{flip.wanted} when {flip.seconds_hidden:.1f} s of single leads are hidden "
        f"({100 * flip.share:.1f} % of the record):",
        f"  {_hidden(flip.scenario)}",
        f"Before: {flip.before[0]} {_percent(flip.before[1])}. After: {flip.after[0]} "
        f"{_percent(flip.after[1])}. This was checked by reading the record anew.",
        *([proven] if flip.minimal else []),
        whole,
    ]


def redistribution_text(found: Redistribution) -> list[str]:
    """Where attention went."""
    leads, waves = found.leads, found.waves
    lines = [
        f"WHERE ATTENTION WENT; HIDDEN: {_hidden(found.scenario)}",
        f"{_percent(found.removed)} of the attention lay on what is hidden. It went to:",
    ]
    gains = whole_percent({lead: part.gained for lead, part in leads.items()})
    lines += [
        f"  {lead}: {value} %, now {_percent(leads[lead].after)}"
        for lead, value in sorted(gains.items(), key=lambda item: -item[1])
        if value
    ]
    before = whole_percent({wave: part.before for wave, part in waves.items()})
    after = whole_percent({wave: part.after for wave, part in waves.items()})
    told = (f"{wave} {before[wave]} to {after[wave]} %" for wave in waves)
    lines.append("By wave: " + ", ".join(told) + ".")
    lines.append(
        f"{_percent(found.compensated)} of the attention is elsewhere than if the rest had merely "
        "been scaled up."
    )
    return lines


def stability_text(found: Stability) -> list[str]:
    """How the answer moves when as much is lost elsewhere."""
    moving = sorted(found.findings, key=lambda one: -one.deviation)[:_MOST]
    return [
        f"LOSING {_percent(found.budget)} ELSEWHERE ({found.masks} random losses of that size)",
        f"{found.top_finding} stays first in {_percent(found.agreeing)} of them.",
        *(
            f"  {one.name}: {_percent(one.full)} complete; {_percent(one.mean)} on average, "
            f"from {_percent(one.least)} to {_percent(one.most)}"
            for one in moving
        ),
    ]


def attribution_text(accounts: Sequence[Attribution], found: Agreement) -> list[str]:
    """What the answer rests on, by several accounts."""
    lines = [f"WHAT {accounts[0].finding} RESTS ON, BY {len(accounts)} ACCOUNTS"]
    for one in accounts:
        order = np.argsort(-one.leads)[:4]
        lines.append(f"  {one.account}: most on {', '.join(LEADS[k] for k in order)}")
    lines.append("Agreement of the leads' order (1 the same, 0 none, −1 opposite):")
    lines += [f"  {pair}: {value:+.2f}" for pair, value in found.leads.items()]
    lines.append("Mean probability while parts are taken away, the weightiest first (less is a")
    lines.append("better account), and while they are given back (more is better):")
    lines += [
        f"  {name}: {found.deletion[name].area:.2f} and {found.insertion[name].area:.2f}"
        for name in found.deletion
    ]
    return lines
