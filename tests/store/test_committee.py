"""An external body sees its own cases and, of an organisation, one complaint: the database holds that (promise P8)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from app.store import bodies
from app.store.idempotency import looked_up
from app.store.keys import NewKey, insert_body_key, new_key
from app.store.session import Database, Reading
from app.store.transaction import Caller, NoOrganisation, NotABody, Transaction, Unauthenticated
from tests.conftest import NewOrganisation, Organisation
from tests.store.conftest import Case, new_case
from tests.store.rows import AT, dossier, insert
from tests.store.test_tables import TENANT

HASH = b"h" * 32
SHA = b"s" * 32
# What hangs on a complaint; of these a body sees those of its case.
ON_A_CASE = (
    *("parties", "events", "terms", "outbox", "involvements", "messages", "message_versions", "deliveries"),
    *("attachments", "inbound_mails", "dossier_parts", "escalation_reads", "idempotency_answers"),
)
NEVER = (
    *("staff", "api_keys", "mailboxes", "letter_templates", "webhooks", "delivery_attempts", "review_completions"),
    *("drafts", "complainant_codes"),
)


@dataclass(frozen=True)
class Body:
    id: UUID
    slug: str
    key: NewKey


async def new_body(owner: Database) -> Body:
    slug, key = f"body-{uuid4().hex[:12]}", new_key()
    async with owner.founding(uuid4()) as tx:
        body_id = await bodies.named(tx, slug, "Klachtencommissie", "complaints_committee")
        await insert_body_key(tx, body_id, key)
    return Body(body_id, slug, key)


def escalation_row(complaint: UUID, body: Body | None, **changed: Any) -> dict[str, Any]:
    names = {"stage": "external", "reference": "JSO-1", "organisation_slug": "jso", "organisation_name": "JSO"}
    return {
        "complaint_id": complaint,
        "body": body.slug if body else "elsewhere",
        "body_id": body.id if body else None,
        **names,
        **{"procedure": "jso", "state": "requested", "opened_by": "organisation", "filed_by": "complainant"},
        "requested_at": AT,
        **changed,
    }


@pytest_asyncio.fixture
async def body(owner_database: Database) -> Body:
    return await new_body(owner_database)


@dataclass(frozen=True)
class Lying:
    """A complaint that lies with a body, in an organisation that has another one and something in every table."""

    case: Case
    escalation: UUID
    another: UUID

    @property
    def organisation(self) -> Organisation:
        return self.case.organisation


async def escalated(database: Database, new_organisation: NewOrganisation, body: Body, **options: Any) -> Lying:
    case = await new_case(database, new_organisation)
    async with database.organisation(case.organisation.id) as tx:
        another = await dossier(tx)
        found = []
        for complaint, whose in ((case.complaint, body), (another, None)):
            found.append(await insert(tx, "escalations", escalation_row(complaint, whose, **options)))
            await _everything(tx, case.organisation, complaint, found[-1])
        await _of_the_organisation(tx)
    return Lying(case, found[0], another)


@pytest_asyncio.fixture
async def lying(database: Database, new_organisation: NewOrganisation, body: Body) -> Lying:
    return await escalated(database, new_organisation, body)


async def _everything(tx: Transaction, made: Organisation, complaint: UUID, escalation: UUID) -> None:
    """A row on this complaint in every table that has such rows, past those of a dossier."""
    of = {"complaint_id": complaint}
    said = {"author_kind": "staff", "body": "tekst", "subject": "Brief"}
    state = {"direction": "outbound", "channel": "post", "state": "draft", "shared": True, "language": "nl"}
    message = await insert(tx, "messages", {**of, **said, **state})
    await insert(tx, "message_versions", {**of, **said, "message_id": message, "version": 1})
    printed = {"kind": "post", "message_id": message, "state": "to_print"}
    delivery = await insert(tx, "deliveries", {**of, **printed})
    tried = {"began_at": AT, "took_ms": 1, "outcome": "delivered", "code": "ok"}
    await insert(tx, "delivery_attempts", {"delivery_id": delivery, "number": 1, **tried})
    file = {"name": "a.pdf", "media_type": "application/pdf", "size": 1, "sha256": SHA, "object_key": uuid4().hex}
    await insert(tx, "attachments", {**of, **file, "state": "clean", "shared": False, "author_kind": "staff"})
    mail = {"digest": uuid4().bytes * 2, "object_key": uuid4().hex, "size": 1, "received_at": AT}
    await insert(tx, "inbound_mails", {**of, **mail, "kind": "reply", "state": "filed"})
    await insert(tx, "involvements", {**of, "staff_id": made.staff["director"], "declared_at": AT})
    answer = {"caller_id": uuid4(), "key": "k", "request_hash": SHA, "status": 201, "body": "{}"}
    await insert(tx, "idempotency_answers", {**of, **answer})
    hashes = dict.fromkeys(("manifest_sha256", "ledger_head", "zip_sha256", "pdf_sha256"), SHA)
    sizes = {"zip_key": uuid4().hex, "pdf_key": uuid4().hex, "zip_size": 1, "pdf_size": 1, "ledger_sequence": 1}
    sealed = {"number": 0, "kind": "dossier", "manifest": b"{}", "sealed_at": AT}
    await insert(tx, "dossier_parts", {**of, **hashes, **sizes, **sealed, "escalation_id": escalation})
    await insert(tx, "escalation_reads", {**of, "escalation_id": escalation, "key_id": uuid4(), "what": "case"})
    await insert(tx, "complainant_codes", {**of, "code": uuid4().hex})


async def _of_the_organisation(tx: Transaction) -> None:
    host = {"direction": "outgoing", "host": "mail.example.org", "port": 25, "security": "none"}
    await insert(tx, "mailboxes", {**host, "address": "klachten@example.org"})
    letter = {"procedure": "jso", "letter": "decision", "language": "nl", "version": 1, "definition": "{}"}
    await insert(tx, "letter_templates", letter)
    hook = {"url": "https://example.org", "description": "x", "event_types": ["*"], "secret": b"s", "state": "active"}
    await insert(tx, "webhooks", hook)
    done = {"procedure": "jso", "review": "yearly", "period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}
    await insert(tx, "review_completions", {**done, "completed_at": AT})
    await insert(tx, "drafts", {"reason": "x", "filing": "{}", "received_at": AT})


async def _counts(tx: Transaction, tables: Any) -> dict[str, int]:
    return {name: len(await tx.fetch(f"SELECT * FROM {name}")) for name in tables}


async def test_inside_a_case_a_body_sees_that_complaint_and_nothing_else(database: Database, body: Body, lying: Lying):
    """Every table is read without a condition, as if the application had forgotten its own."""
    assert {*ON_A_CASE, *NEVER, "complaints", "escalations", "procedure_versions"} == TENANT
    async with database.committee(body.key.key_hash, lying.escalation) as tx:
        for name in ON_A_CASE:
            rows = await tx.fetch(f"SELECT complaint_id FROM {name}")
            assert {row["complaint_id"] for row in rows} == {lying.case.complaint}, name
        assert await _counts(tx, NEVER) == dict.fromkeys(NEVER, 0)
        assert [row["id"] for row in await tx.fetch("SELECT id FROM complaints")] == [lying.case.complaint]
        [organisation] = await tx.fetch("SELECT id FROM organisations")
        assert organisation["id"] == lying.organisation.id


async def test_without_the_body_being_told_the_same_questions_find_everything(
    database: Database, body: Body, lying: Lying
):
    """The control: it is app.body that holds, not the organisation's own wall."""
    async with database.committee(body.key.key_hash, lying.escalation) as tx:
        await tx.fetch("SELECT set_config('app.body', '', true)")
        for name in ON_A_CASE:
            rows = await tx.fetch(f"SELECT complaint_id FROM {name}")
            assert {row["complaint_id"] for row in rows} == {lying.case.complaint, lying.another}, name
        assert 0 not in (await _counts(tx, NEVER)).values()


