"""Contexts by reference: compiled once, kept, and found again by one look into a dictionary. Clauses 5.5.7 and 5.13."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid4, uuid5

import msgspec

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.jsonld import store
from yuzhang.brain.context.jsonld.core import CORE_DOCUMENT, is_core_address
from yuzhang.brain.context.jsonld.definitions import Part, compiled
from yuzhang.brain.context.jsonld.loading import Copies, Loading, load, not_available
from yuzhang.brain.context.jsonld.store import Kept, Kind
from yuzhang.brain.context.jsonld.terms import CORE, Terms
from yuzhang.brain.context.model import CORE_CONTEXT, Microseconds

if TYPE_CHECKING:
    from yuzhang.brain.context.broker import Broker
    from yuzhang.brain.context.store.transaction import Transaction

HOSTED = "/ngsi-ld/v1/jsonldContexts/"
MAX_DEPTH = 8
"""So many contexts may name one another."""
MAX_DOCUMENTS = 50
"""So many documents may one reference lead to."""
MAX_KEPT: dict[Kind, int] = {"Hosted": 10_000, "Cached": 1_000, "ImplicitlyCreated": 1_000}
MAX_COMPILED = 2_000
MAX_WEIGHT = 1_000_000
"""So many terms of all that is compiled, some 200 MB: two thousand large contexts would be gigabytes."""
REFERENCE_BYTES_A_TERM = 200
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
Key = tuple[str, str | bytes]
encode = msgspec.json.Encoder().encode


class Contexts:
    """The contexts of one broker. `known` is for every request; `obtain` for the first one that brings a reference."""

    def __init__(self, broker: "Broker") -> None:
        settings = broker.settings
        self._broker = broker
        self._loading = Loading(
            settings.load_contexts, settings.context_hosts, private_addresses=settings.private_addresses
        )
        self._copies = Copies(settings.copies)
        self._compiled: dict[Key, Terms] = {}
        self._uses: dict[Key, int] = {}
        self._served: dict[tuple[str, str], int] = {}
        self._leads: dict[Key, tuple[str, ...]] = {}
        self._weight = 0

    async def start(self) -> None:
        """Nothing is compiled before it is asked for."""

    async def stop(self) -> None:
        """Write down how often contexts were used."""
        uses = self.take_uses()
        if not uses:
            return

        def work(transaction: "Transaction") -> None:
            for (tenant, local), hits in uses.items():
                store.write_use(transaction.connection, tenant, local, hits, transaction.now)

        await self._broker.write(work)

    def known(self, reference: Any, tenant: str = "") -> Terms | None:
        """The terms of a reference (an address, an object, a list of both, None for the core) if they are compiled."""
        if reference is None:
            return CORE
        key = (tenant, reference) if reference.__class__ is str else (tenant, encode(reference))
        found = self._compiled.get(key)
        if found is not None and reference.__class__ is str:
            self._uses[key] = self._uses.get(key, 0) + 1
        return found

    async def obtain(self, reference: Any, tenant: str = "") -> Terms:
        """The terms of a reference in a request. Raises BadRequestData if it is none, LdContextNotAvailable if it cannot be had."""
        terms = await self.terms(reference, tenant)
        if isinstance(reference, str):
            self._uses[tenant, reference] = self._uses.get((tenant, reference), 0) + 1
        return terms

    async def terms(self, reference: Any, tenant: str = "") -> Terms:
        """The same for this broker's own needs, which do not count as uses of the context."""
        if reference is None:
            return CORE
        key: Key = (tenant, reference if isinstance(reference, str) else encode(reference))
        found = self._compiled.get(key)
        if found is not None:
            return found
        gathering = _Gathering(self, tenant)
        await gathering.take(reference, 0)
        definitions = compiled(gathering.parts)
        terms, leads = CORE, list(gathering.addresses)
        if definitions:
            link, own = await self._link(reference, tenant)
            terms = Terms.of(definitions, reference, link, own)
            leads.append(link)
        weight = len(definitions) + len(key[1]) // REFERENCE_BYTES_A_TERM
        if len(self._compiled) >= MAX_COMPILED or self._weight + weight > MAX_WEIGHT:
            self._compiled.clear()
            self._leads.clear()
            self._weight = 0
        self._weight += weight
        self._compiled[key] = terms
        self._leads[key] = tuple(leads)
        return terms

    async def _link(self, reference: Any, tenant: str) -> tuple[str, str]:
        """The one address of a reference, and its local identifier if it was made for that. Source: clause 5.13.1."""
        if isinstance(reference, str):
            return reference, ""
        if isinstance(reference, list):
            others = [one for one in reference if not (isinstance(one, str) and is_core_address(one))]
            if len(others) == 1 and isinstance(others[0], str):
                return others[0], ""
        local = str(uuid5(NAMESPACE_URL, tenant + "\n" + encode(reference).decode()))
        address = self.address_of(local)
        if self.find(tenant, local) is None:
            await self.keep(Kept(tenant, address, local, "ImplicitlyCreated", {"@context": reference}, 0))
        return address, local

    def address_of(self, local: str) -> str:
        """Where a hosted context is served."""
        return f"{self._broker.settings.address}{HOSTED}{local}"

    def local_of(self, address: str) -> str | None:
        """The local identifier in an address of this broker; None if it is somebody else's."""
        own = urlsplit(self._broker.settings.address)
        try:
            parts = urlsplit(address)
            if not parts.path.startswith(HOSTED) or parts.port != own.port:
                return None
        except ValueError:
            return None
        same = parts.hostname == own.hostname or (parts.hostname in LOOPBACK and own.hostname in LOOPBACK)
        return parts.path[len(HOSTED) :] if same else None

    def find(self, tenant: str, name: str) -> Kept | None:
        """A kept context by its address or local identifier, with the uses that are not written down yet."""
        local = self.local_of(name)
        with self._broker.reading() as connection:
            return store.find(connection, tenant, local or name)

    def all(self, tenant: str) -> list[Kept]:
        """All kept contexts of a tenant."""
        with self._broker.reading() as connection:
            return store.all_of(connection, tenant)

    def used(self, kept: Kept) -> None:
        """Count that a context was looked at."""
        key = (kept.tenant, kept.local)
        self._served[key] = self._served.get(key, 0) + 1

    def uses_of(self, kept: Kept) -> int:
        """How often a context was used, as far as is not written down yet."""
        found = self._served.get((kept.tenant, kept.local), 0)
        for (tenant, key), hits in self._uses.items():
            if tenant == kept.tenant and self._local_of_key(key) == kept.local:
                found += hits
        return found

    def _local_of_key(self, key: str | bytes) -> str | None:
        """The local identifier of what requests name by one address."""
        return (self.local_of(key) or str(uuid5(NAMESPACE_URL, key))) if isinstance(key, str) else None

    def take_uses(self) -> dict[tuple[str, str], int]:
        """The uses that are not written down yet, by tenant and local identifier; they count as written from now on."""
        found = dict(self._served)
        for (tenant, key), hits in self._uses.items():
            local = self._local_of_key(key)
            if local is not None:
                found[tenant, local] = found.get((tenant, local), 0) + hits
        self._uses.clear()
        self._served.clear()
        return found

    async def host(self, tenant: str, document: dict[str, Any]) -> Kept:
        """Keep a context that a user brings. Raises BadRequestData if it is none. Source: clause 5.13.2."""
        await self.check(document["@context"], tenant)
        local = str(uuid4())
        return await self.keep(Kept(tenant, self.address_of(local), local, "Hosted", document, 0))

    async def check(self, reference: Any, tenant: str) -> None:
        """Whether a context is well formed, as far as it says itself. Raises BadRequestData."""
        own = [one for one in (reference if isinstance(reference, list) else [reference]) if not isinstance(one, str)]
        gathering = _Gathering(self, tenant)
        await gathering.take(own, 0)
        compiled(gathering.parts)

    async def keep(self, new: Kept) -> Kept:
        """Keep a context; if there are too many of its kind, those go that were not used for the longest time."""

        def work(transaction: "Transaction") -> Kept:
            kept = Kept(new.tenant, new.address, new.local, new.kind, new.document, transaction.now, None, 0)
            if store.count(transaction.connection, new.tenant, new.kind) >= MAX_KEPT[new.kind]:
                if new.kind == "Hosted":
                    raise BadRequestData(said(f"A tenant hosts at most {MAX_KEPT[new.kind]} contexts. Delete some."))
                for local in store.oldest(transaction.connection, new.tenant, new.kind, 10):
                    store.remove(transaction.connection, new.tenant, local)
            store.add(transaction.connection, kept)
            return kept

        return await self._broker.write(work)

    async def remove(self, kept: Kept) -> None:
        """Forget a context and what was compiled from it."""

        def work(transaction: "Transaction") -> None:
            store.remove(transaction.connection, kept.tenant, kept.local)

        await self._broker.write(work)
        self.forget(kept)

    async def reload(self, kept: Kept) -> None:
        """Get a cached context anew. Raises LdContextNotAvailable; then the old one stays. Source: clause 5.13.5.4."""
        document = self._copies.document(kept.address) or await load(kept.address, self._loading)
        self._checked_document(kept.address, document)
        await self.check(document["@context"], kept.tenant)
        await self.keep(Kept(kept.tenant, kept.address, kept.local, "Cached", document, 0))
        self.forget(kept)

    def forget(self, kept: Kept) -> None:
        """What was compiled from a context does not count any more."""
        for key in [key for key, leads in self._leads.items() if key[0] == kept.tenant and kept.address in leads]:
            self._leads.pop(key, None)
            self._compiled.pop(key, None)
            self._uses.pop(key, None)
        for key in [key for key in self._uses if key[0] == kept.tenant and self._local_of_key(key[1]) == kept.local]:
            del self._uses[key]
        self._served.pop((kept.tenant, kept.local), None)

    async def document(self, address: str, tenant: str) -> Any:
        """The document of an address: kept, laid in, or loaded and kept."""
        local = self.local_of(address)
        kept = self.find(tenant, address)
        if kept is not None:
            return kept.document
        if local is not None:
            raise not_available(address, "it is not hosted here")
        document = self._copies.document(address)
        if document is None:
            document = await load(address, self._loading)
        self._checked_document(address, document)
        await self.keep(Kept(tenant, address, str(uuid5(NAMESPACE_URL, address)), "Cached", document, 0))
        return document

    def _checked_document(self, address: str, document: Any) -> None:
        if not isinstance(document, dict) or "@context" not in document:
            raise BadRequestData(said(f"What lies at {address[:300]} holds no @context."), where="/@context")


