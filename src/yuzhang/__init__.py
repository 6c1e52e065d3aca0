"""Yuzhang (豫章), an open City Brain: what a city promised, knows and does, in one system."""

from importlib.metadata import version

__version__ = version("yuzhang")
