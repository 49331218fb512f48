"""What is sent about the people in a case, and for the register."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from app.api.schemas.filings import Person, Somebody
from app.api.schemas.step import StepIn
from app.api.schemas.words import Word, example
from app.api.values import VISIBLE, Id, Kept, LocalDate, Said, Text, VisibleName, at_most, fault
from app.domain import vocabulary as word
from app.domain.text import shows


class Involvement(StepIn):
    """An employee is involved in the complaint: from now on they neither handle nor see it.

    Declared by mistake: a colleague, who is not involved, annuls it by a correction. Of a complaint that was registered
    twice (closed as a `duplicate`) it holds for both, whichever it is said of; so does the correction.
    """

    model_config = example(
        {"staffId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71", "reasons": "Gaf de training waar de klacht over gaat."}
    )

    staff_id: Id
    reasons: Text | None = None


class PartyIn(StepIn):
    """Somebody joins the case."""

    model_config = example({"role": "support_person", "person": {"name": "Robin Proef", "email": "robin@example.org"}})

    role: Literal["complainant", "representative", "affected_person", "subject_of_complaint", "support_person"]
    person: Somebody
    type: word.ComplainantType | None = Field(
        None, description="What a representative is; without it, or where no rule names it, the strictest counts"
    )
    authority: bool = Field(False, description="A written authority was shown")

    @model_validator(mode="after")
    def _of_a_representative(self) -> Self:
        besides = [name for name in ("type", "authority") if getattr(self, name) and self.role != "representative"]
        if besides:
            raise fault("not-here", "Type and authority are a representative's.", lacks=[], besides=besides)
        return self


class PartyRemoval(StepIn):
    """Somebody leaves the case."""

    model_config = example({"partyId": "01990a5c-7a54-4c53-9a1f-2b3c4d5e6f73"})

    party_id: Id


class ComplainantChange(Person):
    """What is different about the complainant; what is left out or blank stays, null takes it away.

    What the procedure asks for when a complaint comes in is not taken away.
    """

    model_config = example({"email": None, "phone": "020 000 0000"})

    @field_validator("*", mode="after")
    @classmethod
    def _blank_is_none(cls, value: Any, info: ValidationInfo) -> Any:
        """Here a null says something, and a blank does not."""
        return value

    @property
    def said(self) -> dict[str, Any]:
        """What is told anew."""
        sent = self.model_dump(mode="json", exclude_none=True)
        return {name: value for name, value in sent.items() if shows(value)}

    @property
    def taken_away(self) -> tuple[str, ...]:
        return tuple(sorted(name for name in self.model_fields_set if getattr(self, name) is None))


class RegisterUpdate(StepIn):
    """Fields of the register, filled in or changed; what the complainant wrote is never changed (HSS-20).

    What is left out stays. Only what is known of the complainant can be emptied: other nulls are refused, and blanks.
    """

    model_config = example({"category": "planning", "responsibleEmployee": "Medewerker planning"})

    further_description: Kept[Said] = None
    category: Kept[Word] = None
    subject_role: Kept[Word] = Field(
        None, description="A role of the procedure. Opens no other stage: that takes a correction of what came in"
    )
    conduct_on: Kept[LocalDate] = None
    interest: Kept[word.Interest] = None
    location: Kept[Annotated[Text, at_most(500), VISIBLE]] = None
    products: Kept[Annotated[Text, at_most(500), VISIBLE]] = None
    responsible_employee: Kept[VisibleName] = None
    requested_relief: Kept[Said] = None
    received_by: Kept[VisibleName] = None
    handling_method: Kept[Said] = None
    conversation_summary: Kept[Said] = None
    improvements: Kept[Said] = None
    follow_up: Kept[Said] = None
    compensation: Kept[Said] = Field(None, description="What was paid or given to make up for it, in words")
    complainant: Kept[ComplainantChange] = None
    urgent: Kept[bool] = None
    complex: Kept[bool] = None
    safety_at_risk: Kept[bool] = None
    damage_claimed: Kept[bool] = None
    manifestly_unfounded: Kept[bool] = None
    committee_advises: Kept[bool] = None
