"""The indicator tables of a plan: merged and broken cells put right, numbers read where numbers stand.

A row that cannot be read fully is kept with what can be read: a reviewer sees its words.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from yuzhang.plan.model import Binding, Comparator
from yuzhang.plan.reading.lines import Form, Line
from yuzhang.plan.reading.model import Draft, IndicatorRow, Node, NodeKind

_SPACE = re.compile(r"\s+")
_UNIT = re.compile(r"[（(]([^（）()]{1,14})[）)]$")
_BINDINGS = {"预期": Binding.EXPECTED, "约束": Binding.BINDING}
_BINDING = re.compile(r"(预期|约束)性?$")
_NUMBER = re.compile(r"[-−]?\d+(?:,\d{3})*(?:\.\d+)?")
_VALUE = re.compile(
    r"(?P<before>>=|<=|[>＞≥<＜≤]|不低于|不少于|高于|超过|突破|大于|不超过|不高于|低于|小于|控制在|达到|约|累计)?\s*"
    r"(?P<open>[\[［【〔])?\s*(?P<inside>约|>|＞|<)?\s*(?P<low>[-−]?\d[\d,]*(?:\.\d+)?)\s*%?(?:\s*[-—–~～]+\s*(?P<high>\d[\d,]*(?:\.\d+)?))?\s*%?"
    r"[\]］】〕]?\s*(?P<after>左右|以上|以内|以下|及以上)?[^\d:：]{0,8}$"
)
_BEFORE = {
    ">": Comparator.ABOVE, "＞": Comparator.ABOVE, "超过": Comparator.ABOVE, "突破": Comparator.ABOVE, "高于": Comparator.ABOVE,
    "大于": Comparator.ABOVE, ">=": Comparator.AT_LEAST, "≥": Comparator.AT_LEAST, "不低于": Comparator.AT_LEAST,
    "不少于": Comparator.AT_LEAST, "<": Comparator.BELOW, "＜": Comparator.BELOW, "低于": Comparator.BELOW,
    "小于": Comparator.BELOW, "<=": Comparator.AT_MOST, "≤": Comparator.AT_MOST, "不超过": Comparator.AT_MOST,
    "不高于": Comparator.AT_MOST, "控制在": Comparator.AT_MOST, "约": Comparator.ABOUT,
}  # fmt: skip
_AFTER = {
    "左右": Comparator.ABOUT, "以上": Comparator.AT_LEAST, "及以上": Comparator.AT_LEAST, "以内": Comparator.AT_MOST,
    "以下": Comparator.AT_MOST,
}  # fmt: skip
_ROLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("property", re.compile(r"属性|性质|指标类型")),
    ("growth", re.compile(r"年均|累计|增速|增长|增幅")),
    ("target", re.compile(r"目标|规划值|20[2-9][05]年")),
    ("base", re.compile(r"基数|基期|基准|现状|实际|预计|20\d\d年|完成|实绩")),
    ("name", re.compile(r"指标|名称")),
    ("unit", re.compile(r"^单位$")),
    ("category", re.compile(r"类别|类型|领域|分类|维度|一级")),
    ("number", re.compile(r"^序号$|^编号$")),
)
COLUMNS = (
    "name", "unit", "base", "target", "growth", "property", "table", "category", "base_value", "target_low", "target_high",
    "comparator", "growth_value", "cumulative",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A number as a cell writes it: [2] is a sum over the five years, 62-64 a range."""

    low: float
    high: float | None
    comparator: Comparator
    cumulative: bool


def read_value(cell: str) -> Value | None:
    """The number in a cell, or None: 保持稳定, 省下达目标 and -- hold none.

    >>> read_value("不低于90").comparator.value, read_value("[0.55]").cumulative, read_value("62-64").high
    ('>=', True, 64.0)
    >>> read_value("省下达目标"), read_value("--"), read_value("4.1:46.6:49.3")
    (None, None, None)
    """
    text = cell.strip()
    if len(text) > 40:
        return None
    found = _VALUE.match(text)
    if found is None:
        return None
    comparator = (
        _AFTER.get(found["after"] or "")
        or _BEFORE.get(found["before"] or "")
        or _BEFORE.get(found["inside"] or "")
        or Comparator.EXACT
    )
    high = found["high"]
    return Value(
        _float(found["low"]),
        None if high is None else _float(high),
        comparator,
        bool(found["open"] or found["before"] == "累计"),
    )


