from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from smppproxy.app.metrics import METRICS, Metrics, render


def filled() -> Metrics:
    """Every metric of the table, once."""
    metrics = Metrics()
    for metric in METRICS.values():
        labels = {label: f'{label} "\\\n' for label in metric.labels}
        getattr(metrics, metric.kind)(metric.name, **labels)
    return metrics


def test_every_metric_of_the_table_is_exposed():
    families = list(text_string_to_metric_families(render([filled().snapshot()])))
    exposed = {(family.name, family.type) for family in families}
    for metric in METRICS.values():
        name = "smppproxy_" + (metric.name.removesuffix("_total") if metric.kind == "counter" else metric.name)
        assert (name, metric.kind) in exposed, metric.name
    assert len(exposed) == len(METRICS)


def test_workers_are_merged_and_the_whole_is_told():
    one, other = Metrics(), Metrics()
    for metrics, count in ((one, 2), (other, 3)):
        metrics.counter("reasons_total", reason="a").value = count
        metrics.histogram("turn_seconds").observe(0.001)
    text = render([one.snapshot(), other.snapshot()], {"workers": 2, "draining": 0})
    assert 'smppproxy_reasons_total{reason="a"} 5.0\n' in text
    assert 'smppproxy_turn_seconds_bucket{le="0.001953125"} 2.0\n' in text
    assert 'smppproxy_turn_seconds_bucket{le="+Inf"} 2.0\n' in text
    assert "smppproxy_turn_seconds_count 2.0\n" in text
    assert "smppproxy_workers 2.0\n" in text
    assert "smppproxy_draining 0.0\n" in text


def test_nothing_yet():
    assert render([]) == ""
