"""English of the Benchmarks page."""

from collections.abc import Mapping, Sequence

TITLE = "Does the paper hold here?"
TABLE = "Show"
SECTIONS: Mapping[str, str] = {
    "paper": "In short",
    "1": "1 Probes",
    "2": "2 Missing parts",
    "3": "3 Ablation",
    "4": "4 Types",
    "5": "5 Weights",
    "6": "6 Cost",
    "curves": "Robustness",
    "calibration": "Calibration",
    "labels": "Labels",
}
SHARE = "Labels used"
VIEW = "What is hidden"
FIGURE = "Figure"
DATA = "Test records"
METHOD = "Method"
FIGURES: Mapping[str, str] = {"macro_auroc": "AUROC, %", "cmrs": "CMRS"}
VIEWS: Mapping[str, str] = {
    "full": "Nothing",
    "random": "At random",
    "hard": "Most damaging",
    "lead": "Whole leads",
    "time": "Stretches of time",
    "limb": "Limb leads",
    "precordial": "Chest leads",
    "lead-II": "Lead II",
}
TYPES: Mapping[str, str] = {
    "lead": "Leads only",
    "time": "Time only",
    "random": "Both, random",
    "hard": "Both, hard",
}
MEASURED = "Measured here"
AVERAGE = "Average"
VARIANTS_CAPTION = {
    3: "SCAR without its parts, random missingness, {figure}",
    5: "SCAR with other weights of its losses, random missingness, {figure}",
}
OWN: Mapping[str, str] = {
    "architecture": "Our architecture, varied",
    "sources": "Our training data, varied",
}
OWN_CAPTIONS: Mapping[str, str] = {
    "architecture": "SCAR's architecture varied, {figure}",
    "sources": "SCAR's training data varied, {figure}",
}
OWN_NOTES: Mapping[str, str] = {
    "architecture": "Nothing of this is in the paper: it shows which of our choices matter. No "
    "record here was trained on.",
    "sources": "Nothing of this is in the paper: it shows what each source of training records "
    "brings. LUDB, which the shipped model also learned from, was left out to judge by.",
}


def another_shape(varied: float, shipped: float) -> str:
    """Say that a table was made with another model than the one that ships."""
    return (
        f"Measured with a SCAR of another shape ({varied:.2f} million parameters) than what ships "
        f"now ({shipped:.2f} million): compare its rows with each other."
    )