async def test_inside_a_case_another_bodys_cases_in_that_organisation_are_not_seen(
    database: Database, new_organisation: NewOrganisation, body: Body, lying: Lying
):
    elsewhere = await escalated(database, new_organisation, body)
    async with database.committee(body.key.key_hash, lying.escalation) as tx:
        seen = await tx.fetch("SELECT id FROM escalations")
        assert {row["id"] for row in seen} == {lying.escalation, elsewhere.escalation}
        await tx.fetch("SELECT set_config('app.body', '', true)")  # the control
        assert len(await tx.fetch("SELECT id FROM escalations")) == 2


async def test_outside_a_case_a_body_sees_its_list(
    database: Database, owner_database: Database, new_organisation: NewOrganisation, body: Body, lying: Lying
):
    elsewhere = await escalated(database, new_organisation, body)
    await escalated(database, new_organisation, await new_body(owner_database))
    for wanted in (None, uuid4()):
        async with database.committee(body.key.key_hash, wanted) as tx:
            assert (tx.case, tx.organisation, tx.caller.body_id) == (None, None, body.id)
            seen = {row["id"] for row in await tx.fetch("SELECT id FROM escalations")}
            assert seen == {lying.escalation, elsewhere.escalation}
            others = TENANT - {"escalations"} | {"organisations"}
            assert await _counts(tx, others) == dict.fromkeys(others, 0)
            with pytest.raises(NoOrganisation):
                _ = tx.organisation_id


