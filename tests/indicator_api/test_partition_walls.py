"""The database's own walls around partitions: what code that forgot a check could not do."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from tests.indicator_api.everyone import NOBODY, connect_as, principal_row
from tests.indicator_api.partition_world import (
    PARTITION,
    TOWN,
    A,
    PartitionWorld,
    make_partition_world,
    whole,
)
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack

NEW_AREA = (
    "INSERT INTO indicator.area (code, kind, name, search_name, source, attribution,"
    " holder_organisation_id, partition_id, is_set, parent_id, ars) SELECT %s, k.code, 'X', 'x',"
    " 'x', 'x', %s, %s, false, p.id, NULLIF(%s, '') FROM indicator.area_kind AS k"
    " LEFT JOIN indicator.area AS p ON p.code = %s WHERE k.code = %s"
)
PLACE = ("", TOWN, "quartier")


@pytest.fixture(scope="module")
async def town(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PartitionWorld]:
    """A partition with a directory and a set of the office's."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_partition_world(stack)
        answer = await world.put_addresses(f"Straße;Hausnummer;Einheit\nAhornweg;1;{A}\n")
        assert answer.status_code == 200
        await world.make_set("amt", parts=whole(A))
        yield world
    databases.drop(database)


def tried(town: PartitionWorld, key: str, statement: str, *values: object) -> int:
    """How many rows a statement touches in the name of a key; raises what the database says."""
    database = town.stack.database
    with connect_as(database, "indicator", principal_row(database, key)) as connection:
        return connection.execute(statement, values).rowcount


def organisation(town: PartitionWorld, key: str) -> object:
    return principal_row(town.stack.database, key)["organisation_id"]


def partition_id(town: PartitionWorld) -> int:
    ((found,),) = town.stack.database.execute(
        "SELECT id FROM indicator.partition WHERE code = %s", PARTITION["code"]
    )
    return int(str(found))


def test_a_change_links_own_areas_alone(town: PartitionWorld) -> None:
    """What the service checks stands in the database too, read in the service's own role."""
    database, office = town.stack.database, organisation(town, town.office)
    event = (
        "INSERT INTO indicator.area_event (kind, effective_on, title, source, organisation_id)"
        " VALUES ('merge', '2020-01-01', 'x', 'x', %s) RETURNING id"
    )
    link = (
        "INSERT INTO indicator.area_event_link (event_id, from_area_id, to_area_id, is_whole)"
        " SELECT %s, f.id, t.id, true FROM indicator.area AS f, indicator.area AS t"
        " WHERE f.code = %s AND t.code = %s"
    )
    own = f"{TOWN}-amt"
    with connect_as(database, "indicator", principal_row(database, town.office)) as connection:
        ((event_id,),) = connection.execute(event, (office,)).fetchall()
        for ends in ((own, "99001002"), ("99001002", own), ("99001002", "99001003")):
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege),
                connection.transaction(),
            ):
                connection.execute(link, (event_id, *ends))
        assert connection.execute(link, (event_id, own, own)).rowcount == 1
        connection.rollback()


