"""One command says what the program is made of and under which licences, without asking the network."""

import json
import socket
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from tools import sbom


@pytest.fixture(scope="module")
def found() -> list[sbom.Component]:
    """Everything in the locks, found with the network away."""
    with pytest.MonkeyPatch.context() as away:
        away.setattr(socket, "create_connection", None)
        away.setattr(socket.socket, "connect", None)
        return sbom.components()


def test_every_package_of_the_locks_is_listed_with_version_licence_and_hash(found: list[sbom.Component]) -> None:
    by_name = {one.name: one for one in found}
    lock = (sbom.ROOT / "requirements" / "base.txt").read_text()
    assert len([one for one in found if one.kind == "pypi"]) == sum("==" in line for line in lock.splitlines())
    assert by_name["fastapi"].licence == "MIT"
    assert by_name["htmx.org"].kind == "npm"
    assert "axe-core" not in by_name, "what only tests need is not shipped"
    assert all(one.hashes for one in found)


def test_no_package_has_a_licence_that_cannot_be_shipped(found: list[sbom.Component]) -> None:
    assert not [(one.name, one.licence) for one in found if one.refused]


@pytest.mark.parametrize(
    "licence",
    [
        "AGPL-3.0-only",
        "GNU Affero General Public License v3",
        "SSPL-1.0",
        "BUSL-1.1",
        "GPL-3.0-only",
        "Elastic License 2.0",
        "",
        "CC-BY-NC-4.0",
    ],
)
def test_licence_that_cannot_be_shipped_is_refused(licence: str) -> None:
    assert sbom.Component("pypi", "x", "1", licence).refused


@pytest.mark.parametrize(
    "licence", ["LGPL-3.0-only", "MIT", "GPL-2.0-only OR MIT", "MPL-2.0", "EPL-2.0 OR BSD-3-Clause"]
)
def test_licence_that_fits_or_has_an_alternative_that_does_is_taken(licence: str) -> None:
    assert not sbom.Component("pypi", "x", "1", licence).refused


def test_bill_is_valid_cyclonedx_and_the_same_every_time(found: list[sbom.Component]) -> None:
    written = json.dumps(sbom.document(found))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None
    assert written == json.dumps(sbom.document(list(found)))


def test_command_writes_both_files_and_fails_for_a_licence_that_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: list[sbom.Component], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sbom, "OUT", tmp_path / "dist")
    monkeypatch.setattr(sbom, "components", lambda: found)
    with pytest.raises(SystemExit) as ended:
        sbom.main()
    assert ended.value.code == 0
    assert "| fastapi |" in (tmp_path / "dist" / "licences.md").read_text()
    monkeypatch.setattr(sbom, "components", lambda: [*found, sbom.Component("pypi", "evil", "1", "AGPL-3.0-only")])
    with pytest.raises(SystemExit) as ended:
        sbom.main()
    assert ended.value.code == 1
    assert "evil 1: AGPL-3.0-only" in capsys.readouterr().err
