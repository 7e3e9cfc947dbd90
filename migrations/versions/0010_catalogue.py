"""The indicator catalogue with its history."""

from migrations.sql_files import run_sql_file

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply `catalogue.sql`."""
    run_sql_file("catalogue.sql")


def downgrade() -> None:
    """Undo it."""
    run_sql_file("catalogue_drop.sql")
