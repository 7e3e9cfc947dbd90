"""SQL of the directory of streets and house numbers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.partitions.address_file import Address
from services.shared.database import driver_connection

MOST_LISTED = 500
_ROWS_AT_ONCE = 20_000

_SELECT = """
    SELECT d.street, d.house_number, d.suffix, d.postcode, a.code AS unit, a.name AS unit_name,
        d.street_key
    FROM indicator.partition_address AS d
    JOIN indicator.area AS a ON a.id = d.unit_area_id
"""
# An address without a postcode may be any of the same street and number that has one: where one
# of them has none, all are one address.
_TOLD = """
    (SELECT p.*, CASE
        WHEN bool_or(p.postcode = '') OVER (PARTITION BY p.street_key, p.house_number, p.suffix)
        THEN '' ELSE p.postcode END AS told_postcode
    FROM indicator.partition_address AS p WHERE p.partition_id = :id)
"""
_IN_ORDER = "d.street_key, d.house_number, d.suffix, d.postcode, a.code"


async def replace_addresses(
    session: AsyncSession, partition_id: int, addresses: Sequence[Address]
) -> None:
    """Put a whole directory in the place of the one before.

    A protected table takes no COPY: arrays are unnested, some thousand rows a statement.
    """
    connection = await driver_connection(session)
    async with connection.cursor() as cursor:
        await cursor.execute(
            "DELETE FROM indicator.partition_address WHERE partition_id = %s", (partition_id,)
        )
        ordered = sorted(addresses)
        for start in range(0, len(ordered), _ROWS_AT_ONCE):
            some = ordered[start : start + _ROWS_AT_ONCE]
            columns = [list(column) for column in zip(*some, strict=True)]
            await cursor.execute(
                "INSERT INTO indicator.partition_address (partition_id, street_key, house_number,"
                " suffix, postcode, unit_area_id, street)"
                " SELECT %s, n.* FROM unnest(%s::text[], %s::integer[], %s::text[], %s::text[],"
                " %s::integer[], %s::text[]) AS n",
                [partition_id, *columns],
            )
        await cursor.execute(
            "UPDATE indicator.partition SET addresses_at = now(), row_version = row_version + 1"
            " WHERE id = %s",
            (partition_id,),
        )


async def list_addresses(
    session: AsyncSession,
    partition_id: int,
    *,
    street: str | None,
    unit: str | None,
    after: list[Any] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Addresses in order of street and number; `street` is the beginning of a folded name."""
    conditions = ["d.partition_id = :id"]
    values: dict[str, Any] = {"id": partition_id, "limit": limit}
    if street is not None:
        conditions.append("starts_with(d.street_key, :street)")
        values["street"] = street
    if unit is not None:
        conditions.append("a.code = :unit")
        values["unit"] = unit
    if after is not None:
        conditions.append(
            f"({_IN_ORDER}) > (:after_street, :after_number, :after_suffix, :after_postcode,"
            " :after_unit)"
        )
        names = ("street", "number", "suffix", "postcode", "unit")
        values |= {f"after_{name}": value for name, value in zip(names, after, strict=True)}
    rows = await session.execute(
        text(f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY {_IN_ORDER} LIMIT :limit"),
        values,
    )
    return [dict(row) for row in rows.mappings()]


async def all_addresses(session: AsyncSession, partition_id: int) -> Sequence[Any]:
    """The whole directory in order, as rows; each address of a unit once.

    One without a postcode is left out where the same stands in the unit with one.
    """
    rows = await session.execute(
        text(
            f"""
            {_SELECT} WHERE d.partition_id = :id AND NOT (d.postcode = '' AND EXISTS (
                SELECT FROM indicator.partition_address AS o
                WHERE o.partition_id = d.partition_id AND o.street_key = d.street_key
                    AND o.house_number = d.house_number AND o.suffix = d.suffix
                    AND o.postcode <> '' AND o.unit_area_id = d.unit_area_id
            )) ORDER BY {_IN_ORDER}
            """
        ),
        {"id": partition_id},
    )
    return rows.all()


async def totals(session: AsyncSession, partition_id: int) -> tuple[int, int]:
    """How many different addresses and streets there are."""
    row = (
        await session.execute(
            text(
                "SELECT count(*), count(DISTINCT x.street_key) FROM (SELECT DISTINCT d.street_key,"
                f" d.house_number, d.suffix, d.told_postcode FROM {_TOLD} AS d) AS x"
            ),
            {"id": partition_id},
        )
    ).one()
    return row[0], row[1]


async def doubles(session: AsyncSession, partition_id: int) -> tuple[int, list[dict[str, Any]]]:
    """Addresses in more than one unit: how many, and the first with their units."""
    rows = await session.execute(
        text(
            f"""
            SELECT min(d.street) AS street, d.house_number, d.suffix, max(d.postcode) AS postcode,
                jsonb_agg(DISTINCT jsonb_build_object('code', a.code, 'name', a.name)) AS units,
                count(*) OVER () AS total
            FROM {_TOLD} AS d
            JOIN indicator.area AS a ON a.id = d.unit_area_id
            GROUP BY d.street_key, d.house_number, d.suffix, d.told_postcode
            HAVING count(DISTINCT d.unit_area_id) > 1
            ORDER BY d.street_key, d.house_number, d.suffix, d.told_postcode
            LIMIT :most
            """
        ),
        {"id": partition_id, "most": MOST_LISTED},
    )
    items = [dict(row) for row in rows.mappings()]
    return (items[0]["total"] if items else 0), items


async def gaps(session: AsyncSession, partition_id: int) -> tuple[int, list[dict[str, Any]]]:
    """Missing numbers on a side of a street whose neighbours lie in different units.

    Where both neighbours lie in one unit, a missing number is most likely just not built on.
    """
    rows = await session.execute(
        text(
            """
            WITH numbers AS (
                SELECT d.street_key, d.postcode, d.house_number, min(d.street) AS street,
                    min(d.unit_area_id) AS unit_id
                FROM indicator.partition_address AS d WHERE d.partition_id = :id
                GROUP BY d.street_key, d.postcode, d.house_number
                HAVING count(DISTINCT d.unit_area_id) = 1
            ), neighbours AS (
                SELECT n.*, lead(n.house_number) OVER side AS next_number,
                    lead(n.unit_id) OVER side AS next_unit
                FROM numbers AS n
                WINDOW side AS (
                    PARTITION BY n.street_key, n.postcode, n.house_number % 2
                    ORDER BY n.house_number
                )
            )
            SELECT n.street, n.postcode, n.house_number + 2 AS first, n.next_number - 2 AS last,
                CASE n.house_number % 2 WHEN 0 THEN 'gerade' ELSE 'ungerade' END AS side,
                jsonb_build_object('code', b.code, 'name', b.name) AS before,
                jsonb_build_object('code', c.code, 'name', c.name) AS after,
                count(*) OVER () AS total
            FROM neighbours AS n
            JOIN indicator.area AS b ON b.id = n.unit_id
            JOIN indicator.area AS c ON c.id = n.next_unit
            WHERE n.next_number - n.house_number > 2 AND n.next_unit <> n.unit_id
            ORDER BY n.street_key, n.postcode, n.house_number
            LIMIT :most
            """
        ),
        {"id": partition_id, "most": MOST_LISTED},
    )
    items = [dict(row) for row in rows.mappings()]
    return (items[0]["total"] if items else 0), items


async def units_without(session: AsyncSession, partition_id: int) -> list[dict[str, Any]]:
    """The units that no address lies in."""
    rows = await session.execute(
        text(
            "SELECT a.code, a.name FROM indicator.area AS a WHERE a.partition_id = :id"
            " AND NOT EXISTS (SELECT FROM indicator.partition_address AS d"
            " WHERE d.partition_id = :id AND d.unit_area_id = a.id) ORDER BY a.code"
        ),
        {"id": partition_id},
    )
    return [dict(row) for row in rows.mappings()]


async def all_have_postcodes(session: AsyncSession, partition_id: int) -> bool:
    """Whether every address of the directory has a postcode."""
    row = await session.execute(
        text(
            "SELECT NOT EXISTS (SELECT FROM indicator.partition_address AS d"
            " WHERE d.partition_id = :id AND d.postcode = '')"
        ),
        {"id": partition_id},
    )
    return bool(row.scalar_one())


_COMPARE = """
    WITH listed AS (
        SELECT street_key, house_number, suffix, {postcode}, min(street) AS street
        FROM unnest(CAST(:keys AS text[]), CAST(:numbers AS integer[]),
            CAST(:suffixes AS text[]), CAST(:postcodes AS text[]),
            CAST(:streets AS text[]))
            AS n (street_key, house_number, suffix, postcode, street)
        GROUP BY 1, 2, 3, 4
    ), known AS (
        SELECT street_key, house_number, suffix, {postcode}, min(street) AS street
        FROM indicator.partition_address WHERE partition_id = :id GROUP BY 1, 2, 3, 4
    ), differing AS (
        SELECT l.street IS NULL AS is_surplus, COALESCE(l.street, k.street) AS street,
            street_key, house_number, suffix, postcode
        FROM listed AS l
        FULL JOIN known AS k USING (street_key, house_number, suffix, postcode)
        WHERE l.street IS NULL OR k.street IS NULL
    ), numbered AS (
        SELECT d.*, count(*) OVER (PARTITION BY d.is_surplus) AS total,
            row_number() OVER (
                PARTITION BY d.is_surplus
                ORDER BY d.street_key, d.house_number, d.suffix, d.postcode
            ) AS place
        FROM differing AS d
    )
    SELECT n.is_surplus, n.total, n.street, n.house_number, n.suffix, n.postcode
    FROM numbered AS n WHERE n.place <= :most ORDER BY n.is_surplus, n.place
"""


async def compare(
    session: AsyncSession, partition_id: int, listed: Sequence[Address], *, with_postcode: bool
) -> dict[str, Any]:
    """What a list of all addresses has beyond the directory, and the directory beyond it."""
    rows_listed = ((a[0], a[1], a[2], a[3], a[5]) for a in listed)
    columns = [list(column) for column in zip(*rows_listed, strict=True)]
    postcode = "postcode" if with_postcode else "'' AS postcode"
    rows = await session.execute(
        text(_COMPARE.format(postcode=postcode)),
        {
            "id": partition_id,
            "most": MOST_LISTED,
            **dict(
                zip(("keys", "numbers", "suffixes", "postcodes", "streets"), columns, strict=True)
            ),
        },
    )
    items = [dict(row) for row in rows.mappings()]
    missing = [item for item in items if not item["is_surplus"]]
    surplus = [item for item in items if item["is_surplus"]]
    return {
        "missing": missing[0]["total"] if missing else 0,
        "missing_items": missing,
        "surplus": surplus[0]["total"] if surplus else 0,
        "surplus_items": surplus,
    }
