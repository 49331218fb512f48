"""What an Act usually asks of a complaints procedure that names it as its basis, each as a question.

No legal advice: Acts change, and an organisation may have its reasons.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.domain.body import Body
from app.domain.calendar import Period, Unit
from app.domain.duty import Duty
from app.domain.procedure import Procedure, Role
from app.domain.validation import approximate_days

_WEEK = 7.0


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that the basis usually asks and the procedure does not have."""

    code: str
    pointer: str
    nl: str
    en: str


@dataclass(frozen=True, slots=True)
class Custom:
    code: str
    holds: Callable[[Procedure], bool]
    pointer: str
    nl: str
    en: str


def customs(procedure: Procedure) -> Iterator[Missing]:
    """What the procedure lacks of what its legal bases usually ask."""
    for index, basis in enumerate(procedure.legal_basis):
        for name in _named(basis):
            for custom in CUSTOMS[name]:
                if not custom.holds(procedure):
                    where = custom.pointer or f"/legal_basis/{index}"
                    yield Missing(f"{name}-{custom.code}", where, custom.nl, custom.en)


def _named(basis: str) -> list[str]:
    """The Acts that a legal basis names, in whatever words."""
    text = basis.casefold()
    return [name for name, marks in _MARKS.items() if any(mark in text for mark in marks)]


_MARKS = {
    "awb": ("awb", "algemene wet bestuursrecht"),
    "wkkgz": ("wkkgz", "kwaliteit, klachten en geschillen"),
    "jeugdwet": ("jeugdwet",),
    "kinderopvang": ("kinderopvang",),
    "crkbo": ("crkbo",),
}


def _duties(procedure: Procedure) -> Iterator[Duty]:
    for stage in procedure.stages:
        yield from stage.duties


def _owed(procedure: Procedure, event: str) -> list[Duty]:
    return [duty for duty in _duties(procedure) if event in duty.met_by]


def _fits(period: Period, weeks: int) -> bool:
    """Working days take longer than as many weeks when a holiday falls among them, as one easily does."""
    holiday = 1 if period.unit is Unit.working_days else 0
    return approximate_days(period) + holiday <= weeks * _WEEK + 0.5


def _answer_within(weeks: int) -> Callable[[Procedure], bool]:
    """The first formal answer is owed within that many weeks."""

    def holds(procedure: Procedure) -> bool:
        owed = [
            duty
            for stage in procedure.stages
            if stage.kind == "formal" and stage.answer is not None
            for duty in stage.duties
            if stage.answer.event in duty.met_by and duty.within is not None
        ]
        return any(duty.within and _fits(duty.within, weeks) for duty in owed)

    return holds


def _acknowledged_in_writing(procedure: Procedure) -> bool:
    return any(duty.form == "written" for duty in _owed(procedure, "complaint.acknowledged"))


def _subject_informed(procedure: Procedure) -> bool:
    return any("subject_of_complaint" in duty.to for duty in _owed(procedure, "subject.informed"))


def _heard(procedure: Procedure) -> bool:
    steps = [step for stage in procedure.stages for step in stage.before_answer]
    return any(step.met_by == "party.heard" for step in steps) or bool(_owed(procedure, "party.heard"))


def _extension_limited(procedure: Procedure) -> bool:
    """Four weeks at most, in writing, to both sides; longer only with consent. No extension at all is fine."""
    extensions = [duty.extension for duty in _owed(procedure, "decision.sent") if duty.extension]
    return all(
        each.at_most is not None
        and (each.consent or each.times is not None)
        and approximate_days(each.at_most) * (1 if each.consent else each.times or 1) <= 4 * _WEEK + 0.5
        and each.form == "written"
        and "subject_of_complaint" in each.notify
        for each in extensions
    )


def _reasoned(procedure: Procedure) -> bool:
    return any("reasons" in duty.content for duty in _owed(procedure, "decision.sent")) or any(
        stage.answer and stage.answer.event == "decision.sent" and "reasons" in stage.answer.content
        for stage in procedure.stages
    )


def _written_decision(procedure: Procedure) -> bool:
    return any(
        stage.answer and stage.answer.event == "decision.sent" and stage.answer.form == "written"
        for stage in procedure.stages
    ) or any(duty.form == "written" for duty in _owed(procedure, "decision.sent"))


