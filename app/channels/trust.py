"""Whose certificates count where nobody said otherwise: those that the system trusts."""

import ssl
from functools import cache


@cache
def public_trust() -> ssl.SSLContext:
    """To read them takes milliseconds, so not for each connection anew."""
    return ssl.create_default_context()
