"""One linear history that goes up, down and up again, and says what the models say."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql

from deploy.database import prepare_database
from tests.support.databases import PASSWORDS, TestDatabase
from tests.support.databases import drop as drop_database

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"


@pytest.fixture
def own_database(template_database: TestDatabase) -> Iterator[TestDatabase]:
    """A database prepared anew: a clone lacks what was granted on its template."""
    name = f"qb_test_{secrets.token_hex(6)}"
    prepare_database(template_database.server_url, name, PASSWORDS)
    database = TestDatabase(template_database.server_url, name)
    yield database
    drop_database(database)


def config_of(database: TestDatabase) -> Config:
    """Alembic's settings for a database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = database.admin_url
    return config


def described(database: TestDatabase) -> set[tuple[object, ...]]:
    """Every object of ours: relations, columns, functions, policies, constraints, grants."""
    schemas = "('identity', 'indicator', 'consultation', 'report', 'jobs')"
    queries = (
        "SELECT 'relation', c.oid::regclass::text, c.relkind::text, c.relrowsecurity::text,"
        " c.relacl::text FROM pg_class AS c WHERE c.relnamespace::regnamespace::text IN {}",
        "SELECT 'column', a.attrelid::regclass::text, a.attname, format_type(a.atttypid,"
        " a.atttypmod), a.attnotnull::text FROM pg_attribute AS a JOIN pg_class AS c"
        " ON c.oid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped"
        " AND c.relnamespace::regnamespace::text IN {}",
        "SELECT 'function', p.oid::regprocedure::text, md5(p.prosrc), p.prosecdef::text,"
        " p.proacl::text FROM pg_proc AS p WHERE p.pronamespace::regnamespace::text IN {}",
        "SELECT 'policy', p.tablename, p.policyname, p.qual, p.with_check FROM pg_policies AS p"
        " WHERE p.schemaname IN {}",
        "SELECT 'constraint', c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid),"
        " '' FROM pg_constraint AS c WHERE c.connamespace::regnamespace::text IN {}",
        "SELECT 'index', i.indexname, i.indexdef, '', '' FROM pg_indexes AS i"
        " WHERE i.schemaname IN {}",
        "SELECT 'schema', n.nspname, n.nspacl::text, '', '' FROM pg_namespace AS n"
        " WHERE n.nspname IN {}",
    )
    found: set[tuple[object, ...]] = set()
    for query in queries:
        found |= set(database.execute(query.replace("{}", schemas)))
    return found


def test_there_is_one_history_with_one_head() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_heads()) == 1
    assert all(not revision.is_merge_point for revision in script.walk_revisions())
    assert len(list(script.walk_revisions())) == len(list((MIGRATIONS / "versions").glob("0*.py")))


def test_models_and_migrations_agree_for_alembic_itself(database: TestDatabase) -> None:
    command.check(config_of(database))


def test_each_step_down_and_up_again_leads_to_the_same_schema(own_database: TestDatabase) -> None:
    database = own_database
    config = config_of(database)
    revisions = [
        revision.revision for revision in ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    ]
    at_head = described(database)
    for revision in (*revisions[1:], "base"):
        command.downgrade(config, revision)
        between = described(database)
        command.upgrade(config, "head")
        assert described(database) == at_head, revision
        command.downgrade(config, revision)
        assert described(database) == between, revision
    assert described(database) == set()
    left = database.execute(
        "SELECT relname FROM pg_class WHERE relowner = 'qb_owner'::regrole AND relkind = 'r'"
    )
    assert left == [("schema_version",)]
    command.upgrade(config, "head")
    assert described(database) == at_head


def test_migrating_again_changes_nothing(database: TestDatabase) -> None:
    before = described(database)
    command.upgrade(config_of(database), "head")
    assert described(database) == before


async def test_two_preparations_at_once_make_one_database(
    template_database: TestDatabase,
) -> None:
    database = TestDatabase(template_database.server_url, "qb_test_twice")
    try:
        await asyncio.gather(
            *(
                asyncio.to_thread(prepare_database, database.server_url, database.name, PASSWORDS)
                for _ in range(2)
            )
        )
        assert database.execute("SELECT count(*) FROM public.schema_version") == [(1,)]
    finally:
        drop_database(database)


@pytest.mark.parametrize("role", ["qb_indicator", "qb_consultation", "qb_report"])
def test_a_service_cannot_migrate(database: TestDatabase, role: str) -> None:
    service = role.removeprefix("qb_")
    url = database.service_url(service).replace("+psycopg", "")
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql.SQL("UPDATE public.schema_version SET version_num = 'x'"))
