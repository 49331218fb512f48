"""Questions about a procedure that is whole: what a careful reader would ask before it comes into force.

They are no verdicts: a text may be silent on purpose, and `left_open` says so.
"""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet

from app.domain.customs import customs
from app.domain.duty_linting import DUTIES
from app.domain.intake_linting import INTAKE
from app.domain.part import Part
from app.domain.place import Place, find
from app.domain.procedure import Procedure
from app.domain.references import USED
from app.domain.stage_linting import STAGES
from app.domain.survey import Question, View
from app.domain.validation import is_longer


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
    possible: dict[str, AbstractSet[str]] = {
        "kind": view.room.kinds,
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
    elif kept.minimum and kept.maximum and is_longer(kept.minimum, kept.maximum):
        yield Question(
            "retention-crossed",
            "/retention",
            "De kortste bewaartermijn is langer dan de langste. Welke is bedoeld?",
            "The shortest retention period is longer than the longest. Which one is meant?",
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
    *STAGES,
    *DUTIES,
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
