"""The command line: one function for each command, each importing what it needs when it runs.

Every error that the library raises on purpose is printed as one sentence, and the exit code is 2.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from scar_core import __version__
from scar_core.errors import ScarError

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments; None: the process's own.

    Returns:
        Exit code: 0 done, 2 refused with a sentence on standard error, 130 interrupted.
    """
    arguments = _parser().parse_args(argv)
    command: Command = arguments.command
    try:
        return command(arguments)
    except ScarError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has left
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scar_core",
        description="What does an ECG still say when part of it is missing?",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_product(commands)
    _add_records(commands)
    _add_models(commands)
    return parser


def _add_product(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = commands.add_parser("up", help="start worker and web page; Ctrl-C stops both")
    up.add_argument("--port", type=int, default=8501, help="port of the page (default 8501)")
    up.add_argument("--no-browser", action="store_true", help="do not open a browser")
    up.add_argument("--state-dir", type=Path, help="folder of the worker's files")
    up.set_defaults(command=_up)
    worker = commands.add_parser("worker", help="start the process that holds the models")
    worker.add_argument("--port", type=int, default=0, help="port (default: any free one)")
    worker.add_argument("--state-dir", type=Path, help="folder of the worker's files")
    worker.add_argument("--stop", action="store_true", help="stop the running worker instead")
    worker.set_defaults(command=_worker)


def _add_records(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    inspect = commands.add_parser("inspect", help="say what is in a record and what is absent")
    inspect.add_argument("record", type=Path, help="WFDB header (.hea) or CSV file")
    inspect.add_argument("--rate", type=float, help="Hz, where a CSV file does not tell")
    inspect.add_argument("--json", action="store_true", help="print JSON")
    inspect.set_defaults(command=_inspect)
    predict = commands.add_parser("predict", help="diagnose a record of which parts are hidden")
    predict.add_argument("record", type=Path, help="WFDB header (.hea) or CSV file")
    predict.add_argument("--rate", type=float, help="Hz, where a CSV file does not tell")
    predict.add_argument("--hide", default="", metavar="LEADS", help="leads, such as V1,V2")
    predict.add_argument(
        "--hide-span", nargs="+", action="extend", default=[], metavar="LEAD:START-STOP",
        help="stretches in seconds, such as II:2.0-4.5",
    )  # fmt: skip
    predict.add_argument(
        "--electrode-off", default="", metavar="ELECTRODES", help="electrodes, such as RA"
    )
    predict.add_argument(
        "--recover", action="store_true", help="compute hidden limb leads from two visible ones"
    )
    predict.add_argument("--method", default="scar", help="method (default scar)")
    predict.add_argument("--checkpoint", type=Path, help="checkpoint folder (default: shipped)")
    asked = predict.add_mutually_exclusive_group()
    asked.add_argument("--prompts", type=Path, help="JSON {name: text}, or one prompt a line")
    asked.add_argument(
        "--task", help="labels of a task: super, sub, form, rhythm (PTB-XL) or challenge"
    )
    predict.add_argument("--json", action="store_true", help="print JSON, with importance")
    predict.set_defaults(command=_predict)
    simulate = commands.add_parser("simulate", help="write simulated records with evidence")
    simulate.add_argument("--n", type=int, default=8, help="number of records (default 8)")
    simulate.add_argument("--out", type=Path, required=True, help="folder to write to")
    simulate.add_argument("--seed", type=int, default=0, help="the same seed, the same records")
    simulate.add_argument("--rate", type=float, default=500.0, help="Hz (default 500)")
    simulate.add_argument(
        "--gallery", action="store_true", help="write the named cases of the gallery instead"
    )
    simulate.set_defaults(command=_simulate)


def _add_models(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    train = commands.add_parser("train", help="train a method, or resume its training")
    train.add_argument("--method", default="scar", help="method (default scar)")
    train.add_argument("--data", help="mixture, such as simulated:4,ptbxl:4.5,ludb,georgia:0.5")
    train.add_argument("--root", type=Path, help="folder of the datasets (default: SCAR_DATA)")
    train.add_argument("--out", type=Path, help="folder of the run (default: runs/METHOD)")
    train.add_argument("--seed", type=int, help="decides weights, batches and noise")
    train.add_argument("--steps", type=int, help="optimisation steps")
    train.add_argument("--batch", type=int, help="records in a step")
    train.add_argument("--device", help="torch device")
    train.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
        help="any other setting, such as model.encoder.mixer=none",
    )  # fmt: skip
    train.set_defaults(command=_train)
    calibrate = commands.add_parser("calibrate", help="fit a checkpoint's probabilities")
    calibrate.add_argument("checkpoint", type=Path, help="checkpoint folder")
    calibrate.add_argument("--root", type=Path, help="folder of the datasets")
    calibrate.set_defaults(command=_calibrate)
    promote = commands.add_parser("promote", help="make a run the checkpoint that is shipped")
    promote.add_argument("run", type=Path, help="folder of a run")
    promote.add_argument("--to", type=Path, help="checkpoint folder (default: the shipped one)")
    promote.add_argument("--root", type=Path, help="folder of the datasets")
    promote.set_defaults(command=_promote)
    bench = commands.add_parser("bench", help="print the project's figures again")
    bench.add_argument("what", nargs="*", help="some of them (default: all); see the list below")
    bench.add_argument("--root", type=Path, help="folder of the datasets")
    bench.add_argument("--checkpoint", type=Path, help="checkpoint folder (default: shipped)")
    bench.add_argument("--json", action="store_true", help="print JSON")
    bench.set_defaults(command=_bench)


def _up(arguments: argparse.Namespace) -> int:
    from scar_core.serving.up import run_up

    return run_up(arguments.port, browser=not arguments.no_browser, state_dir=arguments.state_dir)


def _worker(arguments: argparse.Namespace) -> int:
    if arguments.stop:
        from scar_core.serving.client import stop_worker

        stopped = stop_worker(arguments.state_dir)
        print("the worker was stopped" if stopped else "no worker was running")
        return 0
    from scar_core.serving.process import run_worker

    return run_worker(arguments.port, arguments.state_dir)


def _inspect(arguments: argparse.Namespace) -> int:
    from scar_core.formats import open_record
    from scar_core.inspect import as_text, describe

    description = describe(open_record(arguments.record, sampling_rate_hz=arguments.rate))
    print(json.dumps(description, indent=1) if arguments.json else as_text(description))
    return 0


def _predict(arguments: argparse.Namespace) -> int:
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


def _simulate(arguments: argparse.Namespace) -> int:
    from scar_core.simulate.write import write_gallery, write_records

    if arguments.gallery:
        print(f"wrote {write_gallery(arguments.out, arguments.seed)}")
        return 0
    written = write_records(arguments.out, arguments.n, arguments.seed, arguments.rate)
    print(f"wrote {len(written)} records to {arguments.out}, the first is {written[0].name}")
    return 0


def _train(arguments: argparse.Namespace) -> int:
    from scar_core.settings import with_overrides
    from scar_core.training.config import config_from
    from scar_core.training.progress import follow

    named = {
        name: value
        for name in ("method", "data", "seed", "steps", "batch", "device")
        if (value := getattr(arguments, name)) is not None
    }
    config = config_from(with_overrides(named, arguments.settings))
    return follow(config, arguments.out or Path("runs") / config.method, arguments.root)


def _calibrate(arguments: argparse.Namespace) -> int:
    from scar_core.evaluation.zero_shot import calibrate_checkpoint

    fitted = calibrate_checkpoint(arguments.checkpoint, root=arguments.root)
    print(
        f"{len(fitted.curves or {})} prompts have a curve of their own; expected calibration error "
        f"{fitted.error:.3f} (five-fold), fitted on {fitted.data}"
    )
    return 0


def _promote(arguments: argparse.Namespace) -> int:
    from scar_core.config import checkpoint_dir
    from scar_core.evaluation.card import promote

    print(promote(arguments.run, arguments.to or checkpoint_dir() / "scar", arguments.root))
    return 0


def _bench(arguments: argparse.Namespace) -> int:
    from scar_core.bench import run_benches

    return run_benches(arguments.what, arguments.root, arguments.checkpoint, as_json=arguments.json)
