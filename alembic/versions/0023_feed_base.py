"""What the places of the feed are counted from, and in which PostgreSQL they were counted.

A place is a transaction's number, and another PostgreSQL counts from its own beginning: after a restore what is new
would come before what was there, and cursors would pass it by. app/store/feed_base.py raises the base then.

While the base is 0 nothing differs, not even the default of the column: the version before, which knows of no base,
writes and reads the same places. It is more only after a restore, and only this version mends one.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    # one row; cluster: the system identifier, null while nobody has looked
    op.execute(
        "CREATE TABLE feed_base (base bigint NOT NULL, cluster bigint, CONSTRAINT feed_base_pkey PRIMARY KEY (base))"
    )
    op.execute("INSERT INTO feed_base (base) VALUES (0)")
    op.execute("GRANT SELECT ON feed_base TO gehoor_app, gehoor_worker")
    # the owner looks for the newest place of each organisation, in that one transaction and nothing else
    for table in ("organisations", "events"):
        op.execute(
            f"CREATE POLICY settling ON {table} FOR SELECT TO gehoor_owner"
            " USING (current_setting('app.settling', true) = 'on')"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in ("organisations", "events"):
        op.execute(f"DROP POLICY settling ON {table}")
    op.execute("ALTER TABLE events ALTER xid SET DEFAULT pg_current_xact_id()")
    op.execute("DROP TABLE feed_base")
