"""A process that reads files one after another and says what each cost; see ``fuzz_reader``.

A line of JSON comes in: ``name`` and ``files`` (base64 by name) or ``path``, and ``rate_hz``. One
goes out: how it ended, its words, processor seconds, megabytes above the start, and what it did
beyond reading. The line ``"start"`` ends the warming up: from then on memory is bounded.
"""

import base64
import json
import os
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from scar_core.errors import RecordError
from scar_core.formats import open_record

ROOM_BYTES = 2_000_000_000
"""Address space beyond the start: more than is allowed, less than would hurt the machine."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
FORBIDDEN = ("os.mkdir", "os.remove", "os.rename", "os.symlink", "os.link", "os.system", "os.exec",
             "os.truncate", "shutil.", "socket.", "subprocess.", "tempfile.", "pickle.",
             "urllib.", "ctypes.dlopen")  # fmt: skip
CODE = tuple(str(Path(folder).resolve()) for folder in (sys.prefix, sys.base_prefix, os.__file__))

_did: list[str] = []
_allowed = [str(Path(os.__file__).parent), *CODE, str(Path(__file__).parents[2])]


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note whatever is more than reading the record's own files and the program's code."""
    if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        path = str(Path(os.fsdecode(arguments[0])).absolute())
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        if flags & WRITING:
            _did.append(f"writes {path}")
        elif not path.startswith(tuple(_allowed)):
            _did.append(f"opens {path}")
    elif event.startswith(FORBIDDEN):
        _did.append(event)


def peak_mb() -> float:
    """Most memory that this process ever held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def outcome(task: dict[str, Any]) -> dict[str, Any]:
    """Read one record and say how that went."""
    before, began = peak_mb(), time.process_time()
    folder = str(Path(task["path"]).parent) + "/" if "path" in task else None
    files = {name: base64.b64decode(content) for name, content in task.get("files", {}).items()}
    _did.clear()
    if folder:
        _allowed.append(folder)
    try:
        record = open_record(
            task.get("path") or task["name"],
            data=None if folder else files,
            sampling_rate_hz=task.get("rate_hz"),
        )
        ended, said = "record", " | ".join(record.notes)
    except RecordError as error:
        ended, said = "refused", str(error)
    except BaseException:
        ended, said = "crashed", traceback.format_exc()
    if folder:
        _allowed.remove(folder)
    return {
        "ended": ended,
        "said": said,
        "cpu_s": time.process_time() - began,
        "before_mb": before,
        "peak_mb": peak_mb(),
        "did": list(dict.fromkeys(_did)),
    }


def main() -> None:
    """Answer until there are no more questions."""
    sys.addaudithook(watch)
    answers, sys.stdout = sys.stdout, sys.stderr  # a stray print must not become an answer
    for line in sys.stdin:
        task = json.loads(line)
        if task == "start":
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            limit = pages * resource.getpagesize() + ROOM_BYTES
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
            answer: dict[str, Any] = {"peak_mb": peak_mb()}
        else:
            answer = outcome(task)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
