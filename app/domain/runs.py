"""The passages of a complaint through the stages of its procedure: opened, answered, lapsed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.duty import Duty
from app.domain.events import Event
from app.domain.moments import Moment
from app.domain.stage import Stage

# A body that turns a case down, or a complainant who takes it back, leaves the complaint where it was before.
_LAPSES = ("external.declined", "escalation.withdrawn")


@dataclass(frozen=True, slots=True)
class Run:
    """One passage through a stage: opened by an event, ended by an answer (or not yet).

    `lapsed`: what ended it without any; the complaint is then where it was before. `taken_up`: the complaint was
    reopened after the answer, so that another may come; this one stands until then.
    """

    stage: Stage
    opened: Event
    answer: Event | None = None
    last_sequence: int | None = None
    lapsed: Event | None = None
    taken_up: bool = False

    @property
    def is_decided(self) -> bool:
        """Whether it has its last answer."""
        final = self.stage.answer is not None and self.stage.answer.final
        return self.answer is not None and final and not self.taken_up

    def covers(self, event: Event) -> bool:
        return self.opened.sequence <= event.sequence and (
            self.last_sequence is None or event.sequence <= self.last_sequence
        )


def lies_with(stage: Stage, event: Event) -> bool:
    """Whether an escalation to this body is one to this stage; one that names no body may be any."""
    return stage.body is None or event.facts.get("body", stage.body) == stage.body


def same_case(one: Event, other: Event) -> bool:
    """Whether they are about one external case, as far as they say which."""
    mine, theirs = one.facts.get("escalation_id"), other.facts.get("escalation_id")
    return mine is None or theirs is None or mine == theirs


def here_in(runs: Sequence[Run]) -> int | None:
    """Where in the passages the complaint is: in the last that did not lapse."""
    for index in range(len(runs) - 1, -1, -1):
        if runs[index].lapsed is None:
            return index
    return None


def silent_in(runs: Sequence[Run]) -> int | None:
    """Where in the passages the complaint went on, to a body or to a review, without the answer that was owed there."""
    here = here_in(runs)
    if here is None or not (runs[here].stage.kind == "external" or _opens_on_silence(runs[here])):
        return None
    inside = [index for index in range(here) if runs[index].stage.kind != "external"]
    return inside[-1] if inside and runs[inside[-1]].answer is None else None


def _opens_on_silence(run: Run) -> bool:
    """Also when the silence turns out to be none; whoever skipped the stage before asks no answer of it."""
    if run.opened.facts.get("skips"):
        return False
    return any(each.overdue_opens and each.after and each.event == run.opened.type for each in run.stage.opens_on)


def left_behind(runs: Sequence[Run], run: Run, duty: Duty) -> Event | None:
    """What made a complaint of the signal, where only the answer of the stage that it left meets the duty.

    That answer comes no more, so that nobody could ever do what is owed.
    """
    answer = run.stage.answer
    if run.answer is not None or answer is None or set(duty.met_by) != {answer.event}:
        return None
    after = next((each for each in runs if each.opened.sequence > run.opened.sequence), None)
    left = after is not None and after.opened.type == "signal.promoted" and not _opens_on_silence(after)
    return after.opened if after is not None and left else None


def lately(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The passage that the complaint is in, and after it those through which a body turned it down."""
    here = here_in(runs)
    after = [run for run in runs[(here or 0) + 1 :] if run.lapsed and run.lapsed.type == "external.declined"]
    return (*(() if here is None else (runs[here],)), *after)


def lapses(run: Run, moment: Moment) -> bool:
    """Whether a case with a body comes to nothing by this."""
    outside = run.stage.kind == "external" and run.answer is None
    return outside and moment.name in _LAPSES and same_case(run.opened, moment.event)


def lapse(runs: list[Run], here: int, event: Event) -> None:
    """Ends a case without an answer; the passage before it goes on."""
    runs[here] = replace(runs[here], lapsed=event, last_sequence=event.sequence)
    before = here_in(runs)
    if before is not None:
        runs[before] = replace(runs[before], last_sequence=None)


def end_here(runs: list[Run], opener: Event) -> None:
    """Ends the passage that the complaint is in, because another one opens."""
    here = here_in(runs)
    if here is not None:
        closing = opener.sequence if runs[here].answer is opener else opener.sequence - 1
        runs[here] = replace(runs[here], last_sequence=closing)


def take_up(runs: list[Run], here: int) -> None:
    """Reopens what was answered inside the organisation; a body decides once."""
    if runs[here].stage.kind != "external":
        runs[here] = replace(runs[here], taken_up=True)


def answer_late(runs: list[Run], moment: Moment) -> None:
    """Ends a passage that was over without its answer, when this is that answer."""
    late = silent_in(runs)
    if late is not None and answers(runs[late], moment):
        runs[late] = replace(runs[late], answer=moment.event)


def answers(run: Run, moment: Moment) -> bool:
    """Whether this is the answer that the stage ends with; of several the last, where the first is not final."""
    rule = run.stage.answer
    if rule is None or run.is_decided or not same_case(run.opened, moment.event):
        return False
    settled = run.stage.kind == "external" and moment.name == "external.settled"
    return settled or rule.event == moment.name
