"""The first administrator: made in the database, for an API needs somebody to speak to it."""

import psycopg
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from deploy.demo.credentials import CredentialStore
from deploy.demo.people import ADMINISTRATOR, OPERATOR, OPERATOR_AREAS
from services.shared.ids import new_id

_ORGANISATION = """
    INSERT INTO identity.organisation (id, name, short_name, kind, area_codes, created_at)
    VALUES (%(id)s, %(name)s, 'Betrieb', 'betrieb', %(areas)s, now())
    ON CONFLICT (name) DO NOTHING
"""
# The password is set anew each time: whoever may run this owns the installation, and the file
# that held the old one may be gone.
_ACCOUNT = """
    INSERT INTO identity.account
        (id, name, display_name, password_hash, password_changed_at, created_at)
    VALUES (%(id)s, %(name)s, 'Verwaltung der Plattform', %(hash)s, now(), now())
    ON CONFLICT (name) DO UPDATE
    SET password_hash = excluded.password_hash, password_changed_at = now(), is_active = true
"""
_MEMBERSHIP = """
    INSERT INTO identity.membership (id, account_id, organisation_id, role, created_at)
    SELECT %(id)s, a.id, o.id, 'verwaltung', now()
    FROM identity.account a, identity.organisation o
    WHERE a.name = %(account)s AND o.name = %(organisation)s
    ON CONFLICT DO NOTHING
"""


def bootstrap(admin_url: str, store: CredentialStore) -> None:
    """Make the operating organisation, the account `verwaltung` and its membership.

    `admin_url` is a libpq URL of the platform's migrated database for a role that owns it or
    is a superuser. May be repeated; the account then has the store's password.
    """
    hashed = PasswordHash((Argon2Hasher(),)).hash(store.password(ADMINISTRATOR))
    with psycopg.connect(admin_url) as connection:
        connection.execute(
            _ORGANISATION, {"id": new_id(), "name": OPERATOR, "areas": list(OPERATOR_AREAS)}
        )
        connection.execute(_ACCOUNT, {"id": new_id(), "name": ADMINISTRATOR, "hash": hashed})
        connection.execute(
            _MEMBERSHIP,
            {"id": new_id(), "account": ADMINISTRATOR, "organisation": OPERATOR},
        )
