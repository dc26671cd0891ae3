"""What an expression of PromQL speaks of: its series with the labels that they are chosen by, and the labels it groups by.

A reading by patterns, for expressions whose syntax promtool vouches for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from monitoring.alerting.recording import GROUPS
from monitoring.alerting.rule import Recording
from monitoring.exposition.catalogue import CATALOGUE
from monitoring.exposition.family import MetricType

#: What Prometheus adds to every series that it scrapes.
_SCRAPED: Final = frozenset({"job", "instance"})
_KEYWORDS: Final = frozenset({"or", "and", "unless", "bool", "offset", "Inf", "NaN", "by", "without", "on", "ignoring"})
_GROUPING: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_SELECTOR: Final = re.compile(r"([A-Za-z_:][\w:]*)\s*\{([^}]*)\}")
_MATCHER: Final = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_NAME: Final = re.compile(r"(?<![\w.])([A-Za-z_:][\w:]*)(?!\s*\()(?![\w:])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What an expression names."""

    #: By series, the labels that it is chosen by.
    series: Mapping[str, frozenset[str]]
    grouped_by: frozenset[str]


def read(expr: str) -> Spoken:
    """Every name in an expression."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expr)
    grouped = frozenset(each.strip() for found in _GROUPING.findall(bare) for each in found.split(",") if each.strip())
    bare = _GROUPING.sub(" ", bare)
    series: dict[str, frozenset[str]] = {}
    for name, matchers in _SELECTOR.findall(bare):
        series[name] = series.get(name, frozenset()) | frozenset(_MATCHER.findall(matchers))
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    for name in _NAME.findall(bare):
        if name not in _KEYWORDS:
            series.setdefault(name, frozenset())
    return Spoken(series=series, grouped_by=grouped)


def known() -> Mapping[str, frozenset[str]]:
    """Every series that rules and dashboards may name, with its labels: scraped, recorded, and Prometheus's own."""
    found = {"up": _SCRAPED}
    for family in CATALOGUE.values():
        labels = frozenset(map(str, family.labels)) | _SCRAPED
        if family.type is MetricType.STATESET:
            labels |= {str(family.name)}
        if family.type is MetricType.HISTOGRAM:
            found |= {f"{family.name}_sum": labels, f"{family.name}_count": labels}
            found[f"{family.name}_bucket"] = labels | {"le"}
        else:
            found[family.sample] = labels
    recorded = (rule for group in GROUPS for rule in group.rules if isinstance(rule, Recording))
    return found | {rule.name: frozenset(rule.labels) for rule in recorded}


def unknown(expr: str, series: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """What an expression names and nobody has: a series, a label of it, a label to group by."""
    spoken = read(expr)
    wrong = [name for name in spoken.series if name not in series]
    having = {name: labels for name, labels in spoken.series.items() if name in series}
    wrong += [f"{name}{{{label}}}" for name, labels in having.items() for label in sorted(labels - series[name])]
    any_of = frozenset[str]().union(*(series[name] for name in having))
    return (*wrong, *sorted(spoken.grouped_by - any_of))
