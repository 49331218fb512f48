"""Questions about a procedure that is whole: what a careful reader would ask before it comes into force.

They are no verdicts: a text may be silent on purpose, and `left_open` says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from app.domain.customs import customs
from app.domain.events import ANNOUNCED
from app.domain.procedure import Condition, Duty, Opening, Part, Procedure, Stage
from app.domain.validation import approximate_days


@dataclass(frozen=True, slots=True)
class Question:
    """A question with a stable code, the place it is about (JSON pointer), and the sentence in both languages."""

    code: str
    pointer: str
    nl: str
    en: str


def questions(procedure: Procedure) -> list[Question]:
    """Every question there is to ask, in the order of the file."""
    view = _View(procedure)
    found = [question for ask in _ASKED for question in ask(view)]
    found += [Question(each.code, each.pointer, each.nl, each.en) for each in customs(procedure)]
    return [question for question in found if not _left_open(procedure, question)]


_TOPICS = {
    "no-acknowledgement": "acknowledgement",
    "no-external-route": "external_route",
    "no-inadmissibility-notice": "inadmissibility_notice",
}


def _left_open(procedure: Procedure, question: Question) -> bool:
    return _TOPICS.get(question.code) in procedure.left_open


class _View:
    """A procedure with its duties and conditions at hand, each with its pointer."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure

    @cached_property
    def stages(self) -> list[tuple[str, Stage]]:
        return [(f"/stages/{index}", stage) for index, stage in enumerate(self.procedure.stages)]

    @cached_property
    def openings(self) -> list[tuple[str, Stage, Opening]]:
        return [
            (f"{where}/opens_on/{index}", stage, opening)
            for where, stage in self.stages
            for index, opening in enumerate(stage.opens_on)
        ]

    @cached_property
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

    @cached_property
    def conditions(self) -> list[tuple[str, Condition]]:
        found: list[tuple[str, Condition | None]] = []
        for where, duty, _ in self.duties:
            found += [(f"{where}/when", duty.when), (f"{where}/unless", duty.unless)]
            found += [(f"{where}/instead/{i}/when", other.when) for i, other in enumerate(duty.instead)]
        for where, stage in self.stages:
            found += [(f"{where}/before_answer/{i}/when", step.when) for i, step in enumerate(stage.before_answer)]
        found += [(f"{where}/when", opening.when) for where, _, opening in self.openings]
        return [(where, condition) for where, condition in found if condition is not None]

    @cached_property
    def kinds(self) -> set[str]:
        intake = self.procedure.intake
        return set(intake.kinds) | {channel.counts_as for channel in intake.channels}

    @cached_property
    def verdicts(self) -> set[str]:
        return {verdict for _, stage in self.stages if stage.answer for verdict in stage.answer.verdicts}

    @cached_property
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

    def ends(self, stage: Stage, opening: Opening) -> bool:
        """Whether the earlier stage can be answered, or its answer overdue, in a way that this opening asks for."""
        if stage.answer is None:
            return False
        if opening.outcomes and stage.answer.outcomes and not set(opening.outcomes) & set(stage.answer.outcomes):
            return False
        return bool(opening.grounds) or not opening.verdicts or bool(set(opening.verdicts) & set(stage.answer.verdicts))

    def can_happen(self, event: str) -> bool:
        """Whether this procedure leaves room for the event at all."""
        if event in ANNOUNCED:
            return False
        needed = _NEEDS.get(event)
        return needed is None or needed(self)

    def answers(self, event: str) -> bool:
        return any(stage.answer is not None and stage.answer.event == event for _, stage in self.stages)

    def opens(self, event: str) -> bool:
        return any(opening.event == event for _, _, opening in self.openings)


def _answered(event: str) -> Callable[[_View], bool]:
    return lambda view: view.answers(event)


def _opened(event: str) -> Callable[[_View], bool]:
    return lambda view: view.opens(event)


def _kind(*kinds: str) -> Callable[[_View], bool]:
    return lambda view: bool(view.kinds & set(kinds))


def _has_body(view: _View) -> bool:
    return bool(view.procedure.bodies)


def _never(view: _View) -> bool:
    return False


