"""A new pack: a skeleton that works, with a comment on everything that is to be changed."""

import json
import re
from pathlib import Path
from string import Template

from yuzhang.core.language import Title
from yuzhang.core.packs import Pack, read_pack
from yuzhang.core.packs.finding import DOMAINS, NAME
from yuzhang.operation.packs.errors import PackRefused, PackThere

SKELETON = Path(__file__).parent / "skeleton"
TYPE = re.compile(r"[A-Z][A-Za-z0-9]{1,60}")


def begun(name: str, into: Path, kind: str = "", title: Title | None = None) -> Pack:
    """A pack of that name (`governance/streetlights`) in the folder `into`; `kind`: the type of its first model.

    Raises: PackRefused if the name cannot be one; PackThere, and nothing was written.
    """
    domain, _, own = name.partition("/")
    _check_name(name, domain, own)
    kind = kind or "".join(part.capitalize() for part in own.split("_"))
    if not TYPE.fullmatch(kind):
        raise PackRefused(
            Title(f"“{kind}”不能作为类型名。", f"{kind} cannot be the name of a type."),
            where="--type",
            fix=Title("写作 Streetlight 这样的英文名。", "Write one like Streetlight."),
        )
    folder = into / domain / own
    if folder.exists():
        raise PackThere(
            Title("这个文件夹已经存在，没有写入任何内容。", "The folder is there already; nothing was written."),
            where=str(folder),
            fix=Title("换一个名称，或在其中修改。", "Choose another name, or change what is there."),
        )
    said = title or Title(own, own.replace("_", " ").capitalize())
    words = {"id": name, "name": own, "type": kind, "title_zh": said.zh, "title_en": said.en}
    for path in sorted(SKELETON.rglob("*")):
        if path.is_file():
            inside = str(path.relative_to(SKELETON)).replace("Thing", kind)
            target = folder / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            plain = path.suffix == ".md"
            filled = (
                words if plain else {key: json.dumps(value, ensure_ascii=False)[1:-1] for key, value in words.items()}
            )
            target.write_text(Template(path.read_text(encoding="utf-8")).substitute(filled), encoding="utf-8")
    return read_pack(folder)[0]


def _check_name(name: str, domain: str, own: str) -> None:
    if domain not in DOMAINS or not NAME.fullmatch(own):
        told = ", ".join(DOMAINS)
        raise PackRefused(
            Title(f"“{name}”不能作为应用包的名称。", f"{name} cannot be the name of a pack."),
            fix=Title(
                f"写作 领域/名称，如 governance/streetlights；领域是 {told} 之一，名称用小写字母、数字和下划线。",
                f"Write domain/name, such as governance/streetlights: the domain is one of {told}, the name of small letters, digits and _.",
            ),
        )
