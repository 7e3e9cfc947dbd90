"""Background work on files of areas: check, then, when told to, write."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import obstore
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_imports import repository
from services.indicator_api.area_imports.checking.check import CheckResult, check_area_file_bytes
from services.indicator_api.area_imports.mapping import Mapping
from services.indicator_api.area_imports.registers import Intention, KnownArea, Registers
from services.indicator_api.area_imports.service import REGISTER_CHANGED
from services.indicator_api.area_imports.writing import Writing, write_import
from services.indicator_api.areas.rules import fold
from services.indicator_api.areas.service import lock_register, today
from services.indicator_api.jobs import JobContext, principal_of, refresh_statistics
from services.shared import audit
from services.shared.logging import get_logger
from services.shared.principal import Principal

logger = get_logger(__name__)
# A file at which the worker itself dies is not tried for ever.
MAXIMUM_ATTEMPTS = 3
_CHECKING = ("received", "checking")
_COMMITTING = ("committing",)
_INTERNAL_ERROR = {
    "code": "internal_error",
    "detail": "Die Verarbeitung ist aus einem Grund abgebrochen, der nicht an Ihrer Datei liegt.",
}
_GIVEN_UP = {
    "code": "given_up",
    "detail": "Die Verarbeitung ist mehrmals an dieser Datei abgebrochen. Speichern Sie sie im "
    "Geoinformationssystem neu, am besten als GeoPackage.",
}


async def check_area_file(context: JobContext, import_id: str) -> None:
    """Check a file of areas (dry run) and stage what it would write; safe to run again."""
    await _run(context, UUID(import_id), _CHECKING, "Die Datei wird geprüft", _check)


async def commit_area_file(context: JobContext, import_id: str) -> None:
    """Write a checked file to the register, all or nothing; safe to run again."""
    await _run(context, UUID(import_id), _COMMITTING, "Die Gebiete werden übernommen", _commit)


async def _run(
    context: JobContext,
    identifier: UUID,
    states: tuple[str, ...],
    label: str,
    work: Callable[[JobContext, Principal, UUID], Awaitable[None]],
) -> None:
    principal = await principal_of(context, "area_import", identifier)
    if principal is None:
        return
    async with context.database.write_session(principal) as session:
        attempt = await repository.begin(session, identifier, states, label)
    if attempt is None:
        return
    if attempt > MAXIMUM_ATTEMPTS:
        await _fail(context, principal, identifier, states, _GIVEN_UP)
        return
    try:
        await work(context, principal, identifier)
    except Exception:  # whatever breaks, the import must end and its sender must learn of it
        logger.exception("area_file_failed", import_id=str(identifier))
        await _fail(context, principal, identifier, states, _INTERNAL_ERROR)


async def _fail(
    context: JobContext,
    principal: Principal,
    identifier: UUID,
    states: tuple[str, ...],
    failure: dict[str, str],
) -> None:
    async with context.database.write_session(principal) as session:
        await repository.change(
            session,
            identifier,
            {"state": "failed", "failure": failure, "progress": {}},
            states=states,
        )
        await repository.finish_now(session, identifier)


async def _check(context: JobContext, principal: Principal, identifier: UUID) -> None:
    async with context.database.read_session(principal) as session:
        row = await repository.find(session, identifier)
        assert row is not None  # noqa: S101 - its beginning was just noted
        intention = _intention_of(row)
        registers = await _registers(session, intention)
    stored = await obstore.get_async(context.objects, row["object_path"])
    data = bytes(await stored.bytes_async())
    said = Mapping(**row["mapping"])
    # in a thread: the worker must go on telling that it lives
    result = await asyncio.to_thread(check_area_file_bytes, data, said, intention, registers)
    async with context.database.write_session(principal) as session:
        await _keep(session, identifier, result, registers)


async def _keep(
    session: AsyncSession, identifier: UUID, result: CheckResult, registers: Registers
) -> None:
    """Write down what was found and stage what it was found in, in place of an earlier check."""
    await repository.forget_shapes(session, identifier)
    rows = _staged(identifier, result)
    if rows:
        await repository.stage(session, rows)
    is_kept = await repository.change(
        session,
        identifier,
        {
            "state": result.state,
            "progress": {},
            **({"format": result.format} if result.format else {}),
            "counts": result.counts,
            "findings": result.findings.documents(),
            "understood": _understood(result, rows),
            "register_version": registers.version,
        },
        states=_CHECKING,
    )
    if not is_kept:
        # given up or taken over meanwhile: nothing of this check may stay
        await repository.forget_shapes(session, identifier)


def _staged(identifier: UUID, result: CheckResult) -> list[dict[str, Any]]:
    shapes: list[tuple[str, str | None, str, str | None, BaseGeometry]] = [
        ("area", area.code, area.name, area.parent, area.geometry) for area in result.areas
    ]
    shapes += [(place.layer, place.code, place.name, None, place.geometry)
               for place in result.places]  # fmt: skip
    return [
        {
            "import_id": identifier,
            "ordinal": ordinal,
            "layer": layer,
            "code": code,
            "name": name,
            "search_name": fold(name) if layer == "area" else None,
            "parent_code": parent,
            "area_m2": float(shapely.area(geometry)),
            "wkb": shapely.to_wkb(geometry),
        }
        for ordinal, (layer, code, name, parent, geometry) in enumerate(shapes)
    ]


def _understood(result: CheckResult, rows: list[dict[str, Any]]) -> dict[str, Any]:
    layer_counts: dict[str, int] = {}
    for row in rows:
        layer_counts[row["layer"]] = layer_counts.get(row["layer"], 0) + 1
    crs = result.crs
    mapping = result.mapping
    return {
        "layers": list(result.layers),
        "columns": [column.document() for column in result.columns],
        "mapping": {name: getattr(mapping, name) for name in Mapping.__slots__},
        "crs": None
        if crs is None
        else {
            "found": crs.found,
            "asked": crs.is_asked,
            "note": crs.note,
            "proposals": [
                {"code": item.code, "label": item.label, "fit": item.fit} for item in crs.proposals
            ],
        },
        "preview": result.preview,
        "finding_counts": result.findings.summary(),
        "layer_counts": layer_counts,
    }


async def _commit(context: JobContext, principal: Principal, identifier: UUID) -> None:
    async with context.database.write_session(principal) as session:
        # one import after the other; who waited sees what the one before has written
        await lock_register(session)
        row = await repository.lock(session, identifier)
        if row is None or row["state"] not in _COMMITTING:
            return
        is_current = row["register_version"] == await repository.register_version(session)
        if is_current:
            await _write(session, principal, row)
        else:
            await repository.change(
                session,
                identifier,
                {
                    "state": "checked",
                    "progress": {},
                    "failure": {"code": "register_changed", "detail": REGISTER_CHANGED},
                },
                states=_COMMITTING,
            )
    if is_current:
        await refresh_statistics(context)


async def _write(session: AsyncSession, principal: Principal, row: dict[str, Any]) -> None:
    assert principal.organisation_id is not None  # noqa: S101 - nobody else hands anything in
    intention = _intention_of(row)
    is_own = intention.municipality is not None
    counts = await write_import(
        session,
        Writing(
            import_id=row["id"],
            organisation_id=principal.organisation_id,
            intention=intention,
            values={
                "id": row["id"],
                "kind": intention.kind,
                "municipality": intention.municipality,
                "partition_code": intention.partition_code,
                "partition_name": intention.partition_name,
                "begins": intention.valid_from,
                "day": intention.valid_from or today(),
                "holder": principal.organisation_id if is_own else None,
                "source": intention.source,
                "attribution": intention.attribution,
            },
        ),
    )
    repaired = row["counts"].get("repaired", 0)
    await repository.change(
        session,
        row["id"],
        {"state": "accepted", "progress": {}, "counts": counts | {"repaired": repaired}},
        states=_COMMITTING,
    )
    await repository.finish_now(session, row["id"])
    await audit.record(
        session, "indicator", principal, "area_import.accepted", "area_import", row["id"]
    )


def _intention_of(row: dict[str, Any]) -> Intention:
    values = dict(row["intention"])
    begins = values.get("valid_from")
    return Intention(**values | {"valid_from": date.fromisoformat(begins) if begins else None})


async def _registers(session: AsyncSession, intention: Intention) -> Registers:
    kinds = await repository.read_kinds(session)
    ranks = {row["code"]: row["rank"] for row in kinds}
    day = intention.valid_from or today()
    areas: dict[str, list[KnownArea]] = {}
    for area in await repository.known_areas(
        session, municipality=intention.municipality, rank=ranks[intention.kind], day=day
    ):
        areas.setdefault(area.code, []).append(area)
    partitions = (
        ()
        if intention.municipality is None
        else tuple(await repository.known_partitions(session, intention.municipality))
    )
    code = intention.partition_code
    is_taken = code is not None and await repository.is_partition_code_taken(session, code)
    return Registers(
        version=await repository.register_version(session),
        day=day,
        kinds=ranks,
        kind_labels={row["code"]: row["label"] for row in kinds},
        areas=areas,
        partitions=partitions,
        taken_partition_codes=frozenset({code}) if is_taken and code else frozenset(),
    )
