import json
from pathlib import Path

import pytest

from scar_core.cli import main
from scar_core.missing import Scenario
from scar_core.serving.client import WorkerClient
from scar_core.serving.status import gather, status_text, without_password
from tests.serving.fakes import make_record


def test_without_a_worker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json", "--state-dir", str(tmp_path / "none")]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["worker"]["running"] is False
    assert "python -m scar_core worker" in told["worker"]["says"]
    assert told["packages"]["torch"]
    assert told["machine"]["cpus"] >= 1
    assert set(told["checkpoints"]) >= {"scar", "merl", "melp"}
    assert told["state"]["free_mb"] > 0
    assert main(["status", "--state-dir", str(tmp_path / "none")]) == 1
    text = capsys.readouterr().out
    assert "No worker is running" in text
    assert "torch" in text
    assert not (tmp_path / "none").exists()


def test_beside_a_worker(
    client: WorkerClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client.predict(make_record(), [Scenario()])
    assert main(["status", "--json", "--state-dir", str(tmp_path)]) == 0
    worker = json.loads(capsys.readouterr().out)["worker"]
    assert (worker["running"], worker["status"], worker["device"]) == (True, "ready", "cpu")
    assert worker["n_records"] == 1
    assert worker["processes"]["worker"]["memory_mb"] > 10
    assert main(["status", "--state-dir", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "ready at http://127.0.0.1:" in text
    assert "1 records" in text
    assert main(["status", "--metrics", "--state-dir", str(tmp_path)]) == 0
    assert "scar_requests_total" in capsys.readouterr().out


def test_no_password_and_no_token_is_shown(
    client: WorkerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAR_DATABASE_URL", "postgresql://scar:hunter2@db.example:5432/jobs")
    monkeypatch.setenv("SCAR_STORAGE", "s3://bucket/x?secret=hunter3")
    told = gather(tmp_path)
    token = json.loads((tmp_path / "worker.json").read_text())["token"]
    for text in (json.dumps(told), status_text(told)):
        assert "hunter" not in text
        assert token not in text
        assert "db.example:5432/jobs" in text
        assert "s3://bucket/x" in text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@h:5/d", "postgresql://u:***@h:5/d"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgresql://u:a@b@h/d?password=x", "postgresql://u:***@h/d?***"),
        ("/a/folder", "/a/folder"),
    ],
)
def test_passwords_are_hidden(url: str, shown: str) -> None:
    assert without_password(url) == shown
