"""The register of areas as a table: a line an area, with whose borders and key it is."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas import service
from services.indicator_api.areas.repository import AreaFilter
from services.indicator_api.areas.schemas import AreaListed
from services.shared.list_files import PAGE_ROWS, ListFile
from services.shared.paging import Page

COLUMNS = (
    "code", "ars", "name", "kind", "kind_label", "parent", "valid_from", "valid_to", "area_km2",
    "is_set", "partition", "is_fictional", "attribution",
)  # fmt: skip


def register_file(wanted: AreaFilter) -> ListFile[AreaListed]:
    """All areas of a filter as they stood on its day, which the file's name says."""

    async def read(session: AsyncSession, cursor: str | None) -> Page[AreaListed]:
        return await service.list_areas(session, wanted, cursor, PAGE_ROWS)

    return ListFile(
        f"gebiete_{wanted.valid_on.isoformat()}",
        COLUMNS,
        lambda area: [[getattr(area, name) for name in COLUMNS]],
        read,
    )
