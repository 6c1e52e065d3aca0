"""Records that were read of late, decoded once for all readers of a process, which read the same ones one after the other."""

from collections import OrderedDict
from threading import Lock

from yuzhang.foundation.log.model import Entry

MOST_BYTES = 16 * 2**20
"""Of records as they lie in the log; decoded they take a few times that."""


class Recent:
    """Entries by their positions. They are shared: whoever reads one changes nothing in it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.reading = Lock()
        """Held while somebody reads: whoever waits for it finds decoded what it wants."""
        self._most, self._bytes = most_bytes, 0
        self._entries: OrderedDict[int, tuple[Entry, int]] = OrderedDict()

    def get(self, position: int) -> Entry | None:
        """The entry at a position, if it is remembered."""
        found = self._entries.get(position)
        return None if found is None else found[0]

    def put(self, entry: Entry, size: int) -> None:
        """Remember an entry that takes `size` bytes in the log; what was remembered first is forgotten for it."""
        if size > self._most or entry.position in self._entries:
            return
        self._entries[entry.position] = entry, size
        self._bytes += size
        while self._bytes > self._most:
            _, (_, gone) = self._entries.popitem(last=False)
            self._bytes -= gone
