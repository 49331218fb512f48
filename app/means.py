"""What the service works with besides its database: keys, the object store, a scanner, and the way to mail servers."""

import hmac
from dataclasses import dataclass

from app.channels.address import Outgoing
from app.channels.mailhosts import IMAP_PORTS, SMTP_PORTS, MailHosts
from app.channels.objects import NoStore, Objects, new_key
from app.channels.scanner import ClamAV, Scanner
from app.documents import archive, dossier
from app.domain.mail import Tokens
from app.services import sealing
from app.services.incoming import Ours
from app.services.mailboxes import MailDefaults
from app.services.mails import Office
from app.services.secrets import Sealer
from app.settings import Settings, SettingsError, variable


@dataclass(frozen=True, slots=True)
class Means:
    """The same in the API and in the worker.

    `loopback`: this machine may be called too; for the demo and tests.
    """

    sealer: Sealer
    tokens: Tokens
    objects: Objects
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
    def sealing(self) -> sealing.Means:
        return sealing.Means(self.objects, new_key, dossier.pdf, archive.zipped)

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


def means_of(settings: Settings, *, loopback: bool = False) -> Means:
    """What API and worker work with besides the database. Raises SettingsError. `loopback`: for the demo and tests."""
    sealer, tokens = keys_of(settings.secret("sealing_secret"))
    scanner = ClamAV(settings.clamav) if settings.clamav else None
    try:
        objects = Objects(settings.objects)
    except NoStore as error:
        raise SettingsError(f"{variable('objects')} {error}") from None
    return Means(sealer, tokens, objects, scanner, _mail(settings), loopback)


def _mail(settings: Settings) -> MailDefaults | None:
    if settings.mail_host is None or settings.mail_address is None:  # which a host does not come without
        return None
    password = settings.mail_password.get_secret_value() if settings.mail_password else None
    return MailDefaults(
        settings.mail_host,
        settings.mail_port,
        settings.mail_security,
        settings.mail_address,
        settings.mail_username,
        password,
        settings.mail_name,
    )
