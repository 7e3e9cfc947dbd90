"""Released cells of a world of figures: written set-wise, the same for the same shape.

A value follows from the seed, the area, the measure, the period and the breakdown by a hash
alone, so that no cell depends on the order of writing. One in a hundred was revised by the
second release; small counts are hidden; now and then one is missing.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from services.indicator_api.periods.rules import year
from services.shared.ids import new_id
from tests.performance.figures_shape import Shape

Connection = psycopg.Connection[tuple[Any, ...]]
DATASETS = ("register", "arbeit", "soziales", "bildung", "wohnen", "beteiligung")
_HIDDEN_BELOW = 3
# Measures that stand for municipalities only: what lies above is summed up when it is asked for.
MUNICIPAL_MEASURES = 3
# Ranks of the kinds of areas (indicator.area_kind).
_GEMEINDE, _QUARTIER = 50, 90


@dataclass(frozen=True, slots=True)
class Filled:
    """What was written: present cells, cells of earlier releases, and the measures' codes.

    The first measures stand for the Quartiere too, the last three for municipalities only.
    """

    cells: int
    superseded: int
    measures: tuple[str, ...]


_PLANS = """
    CREATE TEMPORARY TABLE planned_measure (
        id integer, series_id integer, share float8, is_rate boolean, top integer, bottom integer
    ) ON COMMIT DROP;
    CREATE TEMPORARY TABLE planned_breakdown (id integer, share float8) ON COMMIT DROP;
    CREATE TEMPORARY TABLE planned_area ON COMMIT DROP AS
    SELECT a.id, k.rank, round(CASE
            WHEN a.kind = 'quartier' THEN 80 + 3200 * u.x
            WHEN a.kind = 'gemeinde' THEN 4000 + 60000 * u.x * u.x
            ELSE 100000 * (1 + (SELECT count(*) FROM indicator.area AS below
                WHERE below.lineage @> ARRAY[a.id] AND below.kind = 'gemeinde'))
        END) AS residents
    FROM indicator.area AS a JOIN indicator.area_kind AS k ON k.code = a.kind
    CROSS JOIN LATERAL (
        SELECT (hashint8extended(a.id, {seed}) & 1048575) / 1048576.0 AS x
    ) AS u
    WHERE NOT a.is_set;
"""
# Three independent numbers from 0 to 1 a cell: how large, whether missing, whether revised.
_CELLS = """
    SELECT m.id AS measure_id, {period} AS period_id, b.id AS breakdown_id, m.series_id,
        a.id AS area_id, m.is_rate, h.revision,
        CASE WHEN h.missing < 0.004 THEN NULL
            WHEN m.is_rate THEN round((m.share * (50 + 100 * h.size))::numeric, 1)::float8
            ELSE round(a.residents * m.share * b.share * (1 + 0.01 * {step})
                * (0.8 + 0.4 * h.{size})) END AS number
    FROM planned_measure AS m CROSS JOIN planned_breakdown AS b
    JOIN planned_area AS a ON a.rank BETWEEN m.top AND m.bottom
    CROSS JOIN LATERAL (
        SELECT hashint8extended(
            a.id::bigint * 100000000000 + m.id * 100000000::bigint
                + b.id * 1000000::bigint + {period}, {seed}) AS bits
    ) AS r
    CROSS JOIN LATERAL (
        SELECT (r.bits & 65535) / 65536.0 AS size, (r.bits >> 16 & 65535) / 65536.0 AS missing,
            (r.bits >> 32 & 65535) / 65536.0 AS revision, (r.bits >> 48 & 65535) / 65536.0 AS before
    ) AS h
