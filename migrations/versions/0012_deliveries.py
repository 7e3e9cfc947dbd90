"""Deliveries: mappings, confirmation, second person, withdrawal, findings in two languages."""

from migrations.sql_files import run_sql_file

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply `deliveries.sql`."""
    run_sql_file("deliveries.sql")


def downgrade() -> None:
    """Undo it."""
    run_sql_file("deliveries_drop.sql")
