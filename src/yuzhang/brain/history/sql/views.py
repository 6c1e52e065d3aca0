"""The tables that history offers to officers. The default tenant's rows only; what is deleted is not among them.

`text` is the value where it is no number. `present` is the database of the present, `lake` the lake.
"""

from yuzhang.brain.history.sql.model import Column, Example, View
from yuzhang.core.language import Title

NAMES = [
    Column("series", "INTEGER", "序列编号", "number of the series"),
    Column("entity", "VARCHAR", "实体", "id of the entity"),
    Column("type", "VARCHAR", "实体类型", "type of the entity"),
    Column("attribute", "VARCHAR", "属性", "name of the attribute"),
    Column("dataset", "VARCHAR", "数据集，默认为空", "dataset; empty for the default one"),
]
OBSERVATIONS = View(
    "observations",
    "reader",
    "每一个观测值",
    "every observed value",
    """SELECT o.series, s.entity, s.entity_type AS type, s.attribute, s.dataset, o.time, o.value,
    CASE WHEN o.value IS NULL THEN coalesce(json_extract_string(o.rest, '$.value'), json_extract_string(o.rest, '$.object'), o.rest) END
    AS text, json_extract_string(o.rest, '$.unitCode') AS unit, o.observed, o.modified
    FROM lake.main.observations o JOIN lake.main.history_series s ON s.number = o.series WHERE s.tenant = '' AND NOT o.deleted""",
    [
        *NAMES,
        Column("time", "TIMESTAMP", "观测时间（UTC）", "when it was observed (UTC)"),
        Column("value", "DOUBLE", "数值；非数值为空", "the number; null if it is none"),
        Column("text", "VARCHAR", "非数值的值", "the value that is no number"),
        Column("unit", "VARCHAR", "单位（UN/CEFACT 代码）", "unit (UN/CEFACT code)"),
        Column("observed", "BOOLEAN", "时间是否为观测时间", "whether `time` is that of the observation"),
        Column("modified", "TIMESTAMP", "写入时间（UTC）", "when it was written (UTC)"),
    ],
    observed=True,
)
SERIES = View(
    "series",
    "reader",
    "每个序列及其最新值",
    "every series with its newest value",
    """SELECT s.number AS series, s.entity, s.entity_type AS type, s.attribute, s.dataset, make_timestamp(p.first_time) AS first_time,
    make_timestamp(p.last_time) AS last_time, p.last_value AS value, CASE WHEN p.last_value IS NULL THEN
    coalesce(json_extract_string(p.last_rest, '$.value'), json_extract_string(p.last_rest, '$.object'), p.last_rest) END AS text,
    json_extract_string(p.last_rest, '$.unitCode') AS unit
    FROM lake.main.history_series s JOIN present.history_series p ON p.number = s.number WHERE s.tenant = ''""",
    [
        *NAMES,
        Column("first_time", "TIMESTAMP", "最早时间（UTC）", "its first time (UTC)"),
        Column("last_time", "TIMESTAMP", "最新时间（UTC）", "its newest time (UTC)"),
        Column("value", "DOUBLE", "最新数值", "the newest number"),
        Column("text", "VARCHAR", "最新的非数值", "the newest value that is no number"),
        Column("unit", "VARCHAR", "单位", "unit"),
    ],
    observed=True,
)
ROLLUPS = View(
    "rollups",
    "reader",
    "抽稀后的旧数据",
    "older observations, thinned",
    """SELECT r.series, s.entity, s.entity_type AS type, s.attribute, s.dataset, r.step_s, r.time, r.count, r.mean, r.low, r.high, r.first,
    r.last FROM lake.main.rollups r JOIN lake.main.history_series s ON s.number = r.series WHERE s.tenant = ''""",
    [
        *NAMES,
        Column("step_s", "INTEGER", "间隔（秒）", "step in seconds"),
        Column("time", "TIMESTAMP", "间隔开始（UTC）", "beginning of the step (UTC)"),
        Column("count", "BIGINT", "观测个数", "how many observations"),
        Column("mean", "DOUBLE", "平均", "mean"),
        Column("low", "DOUBLE", "最低", "lowest"),
        Column("high", "DOUBLE", "最高", "highest"),
        Column("first", "DOUBLE", "第一个", "first"),
        Column("last", "DOUBLE", "最后一个", "last"),
    ],
    observed=True,
)
VIEWS = [OBSERVATIONS, SERIES, ROLLUPS]
EXAMPLES = [
    Example(
        Title("最新的值", "The newest values"),
        "SELECT entity, attribute, last_time, value, unit\nFROM series\nORDER BY last_time DESC\nLIMIT 100",
    ),
    Example(
        Title("逐日平均与极值", "Mean and extremes by day"),
        "SELECT entity, attribute, date_trunc('day', time) AS day, avg(value) AS mean, min(value) AS low, max(value) AS high\n"
        "FROM observations\nWHERE time >= now()::TIMESTAMP - INTERVAL 30 DAY\nGROUP BY ALL\nORDER BY ALL",
    ),
    Example(
        Title("没有新数据的序列", "Series that fell silent"),
        "SELECT type, entity, attribute, last_time\nFROM series\nWHERE last_time < now()::TIMESTAMP - INTERVAL 1 DAY\nORDER BY last_time",
    ),
]
