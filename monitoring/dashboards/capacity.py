"""云容量: what clouds have, what of it is given out and promised, and what is left if a host fails."""

from typing import Final

from monitoring.alerting.rule import once
from monitoring.alerting.thresholds import STANDARD
from monitoring.dashboards.dashboard import Dashboard, Row
from monitoring.dashboards.panel import Colour, Column, Query, Step, Unit, filling
from monitoring.dashboards.shapes import bars, lines, table

_CLOUD: Final = '{cloud=~"$cloud"}'
_ZONE: Final = "{{cloud}} {{availability_zone}} {{resource}}"
_RATIO: Final = "cloud_resource:tenantry_capacity_allocated:ratio"
#: Below nothing: what a host had could not be taken up.
_SPARE: Final = (Step(colour=Colour.BAD), Step(colour=Colour.GOOD, value=0))


def _sum(family: str, suffix: str, resource: str) -> str:
    selector = f'tenantry_{family}{suffix}{{cloud=~"$cloud", resource="{resource}"}}'
    return f"sum by (cloud) ({once(selector)})"


def _room() -> Row:
    counted, measured = (
        Query(expr=f"cloud_resource:tenantry_capacity_spare{suffix}:sum{_CLOUD}") for suffix in ("", "_bytes")
    )
    names = (Column(title="云", label="cloud", unit=Unit.TEXT), Column(title="资源", label="resource", unit=Unit.TEXT))
    return Row(
        title="余量",
        panels=(
            bars(
                "各云分配率",
                "What is allocated of what may be given out.",
                Query(expr=f"{_RATIO}{_CLOUD}", legend="{{cloud}} {{resource}}"),
                steps=filling(STANDARD.nearly_full),
            ),
            bars(
                "各可用区分配率",
                "The same by availability zone.",
                Query(expr=f"zone_resource:tenantry_capacity_allocated:ratio{_CLOUD}", legend=_ZONE),
                steps=filling(STANDARD.nearly_full),
            ),
            table(
                "失去一台主机后的 vCPU 余量",
                "What may be given out without the largest host, less what is allocated and what requests have reserved.",
                *names,
                Column(title="余量", query=counted, steps=_SPARE),
                width=12,
            ),
            table(
                "失去一台主机后的内存与存储余量",
                "The same in bytes; storage has no host to lose.",
                *names,
                Column(title="余量", query=measured, unit=Unit.BYTES, steps=_SPARE),
                width=12,
            ),
        ),
    )


def _over_time(title: str, resource: str, suffix: str, unit: Unit) -> Row:
    kinds = {
        "capacity_allocatable": "可分配",
        "capacity_allocated": "已分配",
        "capacity_requested": "申请预留",
        "capacity_largest_host": "最大主机",
    }
    queries = (
        Query(expr=_sum(family, suffix, resource), legend=f"{{{{cloud}}}} {name}") for family, name in kinds.items()
    )
    limits = f'tenantry_quota_limit{suffix}{{cloud=~"$cloud", resource="{resource}"}}'
    promised = f"sum by (cloud) ({once(limits)} < Inf) / {_sum('capacity_allocatable', suffix, resource)}"
    return Row(
        title=title,
        panels=(
            lines(
                f"{title}：容量与分配",
                "What may be given out, what is, what requests have reserved, and what the loss of each zone's largest host takes.",
                *queries,
                unit=unit,
            ),
            lines(
                f"{title}：配额承诺倍数",
                "All limits together, those without one left out, as a part of what may be given out. Above 100%, not everybody "
                "can have all of it at once.",
                Query(expr=promised, legend="{{cloud}}"),
                unit=Unit.RATIO,
            ),
        ),
    )


def _forecast() -> Row:
    return Row(
        title="预测",
        panels=(
            lines(
                "三十天后的分配率",
                "The line through the last fourteen days, thirty days on. It knows nothing of requests and budgets.",
                Query(
                    expr=f"clamp_min(predict_linear({_RATIO}{_CLOUD}[14d], 30 * 86400), 0)",
                    legend="{{cloud}} {{resource}}",
                ),
                unit=Unit.RATIO,
            ),
            lines(
                "分配率变化",
                "Where that line comes from.",
                Query(expr=f"{_RATIO}{_CLOUD}", legend="{{cloud}} {{resource}}"),
                unit=Unit.RATIO,
            ),
        ),
    )


CAPACITY: Final = Dashboard(
    uid="tenantry-capacity",
    title="Tenantry 云容量",
    description="各云的容量、分配、承诺与故障余量。 What clouds have, what is given out and promised, and what a host's loss leaves.",
    since="now-7d",
    rows=(
        _room(),
        _over_time("vCPU", "cores", "", Unit.NUMBER),
        _over_time("内存", "ram", "_bytes", Unit.BYTES),
        _over_time("存储", "gigabytes", "_bytes", Unit.BYTES),
        _forecast(),
    ),
)
