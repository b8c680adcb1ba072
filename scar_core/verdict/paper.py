"""What the paper prints and what was measured here, difference by difference."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from scar_core.verdict.base import IN_PERCENT, Check, Verdict

Json = Mapping[str, Any]

METHODS = {"SCAR": "scar", "MERL": "merl", "MELP": "melp", "ECG-FM": "ecgfm"}
"""Our names of the paper's methods."""
NAMES = {ours: theirs for theirs, ours in METHODS.items()}
TASKS = {
    "super": "superclasses",
    "sub": "subclasses",
    "form": "form",
    "rhythm": "rhythm",
    "labels": "all labels",
    "findings": "findings",
    "average": "average",
}


TYPES = {"lead": "leads", "time": "time", "random": "both, random", "hard": "both, hard"}
"""Kinds of missingness, as an exception is named."""


def place_name(result: Json, task: object = None) -> str:
    """Dataset and task in words: ``"PTB-XL superclasses"``."""
    named = str(result.get("task", "") if task is None else task)
    title = str(result.get("dataset_title") or result.get("dataset") or "")
    return f"{title} {TASKS.get(named, named)}".strip()


def compare_with_paper(results: Iterable[Json], published: Json) -> list[Verdict]:
    """Compare everything that was measured with what the paper prints.

    Args:
        results: As ``results.read_results`` gives them; parts that lack something are passed over.
        published: As ``results.read_published`` gives it.

    Returns:
        Verdicts in the order of the paper's tables; none for what was not measured.
    """
    known = sorted(map(_sound, results), key=lambda result: result.get("what") != "cmrs")
    tables = published.get("tables") or {}
    rows = {int(k): t.get("rows") or [] for k, t in tables.items() if str(k).isdigit()}
    checks = [
        *_probes(known, rows.get(1, [])),
        *_missing(known, rows.get(2, [])),
        *_harder(known, rows.get(2, [])),
        *_variants(known, rows.get(3, []), 3),
        *_types(known, rows.get(4, [])),
        *_variants(known, rows.get(5, []), 5),
        *_costs(known, rows.get(6, [])),
    ]
    groups: dict[tuple[Any, ...], dict[tuple[str, str], Check]] = {}
    for check in checks:
        group = groups.setdefault((check.table, check.figure, check.first, check.under), {})
        group.setdefault((check.place, check.second), check)  # the first result that has it
    return [Verdict(tuple(group.values())) for group in groups.values()]


def _sound(result: Json) -> Json:
    """A result of which rows and comparisons are lists of objects, whatever stood there."""

    def objects(key: str) -> list[Json]:
        found = result.get(key)
        return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []

    return {**result, "rows": objects("rows"), "comparisons": objects("comparisons")}


def _number(value: object) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if good else None  # type: ignore[arg-type]


def _published(
    rows: Sequence[Json], figure: str, key: Callable[[Json], tuple[Any, ...]]
) -> dict[tuple[Any, ...], float]:
    """The paper's figures by our name of the method and ``key``."""
    found = {}
    for row in rows:
        value = _number(row.get(figure))
        name = METHODS.get(str(row.get("method")))
        if value is not None and name is not None:
            found[name, *key(row)] = value
    return found


def _paired(
    results: Iterable[Json], whats: Sequence[str], figure: str
) -> Iterator[tuple[Json, Json, float, tuple[float, float]]]:
    """Result, comparison, difference and interval in per cent of every paired comparison."""
    for result in results:
        limited = (result.get("configuration") or {}).get("limit") is not None
        if result.get("what") not in whats or limited:  # a part of the records is a trial
            continue
        for one in result.get("comparisons") or []:
            ends = [_number(end) for end in one.get("interval") or []]
            difference = _number(one.get("difference"))
            if one.get("figure") != figure or difference is None or len(ends) != 2 or None in ends:
                continue
            scale = 100 if figure == "macro_auroc" else 1
            low, high = (scale * end for end in ends if end is not None)
            yield result, one, scale * difference, (low, high)


def _probes(results: Sequence[Json], rows: Sequence[Json]) -> Iterator[Check]:
    figure = "macro_auroc"
    said = _published(
        rows, figure, lambda r: (r.get("dataset"), r.get("task"), f"{r.get('share_percent')} %")
    )
    for result, one, measured, ends in _paired(results, ("linear-probe",), figure):
        at = result.get("dataset"), result.get("task"), one.get("view")
        yield from _check(1, one, said, at, place_name(result), measured, ends)


def _missing(results: Sequence[Json], rows: Sequence[Json]) -> Iterator[Check]:
    for figure in IN_PERCENT:
        said = _published(rows, figure, lambda r: (r.get("dataset"), r.get("task"), r.get("view")))
        for result, one, measured, ends in _paired(results, ("cmrs", "missingness"), figure):
            at = result.get("dataset"), result.get("task"), one.get("view")
            yield from _check(2, one, said, at, place_name(result), measured, ends)


def _types(results: Sequence[Json], rows: Sequence[Json]) -> Iterator[Check]:
    """The paper prints averages over its six tasks; ours are told task by task."""
    for figure in IN_PERCENT:
        said = _published(rows, figure, lambda r: (r.get("view"),))
        for result, one, measured, ends in _paired(results, ("missingness",), figure):
            view = str(one.get("view"))
            place = f"{TYPES.get(view, view)} in {place_name(result)}"
            for check in _check(4, one, said, (view,), place, measured, ends):
                yield replace(check, under=" whatever is missing")


