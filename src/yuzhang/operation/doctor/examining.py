"""Everything that the doctor looks at, in order."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from yuzhang.core.language import Title
from yuzhang.operation.doctor import folder, machine, parts
from yuzhang.operation.doctor.model import Finding
from yuzhang.operation.errors import UnfitOperation
from yuzhang.operation.settings import operation_settings


def findings(data: Path, host: str, port: int, mqtt_port: int, environment: Mapping[str, str]) -> Iterator[Finding]:
    """What there is to say, one thing after the other."""
    found, profile = parts.settings(environment)
    yield machine.python()
    yield machine.packages(city=found is not None and bool(found.bus))
    yield machine.scripts()
    yield machine.fonts()
    yield machine.open_files()
    yield machine.clock()
    yield machine.port(host, port, Title("网页端口", "port of the pages"))
    yield machine.port(host, mqtt_port, Title("MQTT 端口", "port of MQTT"))
    yield folder.folder(data)
    yield folder.disk(data)
    yield folder.key(data)
    yield _settings(environment)
    yield profile
    if found is not None:
        yield from parts.reachable(found, environment)


def _settings(environment: Mapping[str, str]) -> Finding:
    about = Title("运行设置", "settings of operation")
    try:
        found = operation_settings(environment)
    except UnfitOperation as error:
        where = f"{error.where}: "
        return Finding(about, "fault", Title(where + error.detail.zh, where + error.detail.en), error.fix)
    said = f"log {found.form}/{found.level}; traces {'on' if found.traces else 'off'}; drain {found.drain_s:g} s"
    return Finding(about, "ok", Title(said, said))
