"""Correspondence: what is said about a complaint, recorded as a message and as the step that a letter takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.domain.callers import ANYBODY, SERVICE, Actor
from app.domain.correspondence import Said
from app.domain.dossier import Dossier
from app.domain.errors import Fault, Forbidden, Invalid, NotFound, Stale
from app.domain.events import Event
from app.services import dossier as dossiers
from app.services import steps
from app.services.composing import Composed, Html, Row, composed, row_found, step_pointer
from app.services.etags import matches, tag
from app.services.faults import Gathered
from app.services.steps import Taken
from app.store import deliveries, messages
from app.store.transaction import Transaction

_EVENTS = {"outbound": "message.sent", "inbound": "message.received", "internal": "note.recorded"}
_STATES = {"outbound": "sent", "inbound": "received", "internal": "noted"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the ledger says of a message: its event, and everything that the letter says by the ledger."""

    event: Event
    contents: Sequence[str]


async def write(
    tx: Transaction,
    complaint_id: UUID,
    said: Said,
    taken: Taken | None,
    actor: Actor,
    html: Html,
    *,
    if_match: str | None = None,
) -> Row:
    """Sends a message, registers one that came in, notes something, or keeps a draft.

    Raises NotFound, Stale, Forbidden, Invalid (what is missing) or NotPossible (a step that is not possible now).
    """
    await messages.hold(tx, complaint_id)
    held, dossier = await dossiers.opened(tx, complaint_id)
    found, author, recorded = Gathered(), actor, None
    with found.kept():
        author = await author_of(tx, actor, said, taken, dossier, found)
    said = replace(said, by=author.staff_id, roles=author.roles, automatic=author.kind == SERVICE.kind)
    message_id = tx.new_id()
    with found.told():
        message = await composed(tx, held, dossier, said, taken, html)
        with found.kept():
            message.demand_whole()
        if not said.draft:
            recorded = await record(tx, complaint_id, message_id, message, taken, author, if_match=if_match)
    if said.draft and if_match is not None and not matches(if_match, dossiers.etag(held.row)):
        raise Stale("The complaint changed since you read it; read it again.")
    row = await _inserted(tx, message_id, complaint_id, message, author, recorded)
    if said.draft:
        await messages.keep_version(tx, row, author.kind, author.id)
    if said.attachments:
        await messages.attach(tx, message_id, message.shared, said.attachments)
    if row["state"] == "sent":
        await bring(tx, row)
    return row


async def author_of(
    tx: Transaction, actor: Actor, said: Said, taken: Taken | None, dossier: Dossier, found: Gathered
) -> Actor:
    """Who is writing: the employee that an integration names, else the caller (as `steps.acting`)."""
    of_step = taken.on_behalf_of if taken else None
    at = "/onBehalfOf" if said.on_behalf_of is not None else "/step/body/onBehalfOf"
    author = await steps.acting(tx, actor, said.on_behalf_of or of_step, found, at)
    if said.on_behalf_of is not None and of_step not in (None, said.on_behalf_of):
        other = await steps.acting(tx, actor, of_step, found, "/step/body/onBehalfOf")
        if ANYBODY not in (author, other):  # else the one that is not known may have been the other
            another = Fault("/step/body/onBehalfOf", "another-person", "the message names another employee")
            found.keep(Invalid("A message and its step are by one person.", faults=[another]))
        return ANYBODY
    if author.staff_id in dossier.situation.involved:
        raise Forbidden("Whoever is involved in a complaint may not act on it.", code="involved")
    return author


async def record(
    tx: Transaction,
    complaint_id: UUID,
    message_id: UUID,
    message: Composed,
    taken: Taken | None,
    author: Actor,
    *,
    if_match: str | None = None,
) -> Recorded:
    """The event of the message: that of the step which it takes, or that something was said."""
    if taken is not None:
        by_letter = told(taken, message, message_id)
        try:
            grown = await steps.take(tx, complaint_id, by_letter, author, if_match=if_match)
        except Invalid as refused:
            raise Invalid(refused.detail, code=refused.code, faults=faults_in(refused, message)) from refused
    else:
        said = said_event(message, message_id, tx)
        grown = await dossiers.record(tx, complaint_id, lambda _: [said], author, if_match=if_match)
    event = next(each for each in grown.fresh if each.facts.get("message_id") == str(message_id))
    return Recorded(event, event.facts.get("content", message.contents))


