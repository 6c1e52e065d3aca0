"""The present where it lies in PostgreSQL: dumped and restored by PostgreSQL's own programs."""

import os
import shutil
import subprocess
from pathlib import Path

from yuzhang.brain.history.backup.errors import BackupNeeds
from yuzhang.core.language import Title

PLACES = "/usr/lib/postgresql"


def program(name: str) -> str:
    """Where pg_dump or pg_restore is. Raises BackupNeeds, and says what to do, if it is not here."""
    found = shutil.which(name) or next((str(one) for one in sorted(Path(PLACES).glob(f"*/bin/{name}"))[-1:]), None)
    if found is None:
        raise BackupNeeds(
            Title(
                f"当前状态在 PostgreSQL 中，但这里没有 {name}。",
                f"The present is in PostgreSQL, but {name} is not here.",
            ),
            where=name,
            fix=Title(
                "请安装 PostgreSQL 客户端（Debian：apt install postgresql-client）。",
                "Install PostgreSQL's client programs (Debian: apt install postgresql-client).",
            ),
        )
    return found


def dump(address: str, to: Path) -> None:
    """Dump the database as of one moment. Raises BackupNeeds if pg_dump fails."""
    _run([program("pg_dump"), "--format=custom", "--no-owner", f"--file={to}", f"--dbname={address}"], "pg_dump")


def restore(address: str, dumped: Path) -> None:
    """Bring a dump into an empty database, all or nothing. Raises BackupNeeds if pg_restore fails."""
    command = [program("pg_restore"), "--no-owner", "--single-transaction", "--exit-on-error"]
    _run([*command, f"--dbname={address}", str(dumped)], "pg_restore")


def _run(command: list[str], name: str) -> None:
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603  # the operator's own program
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        said = next((line for line in lines if "error" in line), (lines or ["?"])[-1])
        raise BackupNeeds(Title(f"{name} 失败：{said}", f"{name} failed: {said}"), where=name)
