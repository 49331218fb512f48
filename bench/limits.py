"""What PostgreSQL can do by itself: pgbench, past row level security, one statement per transaction."""

import asyncio
import os
import re
import subprocess
import tempfile
from pathlib import Path

from bench.ground import Register, connected

INTAKE = "SELECT bench.intake('{organisation}')"
WORK_LIST = """
SELECT id, complaint_id, reference, key, duty, stage, source, state, soft, started_on, due_on, breach_at, act_by,
    handler_id FROM terms WHERE organisation_id = '{organisation}' AND open ORDER BY act_by, id LIMIT 50
"""
DOSSIER = """
SELECT c.*,
    (SELECT json_agg(e ORDER BY e.sequence) FROM events e
      WHERE e.organisation_id = c.organisation_id AND e.complaint_id = c.id),
    (SELECT json_agg(t ORDER BY t.id) FROM terms t
      WHERE t.organisation_id = c.organisation_id AND t.complaint_id = c.id),
    (SELECT json_agg(p) FROM parties p WHERE p.organisation_id = c.organisation_id AND p.complaint_id = c.id)
FROM bench.sample s JOIN complaints c ON c.organisation_id = '{organisation}' AND c.id = s.id WHERE s.number = :number
"""
# The figures of /reports/summary over every complaint of the organisation, in the plainest statement that has them.
REPORT = """
WITH answered AS (
    SELECT complaint_id, min(occurred_at) FILTER (WHERE type <> 'measure.recorded') AS at,
        count(*) FILTER (WHERE type = 'measure.recorded') AS measures
    FROM events WHERE organisation_id = '{organisation}'
        AND type IN ('first_response.sent', 'informal_outcome.recorded', 'decision.sent', 'measure.recorded')
    GROUP BY complaint_id
)
SELECT kind, category, verdict, count(*), count(*) FILTER (WHERE state = 'open'),
    count(*) FILTER (WHERE state = 'closed'), count(*) FILTER (WHERE state = 'withdrawn'),
    count(*) FILTER (WHERE state = 'inadmissible'), sum(measures),
    percentile_cont(array[0.5, 0.9]) WITHIN GROUP (ORDER BY at::date - received_on),
    percentile_cont(array[0.5, 0.9]) WITHIN GROUP (ORDER BY closed_at::date - received_on)
FROM complaints LEFT JOIN answered ON complaint_id = id
WHERE organisation_id = '{organisation}' AND received_at >= '2000-01-01'
GROUP BY GROUPING SETS ((), (kind), (category), (verdict))
"""
SCRIPTS = {
    "intake": INTAKE + ";",
    "report": REPORT.replace("\n", " ") + ";",
    "work list": WORK_LIST.replace("\n", " ") + ";",
    "dossier": "\\set number random(1, {sample})\n" + DOSSIER.replace("\n", " ") + ";",
}

# What one intake writes: complaint, event, three terms, person and announcement, of the size that they have here.
_FUNCTION = """
CREATE OR REPLACE FUNCTION bench.intake(organisation uuid) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    complaint uuid := uuidv7();
    event uuid := uuidv7();
    code text := 'BENCH-' || upper(substr(md5(random()::text), 1, 10));
    sealed bytea := sha256(complaint::text::bytea);
BEGIN
    INSERT INTO complaints (organisation_id, id, reference, procedure, procedure_version, calendar_version, kind,
        channel, complainant_type, received_at, received_on, stage, state, public_status, next_act_by, next_due_on,
        head_sequence, head_hash)
    VALUES (organisation, complaint, code, 'klikklaar', 1, 1, 'complaint', 'email', 'customer', now(), current_date,
        'handling', 'open', 'in_progress', current_date + 7, current_date + 7, 1, sealed);
    INSERT INTO events (organisation_id, id, complaint_id, sequence, type, occurred_at, recorded_at, actor_kind, facts,
        texts, salt, texts_hash, previous_hash, hash)
    VALUES (organisation, event, complaint, 1, 'complaint.received', now(), now(), 'system',
        '{"channel":"email","complainant_type":"customer","form":"email","given":["description"],"kind":"complaint"}',
        '{"description":"' || repeat('Mijn training ging niet door. ', 14) || '"}', decode('00', 'hex'), sealed, sealed,
        sealed);
    INSERT INTO terms (organisation_id, id, complaint_id, key, duty, stage, source, state, soft, open, started_on,
        due_on, breach_at, act_by, warn_at, reference, derivation)
    SELECT organisation, uuidv7(), complaint, 'handling.' || n, 'acknowledge', 'handling', 'KK-10', 'pending', false,
        true, current_date, current_date + 7 * n, now() + n * interval '7 days', current_date + 7 * n,
        now() + n * interval '5 days', code, '{"period":{"unit":"weeks","amount":2},"rolled":[],"profile":"nl-atw-3-1",
        "skipped":[],"direction":"forward","extensions":[],"started_on":"2026-04-24","suspensions":[],"weekend_days":0,
        "nominal_due_on":"2026-05-08","suspended_days":0,"calendar_version":1}'
    FROM generate_series(1, 3) n;
    INSERT INTO parties (organisation_id, complaint_id, role, name, email, email_key)
    VALUES (organisation, complaint, 'complainant', 'Sam Voorbeeld', 'sam@example.org', 'sam@example.org');
    INSERT INTO outbox (organisation_id, complaint_id, event_id, sequence, type, occurred_at)
    VALUES (organisation, complaint, event, 1, 'complaint.received', now());
    RETURN complaint;
END $$
"""


def prepare(register: Register) -> None:
    """The intake function and the complaints to read, in a schema of their own."""
    asyncio.run(_prepared(register))


async def _prepared(register: Register) -> None:
    connection = await connected(register.url("postgres"))
    try:
        await connection.execute("CREATE SCHEMA bench")
        await connection.execute(_FUNCTION)
        await connection.execute("CREATE TABLE bench.sample (number int PRIMARY KEY, id uuid NOT NULL)")
        numbered = list(enumerate(register.complaints, 1))
        await connection.copy_records_to_table("sample", schema_name="bench", records=numbered)
        await connection.execute("ANALYZE bench.sample")
    finally:
        await connection.close()


def rate(register: Register, figure: str, connections: int, seconds: float) -> float:
    """Transactions per second."""
    script = SCRIPTS[figure].replace("{organisation}", str(register.organisation))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "script.sql"
        path.write_text(script.replace("{sample}", str(len(register.complaints))))
        done = subprocess.run(
            _command(register, path, connections, seconds),
            env={**os.environ, "PGPASSWORD": register.server.password("postgres")},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"pgbench: {done.stderr}")
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench said no rate: {done.stdout}")
    return float(found[1])


def _command(register: Register, script: Path, connections: int, seconds: float) -> list[str]:
    where = ["-h", register.server.host, "-p", str(register.server.port), "-U", "postgres"]
    how = ["-n", "-M", "prepared", "-c", str(connections), "-j", "1", "-T", str(round(seconds))]
    return [str(register.server.bin_dir / "pgbench"), *where, *how, "-f", str(script), register.database]
