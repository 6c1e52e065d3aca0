"""Reading JSON Schemas: what they refer to, and which attributes they describe."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from yuzhang.brain.context.smart_models.errors import ModelUnreadable
from yuzhang.brain.context.smart_models.model import Described, Document
from yuzhang.core.language import Title

MOST_PARTS = 32
BRANCHES = ("allOf", "anyOf", "oneOf")
KINDS = frozenset({"Property", "GeoProperty", "Relationship", "LanguageProperty", "VocabProperty", "JsonProperty"})
DRAFTS = ("https://json-schema.org/draft", "http://json-schema.org/draft")
NOT_ATTRIBUTES = frozenset({"id", "type", "@context", "@id", "@type"})


def referred(document: Any, address: str) -> set[str]:
    """The addresses of other documents that a schema refers to, without the fragment.

    >>> schema = {"allOf": [{"$ref": "../common.json#/definitions/Place"}, {"$ref": "#/definitions/Own"}]}
    >>> referred(schema, "https://example.org/Road/schema.json")
    {'https://example.org/common.json'}
    """
    found = (urldefrag(urljoin(address, reference)).url for reference in _references(document))
    return {one for one in found if one and one != address and not one.startswith(DRAFTS)}


def _references(node: Any) -> Iterator[str]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("$ref"), str):
                yield one["$ref"]
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


async def gathered(
    schema: Document, address: str, find: Callable[[str], Awaitable[Document | None]]
) -> dict[str, Document]:
    """All documents that the schema refers to, and those refer to, by address.

    Raises: ModelUnreadable if one is not at hand or there are more than 32.
    """
    parts: dict[str, Document] = {}
    missing = referred(schema, address)
    while missing:
        one = min(missing)
        document = await find(one)
        if document is None:
            raise ModelUnreadable(
                Title(f"数据模型引用的 {one} 不在手边。", f"The model refers to {one}, which is not at hand."),
                where=address,
                fix=Title(
                    "请把它所在的仓库放进 --from 的文件夹后重试。",
                    "Lay the repository that holds it into the folder of --from and try again.",
                ),
            )
        # Its address is the one under which it is referred to, whatever its own $id says: published ones are often wrong.
        parts[one] = {**document, "$id": one}
        if len(parts) > MOST_PARTS:
            raise ModelUnreadable(
                Title(
                    f"数据模型引用的文件超过 {MOST_PARTS} 个。",
                    f"The model refers to more than {MOST_PARTS} documents.",
                ),
                where=address,
            )
        missing = (missing | referred(document, one)) - parts.keys() - {address}
    return parts


def described(schema: Document, address: str, parts: Mapping[str, Document]) -> dict[str, Described]:
    """What the schema says of each attribute, by term, in the schema's order.

    >>> schema = {"properties": {"type": {}, "level": {"type": "number", "description": "Property. Water over datum"}}}
    >>> described(schema, "urn:x", {})["level"].shape
    'number'
    """
    walk = _Walk({**parts, address: schema})
    walk.through(schema, address, always=True)
    return {
        term: _described(term, *walk.resolved(node, base), required=term in walk.required)
        for term, (node, base) in walk.found.items()
        if term not in NOT_ATTRIBUTES
    }


def type_of(schema: Document) -> str:
    """The type that the schema asks for, empty if it does not say.

    >>> type_of({"allOf": [{"properties": {"type": {"enum": ["Road"]}}}]})
    'Road'
    """
    for one in [schema, *(schema.get("allOf") or ())]:
        asked = one.get("properties", {}).get("type", {}) if isinstance(one, Mapping) else {}
        if isinstance(asked.get("const"), str):
            return str(asked["const"])
        if isinstance(asked.get("enum"), list) and asked["enum"]:
            return str(asked["enum"][0])
    return ""


def _described(term: str, node: Document, own: str, *, required: bool) -> Described:
    said = str(own or node.get("description", ""))
    kind, _, text = said.partition(".")
    known = kind.strip() in KINDS
    shape = node.get("type")
    return Described(
        term,
        kind.strip() if known else "",
        shape if isinstance(shape, str) else "",
        (text if known else said).strip(),
        required,
    )


class _Walk:
    """The way through a schema's branches to all its properties."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self.documents = documents
        self.found: dict[str, tuple[Document, str]] = {}
        self.required: set[str] = set()
        self._seen: set[int] = set()

    def through(self, node: Any, base: str, *, always: bool) -> None:
        """Note the properties of `node`; what a branch of a choice requires is not always required."""
        if not isinstance(node, Mapping) or id(node) in self._seen:
            return
        self._seen.add(id(node))
        if isinstance(node.get("properties"), Mapping):
            for term, one in node["properties"].items():
                if isinstance(one, Mapping):
                    self.found.setdefault(term, (one, base))
        if always and isinstance(node.get("required"), list):
            self.required.update(one for one in node["required"] if isinstance(one, str))
        if isinstance(node.get("$ref"), str):
            target, there = self.target(node["$ref"], base)
            self.through(target, there, always=always)
        for branch in BRANCHES:
            for one in node[branch] if isinstance(node.get(branch), list) else ():
                self.through(one, base, always=always and branch == "allOf")

    def target(self, reference: str, base: str) -> tuple[Any, str]:
        """What a reference points to, with the address of its document; None if nothing is there."""
        address, fragment = urldefrag(urljoin(base, reference))
        node: Any = self.documents.get(address or base)
        for step in filter(None, unquote(fragment).split("/")):
            node = _step(node, step.replace("~1", "/").replace("~0", "~"))
        return node, address or base

    def resolved(self, node: Document, base: str) -> tuple[Document, str]:
        """The schema that a property refers to in the end, and the first description on the way."""
        said = str(node.get("description", ""))
        for _ in range(16):
            if not isinstance(node.get("$ref"), str) or "type" in node:
                break
            target, base = self.target(node["$ref"], base)
            if not isinstance(target, Mapping):
                break
            node = target
            said = said or str(node.get("description", ""))
        return node, said


def _step(node: Any, step: str) -> Any:
    if isinstance(node, Mapping):
        return node.get(step)
    if isinstance(node, list) and step.isdigit() and int(step) < len(node):
        return node[int(step)]
    return None
