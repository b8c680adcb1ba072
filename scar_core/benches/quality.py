"""How well absent signal, bad signal and exchanged electrodes are found; faults of known truth."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scar_core.benches import Bench, Figures

RECORDS = 150
SCORE_SEED = 100_000
"""Added to the seed, so that no heart of the fit is scored."""
FLAT_IN_NATURE = ("JS11438", "JS45542", "JS45544")
"""Challenge records with leads that were never connected."""


def score(root: Path | None, seed: int = 0, records: int = RECORDS) -> Figures:
    """Score everything.

    Args:
        root: Folder of the datasets; what is not there is left out.
        seed: Of hearts and faults.
        records: Simulated records.
    """
    from scar_core.benches import _quality_data as data
    from scar_core.benches import _quality_score as scoring

    hearts = data.simulated_records(records, SCORE_SEED + seed)
    quiet = data.simulated_records(min(records, 40), SCORE_SEED + seed + 1, noise=0.0)
    real = data.real_records(root)
    sources = {"simulated": hearts} | {name: found for name, found in real.items() if found}
    wirings = {"simulated": scoring.score_wirings(data.traces(hearts))}
    fitted = data.traces(real["LUDB"] + real["Georgia"])
    if real["LUDB"] and real["Georgia"]:
        models = data.cross_judged(fitted)
        wirings["LUDB and Georgia"] = scoring.score_wirings(fitted, models)
    for name in ("PTB-XL", "Challenge"):
        if real[name]:
            wirings[name] = scoring.score_wirings(data.traces(real[name]))
    median, slow = scoring.speed_ms(hearts[0])
    figures: Figures = {
        "seed": seed,
        "records": {name: len(found) for name, found in sources.items()},
        "clean": {name: scoring.clean_rates(found) for name, found in sources.items()},
        "absent": scoring.score_absent(hearts, seed),
        "wirings": wirings,
        "legs": scoring.score_legs(hearts, seed),
        "figure": scoring.score_figure(quiet, seed),
        "natural": _natural(real["Challenge"]),
        "assess_ms": {"median": median, "p90": slow},
    }
    plain: Figures = _plain(figures)
    return plain


def _natural(records: Sequence[Any]) -> dict[str, str]:
    from scar_core.leads import LEADS, lead_ranges
    from scar_core.quality import assess

    said = {}
    for record in records:
        if record.name in FLAT_IN_NATURE:
            absent = assess(record.in_order()).absent
            whole = [lead for lead, row in zip(LEADS, absent, strict=True) if row.all()]
            part = [
                f"{lead} {row.mean():.0%}"
                for lead, row in zip(LEADS, absent, strict=True)
                if row.any() and not row.all()
            ]
            said[record.name] = f"{lead_ranges(whole)} absent" + "".join(f"; {x}" for x in part)
    return said


def _plain(value: Any) -> Any:  # noqa: ANN401 - any figure
    from scar_core.benches._quality_score import Share

    if isinstance(value, Share):
        return {key: round(part, 5) for key, part in asdict(value).items()}
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def as_markdown(figures: Figures) -> str:
    """Write the figures of ``score`` as a page of tables."""
    took = figures["assess_ms"]
    lines = [
        "# What is absent is found: scores",
        "",
        "Written by `python -m scar_core quality --score"
        f" --seed {figures['seed']}`. Shares with 95 % intervals in brackets: by Wilson for",
        "records, by drawing records again (1,000 times) for pooled samples. Thresholds and the",
        "electrode model were chosen on LUDB, Georgia and other simulated hearts; PTB-XL records",
        "served as a check, and by the Challenge records nothing was chosen. LUDB and Georgia are",
        "scored with models fitted without the record's fold, but with thresholds chosen on them,",
        "so those rows are optimistic.",
        "",
        f"Records: {', '.join(f'{name} {n}' for name, n in figures['records'].items())}.",
        f"One 10-s record at 500 Hz takes {took['median']:.1f} ms of processor time (median; 90th "
        f"percentile {took['p90']:.1f} ms).",
        "",
        "## Nothing is wrong: how often nothing is said",
        "",
        "The real records are as published, so some of what is said of them is true: three of the",
        "Challenge have flat leads (below).",
        "",
        "| source | samples left alone | records: nothing absent | records: nothing exchanged |",
        "|---|---|---|---|",
        *(
            f"| {name} | {_share(row['samples'], 5)} | {_share(row['records'])} "
            f"| {_share(row['unsuspected'])} |"
            for name, row in figures["clean"].items()
        ),
        "",
        "## Lost signal, one fault put into each simulated record",
        "",
        "Sensitivity and specificity count samples; *found* counts records of which at least half",
        "of the lost samples are marked, *reason* those of which the right reason is told.",
        "",
        "| fault | sensitivity | specificity | found | reason |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {_share(row['sensitivity'])} | {_share(row['specificity'], 5)} "
            f"| {_share(row['found'])} | {_share(row['reason'])} |"
            for name, row in figures["absent"].items()
        ),
    ]
    return "\n".join([*lines, *_wiring_lines(figures), *_rest_lines(figures)]) + "\n"


def _wiring_lines(figures: Figures) -> list[str]:
    sources = list(figures["wirings"])
    lines = [
        "",
        "## Exchanged electrodes: noticed / named",
        "",
        "Each wiring is put into the beats of each record (an exact linear map). *Noticed*: some",
        "exchange is suspected; *named*: the right one is among those named. The row `right` says",
        "how often an exchange is suspected of the record as it is (1 − specificity).",
        "RL with LL changes nothing that an ECG shows and cannot be found.",
        "",
        f"| wiring | {' | '.join(sources)} |",
        f"|---|{'---|' * len(sources)}",
    ]
    for name in figures["wirings"][sources[0]]:
        cells = []
        for source in sources:
            row = figures["wirings"][source][name]
            named = "" if name == "right" else f" / {row['named']['value']:.2f}"
            cells.append(f"{_share(row['noticed'], 2)}{named}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        "Right-leg exchanges (the potential between the legs drawn as 2–8 % of lead II) and limb",
        "leads stored in wrong order or upside down, in simulated records:",
        "",
        "| fault | noticed | named |",
        "|---|---|---|",
    ]
    for name, row in figures["legs"].items():
        lines.append(f"| {name} | {_share(row['noticed'])} | {_share(row['named'])} |")
    return lines


def _rest_lines(figures: Figures) -> list[str]:
    levels = list(next(iter(figures["figure"].values())))
    return [
        "",
        "## The quality figure (our own definition) under disturbance",
        "",
        "Mean over all leads of 4 s of noise-free simulated records, by the rms of what is added",
        "to them relative to the lead's own.",
        "",
        f"| disturbance | {' | '.join(levels)} |",
        f"|---|{'---|' * len(levels)}",
        *(
            f"| {name} | {' | '.join(f'{value:.2f}' for value in row.values())} |"
            for name, row in figures["figure"].items()
        ),
        "",
        "## Leads that are flat by nature (Challenge records)",
        "",
        *(f"- {name}: {said}" for name, said in figures["natural"].items()),
    ]


def _share(row: dict[str, float], digits: int = 3) -> str:
    return f"{row['value']:.{digits}f} ({row['low']:.{digits}f}–{row['high']:.{digits}f})"


def _run(root: Path | None, checkpoint: Path | None) -> Figures:
    del checkpoint
    found = score(root)
    wirings = {
        f"electrodes noticed, {source}": {
            name: row["noticed"]["value"] for name, row in table.items()
        }
        for source, table in found["wirings"].items()
    }
    absent = {
        f"{name}, {what}": row[what]["value"]
        for name, row in found["absent"].items()
        for what in ("sensitivity", "specificity")
    }
    return {"assess_ms": found["assess_ms"], "absent": absent} | wirings


BENCH = Bench("Faults of known truth: what signal quality finds of them", _run)
