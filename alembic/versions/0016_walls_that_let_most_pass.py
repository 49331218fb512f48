"""The walls around a body as CASE, of which the planner expects nothing.

Of `nobody or complaint_id = ...` it expects one row in two hundred, also for an organisation, which sees all of its
own. It then sorts a whole work list where it could read a page off the index.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NOBODY = "(SELECT app_body()) IS NULL"
THE_CASE = "complaint_id = (SELECT app_case())"
OWN_WEBHOOKS = """body_webhook_id = ANY
  ((SELECT array_agg(w.id) FROM body_webhooks w WHERE w.body_id = (SELECT app_body()))::uuid[])"""
TRIED = f"""EXISTS (SELECT FROM deliveries d WHERE d.organisation_id = delivery_attempts.organisation_id
  AND d.id = delivery_attempts.delivery_id AND d.{OWN_WEBHOOKS})"""
ON_A_CASE = (
    *("parties", "events", "terms", "outbox", "involvements", "messages", "message_versions", "attachments"),
    *("inbound_mails", "dossier_parts", "escalation_reads", "idempotency_answers"),
)
# what a body sees of each
SEEN = {
    **dict.fromkeys(ON_A_CASE, THE_CASE),
    "complaints": "id = (SELECT app_case()) OR reference = nullif(current_setting('app.reference', true), '')",
    "deliveries": f"{THE_CASE} OR {OWN_WEBHOOKS}",
    "delivery_attempts": TRIED,
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table, seen in SEEN.items():
        op.execute(f"ALTER POLICY one_case ON {table} USING (CASE WHEN {NOBODY} THEN true ELSE {seen} END)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table, seen in SEEN.items():
        op.execute(f"ALTER POLICY one_case ON {table} USING ({NOBODY} OR {seen})")
