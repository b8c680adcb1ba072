"""English of the CMRS page."""

from collections.abc import Mapping, Sequence

from scar_core.verdict import TASKS

TITLE = "How much of the reading survives when parts are missing?"
DATA = "Test records"
VIEW = "What is hidden"
METHOD = "Taken apart for"
RESULT = "Evaluation"
VIEWS: Mapping[str, str] = {
    "random": "At random",
    "hard": "Most damaging",
    "lead": "Whole leads",
    "time": "Stretches of time",
    "limb": "Limb leads",
    "precordial": "Chest leads",
    "lead-II": "Lead II",
    "pooled": "All together",
}
HIDING: Mapping[str, str] = {
    "random": "With leads and stretches of time hidden at random",
    "hard": "With the most damaging of several equally large masks",
    "lead": "With whole leads hidden at random",
    "time": "With a stretch of time hidden on every lead",
    "limb": "With the limb leads hidden",
    "precordial": "With the chest leads hidden",
    "lead-II": "With lead II hidden",
}
EMPTY = "No CMRS has been computed yet. This command computes it, and so does the job below it:"
EMPTY_COMMAND = (
    "python -m scar_core evaluate cmrs --dataset ptbxl --task super --view full random hard "
    "--method scar merl melp"
)
UNREADABLE = "CMRS is in none of the results that could be read."
HEADLINE = "CMRS of every method"
HEADLINE_AXIS = "CMRS, 0 to 100 points"
TERMS = "What the score is made of"
FORMULA = (
    "CMRS = 100 · Σ S·I·R / Σ S·I over all records and masks: the mean agreement R, weighted by "
    "how much a mask hides (S) and how much that matters (I). The paper gives this sum; the four "
    "terms are this project's, so published scores are not comparable."
)
BREAKDOWN = "Where the points are lost"
BY = "Taken apart by"
AXES: Mapping[str, str] = {
    "type": "Missingness",
    "lead": "Lead",
    "severity": "Share hidden",
    "label": "Label",
    "record": "Record",
}
PLURALS: Mapping[str, str] = {
    "type": "types of missingness",
    "lead": "leads",
    "severity": "bands of hidden share",
    "label": "labels",
    "record": "records",
}
NO_BREAKDOWN = "This result does not say what its score is made of; run the evaluation again."
EVERYTHING = "Everything kept"
CMRS = "CMRS"
COSTS_AXIS = "Points"
AREA = "CMRS within"
SCATTER = "Right answers and kept answers"
SCATTER_X = "Macro AUROC, % (can the method still rank patients?)"
SCATTER_Y = "CMRS (does it still say the same?)"
SCATTER_NOTE = (
    "A method can rank patients well and still change its mind about each of them: AUROC looks at "
    "order, CMRS at the answers themselves. Crosses are 95 % intervals by patient."
)
SENSITIVITY = "Would another choice have changed it?"
REFERENCES = "CMRS with other reference models F"
REFERENCES_NOTE = (
    "F is a choice, so the score is computed again with other ones: another architecture, and the "
    "same one trained again with another seed."
)
VARIANTS = "CMRS with other measures of agreement R"
VARIANT_NAMES: Mapping[str, str] = {
    "skill": "skill: 0 is what one knows without the ECG",
    "js": "js: 1 − divergence",
    "rank": "rank: order of the findings",
}
VARIANTS_NOTE = (
    "js and rank have no zero: who knows only how frequent findings are scores high on them, as "
    "the row of random weights shows. That is why skill is the headline."
)
DIFFERENCES = "Are the differences real?"
NO_DIFFERENCES = "Paired differences were not computed for these masks."
METHODS = "Who was compared, and what they had seen"
CAUTION = "What to keep in mind"
GROUPS = {"scar": "SCAR", "random": "Random weights"}
SUPERCLASSES: Mapping[str, str] = {
    "NORM": "Normal ECG",
    "MI": "Infarction",
    "STTC": "ST/T changes",
    "CD": "Conduction",
    "HYP": "Hypertrophy",
}
REFERENCE_NAMES: Mapping[str, str] = {
    "xresnet": "xresnet1d",
    "ecgfm": "ECG-FM, small",
    "ecgfm-seed1": "ECG-FM, small, other seed",
}
SOURCES: Mapping[str, str] = {
    "in-source": "in-source: trained on other patients of this collection",
    "cross-source": "cross-source: never trained on this collection",
    "untrained": "untrained",
}


def points(value: float) -> str:
    """A score or points, to a tenth."""
    return f"{value:.1f}".replace("-", "−")


def span(ends: tuple[float, float] | None) -> str:
    """An interval in brackets; empty if nobody knows it."""
    return f" ({points(ends[0])}–{points(ends[1])})" if ends else ""


def data_name(title: str, task: str, records: int | None) -> str:
    """Name of test records in a list."""
    count = f" · {records:,} records" if records else ""
    return f"{title} · {TASKS.get(task, task)}{count}"


