"""English of the embeddings page."""

from collections.abc import Mapping, Sequence

from scar_core.findings import FINDINGS

TITLE = "Which ECGs does each method take for alike?"
MAP = "Records"
MAP_SECTION = "The map"
METHODS = "Methods"
VIEW = "What was hidden"
COLOUR = "Colour"
METHOD_NAMES: Mapping[str, str] = {"scar": "SCAR", "merl": "MERL", "melp": "MELP"}
VIEWS: Mapping[str, str] = {
    "full": "Nothing",
    "random": "Leads and spans, at random",
    "hard": "The worst of 16",
    "lead": "Leads, at random",
    "time": "Spans, at random",
    "limb": "Limb leads",
    "precordial": "Chest leads",
    "lead-II": "Lead II",
}
COLOURS: Mapping[str, str] = {
    "group": "What it shows",
    "finding": "One finding",
    "dataset": "Dataset",
    "missing": "Missing share",
    "error": "Error",
}
FINDING = "Finding"
YES, NO, UNKNOWN = "yes", "no", "not known"
MISSING_TITLE = "share not read"
ERROR_TITLE = "error (Brier score, 0 is right)"
NO_MAP = (
    "There is no map here yet. Make one of simulated records or of a dataset of yours with the "
    "form “Make a map”."
)
NO_MAP_THERE = "This link asks for a map that is not here; another one is shown."
NO_METHOD = "Choose at least one method."
SHIPPED_PREFIX = "Shipped"
JOB_PREFIX = "Yours"

SCORES: tuple[tuple[str, str, str], ...] = (
    (
        "silhouette",
        "Silhouette",
        "Whether a record lies nearer to its own group than to the next one, from −1 to 1; "
        "0 means that the groups run into each other.",
    ),
    (
        "purity",
        "k-NN purity",
        "Of a record's nearest neighbours, the share that belongs to its group; the mark is what "
        "shuffled groups would have.",
    ),
    (
        "separation",
        "Separation",
        "Share of all differences between embeddings that lies between groups and not within them; "
        "the mark is what chance gives.",
    ),
    (
        "trustworthiness",
        "Trustworthiness",
        "Whether neighbours in the picture are neighbours in truth; 1 means that the picture "
        "invents none.",
    ),
)
MEANING = "What these numbers mean"
SCORES_ABOUT = (
    "The first three are measured on the embeddings themselves, by cosine, with one group for each "
    "record (the colours of “What it shows”); only trustworthiness is about the picture. The best "
    "value of a row is bold. Distances between far groups in a UMAP picture mean little."
)
BY_GROUP = "k-NN purity of every group"
SCORES_TITLE = "How well groups hold together"
SEED, NOTES = "Seed", "How it was made"
MEASURE, GROUP, RECORDS = "Measure", "Group", "Records"
POINTS_TABLE = "The points as a table"
POINTS_CAPTION = "Records of the map, selected ones first"
RECORD, SELECTED, NOT_READ, ERROR = "Record", "Selected", "not read", "error"
SAVE_PANEL = "Picture of"
SAVE_POINTS_CSV = "All points (CSV)"
SAVE_POINTS_JSON = "All points (JSON)"

ECG = "The ECG"
PICK_ONE = (
    "The ringed point, the same record in every panel. Click another one, or go to a panel with "
    "Tab, to a point with the arrow keys, and press Enter."
)
RECORD_BY_NAME = "Open a record by name"
OPEN_MASKING = "Open in Masking"
NEAREST_TO_IT = "Find the nearest to it"
REPORT = "Report"
NO_FINDINGS = "Nothing is known of its findings."
READING = "Fetching the ECG …"

