"""Table 6: what the methods cost on this machine."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from scar_core.errors import ScarError
from scar_core.evaluation.answers import Progress
from scar_core.evaluation.efficiency import cost
from scar_core.evaluation.rows import identity
from scar_core.evaluation.subjects import RANDOM, Subject, load_subject
from scar_core.results import SCHEMA, result_name, write_result
from scar_core.settings import with_overrides


def evaluate_cost(
    methods: Sequence[str],
    train_steps: int,
    results: Path | None,
    commit: str,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Measure every method, and write one result.

    Args:
        methods: As ``load_subject`` takes them; random weights are added.
        train_steps: Steps of a training that are timed; 0: none.
        results: Folder of the results; None: the store.
        commit: Of the program.
        progress: Told how far it is.
    """
    named = [*methods, *([] if RANDOM in methods else [RANDOM])]
    rows = []
    for number, text in enumerate(named):
        progress(f"measuring {text}", number, len(named))
        subject = load_subject(text)
        speed, reason = _training_speed(subject, train_steps)
        rows.append(
            identity(subject, "")
            | cost(subject)
            | {"training_records_per_s": speed, "training_note": reason}
        )
    configuration = {"methods": [row["method"] for row in rows], "train_steps": train_steps}
    result = {
        "schema": SCHEMA,
        "name": result_name("efficiency", configuration),
        "what": "efficiency",
        "configuration": configuration,
        "seed": 0,
        "commit": commit,
        "rows": rows,
        "comparisons": [],
        "comparisons_made": 0,
        "notes": [
            f"{rows[0]['threads']} CPU threads; times depend on the machine and its other work: "
            "compare rows with each other.",
            "GFLOPs and parameters to encode leave out text tower and adversary, which play no "
            "part when a record is encoded.",
            f"Training: median of {train_steps} steps on simulated records, batch and model as in "
            "the checkpoint's own training.",
        ],
    }
    write_result(result, results)
    return [result]


def _training_speed(subject: Subject, steps: int) -> tuple[float | None, str]:
    """Records a second of a short training, or None and the reason."""
    from scar_core.training.config import config_from
    from scar_core.training.run import train

    settings = subject.checkpoint.origin.get("training")
    if steps < 1 or not settings:
        return None, "not measured" if settings else "these weights come from no training"
    short = ["data=simulated", "simulated_records=128", f"steps={steps + 1}", "save_every=1000000"]
    speeds: list[float] = []
    try:
        config = config_from(with_overrides(settings, [*short, 'init=""']))
        with tempfile.TemporaryDirectory() as folder:
            run = train(
                config, Path(folder), on_step=lambda found: speeds.append(found["records_per_s"])
            )
            for _ in run:
                pass
    except ScarError as error:
        return None, str(error)
    return median(speeds[1:]), ""  # the first step also warms up