def _notice_in_four_weeks(procedure: Procedure) -> bool:
    if not procedure.admissibility.grounds:
        return True
    owed = _owed(procedure, "inadmissibility.notified")
    return any(duty.within and _fits(duty.within, 4) for duty in owed)


def _body_of(*kinds: str) -> Callable[[Procedure], bool]:
    def holds(procedure: Procedure) -> bool:
        found: list[Body] = [body for body in procedure.bodies if body.kind in kinds]
        return bool(found) or any(route.kind in kinds for route in procedure.parallel_routes)

    return holds


def _binding_body(procedure: Procedure) -> bool:
    return any("organisation" in body.binding_on for body in procedure.bodies)


def _uninvolved(procedure: Procedure) -> bool:
    return procedure.handler_not_involved


def _published(procedure: Procedure) -> bool:
    return any(report.public or "public" in report.to for report in procedure.reports)


def _called(*names: str) -> Callable[[Procedure], bool]:
    """A role has one of these names: as its short name, as that of what it is part of, or in its title."""

    def holds(procedure: Procedure) -> bool:
        return any(name in known for role in procedure.roles for known in _names(role) for name in names)

    return holds


def _names(role: Role) -> Iterator[str]:
    titles = (role.title.nl, role.title.en) if role.title else ()
    for name in (role.role, role.part_of, *titles):
        if name:
            yield name.casefold().replace("_", " ").replace("-", " ")


def _measures_told(procedure: Procedure) -> bool:
    told = {word for stage in procedure.stages if stage.answer for word in stage.answer.content}
    return "measures" in told | {word for duty in _duties(procedure) for word in duty.content}


def _supported(procedure: Procedure) -> bool:
    return bool(procedure.support)


def _young_people_and_parents(procedure: Procedure) -> bool:
    return bool({"parent", "guardian", "legal_representative"} & {who.type for who in procedure.intake.complainants})


def _custom(code: str, holds: Callable[[Procedure], bool], nl: str, en: str, pointer: str = "") -> Custom:
    return Custom(code, holds, pointer, nl, en)


