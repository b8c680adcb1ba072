"""How fast the simulator draws."""

import time

import torch

from scar_core.simulate import simulate


def bench_simulate(
    *, device: torch.device | str = "cpu", batch: int = 128, repeats: int = 3
) -> dict[str, float]:
    """Time the simulator with noise, reports and evidence.

    Args:
        device: Where to simulate.
        batch: Records per call.
        repeats: Calls per sampling rate; the best one counts.

    Returns:
        Twelve-lead ten-second records per second, by sampling rate: ``{"500 Hz": ..., ...}``.
    """
    speeds = {}
    for rate_hz in (500.0, 100.0):
        generator = torch.Generator(device=device).manual_seed(0)
        simulate(batch, generator=generator, rate_hz=rate_hz, device=device)
        best = float("inf")
        for _ in range(repeats):
            start = time.perf_counter()
            made = simulate(batch, generator=generator, rate_hz=rate_hz, device=device)
            made.signal.sum().item()  # waits for the device
            best = min(best, time.perf_counter() - start)
        speeds[f"{rate_hz:.0f} Hz"] = batch / best
    return speeds
