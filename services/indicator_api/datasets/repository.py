"""Reading datasets together with the names of their holders."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.models import AreaKind
from services.indicator_api.datasets.models import Dataset


async def list_datasets(
    session: AsyncSession, *, holder: UUID | None, after: str | None, limit: int
) -> Sequence[Dataset]:
    """Up to `limit` datasets by code."""
    query = select(Dataset).order_by(Dataset.code).limit(limit)
    if holder is not None:
        query = query.where(Dataset.holder_organisation_id == holder)
    if after is not None:
        query = query.where(Dataset.code > after)
    return (await session.scalars(query)).all()


async def find_dataset(
    session: AsyncSession, code: str, *, is_to_change: bool = False
) -> Dataset | None:
    """The dataset with this code, or None; `is_to_change` keeps others from changing it."""
    query = select(Dataset).where(Dataset.code == code)
    dataset: Dataset | None = await session.scalar(
        query.with_for_update() if is_to_change else query
    )
    return dataset


async def organisation_names(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names of organisations, from the view that identity publishes."""
    rows = await session.execute(
        text("SELECT id, name FROM identity.organisation_public WHERE id = ANY(:ids)"),
        {"ids": list(set(ids))},
    )
    return dict(rows.all())


async def level_codes(session: AsyncSession) -> list[str]:
    """The kinds of areas, the largest first."""
    return list(await session.scalars(select(AreaKind.code).order_by(AreaKind.rank)))
