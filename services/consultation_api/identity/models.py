"""All tables of the schema `identity`, for the comparison of migrations with the code."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TIMESTAMP, Index, Integer, LargeBinary, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.identity.accounts.models import Account
from services.consultation_api.identity.api_keys.models import ApiKey
from services.consultation_api.identity.base import Base
from services.consultation_api.identity.credentials.models import LoginAttempt
from services.consultation_api.identity.memberships.models import Membership
from services.consultation_api.identity.organisations.models import Organisation
from services.consultation_api.identity.roles.models import Role, RoleRight
from services.consultation_api.identity.sessions.models import Session

__all__ = [
    "Account",
    "ApiKey",
    "AuditEntry",
    "IdempotencyKey",
    "LoginAttempt",
    "Membership",
    "Organisation",
    "Role",
    "RoleRight",
    "Session",
    "metadata",
]


class AuditEntry(Base):
    """Who did what to which record; the service can only add (services/shared/audit.py)."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_record", "record_kind", "record_id"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("now()"))
    subject_id: Mapped[UUID | None] = mapped_column(Uuid)
    organisation_id: Mapped[UUID | None] = mapped_column(Uuid)
    action: Mapped[str] = mapped_column(Text)
    record_kind: Mapped[str] = mapped_column(Text)
    record_id: Mapped[str] = mapped_column(Text)
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))


class IdempotencyKey(Base):
    """What a creating request answered (services/shared/idempotency.py)."""

    __tablename__ = "idempotency_key"

    organisation_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None] = mapped_column(Integer)
    body: Mapped[Any | None] = mapped_column(JSONB)
    headers: Mapped[Any | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=text("now()")
    )


metadata = Base.metadata