COSTS_CAPTION = "What the methods cost"
COSTS: Mapping[str, str] = {
    "parameters": "Parameters, millions",
    "gflop": "GFLOP per record",
    "training": "Training",
    "latency": "Answer, ms per record",
}
COST_NOTES: tuple[Mapping[str, str], Mapping[str, str]] = (
    {"parameters": "", "gflop": "", "training": "min per epoch", "latency": "as printed"},
    {"parameters": "", "gflop": "", "training": "s per 1,000 records", "latency": "CPU"},
)
NOT_YET: Mapping[str, str] = {
    "1": "Linear probes have not been measured yet.",
    "2": "Zero-shot answers under missing parts have not been measured yet.",
    "3": "The ablation has not been measured yet: it trains SCAR five ways, several times each.",
    "4": "Types of missingness have not been measured yet.",
    "5": "The grid of loss weights has not been measured yet: it trains SCAR four ways, several "
    "times each.",
    "6": "Costs have not been measured yet.",
    "curves": "Robustness against the missing share has not been measured yet.",
    "calibration": "No result with calibrated probabilities is there yet.",
    "labels": "No result with figures for single labels is there yet.",
}
COMMANDS: Mapping[str, str] = {
    "1": "python -m scar_core evaluate linear-probe --dataset ptbxl --task all "
    "--method scar merl ecgfm xresnet",
    "2": "python -m scar_core evaluate cmrs --dataset ptbxl --task all --view full random hard "
    "--method scar merl melp",
    "3": "python -m scar_core evaluate ablation --dataset ptbxl --task all",
    "4": "python -m scar_core evaluate missingness --dataset ptbxl --task super --method scar merl",
    "5": "python -m scar_core evaluate ablation --grid lambda --dataset ptbxl --task all",
    "6": "python -m scar_core evaluate efficiency --method scar merl melp",
}
COMMAND_OF: Mapping[str, str] = {"curves": "4", "calibration": "2", "labels": "2"}
NO_PUBLISHED = (
    "The published figures are missing: published.json is not in the results store. Measured "
    "figures are shown alone."
)
EMPTY = "The results store is empty: only published figures can be shown."
OUTCOMES: Mapping[str, str] = {
    "same": "As in the paper",
    "reversed": "The other way",
    "open": "Undecided",
    "mixed": "In part",
    "against": "Not as there",
}
VERDICT_TITLES: Mapping[int, str] = {
    1: "Table 1: linear probes",
    2: "Table 2: zero-shot under missing parts",
    3: "Table 3: ablation",
    4: "Table 4: types of missingness",
    5: "Table 5: weights of the losses",
    6: "Table 6: cost",
}
NO_VERDICT = (
    "Nothing that the paper prints can be compared with what was measured here: results or "
    "published figures are missing."
)
HOW_DECIDED = (
    "A difference counts as the same, or as reversed, if the whole 95 % interval of ours lies on "
    "one side of zero, and stays undecided otherwise; sizes decide nothing. Intervals are by "
    "patient and paired, except random against hard masks, where the ends of both intervals are "
    "used, which leaves more undecided. They are not corrected for their number. Costs have no "
    "interval: they are single measurements on one machine. MERL and MELP stand for our trainings "
    "of these recipes on SCAR's data, ECG-FM for a small one."
)
PROBES_NOTE = (
    "A logistic regression on frozen embeddings of whole ECGs. Shares below 100 % are drawn three "
    "times; a published row of that name had other weights and far more records."
)
TYPES_NOTE = (
    "The paper prints means over its six tasks; ours are of one task at a time. CMRS of the paper "
    "and ours have different terms: compare rows within a block, not blocks."
)
MISSING_NOTE = (
    "CMRS of the paper and ours have different terms, since the paper does not print its own: "
    "compare rows within a block, not blocks. “–” was not measured: these collections are not on "
    "this machine, or hide nothing."
)
COSTS_NOTE = (
    "Published: on the authors' machine with models of their size, training by epochs of "
    "MIMIC-IV-ECG. Measured: one CPU thread with our small models, training by records; times "
    "depend on the machine and its other work. Compare rows within a block."
)
CURVES_X = "Share of the recording that is hidden, %"
CURVES_NOTE = (
    "Leads and stretches of time are hidden until exactly this share is gone; bands are 95 % "
    "intervals by patient. At 0 % nothing is hidden; CMRS begins where something is."
)
CALIBRATION_TITLE = "What was said and what was true"
CALIBRATION_X = "Probability that the method said"
CALIBRATION_Y = "Share that really had the finding"
PERFECT = "Perfectly calibrated"
CALIBRATION_NOTE = (
    "On the straight line from corner to corner, 30 % means three in ten. Below it the method is "
    "too sure. Curves were fitted on validation records with nothing hidden, so hiding may spoil "
    "them. All labels are pooled; points with fewer than 20 answers are left out of the picture, "
    "not out of the error."
)
ECE_CAPTION = "Expected calibration error (0 is perfect)"
LABELS_NOTE_END = "count in no macro figure and are greyed; their intervals say why."
AGAIN = "Compute this again"
RUN_AGAIN = "Run again"
QUEUED = "Queued; it goes on when this page is closed."
DONE = "Done: its figures are shown above."
NO_JOBS = "The queue of jobs cannot be reached, so use the command instead."
JOBS_PAGE = "Open the queue"
PROMPTS_NOTE = "It used prompts of its own: put their file in place of PROMPTS.json."


def published(source: str) -> str:
    """Heading of published rows."""
    return f"Published ({source})" if source else "Published"


def mean_of(source: str) -> str:
    """Source of published means."""
    return f"{source}, mean over six tasks" if source else ""


def measured_on(place: str) -> str:
    """Heading of rows that were measured on one task."""
    return f"{MEASURED} ({place})"


def probes_caption(share: float) -> str:
    """Caption of Table 1."""
    return f"Linear probes on {share:g} % of the labels, macro AUROC in %"


def missing_caption(view: str, figure: str) -> str:
    """Caption of Table 2."""
    hidden = {"full": "nothing hidden", "random": "random masks", "hard": "hard masks"}
    return f"Zero-shot, {hidden.get(view, view)}, {FIGURES.get(figure, figure)}"


def types_caption(figure: str) -> str:
    """Caption of Table 4."""
    return f"By type of missingness, {FIGURES[figure]}"


def runs(n: int) -> str:
    """How many trainings stand behind a row."""
    return f"mean of {n} trainings" if n > 1 else ""


def size(
    ours: float | None, theirs: float | None, trained: tuple[int, int, int], tested: Sequence[int]
) -> str:
    """What was compared with what."""
    sizes = ""
    if ours is not None and theirs is not None:
        sizes = f"The paper's SCAR has {theirs:.0f} million parameters, the one here {ours:.1f}. "
    records = (
        f"Theirs learnt from 800,035 records of MIMIC-IV-ECG, ours from {trained[0]:,} real "
        f"records, {trained[1]:,} simulated ones and {trained[2]:,} of real beats in simulated "
        "rhythms"
    )
    told = f"; our test sets have {min(tested):,} to {max(tested):,} records" if tested else ""
    return f"{sizes}{records}{told}. So compare directions and orders, not digits."