def _float(written: str) -> float:
    return float(written.replace(",", "").replace("−", "-"))


@dataclass(slots=True)
class _Table:
    number: int
    roles: dict[str, int] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    category: str = ""
    stem: str = ""
    stem_unit: str = ""
    binding: Binding | None = None
    pending: str = ""
    fresh: bool = True
    rows: list[IndicatorRow] = field(default_factory=list)


def rows_of(lines: Sequence[Line], nodes: Sequence[Node]) -> Iterator[IndicatorRow]:
    """The rows of the indicator tables in the order of the text."""
    places = [n for n in nodes if n.kind is NodeKind.TABLE or (n.kind is NodeKind.BOX and "指标" in n.title)]
    index = 0
    for node in places:
        while index < len(lines) and lines[index].start < node.start:
            index += 1
        table = _Table(node.number or 0)
        while index < len(lines) and lines[index].start < node.end:
            _take(table, lines[index])
            index += 1
        yield from table.rows


def _take(table: _Table, line: Line) -> None:
    if line.form in (Form.BLANK, Form.PAGE, Form.TABLE, Form.BOX):
        return
    if line.form is Form.ROW:
        cells = [_SPACE.sub(" ", cell).strip() for cell in line.text.split("\t")]
    elif _BINDING.search(line.text) and len(line.text) < 120:
        # A pdf's text layer parts cells by spaces; what stands before the first number is the name.
        cells = _cells_by_space(line.text)
    else:
        short = len(line.text) <= 30 and not line.text.startswith("注") and not line.text.endswith("。")
        table.pending = table.pending + line.text if short and table.roles and line.form is Form.PROSE else ""
        return
    if _is_header(cells):
        _read_header(table, cells)
    elif any(cells):
        _read_row(table, cells, line)


def _cells_by_space(text: str) -> list[str]:
    parts = text.split()
    first = next((i for i, part in enumerate(parts) if i > 0 and (_NUMBER.match(part) or part[0] in "[><≥≤-—不约")), 1)
    if parts[0].isdigit() and first == 1:
        parts, first = parts[1:], next((i for i, p in enumerate(parts[2:], 1) if _NUMBER.match(p)), 1)
    return ["", "".join(parts[:first]), *parts[first:]]


def _is_header(cells: Sequence[str]) -> bool:
    plain = [cell.replace(" ", "") for cell in cells]
    if any(re.fullmatch(r"(?:主要)?指标(?:名称)?|指标内容", cell) for cell in plain):
        return True
    labels = [cell for cell in plain if cell]
    return bool(labels) and all(
        re.search(r"20\d\d年|累计|年均|目标|基[数期]|预期值|完成|单位|属性", c) and not _BINDING.match(c)
        for c in labels
    )


def _read_header(table: _Table, cells: Sequence[str]) -> None:
    plain = [cell.replace(" ", "") for cell in cells]
    if any("指标" in cell for cell in plain):
        table.labels, table.fresh = plain, True
    else:
        wider = [*table.labels, *[""] * (len(plain) - len(table.labels))]
        table.labels = [
            below or above for above, below in zip(wider, [*plain, *[""] * (len(wider) - len(plain))], strict=True)
        ]
    table.roles = {}
    for position, label in enumerate(table.labels):
        role = next((name for name, pattern in _ROLES if label and pattern.search(label)), None)
        if role == "target" and "target" not in table.roles and "base" not in table.roles and "目标" not in label:
            role = "base"
        if role and role not in table.roles:
            table.roles[role] = position
    table.pending = ""


