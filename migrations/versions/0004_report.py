"""The schema of reports: its audit and idempotency keys, until reports are made."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the schema `report`."""
    op.execute(
        """
        CREATE TABLE report.audit (
            id uuid PRIMARY KEY,
            at timestamptz NOT NULL DEFAULT now(),
            subject_id uuid,
            organisation_id uuid,
            action text NOT NULL,
            record_kind text NOT NULL,
            record_id text NOT NULL,
            fields text[] NOT NULL DEFAULT '{}'
        )
        """
    )
    op.execute("ALTER TABLE report.audit ENABLE ROW LEVEL SECURITY")
    # whoever writes to the trail signs as the principal
    op.execute(
        """
        CREATE POLICY audit_add ON report.audit FOR INSERT WITH CHECK (
            subject_id = NULLIF(current_setting('qb.subject_id', true), '')::uuid
            AND organisation_id = NULLIF(current_setting('qb.organisation_id', true), '')::uuid
        )
        """
    )
    op.execute("GRANT INSERT ON report.audit TO qb_report")


def downgrade() -> None:
    """Empty the schema `report`."""
    op.execute("DROP TABLE report.audit")
