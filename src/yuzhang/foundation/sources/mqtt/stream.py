"""Our side of the broker: messages that it acknowledged, in order, until we tell it to forget them.

Messages of QoS 1 lie in a stream of the broker from before their sender has its PUBACK. It is read from its beginning, and what is
in our log is cut off there: so what a crash interrupts is read again. Messages of QoS 0 lie nowhere; they come as they come.
Source: NATS documentation, "MQTT", and ADR-31 on direct batches.
"""

import asyncio
import json
import logging
from collections import deque
from contextlib import suppress
from time import time_ns
from typing import Any

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from yuzhang.foundation.sources.formats.cells import moment
from yuzhang.foundation.sources.mqtt.child import US, BrokerAway
from yuzhang.foundation.sources.mqtt.model import Message
from yuzhang.foundation.sources.mqtt.topics import ROOTS, topic_of

KEPT = "$MQTT_msgs"
PREFIX = "$MQTT.msgs."
MOST_BYTES = 2**30
"""That may wait in the broker; who sends more gets no PUBACK."""
RETAINED_BYTES = 16 * 2**20
AT_ONCE, BYTES_AT_ONCE = 5_000, 16 * 2**20
LOOSE_BYTES = 16 * 2**20
ASK_S = 10.0
NO_STREAM = 10059
STREAMS: dict[str, dict[str, Any]] = {
    # Made before the broker lets anybody in: it would make one that forgets what nobody reads at that moment.
    KEPT: {
        "subjects": [f"{PREFIX}>"],
        "retention": "limits",
        "discard": "new",
        "max_bytes": MOST_BYTES,
        "allow_direct": True,
    },
    # Nobody reads what devices want to be retained; it may not fill the disk.
    "$MQTT_rmsgs": {"subjects": ["$MQTT.rmsgs.>"], "max_bytes": RETAINED_BYTES, "max_msgs_per_subject": 1},
}
log = logging.getLogger(__name__)


class Stream:
    """A connection to the broker. Made by `opened`; every call raises BrokerAway when the broker does not answer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._news = asyncio.Event()
        self._loose: deque[Message] = deque()
        self._loose_bytes = 0
        self.dropped = 0
        self._inbox = client.new_inbox()
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()

    @classmethod
    async def opened(cls, address: str, key: str, lost: "asyncio.Event") -> "Stream":
        """A connection, and the streams as they shall be; `lost` is set when it breaks."""

        async def closed() -> None:
            lost.set()

        try:
            client = await nats.connect(
                address, user=US, password=key, allow_reconnect=False, closed_cb=closed, error_cb=_told, name=US
            )
            made = cls(client)
            await made._prepare()
        except (NatsError, OSError, TimeoutError) as error:
            raise _away(error) from error
        return made

    async def close(self) -> None:
        """Release the connection."""
        with suppress(NatsError, OSError):
            await self._client.close()

    async def _prepare(self) -> None:
        for name, wanted in STREAMS.items():
            config = {"name": name, "storage": "file", "num_replicas": 1, **wanted}
            made = await self._api(f"STREAM.INFO.{name}", {})
            if made.get("error", {}).get("err_code") == NO_STREAM:
                made = await self._api(f"STREAM.CREATE.{name}", config)
            elif any(made.get("config", {}).get(setting) != value for setting, value in wanted.items()):
                made = await self._api(f"STREAM.UPDATE.{name}", config)  # made by another version
            if "error" in made:
                raise BrokerAway.because(
                    f"{name}：{made['error'].get('description')}。", f"{name}: {made['error'].get('description')}."
                )
        await self._client.subscribe(self._inbox, cb=self._take, pending_bytes_limit=4 * BYTES_AT_ONCE)
        for root in ROOTS:
            await self._client.subscribe(f"{root}.>", cb=self._hear, pending_bytes_limit=LOOSE_BYTES)
        await self._client.flush()

    async def _take(self, message: Msg) -> None:
        self._arrived.put_nowait(message)

    async def _hear(self, message: Msg) -> None:
        """Something was sent. If it is of QoS 0, this is all there is of it; else it is in the stream in a moment."""
        self._news.set()
        if (message.headers or {}).get("Nmqtt-Pub", "0") == "0":
            if self._loose_bytes > LOOSE_BYTES:
                self.dropped += 1
                return
            self._loose_bytes += len(message.data)
            self._loose.append(Message(topic_of(message.subject), message.data, time_ns() // 1000))

    async def news(self, patience_s: float) -> bool:
        """Wait until something was sent, at most `patience_s`; whether something was."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), patience_s)
        heard = self._news.is_set()
        self._news.clear()
        return heard

    def loose(self) -> list[Message]:
        """The messages of QoS 0 that came since the last call."""
        found = list(self._loose)
        self._loose.clear()
        self._loose_bytes = 0
        return found

    async def kept(self, after: int) -> list[Message]:
        """Messages of QoS 1 after place `after`, in order; about BYTES_AT_ONCE of them, none if there is none."""
        asked = msgspec.json.encode({"seq": after + 1, "batch": AT_ONCE, "max_bytes": BYTES_AT_ONCE})
        found: list[Message] = []
        try:
            await self._client.publish(f"$JS.API.DIRECT.GET.{KEPT}", asked, reply=self._inbox)
            while True:
                one = await asyncio.wait_for(self._arrived.get(), ASK_S)
                headers = one.headers or {}
                status = headers.get("Status")
                if status is None:
                    stored = moment(headers["Nats-Time-Stamp"])
                    subject = headers["Nats-Subject"].removeprefix(PREFIX)
                    found.append(Message(topic_of(subject), one.data, stored, int(headers["Nats-Sequence"])))
                elif status in {"204", "404"}:
                    return found
                else:
                    raise BrokerAway.because(f"流的应答：{status}。", f"The stream answered {status}.")
        except (NatsError, OSError, TimeoutError) as error:
            raise _away(error) from error

    async def forget(self, place: int) -> None:
        """Have the broker forget the messages up to `place`, which are in our log."""
        done = await self._api(f"STREAM.PURGE.{KEPT}", {"seq": place + 1})
        if "error" in done:
            raise BrokerAway.because("无法清除。", f"It does not forget: {done['error'].get('description')}.")

    async def waiting(self, after: int) -> int:
        """How many messages of QoS 1 lie after place `after`."""
        state = (await self._api(f"STREAM.INFO.{KEPT}", {}))["state"]
        return int(state["last_seq"]) - max(after, int(state["first_seq"]) - 1)

    async def _api(self, subject: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._client.request(f"$JS.API.{subject}", json.dumps(body).encode(), timeout=ASK_S)
        except (NatsError, OSError, TimeoutError) as error:
            raise _away(error) from error
        found: dict[str, Any] = msgspec.json.decode(answer.data)
        return found


def _away(error: Exception) -> BrokerAway:
    said = str(error) or type(error).__name__
    return BrokerAway.because(f"MQTT 服务没有应答：{said}。", f"The broker does not answer: {said}.")


async def _told(error: Exception) -> None:
    log.info("the connection to the broker: %s", error)