MOVE, SEARCH, EXPLAIN = "Hide something", "Search", "Explain a finding"
DO = "What to do with the map"
HIDE = "What to hide in them"
AS_MASKING = "As on the Masking page"
PRESETS: Mapping[str, str] = {
    "chest": "The chest leads",
    "limb": "The limb leads",
    "only-II": "All but lead II",
    "only-I": "All but lead I (a watch)",
    "v12": "V1 and V2",
    "la": "Electrode LA off",
    "first": "All but the first 5 s",
}
SELECT_FIRST = (
    "Drag around points in any panel to select them, or press a group's name below the map; then "
    "hide something in them and see where they move."
)
MOVE_ABOUT = (
    "Each arrow goes from a record's point to where its embedding lies once the parts are hidden. "
    "New places are approximate: the mean of the eight nearest records of the map, weighted by "
    "distance in the embedding space; nothing is laid out again. A hollow end means that the "
    "embedding resembles no record of the map, so that its place says little."
)
TAKE_AWAY = "Take the arrows away"
STOP = "Stop"
HOW_FAR = "How far they moved"
COSINE = "cosine with itself"
MOVED_SHARE = "path, % of the picture"
PLACING = "error of a place, %"
STRANGE = "like no record of the map, %"
SAME_GROUP = "nearest record has the same group, %"
NOT_HERE = "cannot be moved: the worker has no such method, or another checkpoint of it."

SEARCH_TEXT = "A sentence, as a report would have it"
SEARCH_PLACEHOLDER = "left bundle branch block with left axis deviation"
FIND = "Find"
SEARCH_ABOUT = (
    "The sentence goes through each method's text tower; ringed are the eight records whose "
    "embeddings are nearest to it."
)
MASKING_ECG = "Put the Masking page's ECG on the map"
MASKING_ECG_HELP = "The cross is its place; its eight nearest records are ringed"
CLEAR_SEARCH = "Take the rings away"
FOUND = "Found"

PROBE_METHOD = "Method"
PROBE_ABOUT = (
    "A logistic regression on the embeddings learns the finding; for a linear probe SHAP values "
    "are exact and add up. The directions are those in which the map's records differ most, each "
    "named by the findings at its two ends."
)
PROBE_MAP = "Which directions the probe looks along"
PROBE_BASE = "mean of the map"
PROBE_REST = "all other directions"
PROBE_AXIS = "logits"
PROBE_PARTS = "part"
PROBE_SCORE = "the score"
FROM_OUTSIDE = "the Masking page's ECG"
PROBE_IMPORTANCE = "mean |SHAP| (logit)"
PROBE_MOST = "Scores highest"
PROBE_LEAST = "Scores lowest"
PROBE_PICK = "Click a point to see what its own score is made of."

MAKE = "Make a map"
MAKE_ABOUT = (
    "Embeds records with the methods and views that you choose, lays them out and measures them. "
    "It runs as a job: you can leave the page."
)
MAKE_START = "Start"
MAKE_FIRST = ("dataset", "records", "methods", "views", "seed")
MAKE_DONE = "The map is ready."
MAKE_OPEN = "Show it"
MAKE_DOWN = "Maps can be made when the worker runs."
CLOSE = "Close"
ASKING = "Asking the worker …"
ECG_NEEDS_WORKER = "The worker draws and reads ECGs; this appears when it runs."
PROBE_NONE = "No finding of this map is known of enough records for a probe."


def method_name(name: str) -> str:
    """What people call a method."""
    return METHOD_NAMES.get(name, name)


def finding_name(code: str) -> str:
    """What people call a finding."""
    return FINDINGS[code].name if code in FINDINGS else code


def view_name(name: str) -> str:
    """What people call a view."""
    if name.startswith("ratio-"):
        return f"{name.removeprefix('ratio-')} % of the recording"
    if name.startswith("electrode-"):
        return f"Electrode {name.removeprefix('electrode-')}"
    return VIEWS.get(name, name)


def map_title(title: str, shipped: bool) -> str:
    """Name a map in the list."""
    return f"{SHIPPED_PREFIX if shipped else JOB_PREFIX}: {title}"


def passed_over(key: str, value: str) -> str:
    """Say that a part of the link could not be used."""
    return f"The link's {key}={value!r} was passed over: this map has nothing of that name."


def about_panels(n: int, methods: Sequence[str], view: str, colour: str) -> str:
    """Describe the map to those who do not see it."""
    return (
        f"{n:,} ECGs as points, near each other where {', '.join(methods)} take them for alike; "
        f"hidden: {view_name(view).lower()}; coloured by {colour}."
    )


