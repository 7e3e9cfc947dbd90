"""Reports: frozen snapshots, what was rendered from them, and who may read it."""

from alembic import op
from sqlalchemy import text

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
    connection = op.get_bind()
    for role, rights in RIGHTS.items():
        connection.execute(
            text("INSERT INTO identity.role_right VALUES (:role, :right_code)"),
            [{"role": role, "right_code": right} for right in rights],
        )


def downgrade() -> None:
    """Take the rights back and remove the tables; the trail of 0004 stays."""
    connection = op.get_bind()
    for role, rights in RIGHTS.items():
        connection.execute(
            text(
                "DELETE FROM identity.role_right WHERE role = :role AND right_code = ANY(:rights)"
            ),
            {"role": role, "rights": list(rights)},
        )
    run_sql_file("report_drop.sql")