def test_addresses_are_seen_by_the_keeper_alone(town: PartitionWorld) -> None:
    query = "SELECT * FROM indicator.partition_address"
    assert tried(town, town.office, query) == 1
    for key in (town.town_hall, town.kreis, town.elsewhere, town.ministry, town.writer):
        assert tried(town, key, query) == 0
    with connect_as(town.stack.database, "indicator", NOBODY) as connection:
        assert connection.execute(query).fetchall() == []
    for service in ("report", "consultation"):
        with (
            connect_as(town.stack.database, service) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(query)


def test_nobody_adds_addresses_to_anothers_partition(town: PartitionWorld) -> None:
    statement = (
        "INSERT INTO indicator.partition_address (partition_id, street_key, house_number,"
        " unit_area_id, street) SELECT p.id, 'x', 1, a.id, 'X' FROM indicator.partition AS p,"
        " indicator.area AS a WHERE a.code = %s"
    )
    assert tried(town, town.office, statement, A) == 1
    for key in (town.town_hall, town.kreis):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tried(town, key, statement, A)
    delete = "DELETE FROM indicator.partition_address"
    assert tried(town, town.town_hall, delete) == 0


def test_official_areas_cannot_be_taken_or_changed_by_an_office(town: PartitionWorld) -> None:
    for assignment in ("name = 'X'", "geometry = NULL", "valid_to = now()", "is_set = false"):
        statement = f"UPDATE indicator.area SET {assignment} WHERE code = '{TOWN}'"
        assert tried(town, town.office, statement) == 0
    statement = "UPDATE indicator.area SET holder_organisation_id = %s WHERE code = %s"
    assert tried(town, town.office, statement, organisation(town, town.office), A) == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tried(town, town.writer, statement, organisation(town, town.writer), A)


def test_an_own_area_stays_with_its_keeper(town: PartitionWorld) -> None:
    statement = "UPDATE indicator.area SET holder_organisation_id = %s WHERE code = %s"
    code = f"{TOWN}-amt"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tried(town, town.office, statement, organisation(town, town.town_hall), code)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tried(town, town.office, statement, None, code)
    rename = "UPDATE indicator.area SET name = 'X' WHERE code = %s"
    assert tried(town, town.office, rename, code) == 1
    for key in (town.town_hall, town.kreis, town.elsewhere):
        assert tried(town, key, rename, code) == 0


def test_own_areas_are_added_below_ones_own_town_only(town: PartitionWorld) -> None:
    office, own = organisation(town, town.office), partition_id(town)
    assert tried(town, town.office, NEW_AREA, f"{TOWN}-neu", office, own, *PLACE) == 1
    refused = (
        (town.office, "99001002-neu", office, None),
        (town.office, "05999000-neu", office, None),
        (town.office, f"{TOWN}-neu", None, None),
        (town.office, f"{TOWN}-neu", organisation(town, town.town_hall), None),
        (town.town_hall, f"{TOWN}-neu", organisation(town, town.town_hall), own),
        (town.ministry, f"{TOWN}-neu", organisation(town, town.ministry), None),
    )
    for key, code, holder, partition in refused:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tried(town, key, NEW_AREA, code, holder, partition, *PLACE)


def test_own_areas_have_a_level_and_a_parent_of_ones_own_town(town: PartitionWorld) -> None:
    office, code = organisation(town, town.office), f"{TOWN}-ort"
    assert tried(town, town.office, NEW_AREA, code, office, None, *PLACE) == 1
    for place in (
        ("990010002002", TOWN, "quartier"),
        ("", "99001", "quartier"),
        ("", "99001002", "quartier"),
        ("", None, "quartier"),
        ("", TOWN, "gemeinde"),
        ("", TOWN, "kreis"),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tried(town, town.office, NEW_AREA, code, office, None, *place)
    other = "(SELECT p.id FROM indicator.area AS p WHERE p.code = '99001002')"
    for assignment in (
        "code = '99001002-amt'",
        "ars = '990010002002'",
        "kind = 'gemeinde'",
        "parent_id = NULL",
        f"parent_id = {other}",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tried(
                town,
                town.office,
                f"UPDATE indicator.area SET {assignment} WHERE code = %s",
                f"{TOWN}-amt",
            )


def test_figures_follow_to_ones_own_version_only(town: PartitionWorld) -> None:
    office, other = (organisation(town, key) for key in (town.office, town.town_hall))
    follow = (
        "SELECT indicator.figures_follow(array_agg(o.id), array_agg(n.id), '2020-01-01')"
        " FROM indicator.area AS o JOIN indicator.area AS n ON n.code = o.code"
        " WHERE o.code = %s AND o.valid_to = '2020-01-01' AND n.valid_from = '2020-01-01'"
    )
    for number, holders in enumerate(((None, office), (office, office), (None, None),
                                      (other, office), (office, other))):  # fmt: skip
        code = f"{TOWN}-z{number}"
        town.stack.database.execute(
            "INSERT INTO indicator.area (code, kind, name, search_name, source, attribution,"
            " holder_organisation_id, valid_from, valid_to)"
            " SELECT %s, 'quartier', 'X', 'x', 'x', 'x', v.holder, v.first, v.until"
            " FROM (VALUES (CAST(%s AS uuid), NULL::date, date '2020-01-01'),"
            " (CAST(%s AS uuid), date '2020-01-01', NULL)) AS v (holder, first, until)",
            code,
            *holders,
        )
        assert tried(town, town.writer, follow, code) == 1
        if number < 2:
            assert tried(town, town.office, follow, code) == 1
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                tried(town, town.office, follow, code)


def test_units_are_taken_for_ones_own_partition_only(town: PartitionWorld) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tried(town, town.ministry, "SELECT indicator.take_units(%s)", partition_id(town))
    town.stack.database.execute("UPDATE indicator.area SET partition_id = NULL WHERE code = %s", A)
    database = town.stack.database
    for key, taken in ((town.town_hall, 0), (town.kreis, 0), (town.office, 1)):
        with connect_as(database, "indicator", principal_row(database, key)) as connection:
            row = connection.execute(
                "SELECT indicator.take_units(%s)", (partition_id(town),)
            ).fetchone()
        assert row == (taken,)


def test_parts_of_a_set_are_its_keepers(town: PartitionWorld) -> None:
    delete = "DELETE FROM indicator.area_set_part"
    for key in (town.town_hall, town.kreis, town.elsewhere, town.ministry):
        assert tried(town, key, delete) == 0
    assert tried(town, town.office, delete) == 1
    add = (
        "INSERT INTO indicator.area_set_part (set_area_id, part_area_id, weight, basis)"
        " SELECT s.id, u.id, 1, 'whole' FROM indicator.area AS s, indicator.area AS u"
        " WHERE s.code = %s AND u.code = %s"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tried(town, town.town_hall, add, f"{TOWN}-amt", f"{TOWN}02")


def test_a_partition_keeps_its_town_and_its_keeper(town: PartitionWorld) -> None:
    own = "UPDATE indicator.partition SET name = 'X'"
    assert tried(town, town.office, own) == 1
    assert tried(town, town.town_hall, own) == 0
    for column, value in (
        ("holder_organisation_id", organisation(town, town.town_hall)),
        ("municipality_code", "99001002"),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tried(town, town.office, f"UPDATE indicator.partition SET {column} = %s", value)
    add = (
        "INSERT INTO indicator.partition (code, name, municipality_code, kind,"
        " holder_organisation_id, source, attribution) VALUES (%s, 'x', %s, 'quartier', %s, 'x',"
        " 'x')"
    )
    holder = organisation(town, town.elsewhere)
    assert tried(town, town.elsewhere, add, "99001002-x", "99001002", holder) == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tried(town, town.elsewhere, add, "99001003-x", "99001003", holder)
