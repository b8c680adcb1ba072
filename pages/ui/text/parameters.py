"""What people read in the forms of jobs: a label and a sentence for each parameter, its options.

A parameter that stands in no table keeps its name and what its kind says of it.
"""

from collections.abc import Mapping

from pages.ui.text.embeddings import method_name, view_name
from scar_core.datasets import dataset, dataset_names

Words = tuple[str, str]

CHECKPOINTS = (
    "A shipped one from the list, NAME=FOLDER for one in a folder, or NAME=job:ID for one that a "
    "training here made."
)

WORDS: Mapping[str, Words] = {
    "append": (
        "Only add what is missing",
        "The packed copy that is there is kept, and gets the records that it does not hold yet.",
    ),
    "batch": (
        "Records in each step",
        "Of all processes together. 0: the method's usual number.",
    ),
    "budget": (
        "Share to hide, 0 to 1",
        "How much of a record the most damaging mask hides; 0.2 is two of its ten seconds.",
    ),
    "candidates": (
        "Masks tried for the most damaging one",
        "Of so many random masks, the one that costs the answer most is taken.",
    ),
    "connections": ("Files at a time", "How many files are fetched side by side."),
    "data": (
        "ECGs to learn from",
        "A mixture such as simulated:2,ptbxl:5: two parts simulated records, five parts PTB-XL. "
        "Empty: the method's usual one.",
    ),
    "dataset": (
        "Dataset",
        "Simulated records need nothing; any other dataset must be on this machine. "
        "folder@DIRECTORY takes your own records with an INDEX.csv.",
    ),
    "draws": (
        "Repetitions of a partial share",
        "How often a share below 100 % of the training labels is drawn anew.",
    ),
    "embed": (
        "Take the embeddings of another job",
        "The number of a finished job “Embed records”. Empty: they are computed first.",
    ),
    "finding": (
        "Finding",
        "What the questions are about. Empty: each record's most probable finding.",
    ),
    "grid": ("What is varied", "Which parts of the training are left out or changed in turn."),
    "hosts": (
        "Other machines that take part",
        "Names out of those in SCAR_HOSTS; they must see the same folders.",
    ),
    "init": (
        "Begin with a checkpoint",
        "A shipped name, a folder, or job:ID of a training. Empty: begin anew.",
    ),
    "learning_rate": (
        "Learning rate at its highest",
        "How far one step may change the weights. 0: the method's usual one.",
    ),
    "legacy": (
        "The paper's own probe",
        "Trained by gradient descent, as the paper did, instead of the exact one.",
    ),
    "limit": ("At most so many records", "Evenly spread over the dataset. 0: all of them."),
    "masks": (
        "Masks for each record",
        "How often a view that draws its masks hides something else of the same record.",
    ),
    "method": ("Method", "Which recipe is used."),
    "methods": ("Methods", f"Which trained models are compared. {CHECKPOINTS}"),
    "min_distance": (
        "Smallest distance of points, 0 to 1",
        "Small values let similar records crowd together in the picture.",
    ),
    "min_positives": (
        "Fewest records with a finding",
        "A label that fewer records show does not count: its figure would be chance.",
    ),
    "name": (
        "Name of the checkpoint",
        "What it is to be called; one that has this name already is replaced.",
    ),
    "neighbours": (
        "Neighbours that stay together",
        "How many of its nearest records each point is laid out beside; scores look at as many.",
    ),
    "out": (
        "Folder of the packed copy",
        "Below the folder of the datasets, or a whole path. Empty: packed/ and the dataset's name.",
    ),
    "precision": ("Number format", "Half precision is quicker on a GPU and needs less memory."),
    "preset": (
        "Size",
        "A size that was published needs a large GPU; the usual one fits a laptop.",
    ),
    "processes": (
        "Processes on each machine",
        "With as many GPUs, each process has one of its own.",
    ),
    "questions": ("Questions", "What is asked about each record."),
    "rate_hz": (
        "Samples a second, in Hz",
        "Every record is resampled to this rate. 0: as it was recorded.",
    ),
    "records": ("At most so many records", "Evenly spread over the dataset."),
    "references": (
        "Reference models",
        "They say which parts of a record count for CMRS. The first one decides, the others show "
        "whether another choice would change the result.",
    ),
    "relaunches": (
        "Fresh starts after a crash",
        "How often a training whose process died is started again without having come further.",
    ),
    "resamples": (
        "Resamples for the intervals",
        "How often the records are drawn anew for the 95 % intervals (bootstrap).",
    ),
    "run": ("Training", "The number of the finished training's job."),
    "save_every": (
        "Steps between saved states",
        "Whoever starts again after a stop loses at most so many steps.",
    ),
    "seconds": (
        "Length of each record, in seconds",
        "Longer ones are cut, shorter ones are filled up as not recorded. 0: as they are.",
    ),
    "seed": (
        "Seed",
        "Decides everything that is left to chance: the same number gives the same result again.",
    ),
    "seeds": ("Seeds", "Each variant is trained once with each of them, to show what is chance."),
    "settings": (
        "Further settings",
        "NAME=VALUE, such as model.encoder.mixer=none; for those who know the configuration.",
    ),
    "shares": ("Shares of the training labels, in %", "The probe is fitted to each of them."),
    "simulated_records": (
        "Number of simulated records",
        "Out of so many the training draws. 0: each step simulates new ones; −1: the usual number.",
    ),
    "split": ("Which part of the dataset", "Patients of the test part were never trained on."),
    "splits": ("Which parts of the dataset", "Empty: all of them."),
    "steps": (
        "Training steps",
        "How often the weights are adjusted. 0: as often as is usual for the method.",
    ),
    "tasks": ("Sets of labels", "Each becomes a result of its own. Empty: the dataset's first."),
    "timeout_s": (
        "Patience with a silent server, in seconds",
        "After so long without a byte the server is asked again.",
    ),
    "tolerance": (
        "Allowed change of the answer, 0 to 1",
        "A set of leads suffices if its probability is at most so far from that of all leads.",
    ),
    "validate": (
        "Simulated records for checking",
        "They judge every saved state where PTB-XL is not on this machine. 0: nothing does.",
    ),
    "variant": ("Kind of CMRS", "How it measures that two answers agree."),
    "views": (
        "What is hidden",
        "Each view hides the same of every record for every method. Empty: the usual ones.",
    ),
    "workers": ("Processes", "How many records are read side by side."),
}
"""By the parameter's name."""

