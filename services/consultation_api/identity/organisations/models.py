"""Table: organisations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, ForeignKey, Index, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.identity.base import Base


class Organisation(Base):
    """A town, its statistics office, a Kreis, the advisory team, a ministry, …

    `parent_id` names the administration it belongs to (a Statistikstelle's town hall);
    `area_codes` are the roots of the areas it is responsible for.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        UniqueConstraint("name", name="organisation_name_unique"),
        Index("organisation_parent", "parent_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity.organisation.id"))
    area_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_active: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    row_version: Mapped[int]
