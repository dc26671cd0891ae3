"""Work that does not come to its end: drift, looks, reviews, operations, and the processes that do it."""

from monitoring.alerting.rule import JOB, Alert, Said, Severity, once
from monitoring.alerting.thresholds import Thresholds

_OF = "{{ $labels.tenant }} in {{ $labels.cloud }}"
_OF_ZH = "{{ $labels.tenant }}（{{ $labels.cloud }}）"
_HOUR_S = 3600
_MINUTE_S = 60


def alerts(thresholds: Thresholds) -> tuple[Alert, ...]:
    """What keeps clouds as they were approved, and requests moving."""
    return (*_keeping(thresholds), *_moving(thresholds), *_processes())


def _keeping(thresholds: Thresholds) -> tuple[Alert, ...]:
    failing = 'tenantry_reconcile{tenantry_reconcile=~"failed|blocked"}'
    return (
        Alert(
            name="DriftPersistent",
            expr=f"tenant:tenantry_drift_oldest_age_seconds:max > {thresholds.drift_hours * _HOUR_S:g}",
            for_="15m",
            severity=Severity.WARNING,
            summary=Said(en=f"Drift lasts: {_OF}", zh=f"配置偏差长期存在：{_OF_ZH}"),
            description=Said(
                en=f"Something of {_OF} has not been as it was approved for {{{{ $value | humanizeDuration }}}}.",
                zh=f"{_OF_ZH} 有资源与批准内容不一致，已持续 {{{{ $value | humanizeDuration }}}}。",
            ),
        ),
        Alert(
            name="ReconcileFailing",
            expr=f"{once(failing)} == 1",
            for_="30m",
            severity=Severity.WARNING,
            summary=Said(en=f"{_OF} is {{{{ $labels.tenantry_reconcile }}}}", zh=f"无法维持批准状态：{_OF_ZH}"),
            description=Said(
                en=f"{_OF} stands as {{{{ $labels.tenantry_reconcile }}}}: its last operation failed, it cannot be read, or "
                "what was found cannot be corrected.",
                zh=f"{_OF_ZH} 的状态为 {{{{ $labels.tenantry_reconcile }}}}：上一次操作失败、无法读取，或发现的偏差无法纠正。",
            ),
        ),
        Alert(
            name="ReconcileStale",
            expr=f"tenant:tenantry_reconcile_last_success_age_seconds:max > {thresholds.look_hours * _HOUR_S:g}",
            for_="15m",
            severity=Severity.WARNING,
            summary=Said(en=f"Nobody has looked at {_OF}", zh=f"长时间未检查：{_OF_ZH}"),
            description=Said(
                en=f"{_OF} was last looked at in whole {{{{ $value | humanizeDuration }}}} ago: drift since then is unknown.",
                zh=f"{_OF_ZH} 上一次完整检查距今 {{{{ $value | humanizeDuration }}}}，此后是否有偏差未知。",
            ),
        ),
    )


def _moving(thresholds: Thresholds) -> tuple[Alert, ...]:
    age = 'state:tenantry_operation_oldest_age_seconds:max{state=~"queued|running"}'
    return (
        Alert(
            name="RequestOverDeadline",
            expr=f"{once('tenantry_requests_overdue')} > 0",
            for_="15m",
            severity=Severity.WARNING,
            summary=Said(
                en="Requests wait past their deadline: {{ $labels.state }}", zh="申请超过办理时限：{{ $labels.state }}"
            ),
            description=Said(
                en="{{ $value }} requests in {{ $labels.state }} have waited longer than the review may take, in working days.",
                zh="{{ $value }} 件处于 {{ $labels.state }} 的申请已超过办理时限（按工作日计）。",
            ),
        ),
        Alert(
            name="OperationStuck",
            expr=f"{age} > {thresholds.operation_minutes * _MINUTE_S:g}",
            for_="5m",
            severity=Severity.WARNING,
            summary=Said(
                en="An operation in {{ $labels.cloud }} does not end ({{ $labels.state }})",
                zh="{{ $labels.cloud }} 有操作迟迟未完成（{{ $labels.state }}）",
            ),
            description=Said(
                en="The oldest operation that is {{ $labels.state }} in {{ $labels.cloud }} was queued "
                "{{ $value | humanizeDuration }} ago.",
                zh="{{ $labels.cloud }} 中最早的 {{ $labels.state }} 操作已排队 {{ $value | humanizeDuration }}。",
            ),
        ),
    )


def _processes() -> tuple[Alert, ...]:
    return (
        Alert(
            name="WorkersGone",
            expr="max(tenantry_workers) == 0",
            for_="5m",
            severity=Severity.CRITICAL,
            summary=Said(en="No worker is alive", zh="没有存活的工作进程"),
            description=Said(
                en="Nothing is carried out, collected or kept as approved until `tenantry work` runs again.",
                zh="在 `tenantry work` 恢复运行之前，不会执行操作、采集数据或维持批准状态。",
            ),
        ),
        Alert(
            name="TenantryDown",
            expr=f'absent(up{{job="{JOB}"}} == 1)',
            for_="5m",
            severity=Severity.CRITICAL,
            summary=Said(en="No Tenantry answers Prometheus", zh="Tenantry 全部无法访问"),
            description=Said(
                en=f"No target of the job `{JOB}` can be scraped, or Prometheus has none: no other alert here can fire.",
                zh=f"任务 `{JOB}` 没有任何可抓取的目标，其他 Tenantry 告警均无法触发。",
            ),
        ),
        Alert(
            name="TenantryInstanceDown",
            expr=f'up{{job="{JOB}"}} == 0',
            for_="10m",
            severity=Severity.WARNING,
            summary=Said(
                en="{{ $labels.instance }} does not answer Prometheus",
                zh="{{ $labels.instance }} 无法被 Prometheus 抓取",
            ),
            description=Said(
                en="One of Tenantry's processes cannot be scraped. Others may still answer people and programs.",
                zh="Tenantry 的一个服务进程无法抓取，其余进程可能仍在正常服务。",
            ),
        ),
    )
