"""The names in a Subscription: terms become names when it is kept, and terms again when it is answered. Clause 5.5.7."""

import re
from collections.abc import Callable
from typing import Any

from yuzhang.brain.context.subscriptions.model import Document

IN_TYPES = re.compile(r"[^,|;()\s]+")
"""What the entity type selection language (clause 4.17) leaves for a name."""
IN_PROJECTION = re.compile(r"[^,|{}\s]+")
"""What the attribute projection language (clause 4.21) leaves for a name."""
ENTITY_MEMBERS = frozenset({"id", "type", "scope", "*"})
Change = Callable[[str], str]


def types_changed(text: str, change: Change) -> str:
    """A type selection with each type changed.

    >>> types_changed("(Home;Vehicle)|Motorhome", str.upper)
    '(HOME;VEHICLE)|MOTORHOME'
    """
    return text if text == "*" else IN_TYPES.sub(lambda found: change(found[0]), text)


def type_names(text: str) -> list[str]:
    """The types that a selection mentions.

    >>> type_names("(Home;Vehicle)|Motorhome")
    ['Home', 'Vehicle', 'Motorhome']
    """
    return IN_TYPES.findall(text)


def projection_changed(text: str, change: Change) -> str:
    """A projection with each attribute changed; `id`, `type` and `scope` are none.

    >>> projection_changed("id,observation{temperature}", str.upper)
    'id,OBSERVATION{TEMPERATURE}'
    """
    return IN_PROJECTION.sub(lambda found: found[0] if found[0] in ENTITY_MEMBERS else change(found[0]), text)


def renamed(document: Document, change: Change) -> Document:
    """A copy of a document, all its types and attributes changed; query strings are left as they were written."""
    found = dict(document)
    if "entities" in found:
        found["entities"] = [one | {"type": types_changed(one["type"], change)} for one in found["entities"]]
    if "watchedAttributes" in found:
        found["watchedAttributes"] = [change(one) for one in found["watchedAttributes"]]
    if "geoproperty" in found.get("geoQ", {}):
        found["geoQ"] = found["geoQ"] | {"geoproperty": change(found["geoQ"]["geoproperty"])}
    if "notification" in found:
        notification: dict[str, Any] = dict(found["notification"])
        for member in ("attributes", "pick", "omit"):
            if member in notification:
                notification[member] = [projection_changed(one, change) for one in notification[member]]
        found["notification"] = notification
    return found
