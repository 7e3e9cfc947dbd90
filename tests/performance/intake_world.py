"""A register of 5,000 quarters and a file of a million rows about them."""

import random
from dataclasses import dataclass
from uuid import UUID

import psycopg

from services.shared.ids import new_id
from tests.support.databases import TestDatabase
from tests.support.people import People

AREAS = 5_000
MEASURES = [f"messgroesse_{number:02}" for number in range(10)]
YEARS = range(2021, 2025)
BREAKDOWNS = ["", "GES=GESM", "GES=GESW", "NAT=NATA", "NAT=NATD"]
ROWS = AREAS * len(MEASURES) * len(YEARS) * len(BREAKDOWNS)
DATASET = "lieferung"
ROOT_CODE = "99001"
RIGHTS = ("datasets:read", "datasets:write", "deliveries:create", "deliveries:read")
_SIGNS = (".", "/")
# in advance, for what the check finds doubtful in invented figures
CONFIRMATION = "Erfundene Zahlen für eine Messung."


@dataclass(frozen=True, slots=True)
class IntakeWorld:
    """A database with the register, a dataset without facts, and the key that delivers to it."""

    database: TestDatabase
    api_key: str


@dataclass(frozen=True, slots=True)
class Sender:
    """An API key and the dataset it delivers to."""

    api_key: str
    dataset: str


def area_codes() -> list[str]:
    """The keys of the quarters."""
    return [f"99001001{number:04}" for number in range(AREAS)]


def fill(database: TestDatabase) -> IntakeWorld:
    """Build the register in a migrated database, and beside it the bare script's table."""
    people = People(database)
    office = people.organisation("Amt", "statistikstelle", (ROOT_CODE,))
    with psycopg.connect(database.admin_url) as connection:
        _fill_register(connection)
        _add_dataset(connection, DATASET, office)
        _make_bare_table(connection)
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    return IntakeWorld(database, people.api_key(office, RIGHTS))


def _add_dataset(
    connection: "psycopg.Connection[tuple[object, ...]]", code: str, office: UUID
) -> None:
    connection.execute(
        "INSERT INTO indicator.dataset (code, title, publisher, source, licence, attribution,"
        " additivity, holder_organisation_id, administration_id, area_code)"
        " VALUES (%s, 'Lieferung', 'Amt', 'Register', 'dl-de/by-2-0', 'Amt', 'cell_key',"
        " %s, %s, %s)",
        (code, office, new_id(), ROOT_CODE),
    )


def _fill_register(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    insert = (
        "INSERT INTO indicator.area (code, kind, name, search_name, parent_id, lineage,"
        " is_fictional, source, attribution)"
        " VALUES (%s, %s, %s, %s, %s, %s, true, 'Register', 'Amt')"
    )
    connection.execute(insert, (ROOT_CODE, "kreis", "Kreis", "kreis", None, []))
    connection.execute("UPDATE indicator.area SET lineage = ARRAY[id]")
    found = connection.execute("SELECT id FROM indicator.area").fetchone()
    assert found is not None
    with connection.cursor() as cursor:
        cursor.executemany(
            insert,
            [
                (code, "quartier", f"Quartier {code}", f"quartier {code}", found[0], [])
                for code in area_codes()
            ],
        )
        connection.execute(
            "UPDATE indicator.area SET lineage = ARRAY[parent_id, id] WHERE parent_id IS NOT NULL"
        )
        cursor.executemany(
            "INSERT INTO indicator.measure (code, name, unit, kind)"
            " VALUES (%s, %s, 'Personen', 'count')",
            [(code, f"Messgröße {code}") for code in MEASURES],
        )
        cursor.executemany(
            "INSERT INTO indicator.breakdown (code, label) VALUES (%s, %s)",
            [(code, code) for code in BREAKDOWNS if code],
        )


def _make_bare_table(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """The fact table's columns, checks and key, without its policies and triggers."""
    connection.execute("CREATE SCHEMA bare")
    connection.execute(
        "CREATE TABLE bare.fact (LIKE indicator.fact INCLUDING ALL) PARTITION BY RANGE (period_id)"
    )
    for year in YEARS:
        connection.execute(
            f"CREATE TABLE bare.fact_y{year} PARTITION OF bare.fact"
            f" FOR VALUES FROM ({year * 10_000}) TO ({(year + 1) * 10_000})"
        )


def more_senders(database: TestDatabase, count: int) -> list[Sender]:
    """Other offices, each with a dataset of its own."""
    people = People(database)
    senders = []
    for number in range(count):
        office = people.organisation(f"Amt {number}", "statistikstelle", (ROOT_CODE,))
        dataset = f"{DATASET}_{number}"
        with psycopg.connect(database.admin_url) as connection:
            _add_dataset(connection, dataset, office)
        senders.append(Sender(people.api_key(office, RIGHTS), dataset))
    return senders


def first_rows(data: bytes, count: int) -> bytes:
    """A file's head and its first rows."""
    return b"\n".join(data.split(b"\n", count + 1)[: count + 1]) + b"\n"


def make_file(*, changed_share: float = 0.0, years: range = YEARS) -> bytes:
    """A tidy CSV of `ROWS` rows, area by area; `changed_share` of the values are others.

    Figures as a register has them: men and women, and Germans and others, make up the total, and
    a year is much like the one before. One value in a hundred is a sign in place of a number, as
    in official tables; a changed one is higher by one.
    """
    values = random.Random(20220515)  # noqa: S311 - invented figures, no secret
    changes = random.Random(20221231)  # noqa: S311 - invented figures, no secret
    lines = ["area;period;measure;breakdown;value"]
    for area in area_codes():
        levels = [values.randrange(200, 20_000) for _ in MEASURES]
        for year in years:
            for measure, level in zip(MEASURES, levels, strict=True):
                total = level + values.randrange(level // 50 + 1)
                men, others = total // 2, total // 5
                for breakdown, figure in zip(
                    BREAKDOWNS, (total, men, total - men, others, total - others), strict=True
                ):
                    changed = figure + (changes.random() < changed_share)
                    value = values.choice(_SIGNS) if values.random() < 0.01 else str(changed)
                    lines.append(f"{area};{year};{measure};{breakdown};{value}")
    return ("\n".join(lines) + "\n").encode()
