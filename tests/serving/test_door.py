import http.client
import json
import threading
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scar_core.errors import CheckpointError, ConfigError, RecordError, WorkerUnavailable
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.address import live_address
from scar_core.serving.client import WorkerClient
from scar_core.serving.door import MAX_UPLOADS
from scar_core.serving.models import PredictorLike
from scar_core.serving.process import Setup, run_worker
from scar_core.serving.records import RecordCache
from scar_core.serving.wire import MAX_QUESTION_BYTES, UnknownRecord, encode_record
from tests.serving.conftest import Run
from tests.serving.fake_asker import ASKER
from tests.serving.fakes import FakePredictor, make_record

Start = Callable[[Callable[[], PredictorLike]], WorkerClient]
HIDE = Scenario(leads=("V1", "V2"))


def knock(
    folder: Path,
    path: str = "/health",
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Ask as a stranger would: with the token, but every header may be replaced or left out."""
    address = live_address(folder)
    sent = {"Authorization": f"Bearer {address.token}"} | (headers or {})
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=10)
    try:
        connection.putrequest(method, path, skip_host="Host" in sent)
        for name, value in sent.items():
            if value:
                connection.putheader(name, value)
        if body is not None and "Content-Length" not in sent:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        answer = json.loads(response.read())
    finally:
        connection.close()
    return response.status, answer


def test_nobody_enters_without_the_token(client: WorkerClient, tmp_path: Path) -> None:
    paths = ("/health", "/records", "/predict", "/stop", "/nowhere")
    for token in ("", "Bearer wrong", "Bearer ", "Basic abc", "bearer-ü"):
        for method, path in product(("GET", "POST"), paths):
            headers = {"Authorization": token}
            status, answer = knock(tmp_path, path, method=method, headers=headers, body=b"")
            assert status == 401
            assert "token" in answer["error"]
    assert client.health()["status"] == "ready"


def test_only_loopback_names_are_answered(client: WorkerClient, tmp_path: Path) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", ":", "[::1].x"):
        assert knock(tmp_path, headers={"Host": host})[0] == 403, host
    for host in ("localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]", "[::1]:5"):
        assert knock(tmp_path, headers={"Host": host})[0] == 200, host


def test_no_other_site_is_allowed_to_read(client: WorkerClient, tmp_path: Path) -> None:
    address = live_address(tmp_path)
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=10)
    connection.request(
        "GET",
        "/health",
        headers={"Authorization": f"Bearer {address.token}", "Origin": "http://evil.example"},
    )
    response = connection.getresponse()
    response.read()
    connection.close()
    assert not [h for h in response.headers if h.lower().startswith("access-control")]


def test_strays_get_json(client: WorkerClient, tmp_path: Path) -> None:
    assert knock(tmp_path, "/nowhere")[0] == 404
    status, answer = knock(tmp_path, "/predict")
    assert status == 405
    assert "405" in answer["error"]


def test_oversized_bodies_are_refused(client: WorkerClient, tmp_path: Path) -> None:
    status, answer = knock(
        tmp_path, "/predict", method="POST", headers={"Content-Length": str(2**40)}
    )
    assert (status, answer["kind"]) == (413, "ConfigError")
    body = b" " * (MAX_QUESTION_BYTES + 1)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    headers = {"Transfer-Encoding": "chunked", "Content-Length": ""}
    assert knock(tmp_path, "/predict", method="POST", headers=headers, body=chunked)[0] == 413


def test_an_unknown_record_is_sent_and_asked_about_again(
    client: WorkerClient, fake: FakePredictor
) -> None:
    record = make_record(1)
    assert client.health()["n_records"] == 0
    first = client.predict(record, [Scenario(), HIDE])
    assert client.health()["n_records"] == 1
    assert client.predict(record, [Scenario(), HIDE]) == first
    assert client.health()["n_records"] == 1
    assert first == FakePredictor().predict([(record, Scenario()), (record, HIDE)])
    assert len(fake.threads) == 1


def test_records_are_kept_under_what_they_are(client: WorkerClient, tmp_path: Path) -> None:
    record = make_record(2, name="A")
    status, answer = knock(tmp_path, "/records", method="POST", body=encode_record(record))
    assert (status, answer) == (200, {"record": record.fingerprint()})
    assert knock(tmp_path, "/records", method="POST", body=b"no record")[0] == 422


def test_prompts_keep_their_order(client: WorkerClient) -> None:
    prompts = {"zz": "last", "aa": "first", "é ": "ünïcode 心電図"}
    (answer,) = client.predict(make_record(), [Scenario()], prompts)
    assert [(c.name, c.prompt) for c in answer.classes] == list(prompts.items())


@pytest.mark.parametrize(
    ("rate_hz", "kind"), [(13.0, RecordError), (17.0, CheckpointError), (19.0, WorkerUnavailable)]
)
def test_errors_arrive_as_their_own_class(
    client: WorkerClient, rate_hz: float, kind: type[Exception]
) -> None:
    record = make_record()
    record = ECGRecord(record.signal, record.lead_names, rate_hz, record.present)
    with pytest.raises(kind) as caught:
        client.predict(record, [Scenario()])
    assert "\n" not in str(caught.value)
    assert client.predict(make_record(), [Scenario()])


def test_senseless_questions_are_config_errors(client: WorkerClient, tmp_path: Path) -> None:
    record = make_record()
    client.predict(record, [Scenario()])
    with pytest.raises(ConfigError, match=r"'merl'.*scar"):
        client.predict(record, [Scenario()], method="merl")
    with pytest.raises(ConfigError, match="scenarios"):
        client.predict(record, [])
    with pytest.raises(ConfigError, match="prompt"):
        client.predict(record, [Scenario()], {"x": " "})
    client.deadline_s = 1e6
    with pytest.raises(ConfigError, match="deadline"):
        client.predict(record, [Scenario()])


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    question=st.fixed_dictionaries(
        {},
        optional={
            "record": st.just("x") | _JSON,
            "scenarios": st.just([{}]) | _JSON,
            "prompts": _JSON,
            "deadline_s": _JSON,
            "method": _JSON,
        },
    )
    | _JSON
)
def test_no_question_breaks_the_door(
    client: WorkerClient, tmp_path: Path, question: object
) -> None:
    record = make_record(n_samples=20)
    if isinstance(question, dict) and question.get("record") == "x":
        key = knock(tmp_path, "/records", method="POST", body=encode_record(record))[1]["record"]
        question["record"] = key
    body = json.dumps(question).encode()
    status, answer = knock(tmp_path, "/predict", method="POST", body=body)
    assert status in (200, 404, 422, 504), answer
    assert "predictions" in answer or answer["error"]


def test_letters_that_utf8_cannot_write_come_back(client: WorkerClient, tmp_path: Path) -> None:
    record = make_record()
    client.predict(record, [Scenario()])
    question = {"record": record.fingerprint(), "scenarios": [{}], "prompts": {"\ud800": "\udfff"}}
    status, answer = knock(tmp_path, "/predict", method="POST", body=json.dumps(question).encode())
    assert status == 200
    assert answer["predictions"][0]["classes"][0]["name"] == "\ud800"


def test_health_answers_while_models_load(start: Start, tmp_path: Path) -> None:
    gate = threading.Event()

    def slow() -> PredictorLike:
        gate.wait(10)
        return FakePredictor()

    opened = threading.Timer(0.6, gate.set)
    seen = []

    def watch() -> None:
        while not gate.is_set():
            try:
                begun = time.monotonic()
                seen.append((WorkerClient.connect(tmp_path).health()["status"], begun))
            except WorkerUnavailable:
                time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    opened.start()
    watcher.start()
    ready = start(slow)
    watcher.join()
    assert "loading" in {status for status, _ in seen}
    assert ready.health()["status"] == "ready"


def test_models_that_fail_say_so_and_are_tried_again(start: Start) -> None:
    attempts: list[int] = []

    def flaky() -> PredictorLike:
        attempts.append(1)
        if len(attempts) < 3:
            raise CheckpointError("No checkpoint is there; train one.")
        return FakePredictor()

    client = start(flaky)
    health = client.health()
    assert (health["status"], health["error"]) == ("failed", "No checkpoint is there; train one.")
    with pytest.raises(CheckpointError, match="train one"):
        client.predict(make_record(), [Scenario()])
    assert client.predict(make_record(), [Scenario()])
    assert client.health()["status"] == "ready"


def test_the_cache_keeps_so_many_and_no_more() -> None:
    cache = RecordCache(max_records=3)
    keys = [cache.put(make_record(seed, 50)) for seed in range(6)]
    assert len(cache) == 3
    assert cache.get(keys[5]).n_samples == 50
    with pytest.raises(UnknownRecord):
        cache.get(keys[2])
    sizes = [one.signal.nbytes + one.present.nbytes for one in map(cache.get, keys[3:])]
    assert cache.n_bytes == sum(sizes)


def test_only_so_many_records_are_taken_in_at_once(client: WorkerClient, tmp_path: Path) -> None:
    address = live_address(tmp_path)
    headers = {"Authorization": f"Bearer {address.token}", "Content-Length": "1000"}
    held = []
    for _ in range(MAX_UPLOADS):
        connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=10)
        connection.putrequest("POST", "/records")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(b"only the beginning")
        held.append(connection)
    until = time.monotonic() + 10
    status = 0
    while status != 429 and time.monotonic() < until:
        body = encode_record(make_record(n_samples=20))
        status, answer = knock(tmp_path, "/records", method="POST", body=body)
    assert status == 429, answer
    assert "try again" in answer["error"]
    for connection in held:
        connection.close()
    while status != 200 and time.monotonic() < until:
        status, _ = knock(tmp_path, "/records", method="POST", body=body)
    assert status == 200


@pytest.mark.parametrize(
    ("host", "names", "allowed"),
    [
        ("127.0.0.1", ["localhost"], True),
        ("127.0.0.1", ["ecg.example"], False),
        ("127.0.0.2", ["127.0.0.2:80", "localhost"], True),
        ("127.0.0.2", ["ecg.example"], False),
        ("0.0.0.0", ["ecg.example", "localhost"], True),  # noqa: S104 - a front knows the name
    ],
)
def test_another_host_is_another_name_and_said_aloud(
    run: Run, tmp_path: Path, host: str, names: list[str], allowed: bool
) -> None:
    said: list[str] = []
    run(Setup(factories={"scar": FakePredictor}, asker=ASKER, executor=None, host=host), said)
    for name in names:
        status, _ = knock(tmp_path, headers={"Host": name})
        assert status == (200 if allowed else 403), name
    assert any("required in front" in text for text in said) == (host != "127.0.0.1")
    assert knock(tmp_path, headers={"Authorization": "Bearer no"})[0] == 401


def test_a_host_that_is_not_here_is_refused(tmp_path: Path) -> None:
    for host in ("192.0.2.1", "no such host"):
        with pytest.raises(ConfigError, match="cannot listen"):
            run_worker(Setup(host=host, executor=None), tmp_path)


def test_the_cache_forgets_the_longest_unused() -> None:
    records = [make_record(seed, 100) for seed in range(3)]
    size = records[0].signal.nbytes + records[0].present.nbytes
    cache = RecordCache(max_bytes=2 * size)
    first, second = cache.put(records[0]), cache.put(records[1])
    assert cache.put(records[0]) == first
    cache.put(records[2])
    assert (len(cache), cache.n_bytes) == (2, 2 * size)
    np.testing.assert_array_equal(cache.get(first).signal, records[0].signal)
    with pytest.raises(UnknownRecord):
        cache.get(second)
