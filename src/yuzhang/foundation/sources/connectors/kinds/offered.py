"""All kinds of connectors, by their id."""

from yuzhang.foundation.sources.connectors.kinds.cap import CAP
from yuzhang.foundation.sources.connectors.kinds.folder import FOLDER
from yuzhang.foundation.sources.connectors.kinds.gtfs import GTFS
from yuzhang.foundation.sources.connectors.kinds.sensorthings import SENSORTHINGS
from yuzhang.foundation.sources.connectors.kinds.sent import MQTT, PUSH, SPARKPLUG
from yuzhang.foundation.sources.connectors.kinds.sql import SQL
from yuzhang.foundation.sources.connectors.kinds.tables import CSV, EXCEL, REST
from yuzhang.foundation.sources.connectors.model import Kind

KINDS: dict[str, Kind] = {
    one.id: one for one in (MQTT, SPARKPLUG, PUSH, REST, CSV, EXCEL, SQL, SENSORTHINGS, GTFS, CAP, FOLDER)
}
