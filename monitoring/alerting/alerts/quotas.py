"""Departments that run out of what they may hold."""

from monitoring.alerting.rule import Alert, Said, Severity
from monitoring.alerting.thresholds import Thresholds

_RATIO = "project_resource:tenantry_quota_used:ratio"
_WHAT = "{{ $labels.service_type }}/{{ $labels.resource }}{{ with $labels.tier }} ({{ . }}){{ end }}"
_WHERE = "{{ $labels.project }} of {{ $labels.tenant }} in {{ $labels.cloud }}"
_WHERE_ZH = "{{ $labels.cloud }} 中 {{ $labels.tenant }} 的项目 {{ $labels.project }}"
_USED = "{{ $value | humanizePercentage }}"


def alerts(thresholds: Thresholds) -> tuple[Alert, ...]:
    """The three stages, of which only one is true at a time."""
    return (
        Alert(
            name="QuotaNearlyFull",
            expr=f"{_RATIO} > {thresholds.nearly_full:g} < 1",
            for_="15m",
            severity=Severity.INFO,
            summary=Said(en=f"{_WHAT} nearly full: {_WHERE}", zh=f"配额 {_WHAT} 即将用尽：{_WHERE_ZH}"),
            description=Said(
                en=f"{_USED} of the quota {_WHAT} is used or reserved in {_WHERE}. At 100% the cloud refuses more.",
                zh=f"{_WHERE_ZH} 的配额 {_WHAT} 已使用（含预留） {_USED}。达到 100% 后，云平台将拒绝新的申请。",
            ),
        ),
        Alert(
            name="QuotaFull",
            expr=f"{_RATIO} == 1",
            for_="15m",
            severity=Severity.INFO,
            summary=Said(en=f"{_WHAT} full: {_WHERE}", zh=f"配额 {_WHAT} 已用尽：{_WHERE_ZH}"),
            description=Said(
                en=f"All of the quota {_WHAT} is used or reserved in {_WHERE}: the cloud refuses more.",
                zh=f"{_WHERE_ZH} 的配额 {_WHAT} 已全部使用或预留，云平台将拒绝新的申请。",
            ),
        ),
        Alert(
            name="QuotaExceeded",
            expr=f"{_RATIO} > 1",
            for_="15m",
            severity=Severity.WARNING,
            summary=Said(en=f"{_WHAT} exceeded: {_WHERE}", zh=f"配额 {_WHAT} 已超限：{_WHERE_ZH}"),
            description=Said(
                en=f"{_WHERE} holds {_USED} of its quota {_WHAT} (+Inf% of a quota of 0). The limit was lowered below what "
                "is used, or something was made past the quota.",
                zh=f"{_WHERE_ZH} 的配额 {_WHAT} 使用率为 {_USED}（限额为 0 时显示 +Inf%）。限额可能被调低至已用量以下，"
                "或有资源绕过配额创建。",
            ),
        ),
    )
