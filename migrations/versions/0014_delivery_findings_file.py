"""Deliveries: where all findings are kept, and of which dry run a delivery took its file."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `findings_path` (Parquet in the object store) and `dry_run_id`."""
    op.execute(
        "ALTER TABLE indicator.delivery ADD COLUMN findings_path text, ADD COLUMN dry_run_id uuid"
    )


def downgrade() -> None:
    """Undo it."""
    op.execute("ALTER TABLE indicator.delivery DROP COLUMN findings_path, DROP COLUMN dry_run_id")
