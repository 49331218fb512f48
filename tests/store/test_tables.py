"""The catalogue itself is asked: no table escapes the rules of the house."""

from collections import defaultdict
from typing import TypeAlias

import asyncpg
import pytest
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from app.store import correspondence_tables, escalation_tables, tables
from app.store.session import Database
from app.worker.queue import NAMES

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# No organisation's: a directory of bodies, their keys and webhooks (behind walls of their own), calendars, the worker's
# heartbeats, what the feed's places are counted from, and alembic's own.
BODIES_OWN = {"body_keys", "body_webhooks", "body_answers"}
GLOBAL = {"bodies", "calendar_versions", "heartbeats", "feed_base", "alembic_version"} | BODIES_OWN
# The organisation itself: its id is the tenant.
ROOT = {"organisations"}
ALL = tables.events.metadata.tables
TENANT = {*ALL, escalation_tables.escalations.name} - GLOBAL - ROOT

TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"

NAMED = "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = $1"

KEYS = """
SELECT c.relname AS name, con.conname, con.contype::text AS kind, con.confrelid::regclass::text AS target,
  (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(con.conkey) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.number) AS columns
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid
WHERE c.relnamespace = 'public'::regnamespace AND con.contype IN ('p', 'u', 'f')
"""

GRANTED = """
SELECT c.relname AS name, a.grantee::regrole::text AS role, a.privilege_type AS privilege, NULL AS column
  FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
UNION ALL
SELECT c.relname, a.grantee::regrole::text, a.privilege_type, t.attname
  FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
 WHERE c.relnamespace = 'public'::regnamespace
"""

# What each role may do with a whole table, and with which columns only. What is not here is not granted.
APP = {
    "SELECT": (TENANT | ROOT | GLOBAL),
    "INSERT": TENANT | {"body_webhooks", "body_answers"},
    "UPDATE": set(),
    "DELETE": set(),
}
WORKER = {
    "SELECT": {
        "alembic_version",
        "calendar_versions",
        "heartbeats",
        "feed_base",
        "procedure_versions",
        "complaints",
        "terms",
        "outbox",
        "involvements",
    },
    "INSERT": {"events", "terms", "outbox", "heartbeats", "deliveries", "delivery_attempts"},
    "UPDATE": {"heartbeats"},
    "DELETE": {"idempotency_answers", "body_answers", "deliveries", "delivery_attempts", "outbox"},
}
APP_UPDATES = {"drafts", "organisations", "staff", "api_keys", "complaints", "parties", "terms"} | {
    *("mailboxes", "messages", "inbound_mails", "attachments", "webhooks", "deliveries", "escalations"),
    *("body_webhooks", "complainant_codes", "involvements"),
}
# What came in without a complaint is filed on one later.
FILED_LATER = {"drafts", "inbound_mails", "attachments"}
HOW_IT_WENT = {
    *("state", "attempts", "next_at", "lease", "leased_until", "delivered_at", "ended_at", "last_status", "last_code"),
}
WORKER_COLUMNS = {
    ("organisations", "SELECT"): {
        *("id", "slug", "sandbox", "clock_offset", "mail_failing_since", "mail_failing_told_at"),
    },
    ("organisations", "UPDATE"): {"mail_failing_told_at"},
    ("events", "SELECT"): set(ALL["events"].columns.keys()) - {"texts", "salt"},
    ("idempotency_answers", "SELECT"): {"organisation_id", "id", "created_at"},
    ("body_answers", "SELECT"): {"id", "created_at"},
    ("review_completions", "SELECT"): set(ALL["review_completions"].columns.keys()) - {"texts"},
    ("complaints", "UPDATE"): {
        "stage",
        "state",
        "public_status",
        "duplicate",
        "next_act_by",
        "next_due_on",
        "head_sequence",
        "head_hash",
        "updated_at",
    },
    ("terms", "UPDATE"): set(ALL["terms"].columns.keys()) - {"organisation_id", "id", "complaint_id", "key"},
    ("outbox", "UPDATE"): {"state"},
    ("mailboxes", "SELECT"): {
        *("organisation_id", "id", "direction", "enabled", "leased_until", "used_at", "last_code", "failing_since"),
    },
    ("mailboxes", "UPDATE"): {"leased_until", "used_at", "last_code"},
    ("inbound_mails", "SELECT"): {"organisation_id", "id", "object_key", "state", "created_at"},
    ("attachments", "SELECT"): {"organisation_id", "id", "object_key", "state", "created_at", "scan_after"},
    ("webhooks", "SELECT"): {
        *("organisation_id", "id", "event_types", "state", "reason", "paused_at", "failing_since", "failing_told_at"),
    },
    ("webhooks", "UPDATE"): {"state", "reason", "paused_at", "failing_since", "failing_told_at", "updated_at"},
    ("body_webhooks", "SELECT"): {"id", "body_id", "event_types", "state", "reason", "paused_at", "failing_since"},
    ("deliveries", "SELECT"): set(correspondence_tables.deliveries.columns.keys()) - {"address"},
    ("deliveries", "UPDATE"): HOW_IT_WENT,
    ("delivery_attempts", "SELECT"): {"organisation_id", "delivery_id"},
    ("escalations", "SELECT"): {"organisation_id", "id", "complaint_id", "body_id", "state", "ended_at"},
    ("dossier_parts", "SELECT"): {"organisation_id", "id", "zip_key", "pdf_key"},
}