def _check(
    table: int,
    one: Json,
    said: Mapping[tuple[Any, ...], float],
    at: tuple[Any, ...],
    place: str,
    measured: float,
    ends: tuple[float, float],
) -> Iterator[Check]:
    """One check, if the paper prints both figures."""
    first, second, view = (str(one.get(key)) for key in ("first", "second", "view"))
    a, b = said.get((first, *at)), said.get((second, *at))
    if a is not None and b is not None:
        names = NAMES[first], NAMES[second]
        yield Check(table, str(one["figure"]), *names, under(view), place, a - b, measured, ends)


def under(view: str) -> str:
    """End of a sentence about a view, or about a share of labels."""
    if view.endswith("%"):
        return f" with {view.replace(' ', chr(0xA0))} of the labels"
    return f" under {view} missingness"


def _harder(results: Sequence[Json], rows: Sequence[Json]) -> Iterator[Check]:
    """What hard masks cost beyond random ones; not paired, so by the ends of both intervals."""
    for figure in IN_PERCENT:
        said = _published(rows, figure, lambda r: (r.get("dataset"), r.get("task"), r.get("view")))
        for result in results:
            of = {(r.get("method"), r.get("view")): r for r in result.get("rows") or []}
            at = result.get("dataset"), result.get("task")
            for name, title in NAMES.items():
                there = [said.get((name, *at, view)) for view in ("random", "hard")]
                here = [_with_interval(of.get((name, v)), figure) for v in ("random", "hard")]
                if None in there or None in here or result.get("what") != "cmrs":
                    continue
                easy, hard = (values for values in here if values is not None)
                a, b = (value for value in there if value is not None)
                yield Check(
                    2, figure, "under random missingness every method", "under hard missingness",
                    "", f"{title} on {place_name(result)}", a - b, easy[0] - hard[0],
                    (easy[1] - hard[2], easy[2] - hard[1]),
                )  # fmt: skip


def _with_interval(row: Json | None, figure: str) -> tuple[float, float, float] | None:
    """Value and interval in per cent."""
    source: Json = row or {}
    if figure == "cmrs":
        source = source.get("cmrs") or {}
    value = source.get("score" if figure == "cmrs" else figure)
    found = [_number(x) for x in (value, *(source.get("interval") or ()))]
    if len(found) != 3 or None in found:
        return None
    scale = 100 if figure == "macro_auroc" else 1
    mean, low, high = (scale * x for x in found if x is not None)
    return mean, low, high


def _variants(results: Sequence[Json], rows: Sequence[Json], table: int) -> Iterator[Check]:
    """Tables 3 and 5: the full method against what was trained otherwise."""
    what = {3: "ablation", 5: "lambda"}[table]
    for figure in IN_PERCENT:
        said: dict[tuple[Any, ...], float] = {}
        for row in rows:
            task, value = row.get("task"), _number(row.get(figure))
            if value is not None:
                said[variant_key(row), row.get("dataset"), task] = value
        for result, one, measured, ends in _paired(results, (what,), figure):
            if one.get("view", "random") != "random":
                continue
            task = one.get("task", result.get("task"))
            dataset = "all" if task == "average" else result.get("dataset")
            titles = {r.get("method"): r.get("variant") for r in result.get("rows") or []}
            first, second = (titles.get(one.get(side)) for side in ("first", "second"))
            a, b = said.get((first, dataset, task)), said.get((second, dataset, task))
            if a is not None and b is not None:
                place = "the average" if task == "average" else place_name(result, task)
                yield Check(
                    table, figure, _the(first), str(second), "", place, a - b, measured, ends
                )


def _the(variant: object) -> str:
    return f"the {variant}" if variant == "full model" else str(variant)


def variant_key(row: Json) -> str:
    """Title of a published row of Table 3 or 5, as our results call it."""
    if "variant" in row:
        return str(row["variant"])
    return f"λ_cons {row.get('lambda_cons', 0):g}, λ_mask {row.get('lambda_mask', 0):g}"


def measured_cost(row: Json) -> dict[str, float | None]:
    """A measured row of Table 6 in the paper's units, training in seconds per 1,000 records."""
    parameters, gflop = _number(row.get("parameters")), _number(row.get("gflop"))
    speed = _number(row.get("training_records_per_s"))
    return {
        "parameters": None if parameters is None else parameters / 1e6,
        "gflop": gflop,
        "latency": _number((row.get("ms_per_record") or {}).get("1")),
        "training": 1000 / speed if speed else None,
    }


def _costs(results: Sequence[Json], rows: Sequence[Json]) -> Iterator[Check]:
    said = {METHODS.get(str(row.get("method"))): row for row in rows}
    for result in results:
        if result.get("what") != "efficiency":
            continue
        here = {row.get("method"): measured_cost(row) for row in result.get("rows") or []}
        for figure in ("parameters", "gflop", "latency", "training"):
            for name in ("merl", "melp"):
                a, b = (_number((said.get(m) or {}).get(figure)) for m in ("scar", name))
                c, d = (here.get(m, {}).get(figure) for m in ("scar", name))
                if a is not None and b is not None and c is not None and d is not None:
                    ends = (c - d, c - d)
                    yield Check(6, figure, "SCAR", NAMES[name], "", "", a - b, c - d, ends)
