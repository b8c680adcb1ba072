"""The project's figures, printed again: ``python -m scar_core bench [NAME ...]``.

Times depend on the machine and its other work; compare ratios within one run.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, cast

from scar_core.errors import ConfigError

if TYPE_CHECKING:
    from scar_core.evaluation.card import EvaluationSet

Figures = dict[str, Any]


def bench_model(root: Path | None, checkpoint: Path | None) -> Figures:
    """One 10-s 12-lead record through the model, and through everything that predicting takes."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from scar_core.evaluation.zero_shot import Predictor
    from scar_core.methods.contract import prepare
    from scar_core.missing import Scenario

    del root
    record = _simulated_record()
    predictor = Predictor.load(checkpoint)
    signal, visible = prepare(record, record.present, predictor.checkpoint.contract)
    batch = signal.unsqueeze(0), visible.unsqueeze(0)
    model = predictor.checkpoint.model
    hidden = Scenario(leads=("V1", "V2"))
    predictor.predict([(record, hidden)])
    with torch.inference_mode():
        encode = _times_ms(lambda: model.encode(*batch), 60)
        with FlopCounterMode(display=False) as counter:
            model.encode(*batch)
    predict = _times_ms(lambda: predictor.predict([(record, hidden)]), 60)
    module = cast(torch.nn.Module, model)
    weights = sum(value.numel() for value in module.parameters())
    gflop = counter.get_total_flops() / 1e9
    return {
        "encode_ms_p50": round(median(encode), 2),
        "predict_ms_p50": round(median(predict), 2),
        "gflop": round(gflop, 3),
        "gflop_per_s": round(gflop / (median(encode) / 1e3), 1),
        "matmul_gflop_per_s": round(_matmul_speed(), 1),
        "parameters": weights,
        "threads": torch.get_num_threads(),
    }


def _simulated_record() -> Any:  # noqa: ANN401 - record.py is imported where it is used
    import numpy as np
    import torch

    from scar_core.leads import LEADS
    from scar_core.record import ECGRecord
    from scar_core.simulate import simulate

    made = simulate(1, generator=torch.Generator().manual_seed(0))
    signal = made.signal[0].numpy()
    return ECGRecord(signal, LEADS, made.rate_hz, np.ones(signal.shape, bool), name="simulated")


def _times_ms(action: Callable[[], object], repeats: int) -> list[float]:
    for _ in range(5):
        action()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        times.append(1e3 * (time.perf_counter() - began))
    return times


def _matmul_speed() -> float:
    """What this machine reaches on a large float32 product, in GFLOP/s: the model's upper limit."""
    import torch

    left = torch.randn(1024, 1024)
    return 2 * 1024**3 / 1e9 / (median(_times_ms(lambda: left @ left, 10)) / 1e3)


def bench_simulate(root: Path | None, checkpoint: Path | None) -> Figures:
    """Simulated 12-lead 10-s records a second, by sampling rate."""
    from scar_core.simulate.bench import bench_simulate as measure

    del root, checkpoint
    return {f"records_per_s at {rate}": round(speed, 1) for rate, speed in measure().items()}


def bench_door(root: Path | None, checkpoint: Path | None) -> Figures:
    """Round trip through the worker's door with a model that does nothing."""
    from scar_core.serving.bench import bench_door as measure

    del root, checkpoint
    return {name: round(value, 2) for name, value in vars(measure()).items()}


def bench_zero_shot(root: Path | None, checkpoint: Path | None) -> Figures:
    """Zero-shot macro AUROC on the real test sets: one prompt per label, full view."""
    from scar_core.evaluation.card import TEST_SETS

    return _rankings(TEST_SETS, root, checkpoint)


def bench_validation(root: Path | None, checkpoint: Path | None) -> Figures:
    """Zero-shot macro AUROC on validation records, by which checkpoints are chosen."""
    from scar_core.evaluation.card import VALIDATION_SETS

    return _rankings(VALIDATION_SETS, root, checkpoint)


def _rankings(
    sets: "Sequence[EvaluationSet]", root: Path | None, checkpoint: Path | None
) -> Figures:
    from scar_core.evaluation.card import evaluate_sets
    from scar_core.evaluation.zero_shot import Predictor

    predictor = Predictor.load(checkpoint)
    figures: Figures = {"checkpoint": predictor.checkpoint.digest}
    for one, found in evaluate_sets(predictor, sets, root):
        figures[one.title] = {
            "macro_auroc": round(found.macro_auroc, 4),
            "interval": [round(value, 4) for value in found.interval],
            "records": found.records,
            "source": one.source,
            "per_label": {
                label: f"{value:.3f} ({found.positives[label]})"
                for label, value in found.per_label.items()
            },
            "left_out": list(found.left_out),
        }
    return figures


def bench_page(root: Path | None, checkpoint: Path | None) -> Figures:
    """Gesture to new diagnosis, and start to first usable page, in headless Chromium."""
    del root, checkpoint
    script = Path(__file__).resolve().parents[1] / "tests" / "browser" / "measure.py"
    if not script.is_file():
        raise ConfigError(f"the page is measured by {script}, which is not there; use a checkout")
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.measure"],
        cwd=script.parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ConfigError(f"the page could not be measured ({reason}); is Chromium installed?")
    figures: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


BENCHES: Mapping[str, Callable[[Path | None, Path | None], Figures]] = {
    "model": bench_model,
    "simulate": bench_simulate,
    "door": bench_door,
    "zero-shot": bench_zero_shot,
    "validation": bench_validation,
    "page": bench_page,
}


def run_benches(
    names: Sequence[str], root: Path | None, checkpoint: Path | None, *, as_json: bool
) -> int:
    """Run benchmarks and print their figures.

    Args:
        names: Keys of ``BENCHES``; none: all of them.
        root: Folder of the datasets.
        checkpoint: Checkpoint folder; None: the shipped one.
        as_json: Print one JSON object instead of lines.

    Returns:
        0.

    Raises:
        ConfigError: A name that is none of them, or a page that cannot be measured.
    """
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        raise ConfigError(
            f"there is no benchmark {', '.join(unknown)}; choose from: {', '.join(BENCHES)}"
        )
    results = {}
    for name in names or BENCHES:
        results[name] = BENCHES[name](root, checkpoint)
        if not as_json:
            sys.stdout.write(_lines(name, results[name]))
            sys.stdout.flush()
    if as_json:
        sys.stdout.write(json.dumps(results) + "\n")
    return 0


def _lines(name: str, figures: Figures) -> str:
    lines = [f"{name}: {(BENCHES[name].__doc__ or '').strip()}"]
    for key, value in figures.items():
        if isinstance(value, dict):
            lines.append(f"  {key}")
            lines += [f"    {inner}: {_words(content)}" for inner, content in value.items()]
        else:
            lines.append(f"  {key}: {value}")
    return "\n".join(lines) + "\n\n"


def _words(content: object) -> str:
    if isinstance(content, dict):
        return ", ".join(f"{key} {value}" for key, value in content.items())
    if isinstance(content, list):
        return ", ".join(map(str, content))
    return str(content)
