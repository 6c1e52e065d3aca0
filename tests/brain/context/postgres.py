"""A PostgreSQL server of the tests' own: on a free port, in a temporary folder, ended with the tests."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg
import pytest

from yuzhang.brain.context.store.postgres import Postgres

SERVER_USER = "postgres"
TEMPLATE = "migrated"


def programs() -> Path | None:
    """The folder of the newest PostgreSQL server's programs, None if there is none or it lacks PostGIS."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    for one in reversed(found):
        if (Path("/usr/share/postgresql") / one.parts[-3] / "extension" / "postgis.control").exists():
            return one.parent
    beside = shutil.which("initdb")
    return Path(beside).resolve().parent if beside else None


class Server:
    """One server; `url(database)` is how it is reached, also after a stop and a start."""

    def __init__(self, bin_folder: Path, *, durable: bool = False) -> None:
        """Make the server's files; it refuses to run as root, so it gets a user of its own where needed."""
        self._programs = bin_folder
        self._folder = Path(tempfile.mkdtemp(prefix="yuzhang-postgres-"))
        self._who: dict[str, str] = {}
        if os.geteuid() == 0:
            self._who = {"user": SERVER_USER, "group": SERVER_USER}
            user = pwd.getpwnam(SERVER_USER)
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._numbers = count(1)
        self._run("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._folder / "data"), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/", extra_groups=self._groups(), **self._who)  # type: ignore[call-overload]  # the keywords of a user come as a dict

    def _groups(self) -> list[str] | None:
        return [] if self._who else None

    def url(self, database: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Run, and wait until it answers."""
        command = [str(self._programs / "postgres"), "-D", str(self._folder / "data"), "-p", str(self.port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self._folder}"]
        command += ["-c", "max_connections=300", "-c", "shared_buffers=64MB"]
        if not self._durable:
            command += ["-c", "fsync=off", "-c", "full_page_writes=off"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # type: ignore[call-overload]  # as above
                command, stdout=log, stderr=log, cwd="/", extra_groups=self._groups(), **self._who
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it: SIGQUIT as if the power had gone, SIGINT in order."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def drop(self) -> None:
        """End it and take its files away."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def fresh(self) -> str:
        """The address of a new database with all tables."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            number = next(self._numbers)
            if number == 1:
                connection.execute(f"CREATE DATABASE {TEMPLATE}")
                Postgres(self.url(TEMPLATE)).close()
            connection.execute(f"CREATE DATABASE test{number} TEMPLATE {TEMPLATE}")
        return self.url(f"test{number}")

    def forget(self, url: str) -> None:
        """Take a database away, whoever is still connected."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")


def server_or_skip(*, durable: bool = False) -> Server:
    """A new server. Where none is installed the test is left out, but not in CI."""
    found = programs()
    if found is None:
        reason = "needs PostgreSQL with PostGIS: apt install postgresql postgresql-postgis"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return Server(found, durable=durable)
