"""Refusing a file with data of persons: its content goes, that it came stays on record.

Three steps, each safe to do again: it is written down that the content is to go, the content is
deleted, the delivery ends. A worker that is killed between them finds by the first what to do.
"""

from typing import Any

import orjson
from sqlalchemy import text

from services.indicator_api.deliveries import outcomes, turns
from services.indicator_api.deliveries.findings import Finding, FindingList
from services.indicator_api.deliveries.spool import forget
from services.indicator_api.jobs import JobContext
from services.shared import audit
from services.shared.principal import Principal


def is_to_be_deleted(delivery: dict[str, Any]) -> bool:
    """Whether an earlier attempt found data of persons and did not get to the end."""
    return delivery["content_deleted_at"] is not None


async def note_person_data(
    context: JobContext, principal: Principal, delivery: dict[str, Any], finding: Finding
) -> bool:
    """Write down what was found; false if somebody else has taken the delivery over."""
    findings = FindingList()
    findings.add(finding)
    async with context.database.write_session(principal) as session:
        rows = await session.execute(
            text(
                "UPDATE indicator.delivery SET content_deleted_at = now(),"
                " finding_counts = CAST(:counts AS jsonb)"
                " WHERE id = :id AND row_version = :token RETURNING id"
            ),
            {
                "id": delivery["id"],
                "token": delivery["row_version"],
                "counts": orjson.dumps(findings.summary()).decode(),
            },
        )
        if rows.first() is None:
            return False
        await outcomes.replace_findings(session, delivery["id"], findings)
        await audit.record(
            session,
            "indicator",
            principal,
            "delivery.person_data_refused",
            "delivery",
            delivery["id"],
        )
    return True


async def delete_content(
    context: JobContext, principal: Principal, delivery: dict[str, Any]
) -> None:
    """Delete the file and what was made of it, and end the delivery."""
    await forget(context.objects, delivery["object_path"])
    for made in (delivery["cells_path"], delivery["findings_path"]):
        if made is not None:
            await forget(context.objects, made)
    values: dict[str, Any] = {
        "state": "rejected",
        "understood": {},
        "counts": {},
        "cells_path": None,
        "findings_path": None,
    }
    async with context.database.write_session(principal) as session:
        if await outcomes.conclude(session, delivery, values):
            await turns.pass_turn(session, context.jobs, delivery["dataset_id"])
