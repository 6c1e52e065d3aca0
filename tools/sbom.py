"""What the program is made of, and under which licences: `make sbom` writes dist/sbom.cdx.json and dist/licences.md.

The components are those of the locks (requirements/base.txt, package-lock.json without what only tests need), with their hashes; the
licences are those that the installed packages declare. Nothing is asked of the network. Fails if a licence is one that we cannot ship, or none
is declared. Source: CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/.
"""

import base64
import hashlib
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
OUT = ROOT / "dist"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
FORBIDDEN = re.compile(
    r"(?i)\bAGPL|Affero|SSPL|Server Side Public|Commons[- ]Clause|Business Source|\bBUSL|\bBSL-1\.1|Elastic License|"
    r"Non-?Commercial|\bCC-BY-NC|(?<!L)GPL-?v?[23]|(?<!Lesser )General Public License v?[23]?|Proprietary"
)
"""Licences that cannot be shipped with an Apache-2.0 program, or that are not free. LGPL is fine: we link, and change nothing."""
DECLARED_ELSEWHERE: dict[str, str] = {}
"""Packages that declare no licence in their metadata, with what their repository says; each was looked at by a person."""


@dataclass(slots=True)
class Component:
    """One package: its name, version, licence as declared, and what kind of package it is."""

    kind: str
    name: str
    version: str
    licence: str = ""
    hashes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def purl(self) -> str:
        """Its package URL. Source: https://github.com/package-url/purl-spec."""
        name = self.name.replace("@", "%40") if self.kind == "npm" else re.sub(r"[-_.]+", "-", self.name).lower()
        return f"pkg:{self.kind}/{name}@{self.version}"

    @property
    def refused(self) -> bool:
        """Whether it may not be shipped: its licence is forbidden, or unknown. Of several alternatives one that fits is enough."""
        choices = re.split(r"\s+OR\s+", self.licence)
        return not self.licence or all(FORBIDDEN.search(one) for one in choices)


def python_components(lock: Path) -> Iterator[Component]:
    """The packages of a Python lock."""
    for block in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8")):
        pin = PIN.match(block)
        if pin:
            found = [("SHA-256", one) for one in HASH.findall(block)]
            yield Component("pypi", pin[1], pin[2], licence_of(pin[1]), found)


def licence_of(name: str) -> str:
    """The licence that an installed package declares: its SPDX expression, else its classifiers, else the field; empty if none."""
    if name.lower() in DECLARED_ELSEWHERE:
        return DECLARED_ELSEWHERE[name.lower()]
    try:
        made: Distribution = distribution(name)
    except PackageNotFoundError:
        return ""
    told: Any = made.metadata  # a message of headers
    classifiers = [
        one.rpartition(" :: ")[2]
        for one in told.get_all("Classifier") or ()
        if one.startswith("License ::") and one.count("::") > 1
    ]
    short = (told.get("License") or "").strip().split("\n")[0][:80]
    return told.get("License-Expression") or " AND ".join(classifiers) or short or _from_text(made)


def _from_text(made: Distribution) -> str:
    """What a licence file says in its head, where a package brings only that."""
    for file in made.files or ():
        if file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            head = file.read_text()[:400]
            for mark, name in (
                ("Apache License", "Apache-2.0"),
                ("MIT License", "MIT"),
                ("Permission is hereby granted, free", "MIT"),
            ):
                if mark in head:
                    return name
    return ""


def npm_components(lock: Path) -> Iterator[Component]:
    """The packages of an npm lock that pages load."""
    for path, one in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
        if path and not one.get("dev"):
            algorithm, _, digest = one.get("integrity", "").partition("-")
            hashes = [(algorithm.upper().replace("SHA", "SHA-"), base64.b64decode(digest).hex())] if digest else []
            yield Component("npm", path.rpartition("node_modules/")[2], one["version"], one.get("license", ""), hashes)


def components() -> list[Component]:
    """All of both locks, by kind and name."""
    found = [*python_components(ROOT / "requirements" / "base.txt"), *npm_components(ROOT / "package-lock.json")]
    return sorted(found, key=lambda one: (one.kind, one.name.lower()))


def document(found: list[Component]) -> dict[str, Any]:
    """The bill of materials; the same for the same locks."""
    own = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    serial = uuid.UUID(hashlib.sha256("\n".join(one.purl for one in found).encode()).hexdigest()[:32])
    root = f"pkg:pypi/{own['name']}@{own['version']}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": own["name"],
                "version": own["version"],
                "licenses": [{"license": {"id": own["license"]}}],
            }
        },
        "components": [_component(one) for one in found],
        "dependencies": [{"ref": root, "dependsOn": [one.purl for one in found]}],
    }


def _component(one: Component) -> dict[str, Any]:
    group, _, name = one.name.rpartition("/")
    told: dict[str, Any] = {
        "type": "library",
        "bom-ref": one.purl,
        "name": name,
        "version": one.version,
        "purl": one.purl,
    }
    if group:
        told["group"] = group
    if one.licence:
        told["licenses"] = [{"license": {"name": one.licence}}]
    if one.hashes and one.kind == "npm":  # of a Python package the lock names one for each platform
        told["hashes"] = [{"alg": algorithm, "content": content} for algorithm, content in one.hashes]
    if one.kind == "pypi":
        told["properties"] = [{"name": "yuzhang:sha256", "value": content} for _, content in one.hashes]
    return told


def table(found: list[Component]) -> str:
    """The licences as a page."""
    lines = ["# Licences", "", "| package | version | licence |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {one.name} | {one.version} | {one.licence or '?'} |" for one in found)]) + "\n"


def main() -> None:
    """Write both files; exit code 1 if a licence cannot be shipped."""
    found = components()
    OUT.mkdir(exist_ok=True)
    (OUT / "sbom.cdx.json").write_text(json.dumps(document(found), indent=1) + "\n", "utf-8")
    (OUT / "licences.md").write_text(table(found), "utf-8")
    refused = [one for one in found if one.refused]
    for one in refused:
        print(f"{one.name} {one.version}: {one.licence or 'no licence is declared'}", file=sys.stderr)
    print(f"{len(found)} components: {OUT / 'sbom.cdx.json'}, {OUT / 'licences.md'}")
    sys.exit(int(bool(refused)))


if __name__ == "__main__":
    main()
