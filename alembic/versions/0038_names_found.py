"""What a person is found by is kept beside the name: reckoned at each search, no index served it behind the walls.

A column that PostgreSQL fills itself: it holds for rows of before, and for those that a process of before writes. The
table is rewritten for it, some 15 seconds for a million people; who writes waits so long.
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    # collated by code point: a name that begins so lies between two others, whatever the language
    op.execute('ALTER TABLE parties ADD name_found text COLLATE "C" GENERATED ALWAYS AS (name_key(name)) STORED')
    op.execute(
        "CREATE INDEX parties_name_idx ON parties (organisation_id, name_found)"
        " WHERE removed_at IS NULL AND name_found IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE parties DROP name_found")
