from scar_core.serving.bench import bench_door


def test_the_door_costs_little() -> None:
    figures = bench_door(n=20)
    assert figures.n == 20
    assert 0 < figures.p50_ms <= figures.p95_ms
    assert figures.p50_ms < 30  # a forgotten TCP_NODELAY costs 40 ms and more
