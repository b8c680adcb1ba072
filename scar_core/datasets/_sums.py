"""``SHA256SUMS.txt``: the names and checksums of a dataset's files."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from scar_core.errors import DatasetError

NAME = "SHA256SUMS.txt"
_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(.+)")
_WORST = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')


def parse_sums(text: str, where: str) -> dict[str, str]:
    """Read checksums by path.

    Raises:
        DatasetError: A line is none, or names a file outside the folder.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line.strip())
        if not line.strip():
            continue
        if match is None:
            raise DatasetError(
                f"{where} has the line {line[:80]!r}; lines of {NAME} are a checksum and a path, "
                "so that is not a list of checksums"
            )
        found[safe_name(match[2].removeprefix("./"), where)] = match[1].lower()
    return found


def safe_name(name: str, where: str) -> str:
    """Return a path below a folder as it is, if it stays there on every operating system.

    Raises:
        DatasetError: It leads out of the folder, or holds signs that no file name has.
    """
    parts = name.split("/")
    fine = (
        not _WORST.search(name)
        and not PureWindowsPath(name).is_absolute()
        and not PurePosixPath(name).is_absolute()
        and all(part.strip(" .") and not part.startswith("~") for part in parts)
        and not parts[-1].endswith(".part")
    )
    if not fine:
        raise DatasetError(
            f"{where} names the file {name[:80]!r}, which does not lie below the dataset's folder; "
            "nothing is fetched from there"
        )
    return name


def write_sums(path: Path, sums: Mapping[str, str]) -> None:
    """Write checksums by path, whole or not at all."""
    beside = path.with_name(f"{path.name}.part")
    beside.write_text("".join(f"{sha} {name}\n" for name, sha in sums.items()), encoding="utf-8")
    beside.replace(path)
