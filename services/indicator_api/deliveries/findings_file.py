"""Findings as a table: a line each, in the order of the file's rows."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries import service
from services.indicator_api.deliveries.schemas import FindingRead
from services.indicator_api.deliveries.service import FindingChoice
from services.shared.list_files import PAGE_ROWS, ListFile
from services.shared.paging import Page

COLUMNS = ("row", "column", "value", "severity", "code", "detail", "remedy")


def findings_file(delivery: Mapping[str, Any], choice: FindingChoice) -> ListFile[FindingRead]:
    """All findings of a delivery that are asked for."""

    async def read(session: AsyncSession, cursor: str | None) -> Page[FindingRead]:
        return await service.list_findings(
            session, delivery["id"], choice, cursor=cursor, limit=PAGE_ROWS
        )

    name = "findings" if choice.language == "en" else "befunde"
    return ListFile(f"{name}_lieferung_{delivery['number']}", COLUMNS, _row, read)


def _row(item: FindingRead) -> list[list[Any]]:
    return [[getattr(item, column) for column in COLUMNS]]
