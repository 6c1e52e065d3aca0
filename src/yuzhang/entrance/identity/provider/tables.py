"""The tables of the room."""

from sqlalchemy import MetaData

METADATA = MetaData()
