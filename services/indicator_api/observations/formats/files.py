"""A whole answer as a file: rows from a cursor, written piece by piece, whatever their number."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.indicators.models import Indicator
from services.indicator_api.observations import repository
from services.indicator_api.observations.formats import explanation
from services.indicator_api.observations.formats.columns import NAMES, Row, RowMaker
from services.indicator_api.observations.formats.geojson_file import GeoJsonWriter
from services.indicator_api.observations.formats.parquet_file import ParquetPieces
from services.indicator_api.observations.formats.xlsx_file import XlsxWriter
from services.indicator_api.observations.service import Answer
from services.shared.csv_file import CsvWriter, Dialect
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

    @asynccontextmanager
    async def opened(
        self,
    ) -> AsyncIterator[tuple[AsyncSession, AsyncGenerator[Sequence[Row], None]]]:
        """A session of its own with the rows; both are closed at the end, whatever ends it."""
        async with (
            self.places.taken(),
            self.database.file_session(self.principal) as session,
            aclosing(self._rows(session)) as rows,
        ):
            yield session, rows

    async def _rows(self, session: AsyncSession) -> AsyncGenerator[Sequence[Row], None]:
        """The rows as the repository streams them; none where there is a reason for none."""
        if self.answer.reason is None:
            plan, choice = self.answer.plan, self.answer.question.choice
            async with aclosing(repository.stream_rows(session, plan, choice)) as parts:
                async for rows in parts:
                    yield rows

    @property
    def maker(self) -> RowMaker:
        """What completes the rows."""
        return RowMaker(self.answer.plan, self.head["indicators"], repository.ROW_COLUMNS)


async def write_csv(order: FileOrder, dialect: Dialect) -> AsyncGenerator[bytes, None]:
    """The file in pieces of whole lines."""
    writer, maker = CsvWriter(dialect), order.maker
    async with order.opened() as (_, parts):
        piece = writer.head(NAMES)
        async for rows in parts:
            yield piece + await asyncio.to_thread(_write, writer, maker, rows)
            piece = b""
        if piece:
            yield piece


async def write_parquet(order: FileOrder) -> AsyncGenerator[bytes, None]:
    """The file in row groups."""
    maker = order.maker
    writer = ParquetPieces(explanation.metadata(order.answer.plan, order.head))
    async with order.opened() as (_, parts):
        async for rows in parts:
            yield await asyncio.to_thread(_write, writer, maker, rows)
    yield await asyncio.to_thread(writer.end)


async def write_geojson(order: FileOrder) -> AsyncGenerator[bytes, None]:
    """The file in pieces of whole features."""
    writer, maker = GeoJsonWriter(order.head, repository.ROW_COLUMNS), order.maker
    async with order.opened() as (session, parts):
        piece = writer.head()
        async for rows in parts:
            is_fictional = [row[-1] for row in maker.rows(rows)]
            yield piece + await writer.rows(session, rows, is_fictional)
            piece = b""
        yield piece + writer.end()


async def write_xlsx(order: FileOrder) -> AsyncGenerator[bytes, None]:
    """The workbook: written aside, because it is whole only at its end, then sent in pieces."""
    with tempfile.TemporaryDirectory(prefix="quartierblick-") as folder:
        path = Path(folder) / "figures.xlsx"
        async with aclosing(_fill_workbook(order, path)) as steps:
            async for step in steps:
                yield step
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


async def _fill_workbook(order: FileOrder, path: Path) -> AsyncGenerator[bytes, None]:
    """Write the workbook; an empty piece after each part, so that who has gone is let go."""
    plan, maker = order.answer.plan, order.maker
    with XlsxWriter(path, {item.code: item.decimals for item in plan.definitions}) as writer:
        async with order.opened() as (_, parts):
            async for rows in parts:
                await asyncio.to_thread(_fill, writer, maker, rows)
                yield b""
        writer.explain(explanation.lines(plan, order.head, order.definitions))
        await asyncio.to_thread(writer.close)


def _write(writer: CsvWriter | ParquetPieces, maker: RowMaker, rows: Sequence[Row]) -> bytes:
    return writer.rows(maker.rows(rows))


def _fill(writer: XlsxWriter, maker: RowMaker, rows: Sequence[Row]) -> None:
    writer.rows(maker.rows(rows))
