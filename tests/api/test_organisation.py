"""The organisation: founding, name and settings."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from app.domain.errors import Invalid, NotPossible
from app.services import webhooks
from app.services.organisations import found
from app.services.secrets import Sealer
from app.store.keys import key_hash
from app.store.session import Database
from tests.api.office import Desk, client, faults, office
from tests.conftest import NewOrganisation


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


async def test_founding_gives_an_organisation_and_its_first_key(owner_database: Database, database: Database):
    slug = f"o-{uuid4().hex[:8]}"
    made = await found(owner_database, slug, "Voorbeeld Advies", sandbox=True)
    async with database.request(key_hash(made.admin_key)) as tx:
        assert (tx.organisation_id, tx.caller.kind, tx.caller.slug) == (made.organisation_id, "admin", slug)
        assert tx.caller.sandbox and "administration" in tx.caller.scopes
    with pytest.raises(NotPossible) as refused:
        await found(owner_database, slug, "Nog een")
    assert refused.value.code == "slug-taken"


@pytest.mark.parametrize(("slug", "name"), [("Een Naam", "x"), ("a--b", "x"), ("a" * 81, "x"), ("goed", " ")])
async def test_founding_asks_for_a_slug_and_a_name(owner_database: Database, slug: str, name: str):
    with pytest.raises(Invalid):
        await found(owner_database, slug, name)


async def test_changing_needs_what_was_read(desk: Desk):
    read = await desk("GET", "/organisation")
    assert read.status_code == 200
    assert read.json()["slug"] == desk.made.slug
    change = {"name": "Anders", "settings": {"contactEmail": "klachten@example.org", "language": "nl"}}
    assert (await desk("PATCH", "/organisation", change)).status_code == 428
    changed = await desk("PATCH", "/organisation", change, If_Match=read.headers["etag"])
    assert changed.status_code == 200
    assert changed.json()["name"] == "Anders"
    assert changed.json()["settings"]["contactEmail"] == "klachten@example.org"
    assert changed.headers["etag"] != read.headers["etag"]
    stale = await desk("PATCH", "/organisation", change, If_Match=read.headers["etag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")


async def test_what_is_left_out_stays_and_null_takes_away(desk: Desk):
    etag = (await desk("GET", "/organisation")).headers["etag"]
    both = {"settings": {"contactPhone": "020 000 0000", "language": "en"}}
    etag = (await desk("PATCH", "/organisation", both, If_Match=etag)).headers["etag"]
    answer = await desk("PATCH", "/organisation", {"settings": {"contactPhone": None}}, If_Match=etag)
    assert answer.json()["settings"]["contactPhone"] is None
    assert answer.json()["settings"]["language"] == "en"
    assert (await desk("GET", "/organisation")).headers["etag"] == answer.headers["etag"]


async def test_that_letters_do_not_say_how_to_reach_us_is_told_until_they_do(desk: Desk):
    read = await desk("GET", "/organisation")
    assert [each["code"] for each in read.json()["warnings"]] == ["contact-missing"]
    settings = {"settings": {"contactPhone": "020 000 0000"}}
    changed = await desk("PATCH", "/organisation", settings, If_Match=read.headers["ETag"])
    assert changed.json()["warnings"] == (await desk.get("/organisation"))["warnings"] == []


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"colour": "red"}, ("/settings/colour", "unknown-field")),
        ({"language": "fr"}, ("/settings/language", "not-an-option")),
        ({"contactUrl": "javascript:alert(1)"}, ("/settings/contactUrl", "wrong-form")),
        *(
            ({"contactUrl": f"https://{rest}"}, ("/settings/contactUrl", "wrong-form"))
            for rest in (
                *(".", "/x", "?", "[", "a:b", "a..nl", "u:p@a.nl", "u@a.nl", "a.nl:0", "a.nl:65536", "localhost"),
                *("192.0.2.1", "a.nl/\u3164", "a\u034f.nl", "-a.nl", "a.nl|"),
            )
        ),
        ({"contactEmail": "nobody"}, ("/settings/contactEmail", "wrong-form")),
        ({"contactPhone": "0" * 41}, ("/settings/contactPhone", "too-long")),
        ({"contactAddress": "a" * 301}, ("/settings/contactAddress", "too-long")),
        ({"contactPhone": " "}, ("/settings/contactPhone", "blank")),
        ({"contactAddress": "\u200b"}, ("/settings/contactAddress", "blank")),
    ],
)
async def test_settings_are_a_closed_list(desk: Desk, settings: dict[str, str], fault: tuple[str, str]):
    answer = await desk("PATCH", "/organisation", {"settings": settings}, If_Match='"x"')
    assert answer.status_code == 400
    assert faults(answer) == {fault}


async def test_a_page_is_kept_as_it_was_written(desk: Desk):
    for page in ("https://www.klachten.example/a/b?c=d#e", "https://zoë.example:8443", "https://a.example?x=@"):
        answer = await desk("PATCH", "/organisation", {"settings": {"contactUrl": page}}, If_Match="*")
        assert answer.json()["settings"]["contactUrl"] == page, answer.text


@pytest.mark.parametrize("by", ["system", "website", "reporter", "auditor", "director"])
async def test_only_administrators(desk: Desk, by: str):
    for method, path, body in (
        ("GET", "/organisation", None),
        ("PATCH", "/organisation", {"name": "x"}),
        ("POST", "/staff", {"name": "x", "email": "x@example.org"}),
        ("GET", "/api-keys", None),
        ("POST", "/api-keys", {"kind": "admin", "name": "x"}),
        ("GET", "/sandbox/clock", None),
    ):
        answer = await desk(method, path, body, by=by)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope-required"), path


async def test_what_keeps_failing_is_said(desk: Desk, database: Database):
    assert (await desk.get("/organisation"))["failing"] == []
    async with database.organisation(desk.made.id) as tx:
        made = await webhooks.create(
            tx, Sealer(b"k" * 32), url="https://example.org/", description="x", event_types=["*"]
        )
        await tx.execute("update webhooks set failing_since = now() - interval '2 hours'")
        await tx.execute("update organisations set mail_failing_since = now() - interval '3 hours'")
    told = (await desk.get("/organisation"))["failing"]
    assert [(each["kind"], each["webhookId"]) for each in told] == [("mail", None), ("webhook", str(made.row["id"]))]
    assert told[0]["since"] < told[1]["since"]
    read = await desk("GET", "/organisation")
    changed = await desk("PATCH", "/organisation", {"name": "Nieuw"}, If_Match=read.headers["ETag"])
    assert changed.json()["failing"] == told


@pytest.mark.parametrize("name", ["name", "settings"])
async def test_only_a_setting_can_be_emptied(desk: Desk, name: str):
    answer = await desk("PATCH", "/organisation", {name: None}, If_Match="*")
    assert faults(answer) == {(f"/{name}", "not-emptied")}
