"""The data folder: there, ours, writable, with room, and closed to others; the key that its secrets are sealed with."""

import os
import shutil
import stat
from pathlib import Path

from yuzhang.core.language import Title
from yuzhang.core.secrets import FILE, SECRET_VARIABLE
from yuzhang.operation.doctor.model import Finding

GOOD_FREE, LEAST_FREE = 5 * 2**30, 2**30
NETWORK_DISKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "ceph", "glusterfs"})


def folder(data: Path) -> Finding:
    """Whether the folder can be used; one that is not there is made at the first start."""
    about = Title("数据目录", "data folder")
    place = _nearest(data)
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding(about, "fault", Title(f"{place} 不可写", f"{place} cannot be written"), _owner(place))
    if not data.exists():
        return Finding(about, "ok", Title(f"{data} 将在首次启动时建立", f"{data} is made at the first start"))
    if data.stat().st_mode & (stat.S_IWGRP | stat.S_IRWXO):
        fix = Title(f"chmod 700 {data}", f"chmod 700 {data}")
        return Finding(about, "warn", Title("其他用户可以读写", "other users may read or write it"), fix)
    return Finding(about, "ok", Title(str(data), str(data)))


def disk(data: Path) -> Finding:
    """Whether there is room, on a disk whose locks are reliable."""
    about, place = Title("磁盘", "disk"), _nearest(data)
    kind = _file_system(place)
    if kind in NETWORK_DISKS:
        fix = Title(
            "请放到本机磁盘；SQLite 的锁在网络盘上不可靠。",
            "Use a local disk; SQLite's locks are not reliable over a network.",
        )
        return Finding(about, "fault", Title(kind, kind), fix)
    free = shutil.disk_usage(place).free
    found = Title(f"可用 {free / 2**30:.1f} GiB", f"{free / 2**30:.1f} GiB free")
    if free >= GOOD_FREE:
        return Finding(about, "ok", found)
    fix = Title(
        "请腾出空间，或按 keep-history 设定保留策略。", "Free some space, or set policies of keeping (keep-history)."
    )
    return Finding(about, "fault" if free < LEAST_FREE else "warn", found, fix)


def key(data: Path) -> Finding:
    """Whether the key can be read by its owner and by nobody else."""
    about, path = Title("密钥", "secret key"), data / FILE
    if os.environ.get(SECRET_VARIABLE):
        return Finding(about, "ok", Title(f"取自 {SECRET_VARIABLE}", f"from {SECRET_VARIABLE}"))
    if not path.exists():
        return Finding(about, "ok", Title(f"{FILE} 将在首次启动时建立", f"{FILE} is made at the first start"))
    if not os.access(path, os.R_OK):
        return Finding(about, "fault", Title("无法读取", "it cannot be read"), _owner(path))
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        fix = Title(f"chmod 600 {path}", f"chmod 600 {path}")
        return Finding(about, "fault", Title("其他用户可以读取", "other users may read it"), fix)
    return Finding(about, "ok", Title(str(path), str(path)))


def _nearest(path: Path) -> Path:
    """The folder itself, or the first above it that is there."""
    path = path.absolute()
    return next(one for one in (path, *path.parents) if one.exists())


def _owner(path: Path) -> Title:
    return Title(f"请把 {path} 交给运行豫章的用户：chown。", f"Give {path} to the user that runs Yuzhang: chown.")


def _file_system(path: Path) -> str:
    """The kind of file system that a path lies on; empty where the system does not tell."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return ""
    found = max((one for one in mounts if path.is_relative_to(one[1])), key=lambda one: len(one[1]), default=None)
    return found[2] if found else ""
