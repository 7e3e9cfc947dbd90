"""Lists as files: every row of a list under the same filters, sent as its pages are read."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.shared.csv_file import MEDIA_TYPE, CsvWriter, Dialect
from services.shared.database import Database, DatabaseDependency
from services.shared.negotiation import MEDIA_TYPES, Format, choose_format
from services.shared.paging import Page
from services.shared.principal import Principal
from services.shared.streaming import FileStream, StreamPlaces, StreamPlacesDependency

PAGE_ROWS = 1000
TABLE_FORMATS: dict[Format, str] = {"json": MEDIA_TYPES["json"], "csv": MEDIA_TYPES["csv"]}
"""What a list is offered as."""
CSV_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPES["csv"]: {}}}}
"""The file for the OpenAPI document."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")

Item = TypeVar("Item")
DialectChoice = Annotated[Dialect, Query(description="Schreibweise der CSV-Datei")]


@dataclass(frozen=True, slots=True)
class ListFile(Generic[Item]):
    """A list as a table. `rows` makes the lines of an item, in the order of `columns`.

    `read` is asked for one page of up to `PAGE_ROWS` items after the other, by cursor.
    """

    name: str
    columns: Sequence[str]
    rows: Callable[[Item], Iterable[Sequence[Any]]]
    read: Callable[[AsyncSession, str | None], Awaitable[Page[Item]]]


@dataclass(frozen=True, slots=True)
class ListFiles:
    """Answers with files made from lists; each reads in a session of its own."""

    database: Database
    places: StreamPlaces

    def csv(self, principal: Principal, file: ListFile[Item], dialect: Dialect) -> Response:
        """The whole list as CSV, in pieces of whole lines; without items the head alone."""
        headers = table_headers(file.name, "csv")
        content = self._pieces(principal, file, dialect)
        return FileStream(content, media_type=MEDIA_TYPE, headers=headers)

    async def _pieces(
        self, principal: Principal, file: ListFile[Item], dialect: Dialect
    ) -> AsyncGenerator[bytes, None]:
        writer = CsvWriter(dialect)
        async with self.places.taken(), self.database.file_session(principal) as session:
            piece, cursor = writer.head(file.columns), None
            while True:
                page = await file.read(session, cursor)
                yield piece + writer.rows([row for item in page.items for row in file.rows(item)])
                if page.next is None:
                    return
                piece, cursor = b"", page.next


def csv_answer(
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    dialect: Dialect,
) -> Response:
    """A small table that is whole already as a CSV file."""
    writer = CsvWriter(dialect)
    body = writer.head(columns) + writer.rows(list(rows))
    return Response(body, media_type=MEDIA_TYPE, headers=table_headers(name, "csv"))


def table_headers(name: str, ending: str) -> dict[str, str]:
    """The headers of a file whose content differs by reader; `name` is ASCII."""
    return {
        "Content-Disposition": f'attachment; filename="{name}.{ending}"',
        "Vary": "Accept, Authorization",
        "Cache-Control": "no-cache",
    }


def file_name(text: str) -> str:
    """A text, a key say, as part of a file's name: letters, digits, hyphens."""
    return _NOT_IN_NAMES.sub("-", text)


async def get_list_files(database: DatabaseDependency, places: StreamPlacesDependency) -> ListFiles:
    """Where files of lists are made."""
    return ListFiles(database, places)


async def get_csv_wanted(
    request: Request,
    f: Annotated[
        Literal["json", "csv"] | None, Query(description="Format; sonst nach dem Kopf „Accept“")
    ] = None,
    dialect: DialectChoice = "semicolon",
) -> Dialect | None:
    """How a CSV file is to be written; None where JSON is asked for."""
    form = choose_format(request.headers.get("accept"), f, TABLE_FORMATS)
    return dialect if form == "csv" else None


ListFilesDependency = Annotated[ListFiles, Depends(get_list_files)]
CsvWanted = Annotated[Dialect | None, Depends(get_csv_wanted)]
