"""What there was before releases became work is carried over, and back."""

import secrets
from collections.abc import Iterator

import pytest
from alembic import command

from deploy.database import prepare_database
from tests.shared.test_migrations import config_of
from tests.support.databases import PASSWORDS, TestDatabase
from tests.support.databases import drop as drop_database

BEFORE = "0015"


@pytest.fixture
def earlier(template_database: TestDatabase) -> Iterator[TestDatabase]:
    """A database of the version before."""
    name = f"qb_test_{secrets.token_hex(6)}"
    prepare_database(template_database.server_url, name, PASSWORDS)
    database = TestDatabase(template_database.server_url, name)
    command.downgrade(config_of(database), BEFORE)
    yield database
    drop_database(database)


def test_minimum_counts_become_rules_and_drafts_are_checked_anew(earlier: TestDatabase) -> None:
    for code, minimum in (("offen", 0), ("eins", 1), ("amt", 3), ("streng", 10)):
        earlier.execute(
            "INSERT INTO indicator.dataset (code, title, publisher, source, licence, attribution,"
            " additivity, minimum_count, holder_organisation_id, administration_id, area_code)"
            " VALUES (%s, 't', 'p', 's', 'l', 'a', 'exact', %s, gen_random_uuid(),"
            " gen_random_uuid(), 'DG')",
            code,
            minimum,
        )
    earlier.execute(
        "INSERT INTO indicator.release_series (dataset_id, holder_organisation_id, audience,"
        " audience_key) SELECT id, holder_organisation_id, 'public', 'public'"
        " FROM indicator.dataset"
    )
    for state in ("draft", "publishing", "released", "discarded"):
        earlier.execute(
            "INSERT INTO indicator.release (id, series_id, dataset_version, acting, created_by,"
            " state) SELECT gen_random_uuid(), min(id), 1, '{}', 'x', %s"
            " FROM indicator.release_series",
            state,
        )
    command.upgrade(config_of(earlier), "head")
    rules = earlier.execute(
        "SELECT d.code, (r.parameters ->> 'threshold')::integer, r.is_active,"
        " d.releases_need_second_person FROM indicator.protection_rule AS r"
        " JOIN indicator.dataset AS d ON d.id = r.dataset_id ORDER BY d.id"
    )
    assert rules == [
        ("offen", 3, False, False),
        ("eins", 1, True, False),
        ("amt", 3, True, False),
        ("streng", 10, True, False),
    ]
    states = earlier.execute("SELECT state FROM indicator.release ORDER BY state")
    assert [state for (state,) in states] == ["checking", "checking", "discarded", "released"]
    command.downgrade(config_of(earlier), BEFORE)
    counts = earlier.execute("SELECT code, minimum_count FROM indicator.dataset ORDER BY id")
    assert counts == [("offen", 0), ("eins", 1), ("amt", 3), ("streng", 10)]
