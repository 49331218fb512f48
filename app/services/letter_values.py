"""What the placeholders of a letter are filled in with: from the dossier, the organisation and the step at hand."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from babel.dates import format_date

from app.domain.body import Body
from app.domain.calendar import Period, local_date
from app.domain.correspondence import to_others
from app.domain.dossier import Dossier
from app.domain.events import Event
from app.domain.external import filing_limit
from app.domain.lengthening import extended_term
from app.domain.letter import LETTERS
from app.domain.openings import last_day, went_on_inside
from app.domain.part import Words
from app.domain.procedure import Procedure
from app.domain.situation import Situation
from app.domain.stage import Opening, Stage
from app.domain.terms import Term
from app.domain.tongue import UNITS
from app.letters.reading import phrases

Row = Mapping[str, Any]
_LOCALES = {"nl": "nl_NL", "en": "en_GB"}
_ANSWERS = {LETTERS[name].event for name in ("first_response", "second_response", "decision", "appeal_decision")}
# What a letter that looks back tells again of the answer that was given: all of it, or what is still to be done.
_TOLD_AGAIN = {
    "decision_copy": ("text", "findings", "reasons", "conclusions", "measures", "advice"),
    "closing": ("reasons", "measures"),
}
_PHRASE_OF = {
    "dissatisfaction.received": "dissatisfaction",
    "objection.received": "objection",
    "formal_review.requested": "formal_review",
}
_PROTESTS = ("dissatisfaction.received", "objection.received")
_FROM_TEXTS = ("text", "reasons", "conclusions", "findings", "measures", "advice", "handling_method", "question")


@dataclass(frozen=True, slots=True)
class Case:
    """What a letter is about: the dossier, the complaint's row, its organisation; what the step says; the language.

    `to`: whom it is for, each with role and name. `code`: the complainant's, for an external body.
    `roles`: those of whoever writes.
    """

    letter: str
    dossier: Dossier
    row: Row
    organisation: Row
    language: str
    facts: Mapping[str, Any]
    texts: Mapping[str, Any]
    to: tuple[Row, ...] = ()
    code: str = ""
    roles: tuple[str, ...] = ()

    @property
    def procedure(self) -> Procedure:
        return self.dossier.procedure

    @property
    def event(self) -> str:
        """What sending it records; empty where that is only that it was sent."""
        return LETTERS[self.letter].event or ""

    @property
    def stage(self) -> Stage | None:
        return self.dossier.situation.stage

    @property
    def words(self) -> Mapping[str, Any]:
        return phrases(self.language)


def values(case: Case) -> dict[str, str]:
    """By placeholder; what there is nothing to say about is left out."""
    found = {**_of_case(case), **_of_organisation(case), **_of_terms(case), **_of_routes(case), **_of_step(case)}
    return {name: value for name, value in found.items() if value}


def day(on: date | str | None, language: str) -> str:
    """A day in words: 19 december 2026."""
    if on is None:
        return ""
    return format_date(date.fromisoformat(on) if isinstance(on, str) else on, "d MMMM y", locale=_LOCALES[language])


def period(of: Period, language: str) -> str:
    """A period in words: 4 weken."""
    one, more = UNITS[language][of.unit.value]
    return f"{of.amount} {one if of.amount == 1 else more}"


def _said(words: Words | None, language: str) -> str:
    return str(getattr(words, language)) if words is not None else ""


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
        "procedure": _said(case.procedure.title, case.language),
        "outline": "; ".join(filter(None, _stages(case))),
    }


def _matter(case: Case) -> str:
    return str(case.words["matter"][case.dossier.situation.kind])


def _stages(case: Case) -> Iterator[str]:
    """The stages ahead; of what is never handled as a complaint (any more) none."""
    if case.stage is not None and case.dossier.situation.kind in ("complaint", "signal"):
        yield from (_said(stage.title, case.language) for stage in case.procedure.stages)


def _complainant(case: Case) -> str:
    """The name that the complainant goes by now; none where none was given, or when it was erased."""
    gone = {event.facts.get("party_id") for event in case.dossier.situation.all_of("party.removed")}
    parties = [each for event in case.dossier.situation.events for each in (event.texts or {}).get("parties", ())]
    named = [each for each in parties if each["role"] == "complainant" and each.get("id") not in gone]
    return next((str(each["name"]) for each in reversed(named) if each.get("name")), "")


def _recipients(case: Case) -> str:
    """Their names; of who speaks for the complainant also for whom."""
    complainant = _complainant(case)
    names = [
        case.words["on_behalf"].format(name=each["name"], complainant=complainant)
        if each["role"] == "representative" and complainant
        else str(each["name"])
        for each in case.to
        if each["name"]
    ]
    return f" {case.words['and']} ".join(names)


def _of_organisation(case: Case) -> dict[str, str]:
    settings = case.organisation["settings"]
    ways = [settings.get(name) for name in ("contact_email", "contact_phone", "contact_url")]
    return {
        "organisation": str(case.organisation["name"]),
        "contact": ", ".join(filter(None, [*ways, _address(case)])),
        "handler_title": _handler(case) or case.words["handler"],
        "support": "; ".join(_support(case)),
    }


def _handler(case: Case) -> str:
    """Who writes, in the role in which they do; else everyone who may. Of a hand-over: whom it is handed to."""
    titles = {role.role: _said(role.title, case.language) for role in case.procedure.roles}
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


def _address(case: Case) -> str:
    """Where letters to the organisation go, on one line."""
    lines = str(case.organisation["settings"].get("contact_address") or "").splitlines()
    return ", ".join(filter(None, (line.strip().rstrip(",") for line in lines)))


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
    held = Period.model_validate(answer.derivation["period"]) if answer else None
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
        "ground": _said(ground.title, case.language) if ground else "",
        "protest": _protest(case),
        "answer_by": day(facts.get("answer_by"), case.language),
        "new_due_on": day(_new_due_on(case), case.language),
    }


def _with_what_was_answered(case: Case) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What the step says; a letter that looks back also tells the answer that was given before."""
    answer = _last_answer(case.dossier.situation)
    if case.letter not in _TOLD_AGAIN or answer is None:
        return case.facts, case.texts
    facts = {name: answer.facts.get(name) for name in ("verdict", "outcome")}
    told = {name: value for name, value in (answer.texts or {}).items() if name in _TOLD_AGAIN[case.letter]}
    own = "\n\n".join(str(each["text"]) for each in (told, case.texts) if each.get("text"))
    return {**facts, **case.facts}, {**told, **case.texts, "text": own}


