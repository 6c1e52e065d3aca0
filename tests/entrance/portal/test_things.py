"""Entities in the search: found by name, by whoever sees them, and by nothing that is classified higher than they are."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from entrance.portal.test_search import Levels
from yuzhang.brain.context.classification.actions import classify
from yuzhang.brain.context.classification.model import Row
from yuzhang.core.access import OPERATOR, Party
from yuzhang.entrance.portal.room import Portal
from yuzhang.entrance.portal.search.actions import search

TYPE = "Bridge"
BRIDGES = (("east", "八一大桥", "secret-one"), ("west", "朝阳大桥", "secret-two"))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A browser at a city with two bridges."""
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)) as made:
        for region, name, note in BRIDGES:
            body = {
                "id": f"urn:ngsi-ld:Bridge:{region}",
                "type": "Bridge",
                "name": {"type": "LanguageProperty", "languageMap": {"zh": name, "en": f"Bridge {region}"}},
                "region": {"type": "Property", "value": region},
                "note": {"type": "Property", "value": note},
            }
            assert made.post("/ngsi-ld/v1/entities", json=body).status_code == 201
        yield made


def seen(app: FastAPI, text: str, caller: Party = OPERATOR) -> set[str]:
    """The entities that a search shows, by name, as the index is now."""
    portal = app.state.portal
    assert isinstance(portal, Portal)
    portal.refreshing.refresh()
    groups = search(portal, caller, text, kind="entity").groups
    return {one.title.zh for group in groups for one in group.found}


@pytest.mark.parametrize("typed", ["大桥", "dq", "daqiao", "bridge"])
def test_entities_are_found_by_name_pinyin_and_type(client: TestClient, app: FastAPI, typed: str) -> None:
    assert seen(app, typed) == {"八一大桥", "朝阳大桥"}


def test_an_entity_that_is_renamed_or_gone_is_found_so(client: TestClient, app: FastAPI) -> None:
    assert seen(app, "朝阳") == {"朝阳大桥"}
    entity = "/ngsi-ld/v1/entities/urn:ngsi-ld:Bridge:west"
    changed = {"name": {"type": "LanguageProperty", "languageMap": {"zh": "生米大桥"}}}
    assert client.patch(f"{entity}/attrs", json=changed).status_code == 204
    assert seen(app, "朝阳") == set()
    assert seen(app, "生米") == {"生米大桥"}
    assert client.delete(entity).status_code == 204
    assert seen(app, "大桥") == {"八一大桥"}


def test_what_is_classified_is_found_by_level_and_region_and_hidden_attributes_by_nobody(
    client: TestClient, app: FastAPI
) -> None:
    rows = [
        Row("", TYPE, level=3, region_by="region"),
        Row("", TYPE, "note", level=4),
    ]
    portal = client.portal
    assert portal is not None
    portal.call(classify, app.state.broker, OPERATOR, "", rows)
    assert seen(app, "大桥", Party("a", guard=Levels(2, "east"))) == set()
    assert seen(app, "大桥", Party("a", guard=Levels(3, "east"))) == {"八一大桥"}
    assert seen(app, "secret", Party("a", guard=Levels(4, "east"))) == set(), (
        "not even by who may see it: it is not kept"
    )


def test_personal_entities_are_in_no_index(client: TestClient, app: FastAPI) -> None:
    assert seen(app, "大桥")
    portal = client.portal
    assert portal is not None
    portal.call(classify, app.state.broker, OPERATOR, "", [Row("", TYPE, level=2, personal=True)])
    assert seen(app, "大桥") == set()
