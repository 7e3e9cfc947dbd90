"""Chains of changes: later events follow to new versions, sets follow their units."""

from alembic import op

from migrations.sql_files import run_sql_file

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply `area_event_chain.sql`."""
    run_sql_file("area_event_chain.sql")


def downgrade() -> None:
    """Undo it, and put back the closure as it was."""
    run_sql_file("area_event_chain_drop.sql")
    run_sql_file("area_composition.sql")
    op.execute("SELECT indicator.rebuild_compositions()")
