"""Tables of measures."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.indicator_api.base import Base


class MeasureSourceCode(Base):
    """A code under which a publisher delivers a measure, e.g. `BEVSTD`."""

    __tablename__ = "measure_source_code"

    source_code: Mapped[str] = mapped_column(Text, primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("indicator.measure.id"))


class Measure(Base):
    """What is delivered: a count, an amount, or a rate whose parts do not exist."""

    __tablename__ = "measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    universe: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    is_sensitive: Mapped[bool]
    row_version: Mapped[int] = mapped_column(server_default="1")
    source_codes: Mapped[list[MeasureSourceCode]] = relationship(
        lazy="raise", order_by=MeasureSourceCode.source_code
    )
