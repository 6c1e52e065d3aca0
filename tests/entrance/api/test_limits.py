"""How much may be asked: per address, per key, per day."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from entrance.api.conftest import APPLICATION
from yuzhang.core.access import OPERATOR, Party
from yuzhang.entrance.api import keys
from yuzhang.entrance.api.errors import UnfitLimit
from yuzhang.entrance.api.keys import Wanted
from yuzhang.entrance.api.limits import Buckets, Limits
from yuzhang.entrance.api.model import Limit
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.api.settings import rate
from yuzhang.entrance.doorkeeper import Doorkeeper
from yuzhang.entrance.identity.parties import set_status
from yuzhang.entrance.identity.room import Identity
from yuzhang.web.gate import Asking


def browser(identity: Identity, api: Api, peer: str = "10.0.0.9", **headers: str) -> TestClient:
    """Asks through the limits, at a clock that stands still."""
    limits = Limits(
        PlainTextResponse("ok"), api, identity.gate, strangers=Limit(1, 3), buckets=Buckets(clock=lambda: 0.0)
    )
    return TestClient(limits, "http://localhost", client=(peer, 5), headers=headers)


def test_a_stranger_who_asks_too_fast_is_told_when_to_come_back(identity: Identity, api: Api) -> None:
    asking = browser(identity, api)
    assert [asking.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = asking.get("/")
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.headers["retry-after"], refused.headers["ratelimit"]) == ("1", '"second";r=0;t=1')
    assert refused.json()["code"] == "too-many-requests"
    assert asking.get("/health").status_code == 200


def test_threads_together_get_exactly_the_burst() -> None:
    buckets = Buckets(clock=lambda: 0.0)
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: buckets.take("x", Limit(10, 250)).given, range(2_000)))
    assert sum(given) == 250


def test_a_bucket_fills_again_with_time() -> None:
    at = [0.0]
    buckets = Buckets(clock=lambda: at[0])
    assert [buckets.take("x", Limit(2, 2)).given for _ in range(3)] == [True, True, False]
    at[0] = 0.5
    assert [buckets.take("x", Limit(2, 2)).given for _ in range(2)] == [True, False]


def test_many_addresses_take_bounded_memory() -> None:
    buckets = Buckets(most=100, clock=lambda: 0.0)
    for number in range(1_000):
        buckets.take(str(number), Limit(1, 1))
    assert len(buckets) == 100


def test_a_key_has_its_own_daily_number_that_outlasts_a_restart(identity: Identity, api: Api, owner: Party) -> None:
    made = keys.add(api, owner, APPLICATION, Wanted("display", daily=2))
    asking = browser(identity, api, **{"x-api-key": made.text})
    assert [asking.get("/").status_code for _ in range(3)] == [200, 200, 429]
    api.stop()
    again = Api(api.storage, api.secrets, api.guard)
    assert browser(identity, again, **{"x-api-key": made.text}).get("/").status_code == 429
    counted = keys.usage(again, owner, made.key.id)
    assert [(one.requests, one.refused) for one in counted] == [(2, 2)]


def test_a_guessed_key_counts_for_the_address(identity: Identity, api: Api) -> None:
    asking = browser(identity, api, authorization="Key yz_0123456789abcdef_" + "x" * 43)
    assert [asking.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_hosts_of_one_network_of_ipv6_share_a_bucket(identity: Identity, api: Api) -> None:
    limits = Limits(
        PlainTextResponse("ok"), api, identity.gate, strangers=Limit(1, 1), buckets=Buckets(clock=lambda: 0.0)
    )
    codes = [
        TestClient(limits, "http://localhost", client=(peer, 5)).get("/").status_code
        for peer in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
    ]
    assert codes == [200, 429, 200]


def test_a_browser_that_asks_too_fast_gets_a_page_in_its_language(identity: Identity, api: Api) -> None:
    asking = browser(identity, api, accept="text/html", **{"accept-language": "en"})
    refused = [asking.get("/") for _ in range(4)][-1]
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.headers["content-type"].startswith("text/html")
    assert "Try again in 1 s." in refused.text
    assert asking.get("/?lang=zh").text.count("请在 1 秒后重试。") == 1
    assert asking.get("/api/plans").headers["content-type"] == "application/problem+json"


def test_the_gate_is_asked_once_and_what_stands_behind_finds_the_party(
    identity: Identity, api: Api, owner: Party
) -> None:
    made = keys.add(api, owner, APPLICATION, Wanted("display"))
    asked: list[Asking] = []
    found: list[Party] = []
    shared: dict[str, object] = {"caller": owner, "kept": 1}

    class Counted:
        def party(self, asking: Asking) -> Party:
            asked.append(asking)
            return identity.gate.party(asking)

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["state"] is not shared
        assert scope["state"]["kept"] == 1
        found.append(scope["state"]["caller"])
        await PlainTextResponse("ok")(scope, receive, send)

    gate = Counted()
    app = Limits(Doorkeeper(behind, gate), api, gate)

    async def with_shared_state(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = shared
        await app(scope, receive, send)

    client = TestClient(with_shared_state, "http://localhost", client=("10.0.0.9", 5))
    assert client.get("/", headers={"authorization": f"Key {made.text}"}).status_code == 200
    assert client.get("/").status_code == 200
    assert [one.kind for one in found] == ["application", "stranger"]
    assert len(asked) == 2
    assert shared["caller"] is owner  # what one request is known by never reaches another


@pytest.mark.parametrize("given", ["20", "0/5", "a/b", "20/100/1", "-1/5", "1e3/5"])
def test_a_setting_that_is_no_limit_is_refused_by_name(given: str) -> None:
    with pytest.raises(UnfitLimit) as refused:
        rate("YUZHANG_RATE_STRANGERS", Limit(1, 1), {"YUZHANG_RATE_STRANGERS": given})
    assert refused.value.where == "YUZHANG_RATE_STRANGERS"


def test_a_suspended_application_is_forgotten_at_once(identity: Identity, api: Api, owner: Party) -> None:
    made = keys.add(api, owner, APPLICATION, Wanted("display"))
    identity.gate.forgetting.append(api.forget)
    asking = Asking("GET", "/", "10.0.0.9", {"authorization": f"Key {made.text}"})
    assert identity.gate.party(asking).kind == "application"
    set_status(identity, OPERATOR, APPLICATION, "suspended")
    assert identity.gate.party(asking).kind == "stranger"
