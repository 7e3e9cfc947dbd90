"""Imports of areas from files."""

from migrations.sql_files import run_sql_file

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply `area_imports.sql`."""
    run_sql_file("area_imports.sql")


def downgrade() -> None:
    """Undo it."""
    run_sql_file("area_imports_drop.sql")
