"""Use cases of area imports: hand in, follow, say how to read, take, give up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_imports import repository
from services.indicator_api.area_imports.reading.files import FORMAT_LABELS
from services.indicator_api.area_imports.schemas import (
    AreaImportRead,
    IntentionWrite,
    MappingWrite,
)
from services.shared import audit
from services.shared.etags import require_match
from services.shared.jobs import JobQueue
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, Forbidden, Invalid, NotFound
from services.shared.uploads import StoredBody

LOCK = "areas"
_MUNICIPALITY = "gemeinde"
# Areas that may overlap are sets of base units, never imported as units.
_SET_KINDS = frozenset({"sozialraum", "foerdergebiet", "schuleinzugsgebiet"})
REMAPPABLE = ("asking", "checked", "rejected")
_DISCARDABLE = ("received", "asking", "checked", "rejected", "failed")


async def receive_records(
    session: AsyncSession, jobs: JobQueue, principal: Principal, import_id: UUID, body: StoredBody
) -> AreaImportRead:
    """Note down areas handed in as JSON records, checked and written in the background."""
    if not principal.has("areas:write"):
        raise _register_forbidden()
    await repository.add(session, _new(principal, import_id, body) | {"source": ""})
    await audit.record(
        session, "indicator", principal, "area_import.received", "area_import", import_id
    )
    await jobs.defer(session, "import_areas", lock=LOCK, import_id=str(import_id))
    return (await read_import(session, import_id))[0]


async def receive_file(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    *,
    import_id: UUID,
    body: StoredBody,
    filename: str | None,
    intention: IntentionWrite,
    mapping: MappingWrite,
) -> AreaImportRead:
    """Note down a file whose body is stored, and have it checked in the background."""
    await _refuse_intention(session, principal, intention)
    await repository.add(
        session,
        _new(principal, import_id, body)
        | {
            "format": "file",
            "filename": filename,
            "source": intention.source,
            "municipality_code": intention.municipality,
            "intention": intention.model_dump(mode="json"),
            "mapping": mapping.model_dump(mode="json", exclude_unset=True),
        },
    )
    await audit.record(
        session, "indicator", principal, "area_import.received", "area_import", import_id
    )
    await jobs.defer(session, "check_area_file", lock=LOCK, import_id=str(import_id))
    return (await read_import(session, import_id))[0]


def _new(principal: Principal, import_id: UUID, body: StoredBody) -> dict[str, Any]:
    return {
        "id": import_id,
        "organisation_id": principal.organisation_id,
        "subject_id": principal.subject_id,
        "subject_name": principal.subject_name,
        "acting": principal.to_job(),
        "object_path": body.path,
        "size_bytes": body.size,
    }


async def _refuse_intention(
    session: AsyncSession, principal: Principal, intention: IntentionWrite
) -> None:
    """Raise for an unknown level, a municipality that is none of one's own, a half partition."""
    kinds = {row["code"]: row["rank"] for row in await repository.read_kinds(session)}
    if intention.kind not in kinds or intention.kind in _SET_KINDS:
        offered = ", ".join(sorted(set(kinds) - _SET_KINDS))
        raise _invalid("kind", "kind_unknown", f"Diese Ebene gibt es nicht. Möglich: {offered}.")
    if intention.municipality is None:
        if not principal.has("areas:write"):
            raise _register_forbidden()
        if intention.partition_code is not None:
            raise _invalid(
                "municipality", "municipality_missing",
                "Eine Gliederung gehört zu einer Gemeinde: Geben Sie deren Schlüssel an.",
            )  # fmt: skip
        return
    found = await repository.municipality_kind(session, intention.municipality)
    if found is None or found["kind"] != _MUNICIPALITY:
        raise NotFound(
            "municipality_unknown", f"Eine Gemeinde „{intention.municipality}“ gibt es nicht."
        )
    if not found["is_covered"]:
        raise Forbidden(
            "municipality_not_yours",
            f"{found['name']} gehört nicht zum Gebiet Ihrer Organisation.",
        )
    if kinds[intention.kind] <= found["rank"]:
        raise _invalid("kind", "kind_not_below", "Eigene Gebiete liegen unterhalb der Gemeinde.")
    _refuse_half_partition(intention)


def _refuse_half_partition(intention: IntentionWrite) -> None:
    given = {
        "partition_code": intention.partition_code,
        "partition_name": intention.partition_name,
    }
    if not any(given.values()):
        return
    for name, value in (given | {"valid_from": intention.valid_from}).items():
        if value is None:
            raise _invalid(
                name, "partition_incomplete",
                "Eine Basisgliederung braucht Kurzbezeichnung, Namen und den ersten Tag, an dem "
                "sie gilt.",
            )  # fmt: skip
    if not str(intention.partition_code).startswith(str(intention.municipality)):
        raise _invalid(
            "partition_code", "partition_code_foreign",
            "Die Kurzbezeichnung beginnt mit dem Schlüssel der Gemeinde "
            f"({intention.municipality}).",
        )  # fmt: skip


def _invalid(name: str, code: str, detail: str) -> Invalid:
    return Invalid(code, detail, errors=[FieldError(name, code, detail)])


def _register_forbidden() -> Forbidden:
    return Forbidden(
        "right_missing",
        "Das amtliche Verzeichnis ändert nur, wer das Recht „areas:write“ hat. Für eigene Gebiete "
        "nennen Sie Ihre Gemeinde (municipality).",
        right="areas:write",
    )


async def find_import(session: AsyncSession, import_id: UUID) -> dict[str, Any]:
    """An import's row; raises `NotFound` if there is none that the principal may see."""
    row = await repository.find(session, import_id)
    if row is None:
        raise _unknown()
    return row


