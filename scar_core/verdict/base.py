"""What of the paper comes out the same way here, and what does not: decided by intervals.

A difference that the paper prints is compared with the interval of ours. It is the ``same`` if the
whole interval lies on the paper's side of zero, ``reversed`` if it lies on the other side, and
``open`` if it includes zero. Sizes are told beside, but decide nothing: data and weights differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["same", "reversed", "open"]
_HIGHER = {
    "macro_auroc": ("a higher AUROC", "a lower AUROC"),
    "cmrs": ("a higher CMRS", "a lower CMRS"),
    "parameters": ("more parameters", "fewer parameters"),
    "gflop": ("more operations per record", "fewer operations per record"),
    "latency": ("a longer answering time", "a shorter answering time"),
    "training": ("a slower training", "a faster training"),
}
IN_PERCENT = ("macro_auroc", "cmrs")
_NAMED = 3
"""At most so many exceptions are named in a sentence."""


@dataclass(frozen=True)
class Check:
    """A difference that the paper prints and that was measured here too.

    Attributes:
        table: Number of the paper's table.
        figure: ``macro_auroc``, ``cmrs``, ``parameters``, ``gflop``, ``latency`` or ``training``.
        first: Whose figure is the minuend, as a sentence calls it.
        second: Whose is taken from it.
        under: Ends the sentence, such as ``" under random missingness"``.
        place: Dataset and task, as a sentence calls them.
        published: The paper's difference.
        measured: Ours, in the paper's unit where it is per cent.
        interval: 95 % interval of ours; both ends the same where nothing varies.
    """

    table: int
    figure: str
    first: str
    second: str
    under: str
    place: str
    published: float
    measured: float
    interval: tuple[float, float]

    @property
    def outcome(self) -> Outcome:
        """How the two compare, by the interval alone."""
        side = (self.published > 0) - (self.published < 0)
        ends = sorted(side * end for end in self.interval)
        if ends[0] > 0:
            return "same"
        return "reversed" if ends[1] < 0 else "open"


@dataclass(frozen=True)
class Verdict:
    """A statement of the paper with all checks of it; at least one.

    Attributes:
        checks: They share table, figure, ``first`` and ``under``.
    """

    checks: tuple[Check, ...]

    @property
    def table(self) -> int:
        """Number of the paper's table."""
        return self.checks[0].table

    def of(self, outcome: Outcome) -> tuple[Check, ...]:
        """The checks that came out so."""
        return tuple(check for check in self.checks if check.outcome == outcome)

    @property
    def outcome(self) -> Literal["same", "reversed", "open", "mixed"]:
        """What all checks share, or ``mixed``."""
        found = {check.outcome for check in self.checks}
        return found.pop() if len(found) == 1 else "mixed"

    @property
    def sentence(self) -> str:
        """The verdict in words, with how large the difference is there and here."""
        return f"{_judged(self)}{_sizes(self.checks)}"


def _judged(verdict: Verdict) -> str:
    claim, n = _claim(verdict.checks), len(verdict.checks)
    if verdict.outcome == "same":
        counted = f": so it is in {_all(n)} comparisons" if n > 1 else ""
        return f"As in the paper, {claim}{counted}."
    if verdict.outcome == "reversed":
        counted = f" in {_all(n)} comparisons" if n > 1 else ""
        return f"Unlike in the paper, where {claim}, it is the other way round here{counted}."
    if verdict.outcome == "open":
        every = f"intervals of {_all(n)} differences include" if n > 1 else "interval includes"
        return f"In the paper, {claim}; here that stays open: the {every} zero."
    same = len(verdict.of("same"))
    parts = [f"{same or 'none'} of {_all(n, every=False)} comparisons {_verb(same, 'agree')}"]
    for outcome, words in (("reversed", "reversed"), ("open", "undecided")):
        checks = verdict.of(outcome)  # type: ignore[arg-type]
        if checks:
            named = _exceptions(checks, verdict.checks)
            parts.append(f"{len(checks)} {_verb(len(checks), 'are')} {words} ({named})")
    return f"In the paper, {claim}; here {_joined(parts)}."


def _verb(n: int, verb: str) -> str:
    return {"are": "is", "agree": "agrees"}[verb] if n == 1 else verb


def _all(n: int, *, every: bool = True) -> str:
    if every:
        return "both" if n == 2 else f"all {n}"
    return "the two" if n == 2 else str(n)


def _claim(checks: Sequence[Check]) -> str:
    """What the paper says, from the signs of its differences."""
    up: list[str] = []
    down: list[str] = []
    exceptions = False
    for second in dict.fromkeys(check.second for check in checks):
        signs = [check.published > 0 for check in checks if check.second == second]
        most = 2 * sum(signs) >= len(signs)
        (up if most else down).append(second)
        exceptions |= any(sign != most for sign in signs)
    more, less = _HIGHER[checks[0].figure]
    told = [f"{more} than {_joined(up)}"] if up else []
    told += [f"{less} than {_joined(down)}"] if down else []
    mostly = "mostly " * exceptions
    return f"{checks[0].first} {mostly}has {_joined(told)}{checks[0].under}"


def _exceptions(checks: Sequence[Check], among: Sequence[Check]) -> str:
    single = len({check.second for check in among}) == 1
    names = [c.place if single else f"{c.place} against {c.second}".strip() for c in checks]
    names = [name for name in names if name]
    if len(names) > _NAMED:
        names = [*names[:_NAMED], f"{len(names) - _NAMED} more"]
    return _joined(names)


def _sizes(checks: Sequence[Check]) -> str:
    if checks[0].figure not in IN_PERCENT:
        return ""
    there, here = (
        sum(values) / len(checks)
        for values in ([c.published for c in checks], [c.measured for c in checks])
    )
    mean = "On average the difference" if len(checks) > 1 else "The difference"
    return f" {mean} is {_signed(there)} points there and {_signed(here)} here."


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _joined(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
