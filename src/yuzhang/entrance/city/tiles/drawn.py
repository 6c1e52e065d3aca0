"""Tiles as they are asked for: drawn once for all who see the same, compressed, with a tag that tells whether anything changed."""

import gzip
import hashlib
from collections import OrderedDict
from threading import Lock
from time import monotonic, time_ns
from typing import Any

import shapely

from yuzhang.core.language import Language
from yuzhang.entrance.city.model import Area, Sources
from yuzhang.entrance.city.places import Places
from yuzhang.entrance.city.seeing import Masks
from yuzhang.entrance.city.tiles import areas as area_tiles
from yuzhang.entrance.city.tiles import drawing

MOST_KEPT = 600
KEPT_S = 2.0
"""So long a tile of things is taken for right: values in between come by the stream."""
AREAS_S = 60.0
LEVEL = 3


class Tile:
    """A tile as it is sent."""

    __slots__ = ("content", "packed", "tag", "until")

    def __init__(self, content: bytes, until: float) -> None:
        self.content, self.until = content, until
        self.packed = gzip.compress(content, LEVEL, mtime=0)
        self.tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


class Drawn:
    """Draws tiles, and keeps the last."""

    def __init__(self, sources: Sources, *, gcj02: bool) -> None:
        self.sources, self._gcj02 = sources, gcj02
        self._kept: OrderedDict[Any, Tile] = OrderedDict()
        self._lock = Lock()
        self._areas: tuple[float, list[Area], list[Any]] = (0.0, [], [])

    def of(self, name: str, places: Places, masks: Masks, address: tuple[int, int, int]) -> Tile:
        """A tile of things, for whoever sees by `masks`."""
        who = hash((masks.seen.tobytes(), masks.valued.tobytes()))
        return self._found(
            (name, address, who, places.version), KEPT_S, lambda: self._things(name, places, masks, address)
        )

    def _things(self, name: str, places: Places, masks: Masks, address: tuple[int, int, int]) -> bytes:
        return drawing.tile(name, places, masks, address, time_ns() // 1000)

    def of_areas(self, address: tuple[int, int, int], language: Language) -> Tile:
        """A tile of regions."""
        areas, shapes = self._looked()
        return self._found(
            ("regions", address, language), AREAS_S, lambda: area_tiles.tile(areas, shapes, address, language)
        )

    def extent(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of all regions; None if there are none."""
        areas, _ = self._looked()
        return None if not areas else tuple(shapely.total_bounds([one.boundary for one in areas]).tolist())

    def _looked(self) -> tuple[list[Area], list[Any]]:
        until, areas, shapes = self._areas
        if until < monotonic():
            areas = list(self.sources.areas())
            shapes = area_tiles.projected(areas, gcj02=self._gcj02)
            self._areas = (monotonic() + AREAS_S, areas, shapes)
        return areas, shapes

    def _found(self, key: Any, keep_s: float, draw: Any) -> Tile:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.until > monotonic():
                self._kept.move_to_end(key)
                return kept
        made = Tile(draw(), monotonic() + keep_s)
        with self._lock:
            self._kept[key] = made
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made
