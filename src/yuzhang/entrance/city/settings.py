"""The base map, as environment variables: it belongs to the machine and its licence, not to the city's data."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from yuzhang.core.language import Title
from yuzhang.entrance.city.errors import UnfitMap
from yuzhang.web.bounds import HEADERS

TILES, DATUM = "YUZHANG_MAP_TILES", "YUZHANG_MAP_DATUM"
OWN = "/api/city/base.pmtiles"
POLICY = "content-security-policy"


@dataclass(frozen=True, slots=True)
class MapSettings:
    """What lies under the city's own layers.

    `kind`: `none`, `xyz` (an address with {z}, {x} and {y}) or `pmtiles`. `address`: what the browser loads. `file`: the PMTiles file
    that this server sends. `gcj02`: the base map is drawn in GCJ-02, so that all layers are shifted to lie on it.
    """

    kind: Literal["none", "xyz", "pmtiles"] = "none"
    address: str = ""
    file: Path | None = None
    gcj02: bool = False

    @property
    def host(self) -> str:
        """The foreign host that a page has to be allowed; empty if there is none."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

    def policy(self) -> str:
        """The Content-Security-Policy of pages with this map: theirs, and the map's host."""
        policy = HEADERS[POLICY]
        if not self.host:
            return policy
        return policy.replace("img-src 'self'", f"img-src 'self' {self.host}") + f"; connect-src 'self' {self.host}"


def map_settings(environment: Mapping[str, str] = os.environ) -> MapSettings:
    """The settings as the environment has them. Raises UnfitMap, naming the variable.

    >>> map_settings({"YUZHANG_MAP_TILES": "https://tiles.example/{z}/{x}/{y}.png", "YUZHANG_MAP_DATUM": "gcj02"}).host
    'https://tiles.example'
    """
    tiles, datum = environment.get(TILES, "").strip(), (environment.get(DATUM) or "wgs84").strip().lower()
    if datum not in ("wgs84", "gcj02"):
        raise _unfit(DATUM, "可选 wgs84 或 gcj02。", "It is `wgs84` or `gcj02`.")
    gcj02 = datum == "gcj02"
    if not tiles:
        return MapSettings(gcj02=gcj02)
    remote = tiles.startswith(("https://", "http://"))
    if all(one in tiles for one in ("{z}", "{x}", "{y}")) and (remote or tiles.startswith("/")):
        return MapSettings("xyz", tiles, gcj02=gcj02)
    if remote and urlsplit(tiles).path.endswith(".pmtiles"):
        return MapSettings("pmtiles", tiles, gcj02=gcj02)
    if tiles.endswith(".pmtiles") and Path(tiles).is_file():
        return MapSettings("pmtiles", OWN, Path(tiles), gcj02)
    raise _unfit(
        TILES,
        "请给出含 {z}、{x}、{y} 的瓦片地址，或 .pmtiles 的地址或现有文件。",
        "Give an address with {z}, {x} and {y}, or the address or existing file of a .pmtiles.",
    )


def _unfit(variable: str, zh: str, en: str) -> UnfitMap:
    return UnfitMap(Title(f"{variable} 不可用。", f"{variable} cannot be used."), where=variable, fix=Title(zh, en))
