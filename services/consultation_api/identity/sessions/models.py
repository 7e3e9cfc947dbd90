"""Table: sessions."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    ForeignKey,
    Index,
    Interval,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.identity.base import Base


class Session(Base):
    """A login that lasts until it is revoked, unused for `idle_limit`, or `expires_at`.

    `organisation_id` is the place the account works for just now.
    """

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("secret_hash", name="session_secret_hash_unique"),
        Index("session_account", "account_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity.account.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("identity.organisation.id"))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    last_used_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    idle_limit: Mapped[timedelta] = mapped_column(Interval)
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    user_agent: Mapped[str | None] = mapped_column(Text)