_ANSWERS = (
    "first_response.sent",
    "second_response.sent",
    "informal_outcome.recorded",
    "decision.sent",
    "appeal_decision.sent",
    "external_decision.received",
)
_NEEDS: dict[str, Callable[[_View], bool]] = {
    "complaint.received": _kind("complaint", "signal", "enquiry"),
    "signal.received": _kind("signal"),
    "signal.promoted": _kind("signal", "enquiry"),
    "enquiry.received": _kind("enquiry"),
    "complaint.reclassified": _kind("out_of_scope", "signal", "enquiry"),
    **{event: _answered(event) for event in _ANSWERS},
    "decision.copied": lambda view: any(view.answers(event) for event in _ANSWERS),
    **{
        event: _opened(event) for event in ("dissatisfaction.received", "objection.received", "formal_review.requested")
    },
    **{
        event: _has_body
        for event in (
            "escalation.requested",
            "escalation.dispatched",
            "escalation.withdrawn",
            "external.acknowledged",
            "external.declined",
            "external.questioned",
        )
    },
    "admissibility.decided": lambda view: bool(view.procedure.admissibility.grounds),
    "inadmissibility.notified": lambda view: bool(view.procedure.admissibility.grounds),
    "parallel_route.recorded": lambda view: bool(view.procedure.parallel_routes),
    "complaint.purged": _never,
    "conduct.occurred": _never,
    "complaint.arose": _never,
}


def _duties_never_met(view: _View) -> Iterator[Question]:
    for where, duty, stage in view.duties:
        if not any(view.can_happen(event) and _fits_stage(event, stage) for event in duty.met_by):
            yield Question(
                "duty-cannot-be-met",
                f"{where}/met_by",
                "Wat hier aan de plicht zou voldoen, kan in deze fase niet gebeuren. Klopt de gebeurtenis?",
                "What would meet this duty cannot happen in this stage. Is it the right event?",
            )


def _fits_stage(event: str, stage: Stage | None) -> bool:
    """An answer belongs to the stage that it ends; any other event can happen in every stage."""
    if event not in _ANSWERS:
        return True
    return stage is not None and stage.answer is not None and stage.answer.event == event


def _duties_never_start(view: _View) -> Iterator[Question]:
    for where, duty, _ in view.duties:
        starts = duty.after or ((duty.before,) if duty.before else ())
        if not any(view.can_happen(event) for event in starts):
            yield Question(
                "duty-never-starts",
                f"{where}/after",
                "Niets in deze regeling laat deze plicht beginnen. Waarvanaf geldt hij?",
                "Nothing in this procedure starts this duty. From when is it owed?",
            )


def _duties_met_at_once(view: _View) -> Iterator[Question]:
    for where, duty, _ in view.duties:
        if set(duty.after) & set(duty.met_by):
            yield Question(
                "duty-met-by-its-start",
                f"{where}/met_by",
                "Deze plicht begint en eindigt met dezelfde gebeurtenis. Is dat de bedoeling?",
                "This duty starts and ends with the same event. Is that meant?",
            )


def _unreachable(view: _View) -> Iterator[Question]:
    for where, stage in view.stages:
        if stage.stage not in view.reachable:
            yield Question(
                "stage-unreachable",
                where,
                "Geen enkele klacht kan in deze fase komen. Ontbreekt er een weg ernaartoe?",
                "No complaint can reach this stage. Is a way to it missing?",
            )


def _without_exit(view: _View) -> Iterator[Question]:
    for where, stage in view.stages:
        if stage.answer is None:
            yield Question(
                "stage-without-exit",
                where,
                "Deze fase heeft geen antwoord waarmee zij eindigt. Hoe komt een klacht eruit?",
                "This stage has no answer that ends it. How does a complaint leave it?",
            )


def _without_term(view: _View) -> Iterator[Question]:
    """An internal answer without a date: silence could then lock somebody out (X-08)."""
    for where, stage in view.stages:
        if stage.kind in ("source", "informal", "external") or stage.answer is None:
            continue
        if not any(duty.within and stage.answer.event in duty.met_by for duty in stage.duties):
            yield Question(
                "answer-without-term",
                f"{where}/answer",
                "Er is geen termijn voor het antwoord in deze fase. Hoe lang mag het duren?",
                "There is no period for the answer in this stage. How long may it take?",
            )


