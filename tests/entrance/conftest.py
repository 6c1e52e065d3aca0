"""The browser that tests of pages share, and the city in which something has happened."""

from web.conftest import chromium, lived_folder

__all__ = ["chromium", "lived_folder"]
