"""Advice: requests, agreements, cases with goals, timeline and tasks, and who may work on them.

What a side may see and write stands in `sql/consultation_rights.sql`.
"""

from migrations.role_rights import give, take
from migrations.sql_files import run_sql_file

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# role -> rights beyond those of 0002_identity
RIGHTS: dict[str, tuple[str, ...]] = {
    "sozialplanung": ("requests:create", "cases:read", "cases:write"),
    "kreis": ("requests:create", "cases:read", "cases:write"),
    "beratung": ("cases:read", "cases:write", "cases:advise"),
    "teamleitung": ("cases:read", "cases:write", "cases:advise"),
}


def upgrade() -> None:
    """Build the schema `consultation` and give the roles their rights in it."""
    run_sql_file("consultation_tables.sql")
    run_sql_file("consultation_rights.sql")
    give(RIGHTS)


def downgrade() -> None:
    """Take the rights back and empty the schema `consultation`."""
    take(RIGHTS)
    run_sql_file("consultation_drop.sql")
