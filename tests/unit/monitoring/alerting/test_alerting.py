"""Rules for Prometheus: what is delivered, what they speak of, and how they speak to people."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from monitoring.alerting.__main__ import main
from monitoring.alerting.recording import GROUPS
from monitoring.alerting.rule import Alert, Recording
from monitoring.alerting.thresholds import Thresholds
from monitoring.alerting.written import alerting, alerts, files
from tests.promql import known, read, unknown

ROOT = Path(__file__).parents[4]
RUNBOOKS = ROOT / "docs" / "runbooks"
RULES = tuple(rule for group in (*GROUPS, *alerting()) for rule in group.rules)
SECTIONS = ("## Meaning", "## Impact", "## Diagnosis", "## Mitigation", "## 中文")

every_alert = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)


@pytest.mark.parametrize("name", sorted(files()))
def test_delivered_rules_are_the_ones_that_the_code_makes(name: str) -> None:
    """A file in monitoring/rules is what `make docs` writes."""
    assert (ROOT / "monitoring" / "rules" / name).read_text(encoding="utf-8") == files()[name]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rules_name_what_there_is(rule: Recording | Alert) -> None:
    """Every series and label of a rule is in the catalogue, or recorded by another."""
    assert unknown(rule.expr, known()) == ()


def test_nothing_is_recorded_for_nobody_to_know_of() -> None:
    """Names of recorded series say their level first, and none is there twice."""
    names = [rule.name for group in GROUPS for rule in group.rules]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z_]+:tenantry_[a-z_]+:[a-z]+", name) for name in names)


@every_alert
def test_alerts_speak_both_languages(alert: Alert) -> None:
    """Summary and description are in English and in Chinese, with the same places and numbers in both."""
    for said in (alert.summary, alert.description):
        assert not re.search("[\u4e00-\u9fff]", said.en)
        assert re.search("[\u4e00-\u9fff]", said.zh)
    assert "$value" not in alert.summary.en
    assert ("$value" in alert.description.en) == ("$value" in alert.description.zh)


@every_alert
def test_alerts_speak_of_labels_that_they_have(alert: Alert) -> None:
    """A label in a message is one of a series that the alert is about."""
    series = known()
    having = frozenset[str]().union(*(series[name] for name in read(alert.expr).series))
    texts = (alert.summary.en, alert.summary.zh, alert.description.en, alert.description.zh)
    assert set(re.findall(r"\$labels\.(\w+)", " ".join(texts))) <= having


@every_alert
def test_alerts_have_runbooks(alert: Alert) -> None:
    """Each has its page, in one form, and the list leads there."""
    page = (RUNBOOKS / alert.runbook).read_text(encoding="utf-8")
    assert page.startswith(f"# {alert.name}\n")
    assert [line for line in page.splitlines() if line.startswith("## ")] == list(SECTIONS)
    assert f"[{alert.name}]({alert.runbook})" in (RUNBOOKS / "README.md").read_text(encoding="utf-8")


@every_alert
def test_runbooks_say_how_urgent_it_is(alert: Alert) -> None:
    """The list has each alert's severity and how long it waits, as the rule has them."""
    listed = (RUNBOOKS / "README.md").read_text(encoding="utf-8").splitlines()
    row = next(line for line in listed if f"({alert.runbook})" in line)
    assert f"| {alert.severity} | {alert.for_} |" in row


def test_no_runbook_is_without_an_alert() -> None:
    """What is no alert any more has no page."""
    assert {path.name for path in RUNBOOKS.glob("*.md")} == {"README.md", *(alert.runbook for alert in alerts())}


def test_thresholds_are_ones_own(tmp_path: Path) -> None:
    """An option puts another number into the rules, and another address before the runbooks."""
    main(["--nearly-full", "0.75", "--runbooks", "https://wiki.example/", "--into", str(tmp_path)])
    written = (tmp_path / "tenantry.alerts.yml").read_text(encoding="utf-8")
    assert "project_resource:tenantry_quota_used:ratio > 0.75 < 1" in written
    assert 'runbook_url: "https://wiki.example/QuotaNearlyFull.md"' in written


def test_thresholds_are_all_in_use() -> None:
    """Each number, changed, changes the rules."""
    delivered = files()
    for name in Thresholds.__dataclass_fields__:
        assert files(Thresholds(**{name: 0.123})) != delivered, name


@pytest.mark.parametrize(
    ("expr", "wrong"),
    [
        ("tenantry_quota_use", ("tenantry_quota_use",)),
        ('tenantry_workers{cloud="city"}', ("tenantry_workers{cloud}",)),
        ("sum by (flavour) (tenantry_servers)", ("flavour",)),
        ("rate(tenantry_http_requests[5m])", ("tenantry_http_requests",)),
        ('histogram_quantile(0.5, tenantry_request_duration_seconds_bucket{le!="+Inf"}) > Inf', ()),
    ],
)
def test_unknown_names_are_found(expr: str, wrong: tuple[str, ...]) -> None:
    """The check itself tells a name that nobody has, and passes one that somebody does."""
    assert unknown(expr, known()) == wrong


def test_every_threshold_is_in_the_guide() -> None:
    """docs/monitoring.md has each option, with its default and its meaning."""
    guide = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    for each in fields(Thresholds):
        option = each.name.replace("_", "-")
        assert f"| `--{option}` | {each.default:g} | {each.metadata['meaning']} |" in guide
