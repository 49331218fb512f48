"""A mail that came in is out of sight of whoever is involved in any complaint that it names (P9), and not only in one.

So are the files that a report or an automatic answer brought; those of a message go with the message. A process that
knows nothing of it names none, and its mails are as hidden as they were.

The reference of a complaint that an event names is hidden from whoever is involved in that complaint.

A copy that waits makes way for one that is filed: it becomes a copy of that.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

THEIRS = "(SELECT CASE WHEN app_staff() IS NOT NULL THEN app_involvements() ELSE '{}'::uuid[] END)::uuid[]"
HIDDEN = f"(complaint_id IS NULL OR complaint_id <> ALL ({THEIRS}))"
# what is asked of inbound_mails is behind the wall itself
OF_A_MAIL = """(message_id IS NOT NULL OR mail_id IS NULL OR (SELECT app_staff()) IS NULL OR EXISTS (
  SELECT FROM inbound_mails m WHERE m.organisation_id = attachments.organisation_id AND m.id = mail_id))"""

# As owner, behind the wall between organisations and not behind that of the involved: it tells them nothing but which
# of the references that they would be shown are hidden.
HIDDEN_REFERENCES = """
CREATE FUNCTION app_hidden_references(named text[]) RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
RETURN coalesce(
    (SELECT array_agg(c.reference) FROM public.complaints c
      WHERE c.organisation_id = public.app_organisation() AND c.reference = ANY (named)
        AND c.id = ANY (public.app_involvements())),
    '{}'
)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(HIDDEN_REFERENCES)
    op.execute("REVOKE ALL ON FUNCTION app_hidden_references(text[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION app_hidden_references(text[]) TO gehoor_app")
    op.execute("ALTER TABLE inbound_mails ADD named uuid[] DEFAULT '{}'::uuid[] NOT NULL")
    op.execute(f"ALTER POLICY not_involved ON inbound_mails USING ({HIDDEN} AND NOT named && {THEIRS})")
    op.execute(f"ALTER POLICY not_involved ON attachments USING ({HIDDEN} AND {OF_A_MAIL})")
    op.execute("GRANT UPDATE (duplicate_of) ON inbound_mails TO gehoor_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("REVOKE UPDATE (duplicate_of) ON inbound_mails FROM gehoor_app")
    for table in ("attachments", "inbound_mails"):
        op.execute(f"ALTER POLICY not_involved ON {table} USING {HIDDEN}")
    op.execute("ALTER TABLE inbound_mails DROP named")
    op.execute("DROP FUNCTION app_hidden_references(text[])")
