"""Which addresses may be called on a tenant's word: never one inside our own network.

A name is resolved once, every address it has is checked, and the connection goes to one that was checked: what the name
says a moment later does not matter.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from app.domain.errors import Fault

Address: TypeAlias = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.IGNORECASE)
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_ASSIGNMENTS = IPv4Network("192.0.0.0/24")
_GLOBAL = IPv6Network("2000::/3")
# special purposes, documentation, 6to4 (which hides an IPv4 address), documentation again
_NOT_GLOBAL = tuple(IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
# A name server may keep a look-up waiting far longer than we do; others' look-ups go on beside it.
_resolvers = ThreadPoolExecutor(max_workers=64, thread_name_prefix="resolve")


class Refused(Exception):
    """This address may not be called; `code` says why, in kebab-case."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What may be called. `loopback`: only for the demo and tests, this machine itself too, at any port and by http."""

    ports: frozenset[int] = frozenset({443})
    loopback: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect to: addresses that were checked, and the name that the far end is known by."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[Address, ...]

    @property
    def authority(self) -> str:
        """The Host header."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"


def url_faults(url: str, outgoing: Outgoing, pointer: str = "/url") -> list[Fault]:
    """Everything in an address that can be seen to be wrong without asking a name server."""
    return [Fault(pointer, code, sentence) for code, sentence in _wrong(url, outgoing)]


def _wrong(url: str, outgoing: Outgoing) -> Iterator[tuple[str, str]]:
    parts = _split(url)
    if parts is None:
        yield "wrong-form", "Must be an address like https://example.org/hook, in visible ASCII characters."
        return
    if parts.username is not None or parts.password is not None:
        yield "credentials", "No name or password in the address; the signature says who we are."
    if parts.fragment:
        yield "fragment", "A fragment is never sent; leave it out."
    if code := _forbidden(parts, outgoing):
        yield code, _SENTENCES[code]
    if code := _literal_forbidden(parts, outgoing):
        yield code, _SENTENCES[code]


_SENTENCES = {
    "scheme-not-allowed": "Must begin with https://.",
    "port-not-allowed": "This port is not allowed; 443 is.",
    "address-not-allowed": "Must be reachable on the public internet.",
}


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url) if _VISIBLE.fullmatch(url) and "\\" not in url else None
        if parts is None or parts.port == 0:
            return None
        bracketed = f"[{parts.hostname}]" if "[" in parts.netloc else parts.hostname or ""
    except ValueError:
        return None
    return parts if parts.scheme in _PORTS and _HOST.fullmatch(bracketed) else None


def _forbidden(parts: SplitResult, outgoing: Outgoing) -> str | None:
    if outgoing.loopback:
        return None
    if parts.scheme != "https":
        return "scheme-not-allowed"
    return None if (parts.port or 443) in outgoing.ports else "port-not-allowed"


def _literal_forbidden(parts: SplitResult, outgoing: Outgoing) -> str | None:
    try:
        literal = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return None
    return None if _may_call(literal, parts, outgoing) else "address-not-allowed"


async def resolved(url: str, outgoing: Outgoing, resolve: Resolve | None = None) -> Target:
    """Where to connect to. Raises Refused, also when one address of several may not be called."""
    parts = _split(url)
    if parts is None or parts.hostname is None:
        raise Refused("wrong-form")
    if code := _forbidden(parts, outgoing):
        raise Refused(code)
    port = parts.port or _PORTS[parts.scheme]
    try:
        found = await (resolve or _resolve)(parts.hostname, port)
    except (OSError, UnicodeError):  # the second: a label that is empty or too long
        raise Refused("name-unknown") from None
    addresses = tuple(dict.fromkeys(_unmapped(ipaddress.ip_address(each)) for each in found))
    if not addresses or not all(_may_call(each, parts, outgoing) for each in addresses):
        raise Refused("address-not-allowed" if addresses else "name-unknown")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path, addresses)


async def _resolve(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_resolvers, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    return [str(each[4][0]) for each in found]


def _unmapped(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _may_call(address: Address, parts: SplitResult, outgoing: Outgoing) -> bool:
    if outgoing.loopback and _unmapped(address).is_loopback:
        return True
    return is_public(address) and parts.scheme == "https" and (parts.port or 443) in outgoing.ports


def is_public(address: Address) -> bool:
    """Whether an address lies on the public internet. `is_global` says so of several that do not."""
    address = _unmapped(address)
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and address not in _ASSIGNMENTS
    return address in _GLOBAL and not any(address in network for network in _NOT_GLOBAL)
