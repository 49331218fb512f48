"""What the placeholders of a letter are filled in with: from the dossier, the organisation and the step at hand."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from app.domain.calendar import local_date
from app.domain.correspondence import to_others
from app.domain.dossier import Dossier
from app.domain.events import INTAKE, Event
from app.domain.lengthening import extended_term
from app.domain.letter import LETTERS
from app.domain.mail import greetable
from app.domain.openings import answer_overdue
from app.domain.runs import Run
from app.domain.situation import Situation
from app.domain.stage import Opening, Stage
from app.domain.terms import Term
from app.domain.text import shows
from app.services.letter_case import PHRASE_OF, TOLD_AGAIN, Case, address, day, period, said
from app.services.letter_ways import routes

_ANSWERS = {LETTERS[name].event for name in ("first_response", "second_response", "decision", "appeal_decision")}
_PROTESTS = ("dissatisfaction.received", "objection.received")
_FROM_TEXTS = ("text", "reasons", "conclusions", "findings", "measures", "advice", "handling_method", "question")


def values(case: Case) -> dict[str, str]:
    """By placeholder; what there is nothing to say about is left out."""
    found = {**_of_case(case), **_of_organisation(case), **_of_terms(case), **routes(case), **_of_step(case)}
    return {name: value for name, value in found.items() if value}


def _of_case(case: Case) -> dict[str, str]:
    texts = case.dossier.situation.intake.texts or {}
    matter = _matter(case)
    return {
        "reference": str(case.row["reference"]),
        "received_on": day(case.dossier.situation.received_on, case.language),
        "matter": matter,
        "about": case.words["of_another" if to_others(case.to) else "yours"].format(matter=matter),
        "complainant": _complainant(case) or case.words["complainant"],
        "recipient": _recipients(case) or case.words["complainant"],
        "description": str(texts.get("description") or ""),
        "procedure": said(case.procedure.title, case.language),
        "outline": "; ".join(filter(None, _stages(case))),
    }


def _matter(case: Case) -> str:
    return str(case.words["matter"][case.dossier.situation.kind])


def _stages(case: Case) -> Iterator[str]:
    """The stages that it can go through; of what is never handled as a complaint (any more) none."""
    situation = case.dossier.situation
    if case.stage is None or situation.kind not in ("complaint", "signal"):
        return
    possible = {run.stage.stage for run in situation.runs if run.opened.sequence >= situation.receipt.sequence}
    for stage in case.procedure.stages:
        if any(_may_open(situation, opening, possible) for opening in stage.opens_on):
            possible.add(stage.stage)
        if stage.stage in possible:
            yield said(stage.title, case.language)


def _may_open(situation: Situation, opening: Opening, possible: Collection[str]) -> bool:
    """Whether it may still come to this; a stage that opens when something comes in is no more to come."""
    if opening.event in (*INTAKE, "signal.promoted"):
        return situation.kind == "signal" and opening.event in ("complaint.received", "signal.promoted")
    return situation.holds(opening.when) and (not opening.after or not {*opening.after}.isdisjoint(possible))


def _complainant(case: Case) -> str:
    """The name that the complainant goes by now; none where none was given, or when it was erased."""
    gone = case.dossier.situation.gone
    parties = [each for event in case.dossier.situation.events for each in (event.texts or {}).get("parties", ())]
    named = [each for each in parties if each["role"] == "complainant" and each.get("id") not in gone]
    return next((_name(case, each["name"]) for each in reversed(named) if each.get("name")), "")


def _name(case: Case, given: str) -> str:
    """On one line; in a letter that nobody wrote none that says more than a name."""
    fits = greetable(given.strip()) if case.automatic else shows(given)
    return " ".join(given.split()) if fits else ""


def _recipients(case: Case) -> str:
    """Their names; of who speaks for the complainant also for whom."""
    complainant = _complainant(case)
    named = [(each["role"], _name(case, each["name"])) for each in case.to if each["name"]]
    names = [
        case.words["on_behalf"].format(name=name, complainant=complainant)
        if role == "representative" and complainant
        else name
        for role, name in named
        if name
    ]
    return f" {case.words['and']} ".join(names)


def _of_organisation(case: Case) -> dict[str, str]:
    settings = case.organisation["settings"]
    ways = [settings.get(name) for name in ("contact_email", "contact_phone", "contact_url")]
    return {
        "organisation": str(case.organisation["name"]),
        "contact": ", ".join(filter(None, [*ways, address(case)])),
        "handler_title": _handler(case) or case.words["handler"],
        "support": "; ".join(_support(case)),
    }


def _handler(case: Case) -> str:
    """Who writes, in the role in which they do; else everyone who may. Of a hand-over: whom it is handed to."""
    titles = {role.role: said(role.title, case.language) for role in case.procedure.roles}
    stage = case.dossier.stage_of(case.event)
    everyone = stage.handled_by if stage else ()
    if case.letter == "hand_over":
        handed_to = dict.fromkeys(each["role"] for each in case.to if each["partyId"] is None)
        return _titled(titles, handed_to or everyone, case.words["or"])
    whose = case.dossier.roles_of(case.event)
    mine = [role for role in whose or everyone if role in case.roles]
    # a letter that is nobody's in particular is written in any role
    mine = mine or [role for role in titles if role in case.roles and not whose]
    return _titled(titles, mine, case.words["and"]) or _titled(titles, whose or everyone, case.words["or"])


def _titled(titles: Mapping[str, str], roles: Iterable[str], between: str) -> str:
    return f" {between} ".join(filter(None, (titles.get(role) for role in roles)))


def _support(case: Case) -> Iterator[str]:
    for offer in case.procedure.support:
        found = case.words["support_at" if offer.url else "support"].format(name=offer.name, url=offer.url)
        yield case.words["free"].format(support=found) if offer.free else found


def _of_terms(case: Case) -> dict[str, str]:
    answer = answer_term(case.dossier, case.dossier.stage_of(case.event))
    listed = [term for term in case.dossier.open_terms if "complainant" in term.duty.to and term.due_on]
    lines = [_promised(case, term) for term in listed]
    passed = answer is not None and answer.due_on is not None and answer.due_on < local_date(case.dossier.now)
    due_on = day(answer.due_on, case.language) if answer else ""
    held = answer.deadline.derivation.period if answer else None
    return {
        "handling_term": period(held, case.language) if held else "",
        "due_on": due_on,
        "overdue_on" if passed else "promised_on": due_on,
        "terms": "\n".join(lines),
    }


def _promised(case: Case, term: Term) -> str:
    passed = term.due_on is not None and term.due_on < local_date(case.dossier.now)
    words = case.words["term_passed" if passed else "term"]
    return str(words.format(title=term.title[case.language], day=day(term.due_on, case.language)))


def answer_term(dossier: Dossier, stage: Stage | None) -> Term | None:
    """The running term in which the answer of this stage comes; the last one that started."""
    of_stage = (term for term in reversed(dossier.open_terms) if term.stage is stage)
    return next((term for term in of_stage if set(term.duty.met_by) & _ANSWERS), None)


# -- the step --------------------------------------------------------------------------------------------------


def _of_step(case: Case) -> dict[str, str]:
    facts, texts = _with_what_was_answered(case)
    words, situation = case.words, case.dossier.situation
    grounds = {each.ground: each for each in case.procedure.admissibility.grounds}
    ground = grounds.get(str(facts.get("ground") or situation.ground))
    return {
        **{name: str(texts.get(name) or "") for name in _FROM_TEXTS},
        "verdict": words["verdict"].get(facts.get("verdict"), ""),
        "outcome": words["outcome"].get(facts.get("outcome"), "").format(matter=_matter(case)),
        "ground": said(ground.title, case.language) if ground else "",
        "protest": _protest(case),
        "answer_by": day(facts.get("answer_by"), case.language),
        "new_due_on": day(_new_due_on(case), case.language),
    }


def _with_what_was_answered(case: Case) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What the step says; a letter that looks back also tells the answer that was given before."""
    answer = _last_answer(case.dossier.situation)
    if case.letter not in TOLD_AGAIN or answer is None:
        return case.facts, case.texts
    facts = {name: answer.facts.get(name) for name in ("verdict", "outcome")}
    told = {name: value for name, value in (answer.texts or {}).items() if name in TOLD_AGAIN[case.letter]}
    own = "\n\n".join(str(each["text"]) for each in (told, case.texts) if each.get("text"))
    return {**facts, **case.facts}, {**told, **case.texts, "text": own}


