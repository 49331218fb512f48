"""What comes before an answer: the checklist of its stage, and what holds the answer up (KK-14, HSS-12, X-09)."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from app.domain.admissibility import Proposal
from app.domain.calendar import local_date
from app.domain.callers import Actor
from app.domain.events import Event
from app.domain.roles import roles_before_answer
from app.domain.runs import Run
from app.domain.situation import Situation
from app.domain.stage import Prerequisite

ADMISSIBILITY = "admissibility"


class Item(NamedTuple):
    """One step before the answer. `state`: open, taken or waived; `by`: the roles whose step it is, none: anybody's."""

    step: Prerequisite
    state: str
    by: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def holds_up(self) -> bool:
        """An expected step that was not taken is a warning; a required one keeps the answer waiting."""
        return self.is_open and not self.step.expected_only

    @property
    def sentence(self) -> str:
        party = f" ({self.step.party})" if self.step.party else ""
        return f"{self.step.step}{party} comes before the answer"

    @property
    def whose(self) -> str:
        """The sentence, with for whom the step is."""
        return f"{self.sentence}, and is for: {', '.join(self.by)}" if self.by else self.sentence

    def is_this(self, event: Event) -> bool:
        """Whether the event is this step, whoever took it."""
        return event.type == self.step.met_by and _of_party(event, self.step)


def checklist(situation: Situation, on: date | None = None) -> tuple[Item, ...]:
    """The steps before the answer of the stage that it is in. `on`: what happened after that day came too late."""
    run = situation.run
    if run is None:
        return ()
    waived = _waived(situation, run)
    steps = [step for step in run.stage.before_answer if step.when is None or situation.holds(step.when)]
    return tuple([_item(situation, run, step, waived, on) for step in steps])


def skippable(situation: Situation) -> dict[str, Prerequisite]:
    """The steps before the answer that may be skipped and were not taken or skipped yet (X-09).

    Also those that depend on what nobody recorded yet.
    """
    run = situation.run
    if run is None:
        return {}
    waived = _waived(situation, run)
    steps = [step for step in run.stage.before_answer if step.waivable]
    return {step.step: step for step in steps if _item(situation, run, step, waived, None).is_open}


def _waived(situation: Situation, run: Run) -> set[str | None]:
    return {event.facts.get("step") for event in situation.all_of("step.waived") if run.covers(event)}


def counts(item: Item, actor: Actor) -> bool:
    """Whether what this one recorded is that step; an integration may name nobody where no rule says whose it is."""
    return not item.by or (actor.holds(item.by) if actor.kind == "staff" else not item.step.by)


def interest_asked(situation: Situation) -> bool:
    """Whether a step before the answer depends on an interest that nobody recorded, and nothing else asks for it."""
    run = situation.run
    if run is None or "interest" in situation.described:
        return False
    asked = [step for step in run.stage.before_answer if step.when is not None and step.when.interest]
    if not asked:
        return False
    there = {(item.step.met_by, item.step.party) for item in checklist(situation)}
    waived = _waived(situation, run)
    return any(
        (step.met_by, step.party) not in there and _item(situation, run, step, waived, None).state == "open"
        for step in asked
    )


def waits_for(situation: Situation, items: Iterable[Item], proposed: Iterable[Proposal]) -> tuple[str, ...]:
    """What comes before the answer, whoever gives it: steps of the checklist, and `admissibility` to decide on."""
    missing = [item.step.step for item in items if item.holds_up]
    settled = situation.admissibility != "undecided" or situation.formal_answer is not None
    undecided = not settled and any(proposal.must_refuse for proposal in proposed)
    return (*missing, ADMISSIBILITY) if undecided else tuple(missing)


def held_up(situation: Situation, items: Iterable[Item], proposed: Iterable[Proposal]) -> str | None:
    """Why the answer comes too soon, in a sentence; None when it may come."""
    items = tuple(items)
    waits = waits_for(situation, items, proposed)
    if waits in ((), (ADMISSIBILITY,)):
        return "a ground not to handle it applies; decide on admissibility first" if waits else None
    return "the checklist is incomplete: " + "; ".join(item.whose for item in items if item.holds_up)


def _item(situation: Situation, run: Run, step: Prerequisite, waived: set[str | None], on: date | None) -> Item:
    item = Item(step, "waived" if step.step in waived else "open", roles_before_answer(situation, run.stage, step))
    happened = situation.all_of(step.met_by)
    taken = any(run.covers(event) and _meets(event, item, on) for event in happened) if happened else False
    return item._replace(state="taken") if taken else item


def _meets(event: Event, item: Item, on: date | None) -> bool:
    in_time = on is None or local_date(event.occurred_at) <= on
    return in_time and _of_party(event, item.step) and counts(item, event.actor)


def _of_party(event: Event, step: Prerequisite) -> bool:
    return step.party is None or event.facts.get("party") == step.party
