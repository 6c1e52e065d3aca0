"""Keys over HTTP, for programs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from yuzhang.entrance.api import keys
from yuzhang.entrance.api.keys import Wanted
from yuzhang.entrance.api.model import READ, Key, NewKey
from yuzhang.entrance.api.room import Api
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/keys", tags=["keys 密钥"])


def _room(request: Request) -> Api:
    found = request.app.state.api
    assert isinstance(found, Api)  # noqa: S101  # app.py puts it there
    return found


Room = Annotated[Api, Depends(_room)]


class Wish(BaseModel):
    """What a new key is to be. `rate` requests per second, `burst` at once, `daily` a day; absent for the limits of all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"party": "party-1f2e", "label": "Traffic display", "scopes": ["yuzhang.read"], "daily": 50000}
            ]
        },
    )
    party: str
    label: str
    scopes: list[str] = Field(default=[READ])
    expires_at: datetime | None = None
    rate: int | None = None
    burst: int | None = None
    daily: int | None = None


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key without what opens. `text`: the key itself, in the answer that made it only."""

    id: str
    party: str
    label: str
    scopes: tuple[str, ...]
    rate: int | None
    burst: int | None
    daily: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ShownUsage:
    """What was asked with a key on one day (UTC)."""

    day: date
    requests: int
    refused: int


@router.get("")
def list_keys(api: Room, caller: Caller) -> list[ShownKey]:
    """Keys of one's own applications; of all for a system administrator."""
    return [_shown(one) for one in keys.keys(api, caller)]


@router.post("", status_code=201)
def add_key(api: Room, caller: Caller, wish: Wish) -> ShownKey:
    """A new key; its text is in this answer only."""
    wanted = Wanted(wish.label, tuple(wish.scopes), wish.expires_at, wish.rate, wish.burst, wish.daily)
    return _new(keys.add(api, caller, wish.party, wanted))


@router.delete("/{key}", status_code=204)
def revoke_key(api: Room, caller: Caller, key: str) -> None:
    """End a key at once."""
    keys.revoke(api, caller, key)


@router.post("/{key}/rotate", status_code=201)
def rotate_key(
    api: Room, caller: Caller, key: str, overlap_s: Annotated[int, Query(ge=0)] = keys.OVERLAP_S
) -> ShownKey:
    """A new key like this one, which holds for `overlap_s` more seconds."""
    return _new(keys.rotate(api, caller, key, overlap_s))


@router.get("/{key}/usage")
def usage_of_key(api: Room, caller: Caller, key: str) -> list[ShownUsage]:
    """What was asked with a key in the last 30 days."""
    return [ShownUsage(one.day, one.requests, one.refused) for one in keys.usage(api, caller, key)]


def _shown(key: Key, text: str | None = None) -> ShownKey:
    return ShownKey(
        key.id, key.party, key.label, key.scopes, key.rate, key.burst, key.daily, key.created_at, key.created_by,
        key.expires_at, key.used_at, key.revoked_at, text,
    )  # fmt: skip


def _new(made: NewKey) -> ShownKey:
    return _shown(made.key, made.text)
