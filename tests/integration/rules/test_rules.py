"""Rules and dashboards before the real promtool: syntax, lint, and when alerts fire."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring.alerting.written import alerts
from monitoring.dashboards.written import DASHBOARDS

HERE = Path(__file__).parent
RULES = tuple(sorted((HERE.parents[2] / "monitoring" / "rules").glob("*.yml")))
TESTS = tuple(sorted(HERE.glob("*.test.yml")))
#: In place of what is chosen in Grafana.
CHOICES = {"$__rate_interval": "5m", "$__range": "1h", "$cloud": "city|district", "$tenant": ".*"}


def promtool(tools: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it."""
    command = [str(tools / "promtool"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    """Every case of an alert in the tests of promtool."""
    groups = [group for path in TESTS for group in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]]
    return [case for group in groups for case in group.get("alert_rule_test", ())]


def test_rules_pass_every_lint(prometheus_tools: Path) -> None:
    """`promtool check rules` has nothing to say."""
    done = promtool(prometheus_tools, "check", "rules", "--lint=all", "--lint-fatal", *map(str, RULES))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name.partition(".")[0])
def test_alerts_fire_and_are_silent(prometheus_tools: Path, path: Path) -> None:
    """What is recorded and who is told, to the word, as the cases say."""
    done = promtool(prometheus_tools, "test", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [each.name for each in alerts()])
def test_every_alert_has_a_case_of_each_kind(cases: list[dict[str, Any]], name: str) -> None:
    """One in which it fires, and one in which it does not."""
    fired = [bool(case["exp_alerts"]) for case in cases if case["alertname"] == name]
    assert True in fired
    assert False in fired


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.uid)
def test_expressions_of_dashboards_are_promql(prometheus_tools: Path, tmp_path: Path, dashboard: Any) -> None:
    """Prometheus's own parser takes every one, with something chosen."""
    chosen = re.compile("|".join(re.escape(name) for name in CHOICES))
    queries = [query.expr for panel in dashboard.panels() for query in panel.queries]
    rules = [
        {"record": f"panel:{number}", "expr": chosen.sub(lambda found: CHOICES[found[0]], expr)}
        for number, expr in enumerate(queries)
    ]
    path = tmp_path / "panels.yml"
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    done = promtool(prometheus_tools, "check", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(queries)} rules found" in done.stdout
