"""Entities and data models in the terminal: over the data folder, and over a server by its address."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from brain.context.smart_models.shelves import laid_out
from yuzhang.cli import app
from yuzhang.core.errors import YuzhangError

LAMP: dict[str, Any] = {
    "id": "urn:ngsi-ld:Streetlight:1",
    "type": "Streetlight",
    "status": {"type": "Property", "value": "ok"},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [115.9, 28.7]}},
}


class Terminal:
    """Runs `yuzhang …` over one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    def run(self, *words: str, given: str | None = None, language: str = "en_US.UTF-8") -> Result:
        """One command; an error of ours is raised."""
        environment = {"LC_ALL": language, "YUZHANG_DATA": str(self.data), "COLUMNS": "200"}
        result = CliRunner().invoke(app, list(words), input=given, env=environment)
        if isinstance(result.exception, YuzhangError):
            raise result.exception
        return result

    def file(self, name: str, value: Any) -> str:
        """A file with JSON, or with text as it is."""
        path = self.folder / name
        path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
        return str(path)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal over an empty folder."""
    return Terminal(tmp_path)


def lamps(count: int) -> list[dict[str, Any]]:
    """Streetlights."""
    return [{**LAMP, "id": f"urn:ngsi-ld:Streetlight:{one}"} for one in range(1, count + 1)]


def test_an_entity_is_put_shown_patched_and_deleted(terminal: Terminal) -> None:
    assert "is new" in terminal.run("entities", "put", terminal.file("lamp.json", LAMP)).output
    assert "was replaced" in terminal.run("entities", "put", "-", given=json.dumps(LAMP)).output
    change = {"status": {"type": "Property", "value": "defectiveLamp"}}
    terminal.run("entities", "patch", LAMP["id"], terminal.file("change.json", change))
    shown = json.loads(terminal.run("entities", "get", LAMP["id"], "--simple").output)
    assert shown["status"] == "defectiveLamp"
    assert "1 deleted" in terminal.run("entities", "delete", LAMP["id"]).output
    with pytest.raises(YuzhangError, match="Streetlight:1"):
        terminal.run("entities", "get", LAMP["id"])


@pytest.mark.parametrize("lines", [True, False], ids=["one object a line", "an array"])
def test_a_file_of_entities_is_imported_listed_and_exported_again(terminal: Terminal, lines: bool) -> None:
    some = lamps(30)
    content = "\n".join(map(json.dumps, some)) if lines else json.dumps(some, indent=1)
    assert "30 imported, 0 failed" in terminal.run("entities", "import", terminal.file("lamps", content)).output
    assert "20 of 30" in terminal.run("entities", "list", "--type", "Streetlight").output
    assert len(json.loads(terminal.run("entities", "list", "--limit", "7", "--json").output)) == 7
    out = terminal.folder / "out.ndjson"
    terminal.run("entities", "export", "--out", str(out))
    assert sorted(json.loads(line)["id"] for line in out.read_text("utf-8").splitlines()) == sorted(
        one["id"] for one in some
    )


def test_rows_that_are_wrong_are_listed_with_their_places_and_the_others_are_kept(terminal: Terminal) -> None:
    rows = [
        json.dumps(LAMP),
        "{broken",
        '{"type": "Road"}',
        json.dumps({"id": "urn:ngsi-ld:Road:1", "x": {"value": 1}}),
    ]
    file = terminal.file("mixed.ndjson", "\n".join(rows))
    result = terminal.run("entities", "import", file, "--json")
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert told["done"] == 1
    assert [one["entity"] for one in told["failed"]] == [f"{file}:2", f"{file}:3", "urn:ngsi-ld:Road:1"]


def test_an_import_can_keep_attributes_that_are_not_given(terminal: Terminal) -> None:
    terminal.run("entities", "put", terminal.file("lamp.json", LAMP))
    more = [{"id": LAMP["id"], "type": "Streetlight", "lanternHeight": {"type": "Property", "value": 9}}]
    terminal.run("entities", "import", "--update", terminal.file("more.json", more))
    shown = json.loads(terminal.run("entities", "get", LAMP["id"], "--simple").output)
    assert (shown["status"], shown["lanternHeight"]) == ("ok", 9)


@pytest.mark.parametrize(
    ("content", "says"), [("id,type\n1,Road\n", "no JSON array"), (None, "cannot be read"), ("", "is empty")]
)
def test_a_file_that_cannot_be_read_is_refused(terminal: Terminal, content: str | None, says: str) -> None:
    file = str(terminal.folder / "none.json") if content is None else terminal.file("wrong.json", content)
    with pytest.raises(YuzhangError, match=says):
        terminal.run("entities", "import", file)


def test_types_are_listed_with_their_counts_and_attributes(terminal: Terminal) -> None:
    terminal.run("entities", "import", terminal.file("lamps.json", lamps(3)))
    assert "Streetlight" in terminal.run("entities", "types").output
    told = json.loads(terminal.run("entities", "types", "--json").output)
    assert [(one["name"], one["count"]) for one in told] == [("Streetlight", 3)]


def test_attributes_are_declared_listed_and_taken_back(terminal: Terminal) -> None:
    terminal.run("entities", "import", terminal.file("lamps.json", lamps(3)))
    assert "indexed: status" in terminal.run("entities", "declare", "status").output
    assert "indexed: status" in terminal.run("entities", "declare").output
    assert "indexed: none" in terminal.run("entities", "declare", "status", "--off").output


def test_tenants_are_apart(terminal: Terminal) -> None:
    terminal.run("entities", "put", terminal.file("lamp.json", LAMP), "--tenant", "north")
    assert "0 of 0" in terminal.run("entities", "list").output
    assert "1 of 1" in terminal.run("entities", "list", "--tenant", "north").output


def test_the_terminal_speaks_chinese_also_where_the_broker_refuses(terminal: Terminal) -> None:
    assert "已新建" in terminal.run("entities", "put", terminal.file("lamp.json", LAMP), language="zh_CN.UTF-8").output
    assert "显示 1 个，共 1 个" in terminal.run("entities", "list", language="zh_CN.UTF-8").output
    with pytest.raises(YuzhangError) as error:
        terminal.run("entities", "get", "urn:ngsi-ld:Streetlight:9", language="zh_CN.UTF-8")
    assert error.value.line("zh").endswith("没有实体 urn:ngsi-ld:Streetlight:9。")


def test_a_server_that_is_not_there_is_told_with_what_to_do(terminal: Terminal) -> None:
    with pytest.raises(YuzhangError) as error:
        terminal.run("entities", "list", "--url", "http://127.0.0.1:9")
    assert error.value.fix is not None
    assert not terminal.data.exists()


def test_a_tenants_entities_are_checked_against_a_model_that_was_imported(terminal: Terminal) -> None:
    shelf = str(laid_out(terminal.folder / "models"))
    assert "Imported" in terminal.run("models", "import", "Streetlight", "WasteContainer", "--from", shelf).output
    assert "Checked when written" in terminal.run("models", "require", "Streetlight").output
    assert "(default)" in terminal.run("models", "list").output
    assert "lanternHeight" in terminal.run("models", "show", "Streetlight").output
    wrong = {**LAMP, "status": {"type": "Property", "value": "fine"}}
    with pytest.raises(YuzhangError, match="/status"):
        terminal.run("entities", "put", terminal.file("wrong.json", wrong))
    terminal.run("models", "require", "Streetlight", "--off")
    assert "is new" in terminal.run("entities", "put", terminal.file("wrong.json", wrong)).output
    assert "Removed" in terminal.run("models", "remove", "WasteContainer").output


def test_an_id_is_shown_as_it_is_and_not_with_little_pictures(terminal: Terminal) -> None:
    lamp = terminal.file("lamp.json", {"id": "urn:x:1", "type": "Lamp"})
    assert "urn:x:1 is new" in terminal.run("entities", "put", lamp).output
    assert "urn:x:1" in terminal.run("entities", "list").output


def test_a_tenant_that_no_request_can_name_and_an_empty_file_are_refused(terminal: Terminal) -> None:
    with pytest.raises(YuzhangError, match="tenant's name is ASCII"):
        terminal.run("entities", "list", "--tenant", "南昌")
    with pytest.raises(YuzhangError, match="file is empty"):
        terminal.run("entities", "import", terminal.file("empty.json", "\n"))
