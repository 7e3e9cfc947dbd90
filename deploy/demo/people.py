"""Organisations, accounts and API keys of the demo. No person is invented: names are roles."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from deploy.demo.api import Api, Login
from deploy.demo.credentials import CredentialStore

OPERATOR, ADMINISTRATOR = "Plattformbetrieb", "verwaltung"
OPERATOR_AREAS = ("DG", "99001")
KEY_LIFE = timedelta(days=365)


@dataclass(frozen=True)
class Organisation:
    """An organisation of the demo; `parent` is another's name."""

    name: str
    short_name: str
    kind: str
    area_codes: tuple[str, ...]
    parent: str | None = None


@dataclass(frozen=True)
class Account:
    """An account: its login name, its role, and the name of its organisation.

    Where a role stands once, the login name is the role's code; else the place follows.
    """

    name: str
    role: str
    display_name: str
    organisation: str


@dataclass(frozen=True)
class KeyPlan:
    """An API key, made by the account that may manage its organisation's keys."""

    name: str
    label: str
    made_by: str
    rights: tuple[str, ...]
    area_codes: tuple[str, ...]


TOWN, STATISTICS = "Stadt Musterstadt", "Statistikstelle Musterstadt"
KREIS = "Kreis Musterkreis"
VILLAGE, HOUSES, VALLEY = "Gemeinde Musterdorf", "Stadt Musterhausen", "Gemeinde Mustertal"
TEAM = "Landesberatung Armutsbekämpfung und Sozialplanung"
ORGANISATIONS = (
    Organisation(TOWN, "Musterstadt", "kommune", ("99001001",)),
    Organisation(STATISTICS, "Statistik", "statistikstelle", ("99001001",), parent=TOWN),
    Organisation(KREIS, "Musterkreis", "kreis", ("99001",)),
    Organisation(VILLAGE, "Musterdorf", "kommune", ("99001002",)),
    Organisation(HOUSES, "Musterhausen", "kommune", ("99001003",)),
    Organisation(VALLEY, "Mustertal", "kommune", ("99001004",)),
    Organisation(TEAM, "Landesberatung", "landesberatung", ("05", "99001")),
    Organisation("Ministerium", "Ministerium", "ministerium", ("05", "99001")),
    Organisation("Statistisches Landesamt", "Landesamt", "landesamt", ("DG",)),
    Organisation("Bewilligungsbehörde", "Bewilligung", "bewilligungsbehoerde", ("05", "99001")),
)
ACCOUNTS = (
    Account("datenlieferung", "datenlieferung", "Datenlieferung Musterstadt", STATISTICS),
    Account("statistikstelle", "statistikstelle", "Statistikstelle Musterstadt", STATISTICS),
    Account("sozialplanung", "sozialplanung", "Sozialplanung Musterstadt", TOWN),
    Account("kreis", "kreis", "Sozialplanung Musterkreis", KREIS),
    Account("beratung", "beratung", "Beratung", TEAM),
    Account("teamleitung", "teamleitung", "Teamleitung Beratung", TEAM),
    Account("ministerium", "ministerium", "Referat im Ministerium", "Ministerium"),
    Account("landesamt", "landesamt", "Statistisches Landesamt", "Statistisches Landesamt"),
    Account(
        "bewilligungsbehoerde", "bewilligungsbehoerde", "Bewilligungsbehörde", "Bewilligungsbehörde"
    ),
    Account(ADMINISTRATOR, ADMINISTRATOR, "Verwaltung der Plattform", OPERATOR),
    Account("beratung-daten", "beratung", "Beratung Datenmanagement", TEAM),
    Account("sozialplanung-musterdorf", "sozialplanung", "Sozialplanung Musterdorf", VILLAGE),
    Account("sozialplanung-musterhausen", "sozialplanung", "Sozialplanung Musterhausen", HOUSES),
    Account("sozialplanung-mustertal", "sozialplanung", "Sozialplanung Mustertal", VALLEY),
)
API_KEYS = (
    KeyPlan(
        "datenlieferung",
        "Datenlieferung der Fachverfahren",
        "statistikstelle",
        ("datasets:read", "deliveries:create", "deliveries:read"),
        ("99001001",),
    ),
    KeyPlan(
        "landesamt",
        "Datenlieferung des Landesamtes",
        "landesamt",
        ("datasets:read", "datasets:write", "deliveries:create", "deliveries:read",
         "facts:read_raw", "releases:read", "releases:write"),
        ("DG",),
    ),
)  # fmt: skip


def ensure_people(api: Api, store: CredentialStore) -> None:
    """Make the organisations and accounts that are missing; `api` speaks as the administrator."""
    known = {item["name"]: str(item["id"]) for item in api.items("/v1/organisations")}
    for organisation in ORGANISATIONS:
        if organisation.name not in known:
            created = api.post("/v1/organisations", _organisation_body(organisation, known))
            known[organisation.name] = str(created["id"])
    accounts = {item["name"] for item in api.items("/v1/accounts")}
    for account in ACCOUNTS:
        if account.name not in accounts:
            body = _account_body(account, known, store)
            # The body holds a password: its digest must not serve as the key.
            api.post("/v1/accounts", body, key=str(uuid4()))


def _organisation_body(organisation: Organisation, known: dict[str, str]) -> dict[str, Any]:
    return {
        "name": organisation.name,
        "short_name": organisation.short_name,
        "kind": organisation.kind,
        "area_codes": list(organisation.area_codes),
        "parent_id": known[organisation.parent] if organisation.parent else None,
    }


def _account_body(
    account: Account, organisations: dict[str, str], store: CredentialStore
) -> dict[str, Any]:
    membership = {"organisation_id": organisations[account.organisation], "role": account.role}
    return {
        "name": account.name,
        "display_name": account.display_name,
        "password": store.password(account.name),
        "memberships": [membership],
    }


def ensure_api_key(consultation_url: str, plan: KeyPlan, store: CredentialStore) -> str:
    """The secret of a key; makes one if none is known or the known one has ended.

    A key whose secret was lost (the demo was killed between making and keeping it) is revoked.
    """
    login = Login(consultation_url, plan.made_by, store.password(plan.made_by))
    api = Api(consultation_url, login)
    try:
        return _ensure_api_key(api, plan, store)
    finally:
        login.log_out()
        api.close()


def _ensure_api_key(api: Api, plan: KeyPlan, store: CredentialStore) -> str:
    secret = store.api_key(plan.name)
    active = [
        item
        for item in api.items("/v1/api-keys")
        if item["name"] == plan.label and item["state"] == "active"
    ]
    if secret is not None and any(secret.startswith(f"qbk_{item['prefix']}_") for item in active):
        return secret
    for lost in active:
        api.send("DELETE", f"/v1/api-keys/{lost['id']}")
    body = {
        "name": plan.label,
        "rights": list(plan.rights),
        "area_codes": list(plan.area_codes),
        "expires_at": (datetime.now(UTC) + KEY_LIFE).isoformat(),
    }
    secret = str(api.post("/v1/api-keys", body, key=str(uuid4()))["secret"])
    store.keep_api_key(plan.name, secret)
    return secret