async def test_another_bodys_case_is_no_case(database: Database, owner_database: Database, body: Body, lying: Lying):
    other = await new_body(owner_database)
    async with database.committee(other.key.key_hash, lying.escalation) as tx:
        assert (tx.case, tx.organisation) == (None, None)
        assert await _counts(tx, TENANT) == dict.fromkeys(TENANT, 0)


async def test_a_body_changes_nothing_but_its_case(database: Database, body: Body, lying: Lying):
    async with database.committee(body.key.key_hash, lying.escalation) as tx:
        assert await tx.execute("UPDATE complaints SET category = 'x'") == "UPDATE 1"
        assert await tx.execute("UPDATE terms SET soft = true") == "UPDATE 1"
        assert await tx.execute("UPDATE staff SET name = 'x'") == "UPDATE 0"
    note = {"complaint_id": lying.another, "role": "complainant"}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.committee(body.key.key_hash, lying.escalation) as tx:
            await insert(tx, "parties", note)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.committee(body.key.key_hash, lying.escalation) as tx:
            await insert(tx, "webhooks", {"url": "x", "description": "x", "event_types": ["*"], "secret": b"s",
                                          "state": "active"})  # fmt: skip


async def test_inside_a_case_it_is_that_organisations_time(
    database: Database, body: Body, lying: Lying, superuser: asyncpg.Connection
):
    sql = "UPDATE organisations SET clock_offset = '40 days' WHERE id = $1"
    await superuser.execute(sql, lying.organisation.id)
    async with database.committee(body.key.key_hash, lying.escalation) as tx:
        row = await tx.fetchrow("SELECT now() AS now")
        assert row is not None
        assert tx.now - row["now"] == timedelta(days=40)
        assert (tx.organisation_id, tx.case) == (lying.organisation.id, lying.case.complaint)
        assert (tx.caller.kind, tx.caller.slug, tx.caller.sandbox) == ("body", body.slug, True)


async def test_a_key_of_an_organisation_opens_no_case(database: Database, lying: Lying):
    for wanted in (None, lying.escalation):
        with pytest.raises(NotABody):
            async with database.committee(lying.case.key("admin"), wanted):
                pytest.fail("opened")
    with pytest.raises(Unauthenticated):
        async with database.committee(b"x" * 32, lying.escalation):
            pytest.fail("opened")


async def test_nothing_of_a_case_is_left_on_the_connection(narrow: Database, body: Body, lying: Lying):
    async with narrow.committee(body.key.key_hash, lying.escalation):
        pass
    async with narrow.snapshot() as tx:
        rows = await tx.fetch("SELECT app_body() AS body, app_case() AS case, app_organisation() AS organisation")
        assert [set(row.values()) for row in rows] == [{None}]
        assert await tx.fetch("SELECT FROM escalations") == []


# Its list, in one statement


def nobody_refused(caller: Caller) -> None:
    pass


async def test_a_bodys_list_is_one_statement(
    narrow: Database, database: Database, new_organisation: NewOrganisation, body: Body, lying: Lying
):
    other = await escalated(database, new_organisation, body)
    reading = Reading(narrow, body.key.key_hash, nobody_refused, committee=True)
    rows = await reading.fetch("SELECT id FROM escalations WHERE body_id = asking.body_id ORDER BY id")
    assert {row["id"] for row in rows} == {lying.escalation, other.escalation}
    assert (reading.caller.kind, reading.caller.body_id) == ("body", body.id)
    assert await reading.fetch("SELECT id FROM organisations UNION ALL SELECT id FROM complaints") == []
    blind = Reading(narrow, body.key.key_hash, nobody_refused)
    assert await blind.fetch("SELECT id FROM escalations") == []


# Opening a case from the body's side


async def _reference(tx: Transaction) -> str:
    row = await tx.fetchrow("SELECT reference FROM complaints")
    assert row is not None
    return str(row["reference"])


