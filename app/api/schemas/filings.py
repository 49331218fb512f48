"""What comes in: a complaint, signal or enquiry as it is filed."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from app.api.schemas.words import Word, example
from app.api.values import (
    Answer,
    ApiModel,
    BlankIsNone,
    EmailAddress,
    Id,
    Instant,
    LocalDate,
    Name,
    Said,
    Text,
    at_most,
    fault,
)
from app.domain import vocabulary as word
from app.domain.calendar import local_date
from app.domain.errors import Fault
from app.domain.intake import Intake, given_of
from app.domain.text import shows
from app.services.complaints import Filing
from app.services.steps import party

Short = Annotated[Text, at_most(500)]
Words = Annotated[list[Word], Field(max_length=20)]
Circumstances = Annotated[list[word.GroundTest], Field(max_length=13)]


FILING: dict[str, Any] = {
    "channel": "email",
    "receivedAt": "2026-04-24T12:00:00+02:00",
    "description": "De training ging niet door en niemand liet iets weten.",
    "complainant": {"name": "Voorbeeld Klant", "email": "klant@example.org"},
    "complainantType": "customer",
    "category": "planning",
}


class Person(BlankIsNone):
    """Somebody in the case. Give what you have; the procedure says what is asked. What is blank is not given."""

    name: Name | None = None
    organisation: Name | None = None
    email: EmailAddress | None = None
    phone: Annotated[Text, at_most(40)] | None = None
    address: Short | None = None
    postal_code: Annotated[Text, at_most(16)] | None = None
    city: Name | None = None
    relation: Name | None = Field(None, description="To the complainant or to the organisation, in words")

    @property
    def known(self) -> dict[str, Any]:
        """What is known of them."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def is_somebody(self) -> bool:
        """Whether anything says who they are."""
        return not Person.model_fields.keys().isdisjoint(self.known)


def _somebody(person: Person) -> Person:
    if not person.is_somebody:
        raise fault(
            "blank", "Say who this is: a name, an organisation, or how to reach them.", lacks=["name"], besides=[]
        )
    return person


Somebody = Annotated[Person, AfterValidator(_somebody)]


class Filer(Person):
    """The complainant."""

    born_on: LocalDate | None = Field(None, description="Only asked where a procedure has a minimum age")


class RepresentativeIn(Person):
    """Who files on behalf of the complainant."""

    type: word.ComplainantType
    authority: bool = Field(False, description="A written authority was shown")


Representing = Annotated[RepresentativeIn, AfterValidator(_somebody)]


class Settlement(ApiModel):
    """How it was settled on the spot."""

    how: Said


class ComplaintFiling(BlankIsNone):
    """What is filed.

    A website's key files by web form, now: it may set no other `channel` than `web_form`, and none of `receivedAt`,
    `receivedBy`, `lateRegistrationReason`, `interest`, `resolvedAtOnce`, `kind`, `committeeAdvises` and `urgent`.
    To send the default of a field is the same as to leave it out.
    """

    model_config = example(FILING)

    description: Annotated[Text, Field(description="In the complainant's own words; kept unchanged (HSS-20)")]
    procedure: Word | None = Field(None, description="Only needed where the organisation has more than one")
    kind: word.Kind | None = Field(None, description="Left out: what the procedure says for this channel")
    draft: Id | None = Field(None, description="The draft that this completes; it counts as received when that came in")
    channel: word.Channel = "web_form"
    received_at: Instant | None = Field(None, description="Left out: now. May be earlier, never in the future")
    late_registration_reason: Text | None = Field(
        None, description="Why an earlier receipt is registered only now (X-02)"
    )
    further_description: Text | None = None
    category: Word | None = None
    complainant_type: word.ComplainantType | None = None
    complainant: Filer | None = None
    filed_by: Representing | None = None
    affected_person: Person | None = None
    subject_person: Person | None = None
    support_person: Person | None = None
    subject_kind: Word | None = None
    subject_role: Word | None = Field(None, description="The role, in the procedure, of whom the complaint is about")
    conduct_on: LocalDate | None = Field(None, description="The day of the conduct, or on which the complaint arose")
    location: Short | None = Field(None, description="Where it happened, in words")
    products: Short | None = None
    responsible_employee: Name | None = None
    requested_relief: Text | None = None
    received_by: Name | None = Field(None, description="Who took down an oral complaint")
    interest: word.Interest | None = None
    anonymous: bool = False
    urgent: bool = False
    committee_advises: bool = False
    circumstances: Circumstances = Field([], description="What the complainant says applies, named as the grounds are")
    earlier_complaint: Annotated[Text, at_most(40)] | None = Field(None, description="Reference of an earlier one")
    recognition_marks: Words = Field([], description="HSS-06")
    complex: bool = False
    safety_at_risk: bool = False
    damage_claimed: bool = False
    manifestly_unfounded: bool = False
    resolved_at_once: Settlement | None = None


