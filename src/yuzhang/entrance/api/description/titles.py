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
    "search": Title("搜索", "Search"),
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
