"""`quartierblick audit`: a release attacked with nothing but the released tables.

The database itself keeps to that: the session acts as `qb_report`, the role of readers, which
holds no right to a raw fact, in the name of a reader without an account.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.database import DatabaseError
from services.indicator_api.disclosure.public_audit import (
    PublicAudit,
    audit_release,
    find_released,
)
from services.shared.database import Database
from services.shared.principal import PUBLIC

_ROLE = "qb_report"
_MOST_TOLD = 20


class ReleaseUnknownError(Exception):
    """There is no such release for this reader, or it has no certificate."""


def audit(url: str, release_id: UUID, audience: str) -> tuple[PublicAudit, list[str]]:
    """Attack a release, and name what can be told too well.

    `url`: the platform's database, as a role that may act as `qb_report`; `audience` as in
    `indicator.release_series.audience_key` (`public`, `kreis:<organisation>`). Raises
    ReleaseUnknownError, and DatabaseError where the database refuses.
    """
    return asyncio.run(_audit(url, release_id, audience))


async def _audit(url: str, release_id: UUID, audience: str) -> tuple[PublicAudit, list[str]]:
    psycopg_url = make_url(url).set(drivername="postgresql+psycopg")
    database = Database(psycopg_url.render_as_string(hide_password=False), pool_size=1)
    reader = replace(PUBLIC, audiences=PUBLIC.audiences | {audience})

    @asynccontextmanager
    async def sessions() -> AsyncIterator[AsyncSession]:
        async with database.file_session(reader) as session:
            await session.execute(text(f"SET LOCAL ROLE {_ROLE}"))
            yield session

    try:
        async with sessions() as session:
            release = await find_released(session, release_id)
        if release is None:
            raise ReleaseUnknownError
        found = await audit_release(sessions, release)
        async with sessions() as session:
            named = await _named(session, found)
    except OperationalError as error:
        raise DatabaseError(f"The database server cannot be reached: {error.orig}") from error
    except ProgrammingError as error:
        raise DatabaseError(
            f"QB_DATABASE_URL must name a role that may act as {_ROLE}: {error.orig}"
        ) from error
    finally:
        await database.close()
    return found, named


async def _named(session: AsyncSession, found: PublicAudit) -> list[str]:
    lines = []
    for item in found.inferable[:_MOST_TOLD]:
        rows = await session.execute(
            text(
                "SELECT concat_ws(', ', a.code || ' ' || a.name, m.name, p.label, b.label)"
                " FROM indicator.area AS a, indicator.measure AS m, indicator.period AS p,"
                " indicator.breakdown AS b WHERE a.id = :area_id AND m.id = :measure_id"
                " AND p.id = :period_id AND b.id = :breakdown_id"
            ),
            item.keys,
        )
        lines.append(f"{rows.scalar()}: {item.least:g} bis {item.greatest:g}")
    return lines


def in_words(found: PublicAudit, named: list[str]) -> list[str]:
    """What the attack came to, in German, a line each."""
    lines = [
        f"{found.cells} Zellen, davon {found.hidden} verborgen.",
        "Zertifikat: unverändert."
        if found.is_certificate_whole
        else "Zertifikat: passt nicht zu seiner Prüfsumme.",
        "Freigegebene Zahlen: wie geprüft."
        if found.are_cells_whole
        else "Freigegebene Zahlen: nicht die, die geprüft wurden.",
    ]
    if not found.inferable:
        lines.append("Keine verborgene Zahl lässt sich enger eingrenzen, als die Regeln erlauben.")
        return lines
    lines.append(f"{len(found.inferable)} verborgene Zahlen lassen sich zu eng eingrenzen:")
    lines += [f"  {name}" for name in named]
    if len(found.inferable) > len(named):
        lines.append(f"  und {len(found.inferable) - len(named)} weitere")
    return lines
