"""Datasets say how far their totals may differ from the parts, as the published table does."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is declared of cases without a place and of the rounding of amounts."""
    op.execute(
        """
        ALTER TABLE indicator.dataset
            -- so many cases of a total belong to no part, at most; null: some, not counted
            ADD COLUMN unplaced_cases integer DEFAULT 0 CHECK (unplaced_cases >= 0),
            -- to multiples of which unit the source has rounded amounts; 0: to none
            ADD COLUMN amount_rounding double precision NOT NULL DEFAULT 0
                CHECK (amount_rounding >= 0 AND amount_rounding < 'infinity'),
            -- figures in thousands are rounded to one of them
            DROP CONSTRAINT dataset_rounding_base_check,
            ADD CONSTRAINT dataset_rounding_base_check CHECK (rounding_base BETWEEN 1 AND 1000)
        """
    )


def downgrade() -> None:
    """Remove it."""
    op.execute("UPDATE indicator.dataset SET rounding_base = 2 WHERE rounding_base < 2")
    op.execute(
        """
        ALTER TABLE indicator.dataset
            DROP COLUMN unplaced_cases,
            DROP COLUMN amount_rounding,
            DROP CONSTRAINT dataset_rounding_base_check,
            ADD CONSTRAINT dataset_rounding_base_check CHECK (rounding_base BETWEEN 2 AND 1000)
        """
    )
