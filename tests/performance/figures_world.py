"""A database with a world of figures in it: loaded by a seed, kept from one run to the next."""

import asyncio
import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.performance.figures_catalogue import fill_catalogue
from tests.performance.figures_cells import Filled, fill_cells
from tests.performance.figures_register import fill_register, fill_shapes
from tests.performance.figures_shape import Shape
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.people import People

ROOT = Path(__file__).parents[2]
PREFIX = "qb_figures_"
# What a world is made from, besides its shape: a change of any of it makes another one.
_SOURCES = (
    "migrations/sql/*.sql",
    "migrations/versions/*.py",
    "deploy/demo/data/*.gz",
    "tests/performance/figures_*.py",
)


@dataclass(frozen=True, slots=True)
class FiguresWorld:
    """A filled database; `seconds` is what filling it took, 0 if it was there already."""

    database: TestDatabase
    filled: Filled
    seconds: float


def fill_world(database: TestDatabase, shape: Shape) -> Filled:
    """Fill a migrated database: register, catalogue, released cells, statistics."""
    holder = People(database).organisation("Amt", "landesamt", ("DG",))
    with psycopg.connect(database.admin_url) as connection:
        fill_register(connection, shape, holder)
    if shape.has_geometry:
        url = database.admin_url.replace("postgresql://", "postgresql+psycopg://", 1)
        asyncio.run(fill_shapes(url))
    with psycopg.connect(database.admin_url) as connection:
        fill_catalogue(connection)
        filled = fill_cells(connection, shape, holder)
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return filled


def world_of(template: TestDatabase, shape: Shape) -> FiguresWorld:
    """The world of this shape on the template's server, filled if it is not there.

    Its name holds a hash of all it is made from; what was filled is noted as its comment.
    """
    database = TestDatabase(template.server_url, _name(shape))
    note = _note(database)
    if note is not None:
        values = json.loads(note)
        filled = Filled(values["cells"], values["superseded"], tuple(values["measures"]))
        return FiguresWorld(database, filled, 0.0)
    started = time.perf_counter()
    unfinished = databases.clone(template)
    filled = fill_world(unfinished, shape)
    with psycopg.connect(template.server_url, autocommit=True) as connection:
        name = sql.Identifier(database.name)
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished.name), name)
        )
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                name, sql.Literal(json.dumps(asdict(filled)))
            )
        )
    return FiguresWorld(database, filled, time.perf_counter() - started)


def forget_worlds(server_url: str, kept: tuple[str, ...] = ()) -> None:
    """Drop all worlds on a server but those named."""
    with psycopg.connect(server_url) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (PREFIX,)
        ).fetchall()
    for (name,) in rows:
        if name not in kept:
            databases.drop(TestDatabase(server_url, name))


def _name(shape: Shape) -> str:
    digest = hashlib.sha256(repr(shape).encode())
    for pattern in _SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return f"{PREFIX}{shape.cells}_{digest.hexdigest()[:12]}"


def _note(database: TestDatabase) -> str | None:
    with psycopg.connect(database.server_url) as connection:
        row: tuple[Any, ...] | None = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            (database.name,),
        ).fetchone()
    return None if row is None else row[0]
