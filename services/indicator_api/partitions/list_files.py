"""Partitions, their units, sets and their parts as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.partitions import service, set_service
from services.indicator_api.partitions.schemas import PartitionDetail, PartitionRead
from services.indicator_api.partitions.set_schemas import AreaSetDetail, AreaSetRead
from services.shared.list_files import PAGE_ROWS, ListFile
from services.shared.paging import Page
from services.shared.principal import Principal

PARTITION_COLUMNS = (
    "code", "name", "municipality", "municipality_name", "kind", "kind_label", "units",
    "addresses", "valid_from", "valid_to", "holder", "is_fictional", "source", "attribution",
)  # fmt: skip
UNIT_COLUMNS = (
    "partition", "partition_name", "municipality", "municipality_name", "code", "name", "kind",
    "kind_label", "area_km2", "addresses", "is_fictional", "source", "attribution",
)  # fmt: skip
SET_COLUMNS = (
    "code", "name", "kind", "kind_label", "municipality", "municipality_name", "parts_count",
    "is_estimated", "area_km2", "valid_from", "valid_to", "holder", "is_fictional", "note",
    "attribution",
)  # fmt: skip
PART_COLUMNS = (
    "set", "set_name", "municipality", "municipality_name", "unit", "unit_name", "weight",
    "basis", "basis_label", "detail", "is_fictional", "attribution",
)  # fmt: skip


def partitions_file(principal: Principal, conditions: Mapping[str, Any]) -> ListFile[PartitionRead]:
    """All partitions under the conditions of `service.list_partitions`."""

    async def read(session: AsyncSession, cursor: str | None) -> Page[PartitionRead]:
        return await service.list_partitions(
            session, principal, **conditions, cursor=cursor, limit=PAGE_ROWS
        )

    return ListFile("gliederungen", PARTITION_COLUMNS, _partition, read)


def sets_file(principal: Principal, conditions: Mapping[str, Any]) -> ListFile[AreaSetRead]:
    """All sets under the conditions of `set_service.list_sets`."""

    async def read(session: AsyncSession, cursor: str | None) -> Page[AreaSetRead]:
        return await set_service.list_sets(
            session, principal, **conditions, cursor=cursor, limit=PAGE_ROWS
        )

    return ListFile("zusammengesetzte_Gebiete", SET_COLUMNS, _set, read)


def unit_rows(partition: PartitionDetail) -> Sequence[Sequence[Any]]:
    """The units of a partition, in the order of `UNIT_COLUMNS`."""
    values = _named(partition) | {
        "partition": partition.code,
        "partition_name": partition.name,
    }
    return [
        _ordered(
            UNIT_COLUMNS,
            values
            | {
                "code": unit.code,
                "name": unit.name,
                "area_km2": unit.area_km2,
                "addresses": unit.addresses,
            },
        )
        for unit in partition.unit_items
    ]


def part_rows(unit_set: AreaSetDetail) -> Sequence[Sequence[Any]]:
    """The parts of a set with their weights, in the order of `PART_COLUMNS`."""
    values = _named(unit_set) | {"set": unit_set.code, "set_name": unit_set.name}
    return [
        _ordered(PART_COLUMNS, values | part.model_dump() | {"unit_name": part.name})
        for part in unit_set.parts
    ]


def _partition(item: PartitionRead) -> Sequence[Sequence[Any]]:
    return [_ordered(PARTITION_COLUMNS, _named(item))]


def _set(item: AreaSetRead) -> Sequence[Sequence[Any]]:
    return [_ordered(SET_COLUMNS, _named(item))]


def _named(item: PartitionRead | AreaSetRead) -> dict[str, Any]:
    return dict(item) | {
        "municipality": item.municipality.code,
        "municipality_name": item.municipality.name,
        "holder": item.holder.name,
    }


def _ordered(columns: Sequence[str], values: Mapping[str, Any]) -> list[Any]:
    return [values[name] for name in columns]
