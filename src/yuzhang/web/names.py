"""How parties are called on pages: whoever acts in an office by their name, anybody else by nothing but their id."""

from collections.abc import Callable, Iterator, Mapping

from fastapi import Request


class Called(Mapping[str, str]):
    """Names by the ids of parties, asked once for each page: `app.state.called`, where the entrance puts it there."""

    def __init__(self, request: Request) -> None:
        self._ask: Callable[[str], str] | None = getattr(request.app.state, "called", None)
        self._known: dict[str, str] = {}

    def __getitem__(self, party: str) -> str:
        """The name; the id itself where nobody knows it. Raises KeyError where nobody can be asked."""
        if self._ask is None:
            raise KeyError(party)
        if party not in self._known:
            self._known[party] = self._ask(party) or party
        return self._known[party]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def of(self, party: str) -> str:
        """The name, or the id."""
        return self.get(party, party)
