"""How long what was accepted waits for a subscriber that is away, and what becomes of it then."""

import asyncio
from contextlib import closing
from dataclasses import replace
from socket import create_server

from brain.context.subscriptions.receiving import WAIT_S, free_port, subscriber
from brain.context.subscriptions.running import QUICK, Start, until
from brain.context.subscriptions.test_delivery import PATH, outcome, told_speed, waiting
from brain.context.subscriptions.test_notifications import BUS, made, set_speed, subscription
from yuzhang.brain.context.subscriptions.lanes import Lanes


def away() -> str:
    """An address where nobody listens."""
    return f"http://127.0.0.1:{free_port()}/notify"


def test_what_failed_and_is_too_old_is_given_up_and_the_subscription_says_so(start: Start) -> None:
    with start(replace(QUICK, keep_s=0.2)) as (broker, api):
        made(api, "/subscriptions", subscription(away()))
        made(api, "/entities", BUS)
        found = until(lambda: outcome(api), lambda one: "timesGivenUp" in one)
        assert (found["timesGivenUp"], found["timesSent"], found["status"]) == (1, 1, "failed")
        until(lambda: waiting(broker), lambda left: not left)
    with subscriber() as listener, start(QUICK) as (_, api):
        # It is still known after a restart, and the subscriber gets what comes after.
        assert outcome(api)["timesGivenUp"] == 1
        changed = {"notification": {"endpoint": {"uri": listener.uri}}}
        assert api.patch(PATH, json=changed).status_code == 204
        set_speed(api, 30)
        assert told_speed(listener) == 30


def test_of_too_many_letters_the_oldest_are_given_up_and_the_newest_arrive(start: Start) -> None:
    with start(replace(QUICK, most_waiting=10)) as (broker, api):
        made(api, "/subscriptions", subscription(away()))
        made(api, "/entities", BUS)
        for value in range(100, 130):
            set_speed(api, value)
        until(lambda: waiting(broker), lambda left: left <= 11)
        until(lambda: outcome(api), lambda one: one.get("timesGivenUp", 0) >= 20)
        with subscriber() as listener:
            assert api.patch(PATH, json={"notification": {"endpoint": {"uri": listener.uri}}}).status_code == 204
            told = [told_speed(listener)]
            while told[-1] != 129:
                told.append(told_speed(listener))
            assert told == list(range(130 - len(told), 130))
            assert 10 <= len(told) <= 11
            assert outcome(api)["timesGivenUp"] == 31 - len(told)


def test_one_notification_that_a_subscriber_refuses_does_not_keep_back_the_next(start: Start) -> None:
    with subscriber(400, 400) as listener, start(QUICK) as (_, api):
        made(api, "/subscriptions", subscription(listener.uri))
        made(api, "/entities", BUS)
        set_speed(api, 30)
        assert [told_speed(listener) for _ in range(3)] == [20, 20, 30]
        found = until(lambda: outcome(api), lambda one: one["status"] == "ok")
        assert (found["timesSent"], found["timesFailed"], found["timesGivenUp"]) == (2, 1, 1)


def test_many_subscribers_that_never_answer_do_not_keep_others_waiting(start: Start) -> None:
    def other(number: int, uri: str) -> dict[str, object]:
        return subscription(uri) | {"id": f"urn:ngsi-ld:Subscription:{number}"}

    with (
        closing(create_server(("127.0.0.1", 0), backlog=100)) as silent,
        subscriber() as listener,
        start(replace(QUICK, at_once=4, timeout_s=0.3)) as (_, api),
    ):
        for number in range(2, 12):
            made(api, "/subscriptions", other(number, f"http://127.0.0.1:{silent.getsockname()[1]}/"))
        made(api, "/subscriptions", subscription(listener.uri))
        made(api, "/entities", BUS)
        for value in range(30, 60):
            set_speed(api, value)
        assert [told_speed(listener) for _ in range(31)] == [20, *range(30, 60)]
        assert outcome(api)["timesSent"] >= 30


def test_places_for_attempts_at_endpoints_that_were_away_are_apart_from_those_of_all_others() -> None:
    async def story() -> None:
        lanes, never = Lanes(4), asyncio.Event()

        async def fails() -> str | None:
            return "nobody answers"

        async def hangs() -> bool:
            return await never.wait()

        async def arrives() -> str | None:
            return None

        assert await lanes.take("http://away.example/a", fails) == "nobody answers"
        hanging = [asyncio.create_task(lanes.take("http://away.example/b", hangs)) for _ in range(20)]
        # Without a place of its own this would wait for ever.
        assert await asyncio.wait_for(lanes.take("http://here.example/", arrives), WAIT_S) is None
        for one in hanging:
            one.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)

    asyncio.run(story())


def test_what_waits_for_a_paused_subscription_arrives_once_it_goes_on(start: Start) -> None:
    with subscriber() as listener, start(QUICK) as (broker, api):
        made(api, "/subscriptions", subscription(away()))
        made(api, "/entities", BUS)
        until(lambda: outcome(api), lambda one: one.get("status") == "failed")
        changed = {"notification": {"endpoint": {"uri": listener.uri}}, "isActive": False}
        assert api.patch(PATH, json=changed).status_code == 204
        set_speed(api, 30)
        assert waiting(broker) == 1
        assert api.patch(PATH, json={"isActive": True}).status_code == 204
        set_speed(api, 40)
        assert [told_speed(listener), told_speed(listener)] == [20, 40]


def test_a_failure_is_known_after_the_power_was_gone(start: Start) -> None:
    with start() as (broker, api):
        made(api, "/subscriptions", subscription(away()))
        made(api, "/entities", BUS)
        until(lambda: outcome(api), lambda one: one.get("status") == "failed")

        def kept() -> list[tuple[int, int]]:
            with broker.reading() as connection:
                rows = connection.exec_driver_sql("SELECT sent, failed FROM context_subscription").all()
            return [(row[0], row[1]) for row in rows]

        # Nothing arrived, nothing else happens: it is written down all the same.
        until(kept, lambda rows: rows == [(1, 1)])
