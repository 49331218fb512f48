"""Secrets that lie in the database: sealed with a key that does not."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class Unsealable(Exception):
    """These bytes were not sealed with this key for this purpose, or they were changed."""


class Sealer:
    """AES-256-GCM under one key of 32 bytes: a version byte, a random nonce, then the sealed bytes.

    `purpose` is bound in but not stored: what was sealed for one row does not open as the secret of another.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError("the key that seals secrets is 32 bytes")
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, purpose: str = "") -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, _VERSION + purpose.encode())

    def opened(self, sealed: bytes, purpose: str = "") -> bytes:
        """Raises Unsealable."""
        if sealed[:1] != _VERSION:
            raise Unsealable("sealed in a way that is not known")
        nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, rest, _VERSION + purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable("not sealed with this key for this purpose") from error
