"""An installation behind a proxy on the same machine takes nobody who comes through it for whoever sits there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from yuzhang.app import create_app
from yuzhang.core.settings import Settings

PATHS = ("/api/plans", "/ngsi-ld/v1/entities?type=X", "/v1.1/Things")


@pytest.fixture
def through(tmp_path: Path) -> Iterator[TestClient]:
    """What the proxy on this machine sends on, its Host being the server's own, as nginx writes it unless told otherwise."""
    app = create_app(Settings(tmp_path / "data", trust="machine", proxies=("127.0.0.1",)))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as made:
        yield made


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "203.0.113.7"},
        {"x-forwarded-for": "127.0.0.1, 203.0.113.7"},
        {"forwarded": "for=127.0.0.1, for=203.0.113.7"},
        {"forwarded": "for=unknown"},
        {},
    ],
    ids=str,
)
def test_whoever_comes_through_the_proxy_is_a_stranger_by_every_way_in(
    through: TestClient, headers: dict[str, str]
) -> None:
    for path in PATHS:
        assert through.get(path, headers=headers).status_code in (401, 403), path
    assert through.get("/metrics", headers=headers).status_code == 403
    assert through.get("/ready", headers=headers).status_code == 200