async def test_every_table_is_a_tenants_or_named(superuser: Superuser):
    found = {row["relname"] for row in await superuser.fetch(TABLES)}
    assert found == TENANT | ROOT | GLOBAL
    assert not await superuser.fetch(
        "SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
    )


async def test_every_tenant_table_has_its_organisation(superuser: Superuser):
    sql = NAMED + " AND is_nullable = 'NO'"
    assert {row["table_name"] for row in await superuser.fetch(sql, "organisation_id")} == TENANT


async def test_row_level_security_is_forced(superuser: Superuser):
    sql = TABLES + " AND relrowsecurity AND relforcerowsecurity"
    assert {row["relname"] for row in await superuser.fetch(sql)} == TENANT | ROOT | BODIES_OWN


OF_BODIES = ("bodies", "body_webhooks")
ITSELF_KNOWN = ("api_keys_key_hash_key", "complainant_codes_code_key")


async def test_keys_lead_with_the_organisation(superuser: Superuser):
    for row in await superuser.fetch(KEYS):
        if row["name"] not in TENANT:
            continue
        if row["kind"] == "p":
            assert row["columns"] == ["organisation_id", "id"], row
        # the key, or the code, is what says which organisation; and a body is no organisation's
        elif (
            row["conname"] not in ("api_keys_key_hash_key", "complainant_codes_code_key")
            and row["target"] not in OF_BODIES
        ):
            assert row["columns"][0] == "organisation_id", row
        if row["kind"] == "f":
            assert len(row["columns"]) > 1 or row["target"] in {"organisations", *OF_BODIES}, row


async def test_every_complaint_named_is_one_of_the_organisation(superuser: Superuser):
    named = {row["table_name"] for row in await superuser.fetch(NAMED, "complaint_id")}
    held = {row["name"] for row in await superuser.fetch(KEYS) if row["columns"] == ["organisation_id", "complaint_id"]}
    assert named == held


