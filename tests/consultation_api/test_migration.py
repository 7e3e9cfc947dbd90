"""The migrated schema and the models say the same."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url

from services.consultation_api.identity.models import metadata
from tests.support.databases import TestDatabase


def test_models_and_migrations_agree(database: TestDatabase) -> None:
    url = make_url(database.admin_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _: name == "identity" if kind == "schema" else True,
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    engine.dispose()
