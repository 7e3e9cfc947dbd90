"""Planning what a release will show: which facts it takes, which it hides and why.

Only what is not hidden is ever copied into the plan: hide first, then plan.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.releases.reasons import CODES, TEXTS
from services.indicator_api.releases.rules import AUDIENCE_LABELS

_EXAMPLES = 10
_ROWS_AT_ONCE = 50_000
_KEY = "measure_id, period_id, breakdown_id, area_id"
_SAME = """
    {a}.measure_id = {b}.measure_id AND {a}.period_id = {b}.period_id
    AND {a}.breakdown_id = {b}.breakdown_id AND {a}.area_id = {b}.area_id
"""


def facts_in_scope(release: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The condition on facts `f` of the release's dataset that it takes, and what it binds.

    Its scope, and the smallest level that the source's terms allow.
    """
    conditions = ["f.dataset_id = :dataset_id"]
    values: dict[str, Any] = {"dataset_id": release["dataset_id"]}
    scope = release["scope"] or {}
    for name, column, table in (
        ("measures", "measure_id", "measure"),
        ("periods", "period_id", "period"),
    ):
        if scope.get(name) is not None:
            conditions.append(
                f"f.{column} IN (SELECT x.id FROM indicator.{table} AS x"
                f" WHERE x.code = ANY(:{name}))"
            )
            values[name] = scope[name]
    if scope.get("levels") is not None:
        conditions.append(
            "f.area_id IN (SELECT x.id FROM indicator.area AS x WHERE x.kind = ANY(:levels))"
        )
        values["levels"] = scope["levels"]
    if release["released_smallest_level"] is not None:
        conditions.append(f"f.area_id IN ({_LARGE_ENOUGH})")
        values["smallest"] = release["released_smallest_level"]
    return " AND ".join(conditions), values


_LARGE_ENOUGH = """
    SELECT x.id FROM indicator.area AS x JOIN indicator.area_kind AS k ON k.code = x.kind
    WHERE k.rank <= (SELECT s.rank FROM indicator.area_kind AS s WHERE s.code = :smallest)
"""


async def count_beyond_terms(session: AsyncSession, release: dict[str, Any]) -> int:
    """How many facts in scope are left out: the source's terms allow no area as small."""
    if release["released_smallest_level"] is None:
        return 0
    condition, values = facts_in_scope(release | {"released_smallest_level": None})
    rows = await session.execute(
        text(
            f"SELECT count(*) FROM indicator.fact AS f WHERE {condition}"
            f" AND f.area_id NOT IN ({_LARGE_ENOUGH})"
        ),
        values | {"smallest": release["released_smallest_level"]},
    )
    return int(rows.scalar_one())


async def forget_plan(session: AsyncSession, release_id: UUID, *, keep_hidden: bool) -> None:
    """Delete what was planned for a release; the reasons of a released one are kept."""
    tables = ("release_planned_cell",) if keep_hidden else _TABLES
    for table in tables:
        await session.execute(
            text(f"DELETE FROM indicator.{table} WHERE release_id = :id"), {"id": release_id}
        )


_TABLES = ("release_planned_cell", "release_hidden_cell")


async def ids_in_scope(session: AsyncSession, release: dict[str, Any]) -> dict[str, Any]:
    """What a release takes and holds dear, as ids: measures, periods, kinds, protected places.

    None for what it does not limit; the smallest level of the source's terms is among the kinds.
    """
    scope = release["scope"] or {}
    rows = await session.execute(
        text(
            f"""
            SELECT
                ARRAY(SELECT id FROM indicator.measure WHERE code = ANY(:measures)) AS measures,
                ARRAY(SELECT id FROM indicator.period WHERE code = ANY(:periods)) AS periods,
                ARRAY(SELECT id FROM indicator.area WHERE code = ANY(:places)) AS places,
                ARRAY(SELECT k.code FROM indicator.area_kind AS k
                    WHERE (CAST(:levels AS text[]) IS NULL OR k.code = ANY(:levels))
                    AND (CAST(:smallest AS text) IS NULL OR k.rank <= ({_RANK}))) AS kinds
            """
        ),
        {
            "measures": scope.get("measures") or [],
            "periods": scope.get("periods") or [],
            "places": release["protect_first"] or [],
            "levels": scope.get("levels"),
            "smallest": release["released_smallest_level"],
        },
    )
    found = rows.one()
    is_limited = scope.get("levels") is not None or release["released_smallest_level"] is not None
    return {
        "measures": frozenset(found.measures) if scope.get("measures") is not None else None,
        "periods": frozenset(found.periods) if scope.get("periods") is not None else None,
        "kinds": frozenset(found.kinds) if is_limited else None,
        "protected_places": frozenset(found.places),
    }


