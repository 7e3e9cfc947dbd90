"""Table of indicators."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, ForeignKey, SmallInteger, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.indicator_api.areas.models import AreaKind
from services.indicator_api.base import Base
from services.indicator_api.datasets.models import Dataset
from services.indicator_api.measures.models import Measure

GERMAN_TODAY = "(now() AT TIME ZONE 'Europe/Berlin')::date"


class Breakdown(Base):
    """By which characteristics a figure is split; the id 0 is the total."""

    __tablename__ = "breakdown"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)


class Indicator(Base):
    """A version of a definition over measures; an old version is kept, never overwritten.

    `number` and `position` are its place in the catalogue (an office's own indicators come after
    it), `breaks` a list of {"on": day, "detail": why}, `origin` who defined this version: the
    catalogue's files or an office.
    """

    __tablename__ = "indicator"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    is_current: Mapped[bool]
    name: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    numerator_text: Mapped[str] = mapped_column(Text)
    denominator_text: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    factor: Mapped[float]
    decimals: Mapped[int] = mapped_column(SmallInteger)
    polarity: Mapped[str] = mapped_column(Text)
    dimension_code: Mapped[str] = mapped_column(Text)
    dimension_label: Mapped[str] = mapped_column(Text)
    legal_basis: Mapped[str] = mapped_column(Text)
    definition_source: Mapped[str] = mapped_column(Text)
    smallest_level: Mapped[str | None] = mapped_column(ForeignKey(AreaKind.code))
    is_checked: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)
    numerator_measure_id: Mapped[int] = mapped_column(ForeignKey(Measure.id))
    numerator_breakdown_id: Mapped[int] = mapped_column(ForeignKey(Breakdown.id))
    numerator_dataset_id: Mapped[int | None] = mapped_column(ForeignKey(Dataset.id))
    denominator_measure_id: Mapped[int | None] = mapped_column(ForeignKey(Measure.id))
    denominator_breakdown_id: Mapped[int | None] = mapped_column(ForeignKey(Breakdown.id))
    denominator_dataset_id: Mapped[int | None] = mapped_column(ForeignKey(Dataset.id))
    denominator_period_rule: Mapped[str | None] = mapped_column(Text)
    number: Mapped[int | None] = mapped_column(SmallInteger)
    variant: Mapped[str] = mapped_column(Text, server_default="")
    position: Mapped[int] = mapped_column(server_default="1000000")
    explanation: Mapped[str] = mapped_column(Text, server_default="")
    confidentiality_rule: Mapped[str] = mapped_column(Text, server_default="")
    denominator_basis_note: Mapped[str] = mapped_column(Text, server_default="")
    usual_source: Mapped[str] = mapped_column(Text, server_default="")
    applies_to: Mapped[str] = mapped_column(Text, server_default="")
    is_key_indicator: Mapped[bool] = mapped_column(server_default="false")
    breaks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    change_note: Mapped[str] = mapped_column(Text, server_default="")
    changed_on: Mapped[date] = mapped_column(Date, server_default=text(GERMAN_TODAY))
    retired_on: Mapped[date | None]
    origin: Mapped[str] = mapped_column(Text, server_default="own")
    row_version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
