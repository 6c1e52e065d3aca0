"""Which gateways and which devices behind them are simulated, as the database has them."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from yuzhang.foundation.registry.tables import DEVICE

AT_ONCE = 500


def simulated(connection: Connection, ids: Sequence[str]) -> dict[str, bool]:
    """Whether each of these devices is simulated, by id; those that are not there are left out."""
    found: dict[str, bool] = {}
    for at in range(0, len(ids), AT_ONCE):
        asked = select(DEVICE.c.id, DEVICE.c.simulated).where(DEVICE.c.id.in_(ids[at : at + AT_ONCE]))
        found |= {row[0]: row[1] for row in connection.execute(asked)}
    return found


def one_behind(connection: Connection, gateway: str, simulated: bool) -> str:
    """A device behind a gateway that is simulated, or that is not, whatever its status; "" if there is none."""
    fits = select(DEVICE.c.id).where(DEVICE.c.gateway == gateway, DEVICE.c.simulated.is_(simulated))
    return connection.execute(fits.order_by(DEVICE.c.id).limit(1)).scalar() or ""
