"""The rows of `escalations`: copies of what a complaint's ledger says, written in the statement that writes the ledger.

Who the organisation is comes from its own row, and which body it is from the directory, when that has it; a body that
differs per complaint is none of them.
"""

_CHANGING = (
    *(
        "state",
        "requested_at",
        "dispatched_at",
        "acknowledged_at",
        "hearing_on",
        "next_due_on",
        "verdict",
        "decided_at",
        "ended_at",
    ),
    "updated_at",
)
_COLUMNS = f"body, stage, reference, procedure, opened_by, filed_by, named, {', '.join(_CHANGING)}"


def _of(row: str, *more: str) -> str:
    return ", ".join(f"{row}.{name}" for name in (*_CHANGING[:-1], *more))


def upserted(number: int) -> str:
    """A part of a statement; `number` is that of the parameter with the rows. What stays as it was is not written."""
    return f"""
escalated as (
  insert into escalations (organisation_id, id, complaint_id, body_id, organisation_slug, organisation_name, {_COLUMNS})
  select e.organisation_id, e.id, e.complaint_id, b.id, o.slug, o.name, {", ".join(f"e.{n}" for n in _NAMES)}
  from jsonb_to_recordset(${number}::jsonb) as e(organisation_id uuid, id uuid, complaint_id uuid, body text,
    stage text, reference text, procedure text, opened_by text, filed_by text, named jsonb, requested_at timestamptz,
    state text, dispatched_at timestamptz, acknowledged_at timestamptz, hearing_on date, next_due_on date,
    verdict text, decided_at timestamptz, ended_at timestamptz, updated_at timestamptz)
  join organisations o on o.id = e.organisation_id
  left join bodies b on b.slug = e.body and e.named = '{{}}'::jsonb
  on conflict (organisation_id, id) do update set (body_id, {", ".join(_CHANGING)})
    = (coalesce(escalations.body_id, excluded.body_id), {_of("excluded", "updated_at")})
  where ({_of("escalations", "body_id")})
    is distinct from ({_of("excluded")}, coalesce(escalations.body_id, excluded.body_id))
)"""


_NAMES = tuple(name.strip() for name in _COLUMNS.split(","))
