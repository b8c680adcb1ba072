"""What is taken away from a record: scenarios, their masks, and what is absent by nature.

A mask is a bool array (lead, sample) and True means what its name says: ``hidden`` was taken
away by a scenario, ``present`` was measured, ``visible = present & ~hidden``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError
from scar_core.leads import (
    ELECTRODES,
    LEADS,
    LIMB,
    canonical_lead,
    lead_ranges,
    leads_of_electrode,
    recovered_limb_leads,
)
from scar_core.quality import find_absent
from scar_core.record import ECGRecord

ALL_LEADS = "*"
LATEST_S = 1e6
"""No span ends later than this."""

_SPAN = re.compile(r"^\s*(.+?)\s*:\s*([0-9.]+)\s*(?:-|–)\s*([0-9.]+)\s*s?\s*$")


def _lead(name: str) -> str:
    lead = canonical_lead(name)
    if lead is None:
        msg = f"Unknown lead {name!r}; the leads are {', '.join(LEADS)}."
        raise ConfigError(msg)
    return lead


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Span:
    """A stretch of time on one lead, ``start_s`` ≤ t < ``stop_s``, kept to 0.1 ms.

    Attributes:
        lead: Name of the lead, or ``"*"`` for all of them.
        start_s: First second, from 0.
        stop_s: Last second, exclusive; may lie beyond the record's end.
    """

    lead: str
    start_s: float
    stop_s: float

    def __post_init__(self) -> None:
        if self.lead != ALL_LEADS:
            object.__setattr__(self, "lead", _lead(self.lead))
        times = (self.start_s, self.stop_s)
        if all(isfinite(time) for time in times):
            # Whole tenths of a millisecond survive JSON and URL unchanged.
            object.__setattr__(self, "start_s", round(float(self.start_s), 4))
            object.__setattr__(self, "stop_s", round(float(self.stop_s), 4))
            if 0 <= self.start_s < self.stop_s <= LATEST_S:
                return
        msg = (
            f"A span on {self.lead} from {times[0]} to {times[1]} s is none; it must start at 0 "
            f"or later and end after that, by {LATEST_S:g} s at most."
        )
        raise ConfigError(msg)

    def __str__(self) -> str:
        return f"{self.lead}:{_number(self.start_s)}-{_number(self.stop_s)}"


def parse_span(text: str) -> Span:
    """Read ``"II:2.0-4.5"`` (lead, seconds from and to); ``*`` stands for all leads.

    Raises:
        ConfigError: The text is no such span, or its lead is unknown.
    """
    found = _SPAN.match(text)
    try:
        if found:
            return Span(found[1], float(found[2]), float(found[3]))
    except ValueError:  # "1.2.3"
        pass
    msg = f"Cannot read the span {text!r}; write lead:start-stop in seconds, such as II:2.0-4.5."
    raise ConfigError(msg)


@dataclass(frozen=True)
class Scenario:
    """What a user hides. Values are put in one order, so equal scenarios compare equal.

    Attributes:
        leads: Leads hidden from start to end.
        electrodes: Electrodes that are off; each takes its leads (``leads.leads_of_electrode``).
        spans: Stretches of time hidden on single leads or, with ``"*"``, on all.
        recover: Compute hidden limb leads from visible ones where two of them remain.

    Raises:
        ConfigError: An unknown lead or electrode.
    """

    leads: tuple[str, ...] = ()
    electrodes: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    recover: bool = False

    def __post_init__(self) -> None:
        leads = {_lead(name) for name in self.leads}
        electrodes = {name.strip().upper() for name in self.electrodes}
        unknown = sorted(electrodes - set(ELECTRODES))
        if unknown:
            msg = f"Unknown electrode {unknown[0]!r}; the electrodes are {', '.join(ELECTRODES)}."
            raise ConfigError(msg)
        rank = (ALL_LEADS, *LEADS).index
        spans = sorted(set(self.spans), key=lambda s: (rank(s.lead), s.start_s, s.stop_s))
        object.__setattr__(self, "leads", tuple(lead for lead in LEADS if lead in leads))
        object.__setattr__(self, "electrodes", tuple(e for e in ELECTRODES if e in electrodes))
        object.__setattr__(self, "spans", tuple(spans))

    @property
    def is_empty(self) -> bool:
        """True if nothing is hidden."""
        return not (self.leads or self.electrodes or self.spans)

    def hidden_leads(self) -> tuple[str, ...]:
        """Return the leads hidden from start to end, by name or with an electrode."""
        gone = set(self.leads).union(*map(leads_of_electrode, self.electrodes))
        return tuple(lead for lead in LEADS if lead in gone)

    def hidden(
        self, lead_names: Sequence[str], n_samples: int, rate_hz: float
    ) -> NDArray[np.bool_]:
        """Return the mask (lead, sample), True = hidden.

        Spans are cut at the record's end; leads that the record lacks are passed over.
        """
        mask = np.zeros((len(lead_names), n_samples), np.bool_)
        gone = self.hidden_leads()
        mask[[row for row, lead in enumerate(lead_names) if lead in gone]] = True
        for span in self.spans:
            start, stop = (
                # Sample k lies at k / rate; the tolerance keeps 0.3 s × 10 Hz at sample 3.
                min(n_samples, ceil(time * rate_hz - 1e-6))
                for time in (span.start_s, span.stop_s)
            )
            for row, lead in enumerate(lead_names):
                if span.lead in (ALL_LEADS, lead):
                    mask[row, start:stop] = True
        return mask

    def to_json(self) -> dict[str, Any]:
        """Return a dict of JSON types; ``from_json`` reverses it."""
        return {
            "leads": list(self.leads),
            "electrodes": list(self.electrodes),
            "spans": [asdict(span) for span in self.spans],
            "recover": self.recover,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Scenario":
        """Rebuild a scenario; keys may be left out.

        Raises:
            ConfigError: Unknown keys, or values that are no leads, electrodes or spans.
        """
        known = ("leads", "electrodes", "spans", "recover")
        try:
            strange = set(data) - set(known)
            if not strange:
                spans = data.get("spans", ())
                return cls(
                    leads=_words(data.get("leads", ())),
                    electrodes=_words(data.get("electrodes", ())),
                    spans=tuple(parse_span(s) if isinstance(s, str) else Span(**s) for s in spans),
                    recover=bool(data.get("recover", False)),
                )
        except (TypeError, AttributeError):  # wrong kinds of values
            pass
        msg = f"A scenario is an object with {', '.join(known)}; got {str(data)[:200]}."
        raise ConfigError(msg)

    def to_query(self) -> dict[str, str]:
        """Return short URL parameters (``hide off span recover``), only those that are used."""
        query = {
            "hide": ",".join(self.leads),
            "off": ",".join(self.electrodes),
            "span": ",".join(map(str, self.spans)),
            "recover": "1" if self.recover else "",
        }
        return {key: value for key, value in query.items() if value}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Scenario":
        """Rebuild a scenario from URL parameters; others than ``to_query``'s are passed over.

        Raises:
            ConfigError: A value that is no list of leads, electrodes or spans.
        """

        def items(key: str) -> tuple[str, ...]:
            return tuple(part for part in query.get(key, "").split(",") if part.strip())

        recover = query.get("recover", "").strip().lower()
        if recover not in ("", "0", "1", "true", "false"):
            msg = f"recover={recover!r} is neither 1 nor 0."
            raise ConfigError(msg)
        return cls(
            leads=items("hide"),
            electrodes=items("off"),
            spans=tuple(map(parse_span, items("span"))),
            recover=recover in ("1", "true"),
        )

    def describe(self) -> str:
        """Say in words what is hidden: ``"V1–V3 hidden; II 2–4.5 s hidden"``."""
        if self.is_empty:
            return "nothing hidden"
        said = [f"{lead_ranges(self.leads)} hidden"] if self.leads else []
        for electrode in self.electrodes:
            taken = lead_ranges(leads_of_electrode(electrode))
            said.append(f"electrode {electrode} off" + f" ({taken})" * (taken != electrode))
        for span in self.spans:
            lead = "all leads" if span.lead == ALL_LEADS else span.lead
            said.append(f"{lead} {_number(span.start_s)}–{_number(span.stop_s)} s hidden")
        if self.recover:
            said.append("limb leads recovered where two remain")
        return "; ".join(said)


def _words(value: Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, str):  # a bare "V1" would otherwise fall into letters
        raise TypeError
    return tuple(value)


def apply(record: ECGRecord, scenario: Scenario) -> tuple[ECGRecord, NDArray[np.bool_]]:
    """Hide what the scenario hides.

    Returns:
        The record with every sample that is not visible set to 0 (``present`` still says what
        was measured), and ``visible`` (lead, sample), True = present and not hidden. With
        ``recover``, hidden samples of limb leads that at least two visible limb leads determine
        at that moment are computed from those and count as visible; only in millivolt, since
        z-scored leads do not obey the identities.
    """
    hidden = scenario.hidden(record.lead_names, record.n_samples, record.sampling_rate_hz)
    visible = record.present & ~hidden
    signal = np.where(visible, record.signal, np.float32(0))
    notes = record.notes
    if scenario.recover and record.unit != "mV":
        notes = (*notes, "Limb leads were not recovered: the record is not in millivolt.")
    elif scenario.recover:
        limb = [record.lead_names.index(lead) for lead in LIMB if lead in record.lead_names]
        names = [record.lead_names[row] for row in limb]
        wanted = hidden[limb] & record.present[limb]
        signal[limb], found = recovered_limb_leads(names, signal[limb], visible[limb], wanted)
        visible[limb] |= found
        if found.any():
            leads = [lead for lead, row in zip(names, found, strict=True) if row.any()]
            notes = (*notes, f"Recovered from the visible limb leads: {', '.join(leads)}.")
    return replace(record, signal=signal, notes=notes), visible


def absent(record: ECGRecord) -> NDArray[np.bool_]:
    """Return (lead, sample), True = not measured: a proposal for ``present = False``.

    Not present already, flat, standing still in all leads, saturated, mains hum only, or without
    a heartbeat where other leads show one; ``quality.absent`` states every threshold, and
    ``quality.assess`` tells the reasons.
    """
    return find_absent(record) > 0
