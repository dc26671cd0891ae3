"""Tenantry 自身: whether it answers, works, and knows what it says."""

from typing import Final

from monitoring.alerting.rule import JOB, once
from monitoring.alerting.thresholds import STANDARD
from monitoring.dashboards.dashboard import Dashboard, Row
from monitoring.dashboards.panel import NONE_WANTED, SOME_WANTED, Colour, Column, Query, Step, Unit, filling
from monitoring.dashboards.shapes import lines, number, table, text

_CLOUD: Final = '{cloud=~"$cloud"}'


def _quantile(family: str, by: str, selector: str = "") -> str:
    buckets = once(f"rate({family}_bucket{selector}[$__rate_interval])")
    return f"histogram_quantile(0.95, sum by (le, {by}) ({buckets}))"


def _rate(family: str, by: str, selector: str = "") -> str:
    return f"sum by ({by}) ({once(f'rate({family}{selector}[$__rate_interval])')})"


def _now() -> Row:
    loaded = f"1000 * max({once('tenantry_manifest_last_load_success_timestamp_seconds')})"
    used = f"sum({once('tenantry_exporter_series')}) / max(tenantry_exporter_series_limit)"
    return Row(
        title="现状",
        panels=(
            number(
                "可访问的进程",
                "Targets of the job that Prometheus could scrape last.",
                f'sum(up{{job="{JOB}"}})',
                steps=SOME_WANTED,
            ),
            number(
                "工作进程", "Worker processes that gave a sign of life.", "max(tenantry_workers)", steps=SOME_WANTED
            ),
            text(
                "版本",
                "The versions that answer.",
                Query(expr="count by (version) (tenantry_build_info)", legend="{{version}}"),
            ),
            number("清单生效时间", "When manifests last came into force.", loaded, unit=Unit.AGO),
            number(
                "时间序列预算",
                "The part of the series budget that is used; beyond it the least important families are left out.",
                used,
                unit=Unit.RATIO,
                steps=filling(STANDARD.series),
            ),
            number(
                "被舍弃的序列",
                "Series that the page lacks to keep within the budget.",
                f"sum({once('tenantry_exporter_series_dropped')})",
                steps=NONE_WANTED,
            ),
        ),
    )


def _collectors() -> Row:
    age = Query(expr=f"collector:tenantry_collector_last_success_age_seconds:max{_CLOUD} + 0")
    interval, took, lacking, complete = (
        Query(expr=once(f"tenantry_collector_{each}{_CLOUD}"))
        for each in ("interval_seconds", "duration_seconds", "projects_failed", "complete")
    )
    late = (Step(colour=Colour.BAD), Step(colour=Colour.GOOD, value=1))
    failures = once(f"increase(tenantry_collector_failures_total{_CLOUD}[1h])")
    return Row(
        title="采集",
        panels=(
            table(
                "采集器",
                "How long ago each last had everything, how often it is to come, how long it took, and what it lacks.",
                Column(title="云", label="cloud", unit=Unit.TEXT),
                Column(title="采集器", label="collector", unit=Unit.TEXT),
                Column(title="距上次完整采集", query=age, unit=Unit.SECONDS),
                Column(title="周期", query=interval, unit=Unit.SECONDS),
                Column(title="用时", query=took, unit=Unit.SECONDS),
                Column(title="缺少的项目", query=lacking, steps=NONE_WANTED),
                Column(title="完整", query=complete, steps=late),
            ),
            lines(
                "采集失败",
                "Runs within an hour that failed, in part or in whole, by reason.",
                Query(
                    expr=f"sum by (cloud, collector, reason) ({failures})",
                    legend="{{cloud}} {{collector}} {{reason}}",
                ),
                stacked=True,
            ),
            lines(
                "各分片的序列",
                "Series by cloud and collector.",
                Query(expr=once("tenantry_exporter_series"), legend="{{cloud}} {{collector}}"),
                stacked=True,
            ),
        ),
    )


def _clouds() -> Row:
    waits = once(f"rate(tenantry_api_budget_waits_total{_CLOUD}[$__rate_interval])")
    return Row(
        title="云平台接口",
        panels=(
            lines(
                "请求",
                "Requests to clouds, by the class of their answer.",
                Query(
                    expr=_rate("tenantry_api_requests_total", "cloud, code_class", _CLOUD),
                    legend="{{cloud}} {{code_class}}",
                ),
                unit=Unit.PER_SECOND,
            ),
            lines(
                "应答时间（95 分位）",
                "How long services of clouds take to answer.",
                Query(
                    expr=_quantile("tenantry_api_request_duration_seconds", "cloud, service_type", _CLOUD),
                    legend="{{cloud}} {{service_type}}",
                ),
                unit=Unit.SECONDS,
            ),
            lines(
                "采集请求预算",
                "Requests a minute that collectors may send to a cloud.",
                Query(expr=once(f"tenantry_api_budget_requests{_CLOUD}"), legend="{{cloud}}"),
            ),
            lines(
                "等待预算的请求",
                "Collectors' requests that had to wait for it. Many and always: collect less often, or allow more.",
                Query(expr=f"sum by (cloud) ({waits})", legend="{{cloud}}"),
                unit=Unit.PER_SECOND,
            ),
        ),
    )


def _keeping() -> Row:
    failures = once(f"increase(tenantry_reconcile_failures_total{_CLOUD}[1h])")
    states = once(f"tenantry_reconcile{_CLOUD}")
    return Row(
        title="状态维持",
        panels=(
            lines(
                "租户状态",
                "Tenants, cloud by cloud, in each state.",
                Query(expr=f"sum by (tenantry_reconcile) ({states})", legend="{{tenantry_reconcile}}"),
                stacked=True,
            ),
            lines(
                "检查失败",
                "Looks at tenants within an hour that failed, by reason.",
                Query(expr=f"sum by (cloud, reason) ({failures})", legend="{{cloud}} {{reason}}"),
                stacked=True,
            ),
        ),
    )


def _service() -> Row:
    return Row(
        title="服务接口",
        panels=(
            lines(
                "请求",
                "Requests that the service answered, by the class of its answer.",
                Query(expr=_rate("tenantry_http_requests_total", "code_class"), legend="{{code_class}}"),
                unit=Unit.PER_SECOND,
                stacked=True,
            ),
            lines(
                "应答时间（95 分位）",
                "How long its answers take, by route; streams of events are as long as they are listened to.",
                Query(
                    expr=_quantile("tenantry_http_request_duration_seconds", "method, route"),
                    legend="{{method}} {{route}}",
                ),
                unit=Unit.SECONDS,
            ),
        ),
    )


ITSELF: Final = Dashboard(
    uid="tenantry-itself",
    title="Tenantry 自身",
    description="Tenantry 的进程、采集与接口。 Whether Tenantry answers, works, and knows what it says.",
    since="now-6h",
    rows=(_now(), _collectors(), _clouds(), _keeping(), _service()),
)
