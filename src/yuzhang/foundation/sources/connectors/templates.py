"""Templates of topics, as our MQTT listener asks them: which topics are whose, and what a message is."""

from dataclasses import dataclass

from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.sources.connectors.live import Live, letters_of
from yuzhang.foundation.sources.connectors.mapped import batch_of
from yuzhang.foundation.sources.connectors.own_topics import own_only
from yuzhang.foundation.sources.dead.room import DeadLetters
from yuzhang.foundation.sources.model import Batch
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload


@dataclass(frozen=True, slots=True)
class Template:
    """The topics of one source. Letters of its messages are kept under the name of the source, with the topic as their place."""

    _live: Live
    _dead: DeadLetters
    _registry: Registry | None = None

    @property
    def source(self) -> str:
        """The name of the source."""
        return self._live.source.name

    @property
    def filter(self) -> str:
        """The filter of an MQTT subscription that brings its messages."""
        pattern = self._live.pattern
        assert pattern is not None  # noqa: S101  # only sources with topics are templates
        return pattern.filter

    def match(self, topic: str) -> dict[str, str] | None:
        """What stands in the places of the template (`device`, …); None if a topic is none of it."""
        pattern = self._live.pattern
        return None if pattern is None else pattern.match(topic)

    def batch(self, topic: str, payload: bytes, arrived_us: int, sender: str = "") -> Batch | None:
        """The observations of a message that comes now; rows that are none are dead letters already. None: it says nothing.

        Raises InputRefused if nothing of it can be read: whoever calls keeps it as a dead letter of `source`, with the topic as its place;
        NotItsOwn if a device sends what would change the meaning of another one's messages.
        """
        if sender and self._live.remembers:  # whatever else a device sends is looked at once it is read
            own_only(self._registry, sender, self._live.entities(topic, payload, arrived_us))
        found = self._live.read(topic, payload, arrived_us)
        if found.bad and not found.taken:
            why = found.bad[0].why
            raise UnreadablePayload.because(why.zh, why.en)
        for one in letters_of(self.source, found.bad, arrived_us, topic, sender):
            self._dead.keep(one.source, one.place, one.payload, one.code, one.detail, one.arrived_us, one.sender)
        readings = found.readings
        return batch_of(readings, self._live.source.mapping.type) if readings else None
