"""Table: attempts to log in."""

from datetime import datetime

from sqlalchemy import TIMESTAMP, BigInteger, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.identity.base import Base


class LoginAttempt(Base):
    """An attempt to log in, by the digest of the name; reached through owner functions only."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index("login_attempt_name", "name_digest", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name_digest: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=text("clock_timestamp()")
    )
