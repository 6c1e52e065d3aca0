"""The kinds of devices that are simulated, as the table `kinds.toml` describes them."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from yuzhang.core.language import Title

TABLE = Path(__file__).with_name("kinds.toml")


@dataclass(frozen=True, slots=True)
class Attribute:
    """How one value goes: `mean` and what is added to it. `day`: amplitude over a day, with its maximum in hour `peak`; `rain`: for each
    mm/h; `heat`: for each kelvin above 20 °C; `incident`: while one lasts. `unit`: a UNECE code."""

    name: str
    unit: str
    mean: float
    low: float
    high: float
    noise: float = 0.0
    day: float = 0.0
    peak: float = 0.0
    rain: float = 0.0
    heat: float = 0.0
    incident: float = 0.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of device. `share` of all devices; `incident`: chance of one a device and day, which lasts `minutes`; `fault`: chance a
    device and day that it is out of order."""

    name: str
    type: str
    title: Title
    unit: str
    share: float
    every_s: int
    incident: float
    minutes: float
    fault: float
    attributes: tuple[Attribute, ...]


def kinds(path: Path = TABLE) -> tuple[Kind, ...]:
    """All kinds of the table, whose shares make one. Raises ValueError if they do not."""
    found = []
    known = {one.name for one in fields(Attribute)}
    for name, told in tomllib.loads(path.read_text(encoding="utf-8")).items():
        attributes = tuple(
            Attribute(one, **{key: value for key, value in how.items() if key in known})
            for one, how in told.pop("attributes").items()
        )
        title = told.pop("title")
        found.append(Kind(name, title=Title(title["zh"], title["en"]), attributes=attributes, **told))
    if abs(sum(one.share for one in found) - 1) > 1e-9:
        raise ValueError(f"the shares of {path.name} make {sum(one.share for one in found)}, not 1")
    return tuple(found)
