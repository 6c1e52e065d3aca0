"""Operations: city. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Any, Literal

from yuzhang.client.calling import Answer, Group, decoded, inside, raw


class City(Group):
    """4 operations."""

    def get_base_pmtiles(self) -> Answer:
        """The base map's file, in parts as they are asked for. Raises NotFound if none is set."""
        return raw(self._calls.send("GET", "/api/city/base.pmtiles"))

    def get_things_layer_number(self, layer: Literal["devices", "events", "cases"], number: int) -> dict[str, Any]:
        """One thing of the map: what it is, its value, how old that is, and the events that are open there. Times are microseconds, UTC."""
        return decoded(self._calls.send("GET", f"/api/city/things/{inside(layer)}/{inside(number)}"), dict[str, Any])

    def get_tiles_regions_z_x_y_mvt(self, z: int, x: int, y: int, *, lang: Literal["zh", "en"] | None = None) -> Answer:
        """A Mapbox vector tile of the regions' boundaries: `id`, `name`, `level`."""
        return raw(
            self._calls.send("GET", f"/api/city/tiles/regions/{inside(z)}/{inside(x)}/{inside(y)}.mvt", {"lang": lang})
        )

    def get_tiles_layer_z_x_y_mvt(self, layer: Literal["devices", "events", "cases"], z: int, x: int, y: int) -> Answer:
        """A Mapbox vector tile of devices, events or cases, as far as the caller may see them.

        A feature's id is its number for `/api/city/things`; where too many lie in a tile, one feature stands for `count` of them."""
        return raw(self._calls.send("GET", f"/api/city/tiles/{inside(layer)}/{inside(z)}/{inside(x)}/{inside(y)}.mvt"))
