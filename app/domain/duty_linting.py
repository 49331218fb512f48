"""Questions about what is owed: whether it can begin and be met, when it lapses, and how far its day can move."""

from collections.abc import Callable, Iterator

from app.domain.conditions import told_by
from app.domain.duty import Duty
from app.domain.survey import Question, View
from app.domain.validation import approximate_days


def _duties_never_met(view: View) -> Iterator[Question]:
    for where, duty, stage in view.duties:
        if not any(view.can_happen_in(stage, event) for event in duty.met_by):
            yield Question(
                "duty-cannot-be-met",
                f"{where}/met_by",
                "Wat hier aan de plicht zou voldoen, kan in deze fase niet gebeuren. Klopt de gebeurtenis?",
                "What would meet this duty cannot happen in this stage. Is it the right event?",
            )


def _steps_never_met(view: View) -> Iterator[Question]:
    """Without such a step no answer is given; where it may not be skipped, never."""
    for where, stage in view.stages:
        for index, step in enumerate(stage.before_answer):
            if not view.can_happen_in(stage, step.met_by):
                yield Question(
                    "step-cannot-be-met",
                    f"{where}/before_answer/{index}/met_by",
                    "Wat aan deze stap zou voldoen, kan in deze fase niet gebeuren. Klopt de gebeurtenis?",
                    "What would meet this step cannot happen in this stage. Is it the right event?",
                )


def _duties_never_start(view: View) -> Iterator[Question]:
    for where, duty, _ in view.duties:
        starts = duty.after or ((duty.before,) if duty.before else ())
        if not any(view.can_happen(event) for event in starts):
            yield Question(
                "duty-never-starts",
                f"{where}/after",
                "Niets in deze regeling laat deze plicht beginnen. Waarvanaf geldt hij?",
                "Nothing in this procedure starts this duty. From when is it owed?",
            )


def _duties_met_at_once(view: View) -> Iterator[Question]:
    for where, duty, _ in view.duties:
        if set(duty.after) & set(duty.met_by):
            yield Question(
                "duty-met-by-its-start",
                f"{where}/met_by",
                "Deze plicht begint en eindigt met dezelfde gebeurtenis. Is dat de bedoeling?",
                "This duty starts and ends with the same event. Is that meant?",
            )


def _duties_after_withdrawal(view: View) -> Iterator[Question]:
    """What is written stands in place of what a duty lapses on by itself; an empty list says never, on purpose."""
    for where, duty, stage in view.duties:
        inside = stage is not None and stage.kind != "external"
        if inside and duty.lapses_on and "complaint.withdrawn" not in duty.lapses_on:
            yield Question(
                "duty-after-withdrawal",
                f"{where}/lapses_on",
                "Deze plicht vervalt niet als de klacht wordt ingetrokken. Is dat de bedoeling?",
                "This duty does not lapse when the complaint is withdrawn. Is that meant?",
            )


def _measures_lapse(view: View) -> Iterator[Question]:
    """A measure is mostly carried out after the closing, which ends what is owed by a day where nothing is written."""
    for where, duty, _ in view.duties:
        promised = duty.has_term and "measure.recorded" in duty.after
        if promised and "complaint.closed" in duty.lapses_on and "lapses_on" not in duty.model_fields_set:
            yield Question(
                "measure-lapses",
                f"{where}/lapses_on",
                "Deze termijn voor een maatregel vervalt als de klacht wordt afgesloten. Is dat de bedoeling? Zo niet, "
                "schrijf lapses_on: [complaint.withdrawn, inadmissibility.notified].",
                "This term for a measure lapses when the complaint is closed. Is that meant? If not, "
                "write lapses_on: [complaint.withdrawn, inadmissibility.notified].",
            )


def _longer_untold(view: View) -> Iterator[Question]:
    """A longer period that follows from what happens later moves a day that was promised (Awb 9:15)."""
    for where, duty, _ in view.duties:
        for index, other in enumerate(duty.instead):
            by = told_by([other.when])
            longer = duty.within and approximate_days(other.within) > approximate_days(duty.within)
            if longer and by != set() and not any(_tells(each, by) for _, each, _ in view.duties):
                yield Question(
                    "longer-period-untold",
                    f"{where}/instead/{index}",
                    "Deze langere termijn kan later gaan gelden. Hoe hoort de klager dat de datum opschuift?",
                    "This longer period may come to hold later. How does the complainant hear that the day moves?",
                )


def _tells(duty: Duty, by: set[str] | None) -> bool:
    return "complainant" in duty.to and (not by.isdisjoint(duty.after) if by else bool(duty.after))


def _endless_extension(view: View) -> Iterator[Question]:
    for where, duty, _ in view.duties:
        extension = duty.extension
        if extension and extension.at_most is None and not (extension.consent or extension.further_with_consent):
            yield Question(
                "extension-without-maximum",
                f"{where}/extension",
                "Hoe lang mag een verlenging ten hoogste zijn?",
                "How long may an extension be at most?",
            )


def _endless_suspension(view: View) -> Iterator[Question]:
    for where, duty, _ in view.duties:
        for index, pause in enumerate(duty.suspension):
            if pause.at_most is None and not pause.consent:
                yield Question(
                    "suspension-without-end",
                    f"{where}/suspension/{index}",
                    "De klok kan hier onbeperkt stilstaan. Hoe lang ten hoogste?",
                    "The clock can stand still here without end. How long at most?",
                )


def _warnings_never_given(view: View) -> Iterator[Question]:
    for where, duty, _ in view.duties:
        if duty.warn and duty.within and approximate_days(duty.warn) >= approximate_days(duty.within):
            yield Question(
                "warning-never-given",
                f"{where}/warn",
                "Deze waarschuwing zou komen voor de termijn begint, en komt dus nooit. Hoe lang vooraf is bedoeld?",
                "This warning would come before the term begins, so it never comes. How long before is meant?",
            )


DUTIES: tuple[Callable[[View], Iterator[Question]], ...] = (
    _duties_never_met,
    _steps_never_met,
    _duties_never_start,
    _duties_met_at_once,
    _duties_after_withdrawal,
    _measures_lapse,
    _longer_untold,
    _endless_extension,
    _endless_suspension,
    _warnings_never_given,
)
