"""What a person is found by: the name as it is read, whatever blanks, letters and marks it was typed with.

A function and not a column: it holds for rows of before, and for those that a process of before writes. Most names are
plain, and those are told from the rest first: taking apart the others takes twenty times as long.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# One form per letter, capitals and small ones alike, without marks that show nothing (soft hyphens, joiners, directions
# of writing, variants of a sign), and one blank where there are some.
NAME_KEY = r"""
    CREATE FUNCTION name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN name ~ '^[!-~]+( [!-~]+)*$' THEN lower(name)
        ELSE btrim(regexp_replace(
            regexp_replace(
                normalize(casefold(normalize(name, NFKC) COLLATE pg_unicode_fast), NFKC),
                '[\u00AD\u034F\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFE00-\uFE0F\uFEFF]+', '', 'g'
            ),
            '\s+', ' ', 'g'
        ))
    END
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(NAME_KEY)
    op.execute("REVOKE ALL ON FUNCTION name_key(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION name_key(text) TO gehoor_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DROP FUNCTION name_key(text)")
