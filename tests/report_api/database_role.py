"""Speaking to the database as report_api does, past its code."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from services.shared.principal import Principal
from tests.report_api.desk import Desk


@contextmanager
def as_service(desk: Desk, principal: Principal | None) -> Iterator[psycopg.Connection]:
    """A transaction under the role `qb_report`, with a principal's settings or none; undone."""
    url = desk.stack.database.service_url("report").replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as connection:
        if principal is not None:
            settings = {
                "qb.subject_id": str(principal.subject_id),
                "qb.organisation_id": str(principal.organisation_id),
                "qb.administration_id": str(principal.administration_id),
                "qb.rights": ",".join(sorted(principal.rights)),
                "qb.audiences": ",".join(sorted(principal.audiences)),
                "qb.area_codes": ",".join(principal.area_codes),
            }
            for name, value in settings.items():
                connection.execute("SELECT set_config(%s, %s, true)", (name, value))
        yield connection
        connection.rollback()


async def principal_of(desk: Desk) -> Principal:
    """The principal that report_api makes of an account's token, as it notes it with a report."""
    answer = await desk.ask("99001")
    assert answer.status_code in (200, 202), answer.text
    row = desk.stack.database.execute(
        "SELECT acting FROM report.report WHERE id = %s", answer.json()["id"]
    )
    values: Any = row[0][0]
    return Principal.from_job(values)
