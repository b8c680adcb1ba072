import socket

from scar_core.serving.bench import bench_door
from scar_core.serving.process import _listen


def test_the_bench_times_the_door() -> None:
    figures = bench_door(n=20)
    assert figures.n == 20
    assert 0 < figures.p50_ms <= figures.p95_ms


def test_the_door_turns_off_nagle() -> None:
    with _listen(
        "127.0.0.1", 0
    ) as listener:  # asyncio does so only for a socket that names its protocol
        assert listener.proto == socket.IPPROTO_TCP
