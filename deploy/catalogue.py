"""The indicator catalogue: its files checked and brought into a platform's database."""

import asyncio
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.database import DatabaseError
from services.indicator_api.indicators.catalogue_files import Catalogue, read_catalogue
from services.indicator_api.indicators.catalogue_loading import (
    OPERATOR,
    LoadReport,
    load_catalogue,
)
from services.shared.database import Database

_ROLE = text(
    "SELECT CASE WHEN pg_has_role('qb_indicator', 'MEMBER') THEN 'qb_indicator'"
    " WHEN pg_has_role('qb_owner', 'MEMBER') THEN 'qb_owner' END"
)


def ensure_catalogue(admin_url: str, folder: Path | None = None) -> LoadReport:
    """Bring the platform's measures and indicators up to the catalogue's files.

    `admin_url` is a URL of the platform's migrated database for a role that may act as its
    service or owns it; `folder` holds other files than the ones shipped. May be repeated. Raises
    `CatalogueError` for faults in the files, and DatabaseError where the database refuses.
    """
    catalogue = read_catalogue() if folder is None else read_catalogue(folder)
    return asyncio.run(_ensure(admin_url, catalogue))


async def _ensure(admin_url: str, catalogue: Catalogue) -> LoadReport:
    url = make_url(admin_url).set(drivername="postgresql+psycopg")
    database = Database(url.render_as_string(hide_password=False), pool_size=1)
    try:
        async with database.write_session(OPERATOR) as session:
            await _act_as_service(session)
            return await load_catalogue(session, catalogue)
    except OperationalError as error:
        raise DatabaseError(f"The database server cannot be reached: {error.orig}") from error
    finally:
        await database.close()


async def _act_as_service(session: AsyncSession) -> None:
    """What the service may not do, its catalogue may not either."""
    role = await session.scalar(_ROLE)
    if role is None:
        raise DatabaseError(
            "QB_DATABASE_URL must name a role that owns the platform's database or may act as "
            "its role qb_indicator."
        )
    await session.execute(text(f"SET LOCAL ROLE {role}"))


def in_words(report: LoadReport) -> list[str]:
    """What loading did, a sentence each, in German."""
    revised = [f"{code} (Fassung {version})" for code, version in report.revised]
    told = (
        ("Neue Messgrößen", report.measures_added),
        ("Geänderte Messgrößen", report.measures_revised),
        ("Neue Indikatoren", report.added),
        ("Neue Fassungen", revised),
        ("Wieder aufgenommen", report.restored),
        ("Nicht mehr geführt, aber erhalten", report.retired),
        ("Von einer Stelle geändert, deshalb so gelassen", report.kept),
    )
    lines = [f"{label} ({len(items)}): {', '.join(items)}." for label, items in told if items]
    if report.is_unchanged:
        lines.insert(0, "Der Katalog ist auf dem Stand der Dateien.")
    return lines
