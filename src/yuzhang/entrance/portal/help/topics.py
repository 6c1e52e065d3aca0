"""The how-to pages as the application shows them: found in the checkout or in the installed package, rendered from Markdown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from yuzhang.core.language import Language, Title
from yuzhang.web.searching import Document

PACKAGE = Path(__file__).parents[3]
FOLDERS = (PACKAGE / "docs" / "how-to", PACKAGE.parents[1] / "docs" / "how-to")
FIRST = "use-the-portal"
INSIDE = re.compile(r"([\w-]+?)(?:\.zh)?\.md(#[\w-]+)?")
LONGEST_TEXT = 6_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A how-to page in both languages, as Markdown."""

    name: str
    title: Title
    body: Title


@lru_cache
def topics() -> dict[str, Topic]:
    """All of them by name, that of the portal first; none where the documentation did not come along."""
    folder = next((one for one in FOLDERS if one.is_dir()), None)
    if folder is None:
        return {}
    found = {}
    for english in sorted(folder.glob("*.md"), key=lambda path: (path.stem != FIRST, path.stem)):
        chinese = english.with_suffix(".zh.md")
        if not english.stem.endswith(".zh") and chinese.exists():
            en, zh = english.read_text(encoding="utf-8"), chinese.read_text(encoding="utf-8")
            found[english.stem] = Topic(english.stem, Title(_heading(zh), _heading(en)), Title(zh, en))
    return found


def _heading(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ").replace("`", "").strip()


@lru_cache(maxsize=200)
def rendered(name: str, language: Language) -> Markup:
    """A topic as HTML. Links to other topics lead to their pages; what the application does not show is text."""
    reading = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reading.parse(topics()[name].body.in_language(language))
    for token in tokens:
        token.children = _inside(token.children) if token.children else token.children
    # The renderer escapes what is no Markdown of ours, and html is off.
    return Markup(reading.renderer.render(tokens, reading.options, {}))  # noqa: S704


def _inside(children: list[Token]) -> list[Token]:
    kept, open_links = [], []
    for one in children:
        if one.type == "link_open":
            href = _address(str(one.attrGet("href") or ""))
            open_links.append(bool(href))
            if href:
                one.attrSet("href", href)
                if href.startswith("http"):
                    one.attrSet("rel", "noreferrer")
        keep = one.type not in ("link_open", "link_close") or open_links[-1]
        if one.type == "link_close":
            open_links.pop()
        if keep:
            kept.append(one)
    return kept


def _address(href: str) -> str:
    inside = INSIDE.fullmatch(href)
    if inside and inside[1] in topics():
        return f"/help/{inside[1]}{inside[2] or ''}"
    return href if href.startswith(("https://", "http://", "#")) else ""


class Help:
    """The how-to pages for the search; everybody may read them."""

    name = "help"
    kinds = (("help", Title("帮助", "Help")),)

    def state(self) -> str:
        """The pages, by their length: they change with the installation only."""
        return ",".join(f"{one.name}:{len(one.body.zh)}:{len(one.body.en)}" for one in topics().values())

    def documents(self) -> Iterator[Document]:
        """All of them."""
        for one in topics().values():
            text = re.sub(r"[#*`|\[\]]+", " ", f"{one.body.zh}\n{one.body.en}")
            yield Document(one.name, "help", one.title, text[: 2 * LONGEST_TEXT], f"/help/{one.name}")
