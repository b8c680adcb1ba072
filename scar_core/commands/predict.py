"""Diagnose a record of which parts are hidden."""

import argparse
import json
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", type=Path, help="recording: .hea, .edf, .dcm, .xml, .csv …")
    parser.add_argument("--rate", type=float, help="Hz, where the file does not tell")
    parser.add_argument("--hide", default="", metavar="LEADS", help="leads, such as V1,V2")
    parser.add_argument(
        "--hide-span", nargs="+", action="extend", default=[], metavar="LEAD:START-STOP",
        help="stretches in seconds, such as II:2.0-4.5",
    )  # fmt: skip
    parser.add_argument(
        "--electrode-off", default="", metavar="ELECTRODES", help="electrodes, such as RA"
    )
    parser.add_argument(
        "--recover", action="store_true", help="compute hidden limb leads from two visible ones"
    )
    parser.add_argument("--method", default="scar", help="method (default scar)")
    parser.add_argument("--checkpoint", type=Path, help="checkpoint folder (default: shipped)")
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--prompts", type=Path, help="JSON {name: text}, or one prompt a line")
    asked.add_argument(
        "--task", help="labels of a task: super, sub, form, rhythm (PTB-XL) or challenge"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with importance")


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.predict import answer_text, prompts_of, scenario_of

    scenario = scenario_of(
        arguments.hide, arguments.hide_span, arguments.electrode_off, recover=arguments.recover
    )
    prompts = prompts_of(arguments.prompts, arguments.task)
    from scar_core.config import checkpoint_dir
    from scar_core.formats import open_record
    from scar_core.methods import method

    record = open_record(arguments.record, sampling_rate_hz=arguments.rate)
    folder = arguments.checkpoint or checkpoint_dir() / method(arguments.method).name
    from scar_core.evaluation.zero_shot import Predictor

    answer = Predictor.load(folder).predict([(record, scenario)], prompts)[0]
    if arguments.json:
        extra = {
            "record": record.name,
            "scenario": scenario.to_json(),
            "lead_importance": answer.importance.per_lead if answer.importance else None,
        }
        print(json.dumps(extra | answer.to_json()))
    else:
        print(answer_text(record, scenario, answer))
    return 0


COMMAND = Command("diagnose a record of which parts are hidden", _add, _run)