def hiding(view: str, views: Sequence[str]) -> str:
    """Begin a sentence about a view."""
    if view == "pooled":
        return f"Over all masks together ({', '.join(VIEWS.get(v, v).lower() for v in views)})"
    return HIDING.get(view, f"Under {view}")


def view_name(view: str, views: Sequence[str] = ()) -> str:
    """Name of a view in a list."""
    if view == "pooled" and views:
        return "Both together" if len(views) == 2 else f"All {len(views)} together"
    return VIEWS.get(view, view)


def headline(
    begin: str,
    best: str,
    score: float,
    interval: tuple[float, float] | None,
    others: Sequence[tuple[str, float]],
) -> str:
    """The page in one sentence."""
    said = f"{begin}, {short(best)} keeps {points(score)} of 100 points{span(interval)} of what an "
    said += "independent model reads in the whole ECG"
    if not others:
        return f"{said}."
    *rest, last = [f"{_in_text(name)} {points(value)}" for name, value in others]
    return f"{said}; {', '.join(rest)}{' and ' if rest else ''}{last}."


def _in_text(title: str) -> str:
    name = short(title)
    return name[:1].lower() + name[1:] if name.startswith("Random") else name


def about(records: int | None, patients: int | None, source: str, labels: int) -> str:
    """Say how much stands behind the figures."""
    counted = f"{records:,} records of {patients:,} patients" if records and patients else "Records"
    return (
        f"{counted}, {labels} labels that the reference model knows; {SOURCES.get(source, source)}."
        " Small sets have wide intervals: compare intervals, not digits."
    )


def headline_alt(view: str, rows: Sequence[tuple[str, float]]) -> str:
    """Describe the headline's bars."""
    told = "; ".join(f"{name} {points(score)}" for name, score in rows)
    return f"Bar chart of CMRS, {view}: {told}."


def reference(name: str) -> str:
    """Name a reference model."""
    return REFERENCE_NAMES.get(name, name)


def term_f(name: str, checkpoint: str, unknown: Sequence[str]) -> str:
    """What F is."""
    said = (
        f"An independent model that reads the whole ECG and was trained on its labels: "
        f"{reference(name)} ({checkpoint}). What it says of the whole ECG is what should survive."
    )
    return said + (f" It does not know {', '.join(unknown)}." if unknown else "")


def term_s(mean: float | None) -> str:
    """What S is."""
    said = "How much of the recording a mask hides, as a share"
    return f"{said}; {100 * mean:.0f} % on average here." if mean is not None else f"{said}."


def term_i(mean: float | None) -> str:
    """What I is."""
    said = (
        "How far hiding moves the reference model's own answer, from 0 (not at all) to 1 "
        "(Jensen–Shannon divergence). Masks that hide nothing of importance hardly count"
    )
    return f"{said}; {mean:.3f} on average here." if mean is not None else f"{said}."


def term_r(variant: str, mean: float | None, floored: int, items: int) -> str:
    """What R is."""
    said = {
        "skill": (
            "How much of that full reading the method still gives under the mask: 1 is all of it, "
            "0 is no better than knowing only how frequent each finding is (variant: skill)"
        ),
        "js": "One minus the divergence between the method's answer and the full reading "
        "(variant: js)",
        "rank": "Whether the method still puts the findings in the same order (variant: rank)",
    }.get(variant, f"Agreement with the full reading (variant: {variant})")
    said += f"; {mean:.2f} on average here, unweighted." if mean is not None else "."
    if floored:
        said += f" In {floored:,} of {items:,} cases the full reading is too near the mere "
        said += "frequencies, and a floor was used."
    return said


def adds_up(axis: str, n: int, shares: float, total: float, score: float) -> str:
    """Say that the parts are the whole, with the numbers that show it."""
    return (
        f"Adds up: the weights of {n:,} {PLURALS.get(axis, axis)} sum to {100 * shares:.4f} %, "
        f"their points to {total:.4f}; the headline is {score:.4f}."
    )


def does_not(axis: str, shares: float, total: float, score: float) -> str:
    """Say that the parts are not the whole."""
    return (
        f"Does not add up by {AXES.get(axis, axis).lower()}: the weights sum to "
        f"{100 * shares:.4f} %, the points to {total:.4f}, and the headline is {score:.4f}. "
        "The result is damaged or was changed by hand; run the evaluation again."
    )


def lost_most(axis: str, method: str, names: Sequence[str], lost: float, of: float) -> str:
    """Say where most points are lost."""
    share = 100 * lost / of if of > 0 else 0.0
    where = {
        "lead": "with hidden samples of",
        "severity": "to masks that hide",
        "label": "on",
        "record": "on record",
        "type": "to masks of type",
    }[axis]
    named = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    return (
        f"{method} loses {points(of)} of 100 points; {points(lost)} of them ({share:.0f} %) "
        f"{where} {named}."
    )


def waterfall_title(method: str, axis: str) -> str:
    """Title of the waterfall."""
    return f"What {method} loses, by {AXES[axis].lower()}"


def treemap_title(axis: str) -> str:
    """Title of the treemap."""
    return f"Area: weight by {AXES[axis].lower()}; colour: CMRS within"


