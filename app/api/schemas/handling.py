"""What is sent while a complaint is handled."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.api.schemas.step import Consent, Sending, StepIn
from app.api.schemas.words import Word, example
from app.api.values import VISIBLE, Id, LocalDate, Said, Text, at_most, fault
from app.domain import vocabulary as word


class Acknowledgement(Sending):
    """The acknowledgement of receipt."""

    model_config = example(
        {
            "form": "email",
            "contents": ["receipt_date"],
            "text": "Wij hebben uw klacht ontvangen. Binnen 4 weken hoort u van ons.",
        }
    )


class HandOver(StepIn):
    """The complaint was handed over to those who handle it."""

    model_config = example({"form": "conversation", "note": "Bij de directie neergelegd."})

    form: word.Channel | None = None


class Forwarding(Sending):
    """The complaint was sent on to where it belongs."""

    model_config = example({"form": "email", "recipient": "De gemeente Voorbeeldstad"})

    recipient: Annotated[Text, at_most(500), VISIBLE]


class Assignment(StepIn):
    """Who handles the complaint in this stage."""

    model_config = example({"staffId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71"})

    staff_id: Id


class Promotion(StepIn):
    """A signal or enquiry became a complaint; `occurredAt` is when that complaint was received.

    It stays under the version of the procedure that was in force when the signal came in. What was a complaint before,
    and was called a signal in between, keeps its receipt, its stage and its terms.
    """

    model_config = example(
        {
            "form": "email",
            "ground": "unsatisfactory",
            "description": "Het gesprek heeft niets opgelost; ik dien hierbij een klacht in.",
        }
    )

    form: word.Channel | None = None
    ground: Word | None = None
    description: Text | None = Field(None, description="The complaint, where it was put in new words")


class Reclassification(StepIn):
    """It turned out to be of another kind. A complaint after all keeps its original day of receipt (HSS-08).

    For whoever gives the answer of the stage, and only what the procedure knows. Where its channels tell a signal from
    a complaint, what came in by one of the others is no signal (KK-03).
    """

    model_config = example(
        {"to": "complaint", "reasons": "Het gaat niet om de kosten zelf maar om hoe ernaar is gevraagd."}
    )

    to: word.Kind
    category: Word | None = None
    reasons: Said


class SubjectNotice(Sending):
    """The person complained about was informed."""

    model_config = example({"form": "email", "text": "Er is een klacht ontvangen die ook over uw werk gaat."})


class AgreedRoute(StepIn):
    """How the complaint will be handled, as agreed with the complainant (SO-25)."""

    model_config = example({"route": "mediation_talk", "description": "Eerst een gesprek met z'n drieën."})

    route: Word
    description: Text | None = None


class AdmissibilityDecision(Sending):
    """Whether the complaint is handled. `notified` says that the notice to the complainant went out with it.

    What happened on a day that is known is not declined as too old or too late where that day says otherwise.
    """

    model_config = example(
        {
            "decision": "decline",
            "ground": "too_old",
            "reasons": "Het gebeurde langer dan een jaar geleden.",
            "notified": True,
            "form": "email",
        }
    )

    decision: Literal["handle", "decline"]
    ground: Word | None = None
    reasons: Text | None = None
    earlier_complaint: Annotated[Text, at_most(40)] | None = None
    override_reason: Text | None = None
    notified: bool = False
    review_on: LocalDate | None = Field(None, description="When to look again, as with criminal proceedings (SO-15)")


class InadmissibilityNotice(Sending):
    """The complainant was told that the complaint is not handled."""

    model_config = example({"form": "post", "reasons": "Het gebeurde langer dan een jaar geleden."})

    reasons: Said


class InformationRequest(Sending):
    """Somebody was asked for information. Whether the clock stands still is for the procedure to say."""

    model_config = example(
        {"party": "complainant", "form": "email", "question": "Op welke dag was de afspraak?", "answerBy": "2026-05-08"}
    )

    party: word.Party = "complainant"
    question: Text | None = None
    answer_by: LocalDate | None = None
    cause: Literal["information", "repair"] = "information"


class InformationAnswer(StepIn):
    """The information came. `completes`: an incomplete complaint is whole now."""

    model_config = example({"party": "complainant", "answer": "Op maandag 20 april."})

    party: word.Party = "complainant"
    answer: Text | None = None
    completes: bool = False


class Hearing(StepIn):
    """A party was heard; or, with `scheduledOn`, a hearing was planned."""

    model_config = example(
        {"party": "complainant", "form": "phone", "note": "De klager licht de klacht toe en wil excuses."}
    )

    party: word.Party = "complainant"
    form: word.Channel | None = None
    scheduled_on: LocalDate | None = None
    absent: bool = Field(False, description="Invited, and did not come or did not want to")

    @model_validator(mode="after")
    def _was_or_will_be(self) -> Self:
        if self.absent and self.scheduled_on is not None:
            sentence = "Nobody was absent yet from a hearing that is planned."
            raise fault("not-both", sentence, lacks=[], besides=["absent"])
        return self


class BoardConsultation(StepIn):
    """The complaint was discussed with the board (KK-17)."""

    model_config = example({"note": "Met de directie besproken: kosten worden vergoed."})


class AdviceRequest(StepIn):
    """Advice was asked, for instance of a committee."""

    model_config = example({"party": "committee"})

    party: word.Party = "committee"


class Advice(StepIn):
    """The advice came."""

    model_config = example({"advice": "De commissie adviseert de klacht gegrond te verklaren."})

    advice: Said


class Mediation(StepIn):
    """Mediation began."""

    model_config = example({"consent": "written"})

    consent: Consent | None = None


class MediationEnding(StepIn):
    """Mediation ended."""

    model_config = example({"outcome": "unresolved"})

    outcome: Literal["resolved", "unresolved"]


class Waiver(StepIn):
    """A step is skipped, with a reason (X-09)."""

    model_config = example({"step": "hear_complainant", "reasons": "De klager wil niet gehoord worden."})

    step: Word
    ground: Word | None = Field(None, description="One of the procedure's own grounds, where it names them")
    reasons: Said
