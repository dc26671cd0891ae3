"""Figures that are old, lack something, or do not fit on the page."""

from monitoring.alerting.rule import Alert, Said, Severity, once
from monitoring.alerting.thresholds import Thresholds

_OF = "{{ $labels.collector }} of {{ $labels.cloud }}"
_OF_ZH = "{{ $labels.cloud }} 的 {{ $labels.collector }}"
_AGE = "collector:tenantry_collector_last_success_age_seconds:max"


def alerts(thresholds: Thresholds) -> tuple[Alert, ...]:
    """Collectors, metering, and the budget of series."""
    return (
        _stale(thresholds),
        Alert(
            name="CollectorPartial",
            expr=f"{once('tenantry_collector_complete')} == 0",
            for_="15m",
            severity=Severity.INFO,
            summary=Said(en=f"Collected only in part: {_OF}", zh=f"采集不完整：{_OF_ZH}"),
            description=Said(
                en=f"The last run of {_OF} lacks a part. What it lacks is shown as it was before, or not at all.",
                zh=f"{_OF_ZH} 最近一次采集缺少部分数据。缺少的部分仍显示此前的数据，或不显示。",
            ),
        ),
        Alert(
            name="CoverageBelowTarget",
            expr=f"{once('tenantry_metering_coverage_ratio')} < {thresholds.coverage:g}",
            for_="1h",
            severity=Severity.WARNING,
            summary=Said(
                en="Metering of {{ $labels.tenant }} in {{ $labels.cloud }} has gaps",
                zh="{{ $labels.tenant }} 在 {{ $labels.cloud }} 的计量存在缺口",
            ),
            description=Said(
                en="Looks cover {{ $value | humanizePercentage }} of the running month; the target is "
                f"{thresholds.coverage:.4g} of it. The statement will say so.",
                zh=f"本月已观测时长的覆盖率为 {{{{ $value | humanizePercentage }}}}，目标为 {thresholds.coverage:.4g}。月度账单将注明缺口。",
            ),
        ),
        *_budget(thresholds),
    )


def _stale(thresholds: Thresholds) -> Alert:
    """Too old, by the collector's own interval; or tried and never done, which is endlessly old."""
    attempt, success = (once(f"tenantry_collector_last_{each}_timestamp_seconds") for each in ("attempt", "success"))
    interval = f"{thresholds.stale_intervals:g} * {once('tenantry_collector_interval_seconds')}"
    return Alert(
        name="CollectorStale",
        expr=f"{_AGE} > {interval}\nor\n({attempt} unless {success}) + Inf",
        for_="5m",
        severity=Severity.WARNING,
        summary=Said(en=f"Not collected in whole for too long: {_OF}", zh=f"长时间未完整采集：{_OF_ZH}"),
        description=Said(
            en=f"All of {_OF} was last collected {{{{ $value | humanizeDuration }}}} ago (+Inf: never). What is no longer "
            "known is taken off the page of metrics, and metering has a gap until the next whole look.",
            zh=f"{_OF_ZH} 上一次完整采集距今 {{{{ $value | humanizeDuration }}}}（+Inf 表示从未完成）。过期数据将从指标页撤下，"
            "计量在下一次完整采集前存在缺口。",
        ),
    )


def _budget(thresholds: Thresholds) -> tuple[Alert, ...]:
    used = f"sum({once('tenantry_exporter_series')})"
    return (
        Alert(
            name="SeriesBudgetNear",
            expr=f"{used} / max(tenantry_exporter_series_limit) > {thresholds.series:g}",
            for_="30m",
            severity=Severity.INFO,
            summary=Said(en="The page of metrics is nearly full", zh="指标页的时间序列数量接近上限"),
            description=Said(
                en="{{ $value | humanizePercentage }} of the series budget is used. Beyond it, the least important families "
                "are left out.",
                zh="时间序列预算已使用 {{ $value | humanizePercentage }}。超出后，次要的指标将被舍弃。",
            ),
        ),
        Alert(
            name="SeriesDropped",
            expr=f"{once('tenantry_exporter_series_dropped')} > 0",
            for_="5m",
            severity=Severity.WARNING,
            summary=Said(en=f"Series are left out: {_OF}", zh=f"部分时间序列被舍弃：{_OF_ZH}"),
            description=Said(
                en=f"{{{{ $value }}}} series of {_OF} are left out to keep within the budget: dashboards and rules lack them.",
                zh=f"为遵守预算，{_OF_ZH} 有 {{{{ $value }}}} 个时间序列被舍弃，看板和告警缺少这些数据。",
            ),
        ),
    )
