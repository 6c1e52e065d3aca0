"""Devices that engineers register at the page, and what they send over MQTT."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from paho.mqtt import publish
from playwright.sync_api import Page, expect

SECRET = re.compile(r"dev_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Sender:
    """A device with its credential."""

    name: str
    secret: str
    entity: str

    def send(self, port: int, messages: Sequence[tuple[str, str | bytes]]) -> None:
        """Send topics and payloads with QoS 1; it returns when all of them are acknowledged."""
        told: list[Any] = [{"topic": topic, "payload": payload, "qos": 1} for topic, payload in messages]
        publish.multiple(told, "127.0.0.1", port, self.name, auth={"username": self.name, "password": self.secret})

    def levels(self, port: int, levels: Sequence[tuple[int, float]]) -> None:
        """Send levels of water: minutes from now, metres."""
        now = datetime.now(UTC)
        messages = []
        for minutes, level in levels:
            at = (now + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
            told = {"waterLevel": {"value": level, "unitCode": "MTR"}, "observedAt": at}
            messages.append((f"entities/{self.entity}", json.dumps(told)))
        self.send(port, messages)


def registered(page: Page, id_: str, kind: str, **fields: str) -> Sender:
    """A device that somebody registers at the page; its credential is shown once."""
    page.goto("/devices/new")
    unit = fields.pop("unit", "")
    for field, value in {"id": id_, "kind": kind, **fields}.items():
        page.locator(f"main [name={field}]").fill(value)
    if unit:
        page.locator("main [name=unit]").select_option(unit)
    page.locator("main button.main").click()
    secret = page.locator(".secret code").first
    expect(secret).to_have_text(SECRET)
    return Sender(id_, secret.inner_text(), fields.get("entity", f"urn:ngsi-ld:{kind}:{id_}"))
