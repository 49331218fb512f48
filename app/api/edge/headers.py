"""Headers that every answer carries, and what is refused from a request's headers alone."""

from typing import Final

from starlette.types import Scope

from app.api.edge.body import CLOSE, declared_length

HEADERS_LIMIT: Final = 16 * 1024
ADDRESS_LIMIT: Final = 8 * 1024
_HEADER_FRAMING = 4  # ": " and CRLF

Pairs = list[tuple[bytes, bytes]]
Refusal = tuple[int, dict[str, str]]

SECURITY: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


def dressed(given: Pairs, standing: Pairs) -> Pairs:
    """The answer's own headers, and each standing one that it did not set itself."""
    names = {name for name, _ in given}
    return [*given, *(pair for pair in standing if pair[0] not in names)]


def refusal(scope: Scope, body_limit: int) -> Refusal | None:
    """(status, headers) when the request's head alone is reason to refuse it."""
    size, encoded = 0, False
    for name, value in scope["headers"]:
        size += len(name) + len(value) + _HEADER_FRAMING
        encoded = encoded or (name == b"content-encoding" and value.strip().lower() != b"identity")
    if size > HEADERS_LIMIT:
        return 431, dict(CLOSE)
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > ADDRESS_LIMIT:
        return 414, dict(CLOSE)
    if "\0" in scope["path"]:
        return 404, {}
    if (declared_length(scope) or 0) > body_limit:
        return 413, dict(CLOSE)
    return (415, {**CLOSE, "Accept-Encoding": "identity"}) if encoded else None
