"""From what is to be said to the message as it will be sent: its text, whom it is for, and what it says for a duty."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.domain import correspondence
from app.domain.content import stated
from app.domain.correspondence import Circle, Said
from app.domain.dossier import Dossier
from app.domain.duties import demanded
from app.domain.errors import Fault, Invalid, NotFound
from app.domain.events import Event
from app.domain.letter import LETTERS, Letter, cleaned
from app.domain.text import shows
from app.services import letters
from app.services.steps import Taken, drafted
from app.store import messages, people
from app.store.dossiers import Held
from app.store.transaction import Transaction

Row = Mapping[str, Any]
Html = Callable[[Letter], str]

# What the words of a text show for themselves is not taken from whoever says that they do.
SEEN = frozenset({"handling_term", "due_date"})
# What a step tells in words of its own, and a letter therefore has to tell too where it is owed.
_TOLD = ("reasons", "conclusions", "findings", "measures", "advice")
_MOST_COLLEAGUES = 20
_UNUSABLE = {
    "quarantined": "this file was not checked for viruses yet",
    "infected": "this file is not safe to pass on",
}


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a message. `contents`: what the template vouches for; none for a text of somebody's own."""

    subject: str
    body: str
    html: str | None = None
    letter: str | None = None
    contents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """A message as it will be sent; `contents` is everything that it says."""

    said: Said
    text: Text
    parties: tuple[Row, ...]
    shared: bool
    contents: tuple[str, ...]
    faults: tuple[Fault, ...] = ()

    def demand_whole(self) -> None:
        """Raises Invalid with everything that is wrong with it."""
        if self.faults:
            raise Invalid("This message cannot be recorded like this.", faults=self.faults)


async def composed(  # noqa: PLR0913
    tx: Transaction,
    held: Held,
    dossier: Dossier,
    said: Said,
    taken: Taken | None,
    html: Html,
    kept: Text | None = None,
    own: UUID | None = None,
    *,
    trial: bool = False,
) -> Composed:
    """The message, with everything that is wrong with it. `kept`: its text, where that was written before, as `own`.

    `trial`: only to be looked at.
    """
    circle = Circle(held.people, dossier.situation, await _colleagues(tx, said, dossier))
    faults = [*correspondence.faults(said, circle, tx.now), *_step_faults(taken)]
    if said.direction != "outbound" or (said.channel and not said.sent):  # no letter, whatever is said of one
        said = replace(said, letter=None)
    misplaced = list(_letter_faults(said, taken, dossier, tx))
    is_of_step = not any(fault.code == _ANOTHER for fault in misplaced)
    faults += misplaced
    faults += await _references(tx, held.id, said, own)
    named = tuple(correspondence.parties(said, circle))
    try:
        text = kept or await _text(tx, held, dossier, said, named, taken, html, trial=trial)
    except Invalid as refused:
        lacking = (replace(each, pointer=letter_pointer(each.pointer)) for each in refused.faults)
        faults += (each for each in lacking if is_of_step or not each.pointer.startswith("/step/"))
        text = Text(said.subject or "", "", letter=said.letter)
    else:
        faults += _untold(said, text, taken, dossier, tx) if is_of_step else ()
    contents = tuple(sorted(_contents(said, text, taken, dossier)))
    return Composed(said, text, named, correspondence.is_shared(said, named), contents, tuple(faults))


async def _colleagues(tx: Transaction, said: Said, dossier: Dossier) -> list[Row]:
    """Whom a complaint is handed over to: the employees in that role, by the address that they work with."""
    found: dict[UUID, Row] = {}
    for role in correspondence.handed_to(said, dossier.situation):
        for each in await people.employees(tx, None, _MOST_COLLEAGUES, active=True, role=role):
            found.setdefault(each["id"], {"id": None, "role": role, "name": each["name"], "email": each["email"]})
    not_to = {*dossier.situation.involved, said.by}
    return [{**each, "details": None} for staff_id, each in found.items() if staff_id not in not_to]


async def _text(
    tx: Transaction,
    held: Held,
    dossier: Dossier,
    said: Said,
    named: Sequence[Row],
    taken: Taken | None,
    html: Html,
    *,
    trial: bool,
) -> Text:
    if said.letter is None:
        return _own_words(said, html)
    facts, texts = (taken.facts, dict(taken.texts)) if taken else ({}, {})
    if said.body:
        texts["text"] = said.body
    letter = await letters.written(tx, dossier, held.row, said, named, facts, texts, trial=trial)
    if said.body and squeezed(said.body) not in squeezed(letter.text):
        raise Invalid("This letter has no place for it.", faults=[_NO_PLACE])
    subject = said.subject or letter.subject
    return Text(subject, letter.text, html(replace(letter, subject=subject)), said.letter, letter.contents)


_NO_PLACE = Fault("/text", "not-in-letter", "this letter has no place for words of your own")


def _own_words(said: Said, html: Html) -> Text:
    subject, body = said.subject or "", said.body or ""
    shown = html(Letter.of(subject, body, said.language)) if said.sent and body else None
    return Text(subject, body, shown)


