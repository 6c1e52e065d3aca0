"""The browser that tests of pages share."""

from web.conftest import chromium

__all__ = ["chromium"]
