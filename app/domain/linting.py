"""Questions about a procedure that is whole: what a careful reader would ask before it comes into force.

They are no verdicts: a text may be silent on purpose, and `left_open` says so.
"""

from collections.abc import Callable, Iterator

from app.domain.conditions import told_by
from app.domain.customs import customs
from app.domain.duty import Duty
from app.domain.events import ANSWERS, BODY_ANSWERS
from app.domain.intake_linting import INTAKE
from app.domain.part import Part
from app.domain.procedure import Procedure
from app.domain.references import USED, Place, find
from app.domain.stage import Stage
from app.domain.survey import Question, View
from app.domain.validation import approximate_days


def questions(procedure: Procedure) -> list[Question]:
    """Every question there is to ask, in the order of the file."""
    view = View(procedure)
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


def _duties_never_met(view: View) -> Iterator[Question]:
    for where, duty, stage in view.duties:
        if not any(view.can_happen(event) and _fits_stage(event, stage) for event in duty.met_by):
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
            if not (view.can_happen(step.met_by) and _fits_stage(step.met_by, stage)):
                yield Question(
                    "step-cannot-be-met",
                    f"{where}/before_answer/{index}/met_by",
                    "Wat aan deze stap zou voldoen, kan in deze fase niet gebeuren. Klopt de gebeurtenis?",
                    "What would meet this step cannot happen in this stage. Is it the right event?",
                )


def _fits_stage(event: str, stage: Stage | None) -> bool:
    """An answer belongs to the stage that it ends; any other event can happen in every stage."""
    if event not in (*ANSWERS, *BODY_ANSWERS):
        return True
    return stage is not None and stage.answer is not None and stage.answer.event == event


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


def _unreachable(view: View) -> Iterator[Question]:
    for where, stage in view.stages:
        if stage.stage not in view.reachable:
            yield Question(
                "stage-unreachable",
                where,
                "Geen enkele klacht kan in deze fase komen. Ontbreekt er een weg ernaartoe?",
                "No complaint can reach this stage. Is a way to it missing?",
            )


def _passed_over(view: View) -> Iterator[Question]:
    for where in view.passed_over:
        yield Question(
            "opening-passed-over",
            where,
            "Een fase eerder in het bestand opent altijd al bij deze gebeurtenis, dus deze nooit. "
            "Moet deze fase ervoor staan, of hoort er bij de eerdere een voorwaarde (when)?",
            "A stage earlier in the file always opens on this event, so this one never does. "
            "Should this stage come before it, or does the earlier one need a condition (when)?",
        )


def _without_exit(view: View) -> Iterator[Question]:
    for where, stage in view.stages:
        if stage.answer is None:
            yield Question(
                "stage-without-exit",
                where,
                "Deze fase heeft geen antwoord waarmee zij eindigt. Hoe komt een klacht eruit?",
                "This stage has no answer that ends it. How does a complaint leave it?",
            )


def _without_term(view: View) -> Iterator[Question]:
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


def _nobody_handles(view: View) -> Iterator[Question]:
    for where, stage in view.stages:
        if stage.kind != "external" and not stage.handled_by:
            yield Question(
                "stage-without-handler",
                where,
                "Wie behandelt de klacht in deze fase?",
                "Who handles the complaint in this stage?",
            )


def _addresses(view: View) -> Iterator[Question]:
    """Whether letters can tell where an objection goes by post, to somebody who is not at the organisation."""
    for where, stage, opening in view.openings:
        by_post = "post" in opening.channels
        if opening.address and not by_post:
            yield Question(
                "address-never-told",
                f"{where}/address",
                "Brieven noemen dit adres niet: dit komt niet per post. Hoort post bij de kanalen?",
                "Letters do not tell this address: nothing here may come by post. Is post one of the channels?",
            )
        if by_post and stage.outside_staff and not opening.address:
            yield Question(
                "address-missing",
                where,
                "Dit gaat per post naar iemand van buiten. Naar welk adres?",
                "This goes by post to somebody from outside. To which address?",
            )


def _verdict_impossible(view: View) -> Iterator[Question]:
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


def _conditions_never_true(view: View) -> Iterator[Question]:
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


def _retention(view: View) -> Iterator[Question]:
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


