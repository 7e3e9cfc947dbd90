"""The declarative base of the tables of advice; those of identity have their own."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

SCHEMA = "consultation"


class Base(DeclarativeBase):
    """A table of the schema `consultation`."""

    metadata = MetaData(schema=SCHEMA)
