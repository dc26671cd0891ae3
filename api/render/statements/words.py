"""What a statement's page says, in both languages. Names from manifests are as they are."""

from collections.abc import Mapping
from typing import Final

from api.language.spoken import Language

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("Cloud resources: statement of use", "政务云资源使用结算单"),
    "month": ("Month", "账期"),
    "period": ("Period", "计费区间"),
    "state": ("State", "状态"),
    "closed": ("Closed on {at}", "已于 {at} 出账"),
    "provisional": ("Provisional: figures may still change", "未出账：数字可能变化"),
    "currency": ("Currency", "币种"),
    "cost": ("This month's charges", "本期费用"),
    "corrections": ("Corrections to earlier months", "以往账期更正"),
    "total": ("Total", "合计"),
    "change": ("Against last month", "较上期"),
    "no_previous": ("no statement last month", "上期没有结算单"),
    "by_service": ("Charges by item", "按计费项分的费用"),
    "by_unit": ("Charges by unit", "按单位分的费用"),
    "by_system": ("Charges by system", "按业务系统分的费用"),
    "history": ("Charges of the last months", "近期各账期费用"),
    "charges": ("Charges", "费用明细"),
    "quotas": ("Quota held, and used of it", "配额占有与使用"),
    "unknown": ("Times of which nothing is known", "没有数据的时段"),
    "unknown_note": (
        "No data is not zero use: what was used in these times may be added as a correction later.",
        "没有数据不等于没有使用：这些时段的用量查明后，会在以后的账期作为更正列出。",
    ),
    "none": ("None.", "无。"),
    "cloud": ("Cloud", "云平台"),
    "project": ("Project", "项目"),
    "system": ("System", "业务系统"),
    "item": ("Item", "计费项"),
    "variant": ("Variant", "规格"),
    "quantity": ("Quantity", "用量"),
    "unit": ("Unit", "单位"),
    "price": ("Price", "单价"),
    "amount": ("Cost", "费用"),
    "previous": ("Last month", "上期"),
    "coverage": ("Known", "数据覆盖"),
    "from": ("Days", "日期"),
    "time": ("Time", "时段"),
    "piece": ("unit", "个"),
    "per_hour": ("hour", "小时"),
    "per_day": ("day", "日"),
    "per_month": ("month", "月"),
    "version": ("Price list", "价格目录"),
    "of_month": ("Of month", "更正账期"),
    "resource": ("Resource", "资源"),
    "held_average": ("Held, average", "占有（平均）"),
    "held_peak": ("Held, most", "占有（最高）"),
    "used_average": ("Used, average", "使用（平均）"),
    "used_peak": ("Used, most", "使用（最高）"),
    "unlimited": ("unlimited", "不限"),
    "no_price": ("no price", "没有价格"),
    "sum": ("Sum", "小计"),
    "no_system": ("of no system", "不属于任何业务系统"),
    "no_type": ("type unknown", "类型不明"),
    "rest": ("all others", "其他"),
    "manifests": ("Manifests", "清单指纹"),
    "manual": ("Entered by hand", "人工录入"),
    "entered_by": ("Entered by", "录入人"),
    "rounding": (
        "Each line is rounded to two places, half to even; sums are of rounded lines. Months have their real days, in China.",
        "每行按“四舍六入五成双”保留两位小数，合计是各行之和；按当期实际天数计；时间为北京时间。",
    ),
    "confirmed": ("Confirmed by the unit (name, date)", "使用单位确认（签字、日期）"),
    "server": ("server", "云服务器"),
    "volume": ("volume", "云硬盘"),
    "snapshot": ("snapshot", "快照"),
    "backup": ("backup", "备份"),
    "image": ("image", "镜像"),
    "floating-ip": ("floating IP", "公网地址"),
    "count": ("count", "个数"),
    "vcpus": ("vCPU", "vCPU"),
    "memory_bytes": ("memory", "内存"),
    "root_bytes": ("root disk", "系统盘"),
    "ephemeral_bytes": ("ephemeral disk", "临时盘"),
    "size_bytes": ("size", "容量"),
}


def word(key: str, language: Language, **values: str) -> str:
    """What stands under a key."""
    english, chinese = _WORDS[key]
    return (chinese if language is Language.CHINESE else english).format(**values)
