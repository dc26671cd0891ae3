"""租户: what a department holds and uses, and how near it is to its quotas."""

from typing import Final

from monitoring.alerting.rule import once
from monitoring.alerting.thresholds import STANDARD
from monitoring.dashboards.dashboard import CLOUD, TENANT, Dashboard, Row
from monitoring.dashboards.panel import NONE_WANTED, Colour, Column, Query, Step, Unit, filling
from monitoring.dashboards.shapes import lines, number, table

_MINE: Final = 'tenant=~"$tenant", cloud=~"$cloud"'
_RATIO: Final = "project_resource:tenantry_quota_used:ratio"


def _of(family: str, more: str = "") -> str:
    return once(f"{family}{{{_MINE}{more}}}")


def _total(family: str, resource: str) -> str:
    only = f', resource="{resource}"'
    return f"sum({_of(family, only)})"


def _now() -> Row:
    return Row(
        title="现状",
        panels=(
            number("云服务器", "Servers in any state.", f"sum({_of('tenantry_servers')})"),
            number("已用 vCPU", "vCPUs held.", _total("tenantry_quota_used", "cores")),
            number("已用内存", "Memory held.", _total("tenantry_quota_used_bytes", "ram"), unit=Unit.BYTES),
            number(
                "已用存储",
                "Volumes and snapshots held.",
                _total("tenantry_quota_used_bytes", "gigabytes"),
                unit=Unit.BYTES,
            ),
            number(
                "偏差属性",
                "Properties that are no longer as they were applied.",
                f"sum({_of('tenantry_quota_drift_resources')})",
                steps=NONE_WANTED,
            ),
            number(
                "计量覆盖率",
                "The part of the running month that metering covers, of the cloud that has least.",
                f"min({_of('tenantry_metering_coverage_ratio')})",
                unit=Unit.RATIO,
                steps=(Step(colour=Colour.BAD), Step(colour=Colour.GOOD, value=STANDARD.coverage)),
            ),
        ),
    )


def _quota_columns(suffix: str, unit: Unit) -> tuple[Column, ...]:
    group = "sum by (tenant, project, cloud, service_type, resource)"
    used, reserved, limit = (
        Query(expr=f"{group} ({_of(f'tenantry_quota_{each}{suffix}')})") for each in ("used", "reserved", "limit")
    )
    spare = Query(expr=f"{limit.expr} - {used.expr}")
    return (
        Column(title="租户", label="tenant", unit=Unit.TEXT),
        Column(title="项目", label="project", unit=Unit.TEXT),
        Column(title="云", label="cloud", unit=Unit.TEXT),
        Column(title="服务", label="service_type", unit=Unit.TEXT),
        Column(title="资源", label="resource", unit=Unit.TEXT),
        Column(title="已用", query=used, unit=unit),
        Column(title="预留", query=reserved, unit=unit),
        Column(title="限额", query=limit, unit=unit),
        Column(title="剩余", query=spare, unit=unit),
    )


def _quotas() -> Row:
    fullest = Query(expr=f"topk(50, {_RATIO}{{{_MINE}}})")
    return Row(
        title="配额",
        panels=(
            table(
                "使用率",
                "Used and reserved, of the limit, the fullest fifty; with a volume type, of the quota for that type alone.",
                Column(title="租户", label="tenant", unit=Unit.TEXT),
                Column(title="项目", label="project", unit=Unit.TEXT),
                Column(title="云", label="cloud", unit=Unit.TEXT),
                Column(title="资源", label="resource", unit=Unit.TEXT),
                Column(title="卷类型", label="tier", unit=Unit.TEXT),
                Column(title="使用率", query=fullest, unit=Unit.RATIO, steps=filling(STANDARD.nearly_full)),
                width=12,
            ),
            lines(
                "使用率变化",
                "The ten fullest quotas over time.",
                Query(expr=f"topk(10, {_RATIO}{{{_MINE}}})", legend="{{project}} {{cloud}} {{resource}} {{tier}}"),
                unit=Unit.RATIO,
            ),
            table(
                "计数类配额",
                "Resources that are counted; +Inf is unlimited.",
                *_quota_columns("", Unit.NUMBER),
            ),
            table(
                "内存与存储配额",
                "Memory and storage; +Inf is unlimited.",
                *_quota_columns("_bytes", Unit.BYTES),
            ),
        ),
    )


def _usage() -> Row:
    vcpus = once(f"rate(tenantry_usage_vcpu_seconds_total{{{_MINE}}}[1h])")
    memory = once(f"rate(tenantry_usage_memory_byte_seconds_total{{{_MINE}}}[1h])")
    storage = once(f"rate(tenantry_usage_storage_byte_seconds_total{{{_MINE}}}[1h])")
    return Row(
        title="使用",
        panels=(
            lines(
                "云服务器状态",
                "Servers by state.",
                Query(expr=f"sum by (state) ({_of('tenantry_servers')})", legend="{{state}}"),
                stacked=True,
            ),
            lines(
                "卷状态",
                "Volumes by state.",
                Query(expr=f"sum by (state) ({_of('tenantry_volumes')})", legend="{{state}}"),
                stacked=True,
            ),
            lines(
                "平均 vCPU",
                "vCPU-seconds a second, over an hour, as metered: vCPUs of servers that were not shelved.",
                Query(expr=f"sum by (cloud) ({vcpus})", legend="{{cloud}}"),
                stacked=True,
            ),
            lines(
                "平均内存",
                "The same of their memory.",
                Query(expr=f"sum by (cloud) ({memory})", legend="{{cloud}}"),
                unit=Unit.BYTES,
                stacked=True,
            ),
            lines(
                "平均存储",
                "Volumes, by volume type, over an hour, as metered.",
                Query(expr=f"sum by (tier) ({storage})", legend="{{tier}}"),
                unit=Unit.BYTES,
                stacked=True,
            ),
            lines(
                "浮动 IP",
                "Floating IPs by whether a port has them; those without one cost and serve nobody.",
                Query(expr=f"sum by (state) ({_of('tenantry_floating_ips')})", legend="{{state}}"),
                stacked=True,
            ),
        ),
    )


def _standing() -> Row:
    state = Query(expr=f"{_of('tenantry_reconcile')} == 1")
    cost = Query(expr=f"sum by (tenant, cloud, currency) ({_of('tenantry_cost_accrued')})")
    return Row(
        title="状态与费用",
        panels=(
            table(
                "各云状态",
                "How it stands in each cloud.",
                Column(title="租户", label="tenant", unit=Unit.TEXT),
                Column(title="云", label="cloud", unit=Unit.TEXT),
                Column(title="状态", label="tenantry_reconcile", unit=Unit.TEXT),
                Column(title="计数", query=state),
                width=12,
            ),
            table(
                "本月费用（暂计）",
                "Cost of the running month up to now: provisional. Statements have the figures that count.",
                Column(title="租户", label="tenant", unit=Unit.TEXT),
                Column(title="云", label="cloud", unit=Unit.TEXT),
                Column(title="币种", label="currency", unit=Unit.TEXT),
                Column(title="费用", query=cost),
                width=12,
            ),
        ),
    )


TENANT_PAGE: Final = Dashboard(
    uid="tenantry-tenant",
    title="Tenantry 租户",
    description="各部门的配额、用量与状态。 What departments hold and use, and how near they are to their quotas.",
    variables=(TENANT, CLOUD),
    since="now-7d",
    rows=(_now(), _quotas(), _usage(), _standing()),
)
