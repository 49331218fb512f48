"""What is sent about the record of a complaint and what came of it."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.schemas.step import StepIn
from app.api.schemas.words import Word, example
from app.api.values import ApiModel, Instant, LocalDate, Said, Text
from app.domain import vocabulary as word


class CorrectedFacts(ApiModel):
    """What was recorded wrongly: of what such an event may say. Another change is refused (`not-of-this`)."""

    conduct_on: LocalDate | None = None
    until: LocalDate | None = None
    category: Word | None = None
    verdict: word.Verdict | None = None
    form: word.Channel | None = None
    complainant_type: word.ComplainantType | None = None
    subject_role: Word | None = None


class Correction(StepIn):
    """An event was recorded wrongly: it stays, and is read as corrected from now on (N).

    For whoever might record what it corrects. What came in is corrected by whoever keeps the register, or else handles
    the complaint; what the complainant did since by whoever handles the stage that it opened, or was in.
    """

    model_config = example(
        {"corrects": 1, "movedTo": "2026-04-23T16:30:00+02:00", "reasons": "De brief lag een dag eerder in de bus."}
    )

    corrects: Annotated[int, Field(ge=1, description="Sequence of the wrong event")]
    annul: bool = Field(False, description="It did not happen at all")
    moved_to: Instant | None = Field(None, description="When it really happened")
    changes: CorrectedFacts | None = None
    reasons: Said


class Measure(StepIn):
    """Something is changed because of the complaint."""

    model_config = example(
        {"target": "process", "description": "Afspraken worden een week vooraf bevestigd.", "dueOn": "2026-06-01"}
    )

    target: Literal["organisation", "employee", "process", "product"] = "organisation"
    description: Said
    due_on: LocalDate | None = None


class MeasureCompletion(StepIn):
    """A measure was carried out."""

    model_config = example({"measure": 9, "proof": "Staat sinds 28 mei in de werkwijze."})

    measure: Annotated[int, Field(ge=1, description="Sequence of the measure")]
    proof: Text | None = None


class RecurrenceReview(StepIn):
    """How to prevent another of these was considered (KK-34)."""

    model_config = example({"findings": "De planning krijgt een tweede paar ogen."})

    findings: Said


class ParallelRoute(StepIn):
    """The complainant uses a route beside the procedure; the dossier is held (KK-33)."""

    model_config = example({"route": "civil_court"})

    route: Word


class LegalHold(StepIn):
    """The dossier must be kept."""

    model_config = example({"reasons": "De zaak ligt bij de rechter."})

    reasons: Said


class LegalHoldRelease(StepIn):
    """The dossier need not be kept any longer."""

    model_config = example({"lifts": 7, "reasons": "De zaak is afgelopen."})

    lifts: Annotated[int, Field(ge=1, description="Sequence of the hold or the parallel route")]
    reasons: Text | None = None
