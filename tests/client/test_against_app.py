"""Every operation of the client against the whole application."""

from typing import Any

import pytest

from yuzhang.client import AlreadyThere, AsyncClient, NotThere, Query, RequestRefused

pytestmark = pytest.mark.anyio


def road(number: int, **attributes: Any) -> dict[str, Any]:
    """A road in the concise representation."""
    given = {"name": f"Road {number}", "length": number * 1.5} | attributes
    return {
        "id": f"urn:ngsi-ld:Road:{number}",
        "type": "Road",
        **{name: {"value": value} for name, value in given.items()},
    }


async def names(client: AsyncClient, wanted: Query) -> list[str]:
    """The ids of what a query finds."""
    return [one.id async for one in client.query(wanted)]


async def test_an_entity_is_made_read_changed_and_taken_away(near: AsyncClient) -> None:
    made = await near.create(road(1))
    assert made == "urn:ngsi-ld:Road:1"
    with pytest.raises(AlreadyThere):
        await near.create(road(1))
    await near.patch(made, {"length": {"value": 2}})
    await near.append(made, {"lanes": {"value": 4}})
    await near.merge(made, {"name": {"value": "Bayi Avenue"}})
    await near.patch_attribute(made, "lanes", {"value": 6})
    found = await near.get(made)
    assert [found.value(name) for name in ("name", "length", "lanes")] == ["Bayi Avenue", 2, 6]
    await near.delete_attribute(made, "lanes")
    await near.replace(road(1, name="New"))
    assert dict((await near.get(made, format="simplified")).document) == {
        "id": made,
        "type": "Road",
        "name": "New",
        "length": 1.5,
    }
    await near.delete(made)
    with pytest.raises(NotThere) as error:
        await near.get(made)
    assert error.value.answer.type.endswith("/ResourceNotFound")


async def test_an_upsert_says_whether_the_entity_is_new(near: AsyncClient) -> None:
    assert await near.upsert(road(1)) is True
    assert await near.upsert(road(1, name="Again")) is False
    assert (await near.get("urn:ngsi-ld:Road:1")).value("name") == "Again"


async def test_a_query_reads_all_pages_and_counts(near: AsyncClient) -> None:
    await near.create_all([road(number) for number in range(1, 8)])
    assert len(await names(near, Query(type="Road", page=3))) == 7
    assert await names(near, Query(type="Road", q="length>9")) == ["urn:ngsi-ld:Road:7"]
    assert await near.count(Query(type="Road")) == 7
    assert len(await names(near, Query())) == 7


async def test_a_batch_says_what_became_of_each_entity(near: AsyncClient) -> None:
    await near.create(road(2))
    result = await near.create_all([road(1), road(2), road(3)], chunk=2)
    assert result.done == ("urn:ngsi-ld:Road:1", "urn:ngsi-ld:Road:3")
    assert [(one.entity, one.problem.status) for one in result.failed] == [("urn:ngsi-ld:Road:2", 409)]
    changed = await near.merge_all([{"id": "urn:ngsi-ld:Road:1", "type": "Road", "lanes": {"value": 2}}])
    assert changed.done == ("urn:ngsi-ld:Road:1",)
    gone = await near.delete_all(["urn:ngsi-ld:Road:1", "urn:ngsi-ld:Road:9"])
    assert (gone.done, [one.entity for one in gone.failed]) == (("urn:ngsi-ld:Road:1",), ["urn:ngsi-ld:Road:9"])


async def test_a_batch_can_keep_what_is_not_given(near: AsyncClient) -> None:
    await near.create(road(1))
    await near.upsert_all([{"id": "urn:ngsi-ld:Road:1", "type": "Road", "lanes": {"value": 2}}], update=True)
    await near.update_all([{"id": "urn:ngsi-ld:Road:1", "type": "Road", "lanes": {"value": 3}}], overwrite=False)
    found = await near.get("urn:ngsi-ld:Road:1")
    assert (found.value("name"), found.value("lanes")) == ("Road 1", 2)


async def test_types_and_attributes_are_told_with_their_counts(near: AsyncClient) -> None:
    await near.create_all([road(1), road(2)])
    assert await near.types() == ["Road"]
    about = await near.type_info("Road")
    assert (about.name, about.count) == ("Road", 2)
    assert {one.name: one.kinds for one in about.attributes} == {"length": ("Property",), "name": ("Property",)}
    assert await near.attributes() == ["length", "name"]
    assert (await near.attribute_info("name")).types == ("Road",)


async def test_tenants_do_not_see_each_other(near: AsyncClient) -> None:
    await near.for_tenant("north").create(road(1))
    with pytest.raises(NotThere):
        await near.get("urn:ngsi-ld:Road:1")
    assert (await near.for_tenant("north").get("urn:ngsi-ld:Road:1")).types == ("Road",)


async def test_a_refusal_says_where_and_nothing_is_kept(near: AsyncClient) -> None:
    with pytest.raises(RequestRefused) as error:
        await near.create({"id": "not a uri", "type": "Road"})
    assert error.value.answer.type.endswith("/BadRequestData")
    assert await near.types() == []


async def test_subscriptions_are_made_listed_paused_and_taken_away(near: AsyncClient) -> None:
    wanted = {"entities": [{"type": "Road"}], "notification": {"endpoint": {"uri": "http://127.0.0.1:9/none"}}}
    made = await near.subscribe(wanted)
    assert (await near.subscription(made)).id == made
    await near.change_subscription(made, {"isActive": False})
    assert [(one.id, one.status) async for one in near.subscriptions()] == [(made, "paused")]
    await near.unsubscribe(made)
    with pytest.raises(NotThere):
        await near.subscription(made)


async def test_a_context_is_hosted_and_used_by_its_address(near: AsyncClient) -> None:
    made = await near.add_context({"Strasse": "https://example.org/Street"})
    assert await near.context(made) == {"Strasse": "https://example.org/Street"}
    assert made in [one.id for one in await near.contexts()] or any(made in one.url for one in await near.contexts())
    await near.delete_context(made)
    with pytest.raises(NotThere):
        await near.context(made)
