"""One mail that comes in by two ways is one: what its copies have in common, and which came first.

A process that knows nothing of it files each copy, as it always did.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("""
        ALTER TABLE inbound_mails
          ADD likeness bytea,
          ADD duplicate_of uuid,
          ADD CONSTRAINT inbound_mails_likeness_check CHECK (octet_length(likeness) = 32),
          ADD CONSTRAINT inbound_mails_organisation_id_duplicate_of_fkey FOREIGN KEY (organisation_id, duplicate_of)
            REFERENCES inbound_mails (organisation_id, id)
    """)
    op.execute(
        "CREATE INDEX inbound_mails_likeness_idx ON inbound_mails (organisation_id, likeness)"
        " WHERE likeness IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE inbound_mails DROP duplicate_of, DROP likeness")
