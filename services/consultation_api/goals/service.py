"""Use cases of goals: propose, reword, confirm, decline, reach, give up."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import Request as HttpRequest
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.base import SCHEMA
from services.consultation_api.cases.scope import CaseScope, hold, note_event, see
from services.consultation_api.goals import repository
from services.consultation_api.goals.models import Goal
from services.consultation_api.goals.rules import (
    STATE_LABELS,
    can_be_reworded,
    is_own_proposal,
    may_become,
    waiting_for,
)
from services.consultation_api.goals.schemas import GoalRead, GoalStateWish
from services.consultation_api.identity.cursors import newest_before
from services.consultation_api.refusals import in_words, state_change_forbidden
from services.consultation_api.sides import SIDE_LABELS, Side, other_side
from services.consultation_api.versions import require_current
from services.consultation_api.wire import Coded
from services.shared import audit
from services.shared.ids import new_id
from services.shared.paging import Page, Reason, cut, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, Forbidden, NotFound


def _document(goal: Goal, side: Side) -> GoalRead:
    state: Any = goal.state
    proposer: Any = goal.proposed_by_side
    return GoalRead(
        id=goal.id,
        text=goal.text,
        state=Coded(code=state, label=STATE_LABELS[state]),
        proposed_by_side=proposer,
        proposed_by=goal.proposed_by_name,
        proposed_at=goal.proposed_at,
        confirmed_by=goal.confirmed_by_name,
        confirmed_at=goal.confirmed_at,
        reason=goal.reason,
        waiting_for=waiting_for(state, proposer),
        may=may_become(state, proposer, side),
        changed_at=goal.changed_at,
        version=goal.row_version,
    )


async def list_goals(
    session: AsyncSession, principal: Principal, case_id: UUID, *, cursor: str | None, limit: int
) -> Page[GoalRead]:
    """One page of the goals of a case."""
    scope = await see(session, principal, case_id)
    rows = await repository.list_goals(
        session, case_id, after=newest_before(cursor), limit=limit + 1
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=[_document(goal, scope.side) for goal in shown])
    if has_more:
        page.next = encode_cursor(str(shown[-1].id))
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_goal",
            detail="Es ist noch kein Ziel vorgeschlagen.",
            suggestion="Beide Seiten können Ziele vorschlagen; es gilt, was die andere bestätigt.",
        )
    return page


async def all_goals(session: AsyncSession, scope: CaseScope) -> list[GoalRead]:
    """All goals of a case."""
    goals = await repository.list_goals(session, scope.id, after=None, limit=None)
    return [_document(goal, scope.side) for goal in goals]


async def read(
    session: AsyncSession, principal: Principal, case_id: UUID, goal_id: UUID
) -> GoalRead:
    """A goal; raises `NotFound` if the case is not seen or has none with this id."""
    scope = await see(session, principal, case_id)
    return _document(await _find(session, case_id, goal_id), scope.side)


async def propose(
    session: AsyncSession, principal: Principal, case_id: UUID, words: str
) -> GoalRead:
    """Propose a goal to the other side."""
    scope = await hold(session, principal, case_id)
    goal_id = new_id()
    await repository.add(
        session,
        {"id": goal_id, **scope.columns(), "text": words, **_proposal(principal, scope)},
    )
    await _record(session, principal, "goal.proposed", goal_id, ["text"])
    return await read(session, principal, case_id, goal_id)


def _proposal(principal: Principal, scope: CaseScope) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "state": "vorgeschlagen",
        "proposed_by_side": scope.side,
        "proposed_by": principal.subject_id,
        "proposed_by_name": principal.subject_name,
        "proposed_at": now,
        "confirmed_by_side": None,
        "confirmed_by_name": None,
        "confirmed_at": None,
        "reason": None,
        "changed_at": now,
    }


async def reword(
    session: AsyncSession,
    principal: Principal,
    case_id: UUID,
    goal_id: UUID,
    words: str,
    http_request: HttpRequest,
) -> GoalRead:
    """Change a goal's text: it is proposed again, by who changes it, to the other side."""
    scope, goal = await _begin(session, principal, case_id, goal_id, http_request)
    state: Any = goal.state
    if not can_be_reworded(state):
        raise _forbidden(goal, "vorgeschlagen", scope.side)
    if words == goal.text:
        return _document(goal, scope.side)
    if goal.confirmed_at is not None:
        await note_event(
            session,
            principal,
            scope,
            "Vereinbartes Ziel neu gefasst",
            f"Bisher: {goal.text}\nNeu vorgeschlagen: {words}",
        )
    await repository.change(session, goal_id, {"text": words, **_proposal(principal, scope)})
    await _record(session, principal, "goal.reworded", goal_id, ["text", "state"])
    return await read(session, principal, case_id, goal_id)


