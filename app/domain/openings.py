"""When a stage opens: on an answer or on an overdue term, never on silence alone (X-08); and why it is closed."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from app.domain.calendar import local_date, shifted
from app.domain.counting import Counting
from app.domain.limits import window_end
from app.domain.runs import Run, lately
from app.domain.situation import Situation
from app.domain.stage import Opening, Stage
from app.domain.terms import Term
from app.domain.tongue import DAYS, MONTHS
from app.domain.view import View


def not_withdrawn(view: View, _: str) -> str | None:
    return "the complaint was withdrawn before" if view.situation.state == "withdrawn" else None


def is_complaint(view: View, _: str) -> str | None:
    kind = view.situation.kind
    return None if kind == "complaint" else f"this is registered as {kind}, not as a complaint"


def was_complaint(view: View, event: str) -> str | None:
    """A complaint that the organisation registers as something else later stays one to an external body: else it could
    keep a complainant from going there."""
    return None if view.situation.was_complaint else is_complaint(view, event)


def opens_stage(view: View, event: str) -> str | None:
    """The next stage opens on an answer or on an overdue term, never on silence alone (X-08)."""
    found = openings(view.situation, event)
    if not found:
        return "this procedure has no stage that opens with this"
    reasons = [closed_to_who_skips(view, stage, opening) for stage, opening in found]
    first = reasons[0]
    return None if first is None or None in reasons else first.en


def routes_outside(view: View) -> tuple[Stage, ...]:
    """The outside stages that the complainant may choose now: after an answer, or after silence (X-08)."""
    if not_withdrawn(view, "") or was_complaint(view, ""):
        return ()
    found = openings(view.situation, "escalation.requested")
    return tuple(stage for stage, opening in found if why_closed(view, opening) is None)


def closed_to_who_skips(view: View, stage: Stage, opening: Opening) -> "Closed | None":
    """As `closed`, of who skips the earlier stage with a reason where the procedure lets that (SO-28, A-34); not to go
    through the same stage twice, and not to a second body."""
    found = closed(view, opening)
    skips = opening.without_earlier_stage and not view.situation.runs_of((stage.stage,))
    if found is None or not skips or found.code not in _COMES_FIRST:
        return found
    return _with_a_body(view) if opening.event == "escalation.requested" else None


# Why a stage is closed where the one before it has yet to be gone through, or ended as something else.
_COMES_FIRST = ("earlier-stage-missing", "too-early", "ended-otherwise")


def why_skipped(view: View, event: str) -> str | None:
    """Why this leads on only where the stage before it is skipped, with a reason (SO-28, A-34); else None."""
    reasons = [why_closed(view, opening) for _, opening in openings(view.situation, event)]
    return None if None in reasons else reasons[0]


def openings(situation: Situation, event: str) -> list[tuple[Stage, Opening]]:
    return list(situation.procedure.ways.get(event, ()))


def why_closed(view: View, opening: Opening) -> str | None:
    """Why this way into a stage is closed now; None when it is open."""
    found = closed(view, opening)
    return found.en if found else None


@dataclass(frozen=True, slots=True)
class Closed:
    """Why a way into a stage is closed now; `possible_on` where waiting until that day is enough."""

    code: str
    nl: str
    en: str
    possible_on: date | None = None


_ELSEWHERE = Closed(
    "not-for-this-complaint",
    "de regeling opent deze fase niet voor een klacht als deze",
    "the procedure does not open this stage for a complaint like this",
)
_DEALT_WITH = Closed(
    "dealt-with-outside",
    "een externe instantie heeft deze klacht al afgedaan",
    "an external body has dealt with this complaint already",
)
_UNANSWERED = Closed(
    "closed-unanswered",
    "deze fase is gesloten zonder antwoord; wordt de klacht heropend, dan gaat deze fase verder",
    "this stage was closed without an answer; reopen the complaint, and it goes on in this stage",
)
_DUPLICATE = Closed(
    "duplicate",
    "dit was dubbel geregistreerd; de andere klacht gaat verder",
    "this was registered twice; the other complaint goes on. Reopen it where it is about something else",
)
_PASSED = Closed("later-stage-open", "er is al een latere fase geopend", "a later stage was opened already")


def closed(view: View, opening: Opening) -> Closed | None:
    """As `why_closed`, in both languages and with the day from which it is open."""
    if view.situation.duplicate:
        return _DUPLICATE
    if not view.situation.holds(opening.when):
        return _ELSEWHERE
    if not opening.after:
        return None
    runs = view.situation.runs_of(opening.after)
    if not runs:
        return _with_a_body(view) if _no_way_inside(view, opening) else _skipped(view, opening)
    if not any(run is runs[-1] for run in lately(view.situation.runs)):
        return _passed(view, opening, runs[-1])
    return None if runs[-1].lapsed else _not_after(view, opening, runs[-1])


def _with_a_body(view: View) -> Closed | None:
    """Why not outside once more, of what went there past the stages inside; None where it did not, or came back."""
    here = view.situation.run
    if here is None or here.stage.kind != "external":
        return None
    return _DEALT_WITH if here.answer is not None else _PASSED


def _passed(view: View, opening: Opening, earlier: Run) -> Closed | None:
    """As `closed`, of what comes after a stage that the complaint went on from."""
    here = view.situation.run
    if here is not None and went_on_inside(view.situation, opening):
        return _not_after(view, opening, earlier) or _still_to_come(view, opening, here)
    if here is not None and opening in here.stage.opens_on and here.answer is None and view.situation.state == "closed":
        return _UNANSWERED
    outside = here is not None and here.stage.kind == "external" and here.answer is not None
    return _DEALT_WITH if outside else _PASSED


def went_on_inside(situation: Situation, opening: Opening) -> bool:
    """Whether this leads outside from a stage after which the complaint went on inside only.

    Who asks for a review keeps that way (X-08): it is open again when the review is answered, or overdue. What a body
    has decided is not brought outside again from before that.
    """
    earlier = situation.runs_of(opening.after)
    if opening.event != "escalation.requested" or not earlier or earlier[-1].lapsed:
        return False
    since = [run for run in situation.runs if run.opened.sequence > earlier[-1].opened.sequence]
    standing = [run for run in since if run.lapsed is None]
    return bool(standing) and all(run.stage.kind != "external" for run in standing)


def _still_to_come(view: View, opening: Opening, run: Run) -> Closed | None:
    """Why not yet, where the answer in this stage may still come; None where it came, or nobody need wait for it."""
    if _answered(view, run):
        return None
    return None if _answered_otherwise(view, opening, run) else _not_before(view, run)


def _answered(view: View, run: Run) -> bool:
    return run.answer is not None and local_date(run.answer.occurred_at) <= local_date(view.now)


def _no_way_inside(view: View, opening: Opening) -> bool:
    """Nothing is handled any more of what the organisation calls no complaint, so nothing comes before the body."""
    return opening.event == "escalation.requested" and view.situation.kind != "complaint"


def _skipped(view: View, opening: Opening) -> Closed:
    titles = [each.title for each in view.situation.procedure.stages if each.stage in opening.after and each.title]
    nl, en = "de fase daarvoor is nog niet doorlopen", "the stage before it was not gone through yet"
    if titles:
        nl = f"{nl}: {' of '.join(each.nl for each in titles)}"
        en = f"{en}: {' or '.join(each.en for each in titles)}"
    return Closed("earlier-stage-missing", nl, en)


def _not_after(view: View, opening: Opening, run: Run) -> Closed | None:
    """Why the stage does not open after this one: no answer yet, or another outcome."""
    if run.answer is None or not _answered(view, run):
        return _still_to_come(view, opening, run)
    outcome = run.answer.facts.get("outcome")
    if opening.outcomes and outcome is not None and outcome not in opening.outcomes:
        return Closed(
            "ended-otherwise",
            f"de fase daarvoor eindigde als {outcome}",
            f"the stage before it ended as {outcome}",
        )
    return None


def window_closed_on(view: View, event: str) -> date | None:
    """The last day for this, when that has passed. It is recorded all the same: whether late is too late is decided
    by a person, and nobody's appeal is lost."""
    for _, opening in openings(view.situation, event):
        last = last_day(view.situation, view.counting, opening)
        if last is not None and local_date(view.now) > last:
            return last
    return None


