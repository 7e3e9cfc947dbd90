"""Use cases of cases: read, list, change, lead from state to state."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import Request as HttpRequest
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.base import SCHEMA
from services.consultation_api.cases import repository
from services.consultation_api.cases.documents import documents
from services.consultation_api.cases.repository import CaseFilter
from services.consultation_api.cases.rules import (
    STATE_LABELS,
    allowed_changes,
    change_to,
    explain_forbidden,
)
from services.consultation_api.cases.schemas import (
    Advisor,
    CaseBrief,
    CaseChange,
    CaseRead,
    StateChangeRead,
    StateWish,
)
from services.consultation_api.cases.scope import CaseScope, hold_alone, note_event, see
from services.consultation_api.identity.area_codes import outside
from services.consultation_api.identity.cursors import newest_before
from services.consultation_api.refusals import in_words, invalid, state_change_forbidden
from services.consultation_api.requests import service as requests
from services.consultation_api.sides import side_of_kind
from services.consultation_api.topics import service as topics
from services.consultation_api.topics.rules import PHASE_LABELS
from services.consultation_api.versions import require_current
from services.shared import audit
from services.shared.ids import new_id
from services.shared.paging import Page, Reason, cut, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Forbidden, NotFound


async def read(session: AsyncSession, principal: Principal, case_id: UUID) -> CaseRead:
    """A case; raises `NotFound` if there is none that the principal may see."""
    row = await repository.find(session, case_id)
    if row is None:
        raise NotFound("case_unknown", "Diesen Fall gibt es nicht.")
    brief = (await documents(session, principal, [row]))[0]
    agreement = await requests.read_agreement(session, row["agreement_id"])
    return CaseRead(**dict(brief), agreement=agreement)


async def list_cases(
    session: AsyncSession,
    principal: Principal,
    wanted: CaseFilter,
    *,
    cursor: str | None,
    limit: int,
) -> Page[CaseBrief]:
    """One page of the cases on which the principal's organisation is a side, newest first."""
    await _require_topic(session, wanted)
    rows = await repository.list_newest(
        session,
        side=side_of_kind(principal.organisation_kind),
        organisation_id=principal.organisation_id,
        wanted=wanted,
        before=newest_before(cursor),
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=await documents(session, principal, shown))
    if has_more:
        page.next = encode_cursor(str(shown[-1]["id"]))
    if not shown and cursor is None:
        page.reason = _why_empty(wanted)
    return page


async def all_cases(
    session: AsyncSession, principal: Principal, wanted: CaseFilter
) -> list[CaseBrief]:
    """All the cases that `list_cases` would show page by page."""
    await _require_topic(session, wanted)
    rows = await repository.list_newest(
        session,
        side=side_of_kind(principal.organisation_kind),
        organisation_id=principal.organisation_id,
        wanted=wanted,
        before=None,
        limit=None,
    )
    return await documents(session, principal, rows)


async def _require_topic(session: AsyncSession, wanted: CaseFilter) -> None:
    if wanted.topic is not None:
        await topics.require_known(session, [wanted.topic])


def _why_empty(wanted: CaseFilter) -> Reason:
    if wanted == CaseFilter():
        return Reason(
            code="no_case",
            detail="Es gibt noch keinen Fall.",
            suggestion="Ein Fall beginnt mit der Anfrage einer Kommune und ihrer Zustimmung zu "
            "einer Beratungsvereinbarung.",
        )
    return Reason(
        code="none_match",
        detail="Kein Fall passt zu dieser Auswahl.",
        suggestion="Suchen Sie mit einem Teil des Titels, des Aktenzeichens oder des Namens der "
        "Kommune, oder lassen Sie einen Filter weg.",
    )


async def list_state_changes(
    session: AsyncSession, principal: Principal, case_id: UUID
) -> list[StateChangeRead]:
    """How a case came to its state, from the beginning."""
    await see(session, principal, case_id)
    return [StateChangeRead(**row) for row in await repository.state_changes(session, case_id)]


async def list_advisors(
    session: AsyncSession, principal: Principal, case_id: UUID
) -> list[Advisor]:
    """Who of the team can advise in the case."""
    await see(session, principal, case_id)
    return [Advisor(**row) for row in await repository.advisors_of_own_team(session)]


async def change(
    session: AsyncSession,
    principal: Principal,
    case_id: UUID,
    wanted: CaseChange,
    http_request: HttpRequest,
) -> CaseRead:
    """Change the given fields of a case.

    Raises `NotFound`, `Conflict` (`case_closed`), `PreconditionFailed` with `current`,
    `Forbidden` (`advisor_by_team`) and `Invalid`.
    """
    scope = await hold_alone(session, principal, case_id)
    before = await read(session, principal, case_id)
    await require_current(http_request, scope.version, lambda: read(session, principal, case_id))
    changes = await _checked(session, principal, scope, wanted)
    changed = {name for name, value in changes.items() if value != _present(before, name)}
    if not changed:
        return before
    now = datetime.now(UTC)
    await _note_changes(session, principal, scope, changes, changed)
    await repository.change(session, case_id, changes, now)
    await _record(session, principal, "case.changed", case_id, changed)
    return await read(session, principal, case_id)


