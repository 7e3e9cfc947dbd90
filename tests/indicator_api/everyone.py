"""Everybody the platform knows, and one dataset for each readership: for the walls of rights.

Each dataset `d_<audience>` holds one figure of its own for each town, so that an exit that shows
the figure shows whose walls it went through.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import psycopg

from services.shared.auth import hash_secret
from tests.indicator_api.world import (
    ALL_RIGHTS,
    ONE_PERSON,
    RAW_RIGHTS,
    areas,
    create,
    import_areas,
)
from tests.support.databases import TestDatabase
from tests.support.stack import Stack, as_bearer

AUDIENCES = ("public", "administration", "kreis", "advisory", "ministry")
# what is delivered for each dataset, and the year it is delivered for
FIGURES = {
    "public": 1013,
    "administration": 2027,
    "kreis": 3041,
    "advisory": 4053,
    "ministry": 5063,
    "draft": 6067,
    "raw": 7079,
    "foreign": 8081,
}
YEARS = {name: 2011 + number for number, name in enumerate(FIGURES)}
TOWN = "99001001"
# who is shown what; the office that holds the facts sees all of its own releases
EXPECTED = {
    "nobody": {"public"},
    "holder": set(AUDIENCES),
    "holder_machine": set(AUDIENCES),
    "holder_key": set(AUDIENCES),
    "same_town_hall": {"public", "administration"},
    "other_town_hall": {"public"},
    "other_office": {"public"},
    "kreis": {"public", "kreis"},
    "kreis_key": {"public", "kreis"},
    "other_kreis": {"public"},
    "beratung": {"public", "advisory"},
    "teamleitung": {"public", "advisory"},
    "beratung_key": {"public", "advisory"},
    "ministerium": {"public", "ministry"},
    "ministerium_key": {"public", "ministry"},
    "landesamt": {"public"},
    "bewilligungsbehoerde": {"public"},
    "verwaltung": {"public"},
}


@dataclass(slots=True)
class Everyone:
    """The services with all datasets in them; `tokens` by name of EXPECTED (None: nobody)."""

    stack: Stack
    tokens: dict[str, str | None]
    organisations: dict[str, UUID]
    releases: dict[str, dict[str, Any]]
    answers: dict[Any, httpx.Response] = field(default_factory=dict)

    def headers(self, who: str) -> dict[str, str]:
        """What this reader sends."""
        token = self.tokens[who]
        return {} if token is None else as_bearer(token)


async def make_everyone(stack: Stack) -> Everyone:
    """Fill an empty stack."""
    organisations = _organisations(stack)
    writer = stack.people.api_key(organisations["holder"], ALL_RIGHTS)
    foreign = stack.people.api_key(organisations["other_office"], RAW_RIGHTS)
    await import_areas(stack, writer, areas())
    for name in FIGURES:
        await _catalogue(stack, writer, foreign if name == "foreign" else writer, name)
    releases = {}
    for audience in AUDIENCES:
        releases[audience] = await stack.release(writer, f"d_{audience}", audience)
    draft = await stack.indicator.post(
        "/v1/releases",
        json={"dataset": "d_draft", "audience": "public"},
        headers=as_bearer(writer) | {"Idempotency-Key": "draft"},
    )
    await stack.run_jobs()
    releases["draft"] = await stack.read(writer, draft.headers["Location"])
    tokens = await _tokens(stack, organisations)
    return Everyone(stack, tokens, organisations, releases)


def _organisations(stack: Stack) -> dict[str, UUID]:
    add = stack.people.organisation
    town = add("Stadt Eins", "kommune", (TOWN,))
    return {
        "town": town,
        # DG, so that its key may also set up the areas
        "holder": add("Statistikstelle Eins", "statistikstelle", ("99001", "DG"), town),
        "other_town": add("Stadt Zwei", "kommune", ("99001002",)),
        "other_office": add("Statistikstelle Drei", "statistikstelle", ("99001003",)),
        "kreis": add("Kreis Eins", "kreis", ("99001",)),
        "other_kreis": add("Kreis Anderswo", "kreis", ("05",)),
        "landesberatung": add("Landesberatung", "landesberatung", ("05", "99001")),
        "ministerium": add("Ministerium", "ministerium", ("05", "99001")),
        "landesamt": add("Landesamt", "landesamt", ("DG",)),
        "bewilligungsbehoerde": add("Bewilligung", "bewilligungsbehoerde", ("05", "99001")),
        "betrieb": add("Betrieb", "betrieb", ("DG",)),
    }


async def _catalogue(stack: Stack, writer: str, holder: str, name: str) -> None:
    """A measure, an indicator and a dataset of this name, with a figure delivered."""
    await create(
        stack,
        writer,
        "/v1/measures",
        {"code": f"m_{name}", "name": f"Anzahl {name}", "unit": "Anzahl", "kind": "count"},
    )
    await create(
        stack,
        writer,
        "/v1/indicators",
        {
            "code": f"i_{name}",
            "name": f"Indikator {name}",
            "short_name": name,
            "kind": "count",
            "numerator_text": "Anzahl",
            "unit": "Anzahl",
            "decimals": 0,
            "polarity": "context",
            "dimension": {"code": "test", "label": "Test"},
            "numerator": {"measure": f"m_{name}"},
        },
    )
    town = "99001003" if name == "foreign" else TOWN
    await create(
        stack,
        holder,
        "/v1/datasets",
        {
            "code": f"d_{name}",
            "title": f"Bestand {name}",
            "publisher": "Amt",
            "source": "Register",
            "licence": "dl-de/by-2-0",
            "attribution": f"Quelle {name}",
            "additivity": "exact",
            "area_code": town,
            **ONE_PERSON,
        },
    )
    line = f"area;period;measure;value\n{town};{YEARS[name]};m_{name};{FIGURES[name]}\n"
    delivery = await stack.deliver(holder, f"d_{name}", line)
    assert delivery["state"] == "accepted", delivery


async def _tokens(stack: Stack, organisations: dict[str, UUID]) -> dict[str, str | None]:
    people = (
        ("holder", "holder", "statistikstelle"),
        ("holder_machine", "holder", "datenlieferung"),
        ("same_town_hall", "town", "sozialplanung"),
        ("other_town_hall", "other_town", "sozialplanung"),
        ("other_office", "other_office", "statistikstelle"),
        ("kreis", "kreis", "kreis"),
        ("other_kreis", "other_kreis", "kreis"),
        ("beratung", "landesberatung", "beratung"),
        ("teamleitung", "landesberatung", "teamleitung"),
        ("ministerium", "ministerium", "ministerium"),
        ("landesamt", "landesamt", "landesamt"),
        ("bewilligungsbehoerde", "bewilligungsbehoerde", "bewilligungsbehoerde"),
        ("verwaltung", "betrieb", "verwaltung"),
    )
    tokens: dict[str, str | None] = {"nobody": None}
    for name, organisation, role in people:
        stack.people.account(name, organisations[organisation], role)
        tokens[name] = await stack.token(name)
    for name, organisation in (
        ("holder_key", "holder"),
        ("kreis_key", "kreis"),
        ("beratung_key", "landesberatung"),
        ("ministerium_key", "ministerium"),
    ):
        tokens[name] = stack.people.api_key(organisations[organisation], ("datasets:read",))
    return tokens


def principal_row(database: TestDatabase, token: str) -> dict[str, Any]:
    """The principal behind a token or API key, asked as indicator_api asks."""
    if token.startswith("qbk_"):
        query, value = "SELECT * FROM identity.api_key_principal(%s)", hash_secret(token)
    else:
        claims = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
        query, value = "SELECT * FROM identity.session_principal(%s::uuid)", claims["sid"]
    with connect_as(database, "indicator") as connection:
        cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
        row = cursor.execute(query, (value,)).fetchone()
    assert row is not None
    return row


@contextmanager
def connect_as(
    database: TestDatabase, service: str, principal: dict[str, Any] | None = None
) -> Iterator[psycopg.Connection]:
    """A transaction under a service's own role, in a principal's name; rolled back."""
    url = database.service_url(service).replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as connection:
        if principal is not None:
            # the public's rights are everybody's, as services.shared.auth adds them
            rights = {*principal["rights"], "areas:read", "indicators:read", "observations:read"}
            for setting, value in (
                ("subject_id", str(principal["subject_id"])),
                ("organisation_id", str(principal["organisation_id"])),
                ("administration_id", str(principal["administration_id"])),
                ("rights", ",".join(sorted(rights))),
                ("audiences", ",".join(principal["audiences"])),
                ("area_codes", ",".join(principal["area_codes"])),
            ):
                connection.execute("SELECT set_config(%s, %s, true)", (f"qb.{setting}", value))
        yield connection
        connection.rollback()


NOBODY: dict[str, Any] = {
    "subject_id": "",
    "organisation_id": "",
    "administration_id": "",
    "rights": [],
    "audiences": ["public"],
    "area_codes": [],
}
