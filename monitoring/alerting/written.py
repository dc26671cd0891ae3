"""Rules written out as Prometheus reads them: YAML of one fixed shape, with expressions as they would be typed."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from monitoring.alerting import recording
from monitoring.alerting.alerts import capacity, collection, control, migrations, quotas
from monitoring.alerting.rule import Alert, Group, Recording
from monitoring.alerting.thresholds import STANDARD, Thresholds

_HEAD: Final = "# Written by `python -m monitoring.alerting`, which takes other thresholds. Do not edit."
#: Where runbooks are, seen from the product's folder.
_RUNBOOKS: Final = "docs/runbooks/"


def alerting(thresholds: Thresholds = STANDARD) -> tuple[Group, ...]:
    """All alerts, by subject."""
    return (
        Group(name="tenantry.alerts.quotas", rules=quotas.alerts(thresholds)),
        Group(name="tenantry.alerts.capacity", rules=capacity.alerts()),
        Group(name="tenantry.alerts.collection", rules=collection.alerts(thresholds)),
        Group(name="tenantry.alerts.control", rules=control.alerts(thresholds)),
        Group(name="tenantry.alerts.migrations", rules=migrations.alerts(thresholds)),
    )


def alerts(thresholds: Thresholds = STANDARD) -> tuple[Alert, ...]:
    """The same without their groups."""
    return tuple(rule for group in alerting(thresholds) for rule in group.rules if isinstance(rule, Alert))


def files(thresholds: Thresholds = STANDARD, *, runbooks: str = _RUNBOOKS) -> Mapping[str, str]:
    """Every file's text, by name. `runbooks` is what `runbook_url` begins with."""
    return {
        "tenantry.recording.yml": _text(recording.GROUPS, runbooks),
        "tenantry.alerts.yml": _text(alerting(thresholds), runbooks),
    }


def _text(groups: Iterable[Group], runbooks: str) -> str:
    return "\n".join([_HEAD, "groups:", *(line for each in groups for line in _group(each, runbooks))]) + "\n"


def _group(group: Group, runbooks: str) -> Iterator[str]:
    yield f"  - name: {group.name}"
    yield f"    interval: {group.interval}"
    yield "    rules:"
    for rule in group.rules:
        lines = _recording(rule) if isinstance(rule, Recording) else _alert(rule, runbooks)
        for number, line in enumerate(lines):
            yield f"      {'  ' if number else '- '}{line}"


def _recording(rule: Recording) -> Iterator[str]:
    yield f"record: {_quoted(rule.name)}"
    yield from _expression(rule.expr)


def _alert(rule: Alert, runbooks: str) -> Iterator[str]:
    yield f"alert: {rule.name}"
    yield from _expression(rule.expr)
    yield f"for: {rule.for_}"
    yield "labels:"
    yield f"  severity: {rule.severity}"
    yield "annotations:"
    annotations = {
        "summary": rule.summary.en,
        "summary_zh": rule.summary.zh,
        "description": rule.description.en,
        "description_zh": rule.description.zh,
        "runbook_url": f"{runbooks}{rule.runbook}",
    }
    for name, text in annotations.items():
        yield f"  {name}: {_quoted(text)}"


def _expression(expr: str) -> Iterator[str]:
    yield "expr: |-"
    yield from (f"  {line}" for line in expr.splitlines())


def _quoted(text: str) -> str:
    """A string of JSON is one of YAML."""
    return json.dumps(text, ensure_ascii=False)
