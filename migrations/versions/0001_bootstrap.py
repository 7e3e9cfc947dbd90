"""Schemas, who may use them, and the job queue."""

from alembic import op

from migrations.sql_files import run_sql_file

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERVICES = ("indicator", "consultation", "report")
SCHEMAS = ("identity", *SERVICES, "jobs")


def upgrade() -> None:
    """Each service may use its own schema; identity and jobs are open to all three."""
    for schema in SCHEMAS:
        op.execute(f"CREATE SCHEMA {schema}")
    for service in SERVICES:
        op.execute(f"GRANT USAGE ON SCHEMA {service}, identity, jobs TO qb_{service}")
    op.execute("GRANT USAGE ON SCHEMA indicator TO qb_report")
    op.execute("SET LOCAL search_path = jobs, public")
    run_sql_file("procrastinate_3.10.0.sql")
    roles = ", ".join(f"qb_{service}" for service in SERVICES)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO {roles}")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA jobs TO {roles}")
    op.execute("SET LOCAL search_path = DEFAULT")


def downgrade() -> None:
    """Remove every schema with all it holds."""
    for schema in reversed(SCHEMAS):
        op.execute(f"DROP SCHEMA {schema} CASCADE")
