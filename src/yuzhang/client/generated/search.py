"""Operations: search. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Group, decoded
from yuzhang.client.generated.models import search


class Search(Group):
    """1 operations."""

    def get(self, *, q: str | None = None, kind: str | None = None, page: int | None = None) -> search.Result:
        """Look for something in all that the caller may find: five of each kind, or pages of twenty of one kind."""
        return decoded(self._calls.send("GET", "/api/search", {"q": q, "kind": kind, "page": page}), search.Result)