def _unknown() -> NotFound:
    return NotFound("area_import_unknown", "Diesen Gebietsimport gibt es nicht.")


async def read_import(session: AsyncSession, import_id: UUID) -> tuple[AreaImportRead, int]:
    """An import and its version."""
    row = await find_import(session, import_id)
    return as_read(row), row["row_version"]


def as_read(row: Mapping[str, Any]) -> AreaImportRead:
    """An import's document from its row."""
    intention, understood = row["intention"], row["understood"]
    municipality = row["municipality_code"]
    return AreaImportRead.model_validate(
        {
            **{name: intention.get(name) for name in (
                "kind", "partition_code", "partition_name", "valid_from")},
            **row,
            "attribution": intention.get("attribution") or "",
            "format_label": FORMAT_LABELS.get(row["format"], ""),
            "municipality": None if municipality is None
            else {"code": municipality, "name": row["municipality_name"] or municipality},
            "finding_counts": understood.get("finding_counts", []),
            "layers": understood.get("layers", []),
            "columns": understood.get("columns", []),
            "mapping": understood.get("mapping"),
            "crs": understood.get("crs"),
            "preview": understood.get("preview") or None,
            "layer_counts": understood.get("layer_counts", {}),
            "has_map": bool(understood.get("layer_counts")) and row["state"] != "discarded",
            "delivered_by": row["subject_name"],
        }
    )  # fmt: skip


async def list_imports(
    session: AsyncSession, *, state: str | None, cursor: str | None, limit: int
) -> Page[AreaImportRead]:
    """One page of imported files, the newest first."""
    rows = await repository.list_newest(
        session, state=state, before=decode_cursor(cursor, datetime, UUID), limit=limit + 1
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=[as_read(row) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["created_at"], shown[-1]["id"])
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_import",
            detail="Ihre Organisation hat noch keine Gebiete aus einer Datei eingespielt."
            if state is None
            else "Kein Import ist in diesem Stand.",
            suggestion="Senden Sie ein GeoPackage, GeoJSON, FlatGeobuf oder ein gezipptes "
            "Shapefile an POST /v1/area-imports.",
        )
    return page


async def remap(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    import_id: UUID,
    mapping: MappingWrite,
    request: Request,
) -> tuple[AreaImportRead, int]:
    """Have a file checked again, read as now said; raises `Conflict` while it is worked on."""
    row = await _lock(session, import_id)
    require_match(request, row["row_version"])
    if row["format"] == "json" or row["state"] not in REMAPPABLE:
        raise Conflict(
            "import_not_open",
            "Zuordnen lässt sich nur eine geprüfte Datei, die noch nicht übernommen ist.",
            state=row["state"],
        )
    await repository.change(
        session,
        import_id,
        {
            "mapping": mapping.model_dump(mode="json", exclude_unset=True),
            "state": "received",
            "progress": {},
            "failure": None,
            "attempts": 0,
            "finished_at": None,
        },
        states=REMAPPABLE,
    )
    await audit.record(
        session, "indicator", principal, "area_import.mapped", "area_import", import_id,
        sorted(mapping.model_fields_set),
    )  # fmt: skip
    await jobs.defer(session, "check_area_file", lock=LOCK, import_id=str(import_id))
    return await read_import(session, import_id)


async def commit(
    session: AsyncSession, jobs: JobQueue, principal: Principal, import_id: UUID, request: Request
) -> tuple[AreaImportRead, int]:
    """Have a checked file written to the register.

    Raises `Conflict` if it is not checked, or the register has changed since.
    """
    row = await _lock(session, import_id)
    require_match(request, row["row_version"])
    if row["state"] != "checked":
        raise Conflict(
            "import_not_checked",
            "Übernommen werden kann nur eine Datei, deren Prüfung keine Frage und keinen Fehler "
            "offen lässt.",
            state=row["state"],
        )
    if row["register_version"] != await repository.register_version(session):
        raise Conflict("register_changed", REGISTER_CHANGED)
    await repository.change(
        session,
        import_id,
        {
            "state": "committing",
            "progress": {"label": "Die Gebiete werden übernommen"},
            "attempts": 0,
            "failure": None,
        },
        states=("checked",),
    )
    await audit.record(
        session, "indicator", principal, "area_import.committed", "area_import", import_id
    )
    await jobs.defer(session, "commit_area_file", lock=LOCK, import_id=str(import_id))
    return await read_import(session, import_id)


REGISTER_CHANGED = (
    "Seit der Prüfung hat sich das Gebietsverzeichnis geändert. Lassen Sie die Datei erneut "
    "prüfen, damit sie mit dem jetzigen Stand verglichen wird."
)


async def discard(
    session: AsyncSession, principal: Principal, import_id: UUID, request: Request
) -> tuple[AreaImportRead, int, str]:
    """Give an import up; its file's path is to be removed from the store after the commit."""
    row = await _lock(session, import_id)
    require_match(request, row["row_version"])
    if row["format"] == "json" or row["state"] not in _DISCARDABLE:
        raise Conflict(
            "import_not_open",
            "Verwerfen lässt sich nur, was noch nicht übernommen ist und gerade nicht geprüft "
            "wird.",
            state=row["state"],
        )
    await repository.forget_shapes(session, import_id)
    await repository.change(
        session, import_id, {"state": "discarded", "progress": {}}, states=_DISCARDABLE
    )
    await repository.finish_now(session, import_id)
    await audit.record(
        session, "indicator", principal, "area_import.discarded", "area_import", import_id
    )
    read, version = await read_import(session, import_id)
    return read, version, row["object_path"]


async def _lock(session: AsyncSession, import_id: UUID) -> dict[str, Any]:
    row = await repository.lock(session, import_id)
    if row is None:
        raise _unknown()
    return row
