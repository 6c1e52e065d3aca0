"""What an endpoint of notifications may be. Source: clauses 5.2.15, 5.2.22, 6.3.8 and 7.2."""

import re
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from yuzhang.brain.context.errors import BadRequestData, said

MEDIA = ("application/json", "application/ld+json", "application/geo+json")
MEMBERS = frozenset({"uri", "accept", "cooldown", "timeout", "receiverInfo", "notifierInfo"})
SCHEMES = frozenset({"http", "https", "mqtt", "mqtts"})
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# They frame the message: a subscriber who set them could smuggle a second request behind the first.
NOT_TO_SET = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect"}
)
MQTT_SETTINGS = {"MQTT-QoS": ("0", "1", "2"), "MQTT-Version": ("mqtt3.1.1", "mqtt5.0")}


def read_endpoint(value: Any, where: str) -> None:
    """Check an endpoint. Raises BadRequestData."""
    if not isinstance(value, dict):
        _refuse("An endpoint is an object.", where)
    unknown = value.keys() - MEMBERS
    if unknown:
        _refuse(f"An endpoint has no member {min(unknown)[:100]}.", f"{where}/{min(unknown)[:100]}")
    _uri(value.get("uri"), f"{where}/uri")
    if value.get("accept", MEDIA[0]) not in MEDIA:
        _refuse(f"accept is one of {', '.join(MEDIA)}.", f"{where}/accept")
    for member in ("cooldown", "timeout"):
        one = value.get(member, 1)
        if not isinstance(one, int | float) or isinstance(one, bool) or not 0 < one < float("inf"):
            _refuse("A number of milliseconds greater than 0 is expected here.", f"{where}/{member}")
    mqtt = value["uri"].startswith("mqtt")
    for pair, place in _pairs(value.get("receiverInfo", []), f"{where}/receiverInfo"):
        if not mqtt:
            _header(pair, place)
    for pair, place in _pairs(value.get("notifierInfo", []), f"{where}/notifierInfo"):
        words = MQTT_SETTINGS.get(pair["key"])
        if mqtt and words and pair["value"] not in words:
            _refuse(f"{pair['key']} is one of {', '.join(words)}.", f"{place}/value")


def _uri(value: Any, where: str) -> None:
    if not isinstance(value, str) or len(value) > 4000 or not value.isascii() or any(char <= " " for char in value):
        _refuse("An address in ASCII without spaces is expected here.", where)
    try:
        found = urlsplit(value)
        host, _ = found.hostname, found.port
    except ValueError as err:
        raise BadRequestData(said(f"The address cannot be read: {err}."), where=where) from err
    if found.scheme not in SCHEMES or not host:
        _refuse(f"An address with a host and one of {', '.join(sorted(SCHEMES))} is expected here.", where)
    if found.scheme.startswith("mqtt"):
        topic = unquote(found.path[1:])
        if not topic or any(char in topic for char in "+#\0"):
            _refuse("An MQTT address ends in a topic without wildcards (clause 7.2).", where)


def _pairs(value: Any, where: str) -> list[tuple[dict[str, str], str]]:
    if not isinstance(value, list):
        _refuse("A list of key-value pairs is expected here.", where)
    found = []
    for number, pair in enumerate(value):
        place = f"{where}/{number}"
        if not isinstance(pair, dict) or pair.keys() != {"key", "value"}:
            _refuse("A pair has exactly key and value.", place)
        for member in ("key", "value"):
            if not isinstance(pair[member], str):
                _refuse("A text is expected here.", f"{place}/{member}")
        found.append((pair, place))
    return found


def _header(pair: dict[str, str], where: str) -> None:
    """A pair becomes a header (clause 6.3.8), so it must be one by RFC 7230."""
    if not HEADER_NAME.fullmatch(pair["key"]) or pair["key"].lower() in NOT_TO_SET:
        _refuse(f"“{pair['key'][:100]}” cannot be a header.", f"{where}/key")
    if not HEADER_VALUE.fullmatch(pair["value"]):
        _refuse("This cannot be the value of a header.", f"{where}/value")


def _refuse(what: str, where: str) -> NoReturn:
    raise BadRequestData(said(what), where=where)
