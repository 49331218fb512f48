"""Events that are recorded together: what is wrong with the one hides nothing of the other."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from app.domain.callers import Actor
from app.domain.dossier import Dossier
from app.domain.duties import demanded, verdicts_of
from app.domain.errors import Fault, Invalid, beside, faults_of, shared
from app.domain.events import WRITTEN, Event
from app.domain.recording import announced, followed, taken
from app.domain.setting import setting_of


def demand_first(dossier: Dossier, events: Sequence[Event], actor: Actor) -> None:
    """Raises what the gate refuses of the first, with what is wrong with those that come with it, if any do.

    They are looked at as if what was meant by the first had been recorded. Told is what holds whichever that was.
    """
    first, *further = events
    if not further:
        return
    try:
        taken(dossier, first, actor, _no_id)
    except Invalid as refused:
        places = {fault.pointer for fault in refused.faults}
        said = [_faults_after(dossier, meant, further, actor) for meant in _meant(dossier, first, places)]
        more = beside(refused.faults, shared(said))
        raise Invalid(refused.detail, code=refused.code, faults=[*refused.faults, *more]) from refused


def _no_id() -> None:
    """Nothing here is stored."""


def _faults_after(dossier: Dossier, meant: Event, further: Sequence[Event], actor: Actor) -> list[Fault]:
    after = followed(announced(dossier, _no_id), meant, actor, _no_id)
    found = list[Fault]()
    for each in further:
        event = replace(each, occurred_at=meant.occurred_at)
        found += faults_of(partial(taken, after, event, actor, _no_id))
    return found


def _meant(dossier: Dossier, event: Event, places: Collection[str]) -> list[Event]:
    """What may have been meant by an event with faults there, as far as it matters to what comes with it: all that it
    owes, told in writing, at an instant that can be, with each verdict or ground that there is.
    """
    situation = dossier.situation.awaiting(event.type)
    facts = {**event.facts, "content": [*event.facts.get("content", ()), *demanded(situation, event.type).content]}
    if "/form" in places:
        facts["form"] = WRITTEN[0]
    at = dossier.now if "/occurredAt" in places else event.occurred_at
    answer = setting_of(situation).answer(event.type)
    words = {
        "verdict": verdicts_of(answer) if answer else (),
        "ground": tuple(each.ground for each in dossier.procedure.admissibility.grounds),
    }
    wrong = next((name for name in words if f"/{name}" in places), None)
    tried = [{**facts, wrong: word} for word in words[wrong] or (None,)] if wrong else [facts]
    return [replace(event, occurred_at=at, facts=each) for each in tried]
