"""Complaints that are one, because it was registered twice: who is involved in one of them sees none of them (P9)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from app.domain.dossier import Dossier
from app.domain.involvement import declared, levelled
from app.services.dossier import Recorded, added, locked
from app.store import complaints
from app.store.dossiers import Held
from app.store.transaction import Transaction

Same = Sequence[tuple[Held, Dossier]]


async def held(tx: Transaction, complaint_id: UUID, named: str | None) -> Same:
    """A complaint and those that are one with it or with the one that is named (a reference or an id), held.

    Empty when there is no other.
    """
    found: list[UUID] = []
    # while this waited for one of them another may have been closed as its duplicate; of what is held none is any more
    while (there := await complaints.one_with(tx, complaint_id, named)) != found:
        found = there
    return [await locked(tx, each) for each in found] if len(found) > 1 else []


async def level(tx: Transaction, same: Same, recorded: Recorded) -> Recorded:
    """After something was recorded on one of them: who was declared to be involved in one is so in each.

    What it took back is taken back in each; what was said of another one as well stands.
    """
    if not same:
        return recorded
    before = next(dossier for held, dossier in same if held.id == recorded.held.id)
    now = [(recorded.held, recorded.dossier), *(each for each in same if each[0].id != recorded.held.id)]
    said = [declared(dossier.situation, held.row["reference"]) for held, dossier in now]
    taken_back = dict(declared(before.situation, recorded.row["reference"])).keys() - dict(said[0]).keys()
    wanted = {key: event for each in said for key, event in each if key not in taken_back}
    for (held, dossier), there in zip(now, said, strict=True):
        events = list(levelled(there, wanted, dossier.now))
        more = await added(tx, held, dossier, events) if events else None
        if more is not None and held is now[0][0]:
            recorded = replace(recorded, row=more.row, dossier=more.dossier, fresh=(*recorded.fresh, *more.fresh))
    return recorded
