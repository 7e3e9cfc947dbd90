"""Table: what advice can be about."""

from sqlalchemy import Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation_api.base import Base


class Topic(Base):
    """A topic of advice; a row more is a topic more."""

    __tablename__ = "topic"
    __table_args__ = (UniqueConstraint("position", name="topic_position_unique"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer)