CUSTOMS: dict[str, tuple[Custom, ...]] = {
    "awb": (
        _custom(
            "acknowledgement",
            _acknowledged_in_writing,
            "Awb 9:6 vraagt een schriftelijke ontvangstbevestiging. Waar staat die?",
            "Awb 9:6 asks for an acknowledgement in writing. Where is it?",
        ),
        _custom(
            "not-involved",
            _uninvolved,
            "Awb 9:7 wil dat wie behandelt niet betrokken was. Geldt dat hier niet?",
            "Awb 9:7 wants the handler not to have been involved. Does that not apply here?",
            "/handler_not_involved",
        ),
        _custom(
            "inadmissibility",
            _notice_in_four_weeks,
            "Awb 9:8 vraagt binnen vier weken bericht als een klacht niet wordt behandeld. Waar staat dat?",
            "Awb 9:8 asks for notice within four weeks when a complaint is not handled. Where is it?",
            "/admissibility",
        ),
        _custom(
            "copy-to-subject",
            _subject_informed,
            "Awb 9:9 stuurt een afschrift aan degene over wie is geklaagd. Waar staat dat?",
            "Awb 9:9 sends a copy to the person complained about. Where is it?",
        ),
        _custom(
            "hearing",
            _heard,
            "Awb 9:10 laat beide kanten horen. Bij welke stap gebeurt dat?",
            "Awb 9:10 has both sides heard. In which step does that happen?",
        ),
        _custom(
            "term",
            _answer_within(10),
            "Awb 9:11 geeft zes weken, of tien met een commissie. Welke termijn geldt hier?",
            "Awb 9:11 gives six weeks, or ten with a committee. Which period applies here?",
        ),
        _custom(
            "extension",
            _extension_limited,
            "Awb 9:11 laat hoogstens vier weken verdagen, schriftelijk en aan beide kanten. Is dat zo geregeld?",
            "Awb 9:11 allows four more weeks at most, in writing and to both sides. Is it so here?",
        ),
        _custom(
            "reasons",
            _reasoned,
            "Awb 9:12 vraagt een bericht met redenen en conclusies. Staat dat in de plicht?",
            "Awb 9:12 asks for a notice with reasons and conclusions. Is that in the duty?",
        ),
        _custom(
            "ombudsman",
            _body_of("ombudsman"),
            "Awb 9:12 noemt de ombudsman in het bericht. Welke ombudsman is bevoegd?",
            "Awb 9:12 names the ombudsman in the notice. Which ombudsman is competent?",
            "/bodies",
        ),
        _custom(
            "publication",
            _published,
            "Awb 9:12a vraagt jaarlijkse openbaarmaking van de geregistreerde klachten. Welk verslag is dat?",
            "Awb 9:12a asks for yearly publication of the complaints on record. Which report is that?",
            "/reports",
        ),
    ),
    "wkkgz": (
        _custom(
            "officer",
            _called("klachtenfunctionaris", "complaints officer"),
            "De Wkkgz vraagt een onafhankelijke klachtenfunctionaris. Welke rol is dat?",
            "The Wkkgz asks for an independent complaints officer. Which role is that?",
            "/roles",
        ),
        _custom(
            "term",
            _answer_within(6),
            "De Wkkgz geeft zes weken voor het oordeel. Welke termijn geldt hier?",
            "The Wkkgz gives six weeks for the judgement. Which period applies here?",
        ),
        _custom(
            "reasons",
            _reasoned,
            "De Wkkgz vraagt een schriftelijk oordeel met redenen. Staat dat in de plicht?",
            "The Wkkgz asks for a written judgement with reasons. Is that in the duty?",
        ),
        _custom(
            "measures",
            _measures_told,
            "De Wkkgz wil in het oordeel lezen welke maatregelen komen. Hoort dat bij de inhoud?",
            "The Wkkgz wants the judgement to say which measures follow. Is that part of the content?",
        ),
        _custom(
            "disputes-body",
            _body_of("disputes_committee"),
            "De Wkkgz vraagt aansluiting bij een erkende geschilleninstantie. Welke is dat?",
            "The Wkkgz asks for a recognised disputes body. Which one is it?",
            "/bodies",
        ),
    ),
    "jeugdwet": (
        _custom(
            "committee",
            _called("commissie", "committee"),
            "De Jeugdwet gaat uit van een klachtencommissie. Is er een, of een andere grondslag?",
            "The Jeugdwet assumes a complaints committee. Is there one, or another basis?",
            "/roles",
        ),
        _custom(
            "support",
            _supported,
            "De Jeugdwet kent een vertrouwenspersoon. Wie wordt de jeugdige aangeboden?",
            "The Jeugdwet knows an independent supporter. Who is offered to the young person?",
            "/support",
        ),
        _custom(
            "complainants",
            _young_people_and_parents,
            "Onder de Jeugdwet klagen ook ouders en voogden. Staan zij bij wie mag klagen?",
            "Under the Jeugdwet parents and guardians complain too. Are they among who may?",
            "/intake/complainants",
        ),
    ),
    "kinderopvang": (
        _custom(
            "term",
            _answer_within(6),
            "De Wet kinderopvang geeft ten hoogste zes weken voor het oordeel. Welke termijn geldt hier?",
            "The Wet kinderopvang gives six weeks at most for the judgement. Which period applies here?",
        ),
        _custom(
            "written",
            _written_decision,
            "De Wet kinderopvang vraagt een schriftelijk oordeel met redenen. Staat dat in de plicht?",
            "The Wet kinderopvang asks for a written judgement with reasons. Is that in the duty?",
        ),
        _custom(
            "report",
            _published,
            "De Wet kinderopvang vraagt een openbaar jaarverslag over klachten. Welk verslag is dat?",
            "The Wet kinderopvang asks for a public yearly report on complaints. Which report is that?",
            "/reports",
        ),
        _custom(
            "disputes-body",
            _body_of("disputes_committee"),
            "De Wet kinderopvang vraagt aansluiting bij een geschillencommissie. Welke is dat?",
            "The Wet kinderopvang asks for a disputes committee. Which one is it?",
            "/bodies",
        ),
    ),
    "crkbo": (
        _custom(
            "independent-body",
            _binding_body,
            "Het CRKBO vraagt een onafhankelijke derde wiens oordeel de opleider bindt. Wie is dat?",
            "The CRKBO asks for an independent third party that binds the institute. Who is it?",
            "/bodies",
        ),
        _custom(
            "term",
            _answer_within(4),
            "Het CRKBO is gewend aan een antwoord binnen vier weken. Welke termijn geldt hier?",
            "The CRKBO is used to an answer within four weeks. Which period applies here?",
        ),
    ),
}
