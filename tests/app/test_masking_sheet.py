"""The printed sheet is true to size, names nobody, and hatches what is hidden."""

import re
from dataclasses import replace

import numpy as np

from pages.ui.masking_sheet import Line, sheet, sheet_pdf, sheet_svg
from scar_core.missing import Scenario
from tests.app.records import make_record


def test_an_a4_page_at_true_size() -> None:
    parts = sheet(make_record(name="Jane Doe 1950"), Scenario(leads=("V1",)), "12-lead ECG", "")
    svg = sheet_svg(parts)
    assert "width='297mm' height='210mm' viewBox='0 0 297 210'" in svg
    assert "Jane" not in svg
    assert svg.count(">hidden<") == 1
    pdf = sheet_pdf(parts)
    box = re.search(rb"/MediaBox \[ ?([\d. ]+)\]", pdf)
    assert box is not None
    width, height = (float(x) for x in box[1].split()[2:])
    assert abs(width - 297 * 72 / 25.4) < 0.5
    assert abs(height - 210 * 72 / 25.4) < 0.5
    assert b"Jane" not in pdf


def test_a_millivolt_is_ten_millimetres_and_a_second_twenty_five() -> None:
    record = make_record()
    step = np.zeros_like(record.signal)
    step[0, 500:] = 1.0
    parts = sheet(replace(record, signal=step), Scenario(), "", "")
    lines = [part for part in parts if isinstance(part, Line)]
    traces = [line for line in lines if len(line.points) > 100]
    heights = [y for _, y in traces[0].points]
    assert max(heights) - min(heights) == 10.0
    xs = [x for x, y in traces[0].points if y == min(heights)]
    assert abs(min(xs) - traces[0].points[0][0] - 25.0) < 0.2
    pulse = next(line for line in lines if len(line.points) == 6)
    ys = [y for _, y in pulse.points]
    assert max(ys) - min(ys) == 10.0
    assert {
        round(b[0] - a[0], 6) for a, b in zip(pulse.points, pulse.points[1:], strict=False)
    } >= {5.0}
    assert max(x for line in lines for x, _ in line.points) < 297


def test_what_was_not_recorded_is_not_drawn() -> None:
    record = make_record()
    record.present[11] = False
    svg = sheet_svg(sheet(record, Scenario.from_query({"span": "II:1-3"}), "", ""))
    assert ">not recorded<" in svg
    assert svg.count(">hidden<") == 2  # lead II stands on the sheet twice
