"""Use cases of saved mappings: an organisation's own, by name."""

from typing import Any, NoReturn
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries.mapping import repository
from services.indicator_api.deliveries.mapping.about import mapped_sha256
from services.indicator_api.deliveries.mapping.schemas import MappingWrite, SavedMappingRead
from services.shared import audit
from services.shared.etags import etag_of, require_match
from services.shared.ids import new_id
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, NotFound, PreconditionFailed

_KIND = "delivery_mapping"


async def list_saved(
    session: AsyncSession, *, cursor: str | None, limit: int
) -> Page[SavedMappingRead]:
    """One page of the organisation's mappings, by name."""
    after = decode_cursor(cursor, str)
    rows = await repository.list_mappings(
        session, after=None if after is None else after[0], limit=limit + 1
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=[SavedMappingRead.model_validate(row) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["name"])
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_mapping",
            detail="Ihre Organisation hat noch keine Zuordnung gespeichert.",
            suggestion="Liefern Sie eine eigene Tabelle: Die Zuordnung ihrer Spalten lässt sich "
            "unter einem Namen speichern.",
        )
    return page


async def read_saved(session: AsyncSession, mapping_id: UUID) -> SavedMappingRead:
    """One mapping; raises `NotFound`."""
    return SavedMappingRead.model_validate(await _find(session, mapping_id))


async def create_saved(
    session: AsyncSession, principal: Principal, wanted: MappingWrite
) -> SavedMappingRead:
    """Save a mapping; raises `Conflict`, naming the other, if its name is taken."""
    identifier = new_id()
    values = _values(principal, wanted)
    values |= {"id": identifier, "organisation_id": principal.organisation_id}
    if not await repository.add_mapping(session, values):
        await _refuse_name(session, wanted.name)
    await audit.record(session, "indicator", principal, "mapping.created", _KIND, identifier)
    return await read_saved(session, identifier)


async def change_saved(
    session: AsyncSession,
    principal: Principal,
    mapping_id: UUID,
    wanted: MappingWrite,
    request: Request,
) -> SavedMappingRead:
    """Write a mapping anew.

    Raises `PreconditionFailed` with both states, should somebody else have changed it since.
    """
    current = await _find(session, mapping_id, is_to_change=True)
    try:
        require_match(request, current["version"])
    except PreconditionFailed:
        raise _changed_by_others(current, wanted) from None
    other = await repository.find_by_name(session, wanted.name)
    if other is not None and other["id"] != mapping_id:
        await _refuse_name(session, wanted.name)
    await repository.change_mapping(session, mapping_id, _values(principal, wanted))
    await audit.record(
        session, "indicator", principal, "mapping.changed", _KIND, mapping_id, ["document", "name"]
    )
    return await read_saved(session, mapping_id)


async def remove_saved(
    session: AsyncSession, principal: Principal, mapping_id: UUID, request: Request
) -> None:
    """Forget a mapping; deliveries read with it keep their own copy."""
    current = await _find(session, mapping_id, is_to_change=True)
    require_match(request, current["version"])
    await repository.remove_mapping(session, mapping_id)
    await audit.record(session, "indicator", principal, "mapping.removed", _KIND, mapping_id)


async def document_named(session: AsyncSession, name: str) -> dict[str, Any]:
    """The document saved under a name; raises `NotFound`."""
    row = await repository.find_by_name(session, name)
    if row is None:
        raise NotFound(
            "mapping_unknown",
            f"Unter dem Namen „{name}“ ist keine Zuordnung gespeichert.",
            errors=[FieldError("/name", "mapping_unknown", "Nicht gespeichert.")],
        )
    document: dict[str, Any] = row["document"]
    return document


def _values(principal: Principal, wanted: MappingWrite) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "document": wanted.document.model_dump(mode="json"),
        "header_sha256": mapped_sha256(wanted.document),
        "subject_name": principal.subject_name,
    }


async def _find(
    session: AsyncSession, mapping_id: UUID, *, is_to_change: bool = False
) -> dict[str, Any]:
    row = await repository.find_mapping(session, mapping_id, is_to_change=is_to_change)
    if row is None:
        raise NotFound("mapping_unknown", "Diese Zuordnung gibt es nicht.")
    return row


async def _refuse_name(session: AsyncSession, name: str) -> NoReturn:
    other = await repository.find_by_name(session, name)
    who = "" if other is None else f" {other['changed_by']} hat sie gespeichert."
    raise Conflict(
        "mapping_exists",
        f"Den Namen „{name}“ trägt schon eine andere Zuordnung Ihrer Organisation.{who} Wählen "
        "Sie einen anderen Namen, oder ändern Sie die gespeicherte.",
        errors=[FieldError("/name", "mapping_exists", "Der Name ist vergeben.")],
        current=None if other is None else _state(other),
    )


def _changed_by_others(current: dict[str, Any], wanted: MappingWrite) -> PreconditionFailed:
    return PreconditionFailed(
        "precondition_failed",
        f"{current['changed_by']} hat die Zuordnung „{current['name']}“ inzwischen geändert. "
        "Vergleichen Sie beide Fassungen; speichern Sie danach Ihre, oder lassen Sie es bei der "
        "anderen.",
        headers={"ETag": etag_of(current["version"])},
        current=_state(current),
        yours=wanted.model_dump(mode="json"),
    )


def _state(row: dict[str, Any]) -> dict[str, Any]:
    return SavedMappingRead.model_validate(row).model_dump(mode="json")
