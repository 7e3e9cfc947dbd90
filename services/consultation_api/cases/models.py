"""Tables: cases, their changes of state, and their timeline."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    Boolean,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.base import SCHEMA, Base
from services.consultation_api.requests.models import PARTIES, request_key

_AGREEMENT_KEY = ("request_id", *PARTIES, "is_consented")


def case_key(name: str) -> ForeignKeyConstraint:
    """The foreign key that holds a row to its case and to the case's two sides."""
    return ForeignKeyConstraint(
        ["case_id", *PARTIES],
        [f"{SCHEMA}.advice_case.{column}" for column in ("id", *PARTIES)],
        name=name,
    )


class AdviceCase(Base):
    """A case; it rests on an agreement that the municipality has consented to."""

    __tablename__ = "advice_case"
    __table_args__ = (
        UniqueConstraint("reference", name="advice_case_reference_unique"),
        UniqueConstraint("request_id", name="advice_case_request_unique"),
        UniqueConstraint("id", *PARTIES, name="advice_case_parties"),
        UniqueConstraint("id", "request_id", name="advice_case_of_request"),
        request_key("advice_case_request"),
        ForeignKeyConstraint(
            ["agreement_id", *_AGREEMENT_KEY],
            [f"{SCHEMA}.agreement.{column}" for column in ("id", *_AGREEMENT_KEY)],
            name="advice_case_agreement",
        ),
        Index("advice_case_of_organisation", "organisation_id", "id"),
        Index("advice_case_of_team", "team_organisation_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reference: Mapped[str] = mapped_column(Text)
    request_id: Mapped[UUID] = mapped_column(Uuid)
    agreement_id: Mapped[UUID] = mapped_column(Uuid)
    organisation_id: Mapped[UUID] = mapped_column(Uuid)
    team_organisation_id: Mapped[UUID] = mapped_column(Uuid)
    is_consented: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    phase: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    advisor_id: Mapped[UUID | None] = mapped_column(Uuid)
    advisor_name: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    row_version: Mapped[int] = mapped_column(Integer, server_default="1")


class StateChange(Base):
    """Who led a case from one state to another, when and why; only ever added to."""

    __tablename__ = "state_change"
    __table_args__ = (
        case_key("state_change_case"),
        Index("state_change_of_case", "case_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid)
    organisation_id: Mapped[UUID] = mapped_column(Uuid)
    team_organisation_id: Mapped[UUID] = mapped_column(Uuid)
    from_state: Mapped[str] = mapped_column(Text)
    to_state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    side: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[UUID] = mapped_column(Uuid)
    changed_by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class Entry(Base):
    """Something on a case's timeline: written by a person, or an event noted by the system."""

    __tablename__ = "entry"
    __table_args__ = (
        case_key("entry_case"),
        Index("entry_of_case", "case_id", "occurred_on", "id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid)
    organisation_id: Mapped[UUID] = mapped_column(Uuid)
    team_organisation_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(Text)
    occurred_on: Mapped[date] = mapped_column(Date)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    visibility: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    side: Mapped[str] = mapped_column(Text)
    author_id: Mapped[UUID] = mapped_column(Uuid)
    author_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    row_version: Mapped[int] = mapped_column(Integer, server_default="1")
