"""The walls around a body as CASE, of which the planner expects nothing.

Of `nobody or complaint_id = ...` it expects one row in two hundred, also for an organisation, which sees all of its
own. It then sorts a whole work list where it could read a page off the index.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ON_A_CASE = (
    *("parties", "events", "terms", "outbox", "involvements", "messages", "message_versions", "deliveries"),
    *("attachments", "inbound_mails", "dossier_parts", "escalation_reads", "idempotency_answers"),
)
NOBODY = "(SELECT app_body()) IS NULL"
THE_CASE = "{} = (SELECT app_case())"
LOOKED_UP = "reference = nullif(current_setting('app.reference', true), '')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in ON_A_CASE:
        _wall(table, f"CASE WHEN {NOBODY} THEN true ELSE {THE_CASE.format('complaint_id')} END")
    _wall("complaints", f"CASE WHEN {NOBODY} THEN true ELSE {THE_CASE.format('id')} OR {LOOKED_UP} END")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in ON_A_CASE:
        _wall(table, f"{NOBODY} OR {THE_CASE.format('complaint_id')}")
    _wall("complaints", f"{NOBODY} OR {THE_CASE.format('id')} OR {LOOKED_UP}")


def _wall(table: str, seen: str) -> None:
    op.execute(f"ALTER POLICY one_case ON {table} USING ({seen})")
