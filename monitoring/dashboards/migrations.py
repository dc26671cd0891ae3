"""应用迁移: which waves and migrations are under way, how far they are, how long applications stood still, what was left behind."""

from typing import Final

from monitoring.alerting.rule import once
from monitoring.alerting.thresholds import STANDARD
from monitoring.dashboards.dashboard import Dashboard, Row
from monitoring.dashboards.panel import NONE_WANTED, Column, Query, Unit
from monitoring.dashboards.shapes import lines, number, table

_FROM: Final = '{source_cloud=~"$cloud"}'
_AT: Final = '{cloud=~"$cloud"}'
_LINK: Final = "{{source_cloud}} → {{target_cloud}}"


def _downtime(part: float) -> str:
    buckets = once(f"increase(tenantry_migration_downtime_seconds_bucket{_FROM}[30d])")
    return f"histogram_quantile({part:g}, sum by (le) ({buckets}))"


def _or_none(expr: str) -> str:
    """0 where no migration ever was."""
    return f"{expr} or vector(0)"


def _now() -> Row:
    manual = once('tenantry_migrations{source_cloud=~"$cloud", state="manual"}')
    closed = once('increase(tenantry_migrations_ended_total{source_cloud=~"$cloud", state="closed"}[30d])')
    back = once('increase(tenantry_migrations_ended_total{source_cloud=~"$cloud", state="rolled-back"}[30d])')
    return Row(
        title="现状",
        panels=(
            number("进行中的批次", "Waves that were started and have not ended.", f"sum({once('tenantry_waves')})"),
            number("进行中的迁移", "Migrations that have not ended.", f"sum({once(f'tenantry_migrations{_FROM}')})"),
            number(
                "等待人工处理",
                f"Migrations that only a person can move on; somebody is told after {STANDARD.manual_minutes:g} minutes.",
                _or_none(f"sum({manual})"),
                steps=NONE_WANTED,
            ),
            number("三十天内完成", "Migrations whose source is gone, within thirty days.", _or_none(f"sum({closed})")),
            number("三十天内回退", "Migrations that were taken back within thirty days.", _or_none(f"sum({back})")),
            number(
                "遗留对象",
                "What ended or unknown migrations left in clouds, as it was last looked for.",
                f"sum({once(f'tenantry_migration_orphans{_AT}')})",
                steps=NONE_WANTED,
            ),
        ),
    )


def _under_way() -> Row:
    age = Query(expr=f"migration:tenantry_migration_phase_start_age_seconds:max{_FROM} + 0")
    idle = Query(expr=f"migration:tenantry_migration_last_progress_age_seconds:max{_FROM} + 0")
    left = Query(expr=f"{once(f'tenantry_migration_window_end_timestamp_seconds{_FROM}')} - time()")
    return Row(
        title="进行中",
        panels=(
            table(
                "各应用",
                "Each migration under way: its state, for how long, how long ago a step last ended, and what its window has left.",
                Column(title="应用", label="application", unit=Unit.TEXT),
                Column(title="批次", label="wave", unit=Unit.TEXT),
                Column(title="源云", label="source_cloud", unit=Unit.TEXT),
                Column(title="目标云", label="target_cloud", unit=Unit.TEXT),
                Column(title="状态", label="state", unit=Unit.TEXT),
                Column(title="已停留", query=age, unit=Unit.SECONDS),
                Column(title="距上一步完成", query=idle, unit=Unit.SECONDS),
                Column(title="窗口剩余", query=left, unit=Unit.SECONDS),
            ),
            lines(
                "复制进度",
                "The part of each migration's disks that has arrived.",
                Query(expr=f"migration:tenantry_migration_copied:ratio{_FROM}", legend="{{application}}"),
                unit=Unit.RATIO,
            ),
            lines(
                "各状态的迁移",
                "Migrations that have not ended, by state.",
                Query(expr=f"sum by (state) ({once(f'tenantry_migrations{_FROM}')})", legend="{{state}}"),
                stacked=True,
            ),
        ),
    )


def _links() -> Row:
    travelled = once(f"rate(tenantry_migration_link_bytes_total{_FROM}[1h])")
    return Row(
        title="链路与停机",
        panels=(
            lines(
                "单盘速度",
                "Bytes a second of one disk on its way, by link: of those that arrived within the hour, or else of all that ever did.",
                Query(expr=f"link:tenantry_migration_disk_bytes_per_second:rate{_FROM}", legend=_LINK),
                unit=Unit.BYTES,
            ),
            lines(
                "链路流量",
                "Bytes a second of all disks that arrived, over the last hour, by link.",
                Query(expr=f"sum by (source_cloud, target_cloud) ({travelled})", legend=_LINK),
                unit=Unit.BYTES,
            ),
            lines(
                "停机时间",
                "How long applications stood still, of those that came to serve within thirty days: half of them and nine of ten.",
                Query(expr=_downtime(0.5), legend="50%"),
                Query(expr=_downtime(0.9), legend="90%"),
                unit=Unit.SECONDS,
            ),
            lines(
                "遗留对象变化",
                "What was left behind, by cloud and sort, as it was last looked for.",
                Query(expr=once(f"tenantry_migration_orphans{_AT}"), legend="{{cloud}} {{kind}}"),
                stacked=True,
            ),
        ),
    )


MIGRATIONS: Final = Dashboard(
    uid="tenantry-migrations",
    title="Tenantry 应用迁移",
    description="批次与应用的迁移进度、停机时间、链路速度与遗留对象。 Waves, migrations, downtime, links and leftovers.",
    since="now-24h",
    rows=(_now(), _under_way(), _links()),
)
