"""The log says which request went which way and how it ended; of whoever sent it, it says nothing."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yuzhang.operation.discretion import discreet, unquoted
from yuzhang.operation.errors import UnfitOperation
from yuzhang.operation.logs import handler, quiet
from yuzhang.operation.settings import OperationSettings, operation_settings

MARKS = (
    "Marker-Li-Hua",
    "marker@mail.example",
    "mARKERtoken0123456789abcdefXYZ",
    "MARKERcookie",
    "13912345678",
    "36010219900101123X",
)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log of this test writes, everything from debug on."""
    stream = io.StringIO()
    made = handler(OperationSettings(form="json", level="debug"), stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(made)
    root.setLevel(logging.DEBUG)
    quiet()
    yield stream
    root.removeHandler(made)
    root.setLevel(level)


def lines(stream: io.StringIO, logger: str = "yuzhang.requests") -> list[dict[str, Any]]:
    """The lines of one logger."""
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [one for one in found if one["logger"] == logger]


def test_line_of_a_request_says_route_status_duration_and_its_name(client: TestClient, written: io.StringIO) -> None:
    answer = client.get("/plan/some-plan?x=1", headers={"x-request-id": "from-the-proxy-1"})
    assert answer.headers["x-request-id"] == "from-the-proxy-1"
    (line,) = lines(written)
    assert (line["route"], line["method"], line["status"]) == ("/plan/{plan}", "GET", answer.status_code)
    assert (line["request_id"], line["peer"], line["level"]) == ("from-the-proxy-1", "127.0.0.1", "info")
    assert line["duration_ms"] >= 0
    assert "some-plan" not in written.getvalue()


@pytest.mark.parametrize("forged", ["short", "x" * 65, "two words aaaa", 'quo"te-aaaaaaa', "line%0Abreak\n"])
def test_name_that_could_forge_a_line_is_replaced(stranger: TestClient, forged: str) -> None:
    given = stranger.get("/health", headers={b"x-request-id": forged.encode()}).headers["x-request-id"]
    assert given != forged
    assert len(given) == 24


def test_nothing_of_a_person_reaches_the_log_wherever_it_was_sent(client: TestClient, written: io.StringIO) -> None:
    name, mail, token, cookie, phone, number = MARKS
    headers = {
        "authorization": f"Bearer {token}",
        "cookie": f"session={cookie}; other={mail}",
        "referer": f"https://a.example/?login={name}",
        "user-agent": name,
        "origin": "http://127.0.0.1",
    }
    form = {"login": name, "password": token, "email": mail, "phone": phone, "number": number, "code": cookie}
    for path in (
        "/sign-in",
        "/plan/x",
        "/parties",
        f"/parties/{name}",
        f"/api/{mail}",
        f"/ngsi-ld/v1/entities/urn:{phone}",
    ):
        client.get(f"{path}?login={name}&token={token}&mail={mail}", headers=headers)
        client.post(path, data=form, headers=headers)
        client.post(path, json=form, headers=headers)
    client.post("/ngsi-ld/v1/entities", json={"id": f"urn:{number}", "type": "X", **form}, headers=headers)
    assert len(lines(written)) == 19
    for mark in MARKS:
        assert mark not in written.getvalue()


def test_error_that_nobody_foresaw_is_logged_with_its_place_and_without_the_values_in_it(
    client: TestClient, app: FastAPI, written: io.StringIO
) -> None:
    @app.get("/breaks/{who}")
    def breaks(who: str) -> None:
        known: dict[str, str] = {}
        try:
            known[who]
        except KeyError as err:
            raise ValueError(f"cannot read '{who}' of {MARKS[1]}, token={MARKS[2]}") from err

    answer = client.get(f"/breaks/{MARKS[0]}", headers={"x-request-id": "a-name-to-find"})
    assert answer.status_code == 500
    found = [json.loads(line) for line in written.getvalue().splitlines() if "broke" in json.loads(line)]
    assert found
    assert "builtins.ValueError: cannot read …" in found[0]["broke"]
    assert "builtins.KeyError" in found[0]["broke"]
    assert "test_logs.py" in found[0]["broke"]
    assert found[0]["request_id"] == "a-name-to-find"
    for mark in MARKS:
        assert mark not in written.getvalue()


def test_values_of_a_statement_that_failed_are_not_in_its_error(app: FastAPI) -> None:
    with app.state.storage.reading() as connection, pytest.raises(Exception, match="no such table") as failed:
        connection.exec_driver_sql("SELECT * FROM nowhere WHERE a = ?", (MARKS[0],))
    assert MARKS[0] not in str(failed.value)
    app.state.operation.stop()
    app.state.storage.close()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Basic bGk6c2VjcmV0", "Authorization: … …"),
        ("client_secret=abc&x=1", "client_secret=…&x=1"),
        ('{"password": "abc"}', '{"password": "…"}'),
        ("call +86 13912345678 now", "call … now"),
        ("id 36010219900101123X.", "id …."),
        ("from 203.0.113.77 and 2001:db8:1:2::3", "from 203.0.113.0/24 and 2001:db8:1::/48"),
        ("at 12:30:05 in version 1.2.3", "at 12:30:05 in version 1.2.3"),
        ("eyJhbGciOi.eyJzdWIiOiJ4In0.abc", "…"),
        ("history could not file what was accepted", "history could not file what was accepted"),
    ],
)
def test_patterns_of_people_and_secrets_are_taken_out_and_plain_words_stay(text: str, left: str) -> None:
    assert discreet(text) == left


def test_values_of_databases_and_python_stand_in_quotes_and_are_left_out() -> None:
    assert (
        unquoted('duplicate key value violates "party_login"\nDETAIL: Key (login)=(li)')
        == "duplicate key value violates …"
    )
    assert unquoted("KeyError: '李华' in “李华”") == "KeyError: … in …"


def test_text_form_is_one_line_whatever_is_in_it() -> None:
    stream = io.StringIO()
    made = handler(OperationSettings(), stream)
    record = logging.LogRecord("x", logging.ERROR, "f.py", 1, "first\nforged 2026 error", (), None)
    made.handle(record)
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YUZHANG_LOG", "xml"), ("YUZHANG_LOG_LEVEL", "loud"), ("YUZHANG_METRICS_TOKEN", "short"),
        ("YUZHANG_DRAIN_S", "-1"), ("YUZHANG_LEAST_FREE_MB", "much"),
    ],
)  # fmt: skip
def test_setting_that_cannot_be_is_refused_with_its_name(name: str, value: str) -> None:
    with pytest.raises(UnfitOperation) as refused:
        operation_settings({name: value})
    assert refused.value.where == name
