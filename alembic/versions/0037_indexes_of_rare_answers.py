"""Lists of what is rare are read off an index: by a state, a handler, what went wrong, a file's name in the store.

Each holds few rows or belongs to a table that little is written to: complaints come in as fast as before. The one of
the register is made anew with `reference`, which the wall around a body looks at: without it every row was fetched.

They are made beside the traffic, outside a transaction. Where that was broken off an index is left that is not used:
to run this again makes that one anew, and leaves those that are whole.
"""

from alembic import op
from sqlalchemy import text

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

INDEXES = {
    "terms_ended_idx": "terms (organisation_id, state, act_by, id) WHERE NOT open",
    "terms_suspended_idx": "terms (organisation_id, act_by, id) WHERE open AND state = 'suspended'",
    "terms_handler_idx": "terms (organisation_id, handler_id, act_by, id) WHERE open AND handler_id IS NOT NULL",
    "complaints_handler_idx": "complaints (organisation_id, handler_id, received_at, id) WHERE handler_id IS NOT NULL",
    # few are; the figures look for them here and need not read the complaints themselves
    "complaints_duplicate_idx": "complaints (organisation_id, id) WHERE duplicate",
    "complaints_state_idx": "complaints (organisation_id, state, received_at, id) WHERE state <> 'open'",
    "events_corrected_idx": "events (organisation_id, complaint_id) WHERE type = 'event.corrected'",
    "deliveries_left_idx": "deliveries (organisation_id, state, id) WHERE state IN ('dead', 'to_print')",
    "inbound_mails_object_idx": "inbound_mails (organisation_id, object_key)",
    "dossier_parts_zip_idx": "dossier_parts (organisation_id, zip_key)",
    "dossier_parts_pdf_idx": "dossier_parts (organisation_id, pdf_key)",
}
BEFORE = "procedure, kind, state, category, verdict, received_on, closed_at, created_at"
RECEIVED = "complaints (organisation_id, received_at, id) INCLUDE ({})"


def _whole(name: str, having: str = "") -> bool:
    """Whether that index is there and used, and made with these words."""
    asked = (
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indisvalid AND indexrelid = to_regclass('public.{}')"
    )
    definition = op.get_bind().execute(text(asked.format(name))).scalar()
    return definition is not None and having in definition


def _make(name: str, of: str, having: str = "") -> None:
    if not _whole(name, having):
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {of}")


def _make_received(included: str) -> None:
    having = f"INCLUDE ({included})"
    if not _whole("complaints_received_idx", having):
        _make("complaints_received_new", RECEIVED.format(included), having)
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS complaints_received_idx")
        op.execute("ALTER INDEX complaints_received_new RENAME TO complaints_received_idx")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # longer than any transaction of ours may last: each is waited for, and nobody waits for this
        op.execute("SET lock_timeout = '180s'")
        for name, of in INDEXES.items():
            _make(name, of)
        _make_received(f"{BEFORE}, reference")
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '180s'")
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        _make_received(BEFORE)
        op.execute("RESET lock_timeout")
