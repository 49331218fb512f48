"""Files of a complaint, over HTTP: what comes in is kept to the byte, and nothing of it ever runs."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from app.api import callers, idempotency
from app.api.application import contract_app
from app.api.routers import attachments, complaints, staff, steps
from app.channels.objects import Objects
from app.channels.scanner import ClamAV
from app.domain.attachment import COMPLAINT_FILES, FILE_BYTES
from app.store.session import Database
from app.worker import files
from tests.api.office import Desk, Json, faults, office
from tests.channels.clamd import EICAR, clamd
from tests.conftest import NewOrganisation

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 400
ROOM = 26 * 1024 * 1024 + 64 * 1024


@dataclass
class Files:
    """A desk that can send and fetch files. `desks` are two organisations."""

    desk: Desk
    other: Desk
    folder: Path
    objects: Objects
    app: Any

    async def send(
        self, complaint: Json, name: str = "rooster.pdf", content: bytes = PDF, by: str = "system", **more: Any
    ) -> httpx.Response:
        """Posts a form with one file; `more`: its other fields, and headers with a capital."""
        headers = {"Authorization": f"Bearer {self.desk.made.keys[by].token}"}
        headers |= {key.replace("_", "-"): more.pop(key) for key in [*more] if key[0].isupper()}
        path = f"/complaints/{complaint['id']}/attachments"
        return await self.desk.client.post(path, files={"file": (name, content)}, data=more, headers=headers)

    async def kept(self, complaint: Json, name: str = "rooster.pdf", content: bytes = PDF, **more: Any) -> Json:
        answer = await self.send(complaint, name, content, **more)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    async def fetch(self, file: Json, by: str = "system", **headers: str) -> httpx.Response:
        return await self.desk("GET", f"/attachments/{file['id']}/content", by=by, **headers)

    async def listed(self, complaint: Json) -> list[Json]:
        found = await self.desk.get(f"/complaints/{complaint['id']}/attachments")
        items: list[Json] = found["items"]
        return items

    def stored(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())


@pytest_asyncio.fixture
async def opened(new_organisation: NewOrganisation, database: Database, tmp_path: Path) -> AsyncIterator[Files]:
    modules = (complaints, steps, staff, attachments)
    app = contract_app(
        [module.router for module in modules],
        cursor_secret=b"s" * 32,
        larger_bodies={"/complaints/{}/attachments": ROOM},
    )
    callers.install(app)
    idempotency.install(app)
    app.state.database = database
    app.state.objects = objects = Objects(tmp_path / "files")
    app.state.scans_files = False
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gehoor") as client:
        desk = Desk(client, await office(new_organisation, database))
        other = Desk(client, await office(new_organisation, database))
        yield Files(desk, other, tmp_path / "files", objects, app)


# -- there and back --------------------------------------------------------------------------------------------


async def test_a_file_comes_back_to_the_byte(opened: Files) -> None:
    complaint = await opened.desk.file()
    answer = await opened.send(complaint, shared="true")
    assert answer.status_code == 201
    file = answer.json()
    assert answer.headers["Location"] == f"/v1/attachments/{file['id']}"
    assert (file["name"], file["mediaType"], file["size"]) == ("rooster.pdf", "application/pdf", len(PDF))
    assert file["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (file["state"], file["shared"], file["addedBy"]["kind"]) == ("clean", True, "system")
    assert await opened.listed(complaint) == [file]
    assert await opened.desk.get(f"/attachments/{file['id']}") == file
    fetched = await opened.fetch(file)
    assert fetched.content == PDF
    assert fetched.headers["Content-Length"] == str(len(PDF))


async def test_the_ledger_says_that_a_file_was_added(opened: Files) -> None:
    complaint = await opened.desk.file()
    file = await opened.kept(complaint, "rooster van Sam.pdf")
    events = (await opened.desk.get(f"/complaints/{complaint['id']}/events"))["items"]
    event = next(each for each in events if each["type"] == "note.recorded")
    assert event["facts"] == {"attachmentId": file["id"], "kind": "attachment", "shared": False}
    assert event["texts"] == {"name": "rooster van Sam.pdf"}


async def test_a_file_lies_under_ids_only(opened: Files) -> None:
    await opened.kept(await opened.desk.file(), "geheim.pdf")
    [path] = opened.stored()
    organisation, _, random = path.partition("/")
    assert UUID(organisation) == opened.desk.made.id
    assert str(UUID(random)) == random


async def test_head_tells_the_size_and_sends_nothing(opened: Files) -> None:
    file = await opened.kept(await opened.desk.file())
    answer = await opened.desk("HEAD", f"/attachments/{file['id']}/content")
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (200, str(len(PDF)), b"")


# -- what it is, and what it is called -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "media_type", "served"),
    [
        ("foto.jpg", b"<html><script>alert(1)</script>", "text/html", "application/octet-stream"),
        ("foto.png", b"<svg xmlns='x' onload='alert(1)'/>", "image/svg+xml", "application/octet-stream"),
        ("a.html", PDF, "application/pdf", "application/pdf"),
        ("notitie", b"Gebeld met Sam.", "text/plain", "text/plain; charset=utf-8"),
    ],
)
async def test_a_file_is_a_download_and_nothing_of_it_runs(
    opened: Files, name: str, content: bytes, media_type: str, served: str
) -> None:
    file = await opened.kept(await opened.desk.file(), name, content)
    assert file["mediaType"] == media_type
    fetched = await opened.fetch(file)
    assert fetched.content == content
    assert fetched.headers["Content-Type"] == served
    assert fetched.headers["Content-Disposition"].startswith("attachment; ")
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert fetched.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("content", [b"MZ\x90\x00" + bytes(500), b"\x7fELF" + bytes(500), b"#!/bin/sh\n", bytes(500)])
async def test_a_program_is_refused_whatever_it_is_called(opened: Files, content: bytes) -> None:
    complaint = await opened.desk.file()
    answer = await opened.send(complaint, "rooster.pdf", content, shared="misschien", kleur="rood")
    assert answer.status_code == 400
    assert faults(answer) == {
        ("/file", "type-not-accepted"),
        ("/shared", "not-an-option"),
        ("/kleur", "unknown-field"),
    }
    assert opened.stored() == []
    assert await opened.listed(complaint) == []


async def test_the_form_is_looked_at_beside_the_rest_of_the_request(opened: Files) -> None:
    complaint = await opened.desk.file()
    path = f"/complaints/{complaint['id']}/attachments"
    good, program = {"file": ("a.pdf", PDF)}, {"file": ("a.exe", b"MZ\x90\x00" + bytes(500))}
    nothing = {"anders": ("", b"x")}
    stray, key = ("foo", "unknown-parameter"), ("Idempotency-Key", "too-long")
    of_file, of_shared = ("/file", "type-not-accepted"), ("/shared", "not-an-option")
    headers = {"Authorization": f"Bearer {opened.desk.made.keys['system'].token}"}
    for query, name, form, shared, found in (
        ("?foo=1", "x", program, "misschien", {stray, of_file, of_shared}),
        ("", "x" * 300, program, "misschien", {key, of_file, of_shared}),
        ("?foo=1", "x" * 300, good, "misschien", {stray, key, of_shared}),
        ("?foo=1", "x" * 300, nothing, "true", {stray, key, ("/file", "required"), ("/anders", "unknown-field")}),
        ("", "x", nothing, "misschien", {of_shared, ("/file", "required"), ("/anders", "unknown-field")}),
        ("?foo=1", "x" * 300, good, "true", {stray, key}),
    ):
        sent = headers | {"Idempotency-Key": name}
        answer = await opened.desk.client.post(path + query, files=form, data={"shared": shared}, headers=sent)
        assert (answer.status_code, faults(answer)) == (400, found)
        unknown = await opened.desk.client.post(
            path + query, files=form, data={"shared": shared}, headers=sent | {"Authorization": "Bearer none"}
        )
        assert unknown.status_code == 401
    assert opened.stored() == []
    assert await opened.listed(complaint) == []


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("../../../etc/passwd", "passwd"),
        ("C:\\temp\\x.txt", "x.txt"),
        ("Één élève €.txt", "Één élève €.txt"),
        ("rooster\u202efdp.txt", "roosterfdp.txt"),
        ("a\"; filename*=UTF-8''b.html", "a%22; filename*=UTF-8''b.html"),
        ("x" * 400 + ".txt", "x" * 196 + ".txt"),
    ],
)
async def test_a_name_is_only_a_name(opened: Files, sent: str, name: str) -> None:
    file = await opened.kept(await opened.desk.file(), sent, b"tekst")
    assert file["name"] == name
    disposition = (await opened.fetch(file)).headers["Content-Disposition"]
    assert disposition.count("filename*=") == 1
    assert disposition.count('"') == 2
    assert len(opened.stored()) == 1


@pytest.mark.parametrize(
    ("name", "goes_out"),
    [
        ("factuur.bat", "factuur.bat.txt"),
        ("foto.jpg.JS", "foto.jpg.JS.txt"),
        ("a.hta", "a.hta.txt"),
        ("a.lnk", "a.lnk.txt"),
        ("bat", "bat"),
        ("notitie.txt", "notitie.txt"),
    ],
)
async def test_what_would_run_by_its_name_goes_out_as_a_text(opened: Files, name: str, goes_out: str) -> None:
    file = await opened.kept(await opened.desk.file(), name, b"del *.*")
    assert file["name"] == name
    disposition = (await opened.fetch(file)).headers["Content-Disposition"]
    assert disposition == f"attachment; filename=\"{goes_out}\"; filename*=UTF-8''{goes_out}"


# -- how much --------------------------------------------------------------------------------------------------


async def test_an_empty_file_is_refused(opened: Files) -> None:
    answer = await opened.send(await opened.desk.file(), "leeg.txt", b"")
    assert (answer.status_code, faults(answer)) == (400, {("/file", "empty")})
    assert opened.stored() == []


async def test_the_largest_file_fits_and_one_byte_more_does_not(opened: Files) -> None:
    complaint = await opened.desk.file()
    file = await opened.kept(complaint, "film.mp4", b"\0\0\0\x18ftypisom" + bytes(FILE_BYTES - 12))
    assert file["size"] == FILE_BYTES
    for more in (1, 10_000_000):
        answer = await opened.send(complaint, "film.mp4", b"\0\0\0\x18ftypisom" + bytes(FILE_BYTES - 12 + more))
        assert (answer.status_code, answer.json()["code"]) == (413, "content-too-large")
    assert len(opened.stored()) == len(await opened.listed(complaint)) == 1


async def test_a_complaint_holds_so_many_files(opened: Files) -> None:
    complaint = await opened.desk.file()
    for number in range(COMPLAINT_FILES):
        await opened.kept(complaint, f"{number}.txt", b"tekst")
    answer = await opened.send(complaint, "meer.txt", b"tekst")
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-files")
    assert len(opened.stored()) == COMPLAINT_FILES
    await opened.kept(await opened.desk.file(), "ander.txt", b"tekst")


async def test_an_organisation_holds_no_more_for_who_is_involved(opened: Files, owner_database: Database) -> None:
    async with owner_database.founding(opened.desk.made.id) as tx:
        await tx.execute(
            """update organisations set settings = '{"attachment_quota_bytes": 60000}' where id = $1""",
            opened.desk.made.id,
        )
    hidden = await opened.desk.file()
    await opened.kept(hidden, "a.txt", b"x" * 40_000)
    body = {"staffId": str(opened.desk.made.staff["director"])}
    await opened.desk.step(hidden, "involvements", body, "complaints_officer")
    answer = await opened.send(await opened.desk.file(), "b.txt", b"x" * 40_000, by="director")
    assert (answer.status_code, answer.json()["code"]) == (409, "quota-used-up")


async def test_an_organisation_holds_so_much(opened: Files, owner_database: Database) -> None:
    async with owner_database.founding(opened.desk.made.id) as tx:
        await tx.execute(
            """update organisations set settings = '{"attachment_quota_bytes": 60000}' where id = $1""",
            opened.desk.made.id,
        )
    await opened.kept(await opened.desk.file(), "a.txt", b"x" * 40_000)
    complaint = await opened.desk.file()
    answer = await opened.send(complaint, "b.txt", b"x" * 40_000)
    assert (answer.status_code, answer.json()["code"]) == (409, "quota-used-up")
    assert len(opened.stored()) == 1
    assert await opened.listed(complaint) == []
    await opened.kept(complaint, "c.txt", b"x" * 20_000)


# -- forms that are none ---------------------------------------------------------------------------------------

END = b"--b--\r\n"
NOT_ENDED = {("", "multipart-invalid")}
NO_FILE = {("/file", "required")}
NO_FIELD = {("/-", "unknown-field")}


def part(named: bytes, value: bytes = b"tekst") -> bytes:
    return b"--b\r\nContent-Disposition: form-data; " + named + b"\r\n\r\n" + value + b"\r\n"


PART = part(b'name="file"; filename="a.txt"')


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", NOT_ENDED),
        (b"geen formulier", NOT_ENDED),
        (PART, NOT_ENDED),
        (PART[:-8], NOT_ENDED),
        (END, NO_FILE),
        (part(b'name="file"') + END, NO_FILE),
        (part(b'name="file"; filename=""', b"") + END, NO_FILE),
        (PART + PART + END, {("/file", "too-many")}),
        (PART + part(b'name="shared"', b"ja") + END, {("/shared", "not-an-option")}),
        (part(b'name="shared"', b"true") * 2 + PART + END, {("/shared", "repeated-key")}),
        (part(b'name="shared"', b"true" * 9999) + PART + END, {("/shared", "not-an-option")}),
        (PART + part(b'name="\xff\x01"') + END, NO_FIELD),
        (PART + b"--b\r\nX: y\r\n\r\nja\r\n" + END, NO_FIELD),
        (PART * 40 + END, NOT_ENDED),
        (b"--b\r\nX: " + b"y" * 100_000 + b"\r\n\r\n\r\n" + END, NOT_ENDED),
    ],
)
async def test_a_form_is_refused_with_every_fault_and_nothing_is_left(
    opened: Files, body: bytes, expected: set[tuple[str, str]]
) -> None:
    complaint = await opened.desk.file()
    answer = await raw(opened, complaint, body, "multipart/form-data; boundary=b")
    assert (answer.status_code, faults(answer)) == (400, expected), answer.text
    assert opened.stored() == []
    assert await opened.listed(complaint) == []


@pytest.mark.parametrize("media", ["application/json", "multipart/form-data", "application/x-www-form-urlencoded", "a"])
async def test_what_is_no_form_is_415(opened: Files, media: str) -> None:
    answer = await raw(opened, await opened.desk.file(), PART + END, media)
    assert answer.status_code == 415


async def raw(opened: Files, complaint: Json, body: bytes, media: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {opened.desk.made.keys['system'].token}", "Content-Type": media}
    return await opened.desk.client.post(f"/complaints/{complaint['id']}/attachments", content=body, headers=headers)


# -- sent twice ------------------------------------------------------------------------------------------------


async def test_a_retry_adds_no_second_file(opened: Files) -> None:
    complaint = await opened.desk.file()
    first = await opened.send(complaint, Idempotency_Key="een")
    again = await opened.send(complaint, Idempotency_Key="een")
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await opened.send(complaint, content=PDF + b"x", Idempotency_Key="een")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len(opened.stored()) == len(await opened.listed(complaint)) == 1


async def test_a_retry_of_the_last_file_that_fits_is_answered_as_the_first(opened: Files) -> None:
    complaint = await opened.desk.file()
    for number in range(COMPLAINT_FILES - 1):
        await opened.kept(complaint, f"{number}.txt", b"tekst")
    last = await opened.send(complaint, "laatste.txt", b"tekst", Idempotency_Key="last")
    again = await opened.send(complaint, "laatste.txt", b"tekst", Idempotency_Key="last")
    assert (again.status_code, again.json()) == (201, last.json())
    more = await opened.send(complaint, "meer.txt", b"tekst", Idempotency_Key="more")
    assert (more.status_code, more.json()["code"]) == (409, "too-many-files")
    assert len(opened.stored()) == COMPLAINT_FILES


# -- ranges ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=10-99", 10, 100), ("bytes=100000-", 100_000, len(PDF)), ("bytes=-5", -5, len(PDF)),
     ("bytes=0-99999999", 0, len(PDF)), ("bytes=-99999999", 0, len(PDF))],
)  # fmt: skip
async def test_one_part_is_that_part(opened: Files, asked: str, start: int, end: int) -> None:
    file = await opened.kept(await opened.desk.file())
    part = await opened.fetch(file, Range=asked)
    assert part.status_code == 206
    assert part.content == PDF[start:end]
    first = start % len(PDF)
    assert part.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(PDF)}"
    assert part.headers["ETag"] == f'"{file["sha256"]}"'


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=0-1,3-4", "bytes=-", "bytes=a-b", "rows=0-1", "bytes 0-1"])
async def test_what_is_not_one_part_is_the_whole(opened: Files, asked: str) -> None:
    file = await opened.kept(await opened.desk.file())
    whole = await opened.fetch(file, Range=asked)
    assert (whole.status_code, whole.content) == (200, PDF)


async def test_head_is_about_the_whole(opened: Files) -> None:
    file = await opened.kept(await opened.desk.file())
    answer = await opened.desk("HEAD", f"/attachments/{file['id']}/content", Range="bytes=0-9")
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (200, str(len(PDF)), b"")


@pytest.mark.parametrize("asked", [f"bytes={len(PDF)}-", "bytes=99999999-", "bytes=-0"])
async def test_a_part_past_the_end_is_416(opened: Files, asked: str) -> None:
    file = await opened.kept(await opened.desk.file())
    answer = await opened.fetch(file, Range=asked)
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(PDF)}")


async def test_a_version_that_is_known_is_not_sent_again(opened: Files) -> None:
    file = await opened.kept(await opened.desk.file())
    etag = f'"{file["sha256"]}"'
    assert (await opened.fetch(file, If_None_Match=etag)).status_code == 304
    assert (await opened.fetch(file, If_None_Match='"other"')).status_code == 200
    assert (await opened.fetch(file, Range="bytes=0-1", If_Range=etag)).status_code == 206
    assert (await opened.fetch(file, Range="bytes=0-1", If_Range='"other"')).content == PDF


# -- who -------------------------------------------------------------------------------------------------------


async def test_nothing_of_another_organisation_is_there(opened: Files) -> None:
    complaint = await opened.desk.file()
    file = await opened.kept(complaint)
    own, opened.desk = opened.desk, opened.other
    for path in (f"/attachments/{file['id']}", f"/attachments/{file['id']}/content"):
        assert (await opened.desk("GET", path)).status_code == 404
    assert (await opened.desk("GET", f"/complaints/{complaint['id']}/attachments")).status_code == 404
    assert (await opened.send(complaint)).status_code == 404
    assert len(opened.stored()) == 1
    opened.desk = own
    assert len(await opened.listed(complaint)) == 1


async def test_whoever_is_involved_sees_no_file(opened: Files) -> None:
    complaint = await opened.desk.file()
    file = await opened.kept(complaint)
    body = {"staffId": str(opened.desk.made.staff["director"]), "reasons": "Familie."}
    await opened.desk.step(complaint, "involvements", body, "complaints_officer")
    for path in (f"/attachments/{file['id']}", f"/attachments/{file['id']}/content"):
        assert (await opened.desk("GET", path, by="director")).status_code == 404
        assert (await opened.desk("GET", path, by="complaints_officer")).status_code == 200
    assert (await opened.send(complaint, by="director")).status_code == 404
    assert len(opened.stored()) == 1


@pytest.mark.parametrize("by", ["website", "reporter"])
async def test_a_key_without_the_scope_opens_nothing(opened: Files, by: str) -> None:
    complaint = await opened.desk.file()
    file = await opened.kept(complaint)
    assert (await opened.fetch(file, by=by)).status_code == 403
    assert (await opened.send(complaint, by=by)).status_code == 403
    assert (await opened.desk("GET", f"/attachments/{file['id']}/content", token="x")).status_code == 401
    assert len(opened.stored()) == 1


# -- malware ---------------------------------------------------------------------------------------------------


async def test_malware_is_kept_and_never_handed_out(
    opened: Files, worker_database: Database, database: Database
) -> None:
    opened.app.state.scans_files = True
    complaint = await opened.desk.file()
    bad = await opened.kept(complaint, "gratis.txt", EICAR)
    good = await opened.kept(complaint)
    for file in (bad, good):
        assert file["state"] == "quarantined"
        answer = await opened.fetch(file)
        assert (answer.status_code, answer.json()["code"]) == (409, "quarantined")
    async with clamd() as server:
        assert await files.scan(worker_database, database, opened.objects, ClamAV(server.address)) >= 2
        assert await files.scan(worker_database, database, opened.objects, ClamAV(server.address)) == 0
    answer = await opened.fetch(bad)
    assert (answer.status_code, answer.json()["code"]) == (409, "infected")
    assert EICAR not in answer.content
    assert (await opened.fetch(good)).content == PDF
    states = [
        (file["state"], file["remark"] is None, file["checkedAt"] is None) for file in await opened.listed(complaint)
    ]
    assert states == [("infected", False, False), ("clean", True, False)]


async def test_a_file_that_cannot_be_read_keeps_no_other_waiting(
    opened: Files, worker_database: Database, database: Database
) -> None:
    opened.app.state.scans_files = True
    complaint = await opened.desk.file()
    lost = await opened.kept(complaint)
    await opened.objects.remove(opened.stored()[0])
    there = await opened.kept(complaint)
    async with clamd() as server:
        await files.scan(worker_database, database, opened.objects, ClamAV(server.address))
    assert [file["state"] for file in await opened.listed(complaint)] == ["quarantined", "clean"]
    assert (lost["id"], there["id"]) == tuple(file["id"] for file in await opened.listed(complaint))
    async with clamd("ends") as server:
        assert await files.scan(worker_database, database, opened.objects, ClamAV(server.address)) == 0


async def test_a_file_that_cannot_be_judged_is_put_off_longer_each_time(
    opened: Files, worker_database: Database, database: Database
) -> None:
    """To an hour, which is often enough to read a large file for nothing."""
    opened.app.state.scans_files = True
    complaint = await opened.desk.file()
    kept = await opened.kept(complaint, "brief.txt", text := f"Niet te lezen: {complaint['id']}".encode())

    async def put_off(*, over: bool) -> float:
        """For how many seconds from now, about; `over` makes that pass."""
        async with database.organisation(opened.desk.made.id) as tx:
            sql = "update attachments set scan_after = case when $2 then now() else scan_after end where id = $1"
            row = await tx.fetchrow(f"{sql} returning scan_pause", UUID(kept["id"]), over)
        return float(row["scan_pause"].total_seconds()) if row else 0

    async with clamd("ends") as server:
        for _ in range(2):
            await files.scan(worker_database, database, opened.objects, ClamAV(server.address))
        assert server.seen.count(text) == 1
        pauses = [await put_off(over=True)]
        for times in range(2, 14):
            await files.scan(worker_database, database, opened.objects, ClamAV(server.address))
            assert server.seen.count(text) == times
            pauses.append(await put_off(over=times < 13))
    assert pauses == [2.0 * 2**times for times in range(11)] + [3600.0, 3600.0]
    async with clamd() as server:
        await files.scan(worker_database, database, opened.objects, ClamAV(server.address))
        assert [file["state"] for file in await opened.listed(complaint)] == ["quarantined"]
        await put_off(over=True)
        await files.scan(worker_database, database, opened.objects, ClamAV(server.address))
        assert [file["state"] for file in await opened.listed(complaint)] == ["clean"]


# -- a store that is away --------------------------------------------------------------------------------------


async def test_a_store_that_is_away_is_503_and_leaves_no_row(opened: Files) -> None:
    complaint = await opened.desk.file()
    file = await opened.kept(complaint)
    keys: Mapping[str, str] = {"access_key_id": "x", "secret_access_key": "x", "endpoint": "http://127.0.0.1:1"}
    opened.app.state.objects = Objects("s3://away", keys)
    for answer in (await opened.fetch(file), await opened.send(complaint)):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "Retry-After" in answer.headers
    assert [each["id"] for each in await opened.listed(complaint)] == [file["id"]]


async def test_a_refusal_after_the_file_was_stored_leaves_nothing(opened: Files) -> None:
    """The complaint is locked and looked at again: two that were sent at once cannot both be the last that fits."""
    complaint = await opened.desk.file()
    for number in range(COMPLAINT_FILES - 1):
        await opened.kept(complaint, f"{number}.txt", b"tekst")
    answers = await asyncio.gather(*(opened.send(complaint, f"{uuid4()}.txt", b"tekst") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(opened.stored()) == len(await opened.listed(complaint)) == COMPLAINT_FILES