async def test_policies(superuser: Superuser):
    policies: dict[str, set[tuple[str, str, str, str]]] = defaultdict(set)
    for row in await superuser.fetch("SELECT * FROM pg_policies WHERE schemaname = 'public'"):
        policies[row["policyname"]].add((row["tablename"], row["permissive"], row["cmd"], ",".join(row["roles"])))
    worker = {name for name, _ in WORKER_COLUMNS} | set.union(*WORKER.values()) - GLOBAL
    assert policies.pop("tenant") == {(name, "PERMISSIVE", "ALL", "public") for name in TENANT | ROOT}
    assert policies.pop("worker") == {(name, "PERMISSIVE", "ALL", "gehoor_worker") for name in worker}
    assert policies.pop("sent_key") == {
        (name, "PERMISSIVE", "SELECT", "gehoor_app") for name in ("api_keys", "body_keys")
    }
    assert policies.pop("owner") == {
        ("body_keys", "PERMISSIVE", "ALL", "gehoor_owner"),
        ("organisations", "PERMISSIVE", "SELECT", "gehoor_owner"),
    }
    assert policies.pop("settling") == {
        (name, "PERMISSIVE", "SELECT", "gehoor_owner") for name in ("organisations", "events")
    }
    on_a_complaint = {name for name in TENANT if "complaint_id" in ALL[name].columns} | {"complaints"}
    assert policies.pop("not_involved") == {
        (name, "RESTRICTIVE", "SELECT" if name in ("idempotency_answers", "drafts") else "ALL", "gehoor_app")
        for name in on_a_complaint
    }
    assert policies.pop("only_announced") == {("outbox", "RESTRICTIVE", "DELETE", "gehoor_worker")}
    assert policies.pop("only_webhooks") == {("deliveries", "RESTRICTIVE", "DELETE", "gehoor_worker")}
    assert policies.pop("body") == {
        ("escalations", "PERMISSIVE", "SELECT", "gehoor_app"),
        ("body_webhooks", "PERMISSIVE", "ALL", "gehoor_app"),
        ("body_answers", "PERMISSIVE", "ALL", "gehoor_app"),
    }
    assert policies.pop("at_work") == {("body_webhooks", "PERMISSIVE", "ALL", "gehoor_app")}
    assert policies.pop("body_webhook") == {
        (name, "PERMISSIVE", "SELECT", "gehoor_app") for name in ("deliveries", "delivery_attempts")
    }
    assert policies.pop("body_webhook_again") == {("deliveries", "PERMISSIVE", "UPDATE", "gehoor_app")}
    assert policies.pop("sent_code") == {("complainant_codes", "PERMISSIVE", "SELECT", "gehoor_app")}
    assert policies.pop("named") == {("organisations", "PERMISSIVE", "SELECT", "gehoor_app")}
    open_to_bodies = {"procedure_versions"}  # the rules by which its case is read
    assert policies.pop("one_case") == {(name, "RESTRICTIVE", "ALL", "gehoor_app") for name in TENANT - open_to_bodies}
    assert not policies


async def test_no_policy_asks_another_column_for_the_tenant(superuser: Superuser):
    sql = "SELECT tablename, qual, with_check FROM pg_policies WHERE policyname = 'tenant'"
    for row in await superuser.fetch(sql):
        column = "id" if row["tablename"] == "organisations" else "organisation_id"
        wall = f"({column} = ( SELECT app_organisation() AS app_organisation))"
        assert (row["qual"], row["with_check"]) == (wall, None)


async def test_no_column_is_an_enum(superuser: Superuser):
    sql = "SELECT typname FROM pg_type WHERE typtype = 'e' AND typnamespace <> 'queue'::regnamespace"
    assert not await superuser.fetch(sql)


@pytest.mark.parametrize(("role", "whole"), [("gehoor_app", APP), ("gehoor_worker", WORKER)])
async def test_nothing_is_granted_beyond_the_list(superuser: Superuser, role: str, whole: dict[str, set[str]]):
    granted: dict[str, set[str]] = {privilege: set() for privilege in whole}
    for row in await superuser.fetch(GRANTED):
        if row["role"] == role and row["column"] is None:
            granted.setdefault(row["privilege"], set()).add(row["name"])
    assert granted == whole


async def test_nothing_is_granted_on_columns_beyond_the_list(superuser: Superuser):
    granted: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in await superuser.fetch(GRANTED):
        if row["column"] is not None:
            granted[row["role"], row["name"], row["privilege"]].add(row["column"])
    app = {key: columns for key, columns in granted.items() if key[0] == "gehoor_app"}
    assert {key[1:] for key in app} == {(name, "UPDATE") for name in APP_UPDATES}
    assert not {"organisation_id", "id", "complaint_id", "key_hash", "sandbox", "created_at"} & {
        column for key, columns in app.items() for column in columns if key[1] not in FILED_LATER
    }
    assert app["gehoor_app", "involvements", "UPDATE"] == {"cleared_at"}
    assert app["gehoor_app", "drafts", "UPDATE"] == {"complaint_id"}  # which complaint a draft became, once
    worker = {key[1:]: columns for key, columns in granted.items() if key[0] == "gehoor_worker"}
    assert worker == WORKER_COLUMNS
    assert {key[0] for key in granted} == {"gehoor_app", "gehoor_worker"}


async def test_nobody_else_is_granted_anything(superuser: Superuser):
    roles = {row["role"] for row in await superuser.fetch(GRANTED)}
    assert roles == {"gehoor_app", "gehoor_worker", "gehoor_backup"}
    privileges = {row["privilege"] for row in await superuser.fetch(GRANTED) if row["role"] == "gehoor_backup"}
    assert privileges == {"SELECT"}


