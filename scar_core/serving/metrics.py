"""Figures of the worker in the text format that Prometheus reads (version 0.0.4)."""

import os
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Counts what happens at the door; belongs to the event loop."""

    def __init__(self) -> None:
        """Start at nought."""
        self._requests: Counter[Labels] = Counter()
        self._seconds: dict[str, list[float]] = defaultdict(lambda: [0.0] * (len(BUCKETS_S) + 2))

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            route: Pattern of the route, never the address that was asked for: it may hold anything.
            status: HTTP status of the answer.
            seconds: From the request's head to the end of its answer.
        """
        self._requests[(("route", route), ("status", str(status)))] += 1
        row = self._seconds[route]
        row[bisect_left(BUCKETS_S, seconds)] += 1
        row[-1] += seconds

    def text(self, gauges: Mapping[str, tuple[str, Mapping[Labels, float]]]) -> str:
        """Return everything.

        Args:
            gauges: What is true now: name to help and values by labels; a name that ends in
                ``_total`` is a counter.
        """
        lines = _family(
            "scar_requests_total", "counter", "Requests by route and status.",
            (("scar_requests_total", labels, n) for labels, n in self._requests.items()),
        )  # fmt: skip
        lines += _family(
            "scar_request_seconds", "histogram", "Time from request to answer.", self._histograms()
        )
        for name, (about, values) in gauges.items():
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += _family(name, kind, about, ((name, key, n) for key, n in values.items()))
        return "\n".join(lines) + "\n"

    def _histograms(self) -> Iterable[tuple[str, Labels, float]]:
        name = "scar_request_seconds"
        for route, (*counts, total_s) in self._seconds.items():
            so_far = 0.0
            for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), counts, strict=True):
                so_far += count
                yield f"{name}_bucket", (("route", route), ("le", bound)), so_far
            yield f"{name}_sum", (("route", route),), total_s
            yield f"{name}_count", (("route", route),), so_far


def _family(
    name: str, kind: str, about: str, samples: Iterable[tuple[str, Labels, float]]
) -> list[str]:
    lines = [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
    for sample, labels, value in samples:
        said = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        lines.append(f"{sample}{{{said}}} {value:g}" if said else f"{sample} {value:g}")
    return lines


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def resident_mb(pid: int | None = None) -> float | None:
    """Return the memory that a process (None: this one) has in use; None where unknown."""
    try:
        pages = int(Path(f"/proc/{pid or os.getpid()}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)
