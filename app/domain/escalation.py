"""Escalation: the cases of a complaint with external bodies, what one still lacks, and the rows to find them by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.body import Body
from app.domain.calendar import local_date
from app.domain.cases import Escalation, cases
from app.domain.dossier import Dossier
from app.domain.external import bodies_of, filing_limit, needed_of, ways_closed
from app.domain.openings import in_dutch
from app.domain.representation import authority_missing
from app.domain.runs import same_case
from app.domain.text import shows
from app.domain.verdicts import why_bound

__all__ = ["Escalation", "Given", "Lack", "escalation_of", "escalations", "preflight", "rows"]


@dataclass(frozen=True, slots=True)
class Given:
    """What was said about a case that is to be brought: who files it, with whose consent, and what goes along.

    `given`: names of what the body needs and is there (`form`, `claim`, `documents`). `named`: of a body that differs
    per complaint its type, name, address and email. `skips`: it was said why the stage before it is skipped.
    """

    filed_by: str = "complainant"
    opened_by: str = "organisation"
    consent: bool = False
    named: Mapping[str, Any] | None = None
    given: frozenset[str] = field(default_factory=frozenset)
    skips: bool = False


@dataclass(frozen=True, slots=True)
class Lack:
    """What a case that is to go to a body still lacks: a code, a sentence in both languages, where it is given.

    `possible_on`: the first day on which it is possible, where waiting is enough. `pointer` is empty for what cannot be
    given, only waited for. What does not block is asked by the body, which decides itself whether it can do without.
    """

    code: str
    nl: str
    en: str
    possible_on: date | None = None
    pointer: str = ""
    blocks: bool = True


def escalations(dossier: Dossier) -> tuple[Escalation, ...]:
    """Every case with a body, in the order in which they were asked for."""
    return tuple(replace(case, next_due_on=_next_due_on(dossier, case)) for case in cases(dossier.situation))


def escalation_of(dossier: Dossier, escalation_id: str | UUID) -> Escalation | None:
    return next((case for case in escalations(dossier) if case.id == str(escalation_id)), None)


def _next_due_on(dossier: Dossier, case: Escalation) -> date | None:
    """The first last day of what is still owed in the case."""
    due = [
        term.due_on
        for term in dossier.open_terms
        if term.due_on and term.stage.stage == case.stage and same_case(term.start.event, case.requested)
    ]
    return min(due, default=None)


def preflight(dossier: Dossier, body: str, given: Given) -> tuple[Lack, ...]:
    """All that is still missing before this case can go to that body; empty when nothing is."""
    return tuple(_lacks(dossier, body, given))


def asked_of(body: Body, given: Given) -> Iterator[Lack]:
    """What that body asks of such a request, whenever it is made."""
    yield from _not_agreed(body, given)
    yield from _not_named(body, given)


def _lacks(dossier: Dossier, body: str, given: Given) -> Iterator[Lack]:
    procedure = dossier.procedure
    known = procedure.body_named(body)
    if known is None or body not in bodies_of(procedure):
        listed = ", ".join(bodies_of(procedure))
        yield Lack("body-unknown", f"kies een van: {listed}", f"one of: {listed}", pointer="/body")
        return
    yield from _not_now(dossier, known, given)
    yield from _not_agreed(known, given)
    yield from _not_named(known, given)
    yield from _not_enclosed(known, given)
    yield from _doubtful(dossier, known)


def _doubtful(dossier: Dossier, body: Body) -> Iterator[Lack]:
    """What keeps nothing from going there, and may keep the body from taking it."""
    last = filing_limit(dossier.situation, dossier.counting, body)
    if last is not None and local_date(dossier.now) > last:
        nl = f"deze instantie neemt zaken aan tot en met {in_dutch(last)}; of dit te laat is, bepaalt zij zelf"
        en = f"this body takes cases until {last.isoformat()}; whether this is too late is for it to say"
        yield Lack("late", nl, en, blocks=False)
    if authority_missing(dossier.situation):
        nl = "de schriftelijke machtiging van wie de klager vertegenwoordigt ontbreekt nog"
        yield Lack("authority-missing", nl, "written authority of the representative is missing", blocks=False)


def _not_now(dossier: Dossier, body: Body, given: Given) -> Iterator[Lack]:
    situation = dossier.situation
    if situation.state == "withdrawn":
        yield Lack("complaint-withdrawn", "de klacht is ingetrokken", "the complaint was withdrawn")
    if not situation.was_complaint:
        yield Lack("not-a-complaint", "dit is niet als klacht geregistreerd", "this is not registered as a complaint")
    if any(case.is_open and case.body == body.body for case in cases(situation)):
        yield Lack(
            "escalation-exists", "er loopt al een zaak bij deze instantie", "a case with this body is open already"
        )
        return
    found = ways_closed(dossier.view, body.body, skips=given.skips)
    if not found:
        return
    if bound := why_bound(situation):
        yield Lack("verdict-binds", bound.nl, bound.en)
    elif ways_closed(dossier.view, body.body, skips=True):
        yield Lack(found[0].code, found[0].nl, found[0].en, found[0].possible_on)
    else:
        nl = f"{found[0].nl}; met een reden kan die fase worden overgeslagen (skipReason)"
        en = f"{found[0].en}; it can be skipped for a reason (skipReason)"
        yield Lack("skip-reason-missing", nl, en, found[0].possible_on, pointer="/skipReason")


_FILED_BY = {"complainant": ("de klager", "the complainant"), "organisation": ("de organisatie", "the organisation")}


def _not_agreed(body: Body, given: Given) -> Iterator[Lack]:
    if body.filed_by not in ("either", given.filed_by):
        nl, en = _FILED_BY[body.filed_by]
        sentences = f"bij deze instantie dient {nl} de zaak in", f"a case is brought to this body by {en}"
        yield Lack("filed-by-other", *sentences, pointer="/filedBy")
    if body.consent and not given.consent:
        sentences = (
            "de klager moet ermee instemmen dat de zaak naar deze instantie gaat",
            "the complainant has to agree that the case goes to this body",
        )
        yield Lack("consent-missing", *sentences, pointer="/consent")


def _not_named(body: Body, given: Given) -> Iterator[Lack]:
    """BNW-13: which body it is, where that differs per complaint."""
    if not body.per_case:
        return
    named = given.named or {}
    if named.get("type") not in body.per_case:
        listed, kinds = ", ".join(body.per_case), ", ".join(map(dutch, body.per_case))
        sentences = f"zeg welke instantie het is: {kinds}", f"say which body it is, one of: {listed}"
        yield Lack("named-missing", *sentences, pointer="/named/type")
    for need in needed_of(body, {name for name, value in named.items() if shows(str(value))}):
        sentences = f"van de instantie ontbreekt: {dutch(need)}", f"the body is named with its {need}"
        yield Lack("named-missing", *sentences, pointer=f"/named/{need}")


def _not_enclosed(body: Body, given: Given) -> Iterator[Lack]:
    for need in () if body.per_case else needed_of(body, given.given):
        sentences = f"de instantie vraagt ook: {dutch(need)}", f"the body also asks for: {need}"
        yield Lack("needed-missing", *sentences, pointer="/enclosed", blocks=False)


_DUTCH = {
    "name": "naam",
    "address": "adres",
    "email": "e-mailadres",
    "form": "het formulier",
    "claim": "wat de klager wil bereiken",
    "documents": "de stukken",
    "employer": "werkgever",
    "municipality": "gemeente",
    "uwv": "UWV",
}


def dutch(need: str) -> str:
    return _DUTCH.get(need, need.replace("_", " "))


def rows(dossier: Dossier) -> list[dict[str, Any]]:
    """The copy of each case by which it is found; who the organisation and the complaint are stands beside it."""
    return [_row(case) for case in escalations(dossier)]


def _row(case: Escalation) -> dict[str, Any]:
    return {
        "id": UUID(case.id),
        "body": case.body,
        "stage": case.stage,
        "state": case.state,
        "opened_by": case.opened_by,
        "filed_by": case.filed_by,
        "named": dict((case.requested.texts or {}).get("named") or {}),
        "requested_at": case.requested.occurred_at,
        "dispatched_at": case.dispatched_at,
        "acknowledged_at": case.acknowledged_at,
        "hearing_on": case.hearing_on,
        "next_due_on": case.next_due_on,
        "verdict": case.verdict,
        "decided_at": case.decided_at,
        "ended_at": case.ended_at,
    }