async def test_functions_are_for_who_calls_them(superuser: Superuser):
    sql = """
    SELECT p.proname, p.prosecdef,
      array(SELECT r FROM unnest(array['gehoor_app', 'gehoor_worker', 'gehoor_backup']) r
             WHERE has_function_privilege(r, p.oid, 'EXECUTE')) AS roles
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace"""
    everyone = ["gehoor_app", "gehoor_worker", "gehoor_backup"]
    assert {row["proname"]: (row["prosecdef"], row["roles"]) for row in await superuser.fetch(sql)} == {
        "app_organisation": (False, everyone),
        "app_staff": (False, everyone),
        "app_key_hash": (False, everyone),
        "app_involvements": (True, ["gehoor_app"]),
        "app_hidden_references": (True, ["gehoor_app"]),
        "app_stored_bytes": (True, ["gehoor_app"]),
        "begin_request": (False, ["gehoor_app"]),
        "begin_organisation": (False, ["gehoor_app", "gehoor_worker"]),
        "begin_worker": (False, ["gehoor_worker"]),
        "messages_stay": (False, []),
        "app_body": (False, ["gehoor_app"]),
        "app_case": (False, ["gehoor_app"]),
        "begin_committee": (False, ["gehoor_app"]),
        "enter_case": (False, ["gehoor_app"]),
        "name_key": (False, ["gehoor_app"]),
    }


# PgQueuer's own tables are no organisation's: they name lines (ids), say nothing of anybody, and only the worker, who
# sees ids of all organisations anyway, gets to them. So they are in a schema apart, without row level security.
QUEUED = """
SELECT c.relname AS name, c.relkind::text AS kind, c.relpersistence::text AS persistence, r.role,
  array(SELECT p FROM unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
    WHERE has_table_privilege(r.role, c.oid, p)) AS privileges
FROM pg_class c, unnest(array['gehoor_app', 'gehoor_worker']) r(role)
WHERE c.relnamespace = 'queue'::regnamespace AND c.relkind NOT IN ('i', 'S')
"""


async def test_the_queue_is_the_workers_alone(superuser: Superuser):
    rows = await superuser.fetch(QUEUED)
    assert {row["kind"] + row["persistence"] for row in rows} == {"ru"}
    assert {(row["role"], row["name"]): row["privileges"] for row in rows if row["privileges"]} == {
        ("gehoor_worker", "pgqueuer"): ["SELECT", "INSERT", "UPDATE", "DELETE"],
        ("gehoor_worker", "pgqueuer_log"): ["SELECT", "INSERT", "DELETE"],
        ("gehoor_worker", "pgqueuer_statistics"): ["SELECT"],
    }
    schema = """
    SELECT nspname, r AS role, has_schema_privilege(r, oid, 'USAGE') AS uses, has_schema_privilege(r, oid, 'CREATE') AS
      makes FROM pg_namespace, unnest(array['gehoor_app', 'gehoor_worker', 'gehoor_backup']) r
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')"""
    assert {tuple(row) for row in await superuser.fetch(schema)} == {
        ("queue", "gehoor_app", False, False),
        ("queue", "gehoor_worker", True, False),
        (
            "queue",
            "gehoor_backup",
            True,
            False,
        ),  # as pg_read_all_data: a dump has these tables too, whatever is in them
    }
    executed = """SELECT proname FROM pg_proc, unnest(array['gehoor_app', 'gehoor_worker', 'gehoor_backup']) r
    WHERE pronamespace = 'queue'::regnamespace AND has_function_privilege(r, oid, 'EXECUTE')"""
    assert await superuser.fetch(executed) == []


async def test_the_queue_is_as_pgqueuer_would_install_it(owner_database: Database):
    """Were a newer PgQueuer to want other tables, that is a migration of ours: none is made at run time."""
    async with owner_database.apart(10) as driver:
        queries = Queries(
            AsyncpgDriver(driver),
            QueryBuilderEnvironment(NAMES),
            QueryQueueBuilder(NAMES),
            QuerySchedulerBuilder(NAMES),
        )
        plan = await queries.plan_upgrade()
    assert list(plan.statements) == []
