"""What a real Prometheus answers to dashboards and rules, from a page that has every family of metrics."""

import re
from typing import Any

import pytest

from monitoring.dashboards.panel import Panel, Query
from monitoring.dashboards.written import DASHBOARDS
from tests.integration.rules.server import Prometheus

#: In place of what is chosen in Grafana.
CHOICES = {"$__rate_interval": "1m", "$__range": "1h", "$cloud": ".*", "$tenant": ".*"}
PANELS = [
    pytest.param(panel, id=f"{each.uid}-{number}")
    for each in DASHBOARDS
    for number, panel in enumerate(each.panels(), 1)
]


def answers(prometheus: Prometheus, query: Query) -> list[dict[str, Any]]:
    """What a panel would show now."""
    chosen = re.compile("|".join(re.escape(name) for name in CHOICES))
    return prometheus.ask(chosen.sub(lambda found: CHOICES[found[0]], query.expr))


@pytest.mark.parametrize("panel", PANELS)
def test_panels_have_something_to_show(prometheus: Prometheus, panel: Panel) -> None:
    """Every expression can be computed and has a result, of one series where one number is shown."""
    for query in panel.queries:
        found = answers(prometheus, query)
        # Nothing fires, which is nothing in a table.
        assert found or query.expr.startswith("ALERTS")
        if panel.type == "stat" and not query.legend:
            assert len(found) == 1


@pytest.mark.parametrize("panel", PANELS)
def test_columns_and_legends_are_of_labels_that_come(prometheus: Prometheus, panel: Panel) -> None:
    """Each label that a panel shows is one of what it is answered."""
    labels = {column.label for column in panel.columns if column.label}
    labels |= {label for query in panel.queries for label in re.findall(r"\{\{(\w+)\}\}", query.legend)}
    found = {label for query in panel.queries for each in answers(prometheus, query) for label in each["metric"]}
    assert labels <= found or any(query.expr.startswith("ALERTS") for query in panel.queries)


@pytest.mark.parametrize(
    "panel", [each for each in PANELS if len(each.values[0].queries) > 1 and each.values[0].columns]
)
def test_rows_of_tables_fall_together(prometheus: Prometheus, panel: Panel) -> None:
    """Where a table has values of several queries, all of them tell rows apart by the same labels."""
    labels = {frozenset(each["metric"]) for query in panel.queries for each in answers(prometheus, query)}
    assert len(labels) == 1


def test_two_processes_show_each_thing_once(prometheus: Prometheus) -> None:
    """Recorded series of what two processes tell alike are there a single time."""
    twice = prometheus.ask("tenantry_quota_used")
    once = prometheus.ask("project_resource:tenantry_quota_used:ratio")
    assert {each["metric"]["instance"].partition(":")[0] for each in twice} == {"127.0.0.1", "localhost"}
    assert all("instance" not in each["metric"] for each in once)


def test_no_rule_fails(prometheus: Prometheus) -> None:
    """Prometheus can evaluate every rule."""
    rules = prometheus.rules()
    assert len(rules) > 30
    assert {rule["name"]: rule["lastError"] for rule in rules if rule["health"] != "ok"} == {}
