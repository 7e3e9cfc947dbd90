"""Use cases of datasets."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.service import is_within
from services.indicator_api.datasets import minimum_count, repository, second_person
from services.indicator_api.datasets.models import Dataset
from services.indicator_api.datasets.schemas import (
    DatasetChange,
    DatasetRead,
    DatasetWrite,
    Holder,
)
from services.shared import audit
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, Invalid, NotFound

_ELSEWHERE = "minimum_count"  # a rule of protection; see minimum_count.py


def _read(
    dataset: Dataset, names: dict[UUID, str], minimum: int, principal: Principal
) -> DatasetRead:
    values = {
        field: getattr(dataset, field) for field in DatasetWrite.model_fields if field != _ELSEWHERE
    }
    holder = dataset.holder_organisation_id
    return DatasetRead.model_validate(
        values
        | {
            "minimum_count": minimum,
            "holder": Holder(id=holder, name=names.get(holder, "")),
            "version": dataset.version,
            "is_own": holder == principal.organisation_id,
        }
    )


async def _read_all(
    session: AsyncSession, datasets: Sequence[Dataset], principal: Principal
) -> list[DatasetRead]:
    holders = [dataset.holder_organisation_id for dataset in datasets]
    names = await repository.organisation_names(session, holders)
    minima = await minimum_count.of_datasets(session, [dataset.id for dataset in datasets])
    return [_read(dataset, names, minima[dataset.id], principal) for dataset in datasets]


async def list_datasets(
    session: AsyncSession, principal: Principal, *, own: bool, cursor: str | None, limit: int
) -> Page[DatasetRead]:
    """One page of datasets by code; `own` keeps those that the caller's organisation holds."""
    after = decode_cursor(cursor, str)
    rows = await repository.list_datasets(
        session,
        holder=principal.organisation_id if own else None,
        after=None if after is None else after[0],
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=await _read_all(session, shown, principal))
    if has_more:
        page.next = encode_cursor(shown[-1].code)
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_dataset",
            detail="Ihre Organisation führt noch keinen Datenbestand."
            if own
            else "Es ist noch kein Datenbestand angelegt.",
            suggestion="Legen Sie einen Datenbestand an, bevor Sie liefern.",
        )
    return page


async def get_dataset(session: AsyncSession, code: str) -> Dataset:
    """The dataset with this code; raises `NotFound`."""
    dataset = await repository.find_dataset(session, code)
    if dataset is None:
        raise NotFound("dataset_unknown", f"Den Datenbestand „{code}“ gibt es nicht.")
    return dataset


async def get_own_dataset(
    session: AsyncSession, principal: Principal, code: str, *, is_to_change: bool = False
) -> Dataset:
    """The dataset with this code if the caller's organisation holds it; else `NotFound`.

    Who does not hold it learns no more than that it is not theirs to fill or release.
    `is_to_change` keeps others from changing it until the end of the transaction.
    """
    dataset = await repository.find_dataset(session, code, is_to_change=is_to_change)
    if dataset is None or dataset.holder_organisation_id != principal.organisation_id:
        raise NotFound(
            "dataset_not_yours",
            f"Ihre Organisation führt keinen Datenbestand „{code}“.",
            errors=[FieldError("dataset", "dataset_not_yours", "Nicht in Ihrer Führung.")],
        )
    return dataset


async def read_dataset(session: AsyncSession, principal: Principal, code: str) -> DatasetRead:
    """One dataset as it is shown."""
    return (await _read_all(session, [await get_dataset(session, code)], principal))[0]


async def create_dataset(
    session: AsyncSession, principal: Principal, wanted: DatasetWrite
) -> DatasetRead:
    """Set up a dataset held by the caller's organisation."""
    assert principal.organisation_id is not None  # noqa: S101 - the right implies it
    assert principal.administration_id is not None  # noqa: S101 - the right implies it
    if not await is_within(session, wanted.area_code, principal.area_codes):
        raise Invalid(
            "area_not_yours",
            f"Das Gebiet „{wanted.area_code}“ gehört nicht zu Ihrer Organisation.",
            errors=[FieldError("/area_code", "area_not_yours", "Nicht Ihr Gebiet.")],
        )
    second_person.require_reason(wanted.releases_need_second_person, wanted.second_person_reason)
    await _require_level(session, wanted.released_smallest_level)
    dataset = Dataset(
        **wanted.model_dump(exclude={_ELSEWHERE}),
        holder_organisation_id=principal.organisation_id,
        administration_id=principal.administration_id,
    )
    session.add(dataset)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(
            "dataset_exists", f"Den Code „{wanted.code}“ trägt schon ein anderer Datenbestand."
        ) from error
    await session.refresh(dataset)
    await minimum_count.write(session, principal, dataset.id, wanted.minimum_count)
    await audit.record(session, "indicator", principal, "dataset.created", "dataset", wanted.code)
    return (await _read_all(session, [dataset], principal))[0]


async def change_dataset(
    session: AsyncSession, principal: Principal, dataset: Dataset, change: DatasetChange
) -> DatasetRead:
    """Change what is said about a dataset."""
    fields = change.model_dump(exclude_unset=True)
    await _require_level(session, fields.get("released_smallest_level"))
    for field, value in fields.items():
        if field != _ELSEWHERE:
            setattr(dataset, field, value)
    second_person.require_reason(dataset.releases_need_second_person, dataset.second_person_reason)
    dataset.row_version += 1
    await session.flush()
    if _ELSEWHERE in fields:
        await minimum_count.write(session, principal, dataset.id, fields[_ELSEWHERE])
    await audit.record(
        session,
        "indicator",
        principal,
        "dataset.changed",
        "dataset",
        dataset.code,
        sorted(fields),
    )
    return (await _read_all(session, [dataset], principal))[0]


async def _require_level(session: AsyncSession, level: str | None) -> None:
    if level is None:
        return
    levels = await repository.level_codes(session)
    if level not in levels:
        detail = f"Die Gebietsart „{level}“ gibt es nicht; es gibt {', '.join(levels)}."
        raise Invalid(
            "level_unknown",
            detail,
            errors=[FieldError("/released_smallest_level", "level_unknown", detail)],
        )
