"""What a file is by its first bytes, under which name it is kept, and whether there is room."""

import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.attachment import (
    COMPLAINT_BYTES,
    COMPLAINT_FILES,
    FILE_BYTES,
    Held,
    clean_name,
    disposition,
    harmless,
    media_type_of,
    quota_of,
    served_as,
)
from app.domain.errors import NotPossible

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ZIP = b"PK\x03\x04" + bytes(26)


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "application/x-ole-storage"),
        (ZIP + b"[Content_Types].xml....word/document.xml", WORD),
        (ZIP + b"mimetypeapplication/vnd.oasis.opendocument.textPK", "application/vnd.oasis.opendocument.text"),
        (ZIP + b"kattenfoto.jpg", "application/zip"),
        (b"{\\rtf1\\ansi", "application/rtf"),
        (b"Geachte heer, mevrouw", "text/plain"),
        ("Één klacht".encode("latin-1"), "text/plain"),
        ("Één klacht".encode("utf-16"), "text/plain"),
        (b"naam;datum\r\nSam;2026-04-24\r\n", "text/plain"),
        (b"From: a@example.org\r\nSubject: x\r\n\r\nHallo", "text/plain"),
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"\xef\xbb\xbf \n<script>alert(1)</script>", "text/html"),
        (b"tekst met <SCRIPT>alert(1)</SCRIPT>", "text/html"),
        (b"<?xml version='1.0'?><svg onload='x'>", "image/svg+xml"),
        (b"<?xml version='1.0'?><a2/>", "application/xml"),
    ],
)
def test_a_file_is_what_it_holds(head: bytes, media_type: str) -> None:
    assert media_type_of(head) == media_type


@pytest.mark.parametrize(
    "head",
    [b"MZ\x90\x00\x03", b"\x7fELF\x02\x01\x01\x00", b"#!/bin/sh\nrm -rf /", b"\xca\xfe\xba\xbe\x00\x00",
     b"\x1f\x8b\x08\x00", b"\x00\x01\x02\x03", b"RIFF\x00\x00\x00\x00AVI\x00", b"xxxx\x00\x00\x00\x00WEBP"],
)  # fmt: skip
def test_programs_and_what_nobody_knows_are_not_taken_in(head: bytes) -> None:
    assert media_type_of(head) is None


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xml"])
def test_what_a_browser_could_run_goes_out_as_mere_bytes(media_type: str) -> None:
    assert served_as(media_type) == "application/octet-stream"
    assert served_as("image/png") == "image/png"


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(head: bytes) -> None:
    assert media_type_of(head) is None or "/" in str(media_type_of(head))


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("rooster.pdf", "rooster.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\sam\\rooster.pdf", "rooster.pdf"),
        ("a/b\\c.txt", "c.txt"),
        ("re\u0301sume\u0301.pdf", "résumé.pdf"),
        ("factuur\u202efdp.exe", "factuurfdp.exe"),
        ("a\r\nSet-Cookie: x.txt", "a Set-Cookie: x.txt"),
        ("a\x00b\x01.txt", "ab.txt"),
        ("\u200b\ufeff", "bestand"),
        ("", "bestand"),
        ("...", "bestand"),
        ("/", "bestand"),
        (".htaccess", "htaccess"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_name_is_made_safe_to_show(given_name: str, name: str) -> None:
    assert clean_name(given_name) == name


@given(st.text(max_size=400))
def test_any_name_is_a_header_and_comes_back_from_it(given_name: str) -> None:
    name = clean_name(given_name)
    header = disposition(name)
    goes_out = harmless(name)
    assert 1 <= len(name) <= 200
    assert clean_name(name) == name == unicodedata.normalize("NFC", name)
    assert not set(name) & set("/\\\r\n\0")
    assert header.isascii()
    assert header.isprintable()
    assert header.startswith('attachment; filename="')
    assert header.count('"') == 2
    assert unquote(header.partition("filename*=UTF-8''")[2]) == goes_out


@pytest.mark.parametrize("name", ["a.jsé", "a.ｊｓ", "a.js\N{BLACK HEART SUIT}"])
def test_a_name_that_would_run_in_ascii_only_is_a_text_in_ascii(name: str) -> None:
    assert disposition(name).startswith(f'attachment; filename="a.js{"e" * (name[-1] == "é")}.txt"; ')


def test_a_file_fits_where_there_is_room() -> None:
    assert Held(0, 0, 0).room == FILE_BYTES
    assert Held(1, COMPLAINT_BYTES - 7, 0).room == 7
    assert Held(1, 0, 90, 100).room == 10
    Held(1, 0, 90, 100).demand(10)


@pytest.mark.parametrize(
    ("held", "size", "code"),
    [
        (Held(COMPLAINT_FILES, 1, 1), 1, "too-many-files"),
        (Held(1, COMPLAINT_BYTES, 1), 1, "complaint-full"),
        (Held(1, COMPLAINT_BYTES - 7, 1), 8, "complaint-full"),
        (Held(1, 0, 100, 100), 1, "quota-used-up"),
        (Held(1, 0, 90, 100), 11, "quota-used-up"),
    ],
)
def test_a_file_that_does_not_fit_is_told_why(held: Held, size: int, code: str) -> None:
    with pytest.raises(NotPossible) as refused:
        held.demand(size)
    assert refused.value.code == code


def test_the_organisation_may_have_a_quota_of_its_own() -> None:
    assert quota_of({"attachment_quota_bytes": 5}) == 5
    assert quota_of({}) == quota_of({"attachment_quota_bytes": "veel"})