def _present(case: CaseRead, name: str) -> Any:
    if name in ("advisor_id", "advisor_name"):
        return getattr(case.advisor, name.removeprefix("advisor_"), None)
    if name == "topics":
        return [topic.code for topic in case.topics]
    return case.phase.code if name == "phase" else getattr(case, name)


async def _checked(
    session: AsyncSession, principal: Principal, scope: CaseScope, wanted: CaseChange
) -> dict[str, Any]:
    """The columns to write; raises `Invalid` or `Forbidden` for what must not be written."""
    changes = wanted.model_dump(exclude_unset=True)
    if "topics" in changes:
        await topics.require_known(session, changes["topics"])
    if "area_codes" in changes:
        roots = await repository.area_codes_of(session, scope.parties.organisation_id)
        beyond = outside(changes["area_codes"], roots)
        if beyond:
            raise invalid(
                "area_codes",
                "area_outside",
                f"Diese Gebiete gehören nicht zur Kommune: {', '.join(beyond)}.",
            )
    if "advisor_id" in changes:
        changes["advisor_name"] = await _advisor_name(session, principal, changes["advisor_id"])
    return changes


async def _advisor_name(
    session: AsyncSession, principal: Principal, advisor_id: UUID | None
) -> str | None:
    if not principal.has("cases:advise"):
        raise Forbidden(
            "advisor_by_team", "Wer berät, legt das Beratungsteam fest. Sprechen Sie es an."
        )
    if advisor_id is None:
        return None
    for advisor in await repository.advisors_of_own_team(session):
        if advisor["id"] == advisor_id:
            return str(advisor["name"])
    raise invalid("advisor_id", "advisor_unknown", "Diese Person berät nicht in Ihrem Team.")


async def _note_changes(
    session: AsyncSession,
    principal: Principal,
    scope: CaseScope,
    changes: dict[str, Any],
    changed: set[str],
) -> None:
    """Put on the timeline what both sides should see of a change."""
    if "phase" in changed:
        await note_event(session, principal, scope, f"Phase: {PHASE_LABELS[changes['phase']]}")
    if "advisor_id" in changed:
        name = changes["advisor_name"]
        title = "Ansprechperson im Team: noch offen" if name is None else f"Es berät: {name}"
        await note_event(session, principal, scope, title)


async def change_state(
    session: AsyncSession,
    principal: Principal,
    case_id: UUID,
    wanted: StateWish,
    http_request: HttpRequest,
) -> CaseRead:
    """Lead a case from its state to another.

    Raises `NotFound`, `Conflict` (`case_closed`, `state_change_forbidden` with the states that
    are allowed), `PreconditionFailed` with `current`, and `Invalid` (`reason_missing`).
    """
    scope = await hold_alone(session, principal, case_id)
    await require_current(http_request, scope.version, lambda: read(session, principal, case_id))
    step = change_to(wanted.state, scope.state, scope.side)
    if step is None:
        allowed = [item.to_state for item in allowed_changes(scope.state, scope.side)]
        detail = explain_forbidden(wanted.state, scope.state, scope.side)
        raise state_change_forbidden(
            f"{detail} {in_words(allowed, STATE_LABELS)}",
            scope.state,
            wanted.state,
            allowed,
            STATE_LABELS,
        )
    if step.needs_reason and wanted.reason is None:
        raise invalid("reason", "reason_missing", step.hint)
    await _write_state(session, principal, scope, wanted)
    await _record(session, principal, "case.state_changed", case_id, {"state"})
    return await read(session, principal, case_id)


async def _write_state(
    session: AsyncSession, principal: Principal, scope: CaseScope, wanted: StateWish
) -> None:
    """Write the state, how it came about, and what the timeline says of it."""
    now = datetime.now(UTC)
    # first of all: nothing is written into a case that has ended
    title = f"Stand: {STATE_LABELS[wanted.state]}"
    await note_event(session, principal, scope, title, wanted.reason or "")
    await repository.add_state_change(
        session,
        {
            "id": new_id(),
            **scope.columns(),
            "from_state": scope.state,
            "to_state": wanted.state,
            "reason": wanted.reason,
            "side": scope.side,
            "changed_by": principal.subject_id,
            "changed_by_name": principal.subject_name,
            "at": now,
        },
    )
    await repository.change(session, scope.id, {"state": wanted.state}, now)


async def _record(
    session: AsyncSession, principal: Principal, action: str, case_id: UUID, fields: set[str]
) -> None:
    await audit.record(session, SCHEMA, principal, action, "case", case_id, sorted(fields))
