"""城市总览: how the whole city stands, on one page; each table leads to the tenant's own."""

from typing import Final

from monitoring.alerting.rule import once
from monitoring.alerting.thresholds import STANDARD
from monitoring.alerting.written import alerts
from monitoring.dashboards.dashboard import Dashboard, Row
from monitoring.dashboards.panel import NONE_WANTED, Colour, Column, Query, Step, Unit, filling
from monitoring.dashboards.shapes import bars, lines, number, table

_CLOUD: Final = '{cloud=~"$cloud"}'
#: A click on a tenant leads to its own page.
TO_TENANT: Final = "/d/tenantry-tenant?var-tenant=${__value.text}&var-datasource=${datasource}&${__url_time_range}"
_ALERTS: Final = f'ALERTS{{alertstate="firing", alertname=~"{"|".join(each.name for each in alerts())}"}}'


def _used(resource: str, suffix: str = "") -> str:
    selector = f'tenantry_quota_used{suffix}{{cloud=~"$cloud", resource="{resource}"}}'
    return f"sum by (cloud) ({once(selector)})"


def _now() -> Row:
    apart = once('tenantry_reconcile{cloud=~"$cloud", tenantry_reconcile!~"in-sync|pending"}')
    return Row(
        title="现状",
        panels=(
            number("租户", "Tenants in the manifests in force.", "count(count by (tenant) (tenantry_tenant_info))"),
            number(
                "云", "Clouds that are collected.", f"count(count by (cloud) (tenantry_collector_complete{_CLOUD}))"
            ),
            number("云服务器", "Servers in any state.", f"sum({once(f'tenantry_servers{_CLOUD}')})"),
            number(
                "触发中的告警",
                "Alerts of Tenantry's rules that fire now.",
                f"count({_ALERTS}) or vector(0)",
                steps=NONE_WANTED,
            ),
            number(
                "状态异常的租户",
                "Tenants, cloud by cloud, that drift, failed, are blocked, or were never looked at.",
                f"sum({apart})",
                steps=NONE_WANTED,
            ),
            number(
                "最低计量覆盖率",
                "The least part of the running month, over tenants and clouds, that metering covers.",
                f"min(tenantry_metering_coverage_ratio{_CLOUD})",
                unit=Unit.RATIO,
                steps=(Step(colour=Colour.BAD), Step(colour=Colour.GOOD, value=STANDARD.coverage)),
            ),
        ),
    )


def _alerts() -> Row:
    query = Query(expr=_ALERTS)
    return Row(
        title="告警",
        panels=(
            table(
                "触发中的告警",
                "What fires now. Runbooks are in docs/runbooks, by the alert's name.",
                Column(title="级别", label="severity", unit=Unit.TEXT),
                Column(title="告警", label="alertname", unit=Unit.TEXT),
                Column(title="云", label="cloud", unit=Unit.TEXT),
                Column(title="租户", label="tenant", unit=Unit.TEXT, link=TO_TENANT),
                Column(title="项目", label="project", unit=Unit.TEXT),
                Column(title="资源", label="resource", unit=Unit.TEXT),
                Column(title="采集器", label="collector", unit=Unit.TEXT),
                Column(title="状态", label="state", unit=Unit.TEXT),
                Column(title="条数", query=query),
            ),
        ),
    )


def _resources() -> Row:
    legend = "{{cloud}} {{resource}}"
    return Row(
        title="资源",
        panels=(
            bars(
                "容量分配率",
                "What is allocated of what may be given out, by cloud and resource.",
                Query(expr=f"cloud_resource:tenantry_capacity_allocated:ratio{_CLOUD}", legend=legend),
                steps=filling(STANDARD.nearly_full),
            ),
            bars(
                "配额使用率",
                "What is used of all quotas together, by cloud and resource; 0 where any of them is unlimited.",
                Query(
                    expr='cloud_resource:tenantry_quota_used:ratio{cloud=~"$cloud", resource=~"cores|ram|gigabytes"}',
                    legend=legend,
                ),
                steps=filling(STANDARD.nearly_full),
            ),
            lines(
                "已用 vCPU", "vCPUs that projects hold.", Query(expr=_used("cores"), legend="{{cloud}}"), stacked=True
            ),
            lines(
                "已用内存",
                "Memory that projects hold.",
                Query(expr=_used("ram", "_bytes"), legend="{{cloud}}"),
                unit=Unit.BYTES,
                stacked=True,
            ),
            lines(
                "已用存储",
                "Volumes and snapshots that projects hold.",
                Query(expr=_used("gigabytes", "_bytes"), legend="{{cloud}}"),
                unit=Unit.BYTES,
                stacked=True,
            ),
            lines(
                "云服务器状态",
                "Servers by state.",
                Query(expr=f"sum by (state) ({once(f'tenantry_servers{_CLOUD}')})", legend="{{state}}"),
                stacked=True,
            ),
        ),
    )


def _tenants() -> Row:
    fullest = Query(expr=f"topk(20, tenant_resource:tenantry_quota_used:ratio{_CLOUD})")
    used = once(f"increase(tenantry_usage_vcpu_seconds_total{_CLOUD}[$__range])")
    hours = Query(expr=f"topk(20, sum by (tenant) ({used}) / 3600)")
    return Row(
        title="租户",
        panels=(
            table(
                "配额使用率最高的租户",
                "The twenty fullest sums of quotas, by tenant, cloud and resource.",
                Column(title="租户", label="tenant", unit=Unit.TEXT, link=TO_TENANT),
                Column(title="云", label="cloud", unit=Unit.TEXT),
                Column(title="服务", label="service_type", unit=Unit.TEXT),
                Column(title="资源", label="resource", unit=Unit.TEXT),
                Column(title="使用率", query=fullest, unit=Unit.RATIO, steps=filling(STANDARD.nearly_full)),
                width=12,
            ),
            table(
                "vCPU 小时最多的租户",
                "vCPU-hours in the time shown, as metered. Statements have the figures that count.",
                Column(title="租户", label="tenant", unit=Unit.TEXT, link=TO_TENANT),
                Column(title="vCPU 小时", query=hours),
                width=12,
            ),
        ),
    )


CITY: Final = Dashboard(
    uid="tenantry-city",
    title="Tenantry 城市总览",
    description="全市各云与各租户的现状、告警与资源使用。 All clouds and tenants of the city.",
    rows=(_now(), _alerts(), _resources(), _tenants()),
)
