"""From command-line words to a scenario and prompts, and from a prediction to lines of text."""

from collections.abc import Sequence
from pathlib import Path

from scar_core.errors import ConfigError
from scar_core.missing import Scenario, parse_span
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord

_TASKS = {
    "super": ("ptbxl", "super"),
    "sub": ("ptbxl", "sub"),
    "form": ("ptbxl", "form"),
    "rhythm": ("ptbxl", "rhythm"),
    "challenge": ("challenge", "labels"),
}


def scenario_of(
    leads: str, spans: Sequence[str], electrodes: str, *, recover: bool = False
) -> Scenario:
    """Build a scenario from comma-separated leads and electrodes and ``II:2-4.5`` spans.

    Raises:
        ConfigError: A lead, electrode or span that cannot be understood.
    """

    def words(text: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in text.split(",") if word.strip())

    parts = [part for text in spans for part in words(text)]
    return Scenario(
        leads=words(leads),
        electrodes=words(electrodes),
        spans=tuple(parse_span(part) for part in parts),
        recover=recover,
    )


def prompts_of(file: Path | None, task: str | None) -> dict[str, str] | None:
    """Prompts of a file or of a task; None where neither is named.

    Raises:
        ConfigError: The file or the task cannot be used.
    """
    if file is None and task is None:
        return None
    from scar_core.evaluation.prompts import read_prompts, task_prompts

    if file is not None:
        return read_prompts(file)
    if task not in _TASKS:
        raise ConfigError(f"there is no task {task!r}; choose one of: {', '.join(_TASKS)}")
    from scar_core.datasets import dataset

    name, labels = _TASKS[task]
    return task_prompts(name, dataset(name).tasks[labels])


def answer_text(record: ECGRecord, scenario: Scenario, answer: Prediction) -> str:
    """Write a prediction as lines for people, the most probable class first."""
    width = max(len(score.name) for score in answer.classes)
    hidden = scenario.describe() if not scenario.is_empty else "nothing hidden"
    lines = [
        f"{record.name or 'record'}: {hidden}; {answer.visible_share:.0%} of it was read",
        *(f"note: {note}" for note in answer.notes),
        "",
    ]
    if answer.visible_share == 0:
        return "\n".join([*lines, "nothing is visible, so nothing can be said; hide less"])
    lines.append(f"{'finding':<{width}}  probability  similarity")
    for score in sorted(answer.classes, key=lambda one: -one.probability):
        mark = " " if score.calibrated else "~"
        lines.append(
            f"{score.name:<{width}}  {mark}{score.probability:10.2f}  {score.similarity:+10.3f}"
        )
    if not all(score.calibrated for score in answer.classes):
        lines.append("~ approximate: too few validation records to calibrate this finding alone")
    if answer.importance is not None:
        shares = sorted(answer.importance.per_lead.items(), key=lambda item: -item[1])
        told = ", ".join(f"{lead} {share:.0%}" for lead, share in shares if share >= 0.005)
        lines += ["", f"attention: {told or 'nothing was visible'}"]
    return "\n".join(lines)
