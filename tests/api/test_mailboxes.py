"""An organisation's mailboxes: set, read without the password, tried."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from app.api import callers, idempotency
from app.api.application import contract_app
from app.api.routers import mailboxes
from app.channels.mailhosts import MailHosts
from app.services.mailboxes import MailDefaults, outgoing
from app.services.secrets import Sealer
from app.store.session import Database
from tests.api.office import Desk, faults
from tests.conftest import NewOrganisation
from tests.mailserver import NAME, PASSWORD, MailServer, mail_server

SEALER = Sealer(os.urandom(32))
OUT, IN = "/organisation/mailboxes/outgoing", "/organisation/mailboxes/incoming"
SETTING: dict[str, Any] = {
    "host": "mail.example.org",
    "port": 587,
    "security": "starttls",
    "username": NAME,
    "password": PASSWORD,
    "address": "klachten@example.org",
    "name": "Voorbeeld Advies",
}


@asynccontextmanager
async def desk_of(
    made: Any, database: Database, defaults: MailDefaults | None = None, hosts: MailHosts | None = None
) -> AsyncIterator[Desk]:
    app = contract_app([mailboxes.router], cursor_secret=b"a secret of at least thirty-two bytes")
    callers.install(app)
    idempotency.install(app)
    app.state.database, app.state.sealer = database, SEALER
    app.state.mail_defaults, app.state.mail_hosts = defaults, hosts or MailHosts()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gehoor") as client:
        yield Desk(client, made)


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    async with desk_of(await new_organisation(), database) as opened:
        yield opened


async def test_a_password_goes_in_and_never_comes_out(
    desk: Desk, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
):
    made = await desk("PUT", OUT, SETTING)
    assert made.status_code == 200, made.text
    read = await desk("GET", OUT)
    assert (read.json(), read.headers["etag"]) == (made.json(), made.headers["etag"])
    assert (read.json()["passwordSet"], read.json()["username"]) == (True, NAME)
    assert PASSWORD not in made.text + read.text
    stored = await superuser.fetchval("select password from mailboxes where organisation_id = $1", desk.made.id)
    assert PASSWORD.encode() not in stored
    async with database.organisation(desk.made.id) as tx:
        mailbox = await outgoing(tx, SEALER, None)
    assert mailbox is not None and mailbox.own
    assert mailbox.password == PASSWORD
    assert PASSWORD not in repr(mailbox)


async def test_changing_one_needs_what_was_read(desk: Desk):
    made = await desk("PUT", IN, {**SETTING, "port": 993, "security": "tls", "folder": "Klachten"})
    change = {**SETTING, "port": 993, "security": "tls"}
    assert (await desk("PUT", IN, change)).status_code == 428
    changed = await desk("PUT", IN, change, If_Match=made.headers["etag"])
    assert (changed.status_code, changed.json()["folder"]) == (200, None)
    assert (await desk("PUT", IN, change, If_Match=made.headers["etag"])).status_code == 412
    assert (await desk("PUT", OUT, SETTING, If_Match='"x"')).status_code == 412
    assert (await desk("GET", OUT)).status_code == 404


async def test_the_password_stays_only_where_it_was_given_to(desk: Desk):
    etag = (await desk("PUT", OUT, SETTING)).headers["etag"]
    without = {name: value for name, value in SETTING.items() if name != "password"}
    same = await desk("PUT", OUT, {**without, "name": "Anders"}, If_Match=etag)
    assert (same.status_code, same.json()["passwordSet"]) == (200, True)
    etag = same.headers["etag"]
    for change in ({"host": "mail.example.net"}, {"username": "ander"}, {"port": 465}):
        moved = await desk("PUT", OUT, {**without, **change}, If_Match=etag)
        assert faults(moved) == {("/password", "required")}
    none = await desk("PUT", OUT, {**without, "username": None}, If_Match=etag)
    assert (none.json()["passwordSet"], none.json()["username"]) == (False, None)


MISSED = ("/password", "required")


@pytest.mark.parametrize("path", [OUT, IN])
async def test_that_a_password_is_missed_is_told_of_a_server_that_cannot_be_read_only_where_it_is_sure(
    desk: Desk, path: str
):
    """It stays with the server that is stored, which may be the one that was meant."""
    etag = (await desk("PUT", path, SETTING)).headers["etag"]
    without = {name: value for name, value in SETTING.items() if name != "password"}
    for change, found in (
        ({"port": "587"}, {("/port", "wrong-type")}),
        ({"port": 0}, {("/port", "too-small")}),
        ({"host": 3}, {("/host", "wrong-type")}),
        ({"username": ""}, {("/username", "too-short")}),
        ({"host": "mail.example.net", "enabled": "ja"}, {("/enabled", "wrong-type"), MISSED}),
        ({"host": "mail.example.net", "port": "587"}, {("/port", "wrong-type"), MISSED}),
        ({"username": "ander", "host": 3}, {("/host", "wrong-type"), MISSED}),
        ({"port": 465, "username": 5}, {("/username", "wrong-type"), MISSED}),
        ({"host": "https://mail.example.org"}, {("/host", "wrong-form")}),
        ({"host": "https://mail.example.org", "port": 465}, {("/host", "wrong-form"), MISSED}),
    ):
        refused = await desk("PUT", path, {**without, **change}, If_Match=etag)
        assert (refused.status_code, faults(refused)) == (400, found)


async def test_that_a_password_is_missed_is_told_where_none_is_stored(desk: Desk):
    without = {name: value for name, value in SETTING.items() if name not in ("password", "host")}
    assert faults(await desk("PUT", OUT, without)) == {("/host", "required"), MISSED}
    assert faults(await desk("PUT", OUT, {**without, "host": 3})) == {("/host", "wrong-type"), MISSED}
    etag = (await desk("PUT", OUT, {**SETTING, "username": None, "password": None})).headers["etag"]
    refused = await desk("PUT", OUT, {**without, "host": SETTING["host"], "port": "587"}, If_Match=etag)
    assert faults(refused) == {("/port", "wrong-type"), MISSED}


@pytest.mark.parametrize(
    ("path", "change", "found"),
    [
        (OUT, {"host": "mail example"}, {("/host", "wrong-form")}),
        (OUT, {"host": "mail.example.org\r\nQUIT"}, {("/host", "wrong-form")}),
        *(
            (OUT, {"host": host}, {("/host", "wrong-form")})
            for host in ("..", "a..b", "-a.nl", "a_b", ":::::", "1.2.3.4.5.6", "fe80::1%eth0", "\u00e9.nl")
        ),
        (OUT, {"name": "Klachten\nBcc: x@example.org"}, {("/name", "wrong-form")}),
        (OUT, {"password": " "}, {("/password", "blank")}),
        (OUT, {"address": "klächten@example.org"}, {("/address", "wrong-form")}),
        (OUT, {"security": "none"}, {("/security", "unsafe")}),
        (OUT, {"folder": "INBOX"}, {("/folder", "not-here")}),
        (OUT, {"username": None}, {("/username", "required")}),
        (IN, {"address": f"{'k' * 22}@example.org"}, {("/address", "too-long")}),
        (OUT, {"security": "none", "host": "-"}, {("/host", "wrong-form"), ("/security", "unsafe")}),
        (OUT, {"port": 0}, {("/port", "too-small")}),
    ],
)
async def test_every_fault_is_told(desk: Desk, path: str, change: dict[str, Any], found: set[tuple[str, str]]):
    answer = await desk("PUT", path, {**SETTING, **change})
    assert answer.status_code == 400
    assert faults(answer) == found


@pytest.mark.parametrize("host", ["mail", "mail.example.org", "192.0.2.1", "2001:db8::1", "mail-1.example.org"])
async def test_a_server_is_named_or_numbered(desk: Desk, host: str):
    assert (await desk("PUT", OUT, {**SETTING, "host": host})).json()["host"] == host


@pytest.mark.parametrize("by", ["system", "website", "director"])
async def test_only_administrators(desk: Desk, by: str):
    for method, path, body in (("GET", OUT, None), ("PUT", OUT, SETTING), ("POST", f"{OUT}/_test", None)):
        assert (await desk(method, path, body, by=by)).status_code == 403


async def _tried(made: Any, database: Database, server: MailServer, **setting: object) -> dict[str, Any]:
    hosts = MailHosts(loopback=True, trust=server.trust)
    async with desk_of(made, database, hosts=hosts) as desk:
        put = await desk("PUT", OUT, {**SETTING, "host": "localhost", "port": server.port, **setting}, If_Match="*")
        if put.status_code == 412:
            put = await desk("PUT", OUT, {**SETTING, "host": "localhost", "port": server.port, **setting})
        assert put.status_code == 200
        answer = await desk("POST", f"{OUT}/_test")
        assert answer.status_code == 200, answer.text
        kept = (await desk("GET", OUT)).json()
        assert (kept["lastCode"], kept["lastMessage"]) == (answer.json()["code"], answer.json()["message"])
        return answer.json()


async def test_trying_it_says_in_plain_words_what_is_wrong(new_organisation: NewOrganisation, database: Database):
    made = await new_organisation()
    async with mail_server("starttls", auth=True) as server:
        right = await _tried(made, database, server)
        assert (right["works"], right["code"]) == (True, "accepted")
        wrong = await _tried(made, database, server, password="fout")
        assert (wrong["works"], wrong["code"], wrong["status"]) == (False, "login-refused", 535)
        assert "password" in wrong["message"]
        server.to_sender = "550 5.7.60 Client has no permissions to send as this sender"
        other = await _tried(made, database, server)
        assert (other["works"], other["code"], other["status"]) == (False, "sender-refused", 550)
        assert not server.mails
    gone = await _tried(made, database, server)
    assert gone["code"] == "connect-failed"


async def test_the_inner_network_is_out_of_reach(new_organisation: NewOrganisation, database: Database):
    async with mail_server() as server, desk_of(await new_organisation(), database) as desk:
        setting = {"host": "127.0.0.1", "port": server.port, "security": "none", "address": "k@example.org"}
        assert (await desk("PUT", OUT, setting)).status_code == 200
        answer = (await desk("POST", f"{OUT}/_test")).json()
        assert (answer["works"], answer["code"]) == (False, "port-not-allowed")


async def test_without_a_mailbox_of_its_own_mail_goes_by_the_services(
    new_organisation: NewOrganisation, database: Database
):
    made = await new_organisation()
    async with mail_server() as server:
        defaults = MailDefaults("localhost", server.port, "none", "gehoor@example.org")
        async with desk_of(made, database, defaults) as desk:
            assert (await desk("POST", f"{OUT}/_test")).json()["works"]
        async with desk_of(made, database) as desk:
            assert (await desk("POST", f"{OUT}/_test")).status_code == 404
