"""Words of the training page."""

TITLE = "Train a model, and watch it learn"
LEAD = (
    "A training is a job: it goes on when this page is closed, and after a restart it goes on from "
    "its last saved step."
)
NEW = "New training"
RUNS = "Runs"
BUDGETS = {
    "try": "A try: 100 steps, a few minutes on two processor cores",
    "short": "Short: 600 steps, a quarter of an hour or so",
    "shipped": "As the shipped checkpoints: 2,400 steps, an hour or two",
    "own": "Another number of steps",
}
BUDGET = "How long"
STEPS = "Steps"
START = "Start training"
NOTHING = "No training has been started here yet."
COMPARE = "Runs to compare"
NO_CURVES = "The run has not finished a step yet; its curves appear here by themselves."
VALIDATED_ON = {
    "ptbxl": "AUROC and CMRS: PTB-XL's validation records, five superclasses, 95 % intervals by "
    "patient. The same records calibrate CMRS's probabilities, so it is a little flattered.",
    "simulated": "AUROC: simulated records that no training draws, a compass and no result. With "
    "PTB-XL at hand (SCAR_DATA), its validation records serve, and CMRS is drawn too.",
}
NO_VALIDATION = "AUROC and CMRS appear after the first saved step."
CURVES = {
    "loss": "Loss",
    "auroc": "AUROC on validation records",
    "cmrs": "CMRS on validation records",
    "masker": "Masker's budget",
    "rate": "Learning rate",
    "speed": "Throughput",
}
AXES = {
    "loss": "loss",
    "auroc": "macro AUROC",
    "cmrs": "CMRS",
    "masker": "share of patches removed",
    "rate": "learning rate",
    "speed": "records a second",
}
STEP_AXIS = "step"
STOP = "Stop"
RESUME = "Go on"
PROMOTE = "Promote to a checkpoint"
PROMOTE_HELP = (
    "Calibrates the run, evaluates it on the test records, writes its card, and lets the other "
    "pages ask it."
)
PROMOTE_NAME = "Name of the checkpoint"
PROMOTED = "Promotion is queued; its card is there when it is done."
PROMOTION = "Follow the promotion"
LOG = "Log and files"
HIDDEN_VIEW = "random masks"
FULL_VIEW = "nothing hidden"


def described(method: str, data: str, steps: object, seed: object) -> str:
    """Name a run by what was asked for."""
    return f"{method} · {data} · {steps} steps · seed {seed}"


def alt(what: str, names: str) -> str:
    """Describe a curve for those who do not see it."""
    return f"{what} by step, for {names}"
