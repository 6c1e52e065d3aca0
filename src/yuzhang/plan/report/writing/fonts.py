"""The fonts that set Chinese in charts and PDF: Noto Sans CJK SC (黑体) and Noto Serif CJK SC (宋体)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yuzhang.core.language import Title
from yuzhang.plan.report.errors import FontsMissing

SANS = "Noto Sans CJK SC"
SERIF = "Noto Serif CJK SC"
FONTS_VARIABLE = "YUZHANG_FONTS"
FOLDERS = (
    Path("/usr/share/fonts/opentype/noto"),  # Debian, Ubuntu: fonts-noto-cjk
    Path("/usr/share/fonts/noto-cjk"),  # Arch, Alpine
    Path("/usr/share/fonts/google-noto-sans-cjk-fonts"),  # Fedora
    Path("/usr/share/fonts/google-noto-serif-cjk-fonts"),
    Path.home() / ".local" / "share" / "fonts",
)


@dataclass(frozen=True, slots=True)
class Fonts:
    """The font files of one machine: `sans` and `serif`, each in its weights."""

    sans: tuple[Path, ...]
    serif: tuple[Path, ...]

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that they lie in."""
        return tuple(dict.fromkeys(path.parent for path in (*self.sans, *self.serif)))


def find_fonts(folders: Sequence[Path] | None = None) -> Fonts:
    """The fonts of this machine: in `folders`, else in $YUZHANG_FONTS and where systems put them.

    Raises: FontsMissing if sans or serif is not there.
    """
    if folders is None:
        named = os.environ.get(FONTS_VARIABLE)
        folders = (Path(named), *FOLDERS) if named else FOLDERS
    sans, serif = (_first(folders, name) for name in ("NotoSansCJK", "NotoSerifCJK"))
    if sans and serif:
        return Fonts(sans, serif)
    raise FontsMissing(
        Title(
            f"找不到中文字体 {SANS} 和 {SERIF}，无法排版报告。",
            f"The fonts {SANS} and {SERIF} were not found: the report cannot be set.",
        ),
        where=", ".join(map(str, folders)),
        fix=Title(
            f"请运行 apt install fonts-noto-cjk，或用环境变量 {FONTS_VARIABLE} 指明字体目录。",
            f"Run apt install fonts-noto-cjk, or name the fonts' folder in the variable {FONTS_VARIABLE}.",
        ),
    )


def _first(folders: Sequence[Path], name: str) -> tuple[Path, ...]:
    """The files of one family in the first folder that has its regular weight."""
    for folder in folders:
        if (folder / f"{name}-Regular.ttc").is_file():
            return tuple(sorted(folder.glob(f"{name}-*.ttc")))
    return ()
