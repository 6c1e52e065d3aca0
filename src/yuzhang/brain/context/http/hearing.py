"""Where other brokers notify this one of what it subscribed to at them. The standard leaves the address to the broker."""

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.federation.actions import hear
from yuzhang.brain.context.http.message import Answer, Call, Route
from yuzhang.brain.context.http.negotiation import payload_of


async def heard(broker: Broker, call: Call, remote: str) -> Answer:
    """A notification of another broker."""
    data, terms = await payload_of(broker, call)
    if not isinstance(data, dict) or data.get("type") != "Notification" or not isinstance(data.get("data"), list):
        raise BadRequestData(said("A notification has the type Notification and its entities in data."), where="/")
    await hear(broker, call.caller, remote, data["data"], terms, call.headers.get("via"))
    return Answer(200)


ROUTES = [Route("POST", "/remoteNotifications/{remote}", heard, frozenset(), "Notifications of other brokers")]
