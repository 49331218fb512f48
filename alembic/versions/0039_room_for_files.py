"""How much room the files of an organisation take is summed off an index: it was read from every file at each upload.

Of all of them, so by the owner: what is left out for who is involved in a complaint takes room as well.
"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

STORED_BYTES = """
    CREATE FUNCTION app_stored_bytes() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    RETURN (
        SELECT coalesce(sum(a.size), 0)::bigint FROM public.attachments a
         WHERE a.organisation_id = public.app_organisation()
    )
"""


def upgrade() -> None:
    # as in 0037; before the rest, which is undone when it fails
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '180s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS attachments_size_idx")
        op.execute("CREATE INDEX CONCURRENTLY attachments_size_idx ON attachments (organisation_id) INCLUDE (size)")
        op.execute("RESET lock_timeout")
    op.execute(STORED_BYTES)
    op.execute("REVOKE ALL ON FUNCTION app_stored_bytes() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION app_stored_bytes() TO gehoor_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DROP INDEX attachments_size_idx")
    op.execute("DROP FUNCTION app_stored_bytes()")
