"""Use cases of requests: ask, talk, propose an agreement, decline, withdraw.

Consent is a use case of cases: with it one begins.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import Request as HttpRequest
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.base import SCHEMA
from services.consultation_api.identity.area_codes import outside
from services.consultation_api.identity.cursors import newest_before
from services.consultation_api.refusals import in_words, invalid, state_change_forbidden
from services.consultation_api.requests import repository
from services.consultation_api.requests.documents import agreement_document, documents
from services.consultation_api.requests.rules import (
    OPEN_STATES,
    STATE_LABELS,
    STEPS,
    Action,
    RequestState,
    allowed_states,
    allows,
    draft_agreement,
)
from services.consultation_api.requests.schemas import AgreementRead, RequestCreate, RequestRead
from services.consultation_api.sides import Parties, side_of_kind
from services.consultation_api.topics import service as topics
from services.consultation_api.versions import require_current
from services.shared import audit
from services.shared.ids import new_id
from services.shared.paging import Page, Reason, cut, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, NotFound


async def read(session: AsyncSession, principal: Principal, request_id: UUID) -> RequestRead:
    """A request; raises `NotFound` if there is none that the principal may see."""
    row = await _find(session, request_id)
    return (await documents(session, principal, [row]))[0]


async def list_requests(
    session: AsyncSession,
    principal: Principal,
    *,
    states: Sequence[RequestState],
    cursor: str | None,
    limit: int,
) -> Page[RequestRead]:
    """One page of the requests on which the principal's organisation is a side."""
    rows = await repository.list_newest(
        session,
        side=side_of_kind(principal.organisation_kind),
        organisation_id=principal.organisation_id,
        states=states,
        before=newest_before(cursor),
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=await documents(session, principal, shown))
    if has_more:
        page.next = encode_cursor(str(shown[-1]["id"]))
    if not shown and cursor is None:
        page.reason = _why_empty(bool(states), principal)
    return page


def _why_empty(is_filtered: bool, principal: Principal) -> Reason:
    if is_filtered:
        return Reason(
            code="none_match",
            detail="Keine Anfrage passt zu dieser Auswahl.",
            suggestion="Lassen Sie die Auswahl nach dem Stand weg.",
        )
    if principal.has("requests:create"):
        return Reason(
            code="no_request",
            detail="Sie haben noch keine Beratung angefragt.",
            suggestion="Schreiben Sie in eigenen Worten, worum es geht: Beratung ist freiwillig "
            "und kostenlos.",
        )
    return Reason(code="no_request", detail="Es ist noch keine Anfrage eingegangen.")


async def create(session: AsyncSession, principal: Principal, wanted: RequestCreate) -> RequestRead:
    """Ask for advice.

    Raises `Invalid`: `topic_unknown`, `area_needed`, `area_outside`, `team_unknown`,
    `team_needed`.
    """
    await topics.require_known(session, wanted.topics)
    area_codes = wanted.area_codes or list(principal.area_codes)
    if not area_codes:
        raise invalid("area_codes", "area_needed", "Nennen Sie, um welche Gebiete es geht.")
    beyond = outside(area_codes, principal.area_codes)
    if beyond:
        raise invalid(
            "area_codes",
            "area_outside",
            f"Für diese Gebiete sind Sie nicht zuständig: {', '.join(beyond)}.",
        )
    team_id = await _team(session, area_codes, wanted.team_id)
    request_id, now = new_id(), datetime.now(UTC)
    await repository.add(
        session,
        {
            "id": request_id,
            "reference": await repository.next_reference(session, "A", now),
            "organisation_id": principal.organisation_id,
            "team_organisation_id": team_id,
            "state": "eingegangen",
            "subject": wanted.subject,
            "text": wanted.text,
            "topics": wanted.topics,
            "area_codes": area_codes,
            "created_by": principal.subject_id,
            "created_by_name": principal.subject_name,
            "created_at": now,
        },
    )
    await _record(session, principal, "request.created", request_id, wanted.model_fields_set)
    return await read(session, principal, request_id)


async def _team(session: AsyncSession, area_codes: Sequence[str], wanted: UUID | None) -> UUID:
    """The team that advises in these areas: the one there is, or the one that was chosen."""
    teams = await repository.teams_for(session, area_codes)
    found = [team for team in teams if wanted in (None, team["id"])]
    if not found:
        raise invalid(
            "team_id",
            "team_unknown",
            "Für diese Gebiete berät zurzeit kein Team. Wenden Sie sich an die Ansprechperson, "
            "die am Fuß jeder Seite steht.",
        )
    if len(found) > 1:
        names = ", ".join(f"{team['name']} ({team['id']})" for team in found)
        raise invalid(
            "team_id", "team_needed", f"Hier beraten mehrere Teams. Wählen Sie eines: {names}."
        )
    chosen: UUID = found[0]["id"]
    return chosen


async def add_message(
    session: AsyncSession, principal: Principal, request_id: UUID, words: str
) -> RequestRead:
    """Say something to the other side; raises `Conflict` once the request is decided."""
    row = await lock(session, request_id)
    if row["state"] not in OPEN_STATES:
        raise Conflict(
            "request_closed",
            "Diese Anfrage ist entschieden. Ist ein Fall daraus geworden, geht das Gespräch "
            "dort weiter.",
            state=row["state"],
        )
    await repository.add_message(
        session,
        {
            "id": new_id(),
            "request_id": request_id,
            **Parties.of(row).columns(),
            "side": Parties.of(row).side_of(principal.organisation_id),
            "author_id": principal.subject_id,
            "author_name": principal.subject_name,
            "text": words,
            "at": datetime.now(UTC),
        },
    )
    await _record(session, principal, "request.message_added", request_id, ["text"])
    return await read(session, principal, request_id)


