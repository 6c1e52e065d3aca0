"""What a party does with its own things in the portal, and how it is told something. The first argument is the room."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.entrance.portal import store
from yuzhang.entrance.portal.errors import NoSuchNotification, UnfitPreference
from yuzhang.entrance.portal.model import Channel, Contact, Favourite, Kind, Notification
from yuzhang.web.appearance import Appearance

if TYPE_CHECKING:
    from yuzhang.entrance.portal.room import Portal

PURPOSE = "portal.contact"
MOST_FAVOURITES = 200
LONGEST_ADDRESS, LONGEST_TITLE = 2_000, 200
EMAIL = re.compile(r"[^@\s<>\",;]{1,64}@[^@\s<>\",;.]+(\.[^@\s<>\",;.]+)+")
PHONE = re.compile(r"\+?[0-9][0-9 -]{4,20}")
EMPTY = Title("", "")


@action("self", reads=True)
def preferences(portal: "Portal", caller: Party, /) -> Appearance:
    """How the caller likes pages."""
    with portal.storage.reading() as connection:
        return store.preference(connection, caller.id) or Appearance()


@action("self")
def prefer(portal: "Portal", caller: Party, /, wanted: Appearance) -> None:
    """Keep how the caller likes pages."""
    with portal.storage.writing() as connection:
        store.keep_preference(connection, caller.id, wanted)


@action("self", reads=True)
def favourites(portal: "Portal", caller: Party, /) -> list[Favourite]:
    """The caller's favourites, the newest first."""
    with portal.storage.reading() as connection:
        return store.favourites(connection, caller.id)


@action("self")
def toggle_favourite(portal: "Portal", caller: Party, /, address: str, title: str) -> bool:
    """Star a page of this server, or take its star away; whether it has one now. Raises UnfitPreference."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\"))
    if not inside or len(address) > LONGEST_ADDRESS or any(ord(one) < 32 for one in address):
        raise UnfitPreference(
            Title("只能收藏本站的页面。", "Only pages of this server can be favourites."), where="/address"
        )
    with portal.storage.writing() as connection:
        if store.unstar(connection, caller.id, address):
            return False
        if len(store.favourites(connection, caller.id)) >= MOST_FAVOURITES:
            raise UnfitPreference(
                Title(f"收藏已满 {MOST_FAVOURITES} 条。", f"There are {MOST_FAVOURITES} favourites already."),
                fix=Title("请先去掉一些。", "Take some away first."),
            )
        store.star(connection, caller.id, address, " ".join(title.split())[:LONGEST_TITLE] or address)
        return True


@action("operator")
def notify(
    portal: "Portal", caller: Party, /, party: str, kind: Kind, title: Title, text: Title = EMPTY, address: str = ""
) -> int:
    """Tell a party something, on its page and by the channels that it wants for this kind; the notification's number."""
    return portal.tell(party, kind, title, text, address)


@action("self", reads=True)
def notifications(
    portal: "Portal", caller: Party, /, *, unread_only: bool = False, offset: int = 0, limit: int = 30
) -> tuple[list[Notification], int, int]:
    """A part of the caller's notifications, the newest first; how many there are in all, and unread."""
    with portal.storage.reading() as connection:
        every, unread = store.count_notifications(connection, caller.id)
        return store.notifications(connection, caller.id, unread_only, offset, limit), every, unread


@action("self")
def mark_read(portal: "Portal", caller: Party, /, number: int | None = None) -> None:
    """Mark one of the caller's notifications as read, or all. Raises NoSuchNotification."""
    with portal.storage.writing() as connection:
        if not store.mark_read(connection, caller.id, number) and number is not None:
            raise NoSuchNotification(
                Title(f"您没有编号为 {number} 的通知。", f"You have no notification {number}."), where="/number"
            )


@action("self", reads=True)
def contact(portal: "Portal", caller: Party, /) -> Contact:
    """Where the caller is reached."""
    return portal.contact(caller.id)


@action("self", reads=True)
def channels_wanted(portal: "Portal", caller: Party, /) -> set[tuple[Kind, Channel]]:
    """What the caller wants sent, and how."""
    with portal.storage.reading() as connection:
        return store.wanted(connection, caller.id)


@action("self", personal=True)
def choose_channels(
    portal: "Portal", caller: Party, /, reached: Contact, pairs: Iterable[tuple[Kind, Channel]]
) -> None:
    """Keep where the caller is reached and what it wants sent there. Raises UnfitPreference."""
    if reached.email and not EMAIL.fullmatch(reached.email):
        raise UnfitPreference(Title("这不是电子邮件地址。", "This is no e-mail address."), where="/email")
    if reached.phone and not PHONE.fullmatch(reached.phone):
        raise UnfitPreference(Title("这不是电话号码。", "This is no phone number."), where="/phone")
    chosen = set(pairs)
    if not reached.email and any(channel is Channel.EMAIL for _, channel in chosen):
        raise UnfitPreference(Title("要收邮件，请先填写邮箱。", "To get e-mail, say to which address."), where="/email")
    if not reached.phone and any(channel is Channel.SMS for _, channel in chosen):
        raise UnfitPreference(
            Title("要收短信，请先填写手机号。", "To get text messages, say to which number."), where="/phone"
        )
    sealed = portal.secrets.seal(PURPOSE, msgspec.json.encode(reached)) if reached != Contact() else None
    with portal.storage.writing() as connection:
        store.keep_contact(connection, caller.id, sealed)
        store.keep_wanted(connection, caller.id, chosen)