def _last_answer(situation: Situation) -> Event | None:
    """The organisation's own last one; what a body decided is the body's to send."""
    inside = (run.answer for run in reversed(situation.runs) if run.stage.kind != "external")
    return next(filter(None, inside), None)


def _protest(case: Case) -> str:
    """Why this answer is the next one: the one before it did not satisfy, or had not come."""
    runs = case.dossier.situation.runs
    here = [number for number, run in enumerate(runs) if run.stage.answer and run.stage.answer.event == case.event]
    if not here or runs[here[-1]].opened.type not in _PROTESTS:
        return ""
    opened = runs[here[-1]].opened
    after = {name for each in runs[here[-1]].stage.opens_on if each.event == opened.type for name in each.after}
    before = [run.answer for run in runs[: here[-1]] if run.stage.stage in after]
    answer = before[-1] if before else None
    in_time = answer is not None and (answer.occurred_at, answer.sequence) < (opened.occurred_at, opened.sequence)
    return str(case.words["protest" if in_time else "silence"][_PHRASE_OF[opened.type]])


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


# -- ways on ---------------------------------------------------------------------------------------------------


def _of_routes(case: Case) -> dict[str, str]:
    internal = [_internal(case, stage, opening) for stage, opening in _ways_on(case) if opening.event in _PHRASE_OF]
    external = [_external(case, opening, body) for opening, body in _bodies_ahead(case)]
    if external and case.code:
        external.append(case.words["code"].format(code=case.code))
    return {
        "internal_routes": "\n".join(internal),
        "external_routes": "\n".join(external),
        "next_routes": "\n".join([*internal, *external]),
    }


def bodies_ahead(case: Case) -> list[str]:
    """The external bodies that this letter tells the way to."""
    return [body.body for _, body in _bodies_ahead(case)]


def _bodies_ahead(case: Case) -> Iterator[tuple[Opening, Body]]:
    for stage, opening in _ways_on(case):
        body = case.procedure.body_named(stage.body) if stage.body else None
        if opening.event == "escalation.requested" and body is not None:
            yield opening, body


