"""Releases as work: rules as data, plan and hidden cells, second person, embargo, delegation."""

from migrations.sql_files import run_sql_file

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply `release_work.sql`."""
    run_sql_file("release_work.sql")


def downgrade() -> None:
    """Undo it; releases that were confirmed are drafts again."""
    run_sql_file("release_work_drop.sql")
