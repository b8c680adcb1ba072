"""Sentences of the CMRS page from its numbers."""

from pages.ui.cmrs_data import Json, Score, number, pooled_views
from pages.ui.text import cmrs as text
from scar_core.findings import FINDINGS

MEANINGS = {code: finding.name for code, finding in FINDINGS.items()}


def label_of(result: Json, name: str) -> str:
    """Words for a label of the result's task."""
    return text.label_name(str(result.get("task")), name, MEANINGS)


def group_name(result: Json, axis: str, name: str) -> str:
    """Words for a group of a breakdown."""
    if axis == "label":
        return label_of(result, name)
    return text.view_name(name) if axis == "type" else name


def headline_line(result: Json, view: str, scores: list[Score]) -> str:
    """The page in one sentence."""
    best, others = scores[0], [(one.title, one.score) for one in scores[1:]]
    begin = text.hiding(view, pooled_views(result))
    return text.headline(begin, best.title, best.score, best.interval, others)


def about_line(result: Json, best: Score) -> str:
    """How much stands behind the figures."""
    return text.about(
        count_of(result, "records"),
        count_of(result, "patients"),
        str(best.row.get("source") or ""),
        len(best.content.get("labels") or []),
    )


def count_of(result: Json, key: str) -> int | None:
    """A whole number of a result, if it has it."""
    found = number(result.get(key))
    return None if found is None else int(found)