def _last_answer(situation: Situation) -> Event | None:
    """The organisation's own last one; what a body decided is the body's to send."""
    inside = (run.answer for run in reversed(situation.runs) if run.stage.kind != "external")
    return next(filter(None, inside), None)


def _protest(case: Case) -> str:
    """Why this answer is the next one: the one before it did not satisfy, had not come, or never would."""
    runs = case.dossier.situation.runs
    here = [number for number, run in enumerate(runs) if run.stage.answer and run.stage.answer.event == case.event]
    if not here or runs[here[-1]].opened.type not in _PROTESTS:
        return ""
    opened = runs[here[-1]].opened
    after = {name for each in runs[here[-1]].stage.opens_on if each.event == opened.type for name in each.after}
    before = [run for run in runs[: here[-1]] if run.stage.stage in after]
    why = _protested(case.dossier, before[-1], opened) if before else "unanswered"
    return str(case.words[why][PHRASE_OF[opened.type]])


def _protested(dossier: Dossier, run: Run, opened: Event) -> str:
    """Against what: the answer, the silence after its last day, or how it ended without one.

    Of these only the silence says that we were late. A refusal or a closing was no silence, late as it may have been.
    """
    if run.answer is not None and _is_before(run.answer, opened):
        return "protest"
    then = dossier.as_of(opened.occurred_at)
    before = Situation(dossier.procedure, tuple(event for event in then.events if _is_before(event, opened)))
    return "silence" if before.is_open and answer_overdue(then.view, run) else "unanswered"


def _is_before(one: Event, other: Event) -> bool:
    return (one.occurred_at, one.sequence) < (other.occurred_at, other.sequence)


def _new_due_on(case: Case) -> date | str | None:
    """The day that an extension gives; for a period it is counted, as it will be once the extension is recorded."""
    if case.facts.get("until") or not case.facts.get("period"):
        return case.facts.get("until")
    event = Event("extension.notified", case.dossier.now, case.facts, sequence=len(case.dossier.events) + 1)
    term = extended_term(case.dossier.view, event)
    if term is None:
        return None
    after = case.dossier.with_event(replace(event, facts={**case.facts, "extends": term.key}))
    return next((each.due_on for each in after.terms if each.key == term.key), None)
