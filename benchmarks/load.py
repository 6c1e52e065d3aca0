"""What is asked of a context broker when it is measured: the entities, the cases, and each case as a script for wrk.

An entity has six properties, a relationship and a geometry, the shape in which Stellio publishes its figures.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from string import Template
from typing import Any

TYPE = "Station"
VALUE = "batch"
"""The attribute that is declared, and asked for by value."""
SAME_VALUE = 5
"""Entities that have the same value of it."""
PER_SCRIPT = 8
"""Batches of known entities that are laid ready for one case."""


def entity(number: int, prefix: str = "s") -> dict[str, Any]:
    """The entity of a number; about 900 bytes of JSON."""
    return {
        "id": f"urn:ngsi-ld:{TYPE}:{prefix}{number}",
        "type": TYPE,
        "name": {"type": "Property", "value": f"Station {number}"},
        "temperature": {"type": "Property", "value": 15 + number % 200 / 10, "unitCode": "CEL"},
        "humidity": {"type": "Property", "value": number % 100, "unitCode": "P1"},
        "level": {
            "type": "Property",
            "value": number % 1000 / 100,
            "unitCode": "MTR",
            "observedAt": "2026-08-17T08:00:00Z",
        },
        "status": {"type": "Property", "value": ("ok", "low", "alarm")[number % 3]},
        VALUE: {"type": "Property", "value": number // SAME_VALUE},
        "locatedIn": {"type": "Relationship", "object": f"urn:ngsi-ld:District:{number % 50}"},
        "location": {
            "type": "GeoProperty",
            "value": {
                "type": "Point",
                "coordinates": [115.5 + number % 1000 / 1000, 28.3 + number // 1000 % 1000 / 1000],
            },
        },
    }


@dataclass(frozen=True, slots=True)
class Request:
    """One kind of request, in Lua: the expressions of its path and its payload, and what they need."""

    path: str
    payload: str = "nil"
    prepare: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is measured. `work` is how many entities one request writes, `connections` how many are open at once.

    `request` is asked with the number of entities in the store. A case that `grows` leaves more of them.
    """

    name: str
    title: str
    method: str
    request: Callable[[int], Request]
    connections: int = 32
    work: int = 0
    grows: bool = False


SCRIPT = Template("""local base, size, run, count = "$base", $size, "$run", 0
local headers = {["Content-Type"] = "application/json"}
$prepare
function init() math.randomseed(17) end
function request()
  count = count + 1
  return wrk.format("$method", base .. $path, $headers, $payload)
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\\n{"requests": %d, "microseconds": %d, "p50": %f, "p99": %f, "refused": %d, "broken": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
""")


def script(case: Case, size: int, base: str, run: str) -> str:
    """The case for wrk, against a store of `size` entities. `base` is the API's path; `run` makes new ids new in every run."""
    asked = case.request(size)
    return _script(case.method, asked, size, base, run)


def bare_script(case: Case, size: int, answer_bytes: int) -> str:
    """The same for the bare server: the same payloads, an answer of the same size."""
    asked = case.request(size)
    return _script(case.method, Request(f'"/{answer_bytes}"', asked.payload, asked.prepare), size, "", "bare")


def _script(method: str, asked: Request, size: int, base: str, run: str) -> str:
    return SCRIPT.substitute(
        base=base,
        size=size,
        run=run,
        method=method,
        path=asked.path,
        payload=asked.payload,
        prepare=asked.prepare,
        headers="nil" if asked.payload == "nil" else "headers",
    )


RANDOM_ID = f'"/entities/urn:ngsi-ld:{TYPE}:s" .. math.random(0, size - 1)'
NEW_ID = 'run .. "-" .. count .. "-"'


def get_one(size: int) -> Request:
    """One entity by its id."""
    return Request(RANDOM_ID)


def query(size: int) -> Request:
    """The first page of a type."""
    return Request(f'"/entities?type={TYPE}&limit=20"')


def query_value(size: int) -> Request:
    """Those of a type that have a value."""
    return Request(f'"/entities?type={TYPE}&q={VALUE}==" .. math.random(0, math.floor((size - 1) / {SAME_VALUE}))')


def patch(size: int) -> Request:
    """One attribute of one entity."""
    payload = '\'{"type": "Property", "value": \' .. math.random(0, 4000) / 100 .. \', "unitCode": "CEL"}\''
    return Request(RANDOM_ID + ' .. "/attrs/temperature"', payload)


def create(size: int) -> Request:
    """One new entity."""
    before, after = json.dumps(entity(7, "RUN")).split("RUN", 1)
    return Request(
        '"/entities"', f"before .. {NEW_ID} .. after", f"local before, after = [==[{before}]==], [==[{after}]==]"
    )


def upsert_known(amount: int) -> Callable[[int], Request]:
    """`amount` entities that are there already, with other values."""

    def request(size: int) -> Request:
        listed = []
        for part in range(PER_SCRIPT):
            some = [entity((part * amount + one) % size) for one in range(min(amount, size))]
            for one in some:
                one["temperature"]["value"] = "TEMPERATURE"
            listed.append(f"[==[{json.dumps(some)}]==]")
        payload = f"""(bodies[count % {PER_SCRIPT} + 1]:gsub('"TEMPERATURE"', count % 400 / 10))"""
        return Request(UPSERT, payload, f"local bodies = {{{','.join(listed)}}}")

    return request


def upsert_new(amount: int) -> Callable[[int], Request]:
    """`amount` entities that are not there yet."""

    def request(size: int) -> Request:
        body = json.dumps([entity(number, "RUN") for number in range(amount)])
        return Request(UPSERT, f'(body:gsub("RUN", {NEW_ID}))', f"local body = [==[{body}]==]")

    return request


UPSERT = '"/entityOperations/upsert"'
CASES = (
    Case("get", "GET one", "GET", get_one),
    Case("query", "query, limit=20", "GET", query),
    Case("value", "query by type and value", "GET", query_value),
    Case("patch", "PATCH one attribute", "PATCH", patch, work=1),
    Case("upsert-100", "upsert 100 known", "POST", upsert_known(100), connections=4, work=100),
    Case("upsert-1000", "upsert 1,000 known", "POST", upsert_known(1000), connections=4, work=1000),
    Case("create", "create one", "POST", create, work=1, grows=True),
    Case("upsert-new-100", "upsert 100 new", "POST", upsert_new(100), connections=4, work=100, grows=True),
    Case("upsert-new-1000", "upsert 1,000 new", "POST", upsert_new(1000), connections=4, work=1000, grows=True),
)
