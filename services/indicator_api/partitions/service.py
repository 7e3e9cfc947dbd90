"""Use cases of base partitions."""

from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.service import today
from services.indicator_api.partitions import repository
from services.indicator_api.partitions.cutting import overlap_m2
from services.indicator_api.partitions.schemas import (
    Keeper,
    Named,
    PartitionChange,
    PartitionDetail,
    PartitionRead,
    PartitionWrite,
    UnitRead,
)
from services.shared import audit
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, Invalid, NotFound

MUNICIPALITY = "gemeinde"
# What digitising may leave between neighbours before units count as overlapping.
TOLERATED_OVERLAP_M2 = 1.0


def _read(row: dict[str, Any], principal: Principal, addresses: int | None) -> dict[str, Any]:
    is_own = row["holder_organisation_id"] == principal.organisation_id
    return {
        **row,
        "municipality": Named(code=row["municipality_code"], name=row["municipality_name"]),
        "holder": Keeper(id=row["holder_organisation_id"], name=row["holder_name"] or ""),
        "is_own": is_own,
        "addresses": addresses if is_own else None,
        "addresses_at": row["addresses_at"] if is_own else None,
    }


async def list_partitions(
    session: AsyncSession,
    principal: Principal,
    *,
    municipality: str | None,
    valid_on: date | None,
    cursor: str | None,
    limit: int,
) -> Page[PartitionRead]:
    """One page of the partitions of one's municipalities; an empty one says how to begin."""
    after = decode_cursor(cursor, str)
    rows = await repository.list_partitions(
        session,
        municipality=municipality,
        valid_on=valid_on,
        after=None if after is None else after[0],
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    counts = await repository.address_counts(session, [row["id"] for row in shown])
    items = [
        PartitionRead.model_validate(_read(row, principal, counts.get(row["id"], 0)))
        for row in shown
    ]
    page = Page(items=items)
    if has_more:
        page.next = encode_cursor(shown[-1]["code"])
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_partition",
            detail="Für Ihre Gemeinden ist noch keine Gliederung angelegt.",
            suggestion="Legen Sie eine Gliederung an oder spielen Sie Ihre Geodaten ein.",
        )
    return page


async def find(session: AsyncSession, code: str, *, is_to_change: bool = False) -> dict[str, Any]:
    """The row of a partition of one's municipalities; raises `NotFound`."""
    row = await repository.find_partition(session, code, is_to_change=is_to_change)
    if row is None:
        raise NotFound("partition_unknown", f"Die Gliederung „{code}“ gibt es für Sie nicht.")
    return row


async def find_own(
    session: AsyncSession, principal: Principal, code: str, *, is_to_change: bool = False
) -> dict[str, Any]:
    """The row of a partition that the caller's organisation keeps; raises `NotFound`."""
    row = await find(session, code, is_to_change=is_to_change)
    if row["holder_organisation_id"] != principal.organisation_id:
        raise NotFound(
            "partition_not_yours",
            f"Die Gliederung „{code}“ führt eine andere Stelle.",
        )
    return row


async def detail(
    session: AsyncSession, principal: Principal, row: dict[str, Any]
) -> PartitionDetail:
    """One partition with its units."""
    units = await repository.units_with_counts(session, row["id"])
    is_own = row["holder_organisation_id"] == principal.organisation_id
    town = await repository.find_municipality(
        session, row["municipality_code"], _day_of(row["valid_from"], row["valid_to"])
    )
    measured = [unit["area_km2"] for unit in units if unit["has_geometry"]]
    values = _read(row, principal, sum(unit["addresses"] for unit in units))
    return PartitionDetail.model_validate(
        values
        | {
            "unit_items": [
                UnitRead.model_validate(unit if is_own else unit | {"addresses": None})
                for unit in units
            ],
            "units_km2": sum(measured) if measured else None,
            "municipality_km2": None if town is None else town["km2"],
        }
    )


def _day_of(valid_from: date | None, valid_to: date | None) -> date:
    """A day on which something holds: today, else its beginning."""
    now = today()
    is_now = (valid_from is None or valid_from <= now) and (valid_to is None or valid_to > now)
    return now if is_now or valid_from is None else valid_from


