import asyncio
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scar_core.errors import ConfigError, RecordError, WorkerUnavailable
from scar_core.missing import Scenario
from scar_core.serving.asking import AskLane, Inquest
from scar_core.serving.client import WorkerClient, stop_worker
from scar_core.serving.wire import DeadlinePassed, QueueFull
from tests.serving.fakes import FakePredictor, make_record
from tests.serving.test_door import knock

HIDE = Scenario(leads=("V1", "V2"))


def test_an_inquiry_is_answered_about_the_record_and_what_is_hidden(client: WorkerClient) -> None:
    record = make_record(1)
    answer = client.ask("about", record, HIDE, number=3)
    wanted = FakePredictor().predict([(record, HIDE)])[0].classes[0].similarity
    assert (answer["number"], answer["hidden"]) == (3.0, ["V1", "V2"])
    assert answer["record"] == record.fingerprint()
    assert answer["scores"] == [wanted]
    assert answer["pid"] != os.getpid()
    assert client.ask("about", record, HIDE, number=3) == answer
    assert client.health()["n_records"] == 1


def test_one_without_a_record(client: WorkerClient) -> None:
    assert client.ask("anything")["record"] is None
    with pytest.raises(ConfigError, match="about a record"):
        client.ask("about")


def test_senseless_inquiries_are_refused_before_they_wait(
    client: WorkerClient, tmp_path: Path
) -> None:
    for name, options, said in (
        ("unknown", {}, "no inquiry"),
        ("../secret", {}, "no inquiry|404"),
        ("anything", {"colour": 1}, "colour"),
        ("anything", {"number": "x"}, "number"),
        ("anything", {"method": "gpt"}, "gpt"),
    ):
        with pytest.raises((ConfigError, WorkerUnavailable), match=said):
            client.ask(name, **options)
    for body in (b"[]", b"{", b'{"options": 3}', b'{"scenario": 3}', b'{"deadline_s": 0}'):
        assert knock(tmp_path, "/ask/anything", method="POST", body=body)[0] == 422
    body = b'{"record": "never left"}'
    assert knock(tmp_path, "/ask/about", method="POST", body=body)[0] == 404


def test_errors_and_defects_do_not_end_the_child(client: WorkerClient) -> None:
    pid = client.ask("anything")["pid"]
    with pytest.raises(RecordError, match="This record came"):
        client.ask("anything", how="refuse")
    with pytest.raises(WorkerUnavailable, match="ZeroDivisionError") as caught:
        client.ask("anything", how="defect")
    assert "private" not in str(caught.value)
    with pytest.raises(WorkerUnavailable, match="ValueError"):
        client.ask("anything", how="nan")
    assert client.ask("anything", how="print")["pid"] == pid
    assert len(client.ask("anything", how="large", number=3e6)) == 3_000_000


def test_a_child_that_dies_is_replaced(client: WorkerClient) -> None:
    pid = client.ask("anything")["pid"]
    with pytest.raises(WorkerUnavailable, match="ended on this one"):
        client.ask("anything", how="die")
    second = client.ask("anything")["pid"]
    assert second != pid
    os.kill(second, signal.SIGKILL)
    time.sleep(0.1)
    with pytest.raises(WorkerUnavailable):  # nobody noticed until the question came
        client.ask("anything")
    assert client.ask("anything")["pid"] not in (pid, second)


def test_gestures_do_not_wait_for_inquiries(client: WorkerClient, tmp_path: Path) -> None:
    record = make_record()
    client.predict(record, [HIDE])
    client.ask("anything")
    ended: list[str] = []

    def slow() -> None:
        with pytest.raises(WorkerUnavailable) as caught:
            WorkerClient(tmp_path).ask("anything", how="slow", number=60)
        ended.append(str(caught.value))

    asking = threading.Thread(target=slow)
    asking.start()
    while client.health()["n_asking"] == 0:
        time.sleep(0.01)
    for _ in range(5):
        client.predict(record, [HIDE])
    assert client.health()["n_asking"] == 1
    assert not ended
    stop_worker(tmp_path)
    asking.join(30)
    assert len(ended) == 1


def test_a_deadline_frees_the_lane(client: WorkerClient) -> None:
    pid = client.ask("anything")["pid"]
    client.deadline_s = 0.2
    with pytest.raises(WorkerUnavailable, match=r"within 0\.2 s"):
        client.ask("anything", how="slow", number=60)
    client.deadline_s = 20
    assert client.ask("anything")["pid"] != pid


def test_an_answer_that_comes_just_too_late_costs_no_child(
    client: WorkerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scar_core.serving.asking.GRACE_S", 30.0)
    pid = client.ask("anything")["pid"]
    client.deadline_s = 0.2
    with pytest.raises(WorkerUnavailable, match=r"within 0\.2 s"):
        client.ask("anything", how="slow", number=0.4)
    client.deadline_s = 20
    assert client.ask("anything", number=7) == client.ask("anything", number=7)
    assert client.ask("anything")["pid"] == pid


def test_whoever_hangs_up_is_forgotten(client: WorkerClient) -> None:
    client.ask("anything")
    body = b'{"options": {"how": "slow", "number": 60.0}}'
    with pytest.raises(WorkerUnavailable, match="did not answer"):
        client._line.ask("POST", "/ask/anything", body, timeout_s=0.3)
    assert client.ask("anything")["number"] == 1.0


def test_a_full_lane_refuses_at_once(tmp_path: Path) -> None:
    lane = AskLane(tmp_path, (), max_waiting=3)  # nobody answers: its child is never started
    inquest = Inquest("anything", None, Scenario(), {}, "scar")

    async def main() -> list[bytes | BaseException]:
        asked = [asyncio.create_task(lane.ask(inquest, 0.2)) for _ in range(5)]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(main())
    assert [type(one) for one in answers] == [DeadlinePassed] * 3 + [QueueFull] * 2
    assert "3 inquiries waiting already; try again" in str(answers[-1])


def test_many_at_once_are_answered_one_after_the_other(client: WorkerClient) -> None:
    with ThreadPoolExecutor(8) as sessions:
        answers = list(sessions.map(lambda n: client.ask("anything", number=n), range(8)))
    assert [answer["number"] for answer in answers] == list(range(8))
    assert len({answer["pid"] for answer in answers}) == 1
