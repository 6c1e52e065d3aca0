"""Who may see how MQTT goes."""

from collections.abc import Coroutine
from typing import Any

from yuzhang.core.access import Party, action
from yuzhang.foundation.sources.mqtt.model import Health
from yuzhang.foundation.sources.mqtt.room import Mqtt


@action("operator", reads=True)
def health(mqtt: Mqtt, caller: Party, /) -> Coroutine[Any, Any, Health]:
    """Whether MQTT is spoken, what waits to be durable, and the last messages that were refused, with the reason."""
    return mqtt.state()
