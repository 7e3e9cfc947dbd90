"""Table: API keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.identity.base import Base


class ApiKey(Base):
    """A machine's way in, on behalf of an organisation. Only the secret's hash is kept."""

    __tablename__ = "api_key"
    __table_args__ = (
        UniqueConstraint("prefix", name="api_key_prefix_unique"),
        UniqueConstraint("secret_hash", name="api_key_secret_hash_unique"),
        Index("api_key_organisation", "organisation_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("identity.organisation.id"))
    name: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("identity.account.id"))
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
