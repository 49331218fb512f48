"""What a body sends: the case that it opens, and what it did in it."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from app.api.schemas.attachments import NAMED, file_form
from app.api.schemas.committee import BindingOn, Ground, Reference, Verdict
from app.api.schemas.escalation_steps import OrderedMeasure
from app.api.schemas.step import Consent
from app.api.schemas.ways import one_of
from app.api.schemas.words import example
from app.api.values import ApiModel, BlankIsNone, Id, LocalDate, Said, Slug, Text, at_most
from app.domain.ids import as_written

Told = Annotated[Text, at_most(40)]
FILE_FORM = file_form(NAMED)
FILE_FORM_EXAMPLE: dict[str, Any] = {"file": "(the bytes of Uitspraak.pdf)"}


class ConsentGiven(ApiModel):
    """The complainant agrees that the body asks the organisation for the dossier."""

    given_on: LocalDate
    form: Consent
    statement: Said = Field(description="The words with which the complainant agreed")


class CaseOpening(BlankIsNone):
    """A complainant came to the body itself, with the code of the complaint or with its reference."""

    model_config = example(
        {
            "code": "K7QF-2M9D-XW4T-8RHN",
            "consent": {"givenOn": "2026-06-12", "form": "written", "statement": "Ik vind het goed."},
            "requestedRelief": "Een nieuwe training en een excuus.",
            "bodyReference": "2026-0117",
            "dossierDueOn": "2036-07-01",
        }
    )

    code: Told | None = Field(None, description="The complainant's code; else organisation and reference")
    organisation: Slug | None = None
    reference: Told | None = Field(None, description="Of the complaint, as the complainant has it")
    consent: ConsentGiven
    requested_relief: Text | None = None
    body_reference: Reference | None = Field(None, description="The body's own reference")
    dossier_due_on: LocalDate | None = Field(
        None,
        description="Until when the body asks for the dossier; else ten working days, or as the procedure has it",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self, {"Give code, or organisation and reference.": (["code"], ["organisation", "reference"])})
        return self

    @property
    def identified_by(self) -> str:
        return "reference" if self.code is None else "code"

    @property
    def known(self) -> tuple[str, ...]:
        """What finds the complaint."""
        if self.code is not None:
            return (as_written(self.code),)
        return str(self.organisation), str(self.reference).strip().upper()


class CaseAcknowledgement(BlankIsNone):
    """The body has the case."""

    model_config = example({"bodyReference": "2026-0117"})

    body_reference: Reference | None = Field(None, description="The body's own reference")


class CaseDeclination(ApiModel):
    """The body does not take the case, and says why."""

    model_config = example({"ground": "not_competent", "reasons": "Dit gaat over een ander reglement."})

    ground: Ground
    reasons: Said


class CaseInquiry(ApiModel):
    """A question to the organisation, to be answered by a day."""

    model_config = example({"question": "Wanneer is de training verzet?", "dueOn": "2036-07-01"})

    question: Said
    due_on: LocalDate


class HearingSet(BlankIsNone):
    """The day of the hearing. Another one moves it, and the terms that are counted back from it."""

    model_config = example({"scheduledOn": "2036-08-20", "place": "Utrecht, om 10.00 uur"})

    scheduled_on: LocalDate
    place: Annotated[Text, at_most(500)] | None = Field(None, description="Where and at what time")


class CaseDecisionSent(BlankIsNone):
    """The decision, as data. Files that go with it are added first. Without `bindingOn` the procedure says whom."""

    model_config = example(
        {
            "verdict": "partially_upheld",
            "decidedOn": "2026-06-16",
            "reasons": "De training is zonder bericht verzet.",
            "findings": "De klacht over het bericht is gegrond.",
            "advice": "Bevestig een wijziging schriftelijk.",
            "bindingOn": ["organisation", "complainant"],
            "measures": [{"description": "Een nieuwe training.", "dueOn": "2036-10-01"}],
            "publication": True,
        }
    )

    verdict: Verdict
    decided_on: LocalDate
    reasons: Said
    findings: Text | None = None
    advice: Text | None = None
    binding_on: BindingOn | None = None
    measures: Annotated[list[OrderedMeasure], Field(max_length=50)] = Field(
        [], description="What it orders: measures and payments, each with its last day"
    )
    attachments: Annotated[list[Id], Field(max_length=50)] = Field([], description="Files of this case")
    due_on: LocalDate | None = Field(None, description="Until when the organisation says what it does with it")
    publication: bool = Field(False, description="The body publishes it")
    publication_copy: Id | None = Field(None, description="The file that is published, without names")


class CaseSettlement(ApiModel):
    """The parties settled it before the body."""

    model_config = example({"terms": "De training wordt kosteloos opnieuw gegeven."})

    terms: Said


class CaseWithdrawal(ApiModel):
    """The complainant took the case back, or the body gave it up."""

    model_config = example({"by": "complainant", "reasons": "Ik ga niet verder met de klacht."})

    by: Literal["complainant", "body"]
    reasons: Said = Field(description="The words of whoever withdraws it")


class DossierRequest(ApiModel):
    """Asks the organisation for the dossier of a case that the body opened itself."""

    model_config = example({"dueOn": "2036-07-01"})

    due_on: LocalDate | None = Field(
        None, description="The last day; else ten working days, or as the procedure has it"
    )


_TEXTS = frozenset({"reasons", "findings", "advice", "question", "place", "terms", "body_reference"})


def said_of(sent: ApiModel) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was sent, split into facts for the rules and texts for people."""
    values = sent.model_dump(mode="json", exclude_none=True)
    measures = values.pop("measures", [])
    texts = {name: value for name, value in values.items() if name in _TEXTS}
    facts = {name: value for name, value in values.items() if name not in texts and value is not False}
    if measures:
        texts["measures"] = [each.pop("description") for each in measures]
        facts["measures"] = measures
    if facts.get("by") == "complainant":
        texts["words"] = texts["reasons"]
    return facts, texts
