"""Tables: requests, what is said about them, and the agreements proposed for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    Boolean,
    Computed,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.base import SCHEMA, Base

PARTIES = ("organisation_id", "team_organisation_id")


def request_key(name: str) -> ForeignKeyConstraint:
    """The foreign key that holds a row to its request and to the request's two sides."""
    return ForeignKeyConstraint(
        ["request_id", *PARTIES],
        [f"{SCHEMA}.request.{column}" for column in ("id", *PARTIES)],
        name=name,
    )


class Request(Base):
    """A municipality's request for advice, in its own words."""

    __tablename__ = "request"
    __table_args__ = (
        UniqueConstraint("reference", name="request_reference_unique"),
        UniqueConstraint("id", *PARTIES, name="request_parties"),
        ForeignKeyConstraint(
            ["case_id", "id"],
            [f"{SCHEMA}.advice_case.{column}" for column in ("id", "request_id")],
            name="request_case",
            use_alter=True,
        ),
        Index("request_of_organisation", "organisation_id", "id"),
        Index("request_of_team", "team_organisation_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reference: Mapped[str] = mapped_column(Text)
    organisation_id: Mapped[UUID] = mapped_column(Uuid)
    team_organisation_id: Mapped[UUID] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_by: Mapped[UUID] = mapped_column(Uuid)
    created_by_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    decision_reason: Mapped[str | None] = mapped_column(Text)
    decided_by_name: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    case_id: Mapped[UUID | None] = mapped_column(Uuid)
    row_version: Mapped[int] = mapped_column(Integer, server_default="1")


class RequestMessage(Base):
    """Something that one side said to the other about a request."""

    __tablename__ = "request_message"
    __table_args__ = (
        request_key("request_message_request"),
        Index("request_message_of_request", "request_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    request_id: Mapped[UUID] = mapped_column(Uuid)
    organisation_id: Mapped[UUID] = mapped_column(Uuid)
    team_organisation_id: Mapped[UUID] = mapped_column(Uuid)
    side: Mapped[str] = mapped_column(Text)
    author_id: Mapped[UUID] = mapped_column(Uuid)
    author_name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class Agreement(Base):
    """A version of a Beratungsvereinbarung; the one that was consented to carries the case."""

    __tablename__ = "agreement"
    __table_args__ = (
        request_key("agreement_request"),
        UniqueConstraint("request_id", "version", name="agreement_version_unique"),
        UniqueConstraint(
            "id", "request_id", *PARTIES, "is_consented", name="agreement_consented_parties"
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    request_id: Mapped[UUID] = mapped_column(Uuid)
    organisation_id: Mapped[UUID] = mapped_column(Uuid)
    team_organisation_id: Mapped[UUID] = mapped_column(Uuid)
    version: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[UUID] = mapped_column(Uuid)
    proposed_by_name: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    consented_by: Mapped[UUID | None] = mapped_column(Uuid)
    consented_by_name: Mapped[str | None] = mapped_column(Text)
    consented_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    is_consented: Mapped[bool] = mapped_column(
        Boolean, Computed("consented_at IS NOT NULL", persisted=True)
    )
