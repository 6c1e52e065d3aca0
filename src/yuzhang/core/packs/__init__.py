"""Packs, found and read: folders that add one application each. What is in a pack's files is checked by the rooms that it is for."""

from yuzhang.core.packs.finding import OWN, NoPackFolder, found, own_folders, read_pack
from yuzhang.core.packs.located import Located, read_toml
from yuzhang.core.packs.model import Fault, Pack
from yuzhang.core.packs.models import Attribute, TypeModel, read_models

__all__ = [
    "OWN",
    "Attribute",
    "Fault",
    "Located",
    "NoPackFolder",
    "Pack",
    "TypeModel",
    "found",
    "own_folders",
    "read_models",
    "read_pack",
    "read_toml",
]
