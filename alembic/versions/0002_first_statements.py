"""What a transaction begins with: who is asking, whose rows may be seen, and what time it is."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Settings are made with is_local = true only: they end with the transaction, so none goes back to the pool.
READERS = (
    """
    CREATE FUNCTION app_organisation() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.organisation', true), '')::uuid
    """,
    """
    CREATE FUNCTION app_staff() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.staff', true), '')::uuid
    """,
    """
    CREATE FUNCTION app_key_hash() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
    RETURN decode(nullif(current_setting('app.key_hash', true), ''), 'hex')
    """,
    # as the owner, so that the involvements can be hidden from whom they are about without a policy that asks itself;
    # the tenant's policy holds for the owner too
    """
    CREATE FUNCTION app_involvements() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    RETURN coalesce(
        (SELECT array_agg(i.complaint_id) FROM public.involvements i
          WHERE i.organisation_id = public.app_organisation() AND i.staff_id = public.app_staff()),
        '{}'
    )
    """,
    "REVOKE ALL ON FUNCTION app_involvements() FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION app_involvements() TO gehoor_app",
)

# A key that is not there, expired, revoked or of somebody who has left gives a row without key_id; which one it was is
# not told. Expiry is by the organisation's clock, like every other date it sees.
BEGIN_REQUEST = """
    CREATE FUNCTION begin_request(
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

BEGIN_ORGANISATION = """
    CREATE FUNCTION begin_organisation(
        wanted uuid, OUT clock timestamptz, OUT slug text, OUT sandbox boolean
    ) LANGUAGE plpgsql AS $$
    DECLARE
        ignored text;
    BEGIN
        ignored := set_config('app.organisation', wanted::text, true);
        ignored := set_config('app.staff', '', true);
        SELECT now() + o.clock_offset, o.slug, o.sandbox INTO clock, slug, sandbox
          FROM organisations o WHERE o.id = wanted;
    END $$
"""

BEGIN_WORKER = """
    CREATE FUNCTION begin_worker(OUT clock timestamptz) LANGUAGE sql
    RETURN now()
"""

GRANTS = (
    "REVOKE ALL ON FUNCTION begin_request(bytea, text, bytea) FROM PUBLIC",
    "REVOKE ALL ON FUNCTION begin_organisation(uuid) FROM PUBLIC",
    "REVOKE ALL ON FUNCTION begin_worker() FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION begin_request(bytea, text, bytea) TO gehoor_app",
    "GRANT EXECUTE ON FUNCTION begin_organisation(uuid) TO gehoor_app, gehoor_worker",
    "GRANT EXECUTE ON FUNCTION begin_worker() TO gehoor_worker",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for statement in (*READERS, BEGIN_REQUEST, BEGIN_ORGANISATION, BEGIN_WORKER, *GRANTS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DROP FUNCTION begin_worker(), begin_organisation(uuid), begin_request(bytea, text, bytea)")
    op.execute("DROP FUNCTION app_involvements(), app_key_hash(), app_staff(), app_organisation()")
