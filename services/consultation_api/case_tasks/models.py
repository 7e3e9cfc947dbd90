"""Table: tasks of a case."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, Date, Index, Integer, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.base import Base
from services.consultation_api.cases.models import case_key


class Task(Base):
    """Something that one side is to do in a case."""

    __tablename__ = "task"
    __table_args__ = (
        case_key("task_case"),
        Index("task_of_case", "case_id", "state", "due_on"),
        Index("task_of_organisation", "organisation_id", "state", "due_on"),
        Index("task_of_team", "team_organisation_id", "state", "due_on"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid)
    organisation_id: Mapped[UUID] = mapped_column(Uuid)
    team_organisation_id: Mapped[UUID] = mapped_column(Uuid)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None] = mapped_column(Date)
    side: Mapped[str] = mapped_column(Text)
    visibility: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    created_by: Mapped[UUID] = mapped_column(Uuid)
    created_by_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    done_by_name: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    row_version: Mapped[int] = mapped_column(Integer, server_default="1")