def _no_acknowledgement(view: View) -> Iterator[Question]:
    if not any("complaint.acknowledged" in duty.met_by for _, duty, _ in view.duties):
        yield Question(
            "no-acknowledgement",
            "/stages",
            "Krijgt de klager een ontvangstbevestiging, en wanneer?",
            "Does the complainant get an acknowledgement, and when?",
        )


def _no_external_route(view: View) -> Iterator[Question]:
    if not view.procedure.bodies and not view.procedure.parallel_routes:
        yield Question(
            "no-external-route",
            "/bodies",
            "Waar kan de klager terecht die het niet eens is met de uitkomst?",
            "Where can a complainant go who does not accept the outcome?",
        )


def _body_unused(view: View) -> Iterator[Question]:
    used = {stage.body for _, stage in view.stages}
    for index, body in enumerate(view.procedure.bodies):
        if body.body not in used:
            yield Question(
                "body-without-stage",
                f"/bodies/{index}",
                "Geen fase brengt een klacht naar deze instantie. Hoe komt zij daar?",
                "No stage takes a complaint to this body. How does it get there?",
            )


def _ombudsman_from_receipt(view: View) -> Iterator[Question]:
    """Awb 9:24: the year starts when the organisation is done, and `within` counts from the receipt."""
    for index, body in enumerate(view.procedure.bodies):
        if body.kind == "ombudsman" and body.within:
            yield Question(
                "ombudsman-counts-from-receipt",
                f"/bodies/{index}/within",
                "Deze termijn telt vanaf de ontvangst van de klacht; bij een ombudsman begint zij meestal pas als de "
                "organisatie klaar is (filing_limits). Wat is bedoeld?",
                "This counts from the receipt of the complaint; that of an ombudsman mostly starts when the "
                "organisation is done (filing_limits). Which is meant?",
            )


def _no_notice(view: View) -> Iterator[Question]:
    told = any("inadmissibility.notified" in duty.met_by for _, duty, _ in view.duties)
    if view.procedure.admissibility.grounds and not told:
        yield Question(
            "no-inadmissibility-notice",
            "/admissibility",
            "Binnen welke termijn hoort de klager dat de klacht niet wordt behandeld?",
            "Within which period is the complainant told that the complaint is not handled?",
        )


def _keeper_handles(view: View) -> Iterator[Question]:
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


def _idle_roles(view: View) -> Iterator[Question]:
    document = Place("", view.procedure.model_dump(mode="json", by_alias=True, exclude_none=True))
    used = {place.value for pattern in USED["role"] for place in find(document, pattern)}
    for index, role in enumerate(view.procedure.roles):
        if role.role not in used and not role.keeps_register and role.part_of is None:
            yield Question(
                "role-without-task",
                f"/roles/{index}",
                "Deze rol doet nergens iets. Hoort zij erbij?",
                "This role does nothing anywhere. Does it belong here?",
            )


def _without_source(view: View) -> Iterator[Question]:
    for where, part in _rules(view):
        if not getattr(part, "source", None):
            yield Question(
                "rule-without-source",
                where,
                "Waar komt deze regel vandaan? Geef een artikel of nummer.",
                "Where does this rule come from? Give an article or a number.",
            )


def _rules(view: View) -> Iterator[tuple[str, Part]]:
    """The parts that oblige someone to something."""
    procedure = view.procedure
    yield from view.stages
    yield from ((where, duty) for where, duty, _ in view.duties)
    yield from ((f"/admissibility/grounds/{i}", ground) for i, ground in enumerate(procedure.admissibility.grounds))
    yield from ((f"/bodies/{i}", body) for i, body in enumerate(procedure.bodies))
    yield from ((f"/reviews/{i}", review) for i, review in enumerate(procedure.reviews))
    if procedure.retention is not None:
        yield "/retention", procedure.retention


_ASKED: tuple[Callable[[View], Iterator[Question]], ...] = (
    *INTAKE,
    _idle_roles,
    _keeper_handles,
    _no_notice,
    _unreachable,
    _passed_over,
    _without_exit,
    _without_term,
    _nobody_handles,
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
    _conditions_never_true,
    _no_acknowledgement,
    _body_unused,
    _ombudsman_from_receipt,
    _no_external_route,
    _verdict_impossible,
    _addresses,
    _retention,
    _without_source,
)
