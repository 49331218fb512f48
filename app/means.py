"""What the service works with besides its database: keys, the object store, a scanner, and the way to mail servers."""

import hmac
from dataclasses import dataclass

from app.channels.address import Outgoing
from app.channels.mailhosts import IMAP_PORTS, SMTP_PORTS, MailHosts
from app.channels.objects import Objects
from app.channels.scanner import Scanner
from app.domain.mail import Tokens
from app.services.incoming import Ours
from app.services.mailboxes import MailDefaults
from app.services.mails import Office
from app.services.secrets import Sealer


@dataclass(frozen=True, slots=True)
class Means:
    """The same in the API and in the worker. `version` is the contract's.

    `loopback`: this machine may be called too; for the demo and tests.
    """

    sealer: Sealer
    tokens: Tokens
    objects: Objects
    version: str
    scanner: Scanner | None = None
    mail: MailDefaults | None = None
    loopback: bool = False

    @property
    def office(self) -> Office:
        return Office(self.sealer, self.mail, self.tokens)

    @property
    def ours(self) -> Ours:
        return Ours(self.tokens, [self.mail.address] if self.mail else [], self.scanner is not None)

    @property
    def outgoing(self) -> Outgoing:
        return Outgoing(loopback=self.loopback)

    @property
    def smtp_hosts(self) -> MailHosts:
        return MailHosts(SMTP_PORTS, self.loopback)

    @property
    def imap_hosts(self) -> MailHosts:
        return MailHosts(IMAP_PORTS, self.loopback)


def keys_of(secret: str) -> tuple[Sealer, Tokens]:
    """Two keys out of one secret, so that knowing the one does not give the other."""
    sealing, replying = (hmac.digest(secret.encode(), use, "sha256") for use in (b"gehoor seal", b"gehoor reply"))
    return Sealer(sealing), Tokens(replying)
