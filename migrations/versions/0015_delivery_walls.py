"""Deliveries: second person for withdrawals, rights that still hold, files left behind."""

from migrations.sql_files import run_sql_file

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply `delivery_walls.sql`."""
    run_sql_file("delivery_walls.sql")


def downgrade() -> None:
    """Undo it."""
    run_sql_file("delivery_walls_drop.sql")
