"""申请与时限: what departments wait for, how long, and whether it is carried out."""

from typing import Final

from monitoring.alerting.rule import once
from monitoring.alerting.thresholds import STANDARD
from monitoring.dashboards.dashboard import Dashboard, Row
from monitoring.dashboards.panel import NONE_WANTED, Column, Query, Unit
from monitoring.dashboards.shapes import lines, number, table

_CLOUD: Final = '{cloud=~"$cloud"}'


def _quantile(part: float) -> str:
    buckets = once("increase(tenantry_request_duration_seconds_bucket[30d])")
    return f"histogram_quantile({part:g}, sum by (le) ({buckets}))"


def _now() -> Row:
    ended = once("increase(tenantry_request_duration_seconds_count[30d])")
    return Row(
        title="现状",
        panels=(
            number("在办申请", "Requests that have not ended.", f"sum({once('tenantry_requests_open')})"),
            number(
                "超时申请",
                "Requests whose review has taken longer than it may, in working days.",
                f"sum({once('tenantry_requests_overdue')})",
                steps=NONE_WANTED,
            ),
            number("三十天内办结", "Requests that ended within thirty days, well or not.", f"sum({ended})"),
            number("办结用时中位数", "Half of them ended within this time.", _quantile(0.5), unit=Unit.SECONDS),
            number("办结用时 90 分位", "Nine of ten ended within this time.", _quantile(0.9), unit=Unit.SECONDS),
            number("未完成的操作", "Operations that have not ended.", f"sum({once(f'tenantry_operations{_CLOUD}')})"),
        ),
    )


def _requests() -> Row:
    opened = Query(expr=once("tenantry_requests_open"))
    overdue = Query(expr=once("tenantry_requests_overdue"))
    vcpus = once('tenantry_capacity_requested{cloud=~"$cloud", resource="cores"}')
    age = Query(expr="state:tenantry_request_oldest_age_seconds:max + 0")
    return Row(
        title="申请",
        panels=(
            table(
                "各环节",
                "By state: how many there are, how many of them late, and how long the oldest has been in it.",
                Column(title="环节", label="state", unit=Unit.TEXT),
                Column(title="在办", query=opened),
                Column(title="超时", query=overdue, steps=NONE_WANTED),
                Column(title="最久停留", query=age, unit=Unit.SECONDS),
                width=12,
            ),
            lines("在办申请变化", "By state.", Query(expr=opened.expr, legend="{{state}}"), stacked=True),
            lines("超时申请变化", "By state.", Query(expr=overdue.expr, legend="{{state}}"), stacked=True),
            lines(
                "最久停留",
                "How long the oldest has been in each state.",
                Query(expr=age.expr, legend="{{state}}"),
                unit=Unit.SECONDS,
            ),
            lines(
                "申请预留的 vCPU",
                "What requests under way have reserved in clouds.",
                Query(expr=f"sum by (cloud) ({vcpus})", legend="{{cloud}}"),
            ),
            lines(
                "申请预留的内存与存储",
                "The same of memory and storage.",
                Query(
                    expr=f"sum by (cloud, resource) ({once(f'tenantry_capacity_requested_bytes{_CLOUD}')})",
                    legend="{{cloud}} {{resource}}",
                ),
                unit=Unit.BYTES,
            ),
        ),
    )


def _operations() -> Row:
    ended = once(f"increase(tenantry_operations_ended_total{_CLOUD}[1h])")
    stuck = f"{STANDARD.operation_minutes:g} minutes"
    return Row(
        title="操作",
        panels=(
            lines(
                "未完成的操作",
                "By cloud and state. What stays queued has no worker, or waits for its tenant's other operations.",
                Query(expr=once(f"tenantry_operations{_CLOUD}"), legend="{{cloud}} {{state}}"),
                stacked=True,
            ),
            lines(
                "最早的操作",
                f"How long ago the oldest was queued; somebody is told after {stuck}.",
                Query(expr=f"state:tenantry_operation_oldest_age_seconds:max{_CLOUD}", legend="{{cloud}} {{state}}"),
                unit=Unit.SECONDS,
            ),
            lines(
                "每小时结束的操作",
                "By how they ended.",
                Query(expr=f"sum by (state) ({ended})", legend="{{state}}"),
                stacked=True,
            ),
        ),
    )


REQUESTS: Final = Dashboard(
    uid="tenantry-requests",
    title="Tenantry 申请与时限",
    description="申请的环节、时限与执行。 Departments' requests, their deadlines, and how they are carried out.",
    since="now-7d",
    rows=(_now(), _requests(), _operations()),
)
