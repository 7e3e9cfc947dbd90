"""Table of datasets (Datenbestände)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Integer, SmallInteger, Text, false, func, true
from sqlalchemy.orm import Mapped, mapped_column

from services.indicator_api.areas.models import AreaKind
from services.indicator_api.base import Base


class Dataset(Base):
    """Holder + source + denominator basis + additivity: the unit of rights and of release."""

    __tablename__ = "dataset"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    publisher: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    source_url: Mapped[str | None] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    denominator_basis: Mapped[str | None] = mapped_column(Text)
    additivity: Mapped[str] = mapped_column(Text)
    is_fictional: Mapped[bool]
    is_sample: Mapped[bool]
    rounding_base: Mapped[int] = mapped_column(SmallInteger, server_default="5")
    # how many cases of a total belong to no part at most; null: some, nobody says how many
    unplaced_cases: Mapped[int | None] = mapped_column(
        Integer().evaluates_none(), server_default="0"
    )
    amount_rounding: Mapped[float] = mapped_column(server_default="0")
    needs_approval: Mapped[bool] = mapped_column(server_default=false())
    releases_need_second_person: Mapped[bool] = mapped_column(server_default=true())
    second_person_reason: Mapped[str] = mapped_column(Text, server_default="")
    released_at_most_to: Mapped[str | None] = mapped_column(Text)
    released_smallest_level: Mapped[str | None] = mapped_column(ForeignKey(AreaKind.code))
    release_terms: Mapped[str] = mapped_column(Text, server_default="")
    holder_organisation_id: Mapped[UUID]
    administration_id: Mapped[UUID]
    area_code: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="0")
    protection_version: Mapped[int] = mapped_column(server_default="0")
    releases_version: Mapped[int] = mapped_column(server_default="0")
    row_version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
