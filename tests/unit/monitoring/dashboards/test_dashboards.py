"""Dashboards: what is delivered, what they ask of Prometheus, and whether Grafana can read them."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from monitoring.dashboards.dashboard import Dashboard
from monitoring.dashboards.panel import Panel
from monitoring.dashboards.written import DASHBOARDS, files
from tests.promql import known, unknown

HERE = Path(__file__).parent
FOLDER = HERE.parents[3] / "monitoring" / "dashboards" / "json"
#: What Prometheus itself records of alerts; theirs are the labels of whatever they are about.
ALERTS = frozenset({"alertname", "alertstate", "severity"})

every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.uid)
every_panel = pytest.mark.parametrize(
    "panel", [panel for each in DASHBOARDS for panel in each.panels()], ids=lambda each: each.title
)


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """What Grafana takes, of the panels in use."""
    return Draft202012Validator(json.loads((HERE / "grafana.schema.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def series() -> dict[str, frozenset[str]]:
    """All that there is to be asked for."""
    return {**known(), "ALERTS": ALERTS}


@pytest.mark.parametrize("name", sorted(files()))
def test_delivered_dashboards_are_the_ones_that_the_code_makes(name: str) -> None:
    """A file of JSON is what `make docs` writes."""
    assert (FOLDER / name).read_text(encoding="utf-8") == files()[name]


@every_dashboard
def test_grafana_can_read_it(dashboard: Dashboard, schema: Draft202012Validator) -> None:
    """It has the form of Grafana's classic model, with no field that Grafana does not know."""
    assert [error.message for error in schema.iter_errors(dashboard.json())] == []


@every_dashboard
def test_what_grafana_does_not_know_is_found(dashboard: Dashboard, schema: Draft202012Validator) -> None:
    """The check itself tells a field that is misspelt."""
    broken: Any = dashboard.json()
    broken["panels"][1]["fieldConfig"]["default"] = {}
    assert list(schema.iter_errors(broken))


@every_panel
def test_panels_ask_for_what_there_is(panel: Panel, series: dict[str, frozenset[str]]) -> None:
    """Every series and label of an expression is in the catalogue, or recorded by a rule."""
    for query in panel.queries:
        assert unknown(query.expr, series) == ()


@every_panel
def test_panels_explain_themselves(panel: Panel) -> None:
    """A title in Chinese, or a name that is the same in it; a description in English; a name for each of several lines."""
    assert re.search("[\u4e00-\u9fff]", panel.title)
    assert panel.description.endswith(".")
    assert not re.search("[\u4e00-\u9fff]", panel.description)
    if panel.type in {"timeseries", "bargauge"}:
        assert all(query.legend for query in panel.queries)


@every_panel
def test_legends_name_labels_that_series_have(panel: Panel, series: dict[str, frozenset[str]]) -> None:
    """A label in a legend is left over by the grouping that is farthest out, or belongs to the series."""
    for query in panel.queries:
        labels = re.findall(r"\{\{(\w+)\}\}", query.legend)
        assert unknown(f"sum by ({', '.join(labels)}) ({query.expr})", series) == ()


@every_panel
def test_choices_reach_every_panel_that_has_clouds(panel: Panel) -> None:
    """What is asked for of clouds alone is asked for of those that are chosen."""
    for query in panel.queries:
        if "{{cloud}}" in query.legend and "exporter_series" not in query.expr:
            assert "$cloud" in query.expr


@every_dashboard
def test_variables_are_of_labels_that_there_are(dashboard: Dashboard, series: dict[str, frozenset[str]]) -> None:
    """Each variable takes its values from a series that has that label."""
    for each in dashboard.variables:
        found = re.fullmatch(r"label_values\((?P<selector>.+), (?P<label>\w+)\)", each.query)
        assert found
        assert unknown(f"sum by ({found['label']}) ({found['selector']})", series) == ()


@every_dashboard
def test_variables_in_use_are_declared(dashboard: Dashboard) -> None:
    """No expression waits for a choice that nobody can make."""
    used = {
        name for panel in dashboard.panels() for query in panel.queries for name in re.findall(r"\$(\w+)", query.expr)
    }
    assert used - {"__rate_interval", "__range"} <= {each.name for each in dashboard.variables}


@every_dashboard
def test_panels_do_not_overlap(dashboard: Dashboard) -> None:
    """No two panels share a cell of the grid, and none is beyond its 24 columns."""
    places = [panel["gridPos"] for panel in dashboard.json()["panels"]]
    cells = Counter(
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    )
    assert max(cells.values()) == 1
    assert max(x for x, _ in cells) < 24


def test_uids_never_change() -> None:
    """Bookmarks and links have these; a new dashboard is added here."""
    uids = [each.uid for each in DASHBOARDS]
    assert uids == [
        *("tenantry-city", "tenantry-tenant", "tenantry-capacity", "tenantry-requests"),
        *("tenantry-migrations", "tenantry-itself"),
    ]


@every_dashboard
def test_links_lead_to_dashboards_that_there_are(dashboard: Dashboard) -> None:
    """A click on a tenant leads to a dashboard by its uid."""
    uids = {each.uid for each in DASHBOARDS}
    assert set(re.findall(r'"/d/([\w-]+)', json.dumps(dashboard.json()))) <= uids
