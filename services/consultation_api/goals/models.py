"""Table: goals of a case."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, Index, Integer, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.base import Base
from services.consultation_api.cases.models import case_key


class Goal(Base):
    """A goal of a case, proposed by one side and confirmed by the other."""

    __tablename__ = "goal"
    __table_args__ = (case_key("goal_case"), Index("goal_of_case", "case_id", "id"))

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid)
    organisation_id: Mapped[UUID] = mapped_column(Uuid)
    team_organisation_id: Mapped[UUID] = mapped_column(Uuid)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    proposed_by_side: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[UUID] = mapped_column(Uuid)
    proposed_by_name: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    confirmed_by_side: Mapped[str | None] = mapped_column(Text)
    confirmed_by_name: Mapped[str | None] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    reason: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    row_version: Mapped[int] = mapped_column(Integer, server_default="1")
