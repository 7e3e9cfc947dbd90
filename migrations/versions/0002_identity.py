"""Identity: organisations, accounts, memberships, sessions, API keys, and the audit trail.

The tables belong to qb_owner and stand under row-level security; qb_consultation reads them
only for the principal of its transaction and never reads a stored hash. Whoever must look a
credential up before there is a principal goes through one of the owner functions in
`sql/identity_functions.sql`.
"""

from alembic import op
from sqlalchemy import text

from migrations.sql_files import run_sql_file

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_EVERY_ACCOUNT = (
    "account:self",
    "areas:read",
    "indicators:read",
    "observations:read",
    "organisations:read",
)
_RAW_DATA = (
    "datasets:read",
    "datasets:write",
    "deliveries:create",
    "deliveries:read",
    "facts:read_raw",
    "releases:read",
    "releases:write",
)
# role -> (label, kinds of organisation it exists in, rights beyond those of every account)
_ROLES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "datenlieferung": (
        "Datenlieferung",
        ("kommune", "statistikstelle", "kreis", "landesamt"),
        ("datasets:read", "deliveries:create", "deliveries:read"),
    ),
    "statistikstelle": (
        "Statistikstelle",
        ("statistikstelle",),
        (*_RAW_DATA, "api_keys:manage"),
    ),
    "sozialplanung": ("Sozialplanung", ("kommune", "kreis"), _RAW_DATA),
    "kreis": ("Kreis", ("kreis",), _RAW_DATA),
    "beratung": ("Beratung", ("landesberatung",), ("datasets:read",)),
    "teamleitung": (
        "Teamleitung der Beratung",
        ("landesberatung",),
        ("datasets:read", "indicators:write"),
    ),
    "ministerium": ("Ministerium", ("ministerium",), ("datasets:read",)),
    "landesamt": (
        "Statistisches Landesamt",
        ("landesamt",),
        (*_RAW_DATA, "measures:write", "indicators:write", "areas:write", "api_keys:manage"),
    ),
    "bewilligungsbehoerde": (
        "Bewilligungsbehörde",
        ("bewilligungsbehoerde",),
        ("datasets:read",),
    ),
    "verwaltung": (
        "Verwaltung der Plattform",
        ("betrieb",),
        (
            "datasets:read",
            "organisations:manage",
            "accounts:manage",
            "api_keys:manage",
            "areas:write",
            "measures:write",
            "indicators:write",
        ),
    ),
}


def upgrade() -> None:
    """Create the tables, their policies and grants, the owner functions, and the roles."""
    run_sql_file("identity_tables.sql")
    run_sql_file("identity_policies.sql")
    run_sql_file("identity_functions.sql")
    connection = op.get_bind()
    for code, (label, kinds, rights) in _ROLES.items():
        connection.execute(
            text("INSERT INTO identity.role VALUES (:code, :label, :kinds)"),
            {"code": code, "label": label, "kinds": list(kinds)},
        )
        connection.execute(
            text("INSERT INTO identity.role_right VALUES (:role, :right_code)"),
            [{"role": code, "right_code": right} for right in (*_EVERY_ACCOUNT, *rights)],
        )


def downgrade() -> None:
    """Remove everything this revision made; the schema itself belongs to 0001."""
    op.execute("DROP VIEW identity.organisation_public")
    for function in (
        "session_principal(uuid)",
        "api_key_principal(bytea)",
        "login_credential(text)",
        "begin_login_attempt(bytea, interval, integer)",
        "clear_login_attempts(bytea)",
        "use_session(bytea)",
        "remove_expired_credentials(interval)",
        "area_is_covered(text, text[])",
    ):
        op.execute(f"DROP FUNCTION identity.{function}")
    for table in (
        "idempotency_key",
        "audit",
        "login_attempt",
        "api_key",
        "session",
        "membership",
        "account",
        "organisation",
        "role_right",
        "role",
    ):
        op.execute(f"DROP TABLE identity.{table} CASCADE")
    for function in (
        "current_subject_id()",
        "current_organisation_id()",
        "current_administration_id()",
        "has_right(text)",
    ):
        op.execute(f"DROP FUNCTION identity.{function}")