_RANK = "SELECT s.rank FROM indicator.area_kind AS s WHERE s.code = :smallest"


async def measures_of_units(
    session: AsyncSession, rules: Sequence[dict[str, Any]]
) -> dict[str, int]:
    """The ids of the measures that rules count units by, by code."""
    codes = [rule["parameters"].get("units_measure") for rule in rules]
    rows = await session.execute(
        text("SELECT code, id FROM indicator.measure WHERE code = ANY(:codes)"),
        {"codes": [code for code in codes if code]},
    )
    return {row.code: row.id for row in rows}


async def hide(session: AsyncSession, release_id: UUID, cells: pl.DataFrame) -> None:
    """Note cells to be hidden: the four ids, `reason`, `least` and `greatest` (NaN: none)."""
    for part in cells.iter_slices(_ROWS_AT_ONCE):
        await session.execute(
            text(
                f"INSERT INTO indicator.release_hidden_cell (release_id, {_KEY}, reason, least,"
                " greatest) SELECT :release_id, * FROM unnest(CAST(:measures AS integer[]),"
                " CAST(:periods AS integer[]), CAST(:breakdowns AS integer[]),"
                " CAST(:areas AS integer[]), CAST(:reasons AS smallint[]),"
                " CAST(:least AS double precision[]), CAST(:greatest AS double precision[]))"
                " ON CONFLICT DO NOTHING"
            ),
            {
                "release_id": release_id,
                "measures": part["measure_id"].to_list(),
                "periods": part["period_id"].to_list(),
                "breakdowns": part["breakdown_id"].to_list(),
                "areas": part["area_id"].to_list(),
                "reasons": part["reason"].to_list(),
                "least": part["least"].fill_nan(None).to_list(),
                "greatest": part["greatest"].fill_nan(None).to_list(),
            },
        )


async def named(session: AsyncSession, keys: Sequence[dict[str, int]]) -> list[str]:
    """Cells in words, in their order: „Nordstadt, Leistungsberechtigte, 2024, weiblich“."""
    rows = await session.execute(
        text(
            "SELECT concat_ws(', ', a.name, m.name, p.label, NULLIF(b.label, 'Insgesamt'))"
            " FROM unnest(CAST(:areas AS integer[]), CAST(:measures AS integer[]),"
            " CAST(:periods AS integer[]), CAST(:breakdowns AS integer[]))"
            " WITH ORDINALITY AS k (area, measure, period, breakdown, place)"
            " JOIN indicator.area AS a ON a.id = k.area"
            " JOIN indicator.measure AS m ON m.id = k.measure"
            " JOIN indicator.period AS p ON p.id = k.period"
            " JOIN indicator.breakdown AS b ON b.id = k.breakdown ORDER BY k.place"
        ),
        {
            "areas": [key["area_id"] for key in keys],
            "measures": [key["measure_id"] for key in keys],
            "periods": [key["period_id"] for key in keys],
            "breakdowns": [key["breakdown_id"] for key in keys],
        },
    )
    return list(rows.scalars())


async def plan_facts(session: AsyncSession, release: dict[str, Any]) -> None:
    """Plan all facts in scope, those that were hidden without their value (status 7)."""
    condition, values = facts_in_scope(release)
    await session.execute(
        text(
            f"INSERT INTO indicator.release_planned_cell (release_id, {_KEY}, status, quality,"
            " value) SELECT :release_id, f.measure_id, f.period_id, f.breakdown_id, f.area_id,"
            " CASE WHEN h.area_id IS NULL THEN f.status ELSE 7 END, f.quality,"
            " CASE WHEN h.area_id IS NULL THEN f.value END"
            " FROM indicator.fact AS f LEFT JOIN indicator.release_hidden_cell AS h"
            f" ON h.release_id = :release_id AND {_SAME.format(a='h', b='f')}"
            f" WHERE {condition}"
        ),
        values | {"release_id": release["id"]},
    )


