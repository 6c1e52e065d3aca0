"""Other systems that handle some of our matters, as the installation's file names them.

    [[system]]
    id = "district-311"
    address = "https://311.example.org/open311/v2"
    jurisdiction = "311.example.org"              # may be left out
    key = "DISTRICT_311_KEY"                      # the environment variable that holds its API key; never the key itself
    step = "handle"                               # the step of the process that it does; may be left out
    decision = "fixed"                            # what is decided when it says that it is done
    every_s = 60                                  # how often it is asked
    services = { waterlogging = "001" }           # our matter = its service_code

The file is named by $YUZHANG_OPEN311_SYSTEMS; without it nothing goes out.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from yuzhang.brain.cases.open311.errors import UnfitSystems
from yuzhang.core.language import Title
from yuzhang.core.packs import Located, read_toml

VARIABLE = "YUZHANG_OPEN311_SYSTEMS"
KEYS = ("id", "address", "jurisdiction", "key", "step", "decision", "every_s", "services")
EVERY_S = 60.0
LEAST_S, MOST_S = 0.01, 86_400.0


@dataclass(frozen=True, slots=True)
class System:
    """One of them. `services`: its service codes by our matter; `key`: its API key, from the environment."""

    id: str
    address: str
    services: Mapping[str, str]
    jurisdiction: str = ""
    key: str = field(default="", repr=False)
    step: str = "handle"
    decision: str = "fixed"
    every_s: float = EVERY_S


def systems(environment: Mapping[str, str] = os.environ) -> tuple[System, ...]:
    """Those of the file that the environment names. Raises UnfitSystems with the line of the first fault."""
    named = environment.get(VARIABLE, "")
    if not named:
        return ()
    try:
        located, faults = read_toml(Path(named))
    except OSError as err:
        raise UnfitSystems(
            Title(f"无法读取 {named}：{err.strerror}。", f"{named} cannot be read: {err.strerror}."), where=VARIABLE
        ) from err
    if faults:
        raise UnfitSystems(faults[0].wrong, where=f"{named}:{faults[0].line}")
    return tuple(_read(located, environment))


def _read(located: Located, environment: Mapping[str, str]) -> Iterator[System]:
    seen: set[str] = set()
    given = located.data.get("system", [])
    for at, one in enumerate(given if isinstance(given, list) else []):
        for key in one:
            if key not in KEYS:
                raise _wrong(located, at, key, f"没有键 {key}", f"there is no key {key}")
        name, address, services = one.get("id"), one.get("address"), one.get("services")
        if not isinstance(name, str) or not name or name in seen:
            raise _wrong(located, at, "id", "id 缺失或重复", "its id is missing, or is there twice")
        seen.add(name)
        if not isinstance(address, str) or urlsplit(address).scheme not in ("http", "https"):
            raise _wrong(located, at, "address", "address 不是网址", "its address is none")
        if not isinstance(services, dict) or not services or not all(isinstance(one, str) for one in services.values()):
            raise _wrong(
                located, at, "services", 'services 写作 { 事项 = "代码" }', 'write services = { matter = "code" }'
            )
        every: Any = one.get("every_s", EVERY_S)
        if not isinstance(every, int | float) or not LEAST_S <= every <= MOST_S:
            raise _wrong(located, at, "every_s", "every_s 超出范围", "every_s is out of range")
        variable = str(one.get("key", ""))
        if variable and not environment.get(variable):
            raise _wrong(located, at, "key", f"环境变量 {variable} 未设置", f"the variable {variable} is not set")
        yield System(
            name,
            address.rstrip("/"),
            services,
            str(one.get("jurisdiction", "")),
            environment.get(variable, "") if variable else "",
            str(one.get("step", "handle")),
            str(one.get("decision", "fixed")),
            float(every),
        )


def _wrong(located: Located, at: int, key: str, chinese: str, english: str) -> UnfitSystems:
    return UnfitSystems(
        Title(f"{chinese}。", f"{english[0].upper()}{english[1:]}."),
        where=f"{located.path}:{located.line('system', at, key)}",
        fix=Title("见 docs/reference/open311.md。", "See docs/reference/open311.md."),
    )