async def change_state(
    session: AsyncSession,
    principal: Principal,
    case_id: UUID,
    goal_id: UUID,
    wanted: GoalStateWish,
    http_request: HttpRequest,
) -> GoalRead:
    """Confirm or decline what the other side proposed; reach or give up what was agreed.

    Raises `Forbidden` (`goal_own_proposal`) for an answer to one's own side's proposal, or to
    what one has proposed oneself while working for the other side; `Conflict`
    (`state_change_forbidden`), and as `hold` and `require_current` do.
    """
    scope, goal = await _begin(session, principal, case_id, goal_id, http_request)
    state: Any = goal.state
    proposer: Any = goal.proposed_by_side
    if is_own_proposal(wanted.state, state, proposer, scope.side):
        across = SIDE_LABELS[other_side(scope.side)]
        raise Forbidden(
            "goal_own_proposal",
            f"Ihre Seite hat dieses Ziel vorgeschlagen. Bestätigen oder ablehnen kann es nur die "
            f"andere Seite ({across}).",
            title="Ein Ziel bestätigt die andere Seite",
        )
    if wanted.state not in may_become(state, proposer, scope.side):
        raise _forbidden(goal, wanted.state, scope.side)
    is_answer = state == "vorgeschlagen" and scope.side != proposer
    if is_answer and goal.proposed_by == principal.subject_id:
        raise Forbidden(
            "goal_own_proposal",
            "Sie selbst haben dieses Ziel vorgeschlagen, für die andere Seite. Beantworten kann "
            "es nur jemand anders.",
            title="Ein Ziel bestätigt die andere Seite",
        )
    now = datetime.now(UTC)
    changes: dict[str, Any] = {
        "state": wanted.state,
        "reason": wanted.reason,
        "changed_at": now,
    }
    if wanted.state == "vereinbart":
        changes |= {
            "confirmed_by_side": scope.side,
            "confirmed_by_name": principal.subject_name,
            "confirmed_at": now,
        }
    await repository.change(session, goal_id, changes)
    words = goal.text if wanted.reason is None else f"{goal.text}\n\n{wanted.reason}"
    title = f"Ziel {STATE_LABELS[wanted.state].lower()}"
    await note_event(session, principal, scope, title, words)
    await _record(session, principal, "goal.state_changed", goal_id, ["state"])
    return await read(session, principal, case_id, goal_id)


async def _begin(
    session: AsyncSession,
    principal: Principal,
    case_id: UUID,
    goal_id: UUID,
    http_request: HttpRequest,
) -> tuple[CaseScope, Goal]:
    """The case and the goal, held, if the caller has read the goal's present version."""
    scope = await hold(session, principal, case_id)
    goal = await _find(session, case_id, goal_id, for_change=True)
    await require_current(
        http_request, goal.row_version, lambda: read(session, principal, case_id, goal_id)
    )
    return scope, goal


async def _find(
    session: AsyncSession, case_id: UUID, goal_id: UUID, *, for_change: bool = False
) -> Goal:
    goal = await repository.find(session, case_id, goal_id, for_change=for_change)
    if goal is None:
        raise NotFound("goal_unknown", "Dieses Ziel gibt es in diesem Fall nicht.")
    return goal


def _forbidden(goal: Goal, wanted: str, side: Side) -> Conflict:
    state: Any = goal.state
    proposer: Any = goal.proposed_by_side
    allowed = may_become(state, proposer, side)
    detail = f"Das Ziel ist „{STATE_LABELS[state]}“. {in_words(allowed, STATE_LABELS)}"
    return state_change_forbidden(detail, state, wanted, allowed, STATE_LABELS)


async def _record(
    session: AsyncSession, principal: Principal, action: str, goal_id: UUID, fields: list[str]
) -> None:
    await audit.record(session, SCHEMA, principal, action, "goal", goal_id, fields)
