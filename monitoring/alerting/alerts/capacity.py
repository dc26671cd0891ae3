"""Clouds that have no room left for the loss of a host."""

from monitoring.alerting.rule import Alert, Said, Severity

_SPARE = "tenantry_capacity_spare"


def _negative(level: str) -> str:
    return f"{level}:{_SPARE}:sum < 0\nor\n{level}:{_SPARE}_bytes:sum < 0"


def alerts() -> tuple[Alert, ...]:
    """By cloud, with what requests have reserved; and by availability zone, into which nothing can be moved from outside."""
    return (
        Alert(
            name="CapacityShort",
            expr=_negative("cloud_resource"),
            for_="30m",
            severity=Severity.WARNING,
            summary=Said(
                en="{{ $labels.cloud }} is short of {{ $labels.resource }} if a host fails",
                zh="{{ $labels.cloud }} 的 {{ $labels.resource }} 容量不足以承受一台主机故障",
            ),
            description=Said(
                en="Without its largest host, {{ $labels.cloud }} has {{ $value | humanize }} of {{ $labels.resource }} left "
                "beside what is allocated and what requests have reserved (memory and storage in bytes).",
                zh="若失去最大的一台主机，扣除已分配和在办申请已预留的容量后，{{ $labels.cloud }} 的 {{ $labels.resource }} "
                "余量为 {{ $value | humanize }}（内存和存储以字节计）。",
            ),
        ),
        Alert(
            name="ZoneCapacityShort",
            expr=_negative("zone_resource"),
            for_="30m",
            severity=Severity.WARNING,
            summary=Said(
                en="Zone {{ $labels.availability_zone }} of {{ $labels.cloud }} is short of {{ $labels.resource }} if a host fails",
                zh="{{ $labels.cloud }} 可用区 {{ $labels.availability_zone }} 的 {{ $labels.resource }} 容量不足以承受一台主机故障",
            ),
            description=Said(
                en="Without its largest host, zone {{ $labels.availability_zone }} of {{ $labels.cloud }} has "
                "{{ $value | humanize }} of {{ $labels.resource }} left beside what is allocated (memory and storage in bytes). "
                "Servers of that host could not all start again in their zone.",
                zh="若失去最大的一台主机，扣除已分配的容量后，{{ $labels.cloud }} 可用区 {{ $labels.availability_zone }} 的 "
                "{{ $labels.resource }} 余量为 {{ $value | humanize }}（内存和存储以字节计），该主机上的云服务器无法全部在本可用区恢复。",
            ),
        ),
    )