"""
_WRITE = """
    INSERT INTO indicator.released_cell (measure_id, period_id, breakdown_id, series_id, area_id,
        released_from, released_to, status, quality, value)
    SELECT c.measure_id, c.period_id, c.breakdown_id, c.series_id, c.area_id,
        {released}, s.status, CASE WHEN {is_present} AND c.revision < 0.01 THEN 8 ELSE 0 END,
        CASE WHEN s.status < 2 THEN c.number END
    FROM ({cells}) AS c
    CROSS JOIN LATERAL (SELECT CASE WHEN c.number IS NULL THEN 2 WHEN c.number = 0 THEN 1
        WHEN NOT c.is_rate AND c.number < {hidden_below} THEN 7 ELSE 0 END AS status) AS s
    {only} ORDER BY 1, 2, 3, 5
"""
_COUNT_SLICES = """
    INSERT INTO indicator.released_slice
        (series_id, measure_id, period_id, breakdown_id, kind, cells, values_shown)
    SELECT c.series_id, c.measure_id, c.period_id, c.breakdown_id, a.kind, count(*), count(c.value)
    FROM indicator.released_cell AS c JOIN indicator.area AS a ON a.id = c.area_id
    WHERE c.released_to = 2147483647
    GROUP BY 1, 2, 3, 4, 5
"""


def fill_cells(connection: Connection, shape: Shape, holder: UUID) -> Filled:
    """Write datasets, two releases of each to the public, and their cells; in one transaction."""
    series = _add_releases(connection, holder)
    _add_periods_and_breakdowns(connection, shape)
    connection.execute(_PLANS.format(seed=shape.seed).encode())
    measures = _plan_measures(connection, shape, series)
    _plan_breakdowns(connection, shape)
    # a table emptied in the same transaction is written without the log
    connection.execute("TRUNCATE indicator.released_cell")
    connection.execute(
        "SET LOCAL work_mem = '512MB'; SET LOCAL maintenance_work_mem = '1GB';"
        " SET LOCAL max_parallel_maintenance_workers = 1"
    )
    restore = _drop_indexes(connection)
    present, superseded = 0, 0
    for step, value in enumerate(shape.periods):
        parts = {"period": year(value).id, "step": step, "seed": shape.seed}
        present += _write(connection, parts, is_present=True)
        superseded += _write(connection, parts, is_present=False)
    for statement in restore:
        connection.execute(statement.encode())
    connection.execute(_COUNT_SLICES)
    return Filled(present, superseded, tuple(measures))


def _write(connection: Connection, parts: dict[str, Any], *, is_present: bool) -> int:
    cells = _CELLS.format(size="size" if is_present else "before", **parts)
    released = "CASE WHEN c.revision < 0.01 THEN 2 ELSE 1 END, 2147483647"
    statement = _WRITE.format(
        cells=cells,
        released=released if is_present else "1, 2",
        is_present="true" if is_present else "false",
        only="" if is_present else "WHERE c.revision < 0.01",
        hidden_below=_HIDDEN_BELOW,
    )
    return connection.execute(statement.encode()).rowcount


def _add_releases(connection: Connection, holder: UUID) -> list[int]:
    """A dataset a subject, each with two public releases; the ids of the series."""
    found = []
    for code in DATASETS:
        connection.execute(
            "INSERT INTO indicator.dataset (code, title, publisher, source, licence, attribution,"
            " denominator_basis, additivity, holder_organisation_id,"
            " administration_id, area_code, version)"
            " VALUES (%s, %s, 'Amt', 'Register', 'dl-de/by-2-0', 'Amt', 'Zensus 2022', 'exact',"
            " %s, %s, 'DG', 2)",
            (code, code.capitalize(), holder, holder),
        )
        row = connection.execute(
            "INSERT INTO indicator.release_series (dataset_id, holder_organisation_id, audience,"
            " audience_key, current_number)"
            " SELECT id, %s, 'public', 'public', 2 FROM indicator.dataset WHERE code = %s"
            " RETURNING id",
            (holder, code),
        ).fetchone()
        assert row is not None
        found.append(int(row[0]))
        for number, state in ((1, "superseded"), (2, "released")):
            connection.execute(
                "INSERT INTO indicator.release (id, series_id, number, state, dataset_version,"
                " acting, created_by, published_by, created_at, published_at)"
                " VALUES (%s, %s, %s, %s, %s, '{}', 'Amt', 'Amt', %s, %s)",
                (new_id(), row[0], number, state, number, *[f"2025-0{number}-15 08:00+00"] * 2),
            )
    return found


def _add_periods_and_breakdowns(connection: Connection, shape: Shape) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO indicator.period (id, code, kind, start_on, end_on, label)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (p.id, p.code, p.kind, p.start_on, p.end_on, p.label)
                for p in map(year, shape.periods)
            ],
        )
        cursor.executemany(
            "INSERT INTO indicator.breakdown (code, label) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [(code, code) for code in shape.breakdown_codes],
        )


def _plan_breakdowns(connection: Connection, shape: Shape) -> None:
    """Each characteristic leaves a part of the whole, so that parts are smaller than totals."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO planned_breakdown SELECT id, %s FROM indicator.breakdown WHERE code = %s",
            [(0.4 ** code.count("="), code) for code in shape.breakdown_codes],
        )