def squeezed(text: str) -> str:
    """A text as a letter has it, without its layout, to look for words in it."""
    return " ".join(cleaned(text).split()).casefold()


def _contents(said: Said, text: Text, taken: Taken | None, dossier: Dossier) -> set[str]:
    """What the template vouches for, what the words show, and what its writer says of the rest."""
    claimed = set(taken.facts.get("content", ())) if taken else set()
    found = set(text.contents) | (claimed - SEEN) | stated(text.body, dossier.terms)
    if said.spoken and shows(text.body):
        found.add("note")
    return found


# -- what is wrong ---------------------------------------------------------------------------------------------


def letter_pointer(pointer: str) -> str:
    """Where what a letter lacks comes from: the writer's own words, or the step."""
    return "/body" if pointer == "/text" else step_pointer(pointer)


def step_pointer(pointer: str) -> str:
    return f"/step/body{pointer}" if pointer else "/letter"


def _step_faults(taken: Taken | None) -> Iterator[Fault]:
    """The message itself says how, when and in which words."""
    if taken is None:
        return
    given = {"form": "form" in taken.facts, "text": "text" in taken.texts, "occurredAt": taken.occurred_at is not None}
    for name in (name for name, there in given.items() if there):
        yield Fault(f"/step/body/{name}", "not-here", "the message itself says this")


_ANOTHER = "another-step"  # beside which nothing is missing in the step: it is not the one of this letter


def _letter_faults(said: Said, taken: Taken | None, dossier: Dossier, tx: Transaction) -> Iterator[Fault]:
    """A letter that takes a step is sent with that step: without it the duty would stay open."""
    kind = LETTERS.get(said.letter or "")
    if kind is None or kind.step is None:
        return
    if taken is None:
        yield Fault("/step", "required", f"sending this letter takes the step: {kind.step}")
        return
    recorded = [event.type for event in drafted(dossier, taken, tx.now)]
    if kind.event not in recorded:
        told = f"this letter is for {kind.event} (the step {kind.step}); this step records: {', '.join(recorded)}"
        yield Fault("/letter", _ANOTHER, told)


async def _references(tx: Transaction, complaint_id: UUID, said: Said, own: UUID | None) -> Sequence[Fault]:
    """What the message refers to has to be of the same complaint."""
    found = []
    if said.reply_to is not None:
        answered = await messages.read(tx, said.reply_to)
        if answered is None or answered["complaint_id"] != complaint_id:
            found.append(Fault("/replyTo", "unknown-message", "no message of this complaint has this id"))
        elif answered["state"] in ("draft", "approved"):
            found.append(Fault("/replyTo", "not-sent", "this message was never sent"))
    if said.attachments:
        files = {row["id"]: row for row in await messages.files(tx, complaint_id, said.attachments)}
        for place, file in enumerate(said.attachments):
            if file in said.attachments[:place]:
                found.append(Fault(f"/attachments/{place}", "repeated", "this file is named before"))
            found += _file_faults(f"/attachments/{place}", files.get(file), said, own)
        if said.sent and said.channel == "email" and sum(file["size"] for file in files.values()) > MAIL_BYTES:
            found.append(Fault("/attachments", "too-large-to-mail", _TOO_LARGE))
    return found


# Hardly a mail server takes more, and a worker holds several mails at a time.
MAIL_BYTES = 18 * 1024 * 1024
_TOO_LARGE = f"the files of a mail hold at most {MAIL_BYTES // 1024**2} MiB together"


def _file_faults(where: str, file: Row | None, said: Said, own: UUID | None) -> Iterator[Fault]:
    if file is None:
        yield Fault(where, "unknown-attachment", "no file of this complaint has this id")
    elif file["message_id"] not in (None, own):
        yield Fault(where, "attached-before", "this file belongs to another message")
    elif said.sent and not said.draft and file["state"] in _UNUSABLE:
        yield Fault(where, f"file-{file['state']}", _UNUSABLE[file["state"]])


def _untold(said: Said, text: Text, taken: Taken | None, dossier: Dossier, tx: Transaction) -> Iterable[Fault]:
    """BNW-08, KK-19: what is owed to the complainant stands in the letter, not only in the record of the step."""
    if taken is None or not said.sent:
        return
    owed = _owed(dossier, drafted(dossier, taken, tx.now))
    there = {*text.contents, *taken.facts.get("content", ())}
    for name in _TOLD:
        words = squeezed(str(taken.texts.get(name, "")))
        if name in owed - there and words and words not in squeezed(text.body):
            where = "/letter" if said.letter else "/body"
            yield Fault(where, "content-missing", f"the text does not tell what the step gives: {name}")


def _owed(dossier: Dossier, events: Sequence[Event]) -> set[str]:
    """The content that these events owe, each in the light of the one before it."""
    found: set[str] = set()
    for event in events:
        found |= set(demanded(dossier.situation, event.type).content)
        dossier = dossier.with_event(replace(event, sequence=len(dossier.events) + 1))
    return found


def row_found(row: Row | None) -> Row:
    """Raises NotFound."""
    if row is None:
        raise NotFound("There is no such message.")
    return row