@pytest_asyncio.fixture
async def reference(database: Database, body: Body, lying: Lying) -> str:
    async with database.committee(body.key.key_hash, lying.escalation) as tx:
        return await _reference(tx)


async def test_a_body_enters_a_case_by_its_reference(
    database: Database, owner_database: Database, lying: Lying, reference: str, superuser: asyncpg.Connection
):
    await superuser.execute("UPDATE organisations SET clock_offset = '9 days' WHERE id = $1", lying.organisation.id)
    other = await new_body(owner_database)
    async with database.committee(other.key.key_hash) as outside:
        tx = await outside.enter_case(lying.organisation.slug, reference)
        assert tx is not None
        assert (tx.organisation_id, tx.case) == (lying.organisation.id, lying.case.complaint)
        assert tx.now - outside.now == timedelta(days=9)
        assert [row["id"] for row in await tx.fetch("SELECT id FROM complaints")] == [lying.case.complaint]
        assert await _counts(tx, NEVER) == dict.fromkeys(NEVER, 0)


@pytest.mark.parametrize("wrong", ["slug", "reference", "another's"])
async def test_a_reference_that_does_not_fit_opens_nothing(
    database: Database, new_organisation: NewOrganisation, body: Body, lying: Lying, reference: str, wrong: str
):
    other = await new_organisation()
    slug = {"slug": "no-such", "another's": other.slug}.get(wrong, lying.organisation.slug)
    async with database.committee(body.key.key_hash) as tx:
        assert await tx.enter_case(slug, "X-1" if wrong == "reference" else reference) is None
        assert await tx.fetch("SELECT FROM organisations") == []
        assert await tx.fetch("SELECT FROM complaints") == []
        rows = await tx.fetch("SELECT app_organisation() AS o, app_case() AS c")
        assert [(row["o"], row["c"]) for row in rows] == [(None, None)]


# Idempotency


async def _answer(tx: Transaction, key: str) -> None:
    row = {"caller_id": tx.caller.key_id, "key": key, "request_hash": HASH, "complaint_id": tx.case, "status": 201}
    await insert(tx, "idempotency_answers", {**row, "headers": '{"Location": "/x"}', "body": '{"id": 1}'})


ANSWER = {"same_request": True, "status": 201, "headers": {"Location": "/x"}, "body": '{"id": 1}'}


async def test_a_bodys_answer_is_given_again_inside_its_case(database: Database, body: Body, lying: Lying):
    key = body.key.key_hash
    async with database.committee(key, lying.escalation, "once", HASH) as tx:
        assert (tx.replay, tx.in_flight) == (None, False)
        async with database.committee(key, lying.escalation, "once", HASH) as second:
            assert second.in_flight
        await _answer(tx, "once")
    async with database.committee(key, lying.escalation, "once", HASH) as tx:
        assert tx.replay == ANSWER
    async with database.committee(key, lying.escalation, "once", b"o" * 32) as tx:
        assert tx.replay is not None
        assert tx.replay["same_request"] is False


async def test_an_answer_is_given_again_to_who_entered_by_reference(
    database: Database, body: Body, lying: Lying, reference: str
):
    async def entered(tx: Transaction) -> Transaction:
        inside = await tx.enter_case(lying.organisation.slug, reference)
        assert inside is not None
        return await looked_up(inside, "opened", HASH)

    async with database.committee(body.key.key_hash) as outside:
        tx = await entered(outside)
        assert (tx.replay, tx.in_flight) == (None, False)
        async with database.committee(body.key.key_hash) as another:
            assert (await entered(another)).in_flight
        await _answer(tx, "opened")
    async with database.committee(body.key.key_hash) as outside:
        replay: Mapping[str, Any] | None = (await entered(outside)).replay
        assert replay is not None
        assert dict(replay) == ANSWER


async def test_many_bodies_at_once_each_see_their_own(
    narrow: Database, database: Database, owner_database: Database, new_organisation: NewOrganisation
):
    """On one connection, one after the other."""
    pairs = []
    for _ in range(3):
        made = await new_body(owner_database)
        pairs.append((made, await escalated(database, new_organisation, made)))

    async def look(made: Body, lying: Lying) -> None:
        async with narrow.committee(made.key.key_hash, lying.escalation) as tx:
            assert [row["id"] for row in await tx.fetch("SELECT id FROM complaints")] == [lying.case.complaint]

    roomy = [look(*pair) for pair in pairs * 5]
    await asyncio.gather(*roomy)
