"""Resource paths: `Things('urn:x:1')/Datastreams(5)/Observations/$count`. Source: OGC 18-088, clause 9.2."""

import re
from dataclasses import dataclass

from yuzhang.brain.history.sensorthings.errors import bad, not_there
from yuzhang.brain.history.sensorthings.model import KINDS, Kind

SEGMENT = re.compile(r"(\$?[^\W\d][\w.]*)(?:\((?:'((?:[^']|'')*)'|([^']*?))\))?(?=/|$)")
MAX_STEPS = 12
ENDINGS = frozenset({"$ref", "$value", "$count"})


@dataclass(frozen=True, slots=True)
class Step:
    """A set, or a link of what is before it, and the id of the one entity that is meant of it."""

    name: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Resource:
    """What a path names. `many`: a collection. `inside` leads into a property of the one entity; `ending` is one of ENDINGS or empty."""

    kind: Kind
    many: bool
    steps: tuple[Step, ...]
    inside: tuple[str, ...] = ()
    ending: str = ""


def parse_path(path: str) -> Resource:
    """What a path after the service's root names. Raises BadQuery, NotThere.

    >>> found = parse_path("Things('urn:x:1')/Datastreams(5)/name/$value")
    >>> found.kind.one, [step.key for step in found.steps], found.inside, found.ending
    ('Datastream', ['urn:x:1', '5'], ('name',), '$value')
    """
    if "\0" in path:
        raise not_there(path.replace("\0", ""))
    segments = _segments(path)
    ending = segments.pop()[0] if segments and segments[-1][0] in ENDINGS else ""
    if not segments or segments[0][0] not in KINDS:
        raise not_there(path)
    kind, many = KINDS[segments[0][0]], segments[0][1] is None
    steps, inside = [Step(*segments[0])], list[str]()
    for name, key in segments[1:]:
        if inside or (not many and name in kind.properties):
            if key is not None:
                raise not_there(path)
            inside.append(name)
        elif many or name not in kind.links:
            raise not_there(path)
        else:
            link = kind.links[name]
            if key is not None and not link.many:
                raise not_there(path)
            kind, many = KINDS[link.kind], link.many and key is None
            steps.append(Step(name, key))
    _check(ending, many, bool(inside), path)
    return Resource(kind, many, tuple(steps), tuple(inside), ending)


def _segments(path: str) -> list[tuple[str, str | None]]:
    found, at = list[tuple[str, str | None]](), 0
    path = path.strip("/")
    while at < len(path):
        segment = SEGMENT.match(path, at)
        if segment is None or len(found) == MAX_STEPS:
            raise bad(
                f"路径无法理解：“{path[at : at + 60]}”。", f"The path cannot be read at “{path[at : at + 60]}”.", "/"
            )
        name, quoted, bare = segment.groups()
        found.append((name, bare if quoted is None else quoted.replace("''", "'")))
        at = segment.end() + 1
    return found


def _check(ending: str, many: bool, inside: bool, path: str) -> None:
    fits = {"": True, "$ref": not inside, "$value": inside, "$count": many}
    if not fits[ending]:
        raise not_there(path)
