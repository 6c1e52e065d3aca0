"""The page of packs and its API: what each pack brings and what is wrong with it, in both languages, for operators only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yuzhang.app import create_app
from yuzhang.core.settings import Settings
from yuzhang.operation.packs import api, pages
from yuzhang.operation.packs.making import begun
from yuzhang.operation.packs.room import Packs


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """An application over nothing, with a pack of one's own that has a fault."""
    begun("governance/lamps", tmp_path / "packs")
    (tmp_path / "packs" / "governance" / "lamps" / "rule.toml").write_text("")
    made = create_app(Settings(tmp_path / "data", trust="machine"))
    made.state.packs = Packs([tmp_path / "packs"])
    if not any(getattr(one, "path", "") == "/packs" for one in made.routes):
        made.include_router(pages.router)
        made.include_router(api.router)
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A browser on the same machine."""
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000)) as made:
        yield made


def test_page_shows_packs_with_what_they_bring_and_faults_with_file_and_line(client: TestClient) -> None:
    shown = client.get("/packs", params={"lang": "en"})
    assert shown.status_code == 200
    for words in (
        "Air quality",
        "governance/air",
        "Share of days with good or excellent air",
        "Comes with the program",
        "In order",
    ):
        assert words in shown.text
    for words in (
        "governance/lamps",
        "1 fault<",
        "rule.toml:1",
        "nobody reads the file rule.toml",
        "name it rules.toml",
    ):
        assert words in shown.text


def test_page_speaks_chinese_throughout(client: TestClient) -> None:
    shown = client.get("/packs", params={"lang": "zh"}).text
    for words in ("应用包", "空气质量", "随程序提供", "本市自有", "完好", "没有人读取文件 rule.toml"):
        assert words in shown
    assert "In order" not in shown


def test_a_mended_file_shows_without_a_restart(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/api/packs/governance/lamps").json()["faults"]
    (tmp_path / "packs" / "governance" / "lamps" / "rule.toml").unlink()
    assert client.get("/api/packs/governance/lamps").json()["faults"] == []


def test_api_tells_all_packs_and_no_path_of_this_machine(client: TestClient, tmp_path: Path) -> None:
    answer = client.get("/api/packs", headers={"accept-language": "zh"})
    listed = {one["id"]: one for one in answer.json()}
    assert listed["governance/drainage"]["title"] == {"zh": "排水防涝", "en": "Drainage"}
    assert listed["governance/lamps"]["faults"][0]["wrong"] == "没有人读取文件 rule.toml"
    assert str(tmp_path) not in answer.text


def test_a_pack_that_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/api/packs/governance/nothing").status_code == 404


def test_strangers_are_refused(app: FastAPI, client: TestClient) -> None:
    stranger = TestClient(app, base_url="http://10.0.0.5", client=("10.0.0.9", 50000))
    assert stranger.get("/api/packs").status_code == 401
    assert stranger.get("/packs", follow_redirects=False).status_code in {303, 401}
