"""What each operation makes of an entity: pure steps from what is kept to what shall be. Clauses 5.5.8, 5.5.12, 5.6.2 to 5.6.5, 5.6.17 to 5.6.19."""

from yuzhang.brain.context.drafts import Draft, Merged, Refused, Touched
from yuzhang.brain.context.errors import BadRequestData, ResourceNotFound, said
from yuzhang.brain.context.model import (
    ALL,
    ENTITY_MEMBERS,
    NULL,
    VALUE_MEMBER,
    Body,
    Entity,
    Instance,
    Microseconds,
    times_key,
)
from yuzhang.brain.context.patching import adapted, is_attribute, is_null, merged_instance, put_or_drop, whole, wholes
from yuzhang.brain.context.shapes import shape


def created(body: Body, now: Microseconds) -> tuple[Entity, Touched]:
    """A new entity. Nothing is named as touched: all of it is new."""
    return Entity(body, now, now), {}


def attributes_of(fragment: Body) -> list[tuple[str, Instance]]:
    """Each instance of each attribute of a fragment, with its name."""
    return [
        (name, one)
        for name, found in fragment.items()
        if name not in ENTITY_MEMBERS
        for one in (found if isinstance(found, list) else [found])
    ]


def _keys(body: Body) -> set[str]:
    """The keys of the times of all instances of a body."""
    found = set()
    for name, one in body.items():
        if one.__class__ is dict:
            found.add(f"{name}\n{one['datasetId']}" if "datasetId" in one else name)
        elif one.__class__ is list and name not in ENTITY_MEMBERS:
            found.update(times_key(name, instance.get("datasetId")) for instance in one)
    return found


def appended(entity: Entity, now: Microseconds, fragment: Body, *, overwrite: bool) -> Merged:
    """Attributes are added; those that are there already are replaced, or left if not `overwrite`. Source: clause 5.6.3."""
    change = Draft(entity, now)
    change.members(fragment, replace_scope=overwrite)
    left: Body = {}
    for name, found in fragment.items():
        if not (overwrite and name not in ENTITY_MEMBERS and change.put_only(name, found)):
            left[name] = found
    for name, one in attributes_of(left):
        there = change.find(name, one.get("datasetId"))
        if there is None or overwrite:
            change.put(name, one)
        else:
            change.refused.append(Refused(name, "it is there already"))
    return change.done()


def updated(entity: Entity, now: Microseconds, fragment: Body) -> Merged:
    """Attributes that are there are replaced whole, or deleted by an NGSI-LD Null; new ones come beside them.

    A scope is only replaced where there is one. Source: clauses 5.5.8, 5.6.2.
    """
    change = Draft(entity, now)
    if "scope" in fragment and "scope" not in entity.body:
        change.refused.append(Refused("scope", "the entity has no scope"))
        fragment = {member: value for member, value in fragment.items() if member != "scope"}
    change.members(fragment)
    for name, one in attributes_of(fragment):
        dataset = one.get("datasetId")
        if is_null(one) and change.find(name, dataset) is None:
            change.refused.append(Refused(name, "there is no such attribute"))
        elif is_null(one):
            change.drop(name, dataset)
        else:
            change.put(name, whole(one, name, exact=True))
    return change.done()


def merge_patched(
    entity: Entity, now: Microseconds, fragment: Body, *, lang: str | None = None, observed: str | None = None
) -> Merged:
    """The fragment is merged into what is there, member by member; an NGSI-LD Null deletes. Source: clauses 5.5.12, 5.6.17.

    `lang`: a text for a LanguageProperty is its text in that language. `observed`: the time of attributes that have one already.
    Raises BadRequestData if an attribute would change its kind without saying all of it.
    """
    change = Draft(entity, now)
    change.members(fragment)
    for name, one in attributes_of(fragment):
        dataset = one.get("datasetId")
        there = change.find(name, dataset)
        if is_null(one):
            change.drop(name, dataset)
        elif there is None:
            change.put(name, whole(one, name))
        else:
            merged = merged_instance(there, adapted(there, one, lang), name)
            if observed is not None and "observedAt" in there and "observedAt" not in one:
                merged["observedAt"] = observed
            change.put(name, merged)
    return change.done()