def told(taken: Taken, message: Composed, message_id: UUID) -> Taken:
    """The step as the message takes it: in its form, at its moment, with what it says."""
    facts = {
        **taken.facts,
        "form": message.said.form,
        "content": list(message.contents),
        "message_id": str(message_id),
    }
    return Taken(taken.step, message.said.occurred_at, facts, taken.texts)


def said_event(message: Composed, message_id: UUID, tx: Transaction) -> Event:
    said = message.said
    facts = {
        "message_id": str(message_id),
        "channel": said.channel,
        "direction": said.direction,
        "letter": message.text.letter,
        "shared": message.shared,
    }
    at = said.occurred_at or tx.now
    return Event(_EVENTS[said.direction], at, {name: value for name, value in facts.items() if value is not None})


def faults_in(refused: Invalid, message: Composed) -> list[Fault]:
    """What the gate finds wanting in the step, by where that is in the message.

    What a message says is known when its text is right: before that nothing is told of what it does not say.
    """
    is_right = all(map(_is_beside_the_text, message.faults))
    of_step = [each for each in refused.faults if each.pointer != "/contents" or is_right]
    return [replace(each, pointer=_pointer_of(each.pointer, message)) for each in of_step]


def _is_beside_the_text(fault: Fault) -> bool:
    """Whether the text is right all the same: of what the message says itself the step says nothing."""
    return fault.pointer.startswith(_BESIDE_THE_TEXT) or fault.code == "not-here"


_BESIDE_THE_TEXT = ("/channel", "/to", "/replyTo", "/subject", "/attachments", "/occurredAt", "/participants")


def _pointer_of(pointer: str, message: Composed) -> str:
    """Where in the message that is which the gate found wanting in the step."""
    said = message.said
    own = {"/form": "/channel", "/occurredAt": "/occurredAt", "/contents": "/letter" if said.letter else "/body"}
    if pointer == "/note" and said.spoken:
        return "/body"
    return own.get(pointer) or (step_pointer(pointer) if pointer else "/step")


async def _inserted(
    tx: Transaction, message_id: UUID, complaint_id: UUID, message: Composed, author: Actor, recorded: Recorded | None
) -> Row:
    row = {
        **columns(message),
        "id": message_id,
        "complaint_id": complaint_id,
        "direction": message.said.direction,
        "state": _STATES[message.said.direction] if recorded else "draft",
        "author_kind": author.kind,
        "author_id": author.id,
        "event_id": recorded.event.id if recorded else None,
        "reply_to": message.said.reply_to,
        "mail_id": message.said.mail_id,
    }
    if recorded:
        row |= {"occurred_at": recorded.event.occurred_at, "contents": list(recorded.contents)}
    return await messages.insert(tx, row)


def columns(message: Composed) -> dict[str, Any]:
    """What a draft can still change of a message, as it is stored."""
    said, text = message.said, message.text
    return {
        "channel": said.channel,
        "shared": message.shared,
        "language": said.language,
        "letter": text.letter,
        "step": said.step,
        "subject": text.subject,
        "body": text.body,
        "html": text.html,
        "parties": list(message.parties),
        "contents": list(message.contents),
        "occurred_at": said.occurred_at,
    }


async def bring(tx: Transaction, row: Row) -> None:
    """Has a sent message brought to those it is for: a mail to each address, or a letter to print."""
    if row["channel"] == "email":
        addresses = {each["address"].casefold(): each["address"] for each in row["parties"]}
        for address in addresses.values():
            await deliveries.add_mail(tx, row["complaint_id"], row["id"], address)
    elif row["channel"] == "post":
        await deliveries.add_post(tx, row["complaint_id"], row["id"])


# -- reading ---------------------------------------------------------------------------------------------------


async def read(tx: Transaction, message_id: UUID) -> Row:
    """Raises NotFound."""
    return row_found(await messages.read(tx, message_id))


async def demand_complaint(tx: Transaction, complaint_id: UUID) -> None:
    """Raises NotFound, also for another organisation's."""
    if not await messages.complaint_there(tx, complaint_id):
        raise NotFound("There is no such complaint.")


def etag(row: Row) -> str:
    """Strong: a message changes by a new version or another state, and after it was sent by nothing."""
    return tag(id=str(row["id"]), version=row["version"], state=row["state"])
