"""SQL of what waits. The policies of the database decide which rows there are."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.german_today import GERMAN_TODAY
from services.consultation_api.sides import Side, own_column

# A request waits for the team until it has an agreement, and for whoever was spoken to last;
# an agreement waits for the municipality.
_REQUESTS = """
    SELECT CASE
            WHEN r.state = 'angeboten' AND :side = 'kommune' THEN 'agreement_to_consent'
            WHEN is_asked THEN 'request_message'
            ELSE 'request_new'
        END AS kind,
        r.id AS record_id, r.subject AS title,
        CASE WHEN is_asked THEN m.text ELSE r.text END AS detail,
        NULL::date AS due_on, greatest(m.at, a.proposed_at, r.created_at) AS at,
        r.id AS request_id, NULL::uuid AS case_id, r.reference, r.organisation_id
    FROM consultation.request AS r
    LEFT JOIN LATERAL (
        SELECT side, text, at FROM consultation.request_message
        WHERE request_id = r.id ORDER BY id DESC LIMIT 1
    ) AS m ON true
    LEFT JOIN LATERAL (
        SELECT proposed_at FROM consultation.agreement
        WHERE request_id = r.id ORDER BY version DESC LIMIT 1
    ) AS a ON true
    CROSS JOIN LATERAL (SELECT coalesce(m.side <> :side, false) AS is_asked) AS x
    WHERE r.{own_column} = :own AND r.state IN ('eingegangen', 'angeboten')
        AND (is_asked
             OR r.state = CASE :side WHEN 'kommune' THEN 'angeboten' ELSE 'eingegangen' END)
"""
_GOALS = """
    SELECT 'goal_to_confirm', g.id, c.title, g.text, NULL::date, g.proposed_at, NULL::uuid, c.id,
        c.reference, c.organisation_id
    FROM consultation.goal AS g
    JOIN consultation.advice_case AS c ON c.id = g.case_id
    WHERE g.{own_column} = :own AND g.state = 'vorgeschlagen' AND g.proposed_by_side <> :side
        AND c.state IN ('vereinbart', 'laufend', 'ruhend')
"""
_TASKS = """
    SELECT 'task', t.id, t.title, c.title, t.due_on, t.created_at, NULL::uuid, c.id, c.reference,
        c.organisation_id
    FROM consultation.task AS t
    JOIN consultation.advice_case AS c ON c.id = t.case_id
    WHERE t.{own_column} = :own AND t.state = 'offen' AND t.side = :side
        AND c.state IN ('vereinbart', 'laufend', 'ruhend')
"""
_ORDER = "(NOT is_overdue), coalesce(due_on, '9999-12-31'), at, record_id"


async def list_waiting(
    session: AsyncSession,
    side: Side,
    own: UUID | None,
    *,
    after: list[Any] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Up to `limit` things that wait for the organisation: overdue, then due, then the oldest.

    They come after the given (is not overdue, due date or `date.max`, at, record id).
    """
    position = ""
    values: dict[str, Any] = {"side": side, "own": own, "limit": limit}
    parts = " UNION ALL ".join(
        part.format(own_column=own_column(side)) for part in (_REQUESTS, _GOALS, _TASKS)
    )
    if after is not None:
        position = f"WHERE ({_ORDER}) > (:after_0, CAST(:after_1 AS date), :after_2, :after_3)"
        values |= {f"after_{number}": part for number, part in enumerate(after)}
    rows = await session.execute(
        text(
            f"""
            SELECT w.*, o.name AS organisation_name, o.short_name AS organisation_short_name
            FROM (
                SELECT *, (due_on < {GERMAN_TODAY}) IS TRUE AS is_overdue
                FROM ({parts}) AS everything
            ) AS w
            JOIN identity.organisation_public AS o ON o.id = w.organisation_id
            {position}
            ORDER BY {_ORDER} LIMIT :limit
            """
        ),
        values,
    )
    return [dict(row) for row in rows.mappings()]
