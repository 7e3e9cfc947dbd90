"""Use cases of the timeline: read, write, change what one has written."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from fastapi import Request as HttpRequest
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.base import SCHEMA
from services.consultation_api.cases.models import Entry
from services.consultation_api.cases.scope import CaseScope, add_entry, hold, see
from services.consultation_api.entries import repository
from services.consultation_api.entries.rules import KIND_LABELS, EntryKind, can_become, may_be
from services.consultation_api.entries.schemas import EntryChange, EntryCreate, EntryRead
from services.consultation_api.refusals import invalid
from services.consultation_api.sides import VISIBILITY_LABELS, Visibility
from services.consultation_api.topics import service as topics
from services.consultation_api.versions import require_current
from services.consultation_api.wire import Coded
from services.shared import audit
from services.shared.ids import new_id
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, Forbidden, NotFound


def _document(entry: Entry, principal: Principal, labels: Mapping[str, str]) -> EntryRead:
    is_event = entry.kind == "ereignis"
    return EntryRead.model_validate(
        {
            "id": entry.id,
            "kind": Coded(code=entry.kind, label=KIND_LABELS[entry.kind]),
            "occurred_on": entry.occurred_on,
            "title": entry.title,
            "text": entry.text,
            "visibility": Coded(code=entry.visibility, label=VISIBILITY_LABELS[entry.visibility]),
            "topics": topics.coded(entry.topics, labels),
            "side": entry.side,
            "author": entry.author_name,
            "created_at": entry.created_at,
            "changed_at": entry.changed_at,
            "is_mine": not is_event and entry.author_id == principal.subject_id,
            "version": entry.row_version,
        }
    )


async def list_entries(
    session: AsyncSession,
    principal: Principal,
    case_id: UUID,
    *,
    kinds: Sequence[EntryKind],
    visibility: Visibility | None,
    cursor: str | None,
    limit: int,
) -> Page[EntryRead]:
    """One page of a case's timeline, as far as the principal may see it."""
    await see(session, principal, case_id)
    rows = await repository.list_latest(
        session,
        case_id,
        kinds=kinds,
        visibility=visibility,
        before=decode_cursor(cursor, date, UUID),
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    labels = await topics.labels(session)
    page = Page(items=[_document(entry, principal, labels) for entry in shown])
    if has_more:
        page.next = encode_cursor(shown[-1].occurred_on, shown[-1].id)
    if not shown and cursor is None:
        page.reason = Reason(
            code="none_match",
            detail="Kein Eintrag passt zu dieser Auswahl.",
            suggestion="Lassen Sie die Auswahl nach Art oder Sichtbarkeit weg.",
        )
    return page


async def all_entries(
    session: AsyncSession, principal: Principal, scope: CaseScope
) -> list[EntryRead]:
    """All entries of a case that the principal may see."""
    rows = await repository.list_latest(
        session, scope.id, kinds=(), visibility=None, before=None, limit=None
    )
    labels = await topics.labels(session)
    return [_document(entry, principal, labels) for entry in rows]


async def read(
    session: AsyncSession, principal: Principal, case_id: UUID, entry_id: UUID
) -> EntryRead:
    """An entry; raises `NotFound` if there is none that the principal may see."""
    await see(session, principal, case_id)
    entry = await _find(session, case_id, entry_id)
    return _document(entry, principal, await topics.labels(session))


async def write(
    session: AsyncSession, principal: Principal, case_id: UUID, wanted: EntryCreate
) -> EntryRead:
    """Put something on the timeline; raises `Invalid` (`visibility_forbidden`, `topic_unknown`)."""
    scope = await hold(session, principal, case_id)
    _refuse_visibility(wanted.visibility, scope)
    await topics.require_known(session, wanted.topics)
    entry_id, now = new_id(), datetime.now(UTC)
    await add_entry(
        session,
        {
            "id": entry_id,
            **scope.columns(),
            **wanted.model_dump(),
            "side": scope.side,
            "author_id": principal.subject_id,
            "author_name": principal.subject_name,
            "created_at": now,
            "changed_at": now,
        },
    )
    await _record(session, principal, "entry.written", entry_id, wanted.model_fields_set)
    return await read(session, principal, case_id, entry_id)


async def change(
    session: AsyncSession,
    principal: Principal,
    case_id: UUID,
    entry_id: UUID,
    wanted: EntryChange,
    http_request: HttpRequest,
) -> EntryRead:
    """Change what one has written oneself.

    Raises `Conflict` (`case_closed`, `entry_is_event`, `entry_already_shared`), `Forbidden`
    (`entry_not_yours`), `PreconditionFailed` with `current`, and `Invalid`.
    """
    scope = await hold(session, principal, case_id)
    entry = await _find(session, case_id, entry_id)
    _refuse_foreign(entry, principal)
    await repository.hold(session, entry)
    await require_current(
        http_request, entry.row_version, lambda: read(session, principal, case_id, entry_id)
    )
    changes: dict[str, Any] = {
        name: value
        for name, value in wanted.model_dump(exclude_unset=True).items()
        if value != getattr(entry, name)
    }
    if not changes:
        return await read(session, principal, case_id, entry_id)
    if "visibility" in changes:
        _refuse_visibility(changes["visibility"], scope)
        _refuse_taking_back(changes["visibility"], entry)
    await topics.require_known(session, changes.get("topics", []))
    await repository.change(session, entry_id, changes | {"changed_at": datetime.now(UTC)})
    await _record(session, principal, "entry.changed", entry_id, set(changes))
    return await read(session, principal, case_id, entry_id)


def _refuse_foreign(entry: Entry, principal: Principal) -> None:
    if entry.kind == "ereignis":
        raise Conflict(
            "entry_is_event",
            "Ereignisse hält das System fest; sie lassen sich nicht ändern. Schreiben Sie dazu "
            "einen eigenen Eintrag.",
        )
    if entry.author_id != principal.subject_id:
        raise Forbidden(
            "entry_not_yours",
            f"Diesen Eintrag hat {entry.author_name} geschrieben. Ändern kann ihn nur, wer ihn "
            "geschrieben hat. Schreiben Sie dazu einen eigenen Eintrag.",
        )


def _refuse_visibility(wanted: Visibility, scope: CaseScope) -> None:
    if not may_be(wanted, scope.side):
        detail = (
            "Interne Einträge gibt es nur im Beratungsteam. Was Sie hier schreiben, sehen beide "
            "Seiten."
        )
        raise invalid("visibility", "visibility_forbidden", detail)


def _refuse_taking_back(wanted: Visibility, entry: Entry) -> None:
    present: Any = entry.visibility
    if not can_become(wanted, present):
        raise Conflict(
            "entry_already_shared",
            "Dieser Eintrag ist schon gemeinsam: Die andere Seite kann ihn gelesen haben. Er "
            "lässt sich nicht mehr intern machen.",
        )


async def _find(session: AsyncSession, case_id: UUID, entry_id: UUID) -> Entry:
    entry = await repository.find(session, case_id, entry_id)
    if entry is None:
        raise NotFound("entry_unknown", "Diesen Eintrag gibt es in diesem Fall nicht.")
    return entry


async def _record(
    session: AsyncSession, principal: Principal, action: str, entry_id: UUID, fields: set[str]
) -> None:
    await audit.record(session, SCHEMA, principal, action, "entry", entry_id, sorted(fields))