OF_KIND: Mapping[tuple[str, str], Words] = {
    ("ablation", "steps"): ("Steps of each training", "How often its weights are adjusted."),
    ("ablation", "settings"): (
        "Further settings of the trainings",
        "NAME=VALUE, such as data=simulated; for those who know the configuration.",
    ),
    ("download", "dataset"): ("Dataset", "It is fetched from its own server."),
    ("download", "records"): (
        "At most so many records",
        "Besides the tables, which always come. 0: everything.",
    ),
    ("explain", "method"): ("Trained model", CHECKPOINTS),
    ("pack", "dataset"): ("Dataset", "It must be on this machine."),
}
"""Where the kind of the job gives a parameter another meaning: by kind and name."""

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "grid": {
        "ablation": "Parts of the method left out",
        "lambda": "Weights of the losses",
        "architecture": "Shapes of the network",
        "sources": "Sources of training records",
    },
    "precision": {"": "Usual", "bf16": "Half (bf16)", "fp32": "Full (fp32)"},
    "preset": {
        "": "Fits a laptop",
        "scar-paper": "SCAR, as published",
        "merl-paper": "MERL, as published",
        "melp-paper": "MELP, as published",
    },
    "questions": {
        "shapley": "What each lead contributes",
        "subsets": "Which few leads suffice",
        "electrodes": "Each electrode off in turn",
        "hard": "The most damaging mask",
        "flip": "The least that turns the answer",
        "stability": "How steady the answer is",
        "attribution": "What the answer rests on",
    },
    "split": {"train": "Training", "val": "Validation", "test": "Test"},
    "splits": {"train": "Training", "val": "Validation", "test": "Test"},
    "variant": {
        "skill": "Skill that is left",
        "js": "Distance of probabilities (Jensen–Shannon)",
        "rank": "Order of probabilities",
    },
}


def label_of(name: str) -> str:
    """Turn a parameter's name into a label: ``min_positives`` to ``Min positives``."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def words_of(kind: str, name: str, told: str = "") -> Words:
    """Return a parameter's label and the sentence about it.

    Args:
        kind: Of the job.
        name: The parameter's.
        told: What the kind says of it, for one that stands in no table.
    """
    return OF_KIND.get((kind, name)) or WORDS.get(name) or (label_of(name), told)


def option_name(name: str, value: object) -> str:
    """Name one of a parameter's options."""
    said = str(value)
    if name == "dataset" and said in dataset_names():
        return dataset(said).title
    if name == "views":
        return view_name(said)
    if name in ("method", "methods", "references"):
        return method_name(said)
    return OPTIONS.get(name, {}).get(said, said)
