"""Answers: entities as JSON with their links, what is expanded in them, pages with a link to the next one, data arrays.

Source: OGC 18-088, clauses 8.1, 9.3.2, 9.3.3.7 and 12.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from yuzhang.brain.history.sensorthings.errors import CostlyQuery
from yuzhang.brain.history.sensorthings.model import ID, KINDS, Item, Link, Page
from yuzhang.brain.history.sensorthings.query.options import Expansion, Options
from yuzhang.brain.history.sensorthings.sensing import Sensing
from yuzhang.core.language import Title

Json = dict[str, Any]
MAX_EXPANDED = 50_000
"""Entities in one answer."""
COMPONENTS = ("id", "phenomenonTime", "resultTime", "result")
FORGOTTEN = frozenset({"$skip", "$skiptoken"})


@dataclass(slots=True)
class Rendering:
    """Writes the answer to one request; `root` is the address of the service, without a slash at its end."""

    sensing: Sensing
    root: str
    left: int = MAX_EXPANDED

    def address(self, item: Item) -> str:
        """The self link of an entity."""
        return f"{self.root}/{item.kind.name}({self.written_id(item.id)})"

    @staticmethod
    def written_id(id_: str | int) -> str:
        """An id as a path has it: texts in quotes."""
        return str(id_) if isinstance(id_, int) else "'" + quote(id_.replace("'", "''"), safe=":@$*,;=-._~'") + "'"

    def collection(self, page: Page, options: Options, here: str) -> Json:
        """A page; `here` is the address of the collection without options."""
        if options.format:
            return self._framed(page, options, here, self.data_arrays(page.items, options))
        return self._framed(page, options, here, self.entities(page.items, options))

    def references(self, page: Page, options: Options, here: str) -> Json:
        """The addresses of a page's entities. Source: clause 9.2.7."""
        return self._framed(page, options, here, [{"@iot.selfLink": self.address(one)} for one in page.items])

    def _framed(self, page: Page, options: Options, here: str, value: list[Json]) -> Json:
        found: Json = {}
        if page.count is not None:
            found["@iot.count"] = page.count
        following = self.next_link(page, options, here)
        if following:
            found["@iot.nextLink"] = following
        return found | {"value": value}

    @staticmethod
    def next_link(page: Page, options: Options, here: str) -> str:
        """The address of what follows a page, with the same options; empty if nothing does."""
        if not page.more or not options.top:
            return ""
        given = [(name, text) for name, text in options.given if name not in FORGOTTEN]
        if page.token:
            given.append(("$skiptoken", page.token))
        else:
            given.append(("$skip", str(options.skip + options.top)))
        return f"{here}?" + "&".join(f"{name}={quote(text, safe='')}" for name, text in given)

    def entities(self, items: Sequence[Item], options: Options) -> list[Json]:
        """Entities as JSON. Raises CostlyQuery if one answer would hold too many."""
        self.left -= len(items)
        if self.left < 0:
            raise CostlyQuery(
                Title(f"答复超过 {MAX_EXPANDED} 个实体。", f"The answer would hold more than {MAX_EXPANDED} entities."),
                where="$expand",
                fix=Title("请减小 $top 或减少 $expand。", "Ask for a smaller $top or less in $expand."),
            )
        found = [self._entity(one, options) for one in items]
        for expansion in options.expand:
            self._expand(items, found, expansion)
        return found

    def _entity(self, item: Item, options: Options) -> Json:
        wanted, here = options.select, self.address(item)
        found: Json = {}
        if wanted is None or not ID.isdisjoint(wanted):
            found["@iot.id"] = item.id
        if wanted is None:
            found["@iot.selfLink"] = here
        for name in item.kind.properties:
            if name in item.body and (wanted is None or name in wanted):
                found[name] = item.body[name]
        expanded = {one.link for one in options.expand}
        for name in item.kind.links:
            if name not in expanded and (wanted is None or name in wanted):
                found[f"{name}@iot.navigationLink"] = f"{here}/{name}"
        return found

    def _expand(self, items: Sequence[Item], shown: list[Json], expansion: Expansion) -> None:
        """Put what a link leads to into every one of `shown`; all of it is written at once, so that rows are read at once."""
        if not items:
            return
        link = items[0].kind.links[expansion.link]
        pages = self._pages(items, expansion, link)
        written = iter(self.entities([one for page in pages for one in page.items], expansion.options))
        for item, parent, page in zip(items, shown, pages, strict=True):
            children = [next(written) for _ in page.items]
            if not link.many:
                parent[expansion.link] = children[0] if children else None
                continue
            if page.count is not None:
                parent[f"{expansion.link}@iot.count"] = page.count
            following = self.next_link(page, expansion.options, f"{self.address(item)}/{expansion.link}")
            if following:
                parent[f"{expansion.link}@iot.nextLink"] = following
            parent[expansion.link] = children

    def _pages(self, items: Sequence[Item], expansion: Expansion, link: Link) -> list[Page]:
        sensing, options = self.sensing, expansion.options
        if not link.many:
            return [Page(sensing.related(one, expansion.link)) for one in items]
        if link.kind == "Observations" and items[0].kind.name == "Datastreams":
            found = sensing.of_each(items, options)
            return [found[one.series] for one in items]
        kind = KINDS[link.kind]
        return [sensing.page(kind, sensing.follow(one, expansion.link), options) for one in items]

    def data_arrays(self, items: Sequence[Item], options: Options) -> list[Json]:
        """Observations as arrays, one for each Datastream. Source: clause 12.1, table 33."""
        components = COMPONENTS if options.select is None else tuple(dict.fromkeys(map(_component, options.select)))
        groups: dict[int, list[list[Any]]] = {}
        for one in items:
            row = [one.id if name == "id" else one.body.get(name) for name in components]
            groups.setdefault(one.series, []).append(row)
        return [
            {
                "Datastream@iot.navigationLink": f"{self.root}/Datastreams({series})",
                "components": list(components),
                "dataArray@iot.count": len(rows),
                "dataArray": rows,
            }
            for series, rows in groups.items()
        ]


def _component(name: str) -> str:
    return "id" if name in ID else name
