"""Migrations that do not come to their end: nothing moves, a person is waited for, or the window closes on what is not done."""

from monitoring.alerting.rule import Alert, Said, Severity, once
from monitoring.alerting.thresholds import Thresholds

_OF = "{{ $labels.application }} (wave {{ $labels.wave }})"
_OF_ZH = "{{ $labels.application }}（批次 {{ $labels.wave }}）"
_MINUTE_S = 60
#: States in which Tenantry itself is at work, from where the window opened.
_AT_WORK = 'state=~"ready|quiesced|final-copy|built|verifying|compensating"'
#: Those in which the application does not serve where it is to.
_BEFORE_SERVING = 'state=~"ready|quiesced|final-copy|built|verifying"'


def alerts(thresholds: Thresholds) -> tuple[Alert, ...]:
    """What is told of migrations under way."""
    return (_stalled(thresholds), _person(thresholds), _window(thresholds))


def _stalled(thresholds: Thresholds) -> Alert:
    age = f"migration:tenantry_migration_last_progress_age_seconds:max{{{_AT_WORK}}}"
    travels = f"changes({once('tenantry_migration_copied_bytes')}[15m:1m]) > 0"
    return Alert(
        name="MigrationStalled",
        expr=f"{age} > {thresholds.stall_minutes * _MINUTE_S:g}\nunless on (migration) {travels}",
        for_="5m",
        severity=Severity.CRITICAL,
        summary=Said(en=f"The migration of {_OF} does not move", zh=f"迁移停滞：{_OF_ZH}"),
        description=Said(
            en=f"{_OF} is {{{{ $labels.state }}}}, from {{{{ $labels.source_cloud }}}} to {{{{ $labels.target_cloud }}}}; no step "
            "ended and no byte travelled for {{ $value | humanizeDuration }}.",
            zh=f"{_OF_ZH} 处于 {{{{ $labels.state }}}}，由 {{{{ $labels.source_cloud }}}} 迁往 {{{{ $labels.target_cloud }}}}；"
            "已有 {{ $value | humanizeDuration }} 没有步骤完成，也没有数据传输。",
        ),
    )


def _person(thresholds: Thresholds) -> Alert:
    age = 'migration:tenantry_migration_phase_start_age_seconds:max{state="manual"}'
    return Alert(
        name="MigrationNeedsPerson",
        expr=f"{age} > {thresholds.manual_minutes * _MINUTE_S:g}",
        for_="1m",
        severity=Severity.CRITICAL,
        summary=Said(en=f"The migration of {_OF} waits for a person", zh=f"迁移等待人工处理：{_OF_ZH}"),
        description=Said(
            en=f"Tenantry can neither go on with {_OF} nor take it back by itself, for {{{{ $value | humanizeDuration }}}}.",
            zh=f"Tenantry 既无法继续 {_OF_ZH} 的迁移，也无法自动撤回，已持续 {{{{ $value | humanizeDuration }}}}。",
        ),
    )


def _window(thresholds: Thresholds) -> Alert:
    end = once(f"tenantry_migration_window_end_timestamp_seconds{{{_BEFORE_SERVING}}}")
    return Alert(
        name="WindowClosing",
        expr=f"{end} - time() < {thresholds.window_minutes * _MINUTE_S:g}",
        for_="1m",
        severity=Severity.CRITICAL,
        summary=Said(en=f"The window of {_OF} closes", zh=f"迁移窗口即将关闭：{_OF_ZH}"),
        description=Said(
            en=f"{_OF} is still {{{{ $labels.state }}}}, and its window has {{{{ $value | humanizeDuration }}}} left; less than "
            "none means that it has closed.",
            zh=f"{_OF_ZH} 仍处于 {{{{ $labels.state }}}}，窗口剩余 {{{{ $value | humanizeDuration }}}}；负值表示窗口已关闭。",
        ),
    )
