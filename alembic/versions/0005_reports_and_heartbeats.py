"""What reports and metrics need: two indexes, and a place where the worker says that it runs."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    # the register newest first, and a year's report from the index alone
    """
    CREATE INDEX complaints_received_idx ON complaints (organisation_id, received_at, id)
        INCLUDE (procedure, kind, state, category, verdict, received_on, closed_at, created_at)
    """,
    # the few events that figures are made of; what else happens to a complaint costs nothing here
    """
    CREATE INDEX events_report_idx ON events (organisation_id, complaint_id)
        INCLUDE (type, occurred_at)
        WHERE type IN ('first_response.sent', 'informal_outcome.recorded', 'decision.sent', 'measure.recorded',
            'event.corrected')
    """,
    # no organisation's: one row per job, without anything of anybody
    """
    CREATE TABLE heartbeats (
        name text NOT NULL,
        at timestamptz DEFAULT now() NOT NULL,
        figures jsonb DEFAULT '{}'::jsonb NOT NULL,
        CONSTRAINT heartbeats_pkey PRIMARY KEY (name)
    )
    """,
    "GRANT SELECT ON heartbeats TO gehoor_app",
    "GRANT SELECT, INSERT, UPDATE ON heartbeats TO gehoor_worker",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DROP TABLE heartbeats")
    op.execute("DROP INDEX events_report_idx, complaints_received_idx")
