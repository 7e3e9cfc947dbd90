"""Revisions as a table: a line a figure that changed, from what to what and with what."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.revisions import service
from services.indicator_api.revisions.schemas import CellState, Revision
from services.indicator_api.revisions.service import RevisionQuestion
from services.shared.list_files import PAGE_ROWS, ListFile
from services.shared.paging import Page
from services.shared.principal import Principal

COLUMNS = (
    "at", "change", "dataset", "dataset_title", "measure", "measure_name", "breakdown",
    "breakdown_label", "area", "area_name", "level", "period", "old_value", "old_status",
    "old_quality", "new_value", "new_status", "new_quality", "delivery", "delivery_file",
    "delivered_by", "release", "audience", "published_at", "published_by", "release_note",
    "is_fictional", "attribution",
)  # fmt: skip


def revisions_file(principal: Principal, question: RevisionQuestion) -> ListFile[Revision]:
    """All revisions that the question finds, the newest first."""

    async def read(session: AsyncSession, cursor: str | None) -> Page[Revision]:
        return await service.list_revisions(session, principal, question, cursor, PAGE_ROWS)

    return ListFile("revisionen", COLUMNS, lambda item: [_row(item)], read)


def _row(item: Revision) -> list[Any]:
    delivery, release = item.delivery, item.release
    return [
        item.at.isoformat(),
        item.change,
        item.dataset.code,
        item.dataset.title,
        item.measure.code,
        item.measure.name,
        item.breakdown.code,
        item.breakdown.label,
        item.area.code,
        item.area.name,
        item.area.kind,
        item.period.code,
        *_state(item.old),
        *_state(item.new),
        *(
            (None, None, None)
            if delivery is None
            else (delivery.number, delivery.filename, delivery.delivered_by)
        ),
        *(
            (None, None, None, None, None)
            if release is None
            else (
                release.number,
                release.audience_label,
                release.published_at.isoformat() if release.published_at else None,
                release.published_by,
                release.note,
            )
        ),
        item.dataset.is_fictional,
        item.dataset.attribution,
    ]


def _state(state: CellState | None) -> tuple[Any, ...]:
    return (
        (None, None, None)
        if state is None
        else (state.value, state.status, " ".join(state.quality))
    )
