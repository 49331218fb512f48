"""Addresses, subjects and the names by which an answer is known."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.mail import (
    Tokens,
    delivery_of,
    greetable,
    message_id,
    one_line,
    reply_address,
    token_in,
    usable,
)

TOKENS = Tokens(b"a secret of at least thirty-two bytes")
COMPLAINT = UUID("01990a5c-7a54-7c53-9a1f-2b3c4d5e6f70")


@given(st.uuids())
def test_a_token_says_which_complaint(complaint: UUID) -> None:
    token = TOKENS.token_of(complaint)
    address = reply_address("klachten@example.org", token)
    assert usable(address) == address
    assert TOKENS.complaint_of(token_in(address) or "") == complaint
    assert TOKENS.complaint_of(token.upper()) == complaint


@given(st.integers(0, 41), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_token_with_one_other_sign_is_none(place: int, sign: str) -> None:
    token = TOKENS.token_of(COMPLAINT)
    forged = token[:place] + sign + token[place + 1 :]
    assert (TOKENS.complaint_of(forged) is None) == (forged != token)


@pytest.mark.parametrize("token", ["", "a", "a" * 42, "0" * 42, "é" * 42, "a" * 5000, "a" * 41 + "\n"])
def test_what_is_no_token(token: str) -> None:
    assert TOKENS.complaint_of(token) is None


def test_another_secret_makes_other_tokens() -> None:
    assert Tokens(b"another secret of thirty-two bytes").complaint_of(TOKENS.token_of(COMPLAINT)) is None


def test_an_address_that_is_too_long_for_a_token_stays_bare() -> None:
    base = f"{'k' * 22}@example.org"
    assert reply_address(base, TOKENS.token_of(COMPLAINT)) == base


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("sam@example.org", "sam@example.org"),
        ("Sam.Voorbeeld+klacht@EXAMPLE.org", "Sam.Voorbeeld+klacht@example.org"),
        ("sam@exámple.org", "sam@xn--exmple-qta.org"),
        (" sam@example.org ", "sam@example.org"),
    ],
)
def test_an_address_that_mail_goes_to(address: str, found: str) -> None:
    assert usable(address) == found


@pytest.mark.parametrize(
    "address",
    [
        "",
        "sam",
        "@example.org",
        "sam@",
        "sam@localhost",
        "sam@127.0.0.1",
        "sam@[127.0.0.1]",
        "sam@example..org",
        "sam@-example.org",
        "Sam <sam@example.org>",
        "sam@example.org,piet@example.org",
        "sam@example.org\r\nRCPT TO:<piet@example.org>",
        "sam\n@example.org",
        "sám@example.org",
        '"sam voorbeeld"@example.org',
        "sam..voorbeeld@example.org",
        f"{'s' * 65}@example.org",
        f"sam@{'e' * 64}.org",
        f"sam@{'example.' * 40}org",
    ],
)
def test_an_address_that_no_mail_goes_to(address: str) -> None:
    assert usable(address) is None


@given(st.text())
def test_a_subject_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 200
    assert len(line.splitlines()) <= 1
    assert all(sign.isprintable() for sign in line)


def test_a_message_id_leads_back_to_its_delivery() -> None:
    delivery = uuid4()
    made = message_id(delivery, "klachten@example.org")
    assert made == f"<{delivery}@example.org>"
    assert delivery_of(made) == delivery
    assert delivery_of(f" {made.upper()} ") == delivery
    assert delivery_of("<niet-van-ons@example.org>") is None


@pytest.mark.parametrize(
    "name",
    ["Sam Voorbeeld", "mevr. dr. J.P. d'Hollosy-van 't Zand", "Zoë Ångström", "محمد علي", "Bakkerij De Korst B.V."],
)
def test_a_name_by_which_a_machine_greets(name: str) -> None:
    assert greetable(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * 61,
        "klant,\n\nUw rekening is geblokkeerd",
        "klant\u2028meer",
        "klant\u200bmeer",
        "kijk op https://evil.example",
        "www.evil",
        "kijk op evil.example",
        "t.co/winnaar",
        "sam@evil",
        "sam＠evil",
        "evil．example",
        "bel 0900",
        "bel ٠٩٠٠",
        "bel ⑨",
    ],
)
def test_a_name_by_which_a_machine_does_not_greet(name: str) -> None:
    assert not greetable(name)
