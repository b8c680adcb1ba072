"""Explain a record's answer: what it rests on, and what it would be if other parts were missing."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scar_core.commands import Command
from scar_core.errors import ConfigError

if TYPE_CHECKING:
    from scar_core.analysis.leadwise import LeadwiseRecord
    from scar_core.evaluation.zero_shot import Predictor
    from scar_core.record import ECGRecord

Section = tuple[str, Any, list[str]]
"""Key of the JSON object, its JSON types, and lines for people."""

_ASKED = ("subsets", "leads", "shapley", "electrodes", "hard", "flip", "redistribution",
          "stability", "attribution")  # fmt: skip


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", type=Path, nargs="?", help="file of a record")
    parser.add_argument("--rate", type=float, help="Hz, where the file does not tell")
    parser.add_argument("--finding", metavar="NAME", help="look at this finding alone")
    asked = parser.add_argument_group("questions (without any: --subsets --shapley --electrodes)")
    asked.add_argument("--subsets", action="store_true", help="which leads are enough")
    asked.add_argument("--leads", metavar="LEADS", help="how far with these, such as I,II,V2")
    asked.add_argument("--shapley", action="store_true", help="what each lead adds")
    asked.add_argument("--electrodes", action="store_true", help="every electrode off")
    asked.add_argument("--hard", type=float, metavar="BUDGET", help="worst share to lose, as 0.2")
    asked.add_argument("--flip", action="store_true", help="smallest loss that changes the answer")
    asked.add_argument(
        "--redistribution", nargs="+", metavar="HIDE",
        help="where attention goes: leads and stretches, such as V1 II:2-4.5",
    )  # fmt: skip
    asked.add_argument(
        "--stability", type=float, metavar="BUDGET", help="lose as much elsewhere, as 0.2"
    )
    asked.add_argument(
        "--attribution", nargs="*", metavar="ACCOUNT",
        help="what one finding rests on; accounts: shap-permutation, shap-gradient, "
        "gradient-input, selector, shapley-leads (default: all that the method allows)",
    )  # fmt: skip
    asked.add_argument(
        "--compensation", action="store_true",
        help="importance against known evidence on simulated records; needs no record",
    )  # fmt: skip
    parser.add_argument("--tolerance", type=float, default=0.1, help="of --subsets (default 0.1)")
    parser.add_argument("--scale", choices=("probability", "logit"), default="probability")
    parser.add_argument("--how", choices=("greedy", "beam"), default="greedy", help="of --hard")
    parser.add_argument("--threshold", type=float, default=0.5, help="of --flip (default 0.5)")
    parser.add_argument(
        "--budget", type=float, default=0.5, help="largest share that --flip hides (default 0.5)"
    )
    parser.add_argument("--records", type=int, default=200, help="of --compensation (default 200)")
    parser.add_argument("--seed", type=int, default=0, help="of everything drawn (default 0)")
    parser.add_argument("--brute-force", action="store_true", help="read every subset anew")
    parser.add_argument(
        "--method", action="append", help="method (default scar); several for --compensation"
    )
    parser.add_argument("--checkpoint", type=Path, help="checkpoint folder (default: shipped)")
    prompts = parser.add_mutually_exclusive_group()
    prompts.add_argument("--prompts", type=Path, help="JSON {name: text}, or one prompt a line")
    prompts.add_argument("--task", help="labels of a task: super, sub, form, rhythm or challenge")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--out", type=Path, help="folder to write explain.json and explain.txt to")


def _run(arguments: argparse.Namespace) -> int:
    methods = arguments.method or ["scar"]
    if arguments.compensation:
        if arguments.record is not None:
            raise ConfigError("--compensation draws its own records; leave the record out")
        return _compensation(arguments, methods)
    if arguments.record is None or len(methods) != 1:
        raise ConfigError("give one record and one method, or --compensation without a record")
    from scar_core.formats import open_record

    record = open_record(arguments.record, sampling_rate_hz=arguments.rate)
    predictor = _predictor(arguments, methods[0])
    content: dict[str, Any] = {
        "record": record.name,
        "method": predictor.checkpoint.method,
        "checkpoint": predictor.checkpoint.digest,
    }
    lines = [record.name or arguments.record.name]
    for key, value, text in _Explained(arguments, predictor, record).sections():
        content[key] = value
        lines += ["", *text]
    _hand_out(arguments, content, "\n".join(lines))
    return 0


def _predictor(arguments: argparse.Namespace, name: str) -> "Predictor":
    from scar_core.config import checkpoint_dir
    from scar_core.evaluation.zero_shot import Predictor
    from scar_core.methods import method

    return Predictor.load(arguments.checkpoint or checkpoint_dir() / method(name).name)


def _hand_out(arguments: argparse.Namespace, content: Mapping[str, Any], text: str) -> None:
    if arguments.out is not None:
        from scar_core.methods.checkpoint import write_beside

        arguments.out.mkdir(parents=True, exist_ok=True)
        write_beside(arguments.out / "explain.json", (json.dumps(content) + "\n").encode())
        write_beside(arguments.out / "explain.txt", (text + "\n").encode())
    print(json.dumps(content) if arguments.json else text)


def _compensation(arguments: argparse.Namespace, methods: list[str]) -> int:
    from scar_core.analysis.compensation import FIGURES, compensation_table
    from scar_core.methods.checkpoint import write_beside
    from scar_core.results import results_dir

    if arguments.records < 1:
        raise ConfigError(f"--records is {arguments.records}; simulate at least one")
    if arguments.checkpoint is not None and len(methods) > 1:
        raise ConfigError("--checkpoint names one method's; leave it out, or name one method")
    predictors = {name: _predictor(arguments, name) for name in methods}
    table = compensation_table(predictors, arguments.records, arguments.seed)
    folder = arguments.out or results_dir()
    folder.mkdir(parents=True, exist_ok=True)
    write_beside(folder / "compensation.json", (json.dumps(table, indent=1) + "\n").encode())
    lines = [f"{table['title']}: {table['records']} records, seed {table['seed']}"]
    for row in table["rows"]:
        lines.append(f"{row['method']} ({row['account']}, {row['cases']} findings)")
        for figure in FIGURES:
            one = row["figures"][figure]
            low, high = one["interval"]
            lines.append(f"  {figure.replace('_', ' ')}: {one['mean']:.3f} [{low:.3f}, {high:.3f}]")
    lines.append(f"wrote {folder / 'compensation.json'}")
    print(json.dumps(table) if arguments.json else "\n".join(lines))
    return 0


class _Explained:
    """Answers the questions that were asked, each in a section."""

    def __init__(
        self, arguments: argparse.Namespace, predictor: "Predictor", record: "ECGRecord"
    ) -> None:
        from scar_core.analysis.leadwise import Question
        from scar_core.predict import prompts_of

        self.asked, self.predictor, self.record = arguments, predictor, record
        self.prompts = prompts_of(arguments.prompts, arguments.task)
        question = Question.of(predictor, self.prompts)
        self.finding: str | None = None
        if arguments.finding:
            self.finding = question.names[question.index(arguments.finding)]
        self._leadwise: LeadwiseRecord | None = None

    def sections(self) -> Iterator[Section]:
        """Sections in the order of the help."""
        given = vars(self.asked)
        chosen = [name for name in _ASKED if given[name] not in (None, False)]
        if not chosen:
            chosen = ["subsets", "shapley", "electrodes"]
        if {"subsets", "leads", "shapley"} & set(chosen):
            yield from self._of_subsets(chosen)
        for name in chosen:
            if name not in ("subsets", "leads", "shapley"):
                yield getattr(self, f"_{name}")()

    def _of_subsets(self, chosen: list[str]) -> Iterator[Section]:
        from scar_core.analysis import report
        from scar_core.analysis.leadwise import top
        from scar_core.analysis.reach import how_far
        from scar_core.analysis.shapley import lead_shapley
        from scar_core.analysis.subsets import all_subsets

        answers = all_subsets(
            self.predictor, self.record, self.prompts, brute_force=self.asked.brute_force
        )
        if "subsets" in chosen:
            content = answers.to_json(self.asked.tolerance, self.finding)
            yield "subsets", content, report.subsets_text(
                answers, self.asked.tolerance, self.finding
            )  # fmt: skip
        if "leads" in chosen:
            wanted = [lead.strip() for lead in self.asked.leads.split(",") if lead.strip()]
            reach = how_far(answers, wanted, self.finding)
            yield "leads", reach.to_json(), report.reach_text(reach, answers.names)
        if "shapley" in chosen:
            shapley = lead_shapley(answers, self.asked.scale)
            finding = self.finding or top(answers.names, answers.probability[-1])
            yield "shapley", shapley.to_json(), report.shapley_text(shapley, finding)

    @property
    def leadwise(self) -> "LeadwiseRecord":
        """The record encoded lead by lead, once."""
        from scar_core.analysis.leadwise import LeadwiseRecord

        if self._leadwise is None:
            self._leadwise = LeadwiseRecord(self.predictor, self.record, self.prompts)
        return self._leadwise

    def _electrodes(self) -> Section:
        from scar_core.analysis import report
        from scar_core.analysis.faults import electrode_faults

        found = electrode_faults(self.predictor, self.record, self.prompts)
        return "electrodes", found.to_json(), report.faults_text(found)

    def _hard(self) -> Section:
        from scar_core.analysis import report
        from scar_core.analysis.hard_masks import hard_mask

        found = hard_mask(
            self.predictor, self.leadwise, self.record, self.asked.hard,
            how=self.asked.how, finding=self.finding, seed=self.asked.seed,
        )  # fmt: skip
        return "hard", found.to_json(), report.hard_text(found)

    def _flip(self) -> Section:
        from scar_core.analysis import report
        from scar_core.analysis.flip import smallest_flip

        found = smallest_flip(
            self.predictor, self.leadwise, self.record,
            finding=self.finding, threshold=self.asked.threshold, budget=self.asked.budget,
        )  # fmt: skip
        return "flip", found.to_json(), report.flip_text(found)

    def _redistribution(self) -> Section:
        from scar_core.analysis import report
        from scar_core.analysis.redistribution import redistribution
        from scar_core.predict import scenario_of

        parts = [part for text in self.asked.redistribution for part in text.split(",")]
        leads = ",".join(part for part in parts if ":" not in part)
        scenario = scenario_of(leads, [part for part in parts if ":" in part], "")
        found = redistribution(self.predictor, self.record, scenario)
        return "redistribution", found.to_json(), report.redistribution_text(found)

    def _stability(self) -> Section:
        from scar_core.analysis import report
        from scar_core.analysis.stability import stability

        found = stability(
            self.predictor, self.record, self.asked.stability, self.prompts, seed=self.asked.seed
        )
        return "stability", found.to_json(), report.stability_text(found)

    def _attribution(self) -> Section:
        from scar_core.analysis import report
        from scar_core.analysis.agreement import agreement
        from scar_core.analysis.attribution import ACCOUNTS, Case, attribute, possible
        from scar_core.missing import Scenario

        finding = self.finding
        if finding is None:
            answer = self.predictor.predict([(self.record, Scenario())], self.prompts)[0]
            finding = max(answer.classes, key=lambda score: score.probability).name
        case = Case(self.predictor, self.record, finding, self.prompts)
        unknown = [name for name in self.asked.attribution if name not in ACCOUNTS]
        if unknown:
            raise ConfigError(
                f"there is no account {unknown[0]!r}; choose from: {', '.join(ACCOUNTS)}"
            )
        wanted = [name for name in ACCOUNTS if name in self.asked.attribution] or possible(case)
        accounts = [attribute(case, name, seed=self.asked.seed) for name in wanted]
        found = agreement(case, accounts, seed=self.asked.seed)
        content = {
            "accounts": [one.to_json() for one in accounts],
            "agreement": found.to_json(),
        }
        return "attribution", content, report.attribution_text(accounts, found)


COMMAND = Command("say what an answer rests on, and what would change it", _add, _run)