def _ways_on(case: Case) -> Iterator[tuple[Stage, Opening]]:
    """The stages that may follow the one that this letter answers."""
    here, outcome, situation = case.stage, _outcome(case), case.dossier.situation
    for stage in case.procedure.stages if here else ():
        for opening in stage.opens_on:
            follows = (here is not None and here.stage in opening.after) or went_on_inside(situation, opening)
            fits = not opening.outcomes or outcome is None or outcome in opening.outcomes
            if follows and fits and situation.holds(opening.when):
                yield stage, opening


def _outcome(case: Case) -> str | None:
    """How the stage ended, or is about to; a closing has outcomes of another kind."""
    run = case.dossier.situation.run
    told = run.answer.facts if run is not None and run.answer is not None else case.facts
    outcome = told.get("outcome")
    return outcome if outcome in ("resolved", "unresolved") else None


def _internal(case: Case, stage: Stage, opening: Opening) -> str:
    words = case.words
    said = [words[_PHRASE_OF[opening.event]].format(stage=_said(stage.title, case.language) or stage.stage)]
    if ways := _ways_inside(case, opening):
        said.append(words["by"].format(ways=_joined(ways, words["or"])))
    elif opening.form == "written":
        said.append(words["in_writing"])
    if case.letter in _TOLD_AGAIN:
        last = last_day(case.dossier.situation, case.dossier.counting, opening)
        said += [_until(case, last)] if last is not None else []
    elif opening.within is not None:
        said.append(words["within"].format(period=period(opening.within, case.language)))
    return " ".join(said)


def _ways_inside(case: Case, opening: Opening) -> list[str]:
    """In which ways it is asked to come; not by post where nobody can say to which address. Another way counts too."""
    ways = {channel: case.words["ways"][channel] for channel in opening.channels}
    if "post" in ways:
        address = _address(case)
        ways["post"] = case.words["by_post_to"].format(address=address) if address else ""
    return [way for way in ways.values() if way]


def _joined(parts: Sequence[str], last: str) -> str:
    """One, two or three: with commas, and that word before the last."""
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _external(case: Case, opening: Opening, body: Body) -> str:
    said = [case.words["escalation"].format(body=_called(case, body))]
    told = _once_told(case)
    counting = case.dossier.counting
    last = (filing_limit(told, counting, body), last_day(told, counting, opening))
    limits = [limit for limit in last if limit is not None]
    if limits:
        said.append(_until(case, min(limits)))
    return " ".join([*said, *_how(case, body)])


def _called(case: Case, body: Body) -> str:
    """As people know it; what it can be, where it differs per complaint."""
    name = _said(body.title, case.language) or body.name or body.body
    types = [case.words["body_types"].get(each, each.replace("_", " ")) for each in body.per_case]
    if not types:
        return name
    return str(case.words["body_of"].format(body=name, types=_joined(types, case.words["or"])))


def _how(case: Case, body: Body) -> Iterator[str]:
    """In which ways a complainant goes there, at what cost, and where it is."""
    words, reached = case.words, body.reached_by
    # what goes by API needs no telling: the code says how
    ways = [words["ways"][channel] for channel in reached.channels if channel != "api"]
    if ways and body.filed_by != "organisation":
        by = words["by_on_one_day" if reached.all_required and reached.same_day else "by"]
        yield by.format(ways=_joined(ways, words["and" if reached.all_required else "or"]))
    if body.fee:
        yield words["fee"].format(fee=body.fee)
    if body.address:
        yield words["address"].format(address=body.address)
    elif not body.url and {"post", "email"} & {*reached.channels}:
        yield words["ask_address"]
    if body.url:
        yield words["more"].format(url=body.url)


def _once_told(case: Case) -> Situation:
    """As it will be once this letter is sent: a limit of the body may start with what it tells."""
    event = LETTERS[case.letter].event
    if event is None:
        return case.dossier.situation
    sent = Event(event, case.dossier.now, case.facts, sequence=len(case.dossier.events) + 1)
    return case.dossier.with_event(sent).situation


def _until(case: Case, last: date) -> str:
    """Until when, also when that has passed: whether late is too late is for whoever handles it then to say."""
    words = case.words["until_passed" if last < local_date(case.dossier.now) else "until"]
    return str(words.format(day=day(last, case.language)))
