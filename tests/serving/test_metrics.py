from prometheus_client.parser import text_string_to_metric_families

from scar_core.missing import Scenario
from scar_core.serving.client import WorkerClient
from scar_core.serving.metrics import BUCKETS_S, Metrics
from tests.serving.fakes import make_record


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Everything, as Prometheus's own parser reads it."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_histograms_add_up() -> None:
    metrics = Metrics()
    times_s = [0.001, 0.005, 0.02, 0.3, 99.0]
    for time_s in times_s:
        metrics.answered('odd "\\\n', 200, time_s)
    told = samples(metrics.text({"scar_x": ("About.", {(): 1.5})}))
    route = {"route": 'odd "\\\n'}
    assert told[of("scar_requests_total", status="200", **route)] == 5
    assert told[of("scar_request_seconds_count", **route)] == 5
    assert abs(told[of("scar_request_seconds_sum", **route)] - sum(times_s)) < 1e-3
    for bound in BUCKETS_S:
        wanted = sum(one <= bound for one in times_s)
        assert told[of("scar_request_seconds_bucket", le=str(bound), **route)] == wanted
    assert told[of("scar_request_seconds_bucket", le="+Inf", **route)] == 5
    assert told[of("scar_x")] == 1.5


def test_the_worker_counts_what_it_answers(client: WorkerClient) -> None:
    for _ in range(3):
        client.predict(make_record(), [Scenario(), Scenario(leads=("I",))])
    client.ask("anything")
    told = samples(client.metrics())
    assert told[of("scar_requests_total", route="/predict", status="200")] == 3
    assert told[of("scar_requests_total", route="/predict", status="404")] == 1
    assert told[of("scar_requests_total", route="/ask/{name}", status="200")] == 1
    assert told[of("scar_predictions_total")] == 6
    assert told[of("scar_ready")] == 1
    assert told[of("scar_records")] == 1
    assert told[of("scar_model_bytes", method="scar")] == 1000
    assert told[of("scar_process_bytes", process="worker")] > 1e6
