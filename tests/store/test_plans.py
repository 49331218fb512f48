"""The lists that are asked for most are read off an index, also by a large organisation among small ones."""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from app.services import reports
from app.store import complaints, deliveries, work
from app.store.session import Database
from tests.conftest import NewOrganisation
from tests.plans import Explained, Explaining
from tests.store.conftest import Case, new_case

# Copies of one complaint and its terms: many in its own organisation, three in each of five hundred others. They are
# long, so that the tables are as large as with many more rows.
COMPLAINTS = """
insert into complaints select (jsonb_populate_record(c, jsonb_build_object(
  'id', uuidv7(), 'reference', 'X-' || n,
  'organisation_id', case when n <= $2 then $1 else md5('o' || n % 500)::uuid end,
  'category', repeat('x', 600), 'received_at', c.received_at - n * interval '1 minute'))).*
from complaints c, generate_series(1, $2::int + 1500) n where c.organisation_id = $1 and c.reference not like 'X-%'
"""
TERMS = """
insert into terms select (jsonb_populate_record(t, jsonb_build_object(
  'id', uuidv7(), 'organisation_id', c.organisation_id, 'complaint_id', c.id, 'reference', c.reference,
  'derivation', repeat('x', 1000), 'state', 'pending', 'open', true, 'breach_at', now() + interval '1 day',
  'act_by', current_date - (random() * 900)::int))).*
from complaints c join terms t on t.organisation_id = $1 and t.reference not like 'X-%' where c.reference like 'X-%'
"""
# One of each complaint: else the plan goes by the few events, or none, that earlier tests left.
EVENTS = """
insert into events select (jsonb_populate_record(e, jsonb_build_object(
  'id', uuidv7(), 'organisation_id', c.organisation_id, 'complaint_id', c.id))).*
from complaints c join events e on e.organisation_id = $1 and e.complaint_id = $2 and e.sequence = 1
where c.reference like 'X-%'
"""
NO_EVENTS = "delete from events where complaint_id in (select id from complaints where reference like 'X-%')"


@pytest_asyncio.fixture(scope="module")
async def superuser(urls: Mapping[str, str]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls["postgres"].replace("+asyncpg", ""))
    await connection.execute("set session_replication_role = replica")  # what is referred to need not be there itself
    yield connection
    await connection.close()


@pytest_asyncio.fixture(scope="module")
async def large(database: Database, new_organisation: NewOrganisation, superuser) -> AsyncIterator[Case]:
    case = await new_case(database, new_organisation)
    await superuser.execute(COMPLAINTS, case.organisation.id, 3_000)
    await superuser.execute(TERMS, case.organisation.id)
    await superuser.execute(EVENTS, case.organisation.id, case.complaint)
    await superuser.execute("vacuum analyze complaints, terms, events")
    yield case
    await superuser.execute(NO_EVENTS)
    for table in ("terms", "complaints"):
        await superuser.execute(f"delete from {table} where reference like 'X-%'")
    await superuser.execute("analyze complaints, terms, events")


NOBODY = UUID(int=0)


@pytest.mark.parametrize(
    ("listed", "filters", "index"),
    [
        (work.listed, {}, "terms_work_list_idx"),
        (work.listed, {"due_before": date(2020, 1, 1)}, "terms_work_list_idx"),
        (work.listed, {"state": "met"}, "terms_ended_idx"),
        (work.listed, {"state": "suspended"}, "terms_suspended_idx"),
        (work.listed, {"handler": NOBODY}, "terms_handler_idx"),
        (complaints.listed, {}, "complaints_received_idx"),
        (complaints.listed, {"received_from": date(2036, 1, 1)}, "complaints_received_idx"),
        (complaints.listed, {"received_until": date(2020, 1, 1)}, "complaints_received_idx"),
        (complaints.listed, {"state": "inadmissible"}, "complaints_state_idx"),
        (complaints.listed, {"handler": NOBODY}, "complaints_handler_idx"),
    ],
)
async def test_a_page_is_read_off_its_index(database: Database, large: Case, listed, filters, index):
    reading = Explained(database, large.key(), lambda _: None)
    await listed(reading, filters, None, False, 51)
    assert index in reading.plan, reading.plan
    assert "Seq Scan on" not in reading.plan and "Rows Removed" not in reading.plan, reading.plan
    assert "Sort Key" not in reading.plan.split(index)[0].split("CTE page")[-1], reading.plan


async def test_what_is_late_is_read_in_the_order_of_two_indexes(database: Database, large: Case):
    reading = Explained(database, large.key(), lambda _: None)
    await work.listed(reading, {"state": "overdue"}, None, False, 51)
    assert "terms_work_list_idx" in reading.plan and "terms_ended_idx" in reading.plan, reading.plan
    assert "Seq Scan on" not in reading.plan and "Bitmap" not in reading.plan, reading.plan


DELIVERIES = """
insert into deliveries (organisation_id, kind, address, state, next_at, attempts)
select $1, 'mail', repeat('x', 200), case when n % 1000 = 0 then 'dead' else 'waiting' end, now(), 0
from generate_series(1, 5000) n
"""


async def test_what_was_given_up_is_found_among_all_that_waits(database: Database, superuser, large: Case):
    await superuser.execute(DELIVERIES, large.organisation.id)
    await superuser.execute("analyze deliveries")
    async with database.request(large.key()) as tx:
        reading: Any = Explaining(tx)
        await deliveries.listed(reading, deliveries.Wanted(("dead",)), None, 51)
    await superuser.execute("delete from deliveries where organisation_id = $1", large.organisation.id)
    assert "deliveries_left_idx" in reading.plan and "Rows Removed" not in reading.plan, reading.plan


@pytest.mark.parametrize("figures", [reports.summary, reports.timeliness])
async def test_figures_are_counted_off_an_index(database: Database, large: Case, figures):
    async with database.request(large.key("reporter")) as tx:
        asked = reports.asked(tx.now, date(2026, 1, 1), date(2026, 12, 31), None, "total", None)
        reading: Any = Explaining(tx)
        await figures(reading, asked)
    recomputed, counted = reading.plan.split("Execution Time", 1)
    assert "events_corrected_idx" in recomputed and "Rows Removed" not in recomputed, recomputed
    assert "Index Only Scan using complaints_received_idx" in counted, counted


PARTIES = """
insert into parties (organisation_id, complaint_id, role, name, details)
select $1, $2, 'complainant', 'Sam ' || n, to_jsonb(repeat('x', 300)) from generate_series(1, 5000) n
"""


async def test_a_name_is_found_by_an_index(database: Database, superuser, large: Case):
    await superuser.execute(PARTIES, large.organisation.id, large.complaint)
    await superuser.execute("analyze parties")
    async with database.request(large.key()) as tx:
        reading: Any = Explaining(tx)
        await complaints.found(reading, "SAM  499", None)
    await superuser.execute("delete from parties where name like 'Sam %'")
    assert "parties_name_idx" in reading.plan and "Seq Scan on parties" not in reading.plan, reading.plan
