"""A simulator of 12-lead ECGs: hearts are drawn, looked at from electrodes, and reported.

Each record's signal, findings, report and evidence come from one set of drawn parameters, so the
findings are true of the signal and it is known where they show.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scar_core.errors import ConfigError
from scar_core.simulate.conditions import draw_traits, traits_for
from scar_core.simulate.draw import Draw
from scar_core.simulate.evidence import Stretch, find_evidence
from scar_core.simulate.heart import draw_heart
from scar_core.simulate.noise import draw_filters, draw_noise, filter_as_recorder, flat_leads
from scar_core.simulate.render import Heart, render
from scar_core.simulate.reports import report_text
from scar_core.simulate.traits import Traits
from scar_core.simulate.truth import Truth, find_truth

__all__ = ["SimulatedBatch", "Stretch", "report_text", "simulate", "twelve_of"]


@dataclass(frozen=True)
class SimulatedBatch:
    """Simulated records with everything that is known about them.

    Attributes:
        signal: Float32 ``(n, 12, sample)``, mV, leads in the order of ``scar_core.leads.LEADS``.
        findings: Codes of ``scar_core.findings`` per record, not closed under implication.
        reports: One report per record, true of it.
        evidence: Per record: code -> stretches ``(lead, start_s, stop_s)`` that carry it. Empty
            dictionaries when it was not asked for.
        rate_hz: Samples per second.
        heart: The drawn waves and event times.
        truth: What was measured on them.
    """

    signal: Tensor
    findings: list[tuple[str, ...]]
    reports: list[str]
    evidence: list[dict[str, list[Stretch]]]
    rate_hz: float
    heart: Heart
    truth: Truth


def twelve_of(eight: Tensor) -> Tensor:
    """Derive the other limb leads exactly; ``(n, 8, sample)`` to ``(n, 12, sample)``."""
    one, two = eight[:, 0], eight[:, 1]
    limb = torch.stack([one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2], dim=1)
    return torch.cat([limb, eight[:, 2:]], dim=1)


def simulate(  # noqa: PLR0913 - one call draws a batch; all but n are named
    n: int,
    *,
    generator: torch.Generator,
    rate_hz: float = 500.0,
    seconds: float = 10.0,
    device: torch.device | str = "cpu",
    findings: Sequence[str] | None = None,
    noise: float | None = None,
    with_evidence: bool = True,
) -> SimulatedBatch:
    """Draw ``n`` records.

    The same generator state gives the same hearts at every sampling rate; only the noise differs.

    Args:
        n: Number of records.
        generator: Where all randomness comes from; fastest on the same device.
        rate_hz: Samples per second.
        seconds: Length of each record.
        device: Where the signal is wanted.
        findings: Codes that every record shall have, with nothing else abnormal; ``None`` draws a
            mixed population.
        noise: How strong disturbances are (1 is an ordinary clinic); 0 leaves out noise, recorder
            filters and flat leads; ``None`` is 1, with a strength of its own for each record.
        with_evidence: False leaves ``evidence`` empty, which is faster.

    Returns:
        The records.

    Raises:
        ConfigError: ``n``, rate, length or codes cannot be simulated.
    """
    if n < 1 or not 50 <= rate_hz <= 2000 or not 2 <= seconds <= 120:
        raise ConfigError(
            f"the simulator was asked for {n} records of {seconds} s at {rate_hz} Hz: it draws"
            " at least 1 record of 2 to 120 s at 50 to 2000 Hz"
        )
    draw = Draw(generator, torch.device(device))
    rng = draw.python()
    sets = [draw_traits(rng) if findings is None else traits_for(findings, rng) for _ in range(n)]
    traits = Traits.of(sets, draw.device)
    heart = draw_heart(draw, traits, seconds)
    n_samples = round(seconds * rate_hz)
    signal = render(heart, n_samples, rate_hz)
    truth = find_truth(heart, seconds)
    level = 1.0 if noise is None else noise
    flat = flat_leads(draw, n)
    filters = draw_filters(draw, n)
    if level > 0:
        signal = signal + draw_noise(draw, n, n_samples, rate_hz, level)
        signal = filter_as_recorder(signal, filters, rate_hz)
    twelve = twelve_of(signal)
    if level > 0:
        twelve = torch.where(flat[:, :, None], 0.0, twelve)
    rates = truth.rate_bpm.tolist()
    reports = [
        report_text(true, rng, rate_bpm=rate)
        for true, rate in zip(truth.findings, rates, strict=True)
    ]
    evidence: list[dict[str, list[Stretch]]] = [{} for _ in range(n)]
    if with_evidence:
        evidence = find_evidence(heart, truth.measured, truth.findings, seconds)
    return SimulatedBatch(twelve, truth.findings, reports, evidence, rate_hz, heart, truth)
