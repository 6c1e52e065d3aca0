"""What the packs that come with the program add to the application, found in their folders: nobody names a pack.

A pack may hold `api.py` and `pages.py`, each with a `router`. A city's own packs are data; their Python is not run.
"""

from importlib import import_module
from pathlib import Path

from fastapi import APIRouter

HERE = Path(__file__).parent
MODULES = ("api", "pages")


def routers() -> list[APIRouter]:
    """The endpoints and pages of all packs, by the pack's name."""
    return [
        import_module(f"yuzhang.domains.{path.parent.parent.name}.{path.parent.name}.{path.stem}").router
        for module in MODULES
        for path in sorted(HERE.glob(f"*/*/{module}.py"))
    ]
