"""The first administrator: made in the database, for an API needs somebody to speak to it."""

from collections.abc import Sequence

import psycopg
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from services.consultation_api.identity.accounts.rules import password_faults
from services.shared.ids import new_id

_ORGANISATION = """
    INSERT INTO identity.organisation (id, name, short_name, kind, area_codes, created_at)
    VALUES (%(id)s, %(name)s, 'Betrieb', 'betrieb', %(areas)s, now())
    ON CONFLICT (name) DO NOTHING
"""
# The password is set anew each time: whoever may run this owns the installation, and the old
# one may be lost.
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


class WeakPasswordError(Exception):
    """The password is not acceptable; the message says why."""


def make_administrator(
    admin_url: str, *, organisation: str, area_codes: Sequence[str], name: str, password: str
) -> None:
    """Make the operating organisation, an account with the role `verwaltung` and its password.

    `admin_url` is a libpq URL of the platform's migrated database for a role that owns it or
    is a superuser. May be repeated: what is there is left, the account gets the password.
    Raises `WeakPasswordError` before anything is written.
    """
    faults = password_faults(password, (name,))
    if faults:
        raise WeakPasswordError(" ".join(fault.detail for fault in faults))
    hashed = PasswordHash((Argon2Hasher(),)).hash(password)
    with psycopg.connect(admin_url) as connection:
        connection.execute(
            _ORGANISATION, {"id": new_id(), "name": organisation, "areas": list(area_codes)}
        )
        connection.execute(_ACCOUNT, {"id": new_id(), "name": name, "hash": hashed})
        connection.execute(
            _MEMBERSHIP, {"id": new_id(), "account": name, "organisation": organisation}
        )
