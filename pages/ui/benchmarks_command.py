"""The command, and the job, that makes a result again."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]

USUAL: Mapping[str, Any] = {
    "split": "test",
    "seed": 0,
    "masks": 4,
    "candidates": 16,
    "min_positives": 5,
    "resamples": 1000,
    "variant": "skill",
    "limit": None,
    "draws": 3,
    "shares": [1, 10, 100],
    "settings": [],
}
"""What the command takes for granted."""
REFERENCES = ["xresnet", "ecgfm", "ecgfm-seed1"]
GRIDS = ("ablation", "lambda", "architecture", "sources")
KINDS: Mapping[str, str] = {
    "zero-shot": "zero_shot",
    "cmrs": "cmrs",
    "missingness": "missingness",
    "linear-probe": "linear_probe",
    "ablation": "ablation",
    "lambda": "ablation",
    "architecture": "ablation",
    "sources": "ablation",
}
"""Kind of job of each kind of result."""
RANDOM = "random"


def alike(results: Iterable[Json]) -> list[list[Json]]:
    """Group results that one command makes: they differ in their tasks alone."""
    groups: dict[str, list[Json]] = {}
    for result in results:
        asked = dict(result.get("configuration") or {})
        if result.get("what") not in GRIDS:
            asked.pop("task", None)
        key = json.dumps([result.get("what"), asked], sort_keys=True, default=str)
        groups.setdefault(key, []).append(result)
    return list(groups.values())


def tasks_of(group: Sequence[Json]) -> list[str]:
    """All tasks of results that one command makes."""
    found: dict[str, None] = {}
    for result in group:
        task = (result.get("configuration") or {}).get("task", result.get("task"))
        found |= dict.fromkeys(map(str, task if isinstance(task, list) else [task]))
    return list(found)


def command_of(group: Sequence[Json]) -> str:
    """The shell command that computes these results again.

    Args:
        group: One of ``alike``'s.
    """
    what = str(group[0].get("what"))
    asked = dict(group[0].get("configuration") or {})
    methods = [str(name) for name in asked.get("methods") or [] if name != RANDOM]
    words = ["python", "-m", "scar_core", "evaluate", "ablation" if what in GRIDS else what]
    if what == "efficiency":
        words += _option("method", methods)
        words += _option("train-steps", asked.get("train_steps"))
        return shlex.join(words)
    if what in GRIDS[1:]:
        words += ["--grid", what]
    words += _option("dataset", asked.get("dataset", group[0].get("dataset")))
    words += _option("task", tasks_of(group))
    if what != "linear-probe":
        words += _option("view", asked.get("views"))
    if what not in GRIDS:
        words += _option("method", methods)
    words += _unusual(asked)
    return shlex.join(words)


_FLAGS = {
    "split": "split",
    "seed": "seed",
    "masks": "masks",
    "candidates": "candidates",
    "min_positives": "min-positives",
    "resamples": "resamples",
    "variant": "variant",
    "limit": "limit",
    "shares": "share",
    "draws": "draws",
    "seeds": "seeds",
    "steps": "steps",
}


def _unusual(asked: Json) -> list[str]:
    """Options for what was asked for otherwise than usual."""
    words: list[str] = []
    if asked.get("references") not in (None, [], REFERENCES):
        words += _option("reference", asked["references"])
    for name, flag in _FLAGS.items():
        if name in asked and asked[name] != USUAL.get(name):
            words += _option(flag, asked[name])
    if asked.get("legacy"):
        words.append("--legacy")
    for setting in asked.get("settings") or []:
        words += ["--set", str(setting)]
    if asked.get("prompts", "built-in") != "built-in":
        words += ["--prompts", "PROMPTS.json"]
    return words


def _option(flag: str, value: object) -> list[str]:
    if value is None or value == []:
        return []
    values = value if isinstance(value, list | tuple) else [value]
    return [f"--{flag}", *(f"{v:g}" if isinstance(v, float) else str(v) for v in values)]


def parameters_of(group: Sequence[Json], known: Iterable[Json]) -> dict[str, Any]:
    """The parameters of the job that computes these results again.

    Args:
        group: One of ``alike``'s.
        known: Parameters of the kind as ``JobsClient.kinds`` tells them; others are left out.
    """
    what = str(group[0].get("what"))
    asked = dict(group[0].get("configuration") or {})
    asked["methods"] = [name for name in asked.get("methods") or [] if name != RANDOM]
    asked["tasks"] = tasks_of(group)
    asked["task"] = asked["tasks"][0] if asked["tasks"] else None
    asked["grid"] = what
    if what in GRIDS:
        del asked["methods"]  # they are what is trained, not checkpoints
    if not asked.get("references"):
        asked.pop("references", None)  # none were needed, which is no wish
    if asked.get("prompts") == "built-in":
        del asked["prompts"]
    types = {str(one["name"]): one.get("type") for one in known}
    return {
        name: value
        for name, value in asked.items()
        if name in types
        and value is not None
        and isinstance(value, list | tuple) == (types[name] == "list")
    }
