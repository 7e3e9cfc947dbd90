"""What the worker writes down about a delivery, so that it ends once, however often it is run.

Who takes a delivery up gets a token: the delivery's version at that moment. A worker taken for dead
that still lives finds its token outdated, and writes nothing.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries import repository
from services.indicator_api.deliveries.findings import FindingList

DAYS_TO_DECIDE = 30
WAITING_STATES = frozenset({"asking", "confirming", "approving"})
GIVEN_UP_STATES = frozenset({"discarded", "expired"})
ENDED_STATES = frozenset({"accepted", "checked", "rejected", "failed"})


class TakenOverError(Exception):
    """Somebody else works on this delivery, or it has ended: all of this run is undone."""


async def begin(
    session: AsyncSession, delivery_id: UUID, step: str, states: Collection[str]
) -> dict[str, Any] | None:
    """Take a delivery up that is in one of these states; None if that was done already.

    It is then in the state `step` (checking, loading, withdrawing). Its `row_version` is the
    token, its `attempts` at this step count this one.
    """
    rows = await session.execute(
        text(
            "UPDATE indicator.delivery SET state = :step, attempts = attempts + 1,"
            " row_version = row_version + 1, progress = CAST(:progress AS jsonb)"
            " WHERE id = :id AND state = ANY(:states) RETURNING id"
        ),
        {
            "id": delivery_id,
            "step": step,
            "states": list(states),
            "progress": _document(_progress(step, 0, 0)),
        },
    )
    return None if rows.first() is None else await repository.find(session, delivery_id)


async def note_progress(
    session: AsyncSession, delivery: Mapping[str, Any], step: str, done: int, total: int
) -> bool:
    """Say how many rows are done; false if somebody else has taken the delivery over."""
    rows = await session.execute(
        text(
            "UPDATE indicator.delivery SET progress = CAST(:progress AS jsonb)"
            " WHERE id = :id AND row_version = :token RETURNING id"
        ),
        {
            "id": delivery["id"],
            "token": delivery["row_version"],
            "progress": _document(_progress(step, done, total)),
        },
    )
    return rows.first() is not None


async def conclude(
    session: AsyncSession, delivery: Mapping[str, Any], values: Mapping[str, Any]
) -> bool:
    """Write what became of a delivery, `state` among it; false if the token is outdated.

    `finished_at` is set with a state that is an end, unless it is given; a state in which the
    delivery waits for a person gets its last day.
    """
    state = values["state"]
    columns = ["progress = '{}'", "row_version = row_version + 1", "attempts = 0"]
    if state in ENDED_STATES and "finished_at" not in values:
        columns.append("finished_at = now()")
    if state in WAITING_STATES:
        columns.append(f"waits_until = now() + interval '{DAYS_TO_DECIDE} days'")
    bound: dict[str, Any] = {"id": delivery["id"], "token": delivery["row_version"]}
    for column, value in values.items():
        is_document = isinstance(value, dict | list)
        columns.append(
            f"{column} = CAST(:{column} AS jsonb)" if is_document else f"{column} = :{column}"
        )
        bound[column] = _document(value) if is_document else value
    rows = await session.execute(
        text(
            f"UPDATE indicator.delivery SET {', '.join(columns)}"
            " WHERE id = :id AND row_version = :token RETURNING id"
        ),
        bound,
    )
    return rows.first() is not None


async def replace_findings(session: AsyncSession, delivery_id: UUID, findings: FindingList) -> None:
    """Store the findings of this check in place of those of an earlier one."""
    await session.execute(
        text("DELETE FROM indicator.delivery_finding WHERE delivery_id = :id"), {"id": delivery_id}
    )
    await repository.add_findings(session, delivery_id, findings)


async def replaced_deliveries(
    session: AsyncSession, cells_by_number: Mapping[int, int]
) -> list[dict[str, Any]]:
    """The earlier deliveries (of one's own) whose cells were replaced, the newest first."""
    rows = await session.execute(
        text(
            "SELECT d.number, d.id, d.filename, d.subject_name AS delivered_by, d.created_at"
            " FROM indicator.delivery AS d WHERE d.number = ANY(:numbers) ORDER BY d.number DESC"
        ),
        {"numbers": list(cells_by_number)},
    )
    return [dict(row) | {"cells": cells_by_number[row["number"]]} for row in rows.mappings()]


_LABELS = {
    "checking": "Die Datei wird geprüft",
    "loading": "Die Werte werden übernommen",
    "withdrawing": "Die Lieferung wird zurückgenommen",
}


def _progress(step: str, done: int, total: int) -> dict[str, Any]:
    return {"step": step, "label": _LABELS[step], "done": done, "total": max(total, done)}


def _document(value: Any) -> str:
    return orjson.dumps(value).decode()
