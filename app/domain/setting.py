"""Where a complaint stands in its procedure, by which is decided what an event owes and whose it is."""

from app.domain.duty import Duty
from app.domain.procedure import Procedure
from app.domain.situation import Situation
from app.domain.stage import Answer, Stage


class Setting:
    """A stage of a procedure with the duties that apply in it: what an event owes there depends on nothing else.

    `unanswered`: the organisation owes its answer in it still, so that a closing would come instead.

    Compared by identity: procedures are read once and live long, and hashing one costs more than what is kept here.
    """

    __slots__ = ("_key", "duties", "procedure", "stage", "unanswered")

    def __init__(self, procedure: Procedure, stage: Stage | None, duties: tuple[Duty, ...], unanswered: bool) -> None:
        self.procedure = procedure
        self.stage = stage
        self.duties = duties
        self.unanswered = unanswered
        self._key = (id(procedure), id(stage), unanswered, *map(id, duties))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Setting) and self._key == other._key

    def met_by(self, event: str) -> tuple[Duty, ...]:
        return tuple(duty for duty in self.duties if event in duty.met_by)

    def answer(self, event: str) -> Answer | None:
        return self.stage.answer if self.stage and self.stage.answer and self.stage.answer.event == event else None


def setting_of(situation: Situation) -> Setting:
    return situation.once(_setting)


def _setting(situation: Situation) -> Setting:
    run = situation.run
    unanswered = run is not None and run.stage.kind != "external" and run.answer is None
    return Setting(situation.procedure, situation.stage, situation.duties, unanswered)