def summary(same: int, turned: int, left: int) -> str:
    """The page in one sentence."""
    total = same + turned + left
    return (
        f"Of {total} differences that the paper prints and that can be repeated here, {same} come "
        f"out the same way, {turned} the other way round, and {left} cannot be decided with sets "
        "of this size."
    )


def of_table(same: int, turned: int, left: int) -> str:
    """A table in one sentence."""
    return f"{same} of {same + turned + left} the same way, {turned} reversed, {left} undecided"


def alt(title: str, told: Sequence[tuple[str, str, float]]) -> str:
    """Describe a chart."""
    return f"{title}: " + "; ".join(f"{a}, {b}: {value:.1f}" for a, b, value in told) + "."


def curves_title(figure: str, place: str) -> str:
    """Title of a robustness curve."""
    return f"{FIGURES[figure].partition(',')[0]} against the hidden share, {place}"


def curves_alt(title: str, told: Sequence[tuple[str, float, float, float]]) -> str:
    """Describe curves by their ends."""
    said = "; ".join(
        f"{name} from {first:.1f} to {last:.1f} at {x:.0f} % hidden"
        for name, first, last, x in told
    )
    return f"{title}: {said}."


def calibration_alt(told: Sequence[tuple[str, float]]) -> str:
    """Describe a reliability diagram."""
    said = "; ".join(f"{name} {value:.3f}" for name, value in told)
    return f"Reliability diagram; expected calibration errors: {said}."


def labels_caption(place: str, view: str) -> str:
    """Caption of the table of labels."""
    hidden = VIEWS.get(view, view).lower()
    return f"{place}, hidden: {hidden}; AUROC in % with 95 % intervals"


def hidden_at(place: str, view: str) -> str:
    """Heading of a column: records, and what was hidden in them."""
    return f"{place}, hidden: {VIEWS.get(view, view).lower()}"


def labels_note(least: int) -> str:
    """Say what happens to rare labels."""
    return f"Labels with fewer than {least} positives {LABELS_NOTE_END}"


def result_line(name: str, commit: str, seed: object, records: int | None) -> str:
    """Where figures come from."""
    counted = f", {records:,} records" if records else ""
    return f"{name}: commit {commit or 'unknown'}, seed {seed}{counted}"


def job_state(title: str, state: str) -> str:
    """What a job is doing."""
    return f"{title}: {state}."


def failed(error: str | None) -> str:
    """Why a job did not end well."""
    return error or "The job was cancelled."


COUNTED = "Labels that count"
RARE = "Too rare to count"
POSITIVES = "Positives"
SHARES_X = "Share of the training labels, %"


def shares_title(place: str) -> str:
    """Title of the probes' curves."""
    return f"Linear probes against the labels they had, {place}"


LABELS_TITLE = "AUROC of every label that counts (positives)"
NOTHING_HIDDEN = "CMRS asks what survives hiding: with nothing hidden there is none."
COST_TITLE = "Time for one record, measured here"
COST_ONE = "one at a time"
COST_Y = "ms per record"
PLAIN: Mapping[str, str] = {
    "challenge": "Challenge", "simulated": "Simulated", "ludb": "LUDB",
}  # fmt: skip
"""Short names of collections of which one task is shown."""


def batches(size: str) -> str:
    """How many records were read at once."""
    return COST_ONE if size == "1" else f"in batches of {size}"


def short_place(name: str) -> str:
    """A column's name below a bar."""
    plain = name.removeprefix("PTB-XL ")
    return plain[:1].upper() + plain[1:]


def percent(share: str) -> str:
    """A share of labels."""
    return f"{share} %"


VERDICTS = "Beside the paper"


def of_table_lead(table: str, same: int, turned: int, left: int) -> str:
    """A table's verdicts in one sentence."""
    total = same + turned + left
    if same == total:
        return (
            f"All {total} differences of Table {table} that can be repeated here come out as in "
            "the paper."
        )
    if left == total:
        return f"None of the {total} differences of Table {table} can be decided here."
    comes = f"{same or 'none'} {'comes' if same == 1 else 'come'}"
    return (
        f"Of {total} differences of Table {table} that can be repeated here, {comes} out as in the "
        f"paper, {turned or 'none'} the other way round, and {left} cannot be decided."
    )


def titled(table: int, sentence: str) -> str:
    """A verdict with the table that it is about."""
    return f"{VERDICT_TITLES.get(table, f'Table {table}')}. {sentence}"


def facts(results: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Where the figures of a report come from."""
    told = [f"{one.get('name')} (commit {one.get('commit') or 'unknown'})" for one in results]
    return {"Results": "; ".join(told) or "none"}
