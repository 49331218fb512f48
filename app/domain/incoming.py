"""What a mail that came in is: a complaint, an answer on a case, or something a person has to look at.

Nothing is dropped. What is not certain goes to triage; only our own mail that came back is set aside.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from app.domain.attachment import clean_name
from app.domain.ids import as_written
from app.domain.mail import Tokens, delivery_of, token_in
from app.domain.text import shows

Kind = Literal["complaint", "reply", "bounce", "auto_reply", "loop", "unclear", "oversized", "malformed"]
State = Literal["filed", "triage", "set_aside"]

# More than a person writes; a machine that does is looked at.
SENDER_LIMIT = 30
SENDER_WINDOW = timedelta(hours=1)
# No mail that comes in now is older, and no instant is told that is.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# Faults for which the parts of a mail cannot be relied on. Others are noted and the mail is filed.
FATAL = ("header-too-large", "too-many-headers", "too-many-lines", "too-many-parts", "too-deep", "unreadable")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail says it is from, which proves nothing."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A file in a mail. Its name and media type are what the sender says of it."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery status notification (RFC 3464) about one mail of ours."""

    original: str | None
    action: str
    status: str

    @property
    def failed(self) -> bool:
        """For good, also with a status of 4.x: a server that gave up trying. A delay is `delayed` (RFC 3464, 2.3.3)."""
        return self.action == "failed"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A mail, read. `received_at` is when our own mail server took it in; None when it does not say."""

    message_id: str | None = None
    senders: tuple[Sender, ...] = ()
    from_headers: int = 0
    sender: str | None = None
    recipients: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    received_at: datetime | None = None
    auto_submitted: str = "no"
    precedence: str = ""
    return_path: str | None = None
    listed: bool = False
    auto_response: bool = False
    loop_marks: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    parts: tuple[Part, ...] = ()
    report: Report | None = None
    defects: tuple[str, ...] = ()

    @property
    def author(self) -> Sender | None:
        """The one who wrote it; None when it does not name exactly one."""
        return self.senders[0] if self.from_headers == 1 and len(self.senders) == 1 else None

    @property
    def without_content(self) -> "Parsed":
        """The same, once the bytes of its files are kept elsewhere."""
        return replace(self, parts=tuple(replace(part, content=b"") for part in self.parts))

    @property
    def fatal(self) -> str | None:
        return next((code for code in self.defects if code in FATAL), None)


@dataclass(frozen=True, slots=True)
class Addressed:
    """What the addresses say: the complaint of a token that we made, and whether there was one that we did not.

    `others`: complaints of more tokens of ours. The mail goes to the first.
    """

    complaint: UUID | None = None
    foreign: bool = False
    others: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the organisation knows about a mail. `case`: the token's complaint, when it is one of theirs.

    `mentioned`: the complaint whose reference stands in the subject. Anybody can write it there, so a person looks.
    `named`: all complaints that it names, in whatever way; who is involved in one of them does not see the mail.
    """

    case: UUID | None = None
    mentioned: UUID | None = None
    named: frozenset[UUID] = frozenset()
    foreign_token: bool = False
    own_addresses: Collection[str] = ()
    # deliveries of ours, by what of the mail names them
    sent: UUID | None = None
    bounced: UUID | None = None
    answered: UUID | None = None
    from_sender: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mail is, what becomes of it, and why in kebab-case (None: nothing to say)."""

    kind: Kind
    state: State
    reason: str | None = None


def addressed(recipients: Iterable[str], own: Collection[str], tokens: Tokens) -> Addressed:
    """Looks for a token in every address. A wrong one only counts at an address of ours."""
    foreign = False
    found: dict[UUID, None] = {}
    for address in recipients:
        token = token_in(address)
        if token is None:
            continue
        if complaint := tokens.complaint_of(token):
            found[complaint] = None
        else:
            foreign = foreign or (base_of(address) in own and address.lower() not in own)
    first, *others = found or (None,)
    return Addressed(first, foreign and first is None, tuple(filter(None, others)))


def base_of(address: str) -> str:
    """klachten+token@example.org as klachten@example.org, in lower case."""
    local, _, domain = address.lower().rpartition("@")
    base, plus, _ = local.rpartition("+")
    return f"{base if base and plus else local}@{domain}"


def named_deliveries(parsed: Parsed) -> Mapping[str, UUID]:
    """The deliveries that a mail names by a Message-ID of our form: `sent`, `bounced`, `answered`."""
    original = parsed.report.original if parsed.report else None
    named = {"sent": parsed.message_id, "bounced": original}
    found = {what: delivery for what, text in named.items() if text and (delivery := delivery_of(text))}
    answered = next((delivery for each in reversed(parsed.references) if (delivery := delivery_of(each))), None)
    return {**found, "answered": answered} if answered else found


def all_deliveries(parsed: Parsed) -> set[UUID]:
    """Every delivery that a mail names, also those of a thread before the one that it answers."""
    original = parsed.report.original if parsed.report else None
    named = (parsed.message_id, original, *parsed.references)
    return {delivery for text in named if text and (delivery := delivery_of(text))}


_DASHES = re.compile(r"[\u00ad\u2010-\u2015\u2043\u2212]")
# As people type it over: with blanks, or with nothing between. Looks ahead, as a word before it may fit just as well.
_REFERENCE = re.compile(
    r"(?<![0-9A-Z])(?=([0-9A-Z]{1,4})[-\s]{0,3}([0-9A-Z]{4}[-\s]{0,3}[0-9A-Z]{4})(?![0-9A-Z]))", re.ASCII
)


def mentioned(parsed: Parsed) -> list[str]:
    """What looks like a reference of ours in the subject, as we write it. What is only alike, nobody has."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", parsed.subject)).upper()
    found = _REFERENCE.findall(plain)
    return list(dict.fromkeys(f"{prefix}-{as_written(signs)}" for prefix, signs in found))


