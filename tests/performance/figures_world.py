"""A database with a world of figures in it: loaded by a seed, kept from one run to the next."""

import asyncio
import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from deploy.catalogue import ensure_catalogue
from tests.performance.figures_cells import Filled, fill_cells
from tests.performance.figures_register import fill_register, fill_shapes
from tests.performance.figures_shape import Shape
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.people import People

ROOT = Path(__file__).parents[2]
PREFIX = "qb_figures_"
# What a world is made from, besides its shape: a change of any of it makes another one.
_SCHEMA = ("migrations/sql/*.sql", "migrations/versions/*.py")
_GENERATOR = (
    "deploy/demo/data/*.gz",
    "services/indicator_api/indicators/catalogue/*.toml",
    *(f"tests/performance/figures_{part}.py" for part in ("shape", "register", "cells", "world")),
)


@dataclass(frozen=True, slots=True)
class FiguresWorld:
    """A filled database; `seconds` is what filling it took, 0 if it was there already."""

    database: TestDatabase
    filled: Filled
    seconds: float


def fill_register_and_catalogue(database: TestDatabase, shape: Shape) -> UUID:
    """Fill a migrated database with areas and definitions; the organisation that holds all."""
    holder = People(database).organisation("Amt", "landesamt", ("DG",))
    with psycopg.connect(database.admin_url) as connection:
        fill_register(connection, shape, holder)
    if shape.has_geometry:
        url = database.admin_url.replace("postgresql://", "postgresql+psycopg://", 1)
        asyncio.run(fill_shapes(url))
    ensure_catalogue(database.admin_url)
    return holder


def fill_figures(database: TestDatabase, shape: Shape, holder: UUID) -> Filled:
    """Fill it with the released cells, and tell the planner of them."""
    with psycopg.connect(database.admin_url) as connection:
        filled = fill_cells(connection, shape, holder)
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return filled


def world_of(server_url: str, shape: Shape) -> FiguresWorld:
    """The world of this shape on a server, filled if it is not there.

    Its name holds a hash of all it is made from; what was filled is noted as its comment.
    """
    database = TestDatabase(server_url, _name(shape))
    note = _note(database)
    if note is not None:
        values = json.loads(note)
        filled = Filled(values["cells"], values["superseded"], tuple(values["measures"]))
        return FiguresWorld(database, filled, 0.0)
    started = time.perf_counter()
    databases.drop(database)  # a run that was killed may have left it half filled
    clone = databases.clone(template_of(server_url))
    with psycopg.connect(server_url, autocommit=True) as connection:
        name = sql.Identifier(database.name)
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(clone.name), name)
        )
        holder = fill_register_and_catalogue(database, shape)
        filled = fill_figures(database, shape, holder)
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                name, sql.Literal(json.dumps(asdict(filled)))
            )
        )
    return FiguresWorld(database, filled, time.perf_counter() - started)


def template_of(server_url: str) -> TestDatabase:
    """A migrated database to begin from, closed for cloning; its name tells its schema."""
    return databases.make_template(server_url, f"{PREFIX}template_{_digest(_SCHEMA)}")


def forget_worlds(server_url: str, shapes: tuple[Shape, ...] = ()) -> None:
    """Drop all worlds on a server, and what they began from, but those of these shapes."""
    kept = {_name(shape) for shape in shapes}
    if kept:
        kept.add(f"{PREFIX}template_{_digest(_SCHEMA)}")
    with psycopg.connect(server_url) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (PREFIX,)
        ).fetchall()
    for (name,) in rows:
        if name not in kept:
            databases.drop(TestDatabase(server_url, name))


def _digest(patterns: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _name(shape: Shape) -> str:
    made_from = hashlib.sha256(repr(shape).encode()).hexdigest()[:8]
    return f"{PREFIX}{shape.cells}_{made_from}_{_digest(_SCHEMA)}_{_digest(_GENERATOR)}"


def _note(database: TestDatabase) -> str | None:
    with psycopg.connect(database.server_url) as connection:
        row: tuple[Any, ...] | None = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            (database.name,),
        ).fetchone()
    return None if row is None else row[0]
