"""What the text tower understands: held-out reports in both languages, and negations."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scar_core.benches import Bench, Figures
from scar_core.errors import CheckpointError, DatasetError

if TYPE_CHECKING:
    from torch import Tensor

    from scar_core.datasets.ptbxl import Report

Embed = Callable[[Sequence[str]], "Tensor"]

LEAST = 5
"""Reports that must state a finding, and that must not, for it to count."""
AFFIRMED = ("{}", "there is {}", "the tracing shows {}", "findings consistent with {}")
NEGATED = ("there is no {}", "free of {}", "{} was ruled out", "the tracing shows no {}")
"""Frames of one statement; training denies in other words than most of these."""


def _run(root: Path | None, checkpoint: Path | None) -> Figures:
    from scar_core.datasets.ptbxl import written_reports
    from scar_core.methods import method
    from scar_core.methods.checkpoint import load_checkpoint

    loaded = load_checkpoint(checkpoint)
    if loaded.kind == "classifier":
        raise CheckpointError(
            f"{method(loaded.method).title} {loaded.digest} reads no texts; give a checkpoint of "
            "a method that answers prompts, such as scar"
        )
    told = written_reports(root, "val")
    if not told:
        raise DatasetError(
            "no reports of PTB-XL are at hand; set SCAR_DATA or --root to the folder that holds "
            "ptbxl with ptbxl_database.csv and scp_statements.csv"
        )
    return {"checkpoint": loaded.digest, **understanding(loaded.model.encode_text, told)}


def understanding(embed: Embed, told: "Sequence[Report]") -> Figures:
    """Score a text tower by cosine similarity of reports and one-finding prompts.

    Args:
        embed: Texts to L2-normalised embeddings (B, E), in evaluation mode.
        told: Reports that it did not learn from, with their truth.
    """
    from scar_core.reports import clean_report, stored_report
    from scar_core.reports.clean import is_foreign, words_of

    foreign = [one for one in told if is_foreign(words_of(one.text))]
    english = [one for one in told if not is_foreign(words_of(one.text))]
    return {
        "german_as_stored": _reports(embed, foreign, stored_report),
        "german_translated": _reports(embed, foreign, clean_report),
        "english": _reports(embed, english, clean_report),
        "affirmed_against_negated": _negations(embed),
    }


def _embedded(embed: Embed, texts: Sequence[str]) -> "Tensor":
    import torch

    with torch.inference_mode():
        parts = [embed(texts[at : at + 64]).float() for at in range(0, len(texts), 64)]
    return torch.cat(parts)


def _reports(
    embed: Embed, told: "Sequence[Report]", form: Callable[[str], str]
) -> dict[str, object]:
    """Macro AUROC over findings of telling the reports that state one from those that do not."""
    import numpy as np

    from scar_core.evaluation.metrics import auroc
    from scar_core.findings import FINDINGS

    prompts = _embedded(embed, [one.phrases[0] for one in FINDINGS.values()])
    scores = (_embedded(embed, [form(one.text) for one in told]) @ prompts.T).double().numpy()
    found = {}
    for column, code in enumerate(FINDINGS):
        truth = np.array([code in one.positive for one in told])
        known = truth | np.array([code in one.negative for one in told])
        if LEAST <= truth.sum() <= known.sum() - LEAST:
            found[code] = auroc(scores[known, column], truth[known])
    return _figure(found, reports=len(told))


def _negations(embed: Embed) -> dict[str, object]:
    """Macro AUROC over findings of telling that it is affirmed from that it is denied."""
    import numpy as np

    from scar_core.evaluation.metrics import auroc
    from scar_core.findings import FINDINGS

    found = {}
    for code, one in FINDINGS.items():
        if code == "NORM":
            continue
        said = [frame.format(words) for frame in (*AFFIRMED, *NEGATED) for words in one.phrases]
        similarity = _embedded(embed, said) @ _embedded(embed, one.phrases[:1]).T
        affirmed = np.arange(len(said)) < len(AFFIRMED) * len(one.phrases)
        found[code] = auroc(similarity[:, 0].double().numpy(), affirmed)
    return _figure(found)


def _figure(found: dict[str, float], **counts: int) -> dict[str, object]:
    return {
        "macro_auroc": round(sum(found.values()) / len(found), 4) if found else None,
        **counts,
        "findings": len(found),
        "worst": {code: round(found[code], 3) for code in sorted(found, key=found.__getitem__)[:5]},
    }


BENCH = Bench("What the text tower understands: reports of PTB-XL's fold 8, and negations", _run)
