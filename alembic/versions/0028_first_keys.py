"""What a key was answered, its successor is answered too: the first key of a rotation is what answers are kept under.

A process of before this migration keeps them under the key that asked, so that place is looked at as well, and it makes
successors that do not know their first key: with those it stays as it was.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

COLUMN = """
    ALTER TABLE api_keys
      ADD first_key_id uuid,
      ADD CONSTRAINT api_keys_organisation_id_first_key_id_fkey FOREIGN KEY (organisation_id, first_key_id)
        REFERENCES api_keys (organisation_id, id)
"""
# the owner sees no organisation's rows, except so
FILLED = (
    "ALTER TABLE api_keys NO FORCE ROW LEVEL SECURITY",
    """
    WITH RECURSIVE chain AS (
        SELECT k.organisation_id, k.id AS first, k.replaced_by AS next
          FROM api_keys k
         WHERE k.replaced_by IS NOT NULL
           AND NOT EXISTS (SELECT FROM api_keys b WHERE b.organisation_id = k.organisation_id AND b.replaced_by = k.id)
        UNION ALL
        SELECT c.organisation_id, c.first, k.replaced_by
          FROM chain c JOIN api_keys k ON k.organisation_id = c.organisation_id AND k.id = c.next
         WHERE k.replaced_by IS NOT NULL
    )
    UPDATE api_keys k SET first_key_id = c.first
      FROM chain c WHERE k.organisation_id = c.organisation_id AND k.id = c.next
    """,
    "ALTER TABLE api_keys FORCE ROW LEVEL SECURITY",
)

# Its columns stay as they are: a connection of before remembers them, and would fail once were there another. So the
# first key goes by a setting, for who keeps an answer.
BEGIN = """
    CREATE OR REPLACE FUNCTION begin_request(
        sent_key bytea,
        idempotency_key text,
        request bytea,
        OUT clock timestamptz,
        OUT organisation uuid,
        OUT slug text,
        OUT sandbox boolean,
        OUT key_id uuid,
        OUT kind text,
        OUT scopes text[],
        OUT staff_member uuid,
        OUT roles text[],
        OUT body_id uuid,
        OUT in_flight boolean,
        OUT same_request boolean,
        OUT status integer,
        OUT headers jsonb,
        OUT body text
    ) LANGUAGE plpgsql AS $$
"""
BEGIN_REQUEST = (
    BEGIN
    + """
    DECLARE
        ignored text;
        expires_at timestamptz;
        first_key uuid;
        active boolean;
    BEGIN
        ignored := set_config('app.key_hash', encode(sent_key, 'hex'), true);
        SELECT k.organisation_id, k.id, k.kind, k.scopes, k.staff_id, k.expires_at, k.first_key_id
          INTO organisation, key_id, kind, scopes, staff_member, expires_at, first_key
          FROM api_keys k
         WHERE k.key_hash = sent_key AND k.revoked_at IS NULL;
        IF key_id IS NULL THEN
            SELECT b.id, b.slug, k.id, 'body', false, '{}', '{}', now()
              INTO body_id, slug, key_id, kind, sandbox, scopes, roles, clock
              FROM body_keys k JOIN bodies b ON b.id = k.body_id
             WHERE k.key_hash = sent_key AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now());
        END IF;
        ignored := set_config('app.key_hash', '', true);
        ignored := set_config('app.organisation', coalesce(organisation::text, ''), true);
        ignored := set_config('app.staff', coalesce(staff_member::text, ''), true);
        IF organisation IS NOT NULL THEN
            SELECT o.slug, o.sandbox, now() + o.clock_offset INTO slug, sandbox, clock
              FROM organisations o WHERE o.id = organisation;
            roles := '{}';
            IF staff_member IS NOT NULL THEN
                SELECT s.roles, s.active INTO roles, active
                  FROM staff s WHERE s.organisation_id = organisation AND s.id = staff_member;
                IF active IS NOT TRUE THEN
                    key_id := NULL;
                END IF;
            END IF;
            IF expires_at <= clock THEN
                key_id := NULL;
            END IF;
        END IF;
        in_flight := false;
        IF key_id IS NULL OR idempotency_key IS NULL THEN
            RETURN;
        END IF;
        ignored := set_config('app.first_key', coalesce(first_key::text, ''), true);
        in_flight := NOT pg_try_advisory_xact_lock(
            hashtextextended(coalesce(first_key, key_id)::text || ' ' || idempotency_key, 0)
        );
        IF in_flight THEN
            RETURN;
        END IF;
        -- a statement of its own, so that it sees what was committed just before the lock was given
        SELECT a.request_hash = request, a.status, a.headers, a.body
          INTO same_request, status, headers, body
          FROM idempotency_answers a
         WHERE a.organisation_id = organisation AND a.caller_id = key_id AND a.key = idempotency_key;
        IF NOT FOUND AND first_key IS NOT NULL THEN
            SELECT a.request_hash = request, a.status, a.headers, a.body
              INTO same_request, status, headers, body
              FROM idempotency_answers a
             WHERE a.organisation_id = organisation AND a.caller_id = first_key AND a.key = idempotency_key;
        END IF;
    END $$
"""
)
BEFORE = (
    BEGIN
    + """
    DECLARE
        ignored text;
        expires_at timestamptz;
    BEGIN
        ignored := set_config('app.key_hash', encode(sent_key, 'hex'), true);
        SELECT k.organisation_id, k.id, k.kind, k.scopes, k.staff_id, k.expires_at
          INTO organisation, key_id, kind, scopes, staff_member, expires_at
          FROM api_keys k
         WHERE k.key_hash = sent_key AND k.revoked_at IS NULL;
        IF key_id IS NULL THEN
            SELECT b.id, b.slug, k.id, 'body', false, '{}', '{}', now()
              INTO body_id, slug, key_id, kind, sandbox, scopes, roles, clock
              FROM body_keys k JOIN bodies b ON b.id = k.body_id
             WHERE k.key_hash = sent_key AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now());
        END IF;
        ignored := set_config('app.key_hash', '', true);
        ignored := set_config('app.organisation', coalesce(organisation::text, ''), true);
        ignored := set_config('app.staff', coalesce(staff_member::text, ''), true);
        IF organisation IS NOT NULL THEN
            SELECT o.slug, o.sandbox, now() + o.clock_offset, coalesce(s.roles, '{}'),
                   CASE WHEN (staff_member IS NULL OR s.active)
                         AND (expires_at IS NULL OR expires_at > now() + o.clock_offset) THEN key_id END
              INTO slug, sandbox, clock, roles, key_id
              FROM organisations o LEFT JOIN staff s ON s.organisation_id = o.id AND s.id = staff_member
             WHERE o.id = organisation;
        END IF;
        in_flight := false;
        IF key_id IS NULL OR idempotency_key IS NULL THEN
            RETURN;
        END IF;
        in_flight := NOT pg_try_advisory_xact_lock(hashtextextended(key_id::text || ' ' || idempotency_key, 0));
        IF NOT in_flight THEN
            -- a statement of its own, so that it sees what was committed just before the lock was given
            SELECT a.request_hash = request, a.status, a.headers, a.body
              INTO same_request, status, headers, body
              FROM idempotency_answers a
             WHERE a.organisation_id = organisation AND a.caller_id = key_id AND a.key = idempotency_key;
        END IF;
    END $$
"""
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for statement in (COLUMN, *FILLED, BEGIN_REQUEST):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(BEFORE)
    op.execute("ALTER TABLE api_keys DROP first_key_id")
