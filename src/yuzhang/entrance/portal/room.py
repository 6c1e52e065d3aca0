"""The portal of one application: what belongs to parties, the search over everything, and notifications on their way."""

import time
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import Storage
from yuzhang.entrance.portal import store
from yuzhang.entrance.portal.actions import EMPTY, PURPOSE
from yuzhang.entrance.portal.delivery.channels import Channels
from yuzhang.entrance.portal.delivery.outbox import Outbox
from yuzhang.entrance.portal.delivery.sending import letter, send
from yuzhang.entrance.portal.model import Contact, Kind, Waiting
from yuzhang.entrance.portal.search.index import Index
from yuzhang.entrance.portal.search.refreshing import Refreshing
from yuzhang.web.appearance import Own
from yuzhang.web.searching import Searchable

FILE = "search.db"


class Portal:
    """Made before it is started. `address`: how the outside reaches this server, for links in mails."""

    def __init__(
        self,
        storage: Storage,
        secrets: Secrets,
        sources: Sequence[Searchable] = (),
        channels: Channels = Channels(),  # noqa: B008  # frozen
        address: str = "",
    ) -> None:
        self.storage, self.secrets, self.channels, self.address = storage, secrets, channels, address.rstrip("/")
        self.sources = list(sources)
        self.index = Index(storage.folder / FILE)
        self.refreshing = Refreshing(self.index, self.sources)
        self.outbox = Outbox(storage, self._send)

    def start(self) -> None:
        """Begin to send, and to keep the search's index up to date."""
        self.outbox.start()
        self.refreshing.start()

    def stop(self) -> None:
        """End both."""
        self.refreshing.stop()
        self.outbox.stop()
        self.index.close()

    def own(self, party: Party, address: str) -> Own:
        """What a page's header shows of the party's own."""
        with self.storage.reading() as connection:
            return store.own(connection, party.id, address)

    def tell(self, party: str, kind: Kind, title: Title, text: Title = EMPTY, address: str = "") -> int:
        """Tell a party something in the name of the system, for rooms that do so as a part of an action of theirs."""
        with self.storage.writing() as connection:
            number = self.keep(connection, party, kind, title, text, address)
        self.outbox.wake()
        return number

    def keep(
        self, connection: Connection, party: str, kind: Kind, title: Title, text: Title = EMPTY, address: str = ""
    ) -> int:
        """The same in a transaction of the caller's, who wakes the outbox afterwards."""
        return store.add_notification(connection, party, kind, title, text, address, time.time(), self.channels.ready)

    def contact(self, party: str) -> Contact:
        """Where a party is reached."""
        with self.storage.reading() as connection:
            sealed = store.contact(connection, party)
        return msgspec.json.decode(self.secrets.open(PURPOSE, sealed), type=Contact) if sealed else Contact()

    def _send(self, waiting: Waiting) -> None:
        with self.storage.reading() as connection:
            liked = store.preference(connection, waiting.party)
        written = letter(waiting, liked.language if liked else None, self.address)
        send(self.channels, waiting, self.contact(waiting.party), written)
