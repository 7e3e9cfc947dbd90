"""The way one would write it first: each row a model, looked up and written one by one."""

import csv
import io

import psycopg
from pydantic import BaseModel

_SIGNS = {"-": 1, ".": 2, "/": 3}
_UPSERT = """
    INSERT INTO naive.fact (dataset_id, measure_id, period_id, breakdown_id, area_id, status,
        quality, value, delivery_number, known_from)
    VALUES (1, %s, %s, %s, %s, %s, 0, %s, 1, now())
    ON CONFLICT (dataset_id, measure_id, period_id, breakdown_id, area_id)
    DO UPDATE SET value = excluded.value, status = excluded.status, known_from = now()
"""


class Row(BaseModel):
    """One row of the file."""

    area: str
    period: int
    measure: str
    breakdown: str
    value: str

    def cell(self) -> tuple[int, float | None]:
        """Status and value."""
        status = _SIGNS.get(self.value, 0)
        if status == 0:
            return 0, float(self.value)
        return status, 0.0 if status == 1 else None


def load(admin_url: str, data: bytes) -> int:
    """Read, check and write a file row by row in one transaction; how many rows there were."""
    with psycopg.connect(admin_url) as connection:
        ids = {
            table: {
                str(code): int(str(number))
                for code, number in connection.execute(
                    f"SELECT code, id FROM indicator.{table}".encode()
                )
            }
            for table in ("area", "measure", "breakdown")
        }
        count = 0
        for values in csv.DictReader(io.StringIO(data.decode()), delimiter=";"):
            row = Row.model_validate(values)
            status, value = row.cell()
            connection.execute(
                _UPSERT,
                (
                    ids["measure"][row.measure],
                    row.period * 10_000,
                    ids["breakdown"][row.breakdown],
                    ids["area"][row.area],
                    status,
                    value,
                ),
            )
            count += 1
    return count


def prepare(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """The fact table's columns, checks and key, without policies, triggers and partitions."""
    connection.execute("CREATE SCHEMA naive")
    connection.execute("CREATE TABLE naive.fact (LIKE indicator.fact INCLUDING ALL)")
