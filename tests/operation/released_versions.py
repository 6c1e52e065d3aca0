"""State databases of released versions, as data folders."""

import sqlite3
from contextlib import closing
from pathlib import Path

FOLDER = Path(__file__).parent / "released"
VERSIONS = sorted(path.stem for path in FOLDER.glob("*.sql"))
Rows = dict[str, list[tuple[object, ...]]]


def data_of(version: str, folder: Path) -> Path:
    """A data folder as that version left it, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "state.db")) as state:
        state.executescript((FOLDER / f"{version}.sql").read_text(encoding="utf-8"))
    return folder


def rows_of(state: Path) -> Rows:
    """All rows of all tables, with the columns by name, but for the number of the tables."""
    with closing(sqlite3.connect(state)) as opened:
        tables = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version'")
        names = [name for (name,) in tables]
        return {name: sorted(opened.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in names}


def version_of(state: Path) -> str:
    """The number of the tables."""
    with closing(sqlite3.connect(state)) as opened:
        return str(opened.execute("SELECT version_num FROM alembic_version").fetchone()[0])
