"""Indicators and their targets as a table that a planner edits in a spreadsheet: one target a row."""

from collections.abc import Iterable

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.tables.sheets import Row
from yuzhang.plan.model import Binding, Comparator
from yuzhang.plan.registry.model import Indicator, Method, Target
from yuzhang.plan.registry.tables.cells import cell_of, choice, flag, identifier, number, refuse, required, whole

COLUMNS = (
    "indicator", "number", "category_zh", "category_en", "title_zh", "title_en", "binding", "chapters", "note_zh", "note_en",
    "target", "target_zh", "target_en", "method", "comparator", "low", "high", "unit", "base", "base_year", "due",
    "tolerance", "series", "written", "lower_is_better", "base_is_estimate",
)  # fmt: skip
SHARED = COLUMNS[1 : COLUMNS.index("target")]
"""The columns that say the same in every row of an indicator."""
EARLIEST_YEAR, LATEST_YEAR = 1949, 2100
NEEDS_LOW = frozenset(Method) - {Method.ASSIGNED, Method.QUALITATIVE, Method.STABLE}


def target_rows(indicators: Iterable[Indicator]) -> list[list[str]]:
    """The rows of the table, in the order of the plan."""
    return [
        [
            one.id, str(one.number), one.category.zh, one.category.en, one.title.zh, one.title.en, one.binding.value,
            " ".join(map(str, one.chapters)), one.note.zh if one.note else "", one.note.en if one.note else "",
            target.id, target.title.zh, target.title.en, target.method.value, target.comparator.value, cell_of(target.low),
            cell_of(target.high), target.unit, cell_of(target.base), str(target.base_year), str(target.due),
            cell_of(target.tolerance), target.series or "", target.written,
            "yes" if target.lower_is_better else "", "yes" if target.base_is_estimate else "",
        ]
        for one in indicators
        for target in one.targets
    ]  # fmt: skip


def indicators_from(rows: Iterable[Row], filename: str) -> tuple[Indicator, ...]:
    """The indicators that the rows write. Raises TableRefused naming the row and the column."""
    grouped: dict[str, list[tuple[Row, Target]]] = {}
    for row in rows:
        where = f"{filename}:{row.number}"
        grouped.setdefault(required(row, "indicator", where), []).append((row, _target(row, where)))
    made = [_indicator(key, members, filename) for key, members in grouped.items()]
    return tuple(sorted(made, key=lambda one: one.number))


def _indicator(key: str, members: list[tuple[Row, Target]], filename: str) -> Indicator:
    row = members[0][0]
    where = f"{filename}:{row.number}"
    for other, _ in members[1:]:
        for column in SHARED:
            if other.cells[column] != row.cells[column]:
                raise refuse(
                    f"{filename}:{other.number}",
                    column,
                    Title(f"与指标 {key} 的第一行不一致。", f"It differs from the first row of the indicator {key}."),
                )
    targets = tuple(target for _, target in members)
    if len({target.id for target in targets}) < len(targets):
        raise refuse(where, "target", Title(f"指标 {key} 的目标编号重复。", f"Indicator {key} has a target id twice."))
    note = Title(row.cells.get("note_zh", ""), row.cells.get("note_en", ""))
    return Indicator(
        id=identifier(key, where, "indicator"),
        number=whole(row, "number", where, 1, 10_000),
        category=Title(required(row, "category_zh", where), required(row, "category_en", where)),
        title=Title(required(row, "title_zh", where), required(row, "title_en", where)),
        binding=choice(row, "binding", where, Binding),
        chapters=_chapters(row, where),
        targets=targets,
        note=note if note.zh else None,
    )


def _chapters(row: Row, where: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in row.cells.get("chapters", "").split())
    except ValueError as err:
        raise refuse(
            where, "chapters", Title("应为以空格分隔的章号。", "Chapter numbers divided by spaces are wanted.")
        ) from err


def _target(row: Row, where: str) -> Target:
    method = choice(row, "method", where, Method)
    target = Target(
        id=identifier(required(row, "target", where), where, "target"),
        title=Title(required(row, "target_zh", where), required(row, "target_en", where)),
        method=method,
        comparator=choice(row, "comparator", where, Comparator),
        low=number(row, "low", where),
        high=number(row, "high", where),
        unit=row.cells["unit"],
        base=number(row, "base", where),
        base_year=whole(row, "base_year", where, EARLIEST_YEAR, LATEST_YEAR),
        due=whole(row, "due", where, EARLIEST_YEAR, LATEST_YEAR),
        tolerance=number(row, "tolerance", where) or 0.0,
        series=row.cells["series"] or None,
        written=row.cells["written"],
        lower_is_better=flag(row, "lower_is_better", where),
        base_is_estimate=flag(row, "base_is_estimate", where),
    )
    _consistent(target, where)
    return target


def _consistent(target: Target, where: str) -> None:
    def problem() -> InputRefused | None:
        if target.method in NEEDS_LOW and target.low is None:
            return refuse(
                where, "low", Title(f"方法 {target.method} 需要目标值。", f"The method {target.method} needs a number.")
            )
        if target.high is not None and (target.low is None or target.high < target.low):
            return refuse(where, "high", Title("上限小于下限。", "The upper bound is below the lower one."))
        if target.tolerance < 0:
            return refuse(where, "tolerance", Title("允许偏差不能为负。", "A tolerance cannot be negative."))
        if target.base is not None and target.low is not None and 0 < abs(target.low - target.base) <= target.tolerance:
            return refuse(
                where,
                "tolerance",
                Title(
                    "允许偏差不小于承诺的变化，什么都不做也算完成。",
                    "It is as large as the promised change: doing nothing would keep it.",
                ),
            )
        if target.due < target.base_year:
            return refuse(where, "due", Title("到期年早于基期年。", "The due year is before the base year."))
        return None

    found = problem()
    if found:
        raise found
