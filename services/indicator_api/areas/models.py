"""Tables of the area register."""

from datetime import date, datetime
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import DateTime, ForeignKey, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.indicator_api.base import Base


class AreaKind(Base):
    """A level of the register, from Bund to Baublock, ordered by rank."""

    __tablename__ = "area_kind"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    plural: Mapped[str] = mapped_column(Text)
    rank: Mapped[int] = mapped_column(SmallInteger)


class Partition(Base):
    """How a municipality is divided into base units without gap or overlap, for a time."""

    __tablename__ = "partition"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    municipality_code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(ForeignKey("indicator.area_kind.code"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    holder_organisation_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    addresses_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    row_version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Area(Base):
    """One version of an area; `valid_to` is the first day it no longer exists."""

    __tablename__ = "area"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    ars: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(ForeignKey("indicator.area_kind.code"))
    name: Mapped[str] = mapped_column(Text)
    search_name: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.area.id"))
    lineage: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    area_km2: Mapped[float | None]
    is_fictional: Mapped[bool]
    note: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    geometry: Mapped[WKBElement | None] = mapped_column(
        Geometry("MULTIPOLYGON", 25832, spatial_index=False)
    )
    holder_organisation_id: Mapped[UUID | None]
    partition_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.partition.id"))
    is_set: Mapped[bool] = mapped_column(default=False)
