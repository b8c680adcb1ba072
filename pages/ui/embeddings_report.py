"""The map as one HTML file: the panels, their scores, and how far the selection moved."""

from pages.ui.embeddings_export import points_chart
from pages.ui.embeddings_move import moved_rows
from pages.ui.embeddings_state import Kept, methods_of, view_of
from pages.ui.report import Figure, Part, Table, html_report
from pages.ui.text import embeddings as text
from scar_core.embedding_map import EmbeddingMap


def map_report(k: Kept, whole: EmbeddingMap) -> bytes:
    """Return the report of what is shown: figures, numbers, checkpoints, how the map was made."""
    view, shown = view_of(k.choice, whole), methods_of(k.choice, whole)
    panels = {method: whole.panel(method, view) for method in shown}
    names = [text.method_name(method) for method in shown]
    parts: list[Part] = [text.about_panels(len(whole.names), names, view, text.COLOURS["group"])]
    for method in shown:
        chart = points_chart(k, whole, method)
        parts.append(Figure(chart, chart.title))
    rows = [
        {text.MEASURE: name}
        | {text.method_name(m): panel.quality.get(key) for m, panel in panels.items()}
        for key, name, _ in text.SCORES
    ]
    parts += [Table(text.SCORES_TITLE, rows), text.SCORES_ABOUT]
    if k.moved is not None and (moved := moved_rows(whole, k.moved)):
        parts += [Table(text.HOW_FAR, moved), text.MOVE_ABOUT]
    return html_report(
        f"{text.TITLE} {whole.title}",
        parts,
        scenario=k.moved.scenario if k.moved is not None else None,
        checkpoints={method: panel.checkpoint for method, panel in panels.items()},
        facts={text.VIEW: text.view_name(view), text.SEED: str(whole.seed)}
        | ({text.NOTES: text.made_notes(whole.notes)} if whole.notes else {}),
    )
