"""Asks the application what the examples say, in their order, and writes down what it answered.

Run as `python tests/entrance/api/recording.py` after an endpoint changed: the requests stay, the answers are new. With names of parts
(`… cases devices`) only theirs are written.
"""

import json
import re
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

TESTS = Path(__file__).parents[2]
sys.path.insert(0, str(TESTS))  # as pytest has it, where this is run as a program

from entrance.standing import someone  # noqa: E402
from web.happenings import happened  # noqa: E402
from yuzhang.app import create_app  # noqa: E402
from yuzhang.core.access import OPERATOR  # noqa: E402
from yuzhang.core.settings import Settings  # noqa: E402
from yuzhang.core.storage import Storage  # noqa: E402
from yuzhang.entrance.api.examples import FOLDER, Example, examples  # noqa: E402
from yuzhang.entrance.identity.model import Account  # noqa: E402
from yuzhang.entrance.identity.store.parties import add_party  # noqa: E402
from yuzhang.loading import load_folder  # noqa: E402

CITY = TESTS.parent / "cities" / "nanchang"
APPLICATION = "party-display"
KEY = re.compile(r"(yz_[0-9a-f]{16}_)[\w-]{43}")
PREPARED = "is still being prepared"
MOST_ITEMS, LONGEST = 2, 4000
HEADERS = {"origin": "http://127.0.0.1"}


@contextmanager
def asking(folder: Path) -> Iterator["Asking"]:
    """The application over a folder with the first city, as whoever sits at the machine asks it."""
    app = create_app(Settings(folder, trust="machine"))
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000), headers=HEADERS) as client:
        account = Account(
            APPLICATION, "application", "Sample display", None, "", "", "", "", "", "", "en", "active",
            datetime.now(UTC), OPERATOR.id, None,
        )  # fmt: skip
        with app.state.storage.writing() as connection:
            add_party(connection, app.state.identity.secrets, account)
        yield Asking(app, client)


class Asking:
    """Sends examples; what an earlier answer held stands in the place that a later example leaves for it."""

    def __init__(self, app: FastAPI, client: TestClient) -> None:
        self.app, self.client = app, client
        self.answers: dict[str, Any] = {}
        self.officer = dict(someone(app.state.identity, "plan-officer", "official", ("plan-officer",)).cookie)

    def send(self, one: Example) -> Any:
        """The answer to an example."""
        path = {name: self.known(one, name, value) for name, value in one.path.items()}
        query = {name: self.known(one, name, value) for name, value in one.query.items()}
        body = one.body
        given: dict[str, Any] = {}
        if one.file is not None:
            content = self.known(one, "file", one.file["content"])
            given = {"files": {"file": (one.file["name"], content.encode())}, "data": body or {}}
        elif one.media == "application/x-www-form-urlencoded":
            given = {"data": body}
        elif isinstance(body, str):
            given = {"content": body.encode(), "headers": {"content-type": one.media}}
        elif one.media:
            given = {"content": json.dumps(body).encode(), "headers": {"content-type": one.media}}
        headers = given.pop("headers", {}) | dict(one.headers)
        self.client.cookies.clear()
        if one.tag == "account":
            self.client.cookies.update(self.officer)
        for _ in range(400):
            answer = self.client.request(
                one.method, one.address(path), params=query, headers=headers, follow_redirects=False, **given
            )
            if PREPARED not in answer.text:
                break
            sleep(0.05)  # the broker goes on with it meanwhile
        self.app.state.history.settle()
        if is_json(media_of(answer)) and answer.content:
            self.answers[one.name] = answer.json()
        elif media_of(answer).startswith("text/"):
            self.answers[one.name] = {"text": answer.text}
        elif "location" in answer.headers:
            self.answers[one.name] = {"location": answer.headers["location"].rpartition("/")[2]}
        return answer

    def known(self, one: Example, name: str, value: Any) -> Any:
        """The value of a parameter: of an earlier answer where the example says so."""
        if name not in one.earlier:
            return value
        where, _, way = one.earlier[name].partition("#")
        found = self.answers[where]
        for part in way.split("/"):
            found = found[int(part) if part.isdigit() else part]
        return found


def media_of(answer: Any) -> str:
    """The media type of an answer; empty if it has none."""
    return str(answer.headers.get("content-type", "")).partition(";")[0]


def is_json(media: str) -> bool:
    """Whether that is JSON."""
    return media == "application/json" or media.endswith("+json")


def shortened(value: Any) -> Any:
    """An answer of which the lists are cut after a few items, since an example shows the shape; keys lose what opens."""
    if isinstance(value, str):
        return KEY.sub(r"\1…", value)
    if isinstance(value, list):
        return [shortened(one) for one in value[:MOST_ITEMS]]
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    return value


def told(asked: Asking, one: Example) -> dict[str, Any]:
    """What is written down of an example: the answer, and the values that earlier answers brought."""
    answer = asked.send(one)
    if answer.status_code >= 400:
        raise SystemExit(f"{one.name} {answer.status_code} {answer.text[:500]}")
    found: dict[str, Any] = {"status": answer.status_code}
    media = media_of(answer)
    if answer.content and answer.status_code < 300 and (is_json(media) or media.startswith("text/")):
        said = shortened(answer.json()) if is_json(media) else answer.text[:LONGEST]
        found |= {"answer_media": media, "answer": said}
    if one.path:
        found["path"] = {name: asked.known(one, name, value) for name, value in one.path.items()}
    if one.query:
        found["query"] = {name: asked.known(one, name, value) for name, value in one.query.items()}
    if one.file is not None:
        found["file"] = one.file | {"content": asked.known(one, "file", one.file["content"])}
    return found


def record(parts: Collection[str]) -> None:
    """Write the examples of these parts again (of all, where none is named), with the answers of now."""
    with TemporaryDirectory() as made:
        folder = Path(made) / "data"
        storage = Storage(folder)
        load_folder(storage, CITY, None)
        storage.close()
        happened(folder)
        kept: dict[str, list[dict[str, Any]]] = {}
        with asking(Path(shutil.copytree(folder, Path(made) / "city"))) as asked:
            for one in examples():
                written = dict(one.written)
                if one.sent:
                    written |= told(asked, one)
                kept.setdefault(one.tag, []).append(written)
    for tag, entries in kept.items():
        if parts and tag not in parts:
            continue
        (FOLDER / f"{tag}.json").write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    record(sys.argv[1:])