def _nobody_handles(view: _View) -> Iterator[Question]:
    for where, stage in view.stages:
        if stage.kind != "external" and not stage.handled_by:
            yield Question(
                "stage-without-handler",
                where,
                "Wie behandelt de klacht in deze fase?",
                "Who handles the complaint in this stage?",
            )


def _verdict_impossible(view: _View) -> Iterator[Question]:
    register = view.procedure.register_
    if "verdict" in register.required_at_closing and not view.verdicts:
        index = register.required_at_closing.index("verdict")
        yield Question(
            "verdict-impossible",
            f"/register/required_at_closing/{index}",
            "Het register vraagt een oordeel, maar geen fase geeft er een. Welke oordelen zijn er?",
            "The register asks for a verdict, but no stage gives one. Which verdicts are there?",
        )
    for where, _, opening in view.openings:
        if set(opening.verdicts) - view.verdicts:
            yield Question(
                "verdict-impossible",
                f"{where}/verdicts",
                "Deze fase opent na een oordeel dat geen eerdere fase geeft. Welk oordeel is bedoeld?",
                "This stage opens after a verdict that no earlier stage gives. Which verdict is meant?",
            )


def _conditions_never_true(view: _View) -> Iterator[Question]:
    intake = view.procedure.intake
    possible: dict[str, set[str]] = {
        "kind": view.kinds,
        "channel": {str(rule.channel) for rule in intake.channels},
        "complainant_type": {str(who.type) for who in intake.complainants},
        "verdict": view.verdicts,
    }
    for where, condition in view.conditions:
        for name, known in possible.items():
            wanted = getattr(condition, name)
            if wanted is not None and not set(wanted) & known:
                yield Question(
                    "condition-never-true",
                    f"{where}/{name}",
                    "Deze voorwaarde kan bij deze regeling nooit opgaan. Is zij nog nodig?",
                    "Under this procedure this condition can never hold. Is it still needed?",
                )


def _intake_leads_nowhere(view: _View) -> Iterator[Question]:
    starts = (("complaint", "klacht", "complaint.received"), ("signal", "signaal", "signal.received"))
    for kind, dutch, event in starts:
        if kind in view.kinds and not view.opens(event):
            yield Question(
                "intake-without-stage",
                "/intake/kinds",
                f"Er kan een {dutch} binnenkomen, maar geen fase neemt die op.",
                f"A {kind} can come in, but no stage takes it up.",
            )


def _nobody_for_the_young(view: _View) -> Iterator[Question]:
    age = view.procedure.intake.minimum_age
    if age and not {who.type for who in view.procedure.intake.complainants} & set(age.otherwise):
        yield Question(
            "nobody-for-the-young",
            "/intake/minimum_age/otherwise",
            "Wie namens een jonger iemand klaagt, staat niet bij wie mag klagen. Ontbreekt die daar?",
            "Whoever complains for someone younger is not among who may complain. Is that missing there?",
        )


def _retention(view: _View) -> Iterator[Question]:
    kept = view.procedure.retention
    if kept is None:
        yield Question(
            "no-retention",
            "/retention",
            "Hoe lang worden klachten bewaard? Zonder bewaartermijn kan de regeling niet in werking treden.",
            "How long are complaints kept? Without a retention period the procedure cannot come into force.",
        )
    elif kept.minimum and kept.maximum and approximate_days(kept.minimum) > approximate_days(kept.maximum):
        yield Question(
            "retention-crossed",
            "/retention",
            "De kortste bewaartermijn is langer dan de langste. Welke is bedoeld?",
            "The shortest retention period is longer than the longest. Which one is meant?",
        )


def _endless_extension(view: _View) -> Iterator[Question]:
    for where, duty, _ in view.duties:
        extension = duty.extension
        if extension and extension.at_most is None and not (extension.consent or extension.further_with_consent):
            yield Question(
                "extension-without-maximum",
                f"{where}/extension",
                "Hoe lang mag een verlenging ten hoogste zijn?",
                "How long may an extension be at most?",
            )


def _endless_suspension(view: _View) -> Iterator[Question]:
    for where, duty, _ in view.duties:
        for index, pause in enumerate(duty.suspension):
            if pause.at_most is None and not pause.consent:
                yield Question(
                    "suspension-without-end",
                    f"{where}/suspension/{index}",
                    "De klok kan hier onbeperkt stilstaan. Hoe lang ten hoogste?",
                    "The clock can stand still here without end. How long at most?",
                )


