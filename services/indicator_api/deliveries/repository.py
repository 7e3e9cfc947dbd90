"""Deliveries in the database."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson
import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.beginning import first_day
from services.indicator_api.deliveries.checking.registers import MeasureEntry, Registers
from services.indicator_api.deliveries.findings import FindingList
from services.shared.database import driver_connection

_COLUMNS = """
    d.id, d.number, jsonb_build_object('code', s.code, 'title', s.title) AS dataset, d.filename,
    d.format, d.content_type, d.size_bytes, encode(d.sha256, 'hex') AS sha256, d.state,
    d.progress, d.counts, d.finding_counts, d.understood, d.subject_name AS delivered_by,
    o.name AS organisation, d.created_at, d.finished_at, d.failure, d.dataset_id, d.object_path,
    d.organisation_id, d.subject_id, d.options, d.is_dry_run, d.mapping, d.mapping_name,
    d.mapped_by, d.cells_path, d.findings_path, d.dry_run_id, d.replaced, d.confirmation,
    d.approval, d.withdrawal, d.waits_until, d.content_deleted_at, d.attempts, d.row_version,
    s.needs_approval,
    d.acting ->> 'subject_kind' AS subject_kind, d.mapped_with_key,
    COALESCE(identity.api_key_creator(d.subject_id), d.subject_id) AS sender_person,
    identity.api_key_creator(d.mapped_with_key) AS mapping_person,
    COALESCE(identity.api_key_creator(CAST(d.confirmation ->> 'by_id' AS uuid)),
        CAST(d.confirmation ->> 'by_id' AS uuid)) AS confirming_person,
    COALESCE(identity.api_key_creator(CAST(d.withdrawal ->> 'by_id' AS uuid)),
        CAST(d.withdrawal ->> 'by_id' AS uuid)) AS withdrawing_person
"""
_FROM = """
    FROM indicator.delivery AS d
    JOIN indicator.dataset AS s ON s.id = d.dataset_id
    JOIN identity.organisation_public AS o ON o.id = d.organisation_id
