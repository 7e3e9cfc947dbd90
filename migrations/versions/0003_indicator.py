"""Areas, catalogue, deliveries, facts and releases, with the rights on them."""

from alembic import op

from migrations.sql_files import run_sql_file

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the schema `indicator`."""
    run_sql_file("indicator_catalogue.sql")
    run_sql_file("indicator_facts.sql")
    run_sql_file("indicator_rights.sql")


def downgrade() -> None:
    """Empty the schema `indicator`."""
    op.execute("DROP SCHEMA indicator CASCADE")
    op.execute("CREATE SCHEMA indicator")
    op.execute("GRANT USAGE ON SCHEMA indicator TO qb_indicator, qb_report")