def plan_query(release_id: UUID) -> str:
    """The cells of a plan as a query."""
    return (
        f"SELECT {_KEY}, status, quality, value FROM indicator.release_planned_cell"
        f" WHERE release_id = '{UUID(str(release_id))}'"
    )


async def hidden_cells(
    session: AsyncSession, release: dict[str, Any], limit: int
) -> list[dict[str, Any]]:
    """The first cells that a release hides, with their raw values of now (for the holder)."""
    rows = await session.execute(
        text(
            f"""
            SELECT a.code AS area, a.name, m.name AS measure, p.label AS period,
                b.label AS breakdown, f.value, h.reason, h.least, h.greatest
            FROM indicator.release_hidden_cell AS h
            JOIN indicator.measure AS m ON m.id = h.measure_id
            JOIN indicator.area AS a ON a.id = h.area_id
            JOIN indicator.period AS p ON p.id = h.period_id
            JOIN indicator.breakdown AS b ON b.id = h.breakdown_id
            LEFT JOIN indicator.fact AS f
                ON f.dataset_id = :dataset AND {_SAME.format(a="f", b="h")}
            WHERE h.release_id = :id
            ORDER BY p.end_on DESC, m.name, a.code LIMIT :limit
            """
        ),
        {"id": release["id"], "dataset": release["dataset_id"], "limit": limit},
    )
    return [
        dict(row) | {"reason": CODES[row["reason"]], "rule": TEXTS[row["reason"]]}
        for row in rows.mappings()
    ]


_SEEN = f"""
    SELECT DISTINCT ON (s.audience, p.measure_id, p.period_id, p.breakdown_id, p.area_id)
        s.audience, p.measure_id, p.period_id, p.breakdown_id, p.area_id,
        f.value IS NOT DISTINCT FROM c.value AS is_still_true
    FROM target_cell AS p
    JOIN indicator.release_series AS s ON s.dataset_id = :dataset
    JOIN indicator.released_cell AS c
        ON c.series_id = s.id AND c.value IS NOT NULL AND {_SAME.format(a="c", b="p")}
    LEFT JOIN indicator.fact AS f ON f.dataset_id = :dataset AND {_SAME.format(a="f", b="p")}
    WHERE p.status = 7
    ORDER BY s.audience, p.measure_id, p.period_id, p.breakdown_id, p.area_id,
        is_still_true DESC
"""


async def already_seen(session: AsyncSession, dataset_id: int) -> list[dict[str, Any]]:
    """Per audience, how many staged cells are hidden now and were shown to it at any time.

    Also what was withdrawn since: it was seen. Reads the plan staged in `target_cell`.
    """
    rows = await session.execute(
        text(
            f"""
            WITH seen AS MATERIALIZED ({_SEEN}),
            numbered AS (
                SELECT s.*, row_number() OVER (PARTITION BY s.audience
                    ORDER BY s.period_id DESC, s.measure_id, s.area_id, s.breakdown_id) AS place
                FROM seen AS s
            )
            SELECT n.audience, count(*) AS cells,
                count(*) FILTER (WHERE n.is_still_true) AS still_true,
                jsonb_agg(jsonb_build_object('area', a.code, 'name', a.name, 'measure', m.name,
                    'period', p.label, 'breakdown', b.label) ORDER BY n.place)
                    FILTER (WHERE n.place <= :examples) AS examples
            FROM numbered AS n
            JOIN indicator.area AS a ON a.id = n.area_id
            JOIN indicator.measure AS m ON m.id = n.measure_id
            JOIN indicator.period AS p ON p.id = n.period_id
            JOIN indicator.breakdown AS b ON b.id = n.breakdown_id
            GROUP BY n.audience
            """
        ),
        {"dataset": dataset_id, "examples": _EXAMPLES},
    )
    order: Sequence[str] = list(AUDIENCE_LABELS)
    found = [
        dict(row) | {"audience_label": AUDIENCE_LABELS[row["audience"]]} for row in rows.mappings()
    ]
    return sorted(found, key=lambda item: order.index(item["audience"]))


async def has_whole_plan(session: AsyncSession, release: dict[str, Any]) -> bool:
    """Whether the staged plan has as many cells as the check counted."""
    rows = await session.execute(text("SELECT count(*) FROM target_cell"))
    return bool(rows.scalar_one() == release["check_result"]["cells"])
