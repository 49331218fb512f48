"""Deliveries that keep failing are told of once, and what was sent to a webhook is kept for thirty days."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = {
    "organisations": ("mail_failing_since timestamptz", "mail_failing_told_at timestamptz"),
    "webhooks": ("failing_told_at timestamptz",),
    "deliveries": ("about_webhook_id UUID",),
}
ABOUT = """
ALTER TABLE deliveries ADD CONSTRAINT deliveries_organisation_id_about_webhook_id_fkey
  FOREIGN KEY(organisation_id, about_webhook_id) REFERENCES webhooks (organisation_id, id)
"""
INDEX = """
CREATE INDEX deliveries_ended_idx ON deliveries (ended_at) WHERE kind = 'webhook'::text AND state <> 'waiting'::text
"""
# What was said to people belongs to the dossier: not even a mistake of ours takes its delivery away.
ONLY_WEBHOOKS = """
CREATE POLICY only_webhooks ON deliveries AS RESTRICTIVE FOR DELETE TO gehoor_worker
  USING (kind = 'webhook' AND state <> 'waiting')
"""
GRANTS = {
    "UPDATE (mail_failing_since) ON organisations": "gehoor_app",
    "SELECT (mail_failing_since, mail_failing_told_at) ON organisations": "gehoor_worker",
    "UPDATE (mail_failing_told_at) ON organisations": "gehoor_worker",
    "SELECT (reason, failing_told_at), UPDATE (failing_told_at) ON webhooks": "gehoor_worker",
    "SELECT (about_webhook_id), DELETE ON deliveries": "gehoor_worker",
    "SELECT (organisation_id, delivery_id), DELETE ON delivery_attempts": "gehoor_worker",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'ADD COLUMN {column}' for column in columns)}")
    for statement in (ABOUT, INDEX, ONLY_WEBHOOKS):
        op.execute(statement)
    for privileges, role in GRANTS.items():
        op.execute(f"GRANT {privileges} TO {role}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("REVOKE DELETE ON deliveries, delivery_attempts FROM gehoor_worker")
    op.execute("REVOKE SELECT (organisation_id, delivery_id) ON delivery_attempts FROM gehoor_worker")
    op.execute("REVOKE SELECT (reason) ON webhooks FROM gehoor_worker")
    op.execute("DROP POLICY only_webhooks ON deliveries")
    op.execute("DROP INDEX deliveries_ended_idx")
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'DROP COLUMN {column.split()[0]}' for column in columns)}")
