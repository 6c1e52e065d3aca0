"""The servers of a city on several machines: whether they answer from here."""

import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

import psycopg

from yuzhang.core.errors import YuzhangError
from yuzhang.core.language import Title
from yuzhang.core.settings import Parts, parts
from yuzhang.operation.doctor.model import Finding

PATIENCE_S = 3
PORTS = {"http": 80, "https": 443, "nats": 4222, "tls": 4222}


def settings(environment: Mapping[str, str]) -> tuple[Parts | None, Finding]:
    """The parts as the environment names them, and whether they fit together."""
    about = Title("部署方案", "profile")
    try:
        found = parts(environment)
    except YuzhangError as error:
        where = f"{error.where}: " if error.where else ""
        return None, Finding(about, "fault", Title(where + error.detail.zh, where + error.detail.en), error.fix)
    name = "city" if found.bus else "postgresql" if found.context_database else "embedded"
    return found, Finding(about, "ok", Title(name, name))


def reachable(found: Parts, environment: Mapping[str, str]) -> list[Finding]:
    """Each server that the installation stands on."""
    looks = []
    if found.context_database:
        looks.append(
            postgres(Title("当前状态的 PostgreSQL", "PostgreSQL of the present"), found.context_database, postgis=True)
        )
    if found.lake is not None:
        looks.append(postgres(Title("数据湖目录的 PostgreSQL", "PostgreSQL of the lake's catalog"), found.lake.catalog))
        store = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
        if store:
            looks.append(listening(Title("对象存储", "object store"), store))
    if found.bus:
        looks.append(listening(Title("总线 NATS", "bus (NATS)"), found.bus))
    return looks


def postgres(about: Title, address: str, *, postgis: bool = False) -> Finding:
    """Whether a database answers, and has PostGIS where it is needed. The address is not shown: a password may be in it."""
    wanted = "SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'"
    try:
        with psycopg.connect(address, connect_timeout=PATIENCE_S) as asking:
            version = asking.info.server_version // 10_000
            found = asking.execute(wanted).fetchone()
    except psycopg.Error as error:
        kind = type(error).__name__
        fix = Title(
            "请检查地址、用户、防火墙，以及服务是否在运行。",
            "Check the address, the user, the firewall, and whether it runs.",
        )
        return Finding(about, "fault", Title(f"没有应答（{kind}）", f"it does not answer ({kind})"), fix)
    if postgis and not (found and found[0]):
        fix = Title("apt install postgresql-postgis", "apt install postgresql-postgis")
        return Finding(about, "fault", Title("缺少 PostGIS", "PostGIS is missing"), fix)
    return Finding(about, "ok", Title(f"PostgreSQL {version}", f"PostgreSQL {version}"))


def listening(about: Title, address: str) -> Finding:
    """Whether somebody listens at an address."""
    split = urlsplit(address)
    host, number = split.hostname or "", split.port or PORTS.get(split.scheme, 0)
    try:
        socket.create_connection((host, number), PATIENCE_S).close()
    except OSError as error:
        fix = Title("请检查地址、防火墙，以及服务是否在运行。", "Check the address, the firewall, and whether it runs.")
        return Finding(about, "fault", Title(f"{host}:{number}：{error}", f"{host}:{number}: {error}"), fix)
    return Finding(about, "ok", Title(f"{host}:{number}", f"{host}:{number}"))
