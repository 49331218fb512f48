"""The mail as the standard library reads it back."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from app.channels.mail import Automatic, File, Outgoing, compose

LETTER: dict[str, Any] = {
    "message_id": "<01990a5c-7a54-7c53-9a1f-2b3c4d5e6f70@example.org>",
    "date": datetime(2026, 4, 24, 10, 0, tzinfo=UTC),
    "sender": "klachten@example.org",
    "sender_name": "Voorbeeld Advies",
    "to": "sam@example.net",
    "reply_to": "klachten+kgawaavmdbad7jt2ce5su4qbbtxrxhfoda52xh4chi@example.org",
    "subject": "Wij hebben uw klacht ontvangen",
    "text": "Beste Sam,\n\nWij hebben uw klacht ontvangen. U krijgt vóór 8 mei antwoord – dat is € 0.\n",
    "html": "<p>Beste Sam,</p><p>Wij hebben uw klacht ontvangen.</p>",
    "language": "nl",
}


def read(**changed: Any) -> EmailMessage:
    content = compose(Outgoing(**{**LETTER, **changed})).as_bytes()
    assert content.isascii()
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    found = message_from_bytes(content, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_text_and_html_beside_each_other() -> None:
    mail = read()
    assert mail.get_content_type() == "multipart/alternative"
    assert body(mail, "plain").splitlines() == LETTER["text"].splitlines()
    assert body(mail, "html").strip() == LETTER["html"]


def test_the_headers() -> None:
    mail = read(automatic=Automatic.replied)
    assert mail["From"] == "Voorbeeld Advies <klachten@example.org>"
    assert mail["To"] == "sam@example.net"
    assert mail["Reply-To"].addresses[0].addr_spec == LETTER["reply_to"]
    assert mail["Date"] == "Fri, 24 Apr 2026 10:00:00 +0000"
    assert mail["Message-ID"] == LETTER["message_id"]
    assert mail["Content-Language"] == "nl"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert "NDR" not in mail["X-Auto-Response-Suppress"]


def test_a_letter_that_a_person_sent_does_not_call_itself_automatic() -> None:
    assert "Auto-Submitted" not in read()
    assert "X-Auto-Response-Suppress" not in read()


def test_files_go_with_it() -> None:
    mail = read(files=(File("Brief über klacht.pdf", "application/pdf", b"%PDF-1.7\r\n\x00\xff"),))
    assert mail.get_content_type() == "multipart/mixed"
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("Brief über klacht.pdf", "application/pdf")
    assert file.get_content() == b"%PDF-1.7\r\n\x00\xff"
    assert body(mail, "plain").startswith("Beste Sam")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\x00"])
def test_nothing_that_is_sent_makes_a_header(end: str) -> None:
    sneaky = f"Klacht{end}Bcc: iedereen@example.net"
    mail = read(subject=sneaky, sender_name=sneaky, to_name=sneaky, answers=f"<a@b>{end}Bcc: x", references=(sneaky,))
    assert "Bcc" not in mail
    assert mail["Subject"] == "Klacht Bcc: iedereen@example.net"
    assert [each.addr_spec for each in mail["To"].addresses] == ["sam@example.net"]
    assert "In-Reply-To" not in mail


def test_an_answer_names_what_it_answers() -> None:
    mail = read(answers="<vraag@example.net>", references=("<eerste@example.net>", "onzin"))
    assert mail["In-Reply-To"] == "<vraag@example.net>"
    assert mail["References"] == "<eerste@example.net> <vraag@example.net>"


def test_a_long_thread_keeps_its_first_and_its_newest() -> None:
    known = tuple(f"<{number}@example.net>" for number in range(50))
    found = str(read(answers="<nu@example.net>", references=known)["References"]).split()
    assert (len(found), found[0], found[-1]) == (10, "<0@example.net>", "<nu@example.net>")


def test_odd_names_and_long_subjects_come_back_as_they_were() -> None:
    name, subject = 'Zoë "de Klacht" <x@y>, Ångström', "Uw klacht over één ding " * 7
    mail = read(sender_name=name, subject=subject)
    assert mail["From"].addresses[0].display_name == name
    assert mail["Subject"] == subject.strip()


def test_a_line_of_a_thousand_signs_is_kept() -> None:
    text = "a" * 5000 + "\n"
    assert body(read(text=text, html=None), "plain").strip() == text.strip()


@pytest.mark.parametrize(
    "text", ["=?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5uZXQ=?=", "=?utf-8?q?=0D=0ABcc:_evil@example.net?="]
)
def test_what_looks_encoded_is_not_decoded_into_a_header(text: str) -> None:
    file = File(text, "text/plain", b"x")
    for changed in ({"subject": text}, {"sender_name": text}, {"to_name": text}, {"files": (file,)}):
        mail = read(**changed)
        assert "Bcc" not in mail
        assert b"\nbcc:" not in mail.as_bytes().lower()
        assert mail["To"].addresses[0].addr_spec == LETTER["to"]
        assert mail["From"].addresses[0].addr_spec == LETTER["sender"]
