"""An organisation's mailboxes: through which server its mail goes out, and from where it is fetched."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from app.domain.addresses import is_server
from app.domain.errors import Fault, Invalid, NotFound
from app.domain.mail import TOKEN_BASE_SIGNS, usable
from app.services.etags import demand_match, tag
from app.services.secrets import Sealer
from app.store import failing, mailboxes
from app.store.transaction import Transaction

Direction = Literal["outgoing", "incoming"]
Security = Literal["tls", "starttls", "none"]

WORKS = "accepted"
_INBOX = "INBOX"


@dataclass(frozen=True, slots=True)
class MailDefaults:
    """The operator's own server, for organisations that named none. None of it comes from an organisation."""

    host: str
    port: int
    security: Security
    address: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox with its password. `own`: the organisation chose the server, so it is called with care."""

    host: str
    port: int
    security: Security
    address: str
    own: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    name: str | None = None
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Settings as they were sent. `keeps_password`: none was sent, the stored one stays as it is.

    `unread`: those that could not be read, of settings that are only tried.
    """

    host: str
    port: int
    security: Security
    address: str
    username: str | None
    password: str | None = field(repr=False)
    keeps_password: bool
    name: str | None
    folder: str | None
    enabled: bool
    unread: frozenset[str] = frozenset()


def etag(row: mailboxes.Row) -> str:
    """Strong: changes with every change, also with one of the password alone, which is sealed anew each time."""
    shown = ("host", "port", "security", "username", "address", "name", "folder", "enabled")
    return tag(
        **{name: row[name] for name in shown},
        id=str(row["id"]),
        updated_at=row["updated_at"].isoformat(),
        password=hashlib.sha256(row["password"] or b"").hexdigest(),
    )


async def read(tx: Transaction, direction: Direction) -> mailboxes.Row:
    """Raises NotFound when the organisation named none."""
    row = await mailboxes.read(tx, direction)
    if row is None:
        raise NotFound("The organisation has no mailbox of its own for this.")
    return row


async def put(
    tx: Transaction, direction: Direction, sent: Sent, sealer: Sealer, if_match: str | None = None
) -> mailboxes.Row:
    """Sets a mailbox. Raises Invalid, and when there is one already PreconditionRequired or Stale."""
    before = await mailboxes.lock(tx, direction)
    if before is not None or if_match is not None:
        demand_match(if_match, etag(before) if before else "")
    if faults := tuple(_faults(direction, sent, before)):
        raise Invalid("This mailbox cannot be used like that.", faults=faults)
    row = _row(tx, direction, sent, sealer, before)
    if before is not None and direction == "incoming" and _same_box(before, row):
        row["updated_at"] = before["updated_at"]
    made = await (mailboxes.insert(tx, direction, row) if before is None else mailboxes.update(tx, direction, row))
    if made is None:  # somebody else made it in this very moment
        demand_match(if_match, "")
        raise LookupError("a mailbox is neither there nor can it be made")
    if direction == "outgoing":
        await failing.mail_works(tx, tx.organisation_id)
    return made


def _same_box(before: mailboxes.Row, row: mailboxes.Row) -> bool:
    """Whether the same mails are fetched as before.

    Then what people opened while we could not get in still has to come in (services/fetching.py looks back to
    updated_at). In another mailbox, and in one that was switched off, what they opened is theirs.
    """
    same = all(before[name] == row[name] for name in ("host", "username"))
    return same and before["enabled"] and (before["folder"] or _INBOX) == (row["folder"] or _INBOX)


def _faults(direction: Direction, sent: Sent, before: mailboxes.Row | None) -> Iterator[Fault]:
    if not is_server(sent.host):
        yield Fault("/host", "wrong-form", "the name of a server, like mail.example.org")
    address = usable(sent.address)
    if address is None:
        yield Fault("/address", "wrong-form", "one plain e-mail address")
    elif direction == "incoming" and len(address.rpartition("@")[0]) > TOKEN_BASE_SIGNS:
        sentence = f"at most {TOKEN_BASE_SIGNS} characters before the @: each case adds a token of its own"
        yield Fault("/address", "too-long", sentence)
    if sent.folder is not None and direction == "outgoing":
        yield Fault("/folder", "not-here", "mail is fetched from a folder, not sent from one")
    unread = sent.unread if is_server(sent.host) else sent.unread | {"host"}
    yield from _login_faults(sent, before, unread)


def _login_faults(sent: Sent, before: mailboxes.Row | None, unread: frozenset[str]) -> Iterator[Fault]:
    if sent.username is not None and sent.security == "none":
        yield Fault("/security", "unsafe", "a password is not sent in the clear: tls or starttls")
    if sent.password is not None and sent.username is None:
        yield Fault("/username", "required", "a password is of somebody")
    if not sent.keeps_password or sent.username is None:
        return
    # else who may change this could have the password sent to a server of their own, and read it there
    goes_to = {"host": sent.host, "port": sent.port, "username": sent.username}
    same = before is not None and all(before[name] == goes_to[name] for name in goes_to.keys() - unread)
    if not same or before is None or before["password"] is None:
        yield Fault("/password", "required", "give the password with a new server or user name")


def _purpose(tx: Transaction, direction: str) -> str:
    return f"mailbox {tx.organisation_id} {direction}"


def _row(
    tx: Transaction, direction: Direction, sent: Sent, sealer: Sealer, before: mailboxes.Row | None
) -> dict[str, Any]:
    if sent.keeps_password:
        password = before["password"] if before and sent.username else None
    else:
        password = sealer.seal(sent.password.encode(), _purpose(tx, direction)) if sent.password else None
    return {
        "host": sent.host.lower(),
        "port": sent.port,
        "security": sent.security,
        "username": sent.username,
        "password": password,
        "address": usable(sent.address),
        "name": sent.name,
        "folder": sent.folder,
        "enabled": sent.enabled,
    }


async def outgoing(tx: Transaction, sealer: Sealer, defaults: MailDefaults | None) -> Mailbox | None:
    """Through which server mail goes out: the organisation's own, else the operator's; None when there is neither."""
    row = await mailboxes.read(tx, "outgoing")
    if row is not None and row["enabled"]:
        return _opened(tx, row, sealer)
    if defaults is None:
        return None
    d = defaults
    return Mailbox(d.host, d.port, d.security, d.address, False, d.username, d.password, d.name)


async def note_trial(tx: Transaction, code: str) -> None:
    """Keeps how connecting to the organisation's own server went."""
    await mailboxes.tried(tx, "outgoing", code)
    if code == WORKS:
        await failing.mail_works(tx, tx.organisation_id)


async def incoming(tx: Transaction, sealer: Sealer) -> Mailbox | None:
    """From where mail is fetched; None when the organisation has none, or it is switched off."""
    row = await mailboxes.read(tx, "incoming")
    return _opened(tx, row, sealer) if row is not None and row["enabled"] else None


async def answers_to(tx: Transaction, sender: Mailbox) -> str:
    """The address that answers are sent to: where mail is fetched, else where it comes from."""
    row = await mailboxes.read(tx, "incoming")
    return str(row["address"]) if row is not None and row["enabled"] else sender.address


def _opened(tx: Transaction, row: mailboxes.Row, sealer: Sealer) -> Mailbox:
    sealed = row["password"]
    return Mailbox(
        host=row["host"],
        port=row["port"],
        security=row["security"],
        address=row["address"],
        own=True,
        username=row["username"],
        password=sealer.opened(sealed, _purpose(tx, row["direction"])).decode() if sealed else None,
        name=row["name"],
        folder=row["folder"],
    )
