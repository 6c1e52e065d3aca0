"""Files and pages cross the network compressed, and files are kept by browsers for as long as they are the same."""

import gzip

import pytest
from fastapi.testclient import TestClient

from web.views import HOME
from yuzhang.web.statics import FOR_EVER, STATIC, asset

STYLE = "/static/style.css"


def test_a_file_is_sent_compressed_and_kept_for_ever_under_its_own_address(looking: TestClient) -> None:
    answer = looking.get(asset("style.css"), headers={"accept-encoding": "gzip"})
    assert answer.headers["cache-control"] == FOR_EVER
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.content == (STATIC / "style.css").read_bytes()
    assert int(answer.headers["content-length"]) < len(answer.content) / 2


@pytest.mark.parametrize("address", [STYLE, f"{STYLE}?v=old"])
def test_a_file_under_another_address_is_asked_for_again(looking: TestClient, address: str) -> None:
    first = looking.get(address)
    assert first.headers["cache-control"] == "no-cache"
    again = looking.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_who_takes_no_gzip_gets_the_file_as_it_is(looking: TestClient) -> None:
    answer = looking.get(STYLE, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.content == (STATIC / "style.css").read_bytes()


@pytest.mark.parametrize(
    "path", ["nothing.js", "", "vendor", "../gate.py", "..%2fgate.py", "%2e%2e/gate.py", "/etc/passwd", "style.css/x"]
)
def test_nothing_outside_of_the_folder_is_a_file(looking: TestClient, path: str) -> None:
    assert looking.get(f"/static/{path}").status_code == 404


def test_files_are_only_read(looking: TestClient) -> None:
    assert looking.post(STYLE).status_code == 405
    assert looking.head(STYLE).status_code == 200


def test_pages_are_compressed_and_say_so_to_caches(looking: TestClient) -> None:
    with looking.stream("GET", HOME, headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert int(answer.headers["content-length"]) == len(raw)
    assert gzip.decompress(raw).decode().startswith("<!doctype html>")
    plain = looking.get(HOME, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(plain.content) > 3 * len(raw)
