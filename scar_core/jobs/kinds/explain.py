"""Explain the answers about many records: what they rest on, and what would change them.

Publishes ``explain.jsonl``, a line for each record: ``record``, ``dataset``, ``label``,
``positive``, ``finding`` (that was looked at), ``probability``, and an object for each question as
``python -m scar_core explain`` writes it (``shapley``: value of each lead for the finding); or
``error``: why it could not be explained. The usual questions took 390 MB, all of them 850.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scar_core.embedding_map import group_of
from scar_core.errors import ConfigError, ScarError
from scar_core.jobs.base import JobKind, Json, Plan, Work
from scar_core.jobs.kinds._checkpoints import folder_of
from scar_core.jobs.kinds._checks import between, check_checkpoint, datasets, known, listed, shipped
from scar_core.jobs.kinds._records import SPLITS, Chosen, examples_from

if TYPE_CHECKING:
    from scar_core.analysis.leadwise import LeadwiseRecord
    from scar_core.evaluation.zero_shot import Predictor
    from scar_core.record import ECGRecord

SHARD = 4
"""Records of a step: each takes seconds."""
QUESTIONS = ("shapley", "subsets", "electrodes", "hard", "flip", "stability", "attribution")
_LEADWISE = frozenset(("shapley", "subsets", "hard", "flip"))
_CLASSIFIERS = ("ecgfm", "ecgfm-seed1", "xresnet")
FILE = "explain.jsonl"


@dataclass(frozen=True)
class Explain:
    """Parameters.

    Attributes:
        method: Checkpoint, as NAME, NAME=FOLDER or NAME=job:ID of a training.
        dataset: ``simulated`` draws records; else a dataset, or ``folder@DIRECTORY``.
        split: Split of the dataset.
        records: At most so many records, evenly spread.
        seed: Of simulated records and of everything drawn.
        finding: The finding that is looked at; empty: each record's most probable one.
        questions: What is asked of every record.
        budget: Share that the worst mask, or an equal one elsewhere, hides.
        tolerance: How far a lead subset's answer may be from the whole record's.
    """

    method: str = "scar"
    dataset: str = "simulated"
    split: str = "test"
    records: int = 50
    seed: int = 0
    finding: str = ""
    questions: tuple[str, ...] = ("shapley", "electrodes")
    budget: float = 0.2
    tolerance: float = 0.1

    def __post_init__(self) -> None:
        if check_checkpoint(self.method) in _CLASSIFIERS:
            raise ConfigError(
                f"{self.method} answers no prompts, so it cannot be explained; choose scar or "
                "another zero-shot method"
            )
        listed("questions", self.questions, least=1)
        for question in self.questions:
            known("question", question, QUESTIONS)
        between("budget", self.budget, 0.02, 0.9)
        between("tolerance", self.tolerance, 0, 1)
        self.chosen.check()

    @property
    def chosen(self) -> Chosen:
        """Which records."""
        return Chosen(self.dataset, self.split, self.records, self.seed)


@lru_cache(maxsize=1)
def _loaded(folder: Path, device: str) -> "Predictor":
    from scar_core.evaluation.zero_shot import Predictor

    return Predictor.load(folder, device)


def _predictor(asked: Explain, work: Work) -> "Predictor":
    from scar_core.evaluation.subjects import load_subject
    from scar_core.evaluation.zero_shot import Predictor

    _, named, folder = folder_of(asked.method, work).partition("=")
    if not named:  # random weights
        return Predictor(load_subject(asked.method, work.device).checkpoint, work.device)
    return _loaded(Path(folder), work.device)


def _count(asked: Explain, work: Work) -> Json:
    """Find the records, and refuse what the method cannot answer."""
    from scar_core.analysis.leadwise import Question, why_not_leadwise

    predictor = _predictor(asked, work)
    if predictor.checkpoint.kind == "classifier":
        raise ConfigError(f"{asked.method} answers no prompts, so it cannot be explained")
    if asked.finding:
        Question.of(predictor).index(asked.finding)
    reason, needs = why_not_leadwise(predictor), _LEADWISE & set(asked.questions)
    if reason and needs:
        raise ConfigError(
            f"{', '.join(sorted(needs))} cannot be asked here, for {reason}; choose scar, or ask "
            "for electrodes, stability or attribution"
        )
    records = asked.chosen.count()
    work.log(f"{asked.chosen.title}: {records:,} records")
    return {"records": records, "checkpoint": predictor.checkpoint.digest}


def _shard(asked: Explain, work: Work, first: int, records: int) -> Json:
    """Explain the records of one shard."""
    predictor = _predictor(asked, work)
    lines = []
    examples = examples_from(asked.chosen, first, work, SHARD)
    for number, example in enumerate(examples, 1):
        line: dict[str, Any] = {
            "record": example.name,
            "dataset": asked.chosen.source,
            "label": group_of(example.positive) if example.positive or example.negative else "",
            "positive": sorted(example.positive),
        }
        try:
            line |= dict(_Answers(asked, predictor, example.read()).lines())
        except ScarError as error:
            work.log(f"{example.name} cannot be explained: {error}")
            line["error"] = str(error)
        lines.append(json.dumps(line, ensure_ascii=False, allow_nan=False))
        work.progress(first + number, records, "records")
    name = _shard_file(first)
    path = work.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    work.save(name, path)
    return {"records": len(lines)}


def _shard_file(first: int) -> str:
    return f"shards/{first:06d}.jsonl"


class _Answers:
    """What is said about one record."""

    def __init__(self, asked: Explain, predictor: "Predictor", record: "ECGRecord") -> None:
        from scar_core.missing import Scenario

        self.asked, self.predictor, self.record = asked, predictor, record
        answer = predictor.predict([(record, Scenario())])[0]
        chosen = asked.finding.strip().lower()
        score = next(
            (one for one in answer.classes if chosen in (one.name.lower(), one.prompt.lower())),
            max(answer.classes, key=lambda one: one.probability),
        )
        self.finding, self.probability = score.name, score.probability
        self._leadwise: LeadwiseRecord | None = None

    def lines(self) -> Iterator[tuple[str, Any]]:
        """Name and content of every part of the record's line."""
        yield "finding", self.finding
        yield "probability", self.probability
        if {"shapley", "subsets"} & set(self.asked.questions):
            yield from self._of_subsets()
        for question in ("electrodes", "hard", "flip", "stability", "attribution"):
            if question in self.asked.questions:
                yield question, getattr(self, f"_{question}")()

    def _of_subsets(self) -> Iterator[tuple[str, Any]]:
        from scar_core.analysis.shapley import lead_shapley
        from scar_core.analysis.subsets import all_subsets

        answers = all_subsets(self.predictor, self.record)
        if "shapley" in self.asked.questions:
            yield "shapley", lead_shapley(answers).of(self.finding)
        if "subsets" in self.asked.questions:
            yield "subsets", answers.to_json(self.asked.tolerance, self.finding)

    @property
    def leadwise(self) -> "LeadwiseRecord":
        """The record encoded lead by lead, once."""
        from scar_core.analysis.leadwise import LeadwiseRecord

        if self._leadwise is None:
            self._leadwise = LeadwiseRecord(self.predictor, self.record)
        return self._leadwise

    def _electrodes(self) -> Any:  # noqa: ANN401 - JSON
        from scar_core.analysis.faults import electrode_faults

        return electrode_faults(self.predictor, self.record).to_json()

    def _hard(self) -> Any:  # noqa: ANN401 - JSON
        from scar_core.analysis.hard_masks import hard_mask

        return hard_mask(
            self.predictor, self.leadwise, self.record, self.asked.budget,
            finding=self.finding, seed=self.asked.seed,
        ).to_json()  # fmt: skip

    def _flip(self) -> Any:  # noqa: ANN401 - JSON
        from scar_core.analysis.flip import smallest_flip

        return smallest_flip(
            self.predictor, self.leadwise, self.record, finding=self.finding
        ).to_json()

    def _stability(self) -> Any:  # noqa: ANN401 - JSON
        from scar_core.analysis.stability import stability

        found = stability(self.predictor, self.record, self.asked.budget, seed=self.asked.seed)
        return found.to_json()

    def _attribution(self) -> Any:  # noqa: ANN401 - JSON
        from scar_core.analysis.agreement import agreement
        from scar_core.analysis.attribution import Case, attribute, possible

        case = Case(self.predictor, self.record, self.finding)
        seed = self.asked.seed
        accounts = [attribute(case, name, seed=seed) for name in possible(case)]
        return {
            "accounts": [one.to_json() for one in accounts],
            "agreement": agreement(case, accounts, seed=seed).to_json(),
        }


