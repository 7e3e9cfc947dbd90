"""Reports: frozen snapshots, what was rendered from them, and who may read it."""

from migrations.role_rights import give, take
from migrations.sql_files import run_sql_file

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# role -> rights beyond those of 0002_identity and 0005_advice
RIGHTS: dict[str, tuple[str, ...]] = dict.fromkeys(
    (
        "statistikstelle",
        "sozialplanung",
        "kreis",
        "beratung",
        "teamleitung",
        "ministerium",
        "landesamt",
        "bewilligungsbehoerde",
    ),
    ("reports:read", "reports:create"),
)


def upgrade() -> None:
    """Build the tables of `report` and give the roles their rights in it."""
    run_sql_file("report_tables.sql")
    run_sql_file("report_rights.sql")
    give(RIGHTS)


def downgrade() -> None:
    """Take the rights back and remove the tables; the trail of 0004 stays."""
    take(RIGHTS)
    run_sql_file("report_drop.sql")
