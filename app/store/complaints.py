"""The register: lists of complaints, always by a key that an index has, never by counting off rows."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store.session import Reading
from app.store.transaction import Reads, Transaction

Row = Mapping[str, Any]

# Written into the statement: for a state that is not known yet PostgreSQL does not plan with an index of few of them.
_STATES = {state: f"state = '{state}'" for state in ("open", "closed", "withdrawn", "inadmissible", "purged")}
# One sentence per filter; the parameter's number is filled in. The day of receipt by its instants, which is the order.
_MIDNIGHT = "({}::timestamp at time zone 'Europe/Amsterdam')"
_FILTERS = {
    "status": "public_status = ${}",
    "kind": "kind = ${}",
    "procedure": "procedure = ${}",
    "stage": "stage = ${}",
    "category": "category = ${}",
    "handler": "handler_id = ${}",
    "assigned": "(handler_id is not null) = ${}",
    "reference": "reference = ${}",
    "received_from": f"received_at >= {_MIDNIGHT.format('${}::date')}",
    "received_until": f"received_at < {_MIDNIGHT.format('(${}::date + 1)')}",
}

# What a list shows of a complaint; ids and days as text, as the contract has them
_SHOWN = """
id::text, reference, procedure, procedure_version, kind, channel, category, received_at, received_on::text, stage,
state, public_status, verdict, handler_id::text, next_due_on::text, next_act_by::text, closed_at, updated_at
"""


def _where(filters: Mapping[str, Any], first: int) -> tuple[str, list[Any]]:
    numbered = {name: value for name, value in filters.items() if name != "state"}
    clauses = ["organisation_id = asking.organisation"]
    clauses += [_STATES[filters["state"]]] if "state" in filters else []
    clauses += [_FILTERS[name].format(number) for number, name in enumerate(numbered, first)]
    return " and ".join(clauses), list(numbered.values())


async def of_reference(tx: Transaction, reference: str) -> Row | None:
    return await tx.fetchrow(
        "select id, state from complaints where organisation_id = app_organisation() and reference = $1", reference
    )


async def other_of(tx: Transaction, complaint_id: UUID, named: str) -> Row | None:
    """The complaint with that reference or id, locked together with this one; None when the caller may see none."""
    rows = await tx.fetch(
        "select id, reference, duplicate and state <> 'open' as duplicate, $2 in (reference, upper(id::text)) as named"
        " from complaints"
        " where organisation_id = app_organisation() and (reference = $2 or id = any($1::uuid[]))"
        " order by id for update",
        [complaint_id, *_id_in(named)],
        named,
    )
    return next((row for row in rows if row["named"]), None)


_ONE_WITH = """
with recursive pairs as (
  select c.id as one, o.id as other from complaints c
  cross join lateral (
    select e.facts::jsonb ->> 'duplicate_of' as named from events e
    where e.organisation_id = c.organisation_id and e.complaint_id = c.id and e.type = 'complaint.closed'
    order by e.sequence desc limit 1) closing
  join complaints o on o.organisation_id = c.organisation_id and o.reference = closing.named
  where c.organisation_id = app_organisation() and c.duplicate and c.state <> 'open'
),
found as (
  select id from complaints
  where organisation_id = app_organisation() and (reference = $2 or id = any($1::uuid[]))
  union
  select case when pairs.one = found.id then pairs.other else pairs.one end
  from found join pairs on found.id in (pairs.one, pairs.other)
)
select id from complaints where organisation_id = app_organisation() and id in (select id from found)
order by id for update
"""


async def one_with(tx: Transaction, complaint_id: UUID, named: str | None) -> list[UUID]:
    """This complaint, the one with that reference or id, and all that were closed as duplicates, locked together.

    Of a closing as a duplicate only the ledger says of which: it is read of all duplicates, which are few.
    """
    rows = await tx.fetch(_ONE_WITH, [complaint_id, *(_id_in(named) if named else ())], named)
    return [row["id"] for row in rows]


def _id_in(named: str) -> list[UUID]:
    try:
        return [UUID(named)]
    except ValueError:
        return []


async def like(tx: Transaction, email: str, since: datetime) -> list[str]:
    """References of at most five open complaints of a complainant with that address, received since then.

    Of an address that very many have, not every one is looked at: this is a hint.
    """
    rows = await tx.fetch(
        """
        select reference from complaints where organisation_id = app_organisation() and state = 'open'
          and received_at >= $2 and id = any(array(
            select complaint_id from parties where organisation_id = app_organisation() and email_key = $1
              and role = 'complainant' and removed_at is null limit 100))
        order by received_at desc, id desc limit 5
        """,
        email.casefold(),
        since,
    )
    return [row["reference"] for row in rows]


async def hidden(tx: Reads, references: Collection[str]) -> set[str]:
    """Those of these references that are of a complaint in which the employee who asks is involved."""
    row = await tx.fetchrow("select app_hidden_references($1::text[]) as found", list(references))
    return set(row["found"]) if row else set()


async def listed(
    tx: Reading, filters: Mapping[str, Any], position: tuple[Any, ...] | None, backwards: bool, fetch: int
) -> list[Row]:
    """Newest receipt first; past `position` (received_at, id)."""
    # The number is written into the statement, and so is whether there is a position: with parameters for them
    # PostgreSQL would make a new plan each time.
    where, values = _where(filters, 3 if position else 1)
    sign, order = (">", "asc") if backwards else ("<", "desc")
    place: tuple[Any, ...] = (datetime.fromisoformat(position[0]), UUID(position[1])) if position else ()
    past = f" and (received_at, id) {sign} ($1, $2)" if position else ""
    return await tx.fetch(
        f"select {_SHOWN} from complaints where {where}{past}"
        f" order by received_at {order}, complaints.id {order} limit {int(fetch)}",
        *place,
        *values,
    )


async def count(tx: Reading, filters: Mapping[str, Any]) -> int:
    where, values = _where(filters, 1)
    row = await tx.fetchrow(f"select count(*) as total from complaints where {where}", *values)
    return int(row["total"]) if row else 0


_NAMED = "name_key($1) <> '' and name_found >= name_key($1) and name_found < name_key($1) || chr(1114111)"


async def found(tx: Transaction, name: str | None, email: str | None) -> list[Row]:
    """Complaints with such a party, whose name begins so however it was typed; at most 50, newest first.

    What name_key makes of a name is in migration 0029; one of which nothing shows is nobody's. One of both is asked.
    """
    sought = ((_NAMED, name), ("email_key = $1", email.casefold() if email else None))
    asked = [(clause, value) for clause, value in sought if value is not None]
    clauses = [clause.replace("$1", f"${number}") for number, (clause, _) in enumerate(asked, 1)]
    return await tx.fetch(
        f"""
        select * from complaints where organisation_id = app_organisation() and id in (
          select complaint_id from parties
          where organisation_id = app_organisation() and removed_at is null and {" and ".join(clauses)})
        order by received_at desc, id desc limit 50
        """,
        *(value for _, value in asked),
    )
