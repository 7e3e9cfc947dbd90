"""Areas through time: events, weights, what counts into what."""

from migrations.sql_files import run_sql_file

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply `area_history.sql`."""
    run_sql_file("area_history.sql")


def downgrade() -> None:
    """Undo it."""
    run_sql_file("area_history_drop.sql")