def rest(n: int, axis: str) -> str:
    """Name of everything that is not shown singly."""
    return f"{n:,} other {PLURALS.get(axis, axis)}"


def waterfall_alt(method: str, score: float, told: Sequence[tuple[str, float]]) -> str:
    """Describe the waterfall."""
    lost = "; ".join(f"{name} −{points(value)}" for name, value in told)
    return f"Waterfall from 100 points to {method}'s {points(score)}: {lost}."


def treemap_alt(told: Sequence[tuple[str, float, float | None]]) -> str:
    """Describe the treemap."""
    parts = "; ".join(
        f"{name}: {100 * share:.0f} % of the weight"
        + (f", CMRS {points(score)}" if score is not None else "")
        for name, share, score in told
    )
    return f"Areas by weight: {parts}."


def scatter_alt(rows: Sequence[tuple[str, float, float]]) -> str:
    """Describe the scatter."""
    told = "; ".join(f"{name}: AUROC {points(x)} %, CMRS {points(y)}" for name, x, y in rows)
    return f"AUROC against CMRS: {told}."


def bars_alt(title: str, rows: Sequence[tuple[str, str, float]]) -> str:
    """Describe grouped bars."""
    return f"{title}: " + "; ".join(f"{a}, {b}: {points(value)}" for a, b, value in rows) + "."


def differences(made: int, bare: float, least: float) -> str:
    """Say what was compared, how often, and what p can be at best."""
    said = (
        f"Paired on the same resamples of patients. {made} comparisons were made in this "
        f"evaluation, and p is corrected for all {made} (Holm). With its resamples the smallest "
        f"possible p is {bare:.3f}, {least:.3f} for the first of them after correction"
    )
    if least > 0.05:
        said += ", so that no difference of this evaluation can fall below 0.05: read the intervals"
    return f"{said}."


def significant(p: float | None) -> str:
    """Judge a corrected p."""
    if p is None:
        return "not computed"
    return "yes" if p < 0.05 else "not shown"


def few(found: Mapping[str, int], least: int) -> str:
    """Name the labels that are too rare."""
    named = ", ".join(f"{label} ({count})" for label, count in found.items())
    return (
        f"Labels with fewer than {least} positives are greyed: they count in no macro AUROC: "
        f"{named}."
    )


def label_name(task: str, code: str, known: Mapping[str, str]) -> str:
    """Name of a label for people."""
    if task == "super":
        return SUPERCLASSES.get(code, code)
    return known.get(code, code) if task == "findings" else code


def unknown_choice(key: str, value: str, used: str) -> str:
    """Say that a link asked for something that is not there."""
    return f"The link's {key}={value[:60]!r} is not among the results; {used!r} is shown instead."


SEEN_COLUMNS = ("Method", "What it had seen of these records", "Weights")
TERM_NAMES: Mapping[str, str] = {
    "F": "Reference: who says what the whole ECG means",
    "S": "Severity: how much is hidden",
    "I": "Impact: how much that matters",
    "R": "Agreement: how much of the reading is kept",
}
OTHER_SUMS = "The sums of the other breakdowns"
SCATTER_POOLED = (
    "AUROC is computed for each kind of missingness by itself; choose one of them above to see it "
    "beside CMRS."
)
DIFFERENCES_CAPTION = "Paired differences with 95 % intervals"
NOTES = "Notes of this evaluation"


def result_name(name: str, views: Sequence[str], methods: int) -> str:
    """Name of one of several evaluations of the same records."""
    hidden = ", ".join(VIEWS.get(view, view).lower() for view in views if view != "pooled")
    return f"{hidden} · {methods} methods · {name.rsplit('_', 1)[-1]}"


def short(title: str) -> str:
    """A method's title without what was said of its weights, for sentences."""
    return title.partition(",")[0]


def damaged(names: Sequence[str]) -> str:
    """Say which files of the store cannot be read."""
    many = "files" if len(names) > 1 else "file"
    return (
        f"{len(names)} {many} of the results store cannot be read and is passed over: "
        f"{', '.join(names)}. Delete {'them' if len(names) > 1 else 'it'}, or compute again."
    )


def in_view(view: str) -> str:
    """A view at the end of a cell."""
    return VIEWS.get(view, view).lower()


def signed(value: float) -> str:
    """A difference in points, to a tenth, with its sign."""
    return f"{value:+.1f}".replace("-", "−")


def chance(p: float | None) -> str:
    """A probability of chance, to three digits."""
    return "" if p is None else f"{p:.3f}"


def facts(result: Mapping[str, object], view: str) -> dict[str, str]:
    """Where the figures of a report come from."""
    title = str(result.get("dataset_title") or result.get("dataset") or "")
    return {
        "Test records": f"{title}, {TASKS.get(str(result.get('task')), result.get('task'))}",
        "Hidden": view,
        "Result": str(result.get("name")),
        "Computed at commit": str(result.get("commit") or "unknown"),
        "Seed": str(result.get("seed")),
    }
