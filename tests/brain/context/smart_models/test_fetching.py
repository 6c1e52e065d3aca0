"""Models from an address: a real server on this machine, the limits, and no way into inner networks."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.smart_models import actions as on_models
from yuzhang.brain.context.smart_models.errors import ModelUnreadable
from yuzhang.brain.context.smart_models.fetching import fetched
from yuzhang.brain.context.smart_models.shelf import MOST_BYTES
from yuzhang.core.access import OPERATOR

pytestmark = pytest.mark.anyio
BENCH = '{"properties": {"type": {"const": "Bench"}, "seats": {"type": "integer"}}}'


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder; /away leads to itself for ever."""

    def do_GET(self) -> None:  # the handler's own name
        """One answer."""
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "/away")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The address of a server over `site` in the test's folder."""
    folder = tmp_path / "site" / "Furniture" / "Bench"
    folder.mkdir(parents=True)
    (folder / "schema.json").write_text(BENCH, "utf-8")
    (folder.parent / "context.jsonld").write_text('{"@context": {"seats": "https://example.org/seats"}}', "utf-8")
    (tmp_path / "site" / "large.json").write_bytes(b" " * (MOST_BYTES + 1))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "site"))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_a_model_is_imported_from_an_address_with_its_subjects_context(home: Broker, site: str) -> None:
    address = f"{site}/Furniture/Bench/schema.json"
    imported = await on_models.import_address(home, OPERATOR, address, partial(fetched, private=True))
    assert (imported.model.title, imported.model.source) == ("Bench", address)
    assert imported.model.terms["seats"] == "https://example.org/seats"


async def test_an_address_on_this_machine_is_refused_unless_it_is_allowed(home: Broker, site: str) -> None:
    with pytest.raises(ModelUnreadable, match="inner network"):
        await on_models.import_address(home, OPERATOR, f"{site}/Furniture/Bench/schema.json", fetched)
    assert on_models.models(home, OPERATOR) == []


@pytest.mark.parametrize(
    ("path", "says"), [("/none.json", "answers 404"), ("/large.json", "larger than 4 MiB"), ("/away", "too often")]
)
async def test_what_cannot_be_read_is_named_with_the_reason(site: str, path: str, says: str) -> None:
    with pytest.raises(ModelUnreadable, match=says) as refusal:
        await fetched(site + path, private=True)
    assert refusal.value.where == site + path


async def test_only_the_web_is_read() -> None:
    with pytest.raises(ModelUnreadable, match="only http"):
        await fetched("file:///etc/hosts", private=True)
