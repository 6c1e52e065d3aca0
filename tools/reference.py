"""Writes docs/reference/{api,errors,commands}.md from the code: `make reference`. A house test compares them."""

import importlib
import pkgutil
import tempfile
from pathlib import Path
from typing import Any

import typer

import yuzhang
from yuzhang.app import create_app
from yuzhang.brain.context.http.asgi import PREFIX
from yuzhang.cli import app as commands_app
from yuzhang.core.errors import YuzhangError
from yuzhang.core.settings import Settings
from yuzhang.entrance.policy import table

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
NOTE = "<!-- Written by `make reference` from the code; do not edit. -->\n"


def api() -> str:
    """Every endpoint, by path."""
    with tempfile.TemporaryDirectory() as folder:
        application = create_app(Settings(Path(folder)))
        document = application.openapi()
        standard = application.state.context_api.routes
    lines = [
        "# HTTP API / 接口",
        NOTE,
        "The machine-readable description is at `/api/openapi.json`. Errors are problem+json (RFC 9457): see errors.md.",
        "",
        "| endpoint | what it does | parameters |",
        "|---|---|---|",
    ]
    for path, item in sorted(document["paths"].items()):
        if path.startswith(PREFIX):
            continue
        for method, operation in item.items():
            names = ", ".join(f"`{one['name']}`" for one in operation.get("parameters", []))
            text = operation["description"].replace("\n", " ")
            lines.append(f"| `{method.upper()} {path}` | {text} | {names} |")
    lines += [
        "",
        "## NGSI-LD",
        "",
        "ETSI GS CIM 009 v1.9.1; what of it is there, clause by clause: [ngsi-ld.md](ngsi-ld.md).",
        "",
        "| endpoint | what it does | parameters |",
        "|---|---|---|",
    ]
    for route in sorted(standard, key=lambda one: (one.pattern, one.method)):
        names = ", ".join(f"`{one}`" for one in sorted(route.params))
        lines.append(f"| `{route.method} {PREFIX}{route.pattern}` | {route.summary} | {names} |")
    return "\n".join(lines) + "\n"


def errors() -> str:
    """Every error class with its code, status and titles."""
    for found in pkgutil.walk_packages(yuzhang.__path__, "yuzhang."):
        if ".migrations" not in found.name:
            importlib.import_module(found.name)
    lines = [
        "# Errors / 错误",
        NOTE,
        "An error says what happened, where, and what to do; nothing was changed when one is answered.",
        "",
        "| code | status | 中文 | English | meaning |",
        "|---|---|---|---|---|",
    ]

    def below(kind: type[YuzhangError]) -> list[type[YuzhangError]]:
        return [kind, *(one for sub in kind.__subclasses__() for one in below(sub))]

    listed = {kind.code: kind for kind in reversed(below(YuzhangError)) if kind.__module__.startswith("yuzhang")}
    for code, kind in sorted(listed.items()):
        meaning = (kind.__doc__ or "").split("\n")[0]
        lines.append(f"| `{code}` | {kind.status} | {kind.title.zh} | {kind.title.en} | {meaning} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Every command with its arguments and options."""
    lines = ["# Commands / 命令", NOTE]

    def walk(command: Any, name: str) -> None:
        if hasattr(command, "commands"):
            for key in sorted(command.commands):
                walk(command.commands[key], f"{name} {key}")
            return
        lines.extend([f"## {name}", "", (command.help or "").strip(), "", "| option | what it is |", "|---|---|"])
        for one in command.params:
            if one.name == "help":
                continue
            written = ", ".join(one.opts) if one.param_type_name == "option" else (one.name or "").upper()
            lines.append(f"| `{written}` | {getattr(one, 'help', '') or ''} |")
        lines.append("")

    walk(typer.main.get_command(commands_app), "yuzhang")
    return "\n".join(lines)


PAGES = {"api.md": api, "errors.md": errors, "commands.md": commands, "policies.md": table.page}


def main() -> None:
    """Write the three pages."""
    for name, write in PAGES.items():
        (FOLDER / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
