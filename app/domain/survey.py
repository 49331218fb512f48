"""What can happen under a procedure: which stages a complaint can reach, and for which events there is room."""

from dataclasses import dataclass

from app.domain.cached import cached
from app.domain.duty import Condition, Duty
from app.domain.procedure import Procedure
from app.domain.room import Room
from app.domain.stage import Opening, Stage


@dataclass(frozen=True, slots=True)
class Question:
    """A question with a stable code, the place it is about (JSON pointer), and the sentence in both languages."""

    code: str
    pointer: str
    nl: str
    en: str


class View:
    """A procedure with its duties and conditions at hand, each with its pointer."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure

    @cached
    def stages(self) -> list[tuple[str, Stage]]:
        return [(f"/stages/{index}", stage) for index, stage in enumerate(self.procedure.stages)]

    @cached
    def openings(self) -> list[tuple[str, Stage, Opening]]:
        return [
            (f"{where}/opens_on/{index}", stage, opening)
            for where, stage in self.stages
            for index, opening in enumerate(stage.opens_on)
        ]

    @cached
    def duties(self) -> list[tuple[str, Duty, Stage | None]]:
        """Every duty with its stage; those of a body come with the stage that goes to it, or none."""
        own = [
            (f"{where}/duties/{index}", duty, stage)
            for where, stage in self.stages
            for index, duty in enumerate(stage.duties)
        ]
        return own + [
            (f"/bodies/{number}/duties/{index}", duty, self._stage_of(body.body))
            for number, body in enumerate(self.procedure.bodies)
            for index, duty in enumerate(body.duties)
        ]

    def _stage_of(self, body: str) -> Stage | None:
        return next((stage for _, stage in self.stages if stage.body == body), None)

    @cached
    def conditions(self) -> list[tuple[str, Condition]]:
        found: list[tuple[str, Condition | None]] = []
        for where, duty, _ in self.duties:
            found += [(f"{where}/when", duty.when), (f"{where}/unless", duty.unless)]
            found += [(f"{where}/instead/{i}/when", other.when) for i, other in enumerate(duty.instead)]
        for where, stage in self.stages:
            found += [(f"{where}/before_answer/{i}/when", step.when) for i, step in enumerate(stage.before_answer)]
        found += [(f"{where}/when", opening.when) for where, _, opening in self.openings]
        return [(where, condition) for where, condition in found if condition is not None]

    @cached
    def room(self) -> Room:
        rules, grounds = self.procedure, self.procedure.admissibility.grounds
        parts = {"bodies": rules.bodies, "grounds": grounds, "parallel_routes": rules.parallel_routes}
        return Room(
            kinds={*rules.intake.kinds, *(channel.counts_as for channel in rules.intake.channels)},
            answers=rules.answers,
            openings={opening.event for _, _, opening in self.openings},
            parts={part for part, given in parts.items() if given},
        )

    @cached
    def verdicts(self) -> set[str]:
        return {verdict for _, stage in self.stages if stage.answer for verdict in stage.answer.verdicts}

    @cached
    def reachable(self) -> set[str]:
        """The stages that some complaint can come to."""
        found: set[str] = set()
        while True:
            further = {
                stage.stage
                for _, stage, opening in self.openings
                if self.can_happen(opening.event) and self._leads_on(opening, found)
            }
            if further <= found:
                return found
            found |= further

    def _leads_on(self, opening: Opening, found: set[str]) -> bool:
        if not opening.after or opening.without_earlier_stage:
            return True
        return any(self.ends(stage, opening) for _, stage in self.stages if stage.stage in found & set(opening.after))

    @cached
    def passed_over(self) -> list[str]:
        """The ways into a stage that no complaint goes: an earlier one in the file takes every complaint that could."""
        return [
            where
            for index, (where, stage, opening) in enumerate(self.openings)
            if any(_takes(earlier, way, stage, opening) for _, earlier, way in self.openings[:index])
        ]

    def ends(self, stage: Stage, opening: Opening) -> bool:
        """Whether the earlier stage can be answered, or its answer overdue, in a way that this opening asks for."""
        if stage.answer is None:
            return False
        if opening.outcomes and stage.answer.outcomes and not set(opening.outcomes) & set(stage.answer.outcomes):
            return False
        return bool(opening.grounds) or not opening.verdicts or bool(set(opening.verdicts) & set(stage.answer.verdicts))

    def can_happen(self, event: str) -> bool:
        """Whether this procedure leaves room for the event at all."""
        return self.room.has(event)

    def can_happen_in(self, stage: Stage | None, event: str) -> bool:
        """Also in that stage."""
        return self.room.has_in({stage.answer.event} if stage and stage.answer else set(), event)


def _takes(earlier: Stage, way: Opening, stage: Stage, opening: Opening) -> bool:
    """Whether whatever could open the later stage opens the earlier one: only the event, the body, the stages before
    and the condition choose between them."""
    return (
        earlier.stage != stage.stage
        and way.event == opening.event
        and earlier.body in (None, stage.body)
        and way.when in (None, opening.when)
        and _follows_as_much(way, opening)
    )


def _follows_as_much(way: Opening, opening: Opening) -> bool:
    if not way.after:
        return True
    skips = way.without_earlier_stage or not opening.without_earlier_stage
    return bool(opening.after) and set(opening.after) <= set(way.after) and skips
