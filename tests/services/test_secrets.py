"""Secrets in the database say nothing without the key."""

import os

import pytest

from app.services.secrets import Sealer, Unsealable

SEALER = Sealer(os.urandom(32))


def test_what_is_sealed_opens_again() -> None:
    assert SEALER.opened(SEALER.seal(b"geheim", "mailbox"), "mailbox") == b"geheim"


def test_the_same_secret_never_looks_the_same() -> None:
    assert SEALER.seal(b"geheim") != SEALER.seal(b"geheim")
    assert b"geheim" not in SEALER.seal(b"geheim")


def test_another_key_or_purpose_does_not_open_it() -> None:
    sealed = SEALER.seal(b"geheim", "mailbox")
    for sealer, purpose in ((Sealer(os.urandom(32)), "mailbox"), (SEALER, "webhook")):
        with pytest.raises(Unsealable):
            sealer.opened(sealed, purpose)


def test_every_byte_is_guarded() -> None:
    sealed = SEALER.seal(b"geheim")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(Unsealable):
            SEALER.opened(bytes(changed))
    for short in (b"", sealed[:1], sealed[:12], sealed[:-1]):
        with pytest.raises(Unsealable):
            SEALER.opened(short)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"short")