def _no_acknowledgement(view: _View) -> Iterator[Question]:
    if not any("complaint.acknowledged" in duty.met_by for _, duty, _ in view.duties):
        yield Question(
            "no-acknowledgement",
            "/stages",
            "Krijgt de klager een ontvangstbevestiging, en wanneer?",
            "Does the complainant get an acknowledgement, and when?",
        )


def _no_external_route(view: _View) -> Iterator[Question]:
    if not view.procedure.bodies and not view.procedure.parallel_routes:
        yield Question(
            "no-external-route",
            "/bodies",
            "Waar kan de klager terecht die het niet eens is met de uitkomst?",
            "Where can a complainant go who does not accept the outcome?",
        )


def _body_unused(view: _View) -> Iterator[Question]:
    used = {stage.body for _, stage in view.stages}
    for index, body in enumerate(view.procedure.bodies):
        if body.body not in used:
            yield Question(
                "body-without-stage",
                f"/bodies/{index}",
                "Geen fase brengt een klacht naar deze instantie. Hoe komt zij daar?",
                "No stage takes a complaint to this body. How does it get there?",
            )


def _no_notice(view: _View) -> Iterator[Question]:
    told = any("inadmissibility.notified" in duty.met_by for _, duty, _ in view.duties)
    if view.procedure.admissibility.grounds and not told:
        yield Question(
            "no-inadmissibility-notice",
            "/admissibility",
            "Binnen welke termijn hoort de klager dat de klacht niet wordt behandeld?",
            "Within which period is the complainant told that the complaint is not handled?",
        )


def _keeper_handles(view: _View) -> Iterator[Question]:
    """A-35: whoever keeps the register may then read what is in the mail of a handler."""
    handlers = {role for _, stage in view.stages for role in stage.handled_by}
    for index, role in enumerate(view.procedure.roles):
        if role.keeps_register and role.role in handlers:
            yield Question(
                "register-keeper-handles",
                f"/roles/{index}",
                "Deze rol houdt het register bij en behandelt ook klachten. Blijft dat gescheiden?",
                "This role keeps the register and handles complaints too. Are the two kept apart?",
            )


def _idle_roles(view: _View) -> Iterator[Question]:
    used = {role for _, stage in view.stages for role in stage.handled_by}
    procedure = view.procedure
    used |= {role for _, duty, _ in view.duties for role in duty.by} | set(procedure.admissibility.decided_by)
    used |= {role for review in procedure.reviews for role in review.by}
    for index, role in enumerate(procedure.roles):
        if role.role not in used and not role.keeps_register and role.part_of is None:
            yield Question(
                "role-without-task",
                f"/roles/{index}",
                "Deze rol doet nergens iets. Hoort zij erbij?",
                "This role does nothing anywhere. Does it belong here?",
            )


def _without_source(view: _View) -> Iterator[Question]:
    for where, part in _rules(view):
        if not getattr(part, "source", None):
            yield Question(
                "rule-without-source",
                where,
                "Waar komt deze regel vandaan? Geef een artikel of nummer.",
                "Where does this rule come from? Give an article or a number.",
            )


def _rules(view: _View) -> Iterator[tuple[str, Part]]:
    """The parts that oblige someone to something."""
    procedure = view.procedure
    yield from view.stages
    yield from ((where, duty) for where, duty, _ in view.duties)
    yield from ((f"/admissibility/grounds/{i}", ground) for i, ground in enumerate(procedure.admissibility.grounds))
    yield from ((f"/bodies/{i}", body) for i, body in enumerate(procedure.bodies))
    yield from ((f"/reviews/{i}", review) for i, review in enumerate(procedure.reviews))
    if procedure.retention is not None:
        yield "/retention", procedure.retention


_ASKED: tuple[Callable[[_View], Iterator[Question]], ...] = (
    _intake_leads_nowhere,
    _nobody_for_the_young,
    _idle_roles,
    _keeper_handles,
    _no_notice,
    _unreachable,
    _without_exit,
    _without_term,
    _nobody_handles,
    _duties_never_met,
    _duties_never_start,
    _duties_met_at_once,
    _endless_extension,
    _endless_suspension,
    _conditions_never_true,
    _no_acknowledgement,
    _body_unused,
    _no_external_route,
    _verdict_impossible,
    _retention,
    _without_source,
)
