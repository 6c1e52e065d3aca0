"""The broker's door to all others: whether a request concerns them at all, and which of them."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from yuzhang.brain.context.errors import LoopDetected, said
from yuzhang.brain.context.federation.asking import Sources
from yuzhang.brain.context.federation.following import Following
from yuzhang.brain.context.federation.spreading import Part
from yuzhang.brain.context.federation.via import passed, too_far
from yuzhang.brain.context.http.message import Call
from yuzhang.brain.context.registrations.identity import alias_of
from yuzhang.brain.context.registrations.model import Registration

if TYPE_CHECKING:
    from yuzhang.brain.context.broker import Broker


class Federation:
    """Which context sources a request concerns, and the way to them."""

    def __init__(self, broker: "Broker") -> None:
        self.broker = broker
        self.sources = Sources(broker)
        self._directory = broker.registrations
        self.following = Following(self)

    async def start(self) -> None:
        """Know again what this broker subscribed to at others."""
        await self.following.start()

    async def stop(self) -> None:
        """Give up what is on its way, and release the connections."""
        await self.following.stop()
        await self.sources.close()

    def concerns(self, call: Call) -> bool:
        """Whether somebody is registered, and the request is not for this broker alone. Source: clause 6.3.18."""
        tenants = self._directory.tenants
        return (
            bool(tenants)
            and call.tenant in tenants
            and "ngsild-snapshot" not in call.headers
            and not call.flag("local")
        )

    def asks(self, call: Call) -> bool:
        """The same for reads. For a party that may not see all nobody else is asked: it is not known how others classify their data."""
        if not self.concerns(call):
            return False
        sight = self.broker.sights.of(call.caller, call.tenant)
        return sight is None or not sight.narrow

    def concerning(self, call: Call, entity: str, types: frozenset[str] | None) -> list[Registration]:
        """The registrations that may have an entity; with types None, one of any type."""
        now = self.broker.now()
        found = self._directory.of(call.tenant).concerning(entity, types)
        return [one for one in found if one.is_latest and one.alive(now)]

    def all(self, call: Call) -> list[Registration]:
        """All registrations of the tenant for the present."""
        now = self.broker.now()
        return [one for one in self._directory.of(call.tenant).everything.values() if one.is_latest and one.alive(now)]

    def came_round(self, call: Call) -> bool:
        """Whether a request has passed this broker already, or so many that it must be going in circles."""
        via = call.headers.get("via", "")
        return bool(via) and (alias_of(self._directory.alias, call.tenant) in passed(via) or too_far(via))

    def closed(self, call: Call, one: Registration) -> bool:
        """Whether a request may not go to this context source, because it comes from there."""
        via = call.headers.get("via", "")
        return bool(via) and (self.came_round(call) or one.alias in passed(via))

    def check_loop(self, call: Call, registrations: Iterable[Registration]) -> None:
        """Raises LoopDetected if a request would go round to who alone holds what it asks for. Source: clause 6.3.17."""
        if "via" not in call.headers:
            return
        for one in registrations:
            if one.is_proxy and self.closed(call, one):
                raise LoopDetected(
                    said(f"The request has passed here already on its way to the registration {one.id}.")
                )

    def open_to(self, call: Call, parts: Iterable[Part]) -> Iterator[Part]:
        """The parts that do not go back to where the request has been."""
        return (part for part in parts if not self.closed(call, part.registration))
