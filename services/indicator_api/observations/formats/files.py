"""A whole answer as a file: rows from a cursor, written piece by piece, whatever their number."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.indicators.models import Indicator
from services.indicator_api.observations import repository
from services.indicator_api.observations.formats import explanation
from services.indicator_api.observations.formats.columns import NAMES, Row, RowMaker
from services.indicator_api.observations.formats.csv_file import CsvWriter, Dialect
from services.indicator_api.observations.formats.geojson_file import GeoJsonWriter
from services.indicator_api.observations.formats.parquet_file import ParquetPieces
from services.indicator_api.observations.formats.xlsx_file import XlsxWriter
from services.indicator_api.observations.service import Answer
from services.shared.database import Database
from services.shared.principal import Principal
from services.shared.streaming import StreamPlaces

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class FileOrder:
    """What a file is made from: the answer, the head of its JSON form, where to read, for whom."""

    answer: Answer
    head: Mapping[str, Any]
    definitions: Mapping[str, Indicator]
    database: Database
    places: StreamPlaces
    principal: Principal

    async def rows(self, session: AsyncSession) -> AsyncIterator[Sequence[Row]]:
        """The rows as the repository streams them; none where there is a reason for none."""
        if self.answer.reason is None:
            plan, choice = self.answer.plan, self.answer.question.choice
            async for rows in repository.stream_rows(session, plan, choice):
                yield rows

    @property
    def maker(self) -> RowMaker:
        """What completes the rows."""
        return RowMaker(self.answer.plan, self.head["indicators"], repository.ROW_COLUMNS)


async def write_csv(order: FileOrder, dialect: Dialect) -> AsyncGenerator[bytes, None]:
    """The file in pieces of whole lines."""
    writer, maker = CsvWriter(dialect), order.maker
    async with order.places.taken(), order.database.file_session(order.principal) as session:
        piece = writer.head(NAMES)
        async for rows in order.rows(session):
            yield piece + await asyncio.to_thread(_write, writer, maker, rows)
            piece = b""
        if piece:
            yield piece


async def write_parquet(order: FileOrder) -> AsyncGenerator[bytes, None]:
    """The file in row groups."""
    maker = order.maker
    writer = ParquetPieces(explanation.metadata(order.answer.plan, order.head))
    async with order.places.taken(), order.database.file_session(order.principal) as session:
        async for rows in order.rows(session):
            piece = await asyncio.to_thread(_write, writer, maker, rows)
            if piece:
                yield piece
    yield await asyncio.to_thread(writer.end)


async def write_geojson(order: FileOrder) -> AsyncGenerator[bytes, None]:
    """The file in pieces of whole features."""
    writer, maker = GeoJsonWriter(order.head, repository.ROW_COLUMNS), order.maker
    async with order.places.taken(), order.database.file_session(order.principal) as session:
        piece = writer.head()
        async for rows in order.rows(session):
            is_fictional = [row[-1] for row in maker.rows(rows)]
            yield piece + await writer.rows(session, rows, is_fictional)
            piece = b""
        yield piece + writer.end()


async def write_xlsx(order: FileOrder) -> AsyncGenerator[bytes, None]:
    """The workbook: written aside, because it is whole only at its end, then sent in pieces."""
    plan, maker = order.answer.plan, order.maker
    with tempfile.TemporaryDirectory(prefix="quartierblick-") as folder:
        path = Path(folder) / "figures.xlsx"
        writer = XlsxWriter(path, {item.code: item.decimals for item in plan.definitions})
        async with order.places.taken(), order.database.file_session(order.principal) as session:
            async for rows in order.rows(session):
                await asyncio.to_thread(_fill, writer, maker, rows)
            writer.explain(explanation.lines(plan, order.head, order.definitions))
            await asyncio.to_thread(writer.close)
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def _write(writer: CsvWriter | ParquetPieces, maker: RowMaker, rows: Sequence[Row]) -> bytes:
    return writer.rows(maker.rows(rows))


def _fill(writer: XlsxWriter, maker: RowMaker, rows: Sequence[Row]) -> None:
    writer.rows(maker.rows(rows))