class _Gathering:
    """The definitions that a reference leads to, in their order."""

    def __init__(self, contexts: Contexts, tenant: str) -> None:
        self.contexts = contexts
        self.tenant = tenant
        self.parts: list[Part] = []
        self.addresses: list[str] = []

    async def take(self, reference: Any, depth: int) -> None:
        """Follow a reference. Raises BadRequestData, LdContextNotAvailable."""
        if depth > MAX_DEPTH:
            raise BadRequestData(said(f"Contexts name one another more than {MAX_DEPTH} times."), where="/@context")
        if reference is None or isinstance(reference, dict):
            self.parts.append(reference)
        elif isinstance(reference, list):
            for one in reference:
                if isinstance(one, list):  # no valid local context: JSON-LD 1.1 API, section 4.1.2
                    raise BadRequestData(said("A list of contexts holds no other list."), where="/@context")
                await self.take(one, depth)
        elif isinstance(reference, str):
            await self.follow(reference, depth)
        else:
            raise BadRequestData(said("A @context is an address, an object, or a list of them."), where="/@context")

    async def follow(self, address: str, depth: int) -> None:
        """The context at an address."""
        if is_core_address(address):
            return
        if not address.lower().startswith(("http://", "https://")) and self.contexts.find(self.tenant, address) is None:
            raise BadRequestData(said(f"“{address[:100]}” is no address of a @context."), where="/@context")
        if len(self.addresses) >= MAX_DOCUMENTS:
            raise BadRequestData(said(f"The @context leads to more than {MAX_DOCUMENTS} others."), where="/@context")
        self.addresses.append(address)
        document = await self.contexts.document(address, self.tenant)
        try:
            await self.take(document["@context"], depth + 1)
        except BadRequestData as error:
            raise BadRequestData(error.detail, where="/@context") from error


def core_kept(now: Microseconds) -> Kept:
    """The core context as it is served: built in, the same for all tenants."""
    return Kept("", CORE_CONTEXT, "ngsi-ld-core-context", "Cached", CORE_DOCUMENT, now)