_FORM_MAY_NOT = (
    "channel",
    "received_at",
    "received_by",
    "late_registration_reason",
    "interest",
    "resolved_at_once",
    "kind",
    "committee_advises",
    "urgent",
)


def not_for_forms(sent: Any) -> list[Fault]:
    """A website's form sets no date, status or channel: each field of these that it sets.

    `sent`: the JSON as it came, so that these are told together with what else is wrong with it.
    Generated clients send the defaults of the contract: those set nothing.
    """
    if not isinstance(sent, dict):
        return []
    fields = [ComplaintFiling.model_fields[name] for name in _FORM_MAY_NOT]
    return [
        Fault(f"/{field.alias}", "not-for-forms", "a form does not set this")
        for field in fields
        if sent.get(str(field.alias), field.default) != field.default
    ]


def filing_of(sent: ComplaintFiling, now: datetime) -> Filing:
    """What was sent, split into what the rules look at and what people wrote."""
    parties = _parties(sent)
    return Filing(
        intake=_intake(sent, now),
        procedure=sent.procedure,
        facts=_facts(sent),
        texts={**_texts(sent), "parties": parties},
        resolution={"how": sent.resolved_at_once.how} if sent.resolved_at_once else None,
        back_dated=sent.received_at is not None and local_date(sent.received_at) < local_date(now),
    )


def _intake(sent: ComplaintFiling, now: datetime) -> Intake:
    return Intake(
        channel=sent.channel,
        received_at=sent.received_at or now,
        kind=sent.kind,
        category=sent.category,
        complainant_type=sent.complainant_type,
        subject_kind=sent.subject_kind,
        subject_role=sent.subject_role,
        born_on=sent.complainant.born_on if sent.complainant else None,
        filed_by=sent.filed_by.type if sent.filed_by else None,
        conduct_on=sent.conduct_on,
        resolved_at_once=sent.resolved_at_once is not None,
        authority_shown=bool(sent.filed_by and sent.filed_by.authority),
        recognition_marks=tuple(sent.recognition_marks),
        given=frozenset(_given(sent)),
    )


def _facts(sent: ComplaintFiling) -> dict[str, Any]:
    return {
        "interest": sent.interest,
        "anonymous": sent.anonymous or None,
        "urgent": sent.urgent or None,
        "committee_advises": sent.committee_advises or None,
        "represented": sent.filed_by is not None or None,
        "circumstances": list(sent.circumstances),
        "earlier_complaint": sent.earlier_complaint,
        **{name: True for name in _FLAGS if getattr(sent, name)},
    }


_FLAGS = ("complex", "safety_at_risk", "damage_claimed", "manifestly_unfounded")
_TEXTS = (
    "description",
    "further_description",
    "location",
    "products",
    "responsible_employee",
    "requested_relief",
    "received_by",
    "late_registration_reason",
)


def _texts(sent: ComplaintFiling) -> dict[str, Any]:
    return {name: value for name in _TEXTS if (value := getattr(sent, name)) is not None}


_PARTIES = {
    "complainant": "complainant",
    "filed_by": "representative",
    "affected_person": "affected_person",
    "subject_person": "subject_of_complaint",
    "support_person": "support_person",
}


def _parties(sent: ComplaintFiling) -> list[dict[str, Any]]:
    found = []
    for field, role in _PARTIES.items():
        person = getattr(sent, field)
        if person is not None and (known := person.known):
            found.append(party(role, known))
    return found


def _given(sent: ComplaintFiling) -> set[str]:
    """Which fields of the register were filled in."""
    given = {name for name, text in _texts(sent).items() if is_filled(text)} | {
        name for name in ("category", "conduct_on") if getattr(sent, name) is not None
    }
    given |= people_given(sent.complainant)
    return given


def is_filled(value: Any) -> bool:
    """Blanks fill nothing in."""
    return shows(value) if isinstance(value, str) else bool(value)


def people_given(person: Person | None) -> set[str]:
    """The register fields that this person fills in as complainant."""
    return set() if person is None else given_of(person.model_dump())


class PromisedTerm(Answer):
    """What is promised, and by when."""

    title: str
    due_on: LocalDate | None
    explanation: str


class SupportAnswer(Answer):
    name: str
    url: str | None
    free: bool


class Receipt(Answer):
    """What a website may show at once: the reference and what will happen by when; nothing about anyone (X-06)."""

    id: UUID
    reference: str
    received_at: Instant
    terms: list[PromisedTerm]
    support: list[SupportAnswer]