def panel_sub(missing: float) -> str:
    """Say how much of the signals a panel's method read."""
    return f"read {100 * (1 - missing):.0f} % of the signals"


def selected(n: int) -> str:
    """Say how many records are selected."""
    return f"{n:,} {'record is' if n == 1 else 'records are'} selected."


def move_button(n: int) -> str:
    """Label of the button that moves the selection."""
    return f"Hide it in {n:,} {'record' if n == 1 else 'records'}"


def only_some(n: int, of: int) -> str:
    """Say that not all of a large selection moves."""
    return f"Of {of:,} selected records, {n:,} evenly chosen ones move."


def moving(done: int, total: int) -> str:
    """Say how far moving is."""
    return f"{done:,} of {total:,} records moved"


def moved_sentence(best: str, cosine: float, worst: str, lowest: float, what: str) -> str:
    """Say whose embeddings held still."""
    if best == worst:
        return f"With {what}, {best}'s embeddings keep a cosine of {cosine:.2f} with themselves."
    return (
        f"With {what}, {best}'s embeddings move least (cosine {cosine:.2f} with themselves) and "
        f"{worst}'s most ({lowest:.2f})."
    )


def found_line(rank: int, group: str, cosine: float) -> str:
    """Label of a found record."""
    return f"{rank} · {group} · {cosine:.2f}"


def extreme_line(rank: int, group: str, name: str) -> str:
    """Label of a record with a high or low score."""
    return f"{rank} · {group} ({name})"


def probe_record(name: str, score: float) -> str:
    """Title of a record's chart."""
    return f"{name} scores {score:+.2f}: why".replace("-", "−")


def probe_alt(finding: str, first: str) -> str:
    """Describe the chart of a probe."""
    return f"How much each direction of the embeddings says about {finding}; most: {first}."


def probe_record_alt(finding: str, score: float, first: str) -> str:
    """Describe the chart of a record's score."""
    return f"What the score {score:.2f} for {finding} is made of; the largest part is {first}."


def job_title(title: str, records: int | None, identity: str) -> str:
    """Name the map of a job; the last characters of its identity tell equal ones apart."""
    return f"{title}{f', {records:,} records' if records else ''} · {identity[-4:]}"


def found_help(name: str) -> str:
    """Say what pressing a found record does."""
    return f"Open {name}"


def unusual(mean: float, spread: float) -> str:
    """Say what cosines are usual on the map."""
    return f"Over the whole map the cosine is {mean:.2f} ± {spread:.2f}."


def strange_place(method: str) -> str:
    """Say that the outside ECG is unlike the map."""
    return f"{method}: like no record of the map; its place says little."


def probe_quality(method: str, finding: str, auroc: float, positives: int, records: int) -> str:
    """Say how far a probe can be believed."""
    worth = (
        "worth reading"
        if auroc >= 0.8
        else "weak"
        if auroc >= 0.65
        else "hardly better than chance"
    )
    return (
        f"{method} and “{finding}”: AUROC {auroc:.2f} on records left out of the fit "
        f"({positives:,} of {records:,} have it), {worth}."
    )


def direction(number: int, low: Sequence[str], high: Sequence[str]) -> str:
    """Name a direction by what stands at its ends."""
    ends = " ↔ ".join(name for name in (*low, *high))
    return f"{number}: {ends}" if ends else f"{number}: no finding"


def found_for(searched: str, name: str) -> str:
    """Say what the found records are near to."""
    return f"Nearest to {name}" if name else f"Nearest to “{searched}”"


def ecg_alt(name: str, group: str) -> str:
    """Describe the drawing of an ECG."""
    return f"Twelve-lead ECG of {name}: {group}"


def chart_title(method: str, title: str, view: str) -> str:
    """Title of a saved panel."""
    return f"{method_name(method)}: {title}; hidden: {view_name(view).lower()}"


def made_notes(notes: Sequence[str]) -> str:
    """How a map was made."""
    return " ".join(notes)
