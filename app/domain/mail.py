"""What is right for a mail, whoever carries it: addresses, subjects, and the names by which an answer is known."""

import base64
import hmac
import re
import unicodedata
from uuid import UUID

# base32 of 26 bytes; with a base of at most 21 signs and the plus it fits a local part (64 signs, RFC 5321).
_TAG_BYTES = 10
_TOKEN = re.compile(r"[a-z2-7]{42}")
# of the part before the @ of an address that tokens are put in
TOKEN_BASE_SIGNS = 21
_LOCAL_SIGNS = 64
_ADDRESS_SIGNS = 254
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SUBJECT_SIGNS = 200
_NAME_SIGNS = 60
# What a mail program makes a link of, or calls.
_LEADS_AWAY = re.compile(r"[@/]|www\.|\w{2}\.\w{2}|\d", re.IGNORECASE)
_ID = re.compile(r"<?([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^<>\s]+>?")


class Tokens:
    """The token in a reply address: it says which complaint an answer belongs to, and only this service can make it.

    Nothing is stored: the complaint's id with a keyed digest of it, in signs that survive any mail system.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token_of(self, complaint_id: UUID) -> str:
        whole = complaint_id.bytes + self._tag(complaint_id.bytes)
        return base64.b32encode(whole).decode().rstrip("=").lower()

    def complaint_of(self, token: str) -> UUID | None:
        """None when it was not made here. Upper and lower case are the same: not every mail system keeps them."""
        token = token.lower()
        if not _TOKEN.fullmatch(token):
            return None
        complaint = UUID(bytes=base64.b32decode(token.upper() + "=" * (-len(token) % 8))[:16])
        # whole, not only the digest: the last sign has bits to spare
        return complaint if hmac.compare_digest(token, self.token_of(complaint)) else None

    def _tag(self, complaint: bytes) -> bytes:
        return hmac.digest(self._secret, b"gehoor reply token\0" + complaint, "sha256")[:_TAG_BYTES]


def reply_address(base: str, token: str) -> str:
    """klachten@example.org as klachten+token@example.org; the bare address when that is too long for a mail system."""
    local, _, domain = base.rpartition("@")
    tagged = f"{local}+{token}@{domain}"
    return base if len(local) + 1 + len(token) > _LOCAL_SIGNS or len(tagged) > _ADDRESS_SIGNS else tagged


def token_in(address: str) -> str | None:
    """The part after the last plus of an address, which may be a token."""
    local = address.rpartition("@")[0]
    base, plus, token = local.rpartition("+")
    return token if base and plus else None


def usable(address: str) -> str | None:
    """The address as mail is sent to it, its domain in ASCII; None when it is not exactly one plain address."""
    local, _, domain = address.strip(" ").rpartition("@")
    if len(local) > _LOCAL_SIGNS or not _LOCAL_PART.fullmatch(local):
        return None
    host = _domain(domain)
    if host is None or len(local) + 1 + len(host) > _ADDRESS_SIGNS:
        return None
    return f"{local}@{host}"


def _domain(domain: str) -> str | None:
    try:
        ascii_name = domain.encode("idna").decode().lower()
    except UnicodeError:
        return None
    labels = ascii_name.split(".")
    numeric = labels[-1].isdigit()
    return None if len(labels) < 2 or numeric or not all(map(_LABEL.fullmatch, labels)) else ascii_name


def one_line(text: str, most: int = _SUBJECT_SIGNS) -> str:
    """A text that is safe in a header: one line, no control signs, nothing to be decoded, not endless."""
    # all that str knows as the end of a line, and everything that is not to be seen
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    # Python decodes what looks like an encoded word (RFC 2047) before it writes a header: an end of a line among it
    line = " ".join(plain.replace("=?", "= ?").split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def greetable(name: str) -> bool:
    """Whether a mail that nobody wrote may greet by this name, which whoever filed made up, like the address it goes
    to: one short line that leads nowhere. Anything else would be a text that a stranger sends through us.
    """
    # signs in other forms (full width, in a circle) as what they are read as
    plain = unicodedata.normalize("NFKC", name)
    return 0 < len(plain) <= _NAME_SIGNS and plain.isprintable() and not _LEADS_AWAY.search(plain)


def message_id(delivery_id: UUID, sender: str) -> str:
    """The same for every attempt at one delivery, so that a mail that came twice is known to be one."""
    return f"<{delivery_id}@{sender.rpartition('@')[2]}>"


def delivery_of(message_id: str) -> UUID | None:
    """Which delivery of ours this Message-ID names; None when it is none of that form. It proves nothing by itself."""
    found = _ID.fullmatch(message_id.strip().lower())
    return UUID(found[1]) if found else None
