"""SQL of cases. The policies of the database decide which rows there are.

What a case is said to hold (counts, next step, last activity) is taken from its rows at each
read, under those same policies: what the team keeps to itself leaves no trace in it for the
municipality.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.cases.models import AdviceCase, Entry, StateChange
from services.consultation_api.german_today import GERMAN_TODAY
from services.consultation_api.organisation_names import NAME_COLUMNS, name_joins
from services.consultation_api.sides import Side, own_column

_HEADS = f"""
    SELECT c.id, c.reference, c.request_id, c.agreement_id, c.organisation_id,
        c.team_organisation_id, c.title, c.state, c.phase, c.topics, c.area_codes, c.advisor_id,
        c.advisor_name, c.opened_at, c.changed_at, c.row_version,
        r.reference AS request_reference, {NAME_COLUMNS}
    FROM consultation.advice_case AS c
    JOIN consultation.request AS r ON r.id = c.request_id
    {name_joins("c")}
"""


def _with_contents(heads: str) -> str:
    """The cases of a query for `_HEADS`, each with what it holds; newest first."""
    return f"""
    SELECT c.*, g.goals_agreed, g.goals_waiting, t.open_tasks, t.overdue_tasks, e.entries,
        n.id AS next_id, n.title AS next_title, n.due_on AS next_due_on, n.side AS next_side,
        greatest(c.changed_at, g.changed_at, t.changed_at, e.changed_at) AS last_activity_at
    FROM ({heads}) AS c
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE state IN ('vereinbart', 'erreicht')) AS goals_agreed,
            count(*) FILTER (WHERE state = 'vorgeschlagen') AS goals_waiting,
            max(changed_at) AS changed_at
        FROM consultation.goal WHERE case_id = c.id
    ) AS g
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE state = 'offen') AS open_tasks,
            count(*) FILTER (WHERE state = 'offen' AND due_on < {GERMAN_TODAY}) AS overdue_tasks,
            max(changed_at) AS changed_at
        FROM consultation.task WHERE case_id = c.id
    ) AS t
    CROSS JOIN LATERAL (
        SELECT count(*) AS entries, max(changed_at) AS changed_at
        FROM consultation.entry WHERE case_id = c.id
    ) AS e
    LEFT JOIN LATERAL (
        SELECT id, title, due_on, side FROM consultation.task
        WHERE case_id = c.id AND state = 'offen'
        ORDER BY due_on NULLS LAST, id LIMIT 1
    ) AS n ON true
    ORDER BY c.id DESC
    """


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases a list shows; what is empty does not narrow it."""

    states: Sequence[str] = ()
    search: str | None = None
    topic: str | None = None
    advisor_id: UUID | None = None


async def find(session: AsyncSession, case_id: UUID) -> dict[str, Any] | None:
    """A case, or None if there is none that the principal may see."""
    rows = await session.execute(
        text(_with_contents(f"{_HEADS} WHERE c.id = :id")), {"id": case_id}
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def list_newest(
    session: AsyncSession,
    *,
    side: Side,
    organisation_id: UUID | None,
    wanted: CaseFilter,
    before: UUID | None,
    limit: int | None,
) -> list[dict[str, Any]]:
    """Up to `limit` cases of the organisation on its side, newest first."""
    conditions = [f"c.{own_column(side)} = :own"]
    values: dict[str, Any] = {"own": organisation_id, "limit": limit}
    for condition, name, value in (
        ("c.state = ANY(:states)", "states", list(wanted.states) or None),
        (":topic = ANY(c.topics)", "topic", wanted.topic),
        ("c.advisor_id = :advisor_id", "advisor_id", wanted.advisor_id),
        ("c.id < :before", "before", before),
        (
            "concat_ws(' ', c.title, c.reference, r.reference, r.subject, asked.name, team.name,"
            " c.advisor_name) ILIKE :search",
            "search",
            None if wanted.search is None else f"%{_escaped(wanted.search)}%",
        ),
    ):
        if value is not None:
            conditions.append(condition)
            values[name] = value
    # the page is cut before anything is counted
    heads = f"{_HEADS} WHERE {' AND '.join(conditions)} ORDER BY c.id DESC LIMIT :limit"
    rows = await session.execute(text(_with_contents(heads)), values)
    return [dict(row) for row in rows.mappings()]


def _escaped(search: str) -> str:
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def hold(session: AsyncSession, case_id: UUID, *, for_change: bool) -> dict[str, Any] | None:
    """What a case is now, kept so until the end of the transaction; None if there is none.

    `for_change`: nobody else may write in it meanwhile, not only change the case itself.
    """
    strength = "UPDATE" if for_change else "SHARE"
    rows = await session.execute(
        text(
            "SELECT id, reference, title, organisation_id, team_organisation_id, state,"
            f" row_version FROM consultation.advice_case WHERE id = :id FOR {strength}"
        ),
        {"id": case_id},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def look(session: AsyncSession, case_id: UUID) -> dict[str, Any] | None:
    """What a case is, without what belongs to it; None if there is none."""
    rows = await session.execute(
        text(
            "SELECT id, reference, title, organisation_id, team_organisation_id, state,"
            " row_version FROM consultation.advice_case WHERE id = :id"
        ),
        {"id": case_id},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def area_codes_of(session: AsyncSession, organisation_id: UUID) -> list[str]:
    """The roots of the areas that an organisation is responsible for."""
    rows = await session.execute(
        text("SELECT area_codes FROM identity.organisation_public WHERE id = :id"),
        {"id": organisation_id},
    )
    codes: list[str] = rows.scalar_one()
    return codes


async def advisors_of_own_team(session: AsyncSession) -> list[dict[str, Any]]:
    """The accounts (id, name) that may advise in the principal's own team."""
    rows = await session.execute(text("SELECT id, name FROM consultation.advisors_of_own_team()"))
    return [dict(row) for row in rows.mappings()]


async def state_changes(session: AsyncSession, case_id: UUID) -> list[dict[str, Any]]:
    """How a case came to its state, from the beginning."""
    rows = await session.execute(
        text(
            "SELECT from_state, to_state, reason, side, changed_by_name AS changed_by, at"
            " FROM consultation.state_change WHERE case_id = :case_id ORDER BY id"
        ),
        {"case_id": case_id},
    )
    return [dict(row) for row in rows.mappings()]


async def add(session: AsyncSession, values: dict[str, Any]) -> None:
    """Write a new case; the database demands the consented agreement."""
    await session.execute(insert(AdviceCase).values(**values))


async def change(
    session: AsyncSession, case_id: UUID, changes: dict[str, Any], at: datetime
) -> None:
    """Write changed fields of a case, as its next version."""
    await session.execute(
        update(AdviceCase)
        .where(AdviceCase.id == case_id)
        .values(**changes, changed_at=at, row_version=AdviceCase.row_version + 1)
    )


async def add_state_change(session: AsyncSession, values: dict[str, Any]) -> None:
    """Write who changed the state of a case."""
    await session.execute(insert(StateChange).values(**values))


async def add_entry(session: AsyncSession, values: dict[str, Any]) -> None:
    """Write an entry on a case's timeline."""
    await session.execute(insert(Entry).values(**values))


async def today(session: AsyncSession) -> date:
    """The date in Germany."""
    found: date = (await session.execute(text(f"SELECT {GERMAN_TODAY}"))).scalar_one()
    return found
