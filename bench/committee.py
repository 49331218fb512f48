"""A committee with a hundred organisations and fifty thousand cases, listed as an organisation lists its complaints."""

import asyncio

from app.services.bodies import found
from app.store.session import Database
from bench.ground import Register, connected

NUMBER = 50_000
# Without their organisations and complaints, of which the list shows what stands in its own row.
_CASES = """
INSERT INTO escalations (organisation_id, complaint_id, body, body_id, stage, reference, organisation_slug,
    organisation_name, procedure, state, opened_by, filed_by, requested_at, updated_at)
SELECT md5('o' || n % 100)::uuid, uuidv7(), 'bench', (SELECT id FROM bodies WHERE slug = 'bench'), 'external',
    'BENCH-' || n, 'o-' || n % 100, 'Voorbeeld ' || n % 100, 'klikklaar',
    CASE WHEN n % 10 = 0 THEN 'dispatched' ELSE 'decided' END, 'organisation', 'complainant', now(), now()
FROM generate_series(1, $1::int) n
"""


def prepare(register: Register) -> str:
    """Makes the body with its cases; its key."""
    return asyncio.run(_prepared(register))


async def _prepared(register: Register) -> str:
    owner = Database(register.url("gehoor_owner"))
    try:
        key = (await found(owner, "bench", "Voorbeeldcommissie", "complaints_committee")).key
    finally:
        await owner.close()
    connection = await connected(register.url("postgres"))
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_CASES, NUMBER)
        await connection.execute("ANALYZE escalations")
    finally:
        await connection.close()
    return key
