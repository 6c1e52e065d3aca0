"""What the portal's endpoints get: the room."""

from typing import Annotated

from fastapi import Depends, Request

from yuzhang.entrance.portal.room import Portal


def portal_of(request: Request) -> Portal:
    """The application's portal."""
    portal = request.app.state.portal
    assert isinstance(portal, Portal)  # noqa: S101  # app.py puts it there
    return portal


Here = Annotated[Portal, Depends(portal_of)]
