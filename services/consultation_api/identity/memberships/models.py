"""Table: memberships."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, Date, ForeignKey, Index, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.identity.base import Base


class Membership(Base):
    """An account's role in an organisation: where rights come from.

    `area_codes` narrows it to some of the organisation's areas (None: all of them);
    `valid_until` is the last day on which it holds (None: until it is removed).
    """

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("account_id", "organisation_id", "role", name="membership_unique"),
        Index("membership_organisation", "organisation_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity.account.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("identity.organisation.id"))
    role: Mapped[str] = mapped_column(ForeignKey("identity.role.code"))
    area_codes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    valid_until: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
