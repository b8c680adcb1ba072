"""How long gestures take when several people make them at once."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scar_core.leads import LEADS
from scar_core.missing import Scenario, Span
from scar_core.record import ECGRecord
from scar_core.serving.client import WorkerClient

SECONDS = 10.0
RATE_HZ = 500.0


@dataclass(frozen=True)
class LoadFigures:
    """What sessions met that ask again the moment they are answered.

    Attributes:
        sessions: How many at once.
        p50_ms: Median of the time from question to answer.
        p95_ms: 95th percentile.
        answers_per_s: Of all sessions together.
        n: Answers behind the percentiles.
    """

    sessions: int
    p50_ms: float
    p95_ms: float
    answers_per_s: float
    n: int


def under_load(
    client: WorkerClient, records: Sequence[ECGRecord], seconds: float, *, seed: int = 0
) -> LoadFigures:
    """Let one session for each record ask about ever new gestures, without a pause.

    Args:
        client: Shared by the sessions, as the page's server shares it.
        records: A record for each session.
        seconds: How long; the first tenth is not counted.
        seed: Of the gestures.

    Raises:
        ScarError: What the worker refuses.
    """
    for record in records:
        client.predict(record, [Scenario()])
    times: list[tuple[float, float]] = []
    problems: list[Exception] = []
    begun = time.perf_counter()

    def session(number: int, record: ECGRecord) -> None:
        draw = np.random.default_rng((seed, number))
        try:
            while (asked := time.perf_counter()) < begun + seconds:
                client.predict(record, [gesture(draw)])
                times.append((asked, time.perf_counter()))
        except Exception as error:  # told by the caller's thread
            problems.append(error)

    threads = [
        threading.Thread(target=session, args=(number, record), daemon=True)
        for number, record in enumerate(records)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    counted = [(a, b) for a, b in times if a >= begun + seconds / 10] or times
    took_ms = [1000 * (answered - asked) for asked, answered in counted]
    span_s = max(b for _, b in counted) - min(a for a, _ in counted)
    p50, p95 = np.percentile(took_ms, [50, 95])
    return LoadFigures(
        sessions=len(records),
        p50_ms=round(float(p50), 1),
        p95_ms=round(float(p95), 1),
        answers_per_s=round(len(counted) / span_s, 1),
        n=len(counted),
    )


def gesture(draw: np.random.Generator) -> Scenario:
    """Return what one gesture hides: a lead, or a stretch of one."""
    lead = LEADS[draw.integers(len(LEADS))]
    if draw.random() < 0.5:
        return Scenario(leads=(lead,))
    start_s = draw.uniform(0, SECONDS - 2)
    return Scenario(spans=(Span(lead, start_s, start_s + draw.uniform(0.1, 2)),))


def made_records(n: int, seed: int = 0) -> list[ECGRecord]:
    """Return records of noise, 10 s at 500 Hz: a model takes as long for them as for hearts."""
    rng = np.random.default_rng(seed)
    shape = (len(LEADS), round(SECONDS * RATE_HZ))
    return [
        ECGRecord(
            rng.normal(scale=0.2, size=shape).astype(np.float32),
            LEADS,
            RATE_HZ,
            np.ones(shape, dtype=bool),
        )
        for _ in range(n)
    ]
