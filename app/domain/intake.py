"""What is asked of a complaint when it comes in, by the procedure; and what kind of thing it is."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pydantic.alias_generators import to_camel

from app.domain.calendar import local_date
from app.domain.errors import Fault
from app.domain.events import in_the_future
from app.domain.limits import age
from app.domain.procedure import ChannelRule, Complainant, Procedure
from app.domain.text import shows


@dataclass(frozen=True, slots=True)
class Intake:
    """What the procedure looks at. `given` names the register fields that were filled in; no personal data here."""

    channel: str
    received_at: datetime
    kind: str | None = None
    category: str | None = None
    complainant_type: str | None = None
    subject_kind: str | None = None
    subject_role: str | None = None
    born_on: date | None = None
    filed_by: str | None = None
    conduct_on: date | None = None
    resolved_at_once: bool = False
    authority_shown: bool = False
    recognition_marks: tuple[str, ...] = ()
    given: frozenset[str] = frozenset()


def faults(procedure: Procedure, intake: Intake, now: datetime) -> Iterator[Fault]:
    """Everything that makes this intake unfit for the procedure."""
    yield from _words(procedure, intake)
    yield from day_faults(intake, now)
    yield from _people(procedure, as_possible(intake, now))
    known = filled_in(intake.given | {"received_on", "channel", "status", "reference"})
    known |= {"complainant_type"} if intake.complainant_type else set()
    known |= {"subject"} if intake.subject_kind or intake.category else set()
    known |= {"received_by"} if intake.channel == "web_form" else set()  # the website took it in
    for field in procedure.register_.required_at_intake:
        if field not in known:
            yield Fault(_pointer(field), "required", "the procedure asks for this when a complaint comes in")


def filled_in(given: Collection[str]) -> set[str]:
    """The register fields that are filled in, with what follows from them (A-13)."""
    either = {"complainant_name", "complainant_organisation"} & set(given)
    return {*given, *(["complainant_name_or_organisation"] if either else [])}


def given_of(complainant: Mapping[str, Any]) -> set[str]:
    """The register fields that are filled in by what is known of the complainant. Blanks fill nothing in."""
    known = {name for name, value in complainant.items() if shows(str(value or ""))}
    given = {f"complainant_{name}" for name in known & {"name", "organisation", "address", "city"}}
    return filled_in(given) | ({"complainant_contact"} if known & {"email", "phone", "address"} else set())


def emptied_faults(procedure: Procedure, emptied: Collection[str]) -> Iterator[Fault]:
    """Fields of the register that lose what the procedure asks for."""
    for field in procedure.register_.required_at_intake:
        if field in emptied:
            yield Fault(_pointer(field), "required", "the procedure asks for this, so it is not taken away")


def _pointer(field: str) -> str:
    """Where a request gives a field of the register."""
    named = _ELSEWHERE.get(field)
    part, _, name = field.partition("complainant_")
    return named or (f"/complainant/{to_camel(name)}" if not part and name else f"/{to_camel(field)}")


_ELSEWHERE = {
    "complainant_name_or_organisation": "/complainant/name",
    "complainant_contact": "/complainant/email",
    "complainant_type": "/complainantType",
    "subject": "/subjectKind",
}


def _words(procedure: Procedure, intake: Intake) -> Iterator[Fault]:
    rules, known = procedure.intake, _known_words(procedure)
    yield from _known("/channel", intake.channel, known["channel"])
    yield from _known("/complainantType", intake.complainant_type, known["complainant_type"])
    yield from _known("/kind", intake.kind, known["kind"])
    known_channel = channel_rule(procedure, intake.channel) is not None
    if known_channel and intake.kind is not None and counts_otherwise(procedure, intake.channel, intake.kind):
        yield received_as_complaint("/kind", intake.channel, intake.kind)
    if rules.subject_kinds:
        yield from _known("/subjectKind", intake.subject_kind, known["subject_kind"])
    yield from role_faults(procedure, intake.subject_role)
    if rules.categories:
        yield from _known("/category", intake.category, known["category"])
    for mark in intake.recognition_marks:
        yield from _known("/recognitionMarks", mark, list(rules.recognition_marks))
    if intake.resolved_at_once and not rules.resolved_at_once:
        yield Fault("/resolvedAtOnce", "not-in-procedure", "this procedure does not settle complaints at intake")


def _known_words(procedure: Procedure) -> dict[str, list[str]]:
    """What may be said under this procedure, by the field of an intake that says it."""
    rules = procedure.intake
    return {
        "channel": [rule.channel for rule in rules.channels],
        "complainant_type": [rule.type for rule in rules.complainants],
        "kind": list(kinds(procedure)),
        "subject_kind": list(rules.subject_kinds),
        "subject_role": [role.role for role in procedure.roles],
        "category": [*rules.categories, *(each.category for each in rules.out_of_scope)],
    }


def meant(procedure: Procedure, intake: Intake, found: Collection[Fault], now: datetime) -> list[Intake]:
    """What may have been meant by an intake with these faults, as far as it matters to what comes with it: whole, on a
    day that can be, without what is wrong with it, and with each word that the procedure knows in its place.
    """
    places = {fault.pointer for fault in found}
    whole = replace(
        as_possible(intake, now),
        given=intake.given | {*procedure.register_.required_at_intake, "received_by"},
        conduct_on=None if "/conductOn" in places else intake.conduct_on,
        born_on=None if "/complainant/bornOn" in places else intake.born_on,
        recognition_marks=() if "/recognitionMarks" in places else intake.recognition_marks,
    )
    wrong = {name: each for name, each in _known_words(procedure).items() if f"/{to_camel(name)}" in places}
    words: dict[str, list[Any]] = {name: each if name == "channel" else [None, *each] for name, each in wrong.items()}
    tries = max(map(len, words.values()), default=1)
    return [replace(whole, **{name: each[at % len(each)] for name, each in words.items()}) for at in range(tries)]


def role_faults(procedure: Procedure, subject_role: str | None) -> Iterator[Fault]:
    """Whom it is about is named by a role of the procedure: another would open no stage, and nobody would see why."""
    yield from _known("/subjectRole", subject_role, [role.role for role in procedure.roles])


def kinds(procedure: Procedure) -> tuple[str, ...]:
    """What may come in under this procedure."""
    by_channel = {rule.counts_as for rule in procedure.intake.channels}
    outside = ["out_of_scope"] if procedure.intake.out_of_scope else []
    return tuple(dict.fromkeys([*procedure.intake.kinds, *sorted(by_channel), *outside]))


def counts_otherwise(procedure: Procedure, channel: str, kind: str) -> bool:
    """Whether the procedure tells this kind by its channels, and that channel is none of them (KK-03)."""
    telling = {rule.channel for rule in procedure.intake.channels if rule.counts_as == kind}
    return kind != "complaint" and bool(telling) and channel not in telling


def received_as_complaint(pointer: str, channel: str, kind: str) -> Fault:
    """What `counts_otherwise` finds, as it is told; also of what came in already."""
    sentence = f"under this procedure what comes in by {channel} is a complaint, and no {kind}"
    return Fault(pointer, "received-as-complaint", sentence)


def _known(pointer: str, value: str | None, allowed: list[str]) -> Iterator[Fault]:
    if value is not None and value not in allowed:
        yield Fault(pointer, "not-in-procedure", f"one of: {', '.join(allowed)}")


def as_possible(intake: Intake, now: datetime) -> Intake:
    """As if it came in now, where it cannot have come in then: of a slip in the year nothing else follows."""
    return replace(intake, received_at=now) if in_the_future(intake.received_at, now) else intake


def day_faults(intake: Intake, now: datetime) -> Iterator[Fault]:
    """Days that cannot be, whatever the procedure says."""
    if in_the_future(intake.received_at, now):
        yield Fault("/receivedAt", "in-the-future", "a complaint is not recorded before it was received")
    intake = as_possible(intake, now)
    if intake.conduct_on is not None and intake.conduct_on > local_date(intake.received_at):
        yield Fault("/conductOn", "after-receipt", "the conduct lies after the receipt of the complaint")
    if intake.born_on is not None and intake.born_on > local_date(intake.received_at):
        yield Fault("/complainant/bornOn", "after-receipt", "this day lies after the receipt of the complaint")


def _people(procedure: Procedure, intake: Intake) -> Iterator[Fault]:
    channel = channel_rule(procedure, intake.channel)
    if channel is not None and channel.received_by and "received_by" not in intake.given:
        yield Fault("/receivedBy", "required", "say who took the complaint down")
    if too_young(procedure, intake):
        rule = procedure.intake.minimum_age
        others = ", ".join(rule.otherwise) if rule else ""
        yield Fault(
            "/complainant/bornOn", "guardian-required", f"on behalf of a child this young, it is filed by: {others}"
        )


def too_young(procedure: Procedure, intake: Intake) -> bool:
    """SO-08: under the minimum age on the filing date, and filed by nobody else."""
    rule = procedure.intake.minimum_age
    return needs_guardian(procedure, intake) and rule is not None and intake.filed_by not in rule.otherwise


def needs_guardian(procedure: Procedure, intake: Intake) -> bool:
    """SO-08: under the minimum age on the filing date."""
    rule = procedure.intake.minimum_age
    if rule is None or intake.born_on is None or intake.born_on > local_date(intake.received_at):
        return False
    return age(intake.born_on, local_date(intake.received_at)) < rule.years


def is_minor(intake: Intake) -> bool | None:
    if intake.born_on is None:
        return None
    return age(intake.born_on, local_date(intake.received_at)) < 18


def channel_rule(procedure: Procedure, channel: str) -> ChannelRule | None:
    return next((rule for rule in procedure.intake.channels if rule.channel == channel), None)


def complainant_rule(procedure: Procedure, complainant_type: str | None) -> Complainant | None:
    return next((rule for rule in procedure.intake.complainants if rule.type == complainant_type), None)


def kind_of(procedure: Procedure, intake: Intake) -> str:
    """What it counts as: out of scope by its category, else as said or as its channel says (KK-03, SO-04, HSS-07)."""
    if intake.category in {each.category for each in procedure.intake.out_of_scope}:
        return "out_of_scope"
    rule = channel_rule(procedure, intake.channel)
    by_channel = rule.counts_as if rule else "complaint"
    if intake.kind is None or (by_channel != "complaint" and intake.kind == "complaint"):
        return by_channel
    return intake.kind


def authority_missing(procedure: Procedure, intake: Intake) -> bool:
    """SO-01: a proxy shows a written authority; without one the complaint is kept and marked incomplete."""
    filer = complainant_rule(procedure, intake.filed_by) or complainant_rule(procedure, intake.complainant_type)
    return filer is not None and filer.authority and not intake.authority_shown
