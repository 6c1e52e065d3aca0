"""What can be done with the roster of duty."""

from dataclasses import replace
from datetime import datetime, timedelta
from time import time_ns

from yuzhang.core.access import Party, action
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.city import store
from yuzhang.entrance.city.duty.model import Turn
from yuzhang.entrance.city.errors import UnfitTurn
from yuzhang.entrance.city.room import City

LONGEST = timedelta(days=31)
LONGEST_TEXT = 200
MOST = 500


@action("reader")
def turns(city: City, caller: Party, /) -> list[Turn]:
    """The turns of now and to come, by their beginning."""
    with city.storage.reading() as connection:
        found = store.turns(connection, time_ns() // 1000, MOST)
    return [replace(one, name=city.called(one.party)) if one.name == one.party else one for one in found]


@action("operator")
def assign(
    city: City,
    caller: Party,
    /,
    party: str,
    unit: str,
    begins: datetime,
    ends: datetime,
    title: str = "",
    role: str = "",
) -> int:
    """Put an official on duty, by id or sign-in name, `title` as the name is written on the roster; the turn's number. Raises UnfitTurn."""
    if not party.strip() or any(len(one) > LONGEST_TEXT for one in (party, title, role, unit)):
        raise UnfitTurn(
            Title("请填写值班人员的账号。", "Say which account is on duty."), where="/party",
            fix=Title("账号见“用户”页面。", "Accounts are on the page of parties."),
        )  # fmt: skip
    if not begins < ends <= begins + LONGEST:
        raise UnfitTurn(
            Title(
                "结束时间须晚于开始时间，且一班不超过 31 天。", "It ends after it begins, and lasts 31 days at most."
            ),
            where="/ends",
        )
    account = _account(city, caller, party.strip())
    _check_unit(city, unit.strip())
    turn = Turn(
        0,
        account,
        title.strip() or account,
        role.strip(),
        unit.strip(),
        int(begins.timestamp() * 1_000_000),
        int(ends.timestamp() * 1_000_000),
    )
    with city.storage.writing() as connection:
        return store.add_turn(connection, turn, caller.id)


def _account(city: City, caller: Party, party: str) -> str:
    """Who that is: nobody else could be told. At the machine itself nobody signs in: whoever is there may name themselves. Raises UnfitTurn."""
    if city.people is None or party == caller.id:
        return party
    found = city.people.named(party)
    if not found:
        raise UnfitTurn(
            Title(f"没有公务人员账号“{party}”。", f"No official has the account “{party}”."),
            where="/party",
            fix=Title(
                "请填写公务人员的账号或登录名，见“用户”页面。",
                "Give an official's account or sign-in name; they are on the page of parties.",
            ),
        )
    return found


def _check_unit(city: City, unit: str) -> None:
    """Return if there is that unit, or none is named. Raises UnfitTurn."""
    if unit and unit not in {one.id for one in city.sources.units()}:
        raise UnfitTurn(
            Title(f"没有单位“{unit}”。", f"There is no unit “{unit}”."),
            where="/unit",
            fix=Title(
                "请选择列表中的单位；留空表示全市。", "Choose a unit of the list; leave it empty for the whole city."
            ),
        )


@action("operator")
def relieve(city: City, caller: Party, /, number: int) -> None:
    """Take a turn off the roster. Raises NotFound."""
    with city.storage.writing() as connection:
        if not store.drop_turn(connection, number):
            raise NotFound(Title("没有这个班次。", "There is no such turn."), where="/number")