def _gather(asked: Explain, work: Work, records: int) -> Json:
    """Put the shards together and publish them; returns the summary."""
    lines = []
    for first in range(0, records, SHARD):
        path = work.load(_shard_file(first))
        if path is None:
            raise ConfigError(f"the answers from record {first} on are not there; retry the job")
        lines += path.read_text(encoding="utf-8").splitlines()
    path = work.folder / FILE
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    work.publish(FILE, path)
    said = [json.loads(line) for line in lines]
    good = [one for one in said if "error" not in one]
    counts: dict[str, int] = {}
    for one in good:
        counts[one["finding"]] = counts.get(one["finding"], 0) + 1
    return {
        "job": work.job,
        "title": asked.chosen.title,
        "records": len(good),
        "not_explained": records - len(good),
        "findings": counts,
        "mean_shapley": _mean_shapley(good),
        "flips_found": sum(bool(one.get("flip", {}).get("found")) for one in good),
    }


def _mean_shapley(said: list[Mapping[str, Any]]) -> dict[str, float]:
    """Mean of each lead's value over the records of which it was asked; empty if of none."""
    values = [one["shapley"] for one in said if "shapley" in one]
    leads = dict.fromkeys(lead for one in values for lead in one)
    return {lead: sum(one.get(lead, 0.0) for one in values) / len(values) for lead in leads}


def _plan(asked: Explain, run: Plan) -> Json:
    del asked  # the steps have it
    found = run.step("count")
    for first in range(0, found["records"], SHARD):
        run.step("shard", first=first, records=found["records"])
    summary = run.step("gather", records=found["records"])
    return {**summary, "checkpoint": found["checkpoint"]}


KIND = JobKind(
    title="Explain records",
    parameters=Explain,
    plan=_plan,
    steps={"count": _count, "shard": _shard, "gather": _gather},
    lane="short",
    device="any",
    memory_mb=1000,
    names={
        "method": tuple(name for name in shipped() if name not in _CLASSIFIERS),
        "dataset": datasets(),
        "split": SPLITS,
        "questions": QUESTIONS,
    },
)
