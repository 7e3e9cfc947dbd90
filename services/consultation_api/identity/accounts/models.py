"""Table: accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.identity.base import Base


class Account(Base):
    """A person who logs in. The service writes the password's hash and can never read it."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("name", name="account_name_unique"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text, deferred=True, deferred_raiseload=True)
    password_changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    is_active: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    row_version: Mapped[int]
