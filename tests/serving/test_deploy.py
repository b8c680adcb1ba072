"""What is shipped for running it in earnest says what the commands understand."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from scar_core.cli import _parser
from tests.contracts.source import ROOT

DEPLOY = ROOT / "assets" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False, delimiters="=")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser


@pytest.fixture
def compose() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return told


def understood(words: list[str]) -> Any:
    """The arguments as our own command line reads them; it exits where it cannot."""
    start = words.index("scar_core")
    assert words[start - 1] == "-m"
    return _parser().parse_args(words[start + 1 :])


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_start_our_commands_and_give_them_time_to_stop(path: Path) -> None:
    service = unit(path)["Service"]
    asked = understood(service["ExecStart"].replace("%i", "0").split())
    assert getattr(asked, "host", "127.0.0.1") == "127.0.0.1"
    assert service["User"] not in ("", "root")
    assert int(service["TimeoutStopSec"]) > 12
    assert service["StateDirectoryMode"] == "0700"
    assert service["KillMode"] == "mixed"  # the children are stopped by the one that knows how


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_are_what_systemd_reads(path: Path, tmp_path: Path) -> None:
    text = path.read_text()
    text = re.sub(r"ExecStart=\S+", f"ExecStart={shutil.which('true')}", text)
    text = re.sub(r"(?m)^(User|Group|WorkingDirectory|Documentation)=.*\n", "", text)
    copy = tmp_path / path.name.replace("@", "@0")
    copy.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert path.name.split(".")[0].rstrip("@") not in done.stderr, done.stderr


def test_compose_starts_our_commands_and_only_the_front_is_open(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name in ("explorer", "worker", "worker-gpu"):
        service = services[name]
        understood([str(word) for word in service["command"]])
        assert "ports" not in service
        assert service["networks"] == ["inside"]
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        assert {"SCAR_DATABASE_URL", "SCAR_STORAGE"} <= service["environment"].keys()
        assert service["depends_on"].keys() <= services.keys()
    assert [name for name, one in services.items() if "ports" in one] == ["front"]
    assert compose["networks"]["inside"]["internal"] is True
    named = {volume.split(":")[0] for one in services.values() for volume in one.get("volumes", ())}
    volumes = {name for name in named if not name.startswith((".", "$"))}
    assert volumes == compose["volumes"].keys()


def test_no_password_is_shipped(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "compose.yaml").read_text() + (DEPLOY / "Caddyfile").read_text()
    assert re.findall(r"PASSWORD\w*: (?!\$\{)", text) == []
    assert "basic_auth" in text


def test_the_image_copies_what_is_there_and_runs_as_nobody_special() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
    assert "USER scar" in lines
    command = next(line for line in lines if line.startswith("CMD"))
    asked = understood(re.findall(r'"([^"]+)"', command))
    assert asked.host == "0.0.0.0"  # noqa: S104 - inside its own network