def _read_row(table: _Table, cells: list[str], line: Line) -> None:
    cells = _aligned(table, cells)
    roles = table.roles or {"category": 0, "name": 1, "base": 2, "target": 3, "growth": 4, "property": 5}

    def cell(role: str) -> str:
        position = roles.get(role)
        return cells[position] if position is not None and position < len(cells) else ""

    _settle_category(table, cell("category").replace(" ", ""))
    name = (table.pending + cell("name")).replace(" ", "") if table.pending else cell("name")
    table.pending = ""
    if not name or (name.startswith("注") and len([c for c in cells if c]) == 1):
        return
    name, unit = _name_and_unit(name, cell("unit"))
    marked = _BINDING.search(cell("property"))
    table.binding = _BINDINGS[marked[1]] if marked else table.binding
    target, base, growth = read_value(cell("target")), read_value(cell("base")), read_value(cell("growth"))
    table.rows.append(
        IndicatorRow(
            table=table.number, category=table.category, name=name, unit=unit, base_text=cell("base"),
            target_text=cell("target"), growth_text=cell("growth"), base=base.low if base else None,
            target_low=target.low if target else None, target_high=target.high if target else None,
            comparator=target.comparator.value if target else None, growth=growth.low if growth else None,
            cumulative=growth.cumulative if growth else False, binding=table.binding, start=line.start, end=line.end,
        )
    )  # fmt: skip


def _aligned(table: _Table, cells: list[str]) -> list[str]:
    """The cells under their headings: a lost first tab and a name parted in two are put right by where the property stands."""
    expected = table.roles.get("property")
    name = table.roles.get("name", 1)
    if expected is None:
        return cells
    found = next((i for i, cell in enumerate(cells) if _BINDING.fullmatch(cell.replace(" ", ""))), None)
    if found is None:
        if len(cells) > name + 1 and not cells[name] and cells[name + 1] and not read_value(cells[name + 1]):
            # A second part of the name above, whose cells are merged downward.
            return [*cells[:name], f"{table.stem}：{cells[name + 1]}{table.stem_unit}", *cells[name + 2 :]]
        return cells
    if found < expected and name > 0 and cells[0]:
        return [*[""] * (expected - found), *cells]
    if found == expected + 1 and len(cells) > name + 1 and not read_value(cells[name + 1]):
        stem, unit = _name_and_unit(cells[name], "")
        table.stem, table.stem_unit = stem, f"（{unit}）" if unit else ""
        return [*cells[:name], f"{stem}：{cells[name + 1]}{table.stem_unit}", *cells[name + 2 :]]
    return cells


def _settle_category(table: _Table, written: str) -> None:
    """Fill merged categories down; a category that a page break has parted (生态 | 宜居) is put together again."""
    if written:
        joined = table.category + written
        known = {row.category for row in table.rows}
        if table.rows and table.fresh and (joined in known or len(joined) <= 4) and table.category != written:
            last = table.category
            for index in range(len(table.rows) - 1, -1, -1):
                if table.rows[index].category != last:
                    break
                table.rows[index] = replace(table.rows[index], category=joined)
            table.category = joined
        else:
            table.category = written
    table.fresh = False


def _name_and_unit(name: str, unit: str) -> tuple[str, str | None]:
    if unit:
        return name, unit
    found = _UNIT.search(name)
    if found is None:
        return name.strip(), None
    return name[: found.start()].strip(), found[1].replace(" ", "")


def indicator_table_csv(draft: Draft) -> str:
    """The indicator rows as CSV: as written first, then the numbers read from them; UTF-8, one header line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    names = {Binding.EXPECTED: "预期性", Binding.BINDING: "约束性", None: ""}
    for row in draft.rows:
        growth = "" if row.growth is None else ("yes" if row.cumulative else "no")
        writer.writerow(
            (row.name, row.unit or "", row.base_text, row.target_text, row.growth_text, names[row.binding], row.table,
             row.category, _plain(row.base), _plain(row.target_low), _plain(row.target_high), row.comparator or "",
             _plain(row.growth), growth)
        )  # fmt: skip
    return out.getvalue()


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if abs(value) < 1e6 else f"{value:.10g}"