async def draft(session: AsyncSession, principal: Principal, request_id: UUID) -> str:
    """The text of an agreement to start from, written from the request."""
    request = await read(session, principal, request_id)
    return draft_agreement(
        municipality=request.organisation.name,
        team=request.team.name,
        subject=request.subject,
        topics=[topic.label for topic in request.topics],
        area_codes=request.area_codes,
        on=datetime.now(UTC).date(),
    )


async def propose_agreement(
    session: AsyncSession,
    principal: Principal,
    request_id: UUID,
    words: str,
    http_request: HttpRequest,
) -> RequestRead:
    """Propose an agreement, or another in its place while there is no consent."""
    row = await begin_step(session, principal, request_id, "propose_agreement", http_request)
    latest = (await repository.latest_agreements(session, [request_id])).get(request_id)
    await repository.add_agreement(
        session,
        {
            "id": new_id(),
            "request_id": request_id,
            **Parties.of(row).columns(),
            "version": 1 if latest is None else latest.version + 1,
            "text": words,
            "proposed_by": principal.subject_id,
            "proposed_by_name": principal.subject_name,
            "proposed_at": datetime.now(UTC),
        },
    )
    await repository.change(session, request_id, {"state": "angeboten"})
    await _record(session, principal, "request.agreement_proposed", request_id, ["agreement"])
    return await read(session, principal, request_id)


async def close(
    session: AsyncSession,
    principal: Principal,
    request_id: UUID,
    action: Action,
    reason: str | None,
    http_request: HttpRequest,
) -> RequestRead:
    """Decline (the team) or withdraw (the municipality) a request that has no case yet."""
    await begin_step(session, principal, request_id, action, http_request)
    await repository.change(
        session,
        request_id,
        {
            "state": STEPS[action].to_state,
            "decision_reason": reason,
            "decided_by_name": principal.subject_name,
            "decided_at": datetime.now(UTC),
        },
    )
    await _record(session, principal, f"request.{action}", request_id, ["state"])
    return await read(session, principal, request_id)


async def begin_step(
    session: AsyncSession,
    principal: Principal,
    request_id: UUID,
    action: Action,
    http_request: HttpRequest,
) -> dict[str, Any]:
    """The request's row, locked, if the step may be taken now by the principal's side.

    Raises `NotFound`, `PreconditionRequired`, `PreconditionFailed` (with `current`), and
    `Conflict` (`state_change_forbidden`, with the states that are allowed).
    """
    row = await lock(session, request_id)
    await require_current(
        http_request, row["row_version"], lambda: read(session, principal, request_id)
    )
    side, state = Parties.of(row).side_of(principal.organisation_id), row["state"]
    if not allows(action, state, side):
        allowed = allowed_states(state, side)
        detail = f"Die Anfrage ist „{STATE_LABELS[state]}“. {in_words(allowed, STATE_LABELS)}"
        wanted = STEPS[action].to_state
        raise state_change_forbidden(detail, state, wanted, allowed, STATE_LABELS)
    return row


async def record_consent(
    session: AsyncSession, principal: Principal, request_id: UUID, version: int, at: datetime
) -> UUID:
    """Consent to the agreement in this version; its id.

    Raises `Conflict` (`agreement_changed`) if it is not the one that stands now.
    """
    agreement = (await repository.latest_agreements(session, [request_id]))[request_id]
    if agreement.version != version:
        raise Conflict(
            "agreement_changed",
            "Die Vereinbarung wurde inzwischen geändert. Lesen Sie die neue Fassung, bevor Sie "
            "zustimmen.",
            agreement_version=agreement.version,
        )
    await repository.consent(
        session, agreement.id, principal.subject_id, principal.subject_name, at
    )
    await _record(session, principal, "request.consented", request_id, ["agreement"])
    return agreement.id


async def read_agreement(session: AsyncSession, agreement_id: UUID) -> AgreementRead:
    """The agreement that a case rests on, whatever was proposed beside it."""
    return agreement_document(await repository.read_agreement(session, agreement_id))


async def next_reference(session: AsyncSession, kind: str, at: datetime) -> str:
    """The next human reference of this kind in the year of `at`, such as B-2026-0001."""
    return await repository.next_reference(session, kind, at)


async def accept(
    session: AsyncSession, principal: Principal, request_id: UUID, case_id: UUID
) -> None:
    """Note the case that has begun with the request."""
    await repository.change(session, request_id, {"state": "angenommen", "case_id": case_id})
    await _record(session, principal, "request.accepted", request_id, ["state", "case_id"])


async def lock(session: AsyncSession, request_id: UUID) -> dict[str, Any]:
    """The request's row, kept from others' changes until the end of the transaction."""
    await _find(session, request_id)
    await repository.lock(session, request_id)
    return await _find(session, request_id)


async def _find(session: AsyncSession, request_id: UUID) -> dict[str, Any]:
    row = await repository.find(session, request_id)
    if row is None:
        raise NotFound("request_unknown", "Diese Anfrage gibt es nicht.")
    return row


async def _record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    request_id: UUID,
    fields: Collection[str],
) -> None:
    await audit.record(session, SCHEMA, principal, action, "request", request_id, sorted(fields))
