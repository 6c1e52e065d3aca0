"""The pages of sources and dead letters: an officer configures, tests, mends and replays without JavaScript, in both languages."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from paho.mqtt.publish import single

from foundation.sources.connectors.conftest import filed, ran
from foundation.sources.connectors.site import Site
from foundation.sources.connectors.test_polling import EIGHT, ONE, rain
from foundation.sources.mqtt.test_devices import free_port
from yuzhang.app import create_app
from yuzhang.brain.history.room import History
from yuzhang.core.access import OPERATOR
from yuzhang.core.settings import Settings
from yuzhang.foundation.sources.connectors import actions
from yuzhang.foundation.sources.connectors.kinds.offered import KINDS
from yuzhang.foundation.sources.connectors.room import Sources

CHINESE = re.compile(r"[\u3400-\u9fff]")


def form(elsewhere: Site, **more: str) -> dict[str, str]:
    """A form for a source, as a browser sends it."""
    return {
        "kind": "rest", "name": "rain", "title_zh": "雨量", "title_en": "Rain", "interval_s": "300",
        "s.url": f"{elsewhere.address}/rain", "s.secret": "open-sesame", "m.rows": "data", "m.entity": "station",
        "m.type": "RainGauge", "m.time": "at", "m.zone": "Asia/Shanghai", "m.attributes": "mm = rainfall MMT", "do": "keep",
        **more,
    }  # fmt: skip


def test_an_officer_tests_keeps_mends_and_replays_on_pages(
    client: TestClient, sources: Sources, elsewhere: Site, history: History
) -> None:
    elsewhere.pages["/rain"] = rain((1, EIGHT, 2.5), (2, "01.01.2026 08:00", 3.5))
    tried = client.post("/sources/new?lang=en", data=form(elsewhere, do="test")).text
    assert "it would become: 1" in tried
    assert ONE in tried
    assert "is no time" in tried
    assert actions.sources(sources, OPERATOR) == []

    assert (
        client.post("/sources/new", data=form(elsewhere), follow_redirects=False).headers["location"] == "/sources/rain"
    )
    ran(sources, "rain")
    shown = client.get("/sources/rain?lang=en").text
    assert "open-sesame" not in shown
    assert "(set; empty keeps it)" in shown
    assert "2026" in client.get("/dead-letters/1").text

    mended = form(elsewhere, **{"m.time_format": "%d.%m.%Y %H:%M", "s.secret": ""})
    client.post("/sources/rain", data=mended)
    done = client.post("/dead-letters?lang=en", data={"source": "rain", "do": "replay"}).text
    assert "1 were taken, 0 are still bad" in done
    assert len(filed(history)) == 2
    assert actions.source(sources, OPERATOR, "rain").secrets == {"secret"}


def test_a_form_that_cannot_be_used_comes_back_with_what_was_written_and_why(
    client: TestClient, sources: Sources, elsewhere: Site
) -> None:
    answer = client.post("/sources/new?lang=en", data=form(elsewhere, **{"m.attributes": "mm rainfall"}))
    assert answer.status_code == 422
    assert "/mapping/attributes/0" in answer.text
    assert "mm rainfall" in answer.text
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_form_of_every_kind_is_there_in_english_and_chinese(
    client: TestClient, sources: Sources, kind: str
) -> None:
    english = client.get(f"/sources/new?kind={kind}&lang=en")
    assert english.status_code == 200
    said = re.sub(r"<[^>]*lang=\"zh[^>]*>[^<]*<|<script.*?</script>", "", english.text)
    assert not CHINESE.search(said), CHINESE.search(said)
    assert CHINESE.search(client.get(f"/sources/new?kind={kind}&lang=zh").text)


def test_pages_of_sources_are_not_shown_to_strangers(stranger: TestClient, sources: Sources) -> None:
    for address in (
        "/sources",
        "/sources/new",
        "/dead-letters",
        "/dead-letters/1",
        "/api/sources",
        "/api/dead-letters",
    ):
        assert stranger.get(address, follow_redirects=False).status_code in (302, 303, 401, 403), address


def test_a_program_adds_tests_runs_and_removes_a_source(client: TestClient, sources: Sources, elsewhere: Site) -> None:
    elsewhere.pages["/rain"] = rain((1, EIGHT, 2.5))
    wish = {
        "kind": "rest", "title": {"zh": "雨", "en": "Rain"}, "settings": {"url": f"{elsewhere.address}/rain"},
        "mapping": {"rows": "data", "entity": "station", "type": "RainGauge", "time": "at", "attributes": ["mm = rainfall"]},
    }  # fmt: skip
    assert "rest" in {one["kind"] for one in client.get("/api/sources/kinds").json()}
    assert client.post("/api/sources/rain/test", json=wish).json()["total"] == 1
    assert client.post("/api/sources/rain", json=wish).status_code == 201
    assert client.post("/api/sources/rain", json=wish).status_code == 409
    assert client.post("/api/sources/rain/run").json()["last_taken"] == 1
    assert client.post("/api/sources/rain/pause").json()["state"] == "paused"
    assert client.put("/api/sources/rain", json={**wish, "interval_s": 5}).json()["interval_s"] == 5
    assert client.delete("/api/sources/rain").status_code == 204
    assert client.get("/api/sources/rain").status_code == 404
    assert client.post("/api/sources/rain", json={**wish, "kind": "fax"}).json()["where"] == "/kind"


def test_a_data_officer_sees_how_mqtt_goes_and_why_a_message_was_refused(tmp_path: Path) -> None:
    port = free_port()
    app = create_app(Settings(tmp_path / "data", trust="machine", mqtt_port=port))
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000)) as client:
        single("somewhere/<b>", b"1", qos=1, hostname="127.0.0.1", port=port)
        shown = {language: client.get(f"/sources?lang={language}").text for language in ("en", "zh")}
        nobody = client.get("/sources?lang=en", headers={"authorization": "Key nobody"}).text
    assert all(f"mqtt://127.0.0.1:{port}" in one and "somewhere/&lt;b&gt;" in one for one in shown.values())
    assert ("listens" in shown["en"], "正在监听" in shown["zh"]) == (True, True)
    assert str(port) not in nobody