def judged(parsed: Parsed, known: Known) -> Verdict:
    """The first thing that is true of the mail decides. The sender and the subject never file it to a case."""
    return next(_verdicts(parsed, known))


def _verdicts(parsed: Parsed, known: Known) -> Iterator[Verdict]:
    if "too-large" in parsed.defects:
        yield Verdict("oversized", "triage", "too-large")
    if parsed.fatal:
        yield Verdict("malformed", "triage", parsed.fatal)
    yield from _loops(parsed, known)
    yield from _bounces(parsed, known)
    yield from _machines(parsed, known)
    too_many = known.from_sender >= SENDER_LIMIT
    if known.case is not None:
        yield Verdict("reply", "triage", "too-many-from-sender") if too_many else Verdict("reply", "filed")
    yield from _unclear(parsed, known)
    yield Verdict("complaint", "triage", "too-many-from-sender") if too_many else Verdict("complaint", "filed")


def _loops(parsed: Parsed, known: Known) -> Iterator[Verdict]:
    if known.sent is not None:
        yield Verdict("loop", "set_aside", "own-mail")
    writers = {base_of(each.address) for each in parsed.senders} | (
        {base_of(parsed.sender)} if parsed.sender else set()
    )
    # anybody can write our address there: a person looks
    if writers & set(known.own_addresses):
        yield Verdict("loop", "triage", "own-address")
    if {mark.lower() for mark in parsed.loop_marks} & set(known.own_addresses):
        yield Verdict("loop", "triage", "loop-mark")


def _bounces(parsed: Parsed, known: Known) -> Iterator[Verdict]:
    if parsed.report is None:
        return
    if known.bounced is None and known.case is None:
        yield Verdict("bounce", "triage", "original-unknown")
    yield Verdict("bounce", "filed", parsed.report.status or None)


def _machines(parsed: Parsed, known: Known) -> Iterator[Verdict]:
    """RFC 3834: what was not written by a person. On a case a machine's answer is kept and starts nothing; the other
    marks stand in all mail of some systems, also in what a person wrote there, and a person looks.
    """
    answers = {
        "auto-submitted": parsed.auto_submitted == "auto-replied",
        "empty-return-path": parsed.return_path == "",
        "precedence": parsed.precedence == "auto_reply",
        "auto-response": parsed.auto_response,
    }
    marks = {
        "auto-submitted": parsed.auto_submitted != "no",
        "precedence": parsed.precedence in ("bulk", "list", "junk"),
        "list": parsed.listed,
    }
    state: State = "filed" if known.case else "triage"
    yield from (Verdict("auto_reply", state, reason) for reason, is_so in answers.items() if is_so)
    yield from (Verdict("auto_reply", "triage", reason) for reason, is_so in marks.items() if is_so)


def _unclear(parsed: Parsed, known: Known) -> Iterator[Verdict]:
    reasons = {
        "token-unknown": known.foreign_token,
        "answer-without-token": known.answered is not None or known.mentioned is not None,
        "no-sender": not parsed.senders,
        "several-senders": parsed.author is None,
        "empty": not (shows(parsed.text) or parsed.parts),
    }
    yield from (Verdict("unclear", "triage", reason) for reason, is_so in reasons.items() if is_so)


def likeness(parsed: Parsed, files: Iterable[bytes]) -> bytes | None:
    """What copies of one mail have in common that came by two ways: 32 bytes. `files`: the digests of its files.

    Not who it is to and by which servers. None when it was not read whole or has no Message-ID; one that is used again
    for another text is another mail.
    """
    author = parsed.author
    if parsed.message_id is None or author is None or {*parsed.defects} & {*FATAL, "too-large", "text-cut"}:
        return None
    date = parsed.date.isoformat() if parsed.date else ""
    words = (parsed.message_id, author.address.lower(), date, parsed.subject, parsed.text)
    told = [hashlib.sha256(" ".join(each.split()).encode()).digest() for each in words]
    return hashlib.sha256(b"".join([*told, *files])).digest()


def received_at(parsed: Parsed, arrived_at: datetime, now: datetime) -> datetime:
    """When it came in: what our mail server wrote, else when we were given it; never in the future.

    A server that lost the day says 1970: then it is now.
    """
    came_in = parsed.received_at or arrived_at
    return min(came_in, now) if came_in >= EARLIEST else now


def head_of(parsed: Parsed) -> dict[str, Any]:
    """What somebody needs who has to decide about it. Personal."""
    author = parsed.senders[0] if parsed.senders else None
    return {
        "from": {"address": author.address, "name": author.name} if author else None,
        "to": list(parsed.recipients[:20]),
        "subject": parsed.subject,
        "date": parsed.date.isoformat() if parsed.date else None,
        "text": parsed.text[:2000],
        "files": [clean_name(part.name) for part in parsed.parts],
        "defects": list(parsed.defects),
    }
