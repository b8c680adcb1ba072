"""One 10-s 12-lead record through the model, and through everything that predicting takes."""

from pathlib import Path
from typing import cast

from scar_core.benches import Bench, Figures
from scar_core.record import ECGRecord


def _run(root: Path | None, checkpoint: Path | None) -> Figures:
    import torch

    from scar_core.evaluation.efficiency import gflop as operations
    from scar_core.evaluation.efficiency import median_ms
    from scar_core.evaluation.zero_shot import Predictor
    from scar_core.methods.contract import prepare, stacked
    from scar_core.missing import Scenario

    del root
    record = _simulated_record()
    predictor = Predictor.load(checkpoint)
    batch = stacked([prepare(record, record.present, predictor.checkpoint.contract)])
    model = predictor.checkpoint.model
    hidden = Scenario(leads=("V1", "V2"))
    predictor.predict([(record, hidden)])
    with torch.inference_mode():
        encode = median_ms(lambda: model.encode(*batch), 60)
    predict = median_ms(lambda: predictor.predict([(record, hidden)]), 60)
    module = cast(torch.nn.Module, model)
    weights = sum(value.numel() for value in module.parameters())
    gflop = operations(model, batch.signal)
    return {
        "encode_ms_p50": round(encode, 2),
        "predict_ms_p50": round(predict, 2),
        "gflop": round(gflop, 3),
        "gflop_per_s": round(gflop / (encode / 1e3), 1),
        "matmul_gflop_per_s": round(_matmul_speed(), 1),
        "parameters": weights,
        "threads": torch.get_num_threads(),
    }


def _simulated_record() -> ECGRecord:
    import numpy as np
    import torch

    from scar_core.leads import LEADS
    from scar_core.simulate import simulate

    made = simulate(1, generator=torch.Generator().manual_seed(0))
    signal = made.signal[0].numpy()
    return ECGRecord(signal, LEADS, made.rate_hz, np.ones(signal.shape, bool), name="simulated")


def _matmul_speed() -> float:
    """What this machine reaches on a large float32 product, in GFLOP/s: the model's upper limit."""
    import torch

    from scar_core.evaluation.efficiency import median_ms

    left = torch.randn(1024, 1024)
    return 2 * 1024**3 / 1e9 / (median_ms(lambda: left @ left, 10) / 1e3)


BENCH = Bench(
    "One 10-s 12-lead record through the model, and through everything that predicting takes", _run
)
