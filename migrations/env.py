"""Alembic environment: one linear history over all schemas, run as the owner of the objects."""

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection, make_url

from services.consultation_api.identity.models import metadata as identity_metadata
from services.consultation_api.models import metadata as advice_metadata
from services.indicator_api.models import metadata as indicator_metadata

SCHEMAS = ("identity", "indicator", "consultation", "report")
MIGRATION_LOCK = 5_143_001
TARGET_METADATA = [identity_metadata, advice_metadata, indicator_metadata]


def _include_name(name: str | None, kind: str, _parents: Any) -> bool:
    return name in SCHEMAS if kind == "schema" else True


def _include_object(
    item: Any, name: str | None, kind: str, is_reflected: bool, compare_to: Any
) -> bool:
    """Leave alone what the models do not name: tables used by SQL alone, indexes, PostGIS' own."""
    if kind in ("table", "index", "unique_constraint") and is_reflected and compare_to is None:
        return False
    return bool(
        alembic_helpers.include_object(  # type: ignore[no-untyped-call]
            item, name, kind, is_reflected, compare_to
        )
    )


def _run(connection: Connection) -> None:
    # Two starts at once: the second waits, then finds nothing to do.
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.execute(text("SET ROLE qb_owner"))
    connection.execute(text("SET lock_timeout = '30s'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=TARGET_METADATA,
        include_schemas=True,
        include_name=_include_name,
        version_table="schema_version",
        version_table_schema="public",
        include_object=_include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        transaction_per_migration=True,
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("RESET ROLE"))
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()


def run() -> None:
    """Run the migrations on the database that `cfg.attributes["url"]` names."""
    url = make_url(context.config.attributes["url"]).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            _run(connection)
    finally:
        engine.dispose()


run()
