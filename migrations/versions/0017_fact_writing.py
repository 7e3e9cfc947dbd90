"""Facts by the million: references checked in one pass, the policy of adding looked up once."""

from migrations.sql_files import run_sql_file

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply `fact_writing.sql`."""
    run_sql_file("fact_writing.sql")


def downgrade() -> None:
    """Undo it."""
    run_sql_file("fact_writing_drop.sql")
