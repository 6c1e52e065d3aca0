"""The house rules as tests: imports go one way, sizes, names, policies, both languages, docs."""

import ast
import importlib
import inspect
import pkgutil
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from tools import reference

import yuzhang
from yuzhang.core.access import POLICIES, STRANGER
from yuzhang.core.errors import NotAllowed
from yuzhang.web.reader import catalogue

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "yuzhang"
MODULES = sorted(SOURCE.rglob("*.py"))
PYTHON = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]
MAX_FILE, MAX_FUNCTION = 500, 60
FORBIDDEN = {"utils", "helpers", "manager", "common", "base", "service", "misc"}
ORDER = [
    "core",
    "client",
    "web",
    "foundation.log",
    "foundation.registry",
    "foundation.sources",
    "foundation.network",
    "brain.context",
    "brain.history",
    "brain.rules",
    "brain.cases",
    "plan.model",
    "plan.reading",
    "plan.registry",
    "plan.figures",
    "plan.evaluation",
    "plan.report",
    "domains",
    "entrance.audit",
    "entrance.policy",
    "entrance.guard",
    "entrance.identity",
    "entrance.api",
    "entrance.portal",
    "entrance.room",
    "entrance.city",
    "operation",
    "simulator",
    "sensing",
    "app",
    "loading",
    "serving",
    "cli",
    "starting",
]
"""What stands left may be imported by what stands right of it."""


def room_of(dotted: str) -> str | None:
    """The room that a module belongs to."""
    inside = dotted.removeprefix("yuzhang.")
    return max((room for room in ORDER if inside == room or inside.startswith(f"{room}.")), key=len, default=None)


def imported(path: Path) -> set[str]:
    """The modules that a file imports, at its top or inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


@pytest.mark.parametrize(
    "path",
    [one for one in MODULES if not one.name.startswith("test_")],  # a pack's tests, beside it, start the application
    ids=lambda path: str(path.relative_to(SOURCE)),
)
def test_imports_go_one_way_only(path: Path) -> None:
    own = room_of(".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"))
    for name in imported(path):
        other = room_of(name) if name.startswith("yuzhang.") else None
        if own is not None and other is not None:
            assert ORDER.index(other) <= ORDER.index(own), f"{path} ({own}) imports {name}"


def test_no_pack_is_imported_by_name_but_by_itself() -> None:
    for path in MODULES:
        own = "yuzhang." + ".".join(path.parent.relative_to(SOURCE).parts)
        packs = [name for name in imported(path) if name.startswith("yuzhang.domains.") and name.count(".") > 3]
        assert not [name for name in packs if not name.startswith(own)], path


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= MAX_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION, f"{path.name}: {node.name}"


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    assert not [path for path in SOURCE.rglob("*") if path.stem in FORBIDDEN]


def test_every_package_says_what_lives_there() -> None:
    assert not [path for path in SOURCE.rglob("__init__.py") if not ast.get_docstring(ast.parse(path.read_text()))]


def test_no_city_is_named_in_the_code() -> None:
    cities = [folder.name for folder in (ROOT / "cities").iterdir()]
    regions = [tomllib.loads((ROOT / "cities" / city / "plan.toml").read_text())["region"] for city in cities]
    names = [*cities, *(region.removesuffix("市") for region in regions)]
    for path in [*MODULES, *SOURCE.rglob("*.html"), *(SOURCE / "web" / "static").glob("*.js")]:
        text = path.read_text().lower()
        assert not [name for name in names if name.lower() in text], path


def modules() -> list[ModuleType]:
    """Every module of the package, imported."""
    names = [found.name for found in pkgutil.walk_packages(yuzhang.__path__, "yuzhang.")]
    return [importlib.import_module(name) for name in names if ".migrations" not in name]


def own_functions(module: ModuleType) -> dict[str, object]:
    """The public functions that a module defines, by their full name."""
    return {
        f"{module.__name__}.{name}": value
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == module.__name__ and not name.startswith("_")
    }


def actions() -> dict[str, object]:
    """Every function that has a policy."""
    found = {name: value for module in modules() for name, value in own_functions(module).items()}
    return {name: value for name, value in found.items() if name.removeprefix("yuzhang.") in POLICIES}


def test_whatever_takes_storage_and_caller_has_a_policy() -> None:
    known = actions()
    for module in modules():
        if module.__name__.rpartition(".")[2] in {"api", "pages"}:
            continue
        for name, value in own_functions(module).items():
            assert callable(value)
            if list(inspect.signature(value).parameters)[:2] in (["storage", "caller"], ["broker", "caller"]):
                assert name in known, name


@pytest.mark.parametrize("name", sorted(actions()))
def test_a_stranger_is_refused_by_every_action(name: str) -> None:
    action = actions()[name]
    if POLICIES[name.removeprefix("yuzhang.")].right == "visitor":
        return  # what anybody may; tests/entrance/test_open.py lists them all
    assert callable(action)
    with pytest.raises(NotAllowed):
        action(None, STRANGER)


@pytest.mark.parametrize("page", sorted(reference.PAGES))
def test_the_reference_describes_every_endpoint_error_and_command_as_they_are(page: str) -> None:
    written = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    assert written == reference.PAGES[page](), "run `make reference`"


def test_every_interface_text_is_there_in_chinese() -> None:
    known = catalogue()
    for path in SOURCE.rglob("*.html"):
        text = path.read_text()
        for message in re.findall(r"\b_\('((?:[^'\\]|\\.)*)'", text):
            assert ("", message) in known, f"{path.name}: {message}"
        for context, code in re.findall(r"\bw\('(\w+)', '(\w+)'\)", text):
            assert (context, code) in known, f"{path.name}: {context} {code}"


def test_lock_files_name_no_registry() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in path.read_text(), path.name
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
