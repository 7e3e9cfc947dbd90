"""The declarative base of this service's tables."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Tables of the schema `indicator`; those of other services cannot be named from here."""

    metadata = MetaData(schema="indicator")
