"""Base partitions, sets of their units, and who may keep them."""

from migrations.role_rights import give, take
from migrations.sql_files import run_sql_file

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# role -> rights beyond those of the revisions before
RIGHTS: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("statistikstelle", "sozialplanung", "kreis"), ("partitions:write",)
)


def upgrade() -> None:
    """Build the tables and give the roles their right."""
    run_sql_file("area_sets.sql")
    run_sql_file("area_composition.sql")
    give(RIGHTS)


def downgrade() -> None:
    """Take the right back and remove the tables."""
    take(RIGHTS)
    run_sql_file("area_sets_drop.sql")
