"""Reading figures: derived values, revisions."""

from migrations.sql_files import run_sql_file

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply `reading.sql`."""
    run_sql_file("reading.sql")


def downgrade() -> None:
    """Undo it."""
    run_sql_file("reading_drop.sql")
