"""The days of a calendar version are days, with a name: one that could not be read stopped every intake.

`python -m app calendar` adds a version. A server of before reads what it reads now.
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

EACH = (
    '$[*] ? (@.date like_regex "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"'
    ' && @.date.datetime("YYYY-MM-DD").type() == "date" && @.name like_regex ".")'
)
READABLE = (
    "jsonb_typeof(decree_days) = 'array' AND jsonb_array_length(decree_days)"
    f" = jsonb_array_length(jsonb_path_query_array(decree_days, '{EACH}'))"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(f"ALTER TABLE calendar_versions ADD CONSTRAINT calendar_versions_decree_days_check CHECK ({READABLE})")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE calendar_versions DROP CONSTRAINT calendar_versions_decree_days_check")