def replaced(entity: Entity, now: Microseconds, body: Body) -> Merged:
    """A new body in the place of the old one; the entity keeps the time of its creation. Source: clause 5.6.18."""
    times = {ALL: (now, now)}
    if "type" not in body:
        body = {**body, "type": entity.body["type"]}
    known = shape(body)
    if known is not None and known is shape(entity.body):
        return Merged(Entity(body, entity.created, now, times), dict.fromkeys(known.names, "updated"), (), known)
    there, given = _keys(entity.body), _keys(body)
    touched: Touched = {key: "updated" if key in there else "created" for key in given}
    touched.update(dict.fromkeys(there.difference(given), "deleted"))
    return Merged(Entity(body, entity.created, now, times), touched)


def attribute_patched(entity: Entity, now: Microseconds, name: str, given: Instance) -> Merged:
    """Members of one instance are replaced, or deleted by an NGSI-LD Null. Raises ResourceNotFound, BadRequestData. Source: 5.6.4."""
    change = Draft(entity, now)
    dataset = given.get("datasetId")
    there = change.find(name, dataset)
    if there is None:
        raise no_attribute(entity, name, dataset)
    if "type" in given and is_null(given):
        change.drop(name, dataset)
        return change.done()
    kind = given.get("type")
    if kind is not None and kind != there["type"]:
        if kind == "Property" and there["type"] != "Property":
            given = adapted(there, given)
        if given["type"] != there["type"]:
            raise BadRequestData(said(f"{name} is a {there['type']}, not a {given['type']}."), where="/type")
    found = dict(there)
    value_member = VALUE_MEMBER[there["type"]]
    for member, value in given.items():
        if value == NULL:
            found.pop(member, None)
        elif member != value_member and is_attribute(value):
            put_or_drop(found, member, wholes(value, f"{name}/{member}", exact=True))
        else:
            found[member] = value
    if value_member not in found:
        change.drop(name, dataset)
    else:
        change.put(name, found)
    return change.done()


def attribute_replaced(entity: Entity, now: Microseconds, name: str, given: Instance | list[Instance]) -> Merged:
    """One instance of an attribute, or several, are put in the place of those that are there. Raises ResourceNotFound. Source: 5.6.19."""
    change = Draft(entity, now)
    for one in given if isinstance(given, list) else [given]:
        if change.find(name, one.get("datasetId")) is None:
            raise no_attribute(entity, name, one.get("datasetId"))
        change.put(name, one)
    return change.done()


def attribute_deleted(
    entity: Entity, now: Microseconds, name: str, *, dataset: str | None = None, everything: bool = False
) -> Merged:
    """One instance of an attribute is taken away, or all of them. Raises ResourceNotFound. Source: clause 5.6.5."""
    change = Draft(entity, now)
    if name == "scope" and "scope" in entity.body:
        change.set("scope", NULL)
        return change.done()
    datasets = [one.get("datasetId") for one in entity.instances(name)] if everything else [dataset]
    gone = [change.drop(name, one) for one in datasets]
    if not any(gone):
        raise no_attribute(entity, name, dataset)
    return change.done()


def no_attribute(entity: Entity, name: str, dataset: str | None) -> ResourceNotFound:
    """The error of an attribute, or an instance of it, that is not there."""
    which = f" with the datasetId {dataset}" if dataset else ""
    return ResourceNotFound(said(f"{entity.id} has no attribute {name}{which}."), where=f"/{name}")


def thinned(entity: Entity, now: Microseconds, names: frozenset[str], *, keep: bool) -> Merged:
    """The attributes `names` are taken away, or all others if `keep`. Source: clause 5.6.21.4."""
    change = Draft(entity, now)
    for name in entity.attributes():
        if (name in names) != keep:
            for one in entity.instances(name):
                change.drop(name, one.get("datasetId"))
    return change.done()
