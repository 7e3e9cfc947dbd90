"""What a release was checked for, in a form that anybody can check again.

Hidden cells are listed all alike: whether a rule hid one, or whether it protects another, is told
to nobody who has not the right to the raw figure.
"""

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.shared.database import driver_connection

FORMAT = "quartierblick-disclosure-certificate/1"

# in the order of the codes' bytes, whatever language the database sorts in
_LINES = """
    COPY (
        SELECT m.code, p.code, b.code, a.code, c.status, c.quality, c.value
        FROM ({cells}) AS c
        JOIN indicator.measure AS m ON m.id = c.measure_id
        JOIN indicator.period AS p ON p.id = c.period_id
        JOIN indicator.breakdown AS b ON b.id = c.breakdown_id
        JOIN indicator.area AS a ON a.id = c.area_id
        ORDER BY m.code COLLATE "C", p.code COLLATE "C", b.code COLLATE "C", a.code COLLATE "C",
            a.id
    ) TO STDOUT (FORMAT csv)
"""


async def released_sha256(session: AsyncSession, cells: str) -> str:
    """SHA-256 over the cells of a release, one CSV line each.

    `cells`: a query for the four ids, `status`, `quality` and `value` of each. A line holds the
    codes of measure, period, breakdown and area, the status (7: hidden), the quality, the value.
    """
    digest = hashlib.sha256()
    connection = await driver_connection(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy(_LINES.format(cells=cells).encode()) as copy,
    ):
        async for part in copy:
            digest.update(part)
    return digest.hexdigest()


def solver() -> dict[str, str]:
    """The solver that found and audited the pattern."""
    return {"name": "HiGHS", "version": version("highspy")}


def fingerprint(certificate: Mapping[str, Any]) -> str:
    """SHA-256 of a certificate, whatever the order of its fields."""
    return hashlib.sha256(orjson.dumps(certificate, option=orjson.OPT_SORT_KEYS)).hexdigest()