def last_day(situation: Situation, counting: Counting, opening: Opening) -> date | None:
    """The last day for this way on, counted from the answer before it; none without a limit, or before that answer."""
    runs = situation.runs_of(opening.after)
    if opening.within is None or not runs or runs[-1].answer is None:
        return None
    return window_end(counting, local_date(runs[-1].answer.occurred_at), opening.within)


def _answered_otherwise(view: View, opening: Opening, run: Run) -> bool:
    """By this very event, by ending the handling without an answer, also by a reclassification, or by letting the term
    pass (X-08)."""
    by_this = run.stage.answer is not None and run.stage.answer.event == opening.event
    ended = view.situation.ended_in(run) in ("closed", "inadmissible") or _no_way_inside(view, opening)
    return by_this or ended or (opening.overdue_opens and answer_overdue(view, run))


def answer_overdue(view: View, run: Run) -> bool:
    """Whether the answer was owed before the day of this, and had not come: by what happened later or now."""
    on = local_date(view.now)
    return any(
        term.breach_at is not None and term.breached and local_date(term.breach_at) <= on
        for term in answer_terms(view, run)
    )


def answer_terms(view: View, run: Run) -> list[Term]:
    """The terms in which the answer of this stage is owed."""
    if run.stage.answer is None:
        return []
    event = run.stage.answer.event
    return [
        term
        for term in view.terms
        if term.stage is run.stage and event in term.duty.met_by and run.covers(term.start.event)
    ]


def _not_before(view: View, run: Run) -> Closed:
    due = max((term.due_on for term in answer_terms(view, run) if term.due_on and not term.ended_at), default=None)
    return _too_early(due)


@lru_cache
def _too_early(due: date | None) -> Closed:
    nl, en = "het antwoord in deze fase kan nog komen", "the answer in this stage may still come"
    if due is None:
        return Closed("too-early", nl, en)
    first = shifted(due, 1)
    return Closed(
        "too-early",
        f"{nl}, uiterlijk op {in_dutch(due)}; komt het niet, dan kan dit vanaf {in_dutch(first)}",
        f"{en}; it is due on {due.isoformat()}, and without it this is possible from {first.isoformat()}",
        first,
    )


def in_dutch(day: date) -> str:
    """With its weekday and year: maandag 4 mei 2026."""
    return f"{DAYS['nl'][day.weekday()]} {day.day} {MONTHS['nl'][day.month - 1]} {day.year}"
