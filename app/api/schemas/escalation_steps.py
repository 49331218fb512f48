"""What is sent about a case with an external body: that it is brought, what is handed over, what came back."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.schemas.step import Consent, StepIn
from app.api.schemas.words import Word, example
from app.api.values import ApiModel, BlankIsNone, EmailAddress, Id, LocalDate, Name, Said, Text, at_most
from app.domain import vocabulary as word
from app.domain.escalation import Given
from app.domain.text import shows
from app.services.escalations import Asked
from app.services.handing_over import Dispatch, Handing
from app.services.sealing import PartGiven

Ids = Annotated[list[Id], Field(max_length=200)]
Reference = Annotated[Text, at_most(200)]
AmountCents = Annotated[int, Field(ge=1, le=100_000_000_000)]
_NOTHING_MORE = frozenset({"occurred_at", "on_behalf_of"})
_WRITTEN = frozenset(
    [
        *("note", "late_registration_reason", "text", "question", "reasons", "findings", "advice", "terms"),
        *("body_reference", "place"),
    ]
)


class NamedBody(BlankIsNone):
    """Which body it is, where that differs per complaint (BNW-13)."""

    type: Word | None = Field(None, description="One of the kinds that the procedure names")
    name: Name | None = None
    address: Annotated[Text, at_most(500)] | None = None
    email: EmailAddress | None = None


class PartIn(StepIn):
    """What goes along, beside what always does."""

    text: Text | None = Field(None, description="What is said in this part")
    message_ids: Ids = Field([], description="Messages of the complaint that go along")
    attachment_ids: Ids = Field([], description="Files of the complaint that go along")
    released_notes: Ids = Field([], description="Internal notes that are released, one by one")

    @property
    def part(self) -> PartGiven:
        return PartGiven(
            text=self.text,
            message_ids=tuple(self.message_ids),
            attachment_ids=tuple(self.attachment_ids),
            released_notes=tuple(self.released_notes),
            refers_to=getattr(self, "question", None) or getattr(self, "measure", None),
        )


class EscalationRequest(PartIn):
    """The complaint goes to an external body: checked, and its dossier sealed, in one go."""

    model_config = example(
        {
            "body": "cmonet",
            "filedBy": "complainant",
            "consent": True,
            "consentForm": "written",
            "requestedRelief": "Een nieuwe training en een excuus.",
        }
    )

    body: Word = Field(description="As the procedure calls it")
    filed_by: Literal["complainant", "organisation"] = "complainant"
    opened_by: Literal["organisation", "body"] = Field(
        "organisation", description="`body`: it asked by letter for the dossier of a case that it has opened"
    )
    consent: bool = Field(False, description="The complainant agrees that the dossier goes there")
    consent_form: Consent | None = None
    consent_text: Text | None = Field(None, description="The words with which the complainant agreed")
    requested_relief: Text | None = Field(None, description="What the complainant asks of the body")
    named: NamedBody | None = None
    skip_reason: Text | None = Field(
        None, description="Why the stage before it is skipped, where the procedure lets it (`without_earlier_stage`)"
    )
    enclosed: Annotated[list[Word], Field(max_length=20)] = Field(
        [], description="What the body needs and goes along, like form or claim"
    )
    body_reference: Reference | None = Field(None, description="The body's own reference")
    dossier_due_on: LocalDate | None = Field(
        None,
        description="Until when the body asked for the dossier; else ten working days, or as the procedure has it",
    )

    def given(self) -> Given:
        enclosed = {*self.enclosed, *(["claim"] if self.requested_relief else [])}
        enclosed |= {"documents"} if self.message_ids or self.attachment_ids else set()
        named = self.named.model_dump(mode="json", exclude_none=True) if self.named else None
        enclosed |= {name for name in ("name", "address", "email") if (named or {}).get(name)}
        skips = bool(self.skip_reason and shows(self.skip_reason))
        return Given(self.filed_by, self.opened_by, self.consent, named, frozenset(enclosed), skips)

    def asked(self) -> Asked:
        return Asked(
            self.body,
            self.given(),
            relief=self.requested_relief,
            consent_form=self.consent_form,
            consent_text=self.consent_text,
            reference=self.body_reference,
            due_on=self.dossier_due_on,
            enclosed=tuple(self.enclosed),
            part=self.part,
            texts=texts_of(self, "note", "late_registration_reason", "skip_reason"),
            occurred_at=self.occurred_at,
            on_behalf_of=self.on_behalf_of,
        )


class EscalationDispatch(PartIn):
    """It was sent to the body, in one of its ways. What goes along counts when the dossier is sealed by this."""

    model_config = example({"channel": "post", "occurredAt": "2026-06-15T10:00:00+02:00"})

    channel: word.Dispatch | None = Field(None, description="Not needed with a messageId")
    message_id: Id | None = Field(None, description="The letter or mail by which it was sent: gives way and moment")
    part_number: Annotated[int, Field(ge=0, le=10_000)] = Field(0, description="Which part; 0: the dossier")

    def dispatch(self) -> Dispatch:
        return Dispatch(
            self.channel,
            self.occurred_at,
            self.message_id,
            self.part_number,
            self.part,
            texts_of(self, "note", "late_registration_reason"),
            self.on_behalf_of,
        )


class EscalationSubmission(PartIn):
    """An answer to a question of the body, the defence, or documents; sealed as a part of its own."""

    model_config = example({"kind": "defence", "text": "Wij hebben de afspraak tijdig bevestigd.", "form": "post"})

    kind: Literal["answer", "defence", "documents"]
    question: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Sequence of the question; not needed when one is open"
    )
    form: word.Channel | None = Field(None, description="How it was told, beside the API")


class EscalationSupplement(PartIn):
    """Something is added to the dossier, as a part of its own: what was sealed before stays as it was."""

    model_config = example({"text": "Nagekomen: de bevestiging van de planning."})


class EscalationDecisionAnswer(PartIn):
    """What the organisation does with the decision of the body, told to it and to the complainant."""

    model_config = example({"text": "Wij nemen het advies over.", "form": "email"})

    form: word.Channel | None = None


class MeasureProof(PartIn):
    """A measure that the decision orders was carried out; the proof is a part that the body can read."""

    model_config = example({"measure": 14, "text": "De nieuwe training was op 2 september."})

    measure: Annotated[int, Field(ge=1, description="Sequence of the measure")]


class EscalationAcknowledgement(StepIn):
    """The body has it."""

    model_config = example({"form": "post", "bodyReference": "2026-0117"})

    form: word.Channel | None = None
    body_reference: Reference | None = Field(None, description="The body's own reference")


class EscalationDeclination(StepIn):
    """The body does not take it: it is not competent, or the case is inadmissible.

    Of a body that works by API only the body itself says so (403).
    """

    model_config = example({"ground": "not_competent", "reasons": "Dit gaat over een ander reglement."})

    ground: Literal["not_competent", "inadmissible", "too_early", "too_late", "other"]
    reasons: Said
    form: word.Channel | None = None


class EscalationQuestion(StepIn):
    """The body asks the organisation something, before a day."""

    model_config = example({"question": "Wanneer is de training verzet?", "dueOn": "2026-07-01"})

    question: Said
    due_on: LocalDate | None = None
    form: word.Channel | None = None


class EscalationHearing(StepIn):
    """The body holds a hearing on that day. Another one moves it."""

    model_config = example({"scheduledOn": "2026-08-20", "place": "Utrecht"})

    scheduled_on: LocalDate
    place: Annotated[Text, at_most(500)] | None = None
    form: word.Channel | None = Field(None, description="How the body told it")


class OrderedMeasure(ApiModel):
    """Something that the decision orders: a measure, or a payment."""

    description: Said
    target: Literal["organisation", "employee", "process", "product"] = "organisation"
    due_on: LocalDate | None = None
    amount_cents: AmountCents | None = Field(None, description="Of a payment: how much, in euro cents")


class EscalationDecision(StepIn):
    """The decision of the body, as data. Without `bindingOn` it binds whom the procedure says.

    Of a body that works by API only the body itself says so (403).
    """

    model_config = example(
        {
            "verdict": "partially_upheld",
            "decidedOn": "2026-09-01",
            "reasons": "De training is zonder bericht verzet.",
            "findings": "De klacht over het bericht is gegrond.",
            "advice": "Bevestig een wijziging schriftelijk.",
            "bindingOn": ["organisation", "complainant"],
            "measures": [{"description": "Een nieuwe training.", "dueOn": "2026-10-01"}],
        }
    )

    verdict: word.Verdict
    decided_on: LocalDate | None = None
    reasons: Text | None = None
    findings: Text | None = None
    advice: Text | None = None
    binding_on: Annotated[list[word.BindingOn], Field(max_length=2)] | None = None
    measures: Annotated[list[OrderedMeasure], Field(max_length=50, description="What it orders")] = Field([])
    attachments: Ids = Field([], description="Files of the complaint: the decision itself, a copy to publish")
    due_on: LocalDate | None = Field(None, description="Until when the body wants to hear what is done with it")
    publication: bool = Field(False, description="The body publishes it")
    form: word.Channel | None = None


class EscalationSettlement(StepIn):
    """The parties settled it before the body.

    Of a body that works by API only the body itself says so (403).
    """

    model_config = example({"terms": "De training wordt kosteloos opnieuw gegeven."})

    terms: Said
    form: word.Channel | None = None


class EscalationWithdrawal(StepIn):
    """The case is withdrawn: by the complainant, in their own words, or by the body; ours only when we filed it.

    Of a body that works by API only the body itself says so (403).
    """

    model_config = example({"by": "complainant", "form": "email", "reasons": "Ik ga niet verder met de klacht."})

    by: Literal["complainant", "body", "organisation"]
    reasons: Said = Field(description="In the words of whoever withdraws it")
    form: word.Channel | None = None


def texts_of(sent: StepIn, *names: str) -> dict[str, Any]:
    """What people wrote, of these."""
    return {name: value for name in names if (value := getattr(sent, name)) is not None}


def handing_of(kind: str, sent: PartIn, event: str | None) -> Handing:
    """A later part as the services take it."""
    said = {name: getattr(sent, name, None) for name in ("form", "measure", "question")}
    facts = {name: value for name, value in said.items() if value is not None}
    texts = texts_of(sent, "text", "note", "late_registration_reason")
    return Handing(kind, sent.part, event, facts, texts, sent.occurred_at, sent.on_behalf_of)


def external_of(sent: StepIn) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a body did, split into facts and texts."""
    values = sent.model_dump(mode="json", exclude_none=True, exclude=set(_NOTHING_MORE))
    measures = values.pop("measures", [])
    texts = {name: value for name, value in values.items() if name in _WRITTEN}
    facts = {name: value for name, value in values.items() if name not in texts and value is not False}
    if measures:
        texts["measures"] = [each.pop("description") for each in measures]
        facts["measures"] = measures
    return facts, texts
