"""Changes of areas as a table: a line each way from an area to another."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_changes import service
from services.indicator_api.area_changes.schemas import EventRead
from services.shared.list_files import PAGE_ROWS, ListFile
from services.shared.paging import Page

_OF_EVENT = (
    "id", "kind", "kind_label", "effective_on", "is_day_known", "is_derived", "title",
    "legal_basis", "source", "note",
)  # fmt: skip
COLUMNS = (
    *_OF_EVENT,
    "from_code",
    "from_name",
    "from_kind",
    "to_code",
    "to_name",
    "to_kind",
    "share",
    "basis",
)


def events_file(conditions: Mapping[str, Any]) -> ListFile[EventRead]:
    """All changes under the conditions of `service.list_events`, the latest first."""

    async def read(session: AsyncSession, cursor: str | None) -> Page[EventRead]:
        return await service.list_events(session, dict(conditions), cursor, PAGE_ROWS)

    return ListFile("gebietsaenderungen", COLUMNS, _rows, read)


def _rows(event: EventRead) -> Iterator[list[Any]]:
    head = [getattr(event, name) for name in _OF_EVENT]
    for link in event.links:
        ends: list[Any] = []
        for end in (link.source, link.target):
            ends += [None, None, None] if end is None else [end.code, end.name, end.kind]
        yield [*head, *ends, link.share, link.basis]
