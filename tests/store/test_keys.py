"""Keys: long, different, recognisable, and stored only as a hash."""

import hashlib
import re

from app.store.keys import key_hash, new_key


def test_a_key_has_a_mark_a_prefix_and_256_bits():
    key = new_key()
    assert re.fullmatch(r"gehoor_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", key.token)
    assert key.token.startswith(key.prefix + "_")


def test_what_is_stored_is_the_sha256_of_what_is_sent():
    key = new_key()
    assert key.key_hash == key_hash(key.token) == hashlib.sha256(key.token.encode()).digest()
    assert key.token.encode() not in key.key_hash + key.prefix.encode()


def test_no_two_keys_are_alike():
    keys = [new_key() for _ in range(1000)]
    assert len({key.token for key in keys}) == len({key.prefix for key in keys}) == 1000
