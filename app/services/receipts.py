"""What goes out by itself when a complaint comes in: a receipt, or the acknowledgement itself where nobody in
particular has to give it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from app.domain.callers import SERVICE, Actor
from app.domain.correspondence import Circle, Said
from app.domain.dossier import Dossier
from app.domain.errors import Forbidden, Invalid, NotPossible
from app.domain.events import Event
from app.domain.mail import usable
from app.domain.receipts import ANSWERED, OF_ADDRESS, OF_ORGANISATION, withheld
from app.domain.representation import needs_guardian
from app.services import correspondence, mailcap
from app.services import dossier as dossiers
from app.services.composing import Html
from app.services.steps import Taken
from app.store import messages, organisations, receipts
from app.store.dossiers import Held
from app.store.transaction import Transaction

# `by_form`, `others`: the line in which it waits for room in the organisation's hour.
Done = Literal["receipt", "acknowledgement", "withheld", "by_form", "others", "switched-off", "nothing"]

# What came in longer ago was registered afterwards, by somebody who knows what was said about it.
FRESH = timedelta(days=3)
BATCH = 500


@dataclass(frozen=True, slots=True)
class Wish:
    """What an organisation wants to go out by itself."""

    receipt: bool
    acknowledgement: bool
    language: str

    @classmethod
    def of(cls, settings: Any) -> "Wish":
        return cls(
            bool(settings.get("automatic_receipt")),
            bool(settings.get("automatic_acknowledgement")),
            settings.get("language") or "nl",
        )


async def forget_announced(tx: Transaction, batch: int = BATCH) -> int:
    """Drops a batch of what was announced and no receipt is made of any more; how many. A job of the worker."""
    return await receipts.forget(tx, FRESH, batch)


async def send(tx: Transaction, complaint_id: UUID, html: Html) -> Done:
    """Sends what is to go out about a new complaint, once, however often and by whomever this is asked."""
    wish = Wish.of((await organisations.read(tx))["settings"])
    if not wish.receipt:
        return "switched-off"
    await messages.hold(tx, complaint_id)
    held, dossier = await dossiers.opened(tx, complaint_id)
    if not _is_new(dossier) or await receipts.written_to(tx, complaint_id):
        return "nothing"
    said = replace(_said(wish), reply_to=await receipts.mail_it_came_in(tx, complaint_id))
    to = _recipient(held, dossier, said)
    if to is None:
        return "nothing"
    by_form = dossier.situation.intake.facts.get("channel") == "web_form"
    full = await mailcap.full(tx, to["email"], by_form=by_form)
    if full is not None:
        code = OF_ADDRESS if full == "address" else OF_ORGANISATION
        if withheld(dossier.situation) != code:
            await dossiers.record(tx, complaint_id, lambda now: [_note(now, code)], SERVICE)
        return "withheld" if full == "address" else full
    return await _sent(tx, held, dossier, replace(said, to=(to["id"],)), wish, html)


def _said(wish: Wish) -> Said:
    return Said("outbound", "email", letter="receipt", language=wish.language)


def _is_new(dossier: Dossier) -> bool:
    """Just come in, nothing told yet, and not withheld for good."""
    situation = dossier.situation
    if dossier.now - situation.intake.occurred_at > FRESH:
        return False
    return situation.last_of(*ANSWERED) is None and withheld(situation) != OF_ADDRESS


def _recipient(held: Held, dossier: Dossier, said: Said) -> Any:
    """Who is written to: who speaks for the complainant or, when that one has no address, the complainant. A child is
    not (SO-08).
    """
    circle = Circle(held.people, dossier.situation)
    people = [*circle.usual(said), *([] if needs_guardian(dossier.situation) else circle.in_role("complainant"))]
    return next((each for each in people if each["email"] and usable(each["email"])), None)


def _note(dossier: Dossier, code: str) -> Event:
    facts = {"code": code, "letter": "receipt", "channel": "email", "direction": "internal", "shared": False}
    return Event("note.recorded", dossier.now, facts)


async def _sent(tx: Transaction, held: Held, dossier: Dossier, said: Said, wish: Wish, html: Html) -> Done:
    acting = next(_acting(dossier), None) if wish.acknowledgement else None
    if acting is not None:
        step = Taken("acknowledgements")
        letter = replace(said, letter="acknowledgement", step={"name": "acknowledgements", "body": {}})
        try:
            await correspondence.write(tx, held.id, letter, step, acting, html)
            return "acknowledgement"
        except (Invalid, NotPossible, Forbidden):
            pass  # nothing was written yet; what the procedure asks more of it is for a person
    await correspondence.write(tx, held.id, said, None, SERVICE, html)
    return "receipt"


def _acting(dossier: Dossier) -> Iterator[Actor]:
    """The service in the role of who handles it, where the acknowledgement is not for somebody in particular.

    KK-10 has the chair give it, and HSS-11 the board after a look at the complaint: those are not given by a machine.
    """
    stage = dossier.situation.stage
    for term in dossier.open_terms:
        if "complaint.acknowledged" in term.duty.met_by and not term.duty.by and stage is not None:
            yield Actor(SERVICE.kind, None, stage.handled_by)
