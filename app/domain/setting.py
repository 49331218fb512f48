"""Where a complaint stands in its procedure, by which is decided what an event owes and whose it is."""

from app.domain.duty import Duty
from app.domain.identity import once_of
from app.domain.procedure import Procedure
from app.domain.situation import Situation
from app.domain.stage import Answer, Stage


class Setting:
    """A stage of a procedure with the duties that apply in it: what an event owes there depends on nothing else.

    `unanswered`: the organisation owes its answer in it still, so that a closing would come instead.

    There is one of each, compared by identity: what is kept by it is asked for with every step.
    """

    __slots__ = ("duties", "procedure", "stage", "unanswered")

    def __init__(self, procedure: Procedure, stage: Stage | None, duties: tuple[Duty, ...], unanswered: bool) -> None:
        self.procedure = procedure
        self.stage = stage
        self.duties = duties
        self.unanswered = unanswered

    def met_by(self, event: str) -> tuple[Duty, ...]:
        return tuple(duty for duty in self.duties if event in duty.met_by)

    def answer(self, event: str) -> Answer | None:
        return self.stage.answer if self.stage and self.stage.answer and self.stage.answer.event == event else None


def setting_of(situation: Situation) -> Setting:
    return situation.once(_setting)


def _setting(situation: Situation) -> Setting:
    run = situation.run
    unanswered = run is not None and run.stage.kind != "external" and run.answer is None
    return _the_one(situation.procedure, situation.stage, unanswered, *situation.duties)


@once_of
def _the_one(procedure: Procedure, stage: Stage | None, unanswered: bool, *duties: Duty) -> Setting:
    return Setting(procedure, stage, duties, unanswered)
