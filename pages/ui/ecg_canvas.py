"""The masking canvas: its browser code, and what Python sends to it and takes from it.

The signal travels once per record and the importance strip once per answer, each through a
component of its own: what the canvas itself is given stays the same during gestures, so a
gesture sends neither again.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.assets import asset, worded
from pages.ui.colours import CIVIDIS, as_hex, palette
from pages.ui.masking_maps import shared_limit, weights
from pages.ui.masks import runs
from pages.ui.state import Paper, encode_scene
from pages.ui.text import canvas as text
from scar_core.leads import ELECTRODES, leads_of_electrode
from scar_core.missing import Scenario
from scar_core.prediction import Importance
from scar_core.record import ECGRecord

LEVELS = 64
NOT_READ = 255
COUNTS_PER_UNIT = 1000  # microvolts, or thousandths of a standard deviation


_canvas = st.components.v2.component(
    "scar_ecg_canvas",
    html=worded("ecg_canvas.html", text.PAPER),
    css=asset("ecg_canvas.css"),
    js=asset("words.js", "ecg_scene.js", "ecg_paper.js", "ecg_calipers.js", "ecg_canvas.js"),
)
_messages = st.components.v2.component("scar_ecg_messages", js=asset("ecg_messages.js"))


def encode_signal(signal: NDArray[np.float32]) -> str:
    """Return (lead, sample) as base64 of little-endian int16, thousandths of the unit, clipped."""
    counts = np.clip(np.round(signal.astype(np.float64) * COUNTS_PER_UNIT), -32768, 32767)
    return base64.b64encode(counts.astype("<i2").tobytes()).decode()


def canvas_data(
    record: ECGRecord, record_id: str, pushed: tuple[int, Scenario, Paper]
) -> dict[str, Any]:
    """Return what the canvas is told about a record.

    Args:
        record: Twelve leads in order, as shown.
        record_id: Changes with the record.
        pushed: Revision, scenario and paper that Python wants; taken over if the revision is new.
    """
    rate = record.sampling_rate_hz
    revision, scenario, paper = pushed
    return {
        "id": record_id,
        "title": record.name or "ECG",
        "leads": list(record.lead_names),
        "n": record.n_samples,
        "rate": rate,
        "duration": record.duration_s,
        "mv": record.unit == "mV",
        "absent": {
            lead: [[a / rate, b / rate] for a, b in runs(~there)]
            for lead, there in zip(record.lead_names, record.present, strict=True)
        },
        "takes": {e: list(leads_of_electrode(e)) for e in ELECTRODES},
        "palette": as_hex(palette(CIVIDIS, LEVELS)),
        "scene": encode_scene(scenario),
        "view": asdict(paper),
        "rev": revision,
        "words": dict(text.SAYS),
    }


def strip_data(importance: Importance, record_id: str, top: float) -> dict[str, Any]:
    """Return the importance strip: one byte per lead and patch, a level of the palette.

    Args:
        importance: Weights of the present answer.
        record_id: The record that they belong to.
        top: Weight at the upper end of the scale.
    """
    values, seen = weights(importance)
    level = np.round(np.clip(values / top, 0, 1) * (LEVELS - 1)).astype(np.uint8)
    flat = np.where(seen, level, NOT_READ).astype(np.uint8)
    return {
        "id": record_id,
        "leads": list(importance.lead_names),
        "patches": int(values.shape[1]),
        "patch_s": importance.patch_s,
        "strip": base64.b64encode(flat.tobytes()).decode(),
    }


def send_signal(record: ECGRecord, record_id: str) -> None:
    """Put a record's samples where the canvas finds them; once per record and page run."""
    _messages(key="signal", data={"id": record_id, "signal": encode_signal(record.signal)})


def send_strip(before: Importance, after: Importance, record_id: str) -> None:
    """Put the importance of the present answer under the traces, on the maps' scale."""
    top = shared_limit(weights(before)[0], weights(after)[0])
    _messages(key="strip", data=strip_data(after, record_id, top))


def ecg_canvas(
    data: Mapping[str, Any], on_scene: Callable[[], None], on_view: Callable[[], None]
) -> None:
    """Mount the canvas under the session key ``ecg``; the callbacks run before the page does."""
    _canvas(key="ecg", data=dict(data), on_scene_change=on_scene, on_view_change=on_view)


def sent(part: str) -> Any:  # noqa: ANN401 - from the browser, decoded by whoever asks
    """Return what the canvas last sent as ``scene`` or ``view``; None if nothing."""
    state = st.session_state.get("ecg")
    return state.get(part) if state is not None else None