"""


async def add(session: AsyncSession, values: dict[str, Any]) -> None:
    """Add a received delivery; what tells of an earlier mapping may be left out."""
    left_out = dict.fromkeys(("mapping", "mapped_by", "mapped_with_key", "dry_run_id"))
    await session.execute(
        text(
            "INSERT INTO indicator.delivery (id, organisation_id, dataset_id, subject_id,"
            " subject_name, acting, filename, content_type, size_bytes, sha256, object_path,"
            " options, is_dry_run, mapping, mapping_name, mapped_by,"
            " mapped_with_key, dry_run_id)"
            " VALUES (:id, :organisation_id, :dataset_id, :subject_id, :subject_name,"
            " CAST(:acting AS jsonb), :filename, :content_type, :size_bytes, :sha256,"
            " :object_path, CAST(:options AS jsonb), :is_dry_run, CAST(:mapping AS jsonb),"
            " :mapping_name, :mapped_by, :mapped_with_key, :dry_run_id)"
        ),
        {name: _bindable(value) for name, value in (left_out | values).items()},
    )


def _bindable(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


async def find(session: AsyncSession, delivery_id: UUID) -> dict[str, Any] | None:
    """One delivery, or None if there is none that the principal may see."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} {_FROM} WHERE d.id = :id"), {"id": delivery_id}
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def list_in_order(
    session: AsyncSession,
    *,
    states: Collection[str],
    dataset: str | None,
    oldest_first: bool,
    after: int | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Up to `limit` deliveries behind the given number, the newest or the oldest first.

    `states`: only these; all, if it is empty.
    """
    conditions = ["true"]
    values: dict[str, Any] = {"limit": limit}
    if states:
        conditions.append("d.state = ANY(:states)")
        values["states"] = list(states)
    if dataset is not None:
        conditions.append("s.code = :dataset")
        values["dataset"] = dataset
    if after is not None:
        conditions.append(f"d.number {'>' if oldest_first else '<'} :after")
        values["after"] = after
    rows = await session.execute(
        text(
            f"SELECT {_COLUMNS} {_FROM} WHERE {' AND '.join(conditions)}"
            f" ORDER BY d.number {'' if oldest_first else 'DESC'} LIMIT :limit"
        ),
        values,
    )
    return [dict(row) for row in rows.mappings()]


async def lock(session: AsyncSession, delivery_id: UUID) -> dict[str, Any] | None:
    """One delivery as `find` gives it, kept from changing until the transaction ends."""
    await session.execute(
        text("SELECT FROM indicator.delivery WHERE id = :id FOR UPDATE"), {"id": delivery_id}
    )
    return await find(session, delivery_id)


async def change(session: AsyncSession, delivery_id: UUID, values: dict[str, Any]) -> None:
    """Write these columns of a delivery and raise its version."""
    written = []
    for column, value in values.items():
        is_document = isinstance(value, dict | list)
        written.append(
            f"{column} = CAST(:{column} AS jsonb)" if is_document else f"{column} = :{column}"
        )
    await session.execute(
        text(
            f"UPDATE indicator.delivery SET {', '.join(written)}, row_version = row_version + 1"
            " WHERE id = :id"
        ),
        {"id": delivery_id} | {name: _bindable(value) for name, value in values.items()},
    )


async def set_progress(
    session: AsyncSession, delivery_id: UUID, state: str, progress: dict[str, Any]
) -> bool:
    """Note what is being done; false if the delivery has ended already."""
    rows = await session.execute(
        text(
            "UPDATE indicator.delivery SET state = :state, progress = CAST(:progress AS jsonb)"
            " WHERE id = :id AND finished_at IS NULL RETURNING id"
        ),
        {"id": delivery_id, "state": state, "progress": orjson.dumps(progress).decode()},
    )
    return rows.first() is not None


async def finish(session: AsyncSession, delivery_id: UUID, values: dict[str, Any]) -> None:
    """Note the outcome; a delivery ends once."""
    columns = ["finished_at = now()", "waits_until = NULL", "progress = '{}'"]
    for column, value in values.items():
        is_document = isinstance(value, dict | list)
        columns.append(
            f"{column} = CAST(:{column} AS jsonb)" if is_document else f"{column} = :{column}"
        )
    await session.execute(
        text(
            f"UPDATE indicator.delivery SET {', '.join(columns)}, row_version = row_version + 1"
            " WHERE id = :id AND finished_at IS NULL"
        ),
        {"id": delivery_id} | {name: _bindable(value) for name, value in values.items()},
    )


async def add_findings(session: AsyncSession, delivery_id: UUID, findings: FindingList) -> None:
    """Store the findings in the order of the file's rows."""
    ordered = sorted(findings.items, key=lambda item: (item.row or 0, item.code))
    # COPY into a table under row-level security is refused: stage, then insert.
    await session.execute(
        text(
            "CREATE TEMPORARY TABLE staged_finding (ordinal integer, row_number bigint,"
            " column_name text, value text, severity text, code text, detail text, remedy text,"
            " detail_en text, remedy_en text)"
            " ON COMMIT DROP"
        )
    )
    connection = await driver_connection(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy("COPY staged_finding FROM STDIN") as copy,
    ):
        for ordinal, item in enumerate(ordered):
            await copy.write_row(
                (
                    ordinal,
                    item.row,
                    item.column,
                    item.value,
                    item.kind.severity,
                    item.code,
                    item.detail(),
                    item.remedy(),
                    item.detail_en(),
                    item.remedy_en(),
                )
            )
    await session.execute(
        text(
            "INSERT INTO indicator.delivery_finding (delivery_id, ordinal, row_number,"
            " column_name, value, severity, code, detail, remedy, detail_en, remedy_en)"
            " SELECT :id, ordinal, row_number, column_name, value, severity, code, detail, remedy,"
            " detail_en, remedy_en FROM staged_finding"
        ),
        {"id": delivery_id},
    )


async def list_findings(
    session: AsyncSession,
    delivery_id: UUID,
    *,
    code: str | None,
    severity: str | None,
    in_english: bool,
    after: int,
    limit: int,
) -> list[dict[str, Any]]:
    """Up to `limit` findings of a delivery in the order of its rows.

    What was found before findings were told in English as well is told in German.
    """
    conditions = ["delivery_id = :id", "ordinal > :after"]
    values: dict[str, Any] = {"id": delivery_id, "after": after, "limit": limit}
    for name, value in (("code", code), ("severity", severity)):
        if value is not None:
            conditions.append(f"{name} = :{name}")
            values[name] = value
    words = (
        "COALESCE(NULLIF(detail_en, ''), detail) AS detail,"
        " COALESCE(NULLIF(remedy_en, ''), remedy) AS remedy"
    )
    rows = await session.execute(
        text(
            'SELECT ordinal, row_number AS row, column_name AS "column", value, severity, code,'
            f" {words if in_english else 'detail, remedy'}"
            f" FROM indicator.delivery_finding WHERE {' AND '.join(conditions)}"
            " ORDER BY ordinal LIMIT :limit"
        ),
        values,
    )
    return [dict(row) for row in rows.mappings()]


async def overdue(session: AsyncSession) -> list[UUID]:
    """The deliveries, of all organisations, that nobody decided on in time."""
    rows = await session.execute(text("SELECT indicator.overdue_deliveries()"))
    return list(rows.scalars())


async def unsearched(session: AsyncSession, days: int) -> list[UUID]:
    """The deliveries, of all organisations, whose files could not be read so many days ago."""
    rows = await session.execute(
        text("SELECT indicator.unsearched_deliveries(make_interval(days => :days))"),
        {"days": days},
    )
    return list(rows.scalars())


async def load_registers(
    session: AsyncSession, allowed_roots: list[str], dataset_root: str
) -> Registers:
    """The registers a delivery is checked against; see `Registers`."""
    areas = await session.execute(
        text(
            """
            WITH version AS (
                SELECT a.id, a.code, a.ars, a.name, a.kind, a.valid_from, a.valid_to,
                    a.lineage && ARRAY(SELECT r.id FROM indicator.area AS r
                                       WHERE r.code = ANY(:roots))
                    AND a.lineage && ARRAY(SELECT r.id FROM indicator.area AS r
                                           WHERE r.code = :dataset_root) AS is_allowed
                FROM indicator.area AS a
            )
            SELECT code AS area_key, id, name, kind, valid_from, valid_to, is_allowed
            FROM version
            UNION ALL
            SELECT v.ars, v.id, v.name, v.kind, v.valid_from, v.valid_to, v.is_allowed
            FROM version AS v
            WHERE v.ars IS NOT NULL
                AND NOT EXISTS (SELECT FROM indicator.area AS o WHERE o.code = v.ars)
                -- where several levels share an ARS, the lowest one is meant
                AND NOT EXISTS (
                    SELECT FROM version AS o
                    WHERE o.ars = v.ars AND length(o.code) > length(v.code)
                )
            """
        ),
        {"roots": allowed_roots, "dataset_root": dataset_root},
    )
    frame = pl.DataFrame(
        [tuple(row) for row in areas],
        schema={
            "area_key": pl.String,
            "area_id": pl.Int32,
            "area_name": pl.String,
            "area_kind": pl.String,
            "valid_from": pl.Date,
            "valid_to": pl.Date,
            "is_allowed": pl.Boolean,
        },
        orient="row",
    )
    measures = await session.execute(
        text(
            "SELECT m.code AS key, m.id, m.code, m.name, m.kind, 1 AS rank"
            " FROM indicator.measure AS m"
            " UNION ALL SELECT c.source_code, m.id, m.code, m.name, m.kind, 2"
            " FROM indicator.measure_source_code AS c"
            " JOIN indicator.measure AS m ON m.id = c.measure_id"
            # tables for people name measures by their labels; a name that two share names none
            " UNION ALL SELECT min(m.name), min(m.id), min(m.code), min(m.name), min(m.kind), 3"
            " FROM indicator.measure AS m GROUP BY m.name HAVING count(*) = 1 ORDER BY rank"
        )
    )
    by_key: dict[str, MeasureEntry] = {}
    for row in measures:
        by_key.setdefault(row.key, MeasureEntry(row.id, row.code, row.name, row.kind))
    kinds = await session.execute(
        text("SELECT code, plural FROM indicator.area_kind ORDER BY rank")
    )
    return Registers(
        areas=frame,
        measures=by_key,
        kind_labels=dict(kinds.all()),
        roots=tuple(allowed_roots),
        first_day=await first_day(session),
    )


async def raise_dataset_version(session: AsyncSession, dataset_id: int) -> None:
    """Note that a dataset's facts have changed."""
    await session.execute(
        text("UPDATE indicator.dataset SET version = version + 1 WHERE id = :id"),
        {"id": dataset_id},
    )
