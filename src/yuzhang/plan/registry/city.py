"""A city's folder: plan.toml, chapters.csv, indicators.csv, commitments.csv, projects.csv. Data only."""

import tomllib
from pathlib import Path

import msgspec

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.tables.sheets import Row, read_sheet
from yuzhang.plan.registry.model import Chapter, Plan, RegisteredPlan, RegisteredProject
from yuzhang.plan.registry.tables import commitments, targets
from yuzhang.plan.registry.tables.cells import identifier, number, required, whole


class CityRefused(InputRefused):
    """A city's folder lacks something or has a fault."""

    code = "city-refused"
    title = Title("城市目录无法装入", "The city's folder cannot be loaded")


class _PlanFile(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    region: str
    title: Title
    first_year: int
    last_year: int
    base_year: int
    text_sha256: str
    text_characters: int
    source: str


def read_city(folder: Path) -> RegisteredPlan:
    """The plan of a city's folder as revision 0. Raises CityRefused, SheetUnreadable or TableRefused naming file and row."""
    head = _plan_file(folder / "plan.toml")
    chapters = tuple(
        _chapter(row) for row in _rows(folder / "chapters.csv", ("number", "part", "title_zh", "title_en"))
    )
    identifier(head.id, str(folder / "plan.toml"), "id")
    plan = Plan(**{name: getattr(head, name) for name in head.__struct_fields__}, chapters=chapters)
    return RegisteredPlan(
        plan=plan,
        revision=0,
        indicators=targets.indicators_from(_rows(folder / "indicators.csv", targets.COLUMNS), "indicators.csv"),
        commitments=commitments.commitments_from(
            _rows(folder / "commitments.csv", commitments.COLUMNS), plan.id, "commitments.csv"
        ),
        projects=tuple(
            _project(row)
            for row in _rows(folder / "projects.csv", ("number", "package", "title_zh", "title_en", "investment"))
        ),
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise CityRefused(
            Title(f"无法读取 {path.name}：{err.strerror}。", f"{path.name} cannot be read: {err.strerror}."),
            where=str(path),
            fix=Title(
                "城市目录的内容见 docs/reference/city-folder.md。",
                "docs/reference/city-folder.md says what a city's folder holds.",
            ),
        ) from err


def _plan_file(path: Path) -> _PlanFile:
    try:
        return msgspec.convert(tomllib.loads(_read(path).decode()), _PlanFile)
    except (ValueError, msgspec.ValidationError) as err:
        raise CityRefused(Title(f"plan.toml 有误：{err}", f"plan.toml has a fault: {err}"), where=str(path)) from err


def _rows(path: Path, columns: tuple[str, ...]) -> list[Row]:
    return read_sheet(_read(path), path.name, columns)


def _chapter(row: Row) -> Chapter:
    where = f"chapters.csv:{row.number}"
    return Chapter(
        whole(row, "number", where, 1, 1000),
        whole(row, "part", where, 1, 1000) if row.cells["part"] else None,
        Title(required(row, "title_zh", where), required(row, "title_en", where)),
    )


def _project(row: Row) -> RegisteredProject:
    where = f"projects.csv:{row.number}"
    return RegisteredProject(
        whole(row, "number", where, 1, 1_000_000),
        Title(required(row, "title_zh", where), row.cells["title_en"]),
        whole(row, "package", where, 1, 1_000_000) if row.cells["package"] else None,
        number(row, "investment", where),
    )
