"""Behind a proxy the sender's own address counts; nobody can claim another one."""

import asyncio
from typing import Any

import pytest

from yuzhang.core.errors import InputRefused
from yuzhang.web.forwarded import Forwarded, networks

PROXY, SENDER = "10.0.0.2", "203.0.113.7"
NOBODY = "0.0.0.0"  # noqa: S104  # no address of anybody


def seen(peer: str, *headers: tuple[str, str], proxies: tuple[str, ...] = (PROXY,)) -> dict[str, Any]:
    """The scope that the application sees."""
    found: list[dict[str, Any]] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        found.append(scope)

    scope = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 5),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }

    async def nothing(*_: Any) -> Any:
        return {}

    asyncio.run(Forwarded(app, networks(proxies))(scope, nothing, nothing))
    return found[0]


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ([("x-forwarded-for", SENDER)], SENDER),
        ([("x-forwarded-for", f"{SENDER}:4711")], SENDER),
        ([("x-forwarded-for", f"127.0.0.1, {SENDER}")], SENDER),
        ([("x-forwarded-for", "127.0.0.1"), ("x-forwarded-for", SENDER)], SENDER),
        ([("x-forwarded-for", f"9.9.9.9, {SENDER}, {PROXY}")], SENDER),
        ([("forwarded", f"for=127.0.0.1, for={SENDER};proto=https")], SENDER),
        ([("forwarded", 'for="[2001:db8::1]:4711"')], "2001:db8::1"),
        ([("forwarded", f"for={SENDER}"), ("x-forwarded-for", "127.0.0.1")], SENDER),
        ([("forwarded", "for=unknown")], NOBODY),
        ([("forwarded", "for=_hidden")], NOBODY),
        ([("x-forwarded-for", "127.0.0.1, nonsense")], NOBODY),
        ([("x-forwarded-for", "::ffff:203.0.113.7")], SENDER),
        ([], NOBODY),
    ],
)
def test_address_that_the_proxy_saw_counts_whatever_the_sender_wrote(
    headers: list[tuple[str, str]], address: str
) -> None:
    assert seen(PROXY, *headers)["client"][0] == address


def test_word_of_whoever_is_no_named_proxy_is_not_taken_and_changes_nothing() -> None:
    forged = (
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1;proto=https"),
        ("x-forwarded-proto", "https"),
    )
    for peer, proxies in ((SENDER, (PROXY,)), (PROXY, ())):
        scope = seen(peer, *forged, proxies=proxies)
        assert (scope["client"], scope["scheme"]) == ((peer, 5), "http")


def test_scheme_is_the_one_that_the_outermost_named_proxy_saw() -> None:
    assert seen(PROXY, ("x-forwarded-for", SENDER), ("x-forwarded-proto", "https"))["scheme"] == "https"
    assert seen(PROXY, ("forwarded", f"for={SENDER};proto=https"))["scheme"] == "https"
    assert seen(PROXY, ("x-forwarded-for", SENDER), ("x-forwarded-proto", "gopher"))["scheme"] == "http"
    assert seen(PROXY, ("x-forwarded-for", SENDER), ("x-forwarded-proto", "http, https"))["scheme"] == "https"


def test_headers_of_proxies_reach_nobody_behind() -> None:
    scope = seen(
        PROXY, ("x-forwarded-for", SENDER), ("x-forwarded-host", "evil"), ("x-real-ip", "1.1.1.1"), ("host", "a")
    )
    assert scope["headers"] == [(b"host", b"a")]


def test_chain_of_named_proxies_is_followed_to_the_sender() -> None:
    chain = ("x-forwarded-for", f"8.8.8.8, {SENDER}, 10.0.1.9")
    assert seen(PROXY, chain, proxies=("10.0.0.0/24",))["client"][0] == "10.0.1.9"
    assert seen(PROXY, chain, proxies=("10.0.0.0/8",))["client"][0] == SENDER


@pytest.mark.parametrize("wrong", ["proxy.example", "10.0.0.0/40", "", "0.0.0.0/0", "::/0"])
def test_proxy_that_is_no_address_or_everybody_is_refused(wrong: str) -> None:
    with pytest.raises(InputRefused):
        networks([wrong])