async def create(
    session: AsyncSession, principal: Principal, wanted: PartitionWrite
) -> dict[str, Any]:
    """Set up a partition kept by the caller's organisation; its row."""
    await _check(session, wanted)
    values = wanted.model_dump(exclude={"take_existing"})
    try:
        partition_id = await repository.insert_partition(
            session, values | {"holder": principal.organisation_id}
        )
    except IntegrityError as error:
        raise _taken(wanted, str(error.orig)) from error
    if wanted.take_existing:
        await take_units(session, partition_id, _day_of(wanted.valid_from, wanted.valid_to))
    await audit.record(
        session, "indicator", principal, "partition.created", "partition", wanted.code
    )
    return await find(session, wanted.code)


async def _check(session: AsyncSession, wanted: PartitionWrite) -> None:
    await check_municipality(
        session, wanted.municipality, _day_of(wanted.valid_from, wanted.valid_to)
    )
    kind = await repository.find_kind(session, wanted.kind)
    town = await repository.find_kind(session, MUNICIPALITY)
    if kind is None or town is None or kind["rank"] <= town["rank"]:
        raise _fault("/kind", "kind_not_below", "Einheiten liegen unterhalb der Gemeinde.")
    if wanted.valid_from and wanted.valid_to and wanted.valid_to <= wanted.valid_from:
        raise _fault("/valid_to", "validity_reversed", "Sie endet, bevor sie beginnt.")
    if not wanted.code.startswith(wanted.municipality):
        raise _fault(
            "/code",
            "code_not_below",
            f"Der Schlüssel beginnt mit dem der Gemeinde ({wanted.municipality}).",
        )


async def check_municipality(session: AsyncSession, code: str, day: date) -> dict[str, Any]:
    """The municipality, if it is one and the caller acts for it; raises `Invalid`."""
    town = await repository.find_municipality(session, code, day)
    if town is None or not await repository.covers(session, code):
        raise _fault(
            "/municipality",
            "area_not_yours",
            f"Das Gebiet „{code}“ gehört nicht zu Ihrer Organisation.",
        )
    if town["kind"] != MUNICIPALITY:
        raise _fault("/municipality", "not_a_municipality", f"„{town['name']}“ ist keine Gemeinde.")
    return town


def _fault(pointer: str, code: str, words: str) -> Invalid:
    return Invalid(code, words, errors=[FieldError(pointer, code, words)])


def _taken(wanted: PartitionWrite, message: str) -> Conflict:
    if "partition_one_at_a_time" in message:
        return Conflict(
            "partition_overlaps",
            f"Für {wanted.municipality} gilt in dieser Zeit schon eine Gliederung. Eine Gemeinde "
            "hat an jedem Tag nur eine; beenden Sie zuerst die bisherige.",
        )
    return Conflict("partition_exists", f"Den Schlüssel „{wanted.code}“ gibt es schon.")


async def take_units(session: AsyncSession, partition_id: int, day: date) -> int:
    """Make areas of the register units; raises `Invalid` if they overlap one another."""
    taken = await repository.take_units(session, partition_id)
    if taken:
        overlap = overlap_m2(await repository.units_of(session, partition_id, day))
        if overlap > TOLERATED_OVERLAP_M2:
            raise Invalid(
                "units_overlap",
                f"Die Gebiete überlappen sich um {overlap:.0f} m². Eine Gliederung teilt die "
                "Gemeinde ohne Überlappung; berichtigen Sie zuerst die Grenzen.",
                overlap_m2=overlap,
            )
    return taken


async def change(
    session: AsyncSession, principal: Principal, row: dict[str, Any], wanted: PartitionChange
) -> dict[str, Any]:
    """Change what is said about a partition, or end it; its row afterwards."""
    fields = wanted.model_dump(exclude_unset=True, exclude={"take_existing"})
    ends = fields.get("valid_to")
    if ends and row["valid_from"] and ends <= row["valid_from"]:
        raise _fault("/valid_to", "validity_reversed", "Sie endet, bevor sie beginnt.")
    try:
        await repository.update_partition(session, row["id"], fields)
    except IntegrityError as error:
        raise Conflict(
            "partition_overlaps", "In dieser Zeit gilt schon eine andere Gliederung."
        ) from error
    if ends:
        await repository.end_own_units(session, row["id"], row["holder_organisation_id"], ends)
    if wanted.take_existing:
        await take_units(session, row["id"], _day_of(row["valid_from"], row["valid_to"]))
    await repository.rebuild_compositions(session)
    await audit.record(
        session,
        "indicator",
        principal,
        "partition.changed",
        "partition",
        row["code"],
        sorted(wanted.model_fields_set),
    )
    return await find(session, row["code"])