_MEASURES = """
    SELECT m.id, m.code, m.kind = 'rate' AS is_rate, bool_or(u.divides) AS divides
    FROM (
        SELECT measure_id, row_number() OVER (ORDER BY code, part) AS place, part = 1 AS divides
        FROM indicator.indicator AS i
        CROSS JOIN LATERAL (VALUES (1, i.denominator_measure_id), (2, i.numerator_measure_id))
            AS part (part, measure_id)
        WHERE i.is_current AND measure_id IS NOT NULL
    ) AS u
    JOIN indicator.measure AS m ON m.id = u.measure_id
    GROUP BY m.id ORDER BY min(u.place)
"""


def _plan_measures(connection: Connection, shape: Shape, series: list[int]) -> list[str]:
    """Which measure is how large and reaches how deep; their codes, the deepest first.

    They stand in the order of the indicators made from them, so that the first ones, which stand
    for the Quartiere too, are whole indicators. The last ones stand for municipalities only.
    """
    found = connection.execute(_MEASURES).fetchall()
    counted = connection.execute(
        "SELECT count(*) FILTER (WHERE rank <= %s), count(*) FILTER (WHERE rank < %s)"
        " FROM planned_area",
        (_GEMEINDE, _GEMEINDE),
    ).fetchone()
    assert counted is not None
    official, above = counted
    deep = shape.measures_of_quarters(len(found) * official - MUNICIPAL_MEASURES * above)
    municipal = max(len(found) - MUNICIPAL_MEASURES, deep)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO planned_measure VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (
                    measure,
                    series[place % len(series)],
                    1.0 if is_rate or divides else 0.02 + 0.01 * (place % 9),
                    is_rate,
                    _GEMEINDE if place >= municipal else 0,
                    _QUARTIER if place < deep else _GEMEINDE,
                )
                for place, (measure, _, is_rate, divides) in enumerate(found)
            ],
        )
    return [str(row[1]) for row in found]


def _drop_indexes(connection: Connection) -> list[str]:
    """Take keys and indexes off the table of cells; the statements that put them on again."""
    restore = []
    for name, definition in connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'indicator.released_cell'::regclass AND contype IN ('p', 'f', 'u')"
        " ORDER BY contype DESC"
    ).fetchall():
        restore.append(f"ALTER TABLE indicator.released_cell ADD CONSTRAINT {name} {definition}")
        connection.execute(f"ALTER TABLE indicator.released_cell DROP CONSTRAINT {name}".encode())
    for name, definition in connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = 'indicator' AND tablename = 'released_cell'"
    ).fetchall():
        restore.append(str(definition))
        connection.execute(f"DROP INDEX indicator.{name}".encode())
    return restore
