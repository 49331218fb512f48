"""Drafts of messages: changed, approved and sent. What was sent, received or noted is never changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.domain.callers import Actor
from app.domain.correspondence import SPOKEN, Participant, Said
from app.domain.errors import Fault, Forbidden, Invalid, NotPossible
from app.services import dossier as dossiers
from app.services import steps
from app.services.composing import SEEN, Html, Row, Text, composed, row_found
from app.services.correspondence import author_of, bring, columns, etag, record
from app.services.etags import demand_match
from app.services.faults import Gathered
from app.services.steps import Taken
from app.store import messages
from app.store.transaction import Transaction

_WORDS = frozenset({"body", "letter"})
_WRITTEN_FROM = frozenset({"step", "language", "to"})


async def held(tx: Transaction, message_id: UUID, if_match: str | None, *, required: bool = False) -> Row:
    """A draft, held until the transaction ends. Raises NotFound, PreconditionRequired, Stale, NotPossible."""
    row = row_found(await messages.lock(tx, message_id))
    if required or if_match is not None:
        demand_match(if_match, etag(row))
    if row["state"] not in ("draft", "approved"):
        raise NotPossible(
            "A message that was sent, received or noted is not changed; write another one.", code="message-final"
        )
    return row


def changed(row: Row, sent: Mapping[str, Any]) -> Said:
    """The draft with what was sent of it in place of what it said."""
    return replace(said_of(row), **{"subject": None, "body": None, **_own_words(row, sent), **sent})


def _own_words(row: Row, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What stays of the words: a text in place of a letter is a text of somebody's own, a letter is written anew."""
    if sent.get("letter") and not _is_spoken(row, sent):
        return {}
    letter = None if "body" in sent else row["letter"]
    return {"subject": row["subject"], "body": row["body"], "letter": letter}


def _is_spoken(row: Row, sent: Mapping[str, Any]) -> bool:
    return sent.get("channel", row["channel"]) in SPOKEN


async def change(
    tx: Transaction, row: Row, sent: Mapping[str, Any], taken: Taken | None, actor: Actor, html: Html
) -> Row:
    """Changes a held draft, and keeps what it said before. An approval is gone with it. Raises Invalid, Forbidden."""
    found, author, said = Gathered(), actor, changed(row, sent)
    with found.kept():
        _demand_change(row, sent)
    opened, dossier = await dossiers.opened(tx, row["complaint_id"])
    with found.kept():
        author = await author_of(tx, actor, said, taken, dossier, found)
    kept = None
    if said.letter and "letter" not in sent:
        # the words stay as they are, under another subject if need be
        subject = said.subject or row["subject"]
        kept = replace(kept_text(row), subject=subject)
    said = replace(said, by=author.staff_id, roles=author.roles)
    with found.told():
        message = await composed(tx, opened, dossier, said, taken, html, kept)
        message.demand_whole()
    after = await messages.change(tx, {**columns(message), "id": row["id"]})
    await messages.keep_version(tx, after, author.kind, author.id)
    return after


def _demand_change(row: Row, sent: Mapping[str, Any]) -> None:
    if faults := _change_faults(row, sent):
        raise Invalid("This draft cannot be changed like this.", faults=faults)


def _change_faults(row: Row, sent: Mapping[str, Any]) -> list[Fault]:
    if not set(sent) - {"on_behalf_of"}:
        return [Fault("", "nothing-changed", "say what is to be changed")]
    stands = bool(row["letter"]) and not _WORDS & set(sent) and not _is_spoken(row, sent)  # no letter is spoken at all
    if stands and _WRITTEN_FROM & set(sent):
        return [Fault("/letter", "required", "the letter was written from this: name the letter again, or give a text")]
    return []


def said_of(row: Row) -> Said:
    """What a draft was to be, from its row."""
    named = [(UUID(each["partyId"]) if each["partyId"] else None, each["role"]) for each in row["parties"]]
    said = Said(
        direction=row["direction"],
        channel=row["channel"],
        occurred_at=row["occurred_at"],
        shared=row["shared"],
        language=row["language"],
        subject=row["subject"],
        body=row["body"],
        letter=row["letter"],
        draft=True,
        step=row["step"],
    )
    if said.sent:
        return replace(said, to=tuple(party for party, _ in named if party is not None))
    return replace(said, participants=tuple(Participant(party, None if party else role) for party, role in named))


def kept_text(row: Row) -> Text:
    """The words of a draft as they stand. Dates in them are looked at again: they may no longer be right."""
    vouched = tuple(each for each in row["contents"] if each not in SEEN) if row["letter"] else ()
    return Text(row["subject"], row["body"], row["html"], row["letter"], vouched)


async def approve(tx: Transaction, row: Row, actor: Actor, on_behalf_of: UUID | None) -> Row:
    """An employee approves a held draft as it stands. Raises Invalid, Forbidden, NotPossible."""
    if row["state"] == "approved":
        raise NotPossible("This draft was approved already, as it stands.", code="approved-before")
    found = Gathered()
    with found.told():
        approver = await steps.acting(tx, actor, on_behalf_of, found)
    if approver.staff_id is None:
        raise Invalid(
            "An employee approves a message.",
            faults=[Fault("/onBehalfOf", "required", "name the employee who approves it")],
        )
    _, dossier = await dossiers.opened(tx, row["complaint_id"])
    if approver.staff_id in dossier.situation.involved:
        raise Forbidden("Whoever is involved in a complaint may not act on it.", code="involved")
    return await messages.approve(tx, row["id"], approver.staff_id)


_OUTDATED = Fault("/body", "outdated", "the term that this text tells is no longer right; write it anew")


async def send(
    tx: Transaction, row: Row, taken: Taken | None, actor: Actor, html: Html, on_behalf_of: UUID | None
) -> Row:
    """Sends a held draft as it stands. Raises what sending a message at once raises."""
    await messages.hold(tx, row["complaint_id"])
    opened, dossier = await dossiers.opened(tx, row["complaint_id"])
    files = (await messages.files_of(tx, row["complaint_id"], [row["id"]])).get(row["id"], [])
    said = replace(said_of(row), draft=False, on_behalf_of=on_behalf_of, attachments=tuple(files))
    found, author = Gathered(), actor
    with found.kept():
        author = await author_of(tx, actor, said, taken, dossier, found)
    message = await composed(tx, opened, dossier, said, taken, html, kept_text(row), row["id"])
    if SEEN & {*row["contents"]} - {*message.contents}:
        message = replace(message, faults=(*message.faults, _OUTDATED))
    with found.told():
        with found.kept():
            message.demand_whole()
        recorded = await record(tx, row["complaint_id"], row["id"], message, taken, author)
    after = await messages.send(tx, row["id"], recorded.event, message.parties, recorded.contents)
    await bring(tx, after)
    return after
