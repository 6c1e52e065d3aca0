"""Goes through all parts of a data folder."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from yuzhang.core.errors import NotFound, YuzhangError
from yuzhang.core.language import Title
from yuzhang.operation.checking import parts
from yuzhang.operation.checking.model import Part, Told

Looking = Callable[[Path, Part, Told], None]
PARTS: tuple[tuple[str, Title, Looking], ...] = (
    ("tables", Title("数据表版本", "version of the tables"), parts.tables),
    ("databases", Title("数据库", "databases"), parts.databases),
    ("lake", Title("数据湖文件", "files of the lake"), parts.lake),
    ("log", Title("日志", "log"), parts.log),
    ("registry", Title("规划登记", "registry of plans"), parts.registry),
    ("key", Title("密钥", "secret key"), parts.key),
    ("audit", Title("审计链", "chain of the audit"), parts.audit),
)


def checked(data: Path, begun: Callable[[Title], None], told: Told) -> Iterator[Part]:
    """Each part with what is wrong with it; one that cannot be looked at is wrong. Raises NotFound if there is no data folder."""
    if not (data / parts.STATE).is_file():
        raise NotFound(
            Title(f"{data} 中没有 {parts.STATE}。", f"There is no {parts.STATE} in {data}."),
            where=str(data),
            fix=Title("请用 --data 指明数据目录。", "Name the data folder with --data."),
        )
    for name, title, look in PARTS:
        part = Part(name, title)
        begun(title)
        try:
            look(data, part, told)
        except (sqlite3.Error, OSError, YuzhangError) as error:
            part.wrong(f"无法检查：{error}", f"it cannot be checked: {error}")
        yield part
