"""Look after jobs, straight on their database: no worker needs to run."""

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scar_core.commands import Command

if TYPE_CHECKING:
    from scar_core.jobs.book import JobBook
    from scar_core.jobs.info import JobInfo


def _add(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", required=True, metavar="WHAT")
    listed = words.add_parser("list", help="the newest jobs")
    listed.add_argument("--state", help="waiting, running, done, failed or cancelled")
    listed.add_argument("--kind", help="of this kind only")
    listed.add_argument("--parent", help="parts of this job")
    listed.add_argument("--limit", type=int, default=50, help="at most so many (default 50)")
    for word, text in (
        ("show", "one job, with the end of its log"),
        ("cancel", "cancel a job and its parts"),
        ("retry", "let a job go on that failed or was cancelled"),
    ):
        words.add_parser(word, help=text).add_argument("job", help="identity of the job")
    cleaned = words.add_parser("clean", help="remove ended jobs with their results")
    cleaned.add_argument("--keep-mb", type=float, help="until the rest takes no more than this")
    cleaned.add_argument("--older-days", type=float, help="those that ended longer ago than this")
    words.add_parser("executors", help="the living executors of all machines")
    submitted = words.add_parser("submit", help="queue a job")
    submitted.add_argument("kind", help="kind of job")
    submitted.add_argument("settings", nargs="*", metavar="name=value", help="its parameters")
    submitted.add_argument("--lane", help="interactive, short or long (default: the kind's own)")
    submitted.add_argument("--fresh", action="store_true", help="again, although it is done")
    for one in words.choices.values():
        one.add_argument("--json", action="store_true", help="print JSON")
        one.add_argument("--state-dir", type=Path, help="folder of the worker's files")


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.jobs.book import JobBook

    book = JobBook(folder=arguments.state_dir)
    try:
        told = _told(book, arguments)
        living = book.executors()
    finally:
        book.close()
    if arguments.json:
        print(json.dumps(_as_json(told), indent=1))
    elif isinstance(told, list):
        if arguments.word == "list":
            _print_table(told)
        if living or arguments.word == "executors":
            _print_executors(living)
    elif isinstance(told, dict):
        print(f"removed {told['jobs']} jobs with {told['mb']:.1f} MB")
    else:
        _print_one(*told)
    return 0


def _told(book: "JobBook", asked: argparse.Namespace) -> Any:  # noqa: ANN401 - see _run
    if asked.word == "list":
        return book.list(limit=asked.limit, state=asked.state, kind=asked.kind, parent=asked.parent)
    if asked.word == "executors":
        return book.executors()
    if asked.word == "clean":
        return book.clean(asked.keep_mb, asked.older_days)
    if asked.word == "submit":
        from scar_core.settings import with_overrides

        parameters = with_overrides({}, asked.settings)
        info = book.submit(asked.kind, parameters, lane=asked.lane, fresh=asked.fresh)
    elif asked.word == "cancel":
        info = book.cancel(asked.job)
    elif asked.word == "retry":
        info = book.retry(asked.job)
    else:
        info = book.show(asked.job)
    return info, book.log(info.id, 20)


def _as_json(told: Any) -> Any:  # noqa: ANN401 - see _run
    if isinstance(told, list):
        return [one if isinstance(one, dict) else one.to_json() for one in told]
    if isinstance(told, tuple):
        info, log = told
        return {**info.to_json(), "log": log}
    return told


def _print_table(infos: "list[JobInfo]") -> None:
    if not infos:
        print("no jobs")
    for info in infos:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(info.created_s))
        line = f"{info.id:40} {info.state:10} {info.lane:12} {when}  {info.worker or '-':32}"
        print(f"{line}  {_how_far(info)}".rstrip())


def _print_executors(living: "list[dict[str, Any]]") -> None:
    for one in living:
        jobs = ", ".join(one["jobs"]) or "no job"
        print(
            f"{one['executor']} on {one['host']}: {one['device']}, jobs up to"
            f" {one['memory_mb']} MB, seen {one['seen_s_ago']:.0f} s ago; {jobs}"
        )
    if not living:
        print("no executor is alive")


def _print_one(info: "JobInfo", log: list[str]) -> None:
    print(f"{info.id}  {info.title}: {info.state}  {_how_far(info)}".rstrip())
    if info.worker:
        print(f"  {'runs on' if info.state == 'running' else 'ran on'} {info.worker}")
    for name, value in info.parameters.items():
        print(f"  {name} = {json.dumps(value)}")
    for name, n_bytes in info.files.items():
        print(f"  {name}  {n_bytes} bytes")
    for line in log:
        print(f"  | {line}")


def _how_far(info: "JobInfo") -> str:
    if info.error:
        return info.error
    if info.waits_for:
        return info.waits_for
    if info.state != "running" or not info.progress:
        return ""
    told = info.progress
    left = "" if told["left_s"] is None else f", {told['left_s']:.0f} s left"
    return f"{told['step']}: {told['done']:g} of {told['total']:g} {told['unit']}{left}"


COMMAND = Command("list, show, cancel, retry, clean up or submit jobs", _add, _run)
