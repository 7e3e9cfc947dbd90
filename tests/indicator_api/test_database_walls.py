"""The database's own walls: what a service's role can do without its code's good will."""

from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest

from tests.indicator_api.everyone import NOBODY, connect_as
from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.world import World, make_world
from tests.support import databases
from tests.support.databases import SERVICES, TestDatabase
from tests.support.stack import as_bearer, new_key, open_stack

PROTECTED = (
    "dataset",
    "fact",
    "fact_history",
    "delivery",
    "delivery_finding",
    "delivery_mapping",
    "area_import",
    "release_series",
    "release",
    "released_cell",
    "released_slice",
    "audit",
    "idempotency_key",
)

# the sum of the Kreis goes with its part
CORRECTED = FILE.replace(";120", ";130").replace(";122", ";132")


@pytest.fixture(scope="module")
async def filled(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world with a row in each protected table."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_world(stack)
        await stack.deliver(world.office, "sgb2", FILE)
        await stack.deliver(world.office, "sgb2", CORRECTED)
        await stack.deliver(world.office, "sgb2", FILE.replace(";120", ";zwölf"))
        await stack.release(world.office, "sgb2")
        await save_mapping(world)
        yield world
    databases.drop(database)


async def save_mapping(world: World) -> None:
    """A mapping saved by the office."""
    document = {
        "area": {"column": "Stadt"},
        "period": {"column": "Jahr"},
        "measure": {"fixed": "lb"},
        "values": [{"column": "Wert"}],
    }
    answer = await world.stack.indicator.post(
        "/v1/delivery-mappings",
        json={"name": "Meine Tabelle", "document": document},
        headers=as_bearer(world.office) | new_key(),
    )
    assert answer.status_code == 201, answer.text


def test_every_protected_table_holds_something(filled: World) -> None:
    """What follows proves nothing about an empty table."""
    for table in PROTECTED:
        assert filled.stack.database.execute(f"SELECT 1 FROM indicator.{table} LIMIT 1"), table


def test_every_table_of_figures_and_of_identity_is_under_row_level_security(
    filled: World,
) -> None:
    open_tables = filled.stack.database.execute(
        "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname IN ('indicator', 'report', 'consultation') AND c.relkind IN ('r', 'p')"
        " AND NOT c.relrowsecurity AND NOT c.relispartition ORDER BY 1"
    )
    # what figures refer to is no secret
    assert [name for (name,) in open_tables] == [
        "area_composition",
        "area_kind",
        "area_shape",
        "breakdown",
        "composed_kind",
        "indicator",
        "measure",
        "measure_source_code",
        "period",
    ]


def test_partitions_of_facts_cannot_be_read_past_the_policies_of_their_parent(
    filled: World,
) -> None:
    database = filled.stack.database
    partitions = database.execute(
        "SELECT c.oid::regclass::text FROM pg_inherits AS i JOIN pg_class AS c"
        " ON c.oid = i.inhrelid WHERE i.inhparent = 'indicator.fact'::regclass"
    )
    assert partitions
    for (partition,) in partitions:
        for service in SERVICES:
            with (
                connect_as(database, service) as connection,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                connection.execute(f"SELECT 1 FROM {partition}".encode())


@pytest.mark.parametrize("table", PROTECTED)
def test_without_a_principal_there_is_no_row(filled: World, table: str) -> None:
    with connect_as(filled.stack.database, "indicator") as connection:
        assert connection.execute(f"SELECT 1 FROM indicator.{table}".encode()).fetchall() == []


def test_without_a_principal_the_contract_views_are_empty_for_reports(filled: World) -> None:
    with connect_as(filled.stack.database, "report") as connection:
        assert connection.execute("SELECT 1 FROM indicator.released_fact").fetchall() == []


def test_without_a_principal_nothing_can_be_changed(filled: World) -> None:
    with connect_as(filled.stack.database, "indicator") as connection:
        for statement in (
            "UPDATE indicator.dataset SET title = 'x'",
            "UPDATE indicator.fact SET value = 1",
            "DELETE FROM indicator.fact",
            "DELETE FROM indicator.delivery_mapping",
            "UPDATE indicator.release SET state = 'withdrawn'",
            "UPDATE indicator.released_cell SET is_blocked = true",
            "DELETE FROM indicator.released_slice",
            "DELETE FROM indicator.delivery_finding",
        ):
            assert connection.execute(statement.encode()).rowcount == 0, statement


def foreign_office(world: World) -> dict[str, object]:
    """A principal of the other office with every right there is."""
    rights = ["facts:read_raw", "deliveries:create", "deliveries:read", "datasets:write"]
    rights += ["releases:read", "releases:write", "areas:write"]
    other = str(world.other_office_id)
    return NOBODY | {"organisation_id": other, "administration_id": other, "rights": rights}


def test_another_office_can_neither_read_nor_change_a_raw_fact(filled: World) -> None:
    with connect_as(filled.stack.database, "indicator", foreign_office(filled)) as connection:
        for table in ("fact", "fact_history", "delivery", "delivery_finding"):
            query = f"SELECT 1 FROM indicator.{table}".encode()
            assert connection.execute(query).fetchall() == [], table
        for statement in (
            "UPDATE indicator.fact SET value = 1",
            "DELETE FROM indicator.fact",
            "DELETE FROM indicator.delivery_finding",
            "UPDATE indicator.delivery SET state = 'accepted'",
            "UPDATE indicator.dataset SET holder_organisation_id = holder_organisation_id",
            "UPDATE indicator.release SET note = 'x'",
            "UPDATE indicator.released_cell SET is_blocked = true",
        ):
            assert connection.execute(statement.encode()).rowcount == 0, statement


@pytest.mark.parametrize("service", ["consultation", "report"])
def test_other_services_remove_no_fact(filled: World, service: str) -> None:
    with (
        connect_as(filled.stack.database, service, holder(filled)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("DELETE FROM indicator.fact")


def holder(world: World, *rights: str) -> dict[str, object]:
    """A principal of the office that holds the facts."""
    office = str(world.office_id)
    found = list(rights) or ["facts:read_raw", "deliveries:create", "deliveries:read"]
    return NOBODY | {"organisation_id": office, "administration_id": office, "rights": found}


def test_who_may_not_deliver_removes_no_fact_of_its_own_office(filled: World) -> None:
    reader = holder(filled, "facts:read_raw", "deliveries:read", "datasets:write")
    with connect_as(filled.stack.database, "indicator", reader) as connection:
        assert connection.execute("DELETE FROM indicator.fact").rowcount == 0


_KEEP = """
    INSERT INTO indicator.fact_history (dataset_id, measure_id, period_id, breakdown_id, area_id,
        status, quality, value, delivery_number, known_from, known_to)
    SELECT dataset_id, measure_id, period_id, breakdown_id, area_id, status, quality, {value},
        delivery_number, known_from, now() FROM indicator.fact
"""


@pytest.mark.parametrize("kept", [None, _KEEP.format(value="value + 1")])
def test_no_fact_goes_without_its_row_in_the_history_not_even_by_its_holder(
    filled: World, kept: str | None
) -> None:
    """Neither without a row nor with one that tells something else."""
    with connect_as(filled.stack.database, "indicator", holder(filled)) as connection:
        if kept is not None:
            connection.execute(kept.encode())
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="history"):
            connection.execute("DELETE FROM indicator.fact")


def test_its_holder_removes_a_fact_that_the_history_keeps(filled: World) -> None:
    (facts,) = filled.stack.database.execute("SELECT count(*) FROM indicator.fact")[0]
    with connect_as(filled.stack.database, "indicator", holder(filled)) as connection:
        connection.execute(_KEEP.format(value="value").encode())
        assert connection.execute("DELETE FROM indicator.fact").rowcount == facts
        assert facts


def test_pretending_to_load_a_dataset_opens_no_foreign_fact(filled: World) -> None:
    (dataset,) = filled.stack.database.execute("SELECT id FROM indicator.dataset")[0]
    with connect_as(filled.stack.database, "indicator", foreign_office(filled)) as connection:
        connection.execute("SELECT set_config('qb.loading_dataset_id', %s, true)", (str(dataset),))
        assert connection.execute("SELECT 1 FROM indicator.fact").fetchall() == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO indicator.fact SELECT dataset_id, measure_id, period_id, 0, 1, 0, 0, 1.0, 1,"
        " now() FROM (VALUES (1, 1, 20230000)) AS v (dataset_id, measure_id, period_id)",
        "INSERT INTO indicator.release_series (dataset_id, holder_organisation_id, audience,"
        " audience_key) SELECT 1, '{other}', 'ministry', 'ministry'",
        "INSERT INTO indicator.dataset (code, title, publisher, source, licence, attribution,"
        " additivity, holder_organisation_id, administration_id, area_code)"
        " SELECT 'mine', 't', 'p', 's', 'l', 'a', 'exact', '{holder}', '{holder}', '99001'",
    ],
)
def test_another_office_cannot_write_into_a_dataset_it_does_not_hold(
    filled: World, statement: str
) -> None:
    filled_in = statement.format(other=filled.other_office_id, holder=filled.office_id)
    with (
        connect_as(filled.stack.database, "indicator", foreign_office(filled)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
    ):
        connection.execute(filled_in.encode())


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_role_owns_nothing_and_has_no_special_power(
    template_database: TestDatabase, filled: World, service: str
) -> None:
    role = f"qb_{service}"
    database = filled.stack.database
    assert database.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
        " FROM pg_roles WHERE rolname = %s",
        role,
    ) == [(False, False, False, False, False)]
    for catalogue, owner in (
        ("pg_class", "relowner"),
        ("pg_proc", "proowner"),
        ("pg_namespace", "nspowner"),
        ("pg_type", "typowner"),
    ):
        owned = database.execute(f"SELECT 1 FROM {catalogue} WHERE {owner} = %s::regrole", role)
        assert owned == [], catalogue
    members = database.execute(
        "SELECT 1 FROM pg_auth_members WHERE member = %s::regrole::oid", role
    )
    assert members == []


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE indicator.mine (id integer)",
        "CREATE TABLE public.mine (id integer)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql RETURN 1",
        "ALTER TABLE indicator.fact DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE indicator.released_cell OWNER TO CURRENT_USER",
        "DROP POLICY fact_read ON indicator.fact",
        "TRUNCATE indicator.released_cell",
        "TRUNCATE indicator.fact",
        "DELETE FROM indicator.fact_history",
        "UPDATE indicator.fact_history SET value = 1",
        "DELETE FROM indicator.delivery",
        "DELETE FROM indicator.audit",
        "UPDATE indicator.audit SET action = 'x'",
        "SET ROLE qb_owner",
        "SET SESSION AUTHORIZATION qb_owner",
    ],
)
def test_a_services_role_cannot_change_what_protects_the_facts(
    filled: World, service: str, statement: str
) -> None:
    with (
        connect_as(filled.stack.database, service) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_turning_row_security_off_makes_queries_fail_not_open(filled: World) -> None:
    with connect_as(filled.stack.database, "indicator") as connection:
        connection.execute("SET row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT 1 FROM indicator.fact")


@pytest.mark.parametrize("service", ["indicator", "report"])
def test_no_table_of_identity_can_be_read_but_the_public_names(filled: World, service: str) -> None:
    database = filled.stack.database
    relations = database.execute(
        "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'identity' AND c.relkind IN ('r', 'v')"
    )
    readable = set()
    for (name,) in relations:
        with connect_as(database, service) as connection:
            try:
                connection.execute(f"SELECT 1 FROM identity.{name}".encode())
                readable.add(name)
            except psycopg.errors.InsufficientPrivilege:
                connection.rollback()
    assert readable == {"organisation_public"}


@pytest.mark.parametrize(
    ("service", "table"),
    [
        ("consultation", "indicator.fact"),
        ("consultation", "indicator.released_cell"),
        ("consultation", "report.audit"),
        ("indicator", "report.audit"),
        ("report", "indicator.fact"),
    ],
)
def test_a_service_reads_no_table_of_another(filled: World, service: str, table: str) -> None:
    with (
        connect_as(filled.stack.database, service) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(f"SELECT 1 FROM {table}".encode())


def test_a_fact_that_refers_to_nothing_is_refused(filled: World) -> None:
    database = filled.stack.database
    (row,) = database.execute(
        "SELECT dataset_id, measure_id, period_id FROM indicator.fact LIMIT 1"
    )
    for column, wrong in (("measure_id", 999), ("area_id", 999), ("breakdown_id", 999)):
        values = dict(zip(("dataset_id", "measure_id", "period_id"), row, strict=True))
        values |= {"area_id": 1, "breakdown_id": 0, column: wrong}
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            database.execute(
                "INSERT INTO indicator.fact (dataset_id, measure_id, period_id, area_id,"
                " breakdown_id, status, value, delivery_number, known_from)"
                " VALUES (%s, %s, %s, %s, %s, 0, 1, 1, now())",
                *(
                    values[name]
                    for name in ("dataset_id", "measure_id", "period_id", "area_id", "breakdown_id")
                ),
            )


def test_ids_of_organisations_are_what_rights_are_compared_by(filled: World) -> None:
    """A name or an empty text in the place of an id sees nothing and breaks nothing else."""
    assert isinstance(filled.office_id, UUID)
    principal = NOBODY | {"rights": ["facts:read_raw"]}
    with connect_as(filled.stack.database, "indicator", principal) as connection:
        assert connection.execute("SELECT 1 FROM indicator.fact").fetchall() == []
