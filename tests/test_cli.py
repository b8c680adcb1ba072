"""The command line: what works prints, what cannot work is one sentence and exit code 2."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from scar_core import __version__
from scar_core.cli import main
from scar_core.commands import commands
from scar_core.formats import open_record
from scar_core.leads import LEADS
from tests.methods.tiny import CONTRACT, save_tiny

ROOT = Path(__file__).parents[1]
COMMANDS = tuple(commands())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two simulated records and a tiny checkpoint."""
    folder = tmp_path_factory.mktemp("files")
    assert main(["simulate", "--n", "2", "--out", str(folder / "sim"), "--seed", "3"]) == 0
    save_tiny(folder / "tiny")
    (folder / "text.hea").write_text("Dear doctor, the ECG is attached.\n")
    (folder / "prompts.json").write_text('{"AF": "atrial fibrillation"}')
    return folder


def record_of(files: Path) -> str:
    return str(files / "sim" / "sim0003_00000.hea")


def refused(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command that cannot work, and return its sentence."""
    assert main(arguments) == 2
    said = capsys.readouterr()
    *before, last = said.err.splitlines()
    assert said.out == "" and last.startswith("error: ")
    assert all(line.startswith("preparing ") for line in before)
    return last


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"usage: python -m scar_core {command}" in capsys.readouterr().out


def test_the_whole_explains_itself_and_names_every_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for argument, expected in (("--help", COMMANDS), ("--version", (__version__,))):
        with pytest.raises(SystemExit) as ended:
            main([argument])
        assert ended.value.code == 0
        out = capsys.readouterr().out
        assert all(word in out for word in expected)


@pytest.mark.parametrize("arguments", [[], ["dance"], ["predict"], ["predict", "x", "--hyde"]])
def test_words_that_are_no_command_end_with_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2 and "usage:" in capsys.readouterr().err


def test_simulate_writes_records_that_open(files: Path) -> None:
    names = sorted(file.name for file in (files / "sim").iterdir())
    assert names == [
        f"sim0003_0000{i}.{kind}" for i in range(2) for kind in ("dat", "hea", "json", "txt")
    ]
    record = open_record(record_of(files))
    assert record.lead_names == LEADS and record.n_samples == 5000


def test_simulate_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--n", "1", "--out", str(tmp_path), "--rate", "100"]) == 0
    assert "wrote 1 records to" in capsys.readouterr().out
    assert "asked for 0 records" in refused(["simulate", "--n", "0", "--out", "x"], capsys)


def test_inspect_in_words_and_as_json(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", record_of(files)]) == 0
    words = capsys.readouterr().out
    assert "12 leads, 10 s at 500 Hz" in words and all(lead in words for lead in LEADS)
    assert main(["inspect", record_of(files), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["n_samples"] == 5000 and len(content["leads"]) == 12


def test_predict_in_words(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(
        ["predict", record_of(files), "--checkpoint", str(files / "tiny"), "--hide", "V1,V2",
         "--hide-span", "II:2.0-4.5", "III:0-1", "--electrode-off", "V6", "--recover"]
    ) == 0  # fmt: skip
    out = capsys.readouterr().out
    assert "V1, V2 hidden; electrode V6 off; II 2–4.5 s hidden; III 0–1 s hidden" in out
    assert "note: Cropped to 0–4 s of 10 s." in out
    assert "Atrial fibrillation" in out and "attention: " in out


def test_predict_as_json(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["predict", record_of(files), "--checkpoint", str(files / "tiny"), "--json"]
    assert main([*arguments, "--hide", "V1", "--prompts", str(files / "prompts.json")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [score["name"] for score in answer["classes"]] == ["AF"]
    assert 0 < answer["classes"][0]["probability"] < 1
    assert answer["scenario"]["leads"] == ["V1"] and answer["record"] == "sim0003_00000"
    assert answer["visible_share"] == pytest.approx(11 / 12, abs=0.1)
    importance = answer["importance"]
    patches = CONTRACT.n_samples // CONTRACT.patch_samples
    assert [len(row) for row in importance["patches"]] == [patches] * 12
    assert sum(importance["patches"][LEADS.index("V1")]) == 0
    assert sum(map(sum, importance["patches"])) == pytest.approx(1)
    assert main([*arguments, "--task", "super"]) == 0
    names = [score["name"] for score in json.loads(capsys.readouterr().out)["classes"]]
    assert names == ["NORM", "MI", "STTC", "CD", "HYP"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["inspect", "{files}/none.hea"], "none.hea"),
        (["inspect", "{files}/text.hea"], "text.hea"),
        (["inspect", "{record}", "--rate", "-3"], "-3"),
        (["predict", "{files}/none.hea"], "none.hea"),
        (["predict", "{files}/text.hea"], "text.hea"),
        (["predict", "{files}/tiny/tokenizer.json"], "tokenizer.json"),
        (["predict", "{record}", "--hide", "V9"], "Unknown lead 'V9'; the leads are I, II"),
        (["predict", "{record}", "--hide-span", "II"], "write lead:start-stop in seconds"),
        (["predict", "{record}", "--hide-span", "II:4-2"], "it must start at 0 or later"),
        (["predict", "{record}", "--electrode-off", "X1"], "Unknown electrode 'X1'"),
        (["predict", "{record}", "--task", "everything"], "there is no task 'everything'"),
        (["predict", "{record}", "--prompts", "{files}/none.txt"], "cannot be read"),
        (["predict", "{record}", "--prompts", "{files}"], "cannot be read"),
        (["predict", "{record}", "--method", "oracle"], "there is no method 'oracle'"),
        (["predict", "{record}", "--method", "checkpoint"], "there is no method 'checkpoint'"),
        (["predict", "{record}", "--checkpoint", "{files}"], "is no checkpoint"),
        (["predict", "{record}", "--checkpoint", "{record}"], "is no checkpoint"),
        (["calibrate", "{files}/none"], "is no checkpoint"),
        (["train", "--data", "mimic", "--out", "{files}/run"], "there is no dataset 'mimic'"),
        (["train", "--data", "challenge", "--out", "{files}/run"], "has no train split"),
        (["train", "--data", "simulated:x", "--out", "{files}/run"], "no part of a mixture"),
        (["train", "--method", "oracle", "--out", "{files}/run"], "there is no method 'oracle'"),
        (["train", "--steps=-1", "--out", "{files}/run"], "steps is -1"),
        (["train", "--device", "abacus", "--out", "{files}/run"], "device 'abacus'"),
        (["train", "--set", "speed=3", "--out", "{files}/run"], "there is no setting 'speed'"),
        (["train", "--set", "model=3", "--out", "{files}/run"], "model is 3"),
        (["train", "--set", "model.encoder.mixer=x", "--out", "{files}/run"],
         "expected none, lead or full"),
        (["train", "--out", "{record}"], "choose another --out"),
        (["bench", "beauty"], "there is no benchmark beauty"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(
    arguments: list[str], sentence: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word.format(files=files, record=record_of(files)) for word in arguments]
    assert sentence in refused(words, capsys)


def test_a_record_that_ends_early_is_one_sentence(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("sim0003_00000.hea", "sim0003_00000.dat"):
        (tmp_path / name).write_bytes((files / "sim" / name).read_bytes())
    data = tmp_path / "sim0003_00000.dat"
    data.write_bytes(data.read_bytes()[:1001])
    assert "sim0003_00000" in refused(["predict", str(tmp_path / "sim0003_00000.hea")], capsys)


def test_an_interrupted_command_ends_with_130(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: Path, sampling_rate_hz: float | None = None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("scar_core.formats.open_record", interrupted)
    assert main(["inspect", record_of(files)]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_reader_that_leaves_is_no_error(files: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "scar_core", "inspect", record_of(files), "--json"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_bad_input_leaves_no_traceback_in_a_process_of_its_own(files: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scar_core", "inspect", str(files / "text.hea")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_the_command_line_itself_imports_nothing_heavy() -> None:
    heavy = ("torch", "numpy", "scipy", "pandas", "streamlit", "tokenizers")
    code = (
        "import sys, scar_core.cli as cli\n"
        "cli._parser()\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_what_people_have_typed_for_long_is_still_there() -> None:
    assert {
        "up", "worker", "inspect", "predict", "simulate", "train", "calibrate", "promote", "bench",
    } <= set(COMMANDS)  # fmt: skip


def test_waiting_threads_sleep_unless_the_environment_says_otherwise() -> None:
    code = (
        "import os, runpy, sys\n"
        "sys.argv = ['scar_core', '--version']\n"
        "try: runpy.run_module('scar_core', run_name='__main__')\n"
        "except SystemExit: print(os.environ['OMP_WAIT_POLICY'])"
    )
    environment = {name: value for name, value in os.environ.items() if "OMP_" not in name}
    for given, expected in (({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment | given,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.split()[-1] == expected
