"""The minimum count of a dataset: a rule of protection, read and written as one number.

The rule (kind `minimum_count`, all measures) is the only truth; the number is a convenience.
0 stands for a rule that is switched off: the source has protected its figures itself.
"""

from collections.abc import Sequence

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.shared import audit
from services.shared.ids import new_id
from services.shared.principal import Principal

EMPLOYMENT_AGENCY = "Bundesagentur für Arbeit, Regelungen zur statistischen Geheimhaltung"
_AT_SOURCE = "Die Quelle veröffentlicht ihre Zahlen bereits geschützt."
_OF_HOLDER = "Von der Stelle festgelegt, die den Datenbestand führt."
_DEFAULT = 3


async def of_datasets(session: AsyncSession, dataset_ids: Sequence[int]) -> dict[int, int]:
    """The minimum count of each dataset: its own rule's, else the one that holds for all."""
    rows = await session.execute(
        text(
            """
            SELECT DISTINCT ON (d.id) d.id,
                CASE WHEN r.is_active THEN (r.parameters ->> 'threshold')::integer ELSE 0 END
            FROM indicator.dataset AS d
            LEFT JOIN indicator.protection_rule AS r
                ON r.kind = 'minimum_count' AND r.measure_id IS NULL
                AND (r.dataset_id = d.id
                    OR r.dataset_id IS NULL AND (r.source IS NULL OR r.source = d.source))
            WHERE d.id = ANY(:ids)
            ORDER BY d.id, r.dataset_id NULLS LAST, r.source NULLS LAST
            """
        ),
        {"ids": list(dataset_ids)},
    )
    return {row[0]: row[1] for row in rows}


async def write(session: AsyncSession, principal: Principal, dataset_id: int, minimum: int) -> None:
    """Make this the dataset's minimum count, unless it is already."""
    rows = await session.execute(
        text(
            "SELECT id, parameters, is_active FROM indicator.protection_rule"
            " WHERE dataset_id = :dataset AND measure_id IS NULL AND kind = 'minimum_count'"
            " FOR UPDATE"
        ),
        {"dataset": dataset_id},
    )
    found = rows.first()
    before: dict[str, int] | None = None
    rule_id = new_id()
    if found is not None:
        rule_id, before, is_active = found
        if before and minimum == (before["threshold"] if is_active else 0):
            return
    values = {
        "id": rule_id,
        "dataset": dataset_id,
        "parameters": orjson.dumps(_parameters(minimum, before)).decode(),
        "source_text": {0: _AT_SOURCE, _DEFAULT: EMPLOYMENT_AGENCY}.get(minimum, _OF_HOLDER),
        "is_active": minimum > 0,
        "by": principal.subject_name,
        "subject": principal.subject_id,
    }
    statement = (
        "INSERT INTO indicator.protection_rule (id, dataset_id, kind, parameters, source_text,"
        " is_active, changed_by, changed_subject) VALUES (:id, :dataset, 'minimum_count',"
        " CAST(:parameters AS jsonb), :source_text, :is_active, :by, :subject)"
        if found is None
        else "UPDATE indicator.protection_rule SET parameters = CAST(:parameters AS jsonb),"
        " source_text = :source_text, is_active = :is_active, changed_by = :by,"
        " changed_subject = :subject WHERE id = :id AND dataset_id = :dataset"
    )
    await session.execute(text(statement), values)
    await audit.record(
        session,
        "indicator",
        principal,
        "protection_rule.changed",
        "protection_rule",
        rule_id,
        ["parameters", "source_text", "is_active"],
    )


def _parameters(minimum: int, before: dict[str, int] | None) -> dict[str, int]:
    """Threshold and width; a width that somebody chose apart from the threshold stays."""
    if minimum == 0:
        return before or {"threshold": _DEFAULT, "width": _DEFAULT}
    is_chosen = before is not None and before["width"] != before["threshold"]
    return {"threshold": minimum, "width": before["width"] if before and is_chosen else minimum}
