"""Contexts by reference: where they come from, what is kept of them, and how much they may ask for."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import pytest

from brain.context.jsonld.context_server import ContextServer
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.context.errors import BadRequestData, ContextError, LdContextNotAvailable
from yuzhang.brain.context.jsonld import contexts as room
from yuzhang.brain.context.jsonld import definitions
from yuzhang.brain.context.jsonld.loading import Copies, CopiesUnreadable, Loading, load
from yuzhang.brain.context.jsonld.terms import CORE
from yuzhang.brain.context.model import CORE_CONTEXT
from yuzhang.core.storage import Storage

R = TypeVar("R")
OPEN = BrokerSettings(load_contexts=True, private_addresses=True)
ALLOWED = Loading(allowed=True, private_addresses=True)
BUS = {"bus": "https://bus.example/"}


def during(storage: Storage, settings: BrokerSettings, story: Callable[[Broker], Awaitable[R]]) -> R:
    """What a story with a started broker comes to."""

    async def life() -> R:
        broker = Broker(storage, settings)
        await broker.start()
        try:
            return await story(broker)
        finally:
            await broker.stop()

    return asyncio.run(life())


def refused(storage: Storage, reference: Any, settings: BrokerSettings = OPEN) -> ContextError:
    """The error that a reference causes."""
    with pytest.raises(ContextError) as found:
        during(storage, settings, lambda broker: broker.contexts.obtain(reference))
    return found.value


def copies(folder: Path, **documents: Any) -> Path:
    """A folder of contexts laid in by address."""
    lines = []
    for name, document in documents.items():
        (folder / f"{name}.jsonld").write_text(document if isinstance(document, str) else json.dumps(document))
        lines.append(f'"https://{name}.example/" = "{name}.jsonld"\n')
    (folder / "index.toml").write_text("".join(lines))
    return folder


def test_without_being_allowed_nothing_is_loaded(storage: Storage, origin: ContextServer) -> None:
    address = origin.put("/a", BUS)
    for settings in (BrokerSettings(), BrokerSettings(private_addresses=True)):
        error = refused(storage, address, settings)
        assert isinstance(error, LdContextNotAvailable)
        assert "is off here" in error.detail.en
    assert origin.asked == []


def test_an_inner_address_is_not_loaded_even_if_loading_is_allowed(storage: Storage, origin: ContextServer) -> None:
    error = refused(storage, origin.put("/a", BUS), BrokerSettings(load_contexts=True))
    assert "inner network" in error.detail.en
    assert origin.asked == []


def test_only_hosts_that_were_named_are_loaded_from(storage: Storage, origin: ContextServer) -> None:
    settings = BrokerSettings(load_contexts=True, private_addresses=True, context_hosts=("contexts.example",))
    assert "not among those allowed" in refused(storage, origin.put("/a", BUS), settings).detail.en
    assert origin.asked == []


def test_a_context_is_loaded_once_and_is_there_after_a_restart_though_its_origin_is_gone(
    storage: Storage, origin: ContextServer
) -> None:
    address = origin.put("/a", {"speed": "https://bus.example/speed"})

    async def twice(broker: Broker) -> tuple[str, bool]:
        first = await broker.contexts.obtain(address)
        second = await broker.contexts.obtain(address)
        return first.expand("speed"), first is second is broker.contexts.known(address)

    assert during(storage, OPEN, twice) == ("https://bus.example/speed", True)
    origin.documents.clear()
    assert during(storage, BrokerSettings(), twice) == ("https://bus.example/speed", True)
    assert origin.asked == ["/a"]


def test_a_copy_laid_in_by_address_needs_no_network(storage: Storage, tmp_path: Path) -> None:
    folder = copies(tmp_path, bus={"@context": ["https://tram.example/", BUS]}, tram={"@context": {"t": "urn:t:"}})

    async def story(broker: Broker) -> tuple[str, str]:
        made = await broker.contexts.obtain("https://bus.example/")
        return made.expand("bus:speed"), made.expand("t:speed")

    assert during(storage, BrokerSettings(copies=folder), story) == ("https://bus.example/speed", "urn:t:speed")
    assert "is off here" in refused(storage, "https://other.example/", BrokerSettings(copies=folder)).detail.en


@pytest.mark.parametrize("text", ["{", "[" * 100_000])
def test_a_copy_that_cannot_be_read_is_said_to_be_so(storage: Storage, tmp_path: Path, text: str) -> None:
    error = refused(storage, "https://bad.example/", BrokerSettings(copies=copies(tmp_path, bad=text)))
    assert isinstance(error, LdContextNotAvailable)
    assert "cannot be read" in error.detail.en


def test_a_folder_of_copies_without_a_readable_index_is_refused(tmp_path: Path) -> None:
    for text in (None, "not toml"):
        if text is not None:
            (tmp_path / "index.toml").write_text(text)
        with pytest.raises(CopiesUnreadable, match=r"index\.toml"):
            Copies(tmp_path)


def test_a_reload_brings_the_new_one_and_a_failed_one_keeps_the_old(storage: Storage, origin: ContextServer) -> None:
    address = origin.put("/a", {"speed": "https://bus.example/old"})
    bad = [
        None,
        b"{",
        b"[" * 100_000,
        {"no": "context"},
        {"@context": {"speed": {"@id": "urn:x:1", "@context": {}}}},
        {"@context": 5},
    ]

    async def story(broker: Broker) -> list[str]:
        contexts, said = broker.contexts, []
        said.append((await contexts.obtain(address)).expand("speed"))
        for document in bad:
            origin.documents["/a"] = document
            kept = contexts.find("", address)
            assert kept is not None
            with pytest.raises(ContextError):
                await contexts.reload(kept)
            assert contexts.find("", address) == kept
            said.append((await contexts.obtain(address)).expand("speed"))
        origin.put("/a", {"speed": "https://bus.example/new"})
        assert kept is not None
        await contexts.reload(kept)
        return [*said, (await contexts.obtain(address)).expand("speed")]

    found = during(storage, OPEN, story)
    assert set(found[:-1]) == {"https://bus.example/old"}
    assert found[-1] == "https://bus.example/new"


def test_what_stood_on_a_context_that_is_forgotten_is_compiled_anew(storage: Storage, origin: ContextServer) -> None:
    inner = origin.put("/inner", {"speed": "https://bus.example/old"})
    outer = origin.put("/outer", [inner, BUS])

    async def story(broker: Broker) -> tuple[str, str]:
        before = (await broker.contexts.obtain([outer])).expand("speed")
        kept = broker.contexts.find("", inner)
        assert kept is not None
        await broker.contexts.remove(kept)
        origin.put("/inner", {"speed": "https://bus.example/new"})
        return before, (await broker.contexts.obtain([outer])).expand("speed")

    assert during(storage, OPEN, story) == ("https://bus.example/old", "https://bus.example/new")


def test_tenants_do_not_see_each_others_contexts(storage: Storage) -> None:
    async def story(broker: Broker) -> None:
        contexts = broker.contexts
        kept = await contexts.host("north", {"@context": BUS})
        assert (await contexts.obtain(kept.address, "north")).expand("bus:a") == "https://bus.example/a"
        assert contexts.find("south", kept.address) is None
        assert contexts.all("south") == contexts.all("") == []
        with pytest.raises(LdContextNotAvailable, match="not hosted here"):
            await contexts.obtain(kept.address, "south")

    during(storage, BrokerSettings(), story)


def test_an_object_gets_one_address_of_its_own_that_survives_a_restart(storage: Storage) -> None:
    async def story(broker: Broker) -> tuple[str, int]:
        made = await broker.contexts.obtain(BUS)
        by_address = await broker.contexts.obtain(made.link)
        assert by_address.expand("bus:a") == "https://bus.example/a"
        return made.link, len(broker.contexts.all(""))

    first = during(storage, BrokerSettings(), story)
    assert first == during(storage, BrokerSettings(), story)
    assert first[1] == 1


@pytest.mark.parametrize("reference", [None, [], {}, CORE_CONTEXT, [CORE_CONTEXT]])
def test_the_core_needs_nothing(storage: Storage, reference: Any) -> None:
    async def story(broker: Broker) -> None:
        assert await broker.contexts.obtain(reference) is CORE
        assert broker.contexts.all("") == []

    during(storage, BrokerSettings(), story)


@pytest.mark.parametrize(
    ("served", "word"),
    [
        (b"{", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        ([1], "holds no @context"),
        ({"a": 1}, "holds no @context"),
        ({"@context": 5}, "an object, or a list"),
        ({"@context": [[{}]]}, "no other list"),
        (b'{"@context": ' + b"[" * 900 + b"]" * 900 + b"}", "no other list"),
        ({"@context": "no address"}, "no address of a @context"),
        ({"@context": "file:///etc/passwd"}, "no address of a @context"),
        ({"@context": {"a": {"@id": "urn:x:1", "@context": {}}}}, "scoped"),
    ],
)
def test_what_is_no_context_is_refused_with_the_reason(
    storage: Storage, origin: ContextServer, served: Any, word: str
) -> None:
    origin.documents["/a"] = served
    error = refused(storage, f"{origin.address}/a")
    assert isinstance(error, BadRequestData)
    assert word in error.detail.en


def test_a_missing_document_is_not_available(storage: Storage, origin: ContextServer) -> None:
    error = refused(storage, f"{origin.address}/nowhere")
    assert isinstance(error, LdContextNotAvailable)
    assert "answers 404" in error.detail.en


def test_size_is_limited(origin: ContextServer) -> None:
    address = origin.put("/a", {"a": "urn:a:" + "x" * 2000})
    with pytest.raises(LdContextNotAvailable, match="larger than 1000 bytes"):
        asyncio.run(load(address, Loading(allowed=True, private_addresses=True, max_bytes=1000)))
    assert asyncio.run(load(address, ALLOWED)) == origin.documents["/a"]


def test_time_is_limited(origin: ContextServer) -> None:
    origin.documents["/a"] = Event()
    with pytest.raises(LdContextNotAvailable):
        asyncio.run(load(f"{origin.address}/a", Loading(allowed=True, private_addresses=True, timeout_s=0.05)))


def test_redirects_are_limited_checked_and_stay_with_http(origin: ContextServer) -> None:
    origin.put("/end", BUS)
    origin.documents |= {"/1": "->/2", "/2": "->/end", "/loop": "->/loop", "/file": "->file:///etc/passwd"}
    assert asyncio.run(load(f"{origin.address}/1", ALLOWED)) == {"@context": BUS}
    with pytest.raises(LdContextNotAvailable, match="redirected too often"):
        asyncio.run(load(f"{origin.address}/loop", ALLOWED))
    with pytest.raises(LdContextNotAvailable, match="only http and https"):
        asyncio.run(load(f"{origin.address}/file", ALLOWED))
    origin.documents["/away"] = "->http://other.example/"
    here = Loading(allowed=True, private_addresses=True, hosts=("127.0.0.1",))
    with pytest.raises(LdContextNotAvailable, match="not among those allowed"):
        asyncio.run(load(f"{origin.address}/away", here))


def test_how_deep_contexts_name_one_another_is_limited_also_in_a_circle(
    storage: Storage, origin: ContextServer
) -> None:
    origin.put("/circle", f"{origin.address}/circle")
    assert f"more than {room.MAX_DEPTH} times" in refused(storage, f"{origin.address}/circle").detail.en
    assert origin.asked == ["/circle"]


def test_how_many_contexts_one_reference_leads_to_is_limited(storage: Storage, origin: ContextServer) -> None:
    origin.put("/one", BUS)
    address = origin.put("/many", [f"{origin.address}/one"] * room.MAX_DOCUMENTS)
    assert f"more than {room.MAX_DOCUMENTS} others" in refused(storage, address).detail.en


def test_how_many_terms_a_context_has_is_limited(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definitions, "MAX_TERMS", 200)
    terms = {f"t{number}": f"urn:t:{number}" for number in range(201)}
    assert "more than 200 terms" in refused(storage, terms).detail.en


def test_packed_context_is_not_unpacked_since_a_few_bytes_may_become_gigabytes(
    storage: Storage, origin: ContextServer
) -> None:
    origin.documents["/packed"] = gzip.compress(b'{"@context": {}}')
    with pytest.raises(LdContextNotAvailable, match="packed"):
        asyncio.run(load(f"{origin.address}/packed", Loading(allowed=True, private_addresses=True)))


def test_long_prefix_that_many_terms_repeat_does_not_fill_the_memory(storage: Storage) -> None:
    terms = {"p": "urn:" + "a" * 1_000_000 + ":"} | {f"t{number}": f"p:{number}" for number in range(10_000)}
    assert "longer than 4096" in refused(storage, terms).detail.en


def test_terms_may_stand_one_on_the_other_up_to_a_limit_in_any_number_of_chains(storage: Storage) -> None:
    def chain(name: str, length: int) -> dict[str, str]:
        return {f"{name}{number}": f"{name}{number + 1}:" for number in range(length)} | {f"{name}{length}": "urn:x:"}

    async def story(broker: Broker) -> None:
        await broker.contexts.obtain(chain("a", 50) | chain("b", 50) | chain("c", 50))

    during(storage, BrokerSettings(), story)
    assert "nested too deeply" in refused(storage, chain("a", definitions.MAX_CHAIN + 10)).detail.en


def test_large_contexts_are_forgotten_before_they_fill_the_memory(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MAX_WEIGHT", 100)

    async def story(broker: Broker) -> None:
        brought = [{f"t{term}": f"urn:{number}:{term}" for term in range(40)} for number in range(5)]
        for one in brought:
            await broker.contexts.obtain(one)
        assert broker.contexts.known(brought[0]) is None
        assert broker.contexts.known(brought[-1]) is not None

    during(storage, BrokerSettings(), story)


def test_too_many_hosted_ones_are_refused_and_of_the_others_the_oldest_go(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MAX_KEPT", {"Hosted": 2, "Cached": 2, "ImplicitlyCreated": 2})

    async def story(broker: Broker) -> None:
        contexts = broker.contexts
        for _ in range(2):
            await contexts.host("", {"@context": BUS})
        with pytest.raises(BadRequestData, match="at most 2"):
            await contexts.host("", {"@context": BUS})
        await contexts.host("north", {"@context": BUS})
        links = [(await contexts.obtain({"a": f"urn:a:{number}"})).link for number in range(5)]
        kept = [one.address for one in contexts.all("") if one.kind == "ImplicitlyCreated"]
        assert len(kept) <= 2
        assert links[-1] in kept

    during(storage, BrokerSettings(), story)


def test_how_many_compiled_contexts_stay_in_memory_is_limited(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MAX_COMPILED", 3)

    async def story(broker: Broker) -> None:
        for number in range(10):
            made = await broker.contexts.obtain({"a": f"urn:a:{number}"})
            assert made.expand("a") == f"urn:a:{number}"
        assert len(broker.contexts._compiled) <= 3

    during(storage, BrokerSettings(), story)
