"""The command: every question is answered in words and in JSON, and bad ones in a sentence."""

import json
from pathlib import Path

import pytest

from scar_core.cli import main
from scar_core.methods.contract import InputContract
from tests.methods.tiny import save_tiny


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model on the grid of evaluation: 0.2 s by 10 s."""
    folder = tmp_path_factory.mktemp("checkpoint")
    save_tiny(folder, contract=InputContract(rate_hz=100.0, seconds=10.0))
    return folder


def test_everything_at_once(
    checkpoint: Path, gallery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "explain", str(gallery), "--checkpoint", str(checkpoint), "--finding", "sinus rhythm",
        "--subsets", "--leads", "I,II,V2", "--shapley", "--electrodes", "--hard", "0.05", "--flip",
        "--budget", "0.05", "--redistribution", "V1", "II:1-2,V2", "--stability", "0.2",
        "--attribution", "gradient-input", "shapley-leads", "--out", str(tmp_path / "new"),
    ]  # fmt: skip
    assert main(words) == 0
    text = capsys.readouterr().out
    for title in (
        "WHICH LEADS ARE ENOUGH",
        "HOW FAR WITH I, II, V2",
        "WHAT EACH LEAD ADDS",
        "IF AN ELECTRODE FALLS OFF",
        "THE WORST 5 % TO LOSE",
        "THE SMALLEST LOSS",
        "WHERE ATTENTION WENT",
        "LOSING 20 % ELSEWHERE",
        "RESTS ON, BY 2 ACCOUNTS",
    ):
        assert title in text
    content = json.loads((tmp_path / "new" / "explain.json").read_text())
    assert (tmp_path / "new" / "explain.txt").read_text() == text
    assert content["subsets"]["subsets"] == 4095
    one = content["shapley"]["findings"]["Sinus rhythm"]
    assert sum(one["values"]) == pytest.approx(one["full"] - one["neutral"])
    assert content["hard"]["patches"] == 30
    assert content["redistribution"]["scenario"]["leads"] == ["V1", "V2"]
    assert len(content["electrodes"]["faults"]) == 15
    assert content["stability"]["masks"] == 32


def test_json_is_one_object(
    checkpoint: Path, gallery: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["explain", str(gallery), "--checkpoint", str(checkpoint), "--shapley", "--json"]
    assert main(words) == 0
    content = json.loads(capsys.readouterr().out)
    assert set(content) == {"record", "method", "checkpoint", "shapley"}


def test_compensation_writes_one_table(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["explain", "--compensation", "--records", "2", "--checkpoint", str(checkpoint),
             "--out", str(tmp_path)]  # fmt: skip
    assert main(words) == 0
    table = json.loads((tmp_path / "compensation.json").read_text())
    assert table["rows"][0]["figures"]["pointing"]["interval"]
    assert "moved to secondary" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shapley"], "give one record"),
        (["RECORD", "--compensation"], "leave the record out"),
        (["RECORD", "--finding", "Nine"], "there is no finding 'Nine'"),
        (["RECORD", "--leads", "V9"], "no set of leads"),
        (["RECORD", "--hard", "2"], "a budget of 2"),
        (["RECORD", "--attribution", "guess"], "there is no account 'guess'"),
        (["RECORD", "--redistribution", "Q7"], "Unknown lead"),
        (["--compensation", "--records", "0"], "simulate at least one"),
    ],
)
def test_bad_questions_get_a_sentence(
    words: list[str],
    said: str,
    checkpoint: Path,
    gallery: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = [str(gallery) if word == "RECORD" else word for word in words]
    assert main(["explain", *given, "--checkpoint", str(checkpoint)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert len(error.strip().splitlines()) == 1
