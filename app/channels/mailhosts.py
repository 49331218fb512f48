"""Which mail servers may be called on a tenant's word: on the public internet, at the ports where mail is spoken."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from app.channels.address import Refused, is_public

SMTP_PORTS = frozenset({25, 465, 587, 2525})
IMAP_PORTS = frozenset({143, 993})

# Where a name is: the addresses that may be connected to. Raises OSError, or Refused when it may not be called.
Find = Callable[[str, int], Awaitable[Sequence[str]]]


async def anywhere(host: str, port: int) -> Sequence[str]:
    """Every address of a name that the operator chose."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


@dataclass(frozen=True, slots=True)
class MailHosts:
    """Servers that organisations chose. `loopback`: only for the demo and tests, this machine itself at any port.

    `trust`: whose certificates count, for mail servers of the operator too; None: those of the system.
    """

    ports: frozenset[int] = SMTP_PORTS
    loopback: bool = False
    resolve: Find = anywhere
    trust: ssl.SSLContext | None = None

    async def find(self, host: str, port: int) -> Sequence[str]:
        """Raises Refused, also when one address of several may not be called."""
        found = list(dict.fromkeys(await self.resolve(host, port)))
        if self.loopback and found and all(ipaddress.ip_address(each).is_loopback for each in found):
            return found
        if port not in self.ports:
            raise Refused("port-not-allowed")
        if not found or not all(is_public(ipaddress.ip_address(each)) for each in found):
            raise Refused("address-not-allowed" if found else "name-unknown")
        return found
