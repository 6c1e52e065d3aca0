"""The parts of the API in both languages, in the order in which they are shown."""

from collections.abc import Mapping

from yuzhang.core.language import Title

PARTS: Mapping[str, Title] = {
    "context": Title("城市现状（NGSI-LD）", "The city's present (NGSI-LD)"),
    "temporal": Title("城市过往（NGSI-LD）", "The city's past (NGSI-LD)"),
    "history": Title("历史数据", "History"),
    "observations": Title("观测数据接入", "Observations come in"),
    "sensorthings": Title("传感数据（OGC SensorThings）", "Sensors (OGC SensorThings)"),
    "sql": Title("SQL 查询", "SQL"),
    "plans": Title("规划与评估", "Plans and their evaluation"),
    "figures": Title("统计数据", "Figures"),
    "devices": Title("设备登记", "Devices"),
    "sources": Title("数据来源", "Sources"),
    "dead-letters": Title("死信", "Dead letters"),
    "air": Title("空气质量", "Air quality"),
    "network": Title("设备健康", "Health of devices"),
    "units": Title("单位", "Units"),
    "regions": Title("区域", "Regions"),
    "rules": Title("规则", "Rules"),
    "events": Title("事件", "Events"),
    "cases": Title("办件", "Cases"),
    "city": Title("城市屏", "The city's screen"),
    "packs": Title("应用包", "Packs"),
    "open311": Title("问题上报（Open311）", "Reports (Open311)"),
    "search": Title("搜索", "Search"),
    "parties": Title("用户", "Parties"),
    "account": Title("本人账户", "One's account"),
    "keys": Title("应用密钥", "Keys of applications"),
    "webhooks": Title("网络回调", "Webhooks"),
    "policy": Title("访问策略", "Policies"),
    "audit": Title("审计", "Audit"),
    "openid": Title("登录（OpenID Connect）", "Sign-in (OpenID Connect)"),
    "classification": Title("数据分级分类", "Classification of data"),
    "operation": Title("运行", "Operation"),
    "other": Title("其他", "Other"),
}
STARTS = (
    ("/ngsi-ld/v1/temporal", "temporal"),
    ("/ngsi-ld/", "context"),
    ("/sensorthings/", "sensorthings"),
    ("/api/plans", "plans"),
    ("/open311/", "open311"),
    ("/.well-known/", "openid"),
    ("/oauth2/", "openid"),
    ("/health", "operation"),
    ("/ready", "operation"),
    ("/metrics", "operation"),
    ("/api/openapi.json", "operation"),
)


def part_of(path: str) -> str:
    """The part that an address belongs to.

    >>> part_of("/ngsi-ld/v1/temporal/entities"), part_of("/api/keys/{key}"), part_of("/somewhere")
    ('temporal', 'keys', 'other')
    """
    for start, part in STARTS:
        if path.startswith(start):
            return part
    second = path.split("/")[2] if path.startswith("/api/") else ""
    return second if second in PARTS else "other"


def tag_of(part: str) -> str:
    """The tag of a part, in both languages."""
    return f"{PARTS[part].zh} · {PARTS[part].en}"
