"""Tables: roles and the rights they carry (written by migrations only)."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.identity.base import Base


class Role(Base):
    """What somebody does in an organisation; exists only in some kinds of organisation."""

    __tablename__ = "role"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    organisation_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))


class RoleRight(Base):
    """One right of one role."""

    __tablename__ = "role_right"

    role: Mapped[str] = mapped_column(ForeignKey("identity.role.code"), primary_key=True)
    right_code: Mapped[str] = mapped_column(Text, primary_key=True)
