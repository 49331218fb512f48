"""What a body takes back or says differently in its case."""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic.alias_generators import to_camel

from app.api.schemas.committee import BindingOn, Ground, Verdict
from app.api.schemas.escalation_steps import AmountCents
from app.api.schemas.words import example
from app.api.values import ApiModel, Id, LocalDate, Said, fault
from app.services.committee_corrections import Correction

_CHANGED_OF = {
    "hearing": {"scheduled_on"},
    "decision": {"verdict", "decided_on", "binding_on", "due_on"},
    "ending": {"ground"},
    "measure": {"due_on", "amount_cents"},
}


class CaseChanges(ApiModel):
    """What should have been recorded. By what is corrected: a hearing its day, a declination its ground."""

    scheduled_on: LocalDate | None = None
    verdict: Verdict | None = None
    decided_on: LocalDate | None = None
    binding_on: BindingOn | None = None
    due_on: LocalDate | None = None
    ground: Ground | None = None
    amount_cents: AmountCents | None = None


class CaseCorrection(ApiModel):
    """The body recorded something wrongly: it stays, and is read as corrected from now on.

    The last one of its kind is meant; of the measures the one that `measure` names. A decision is changed and not
    annulled; an ending that is annulled opens the case again.
    """

    model_config = example(
        {"corrects": "decision", "changes": {"verdict": "upheld"}, "reasons": "In de brief staat gegrond."}
    )

    corrects: Literal["hearing", "decision", "ending", "measure"]
    measure: Id | None = Field(None, description="Which measure: its id in the case")
    changes: CaseChanges | None = None
    annul: bool = False
    reasons: Said

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.corrects == "measure") is (self.measure is None):
            lacks, besides = (["measure"], []) if self.measure is None else ([], ["measure"])
            sentence = "A correction of a measure names it, and no other does."
            raise fault("which-measure", sentence, lacks=lacks, besides=besides)
        changed = set(self.changes.model_dump(exclude_none=True)) if self.changes else set()
        if other := sorted(to_camel(name) for name in changed - _CHANGED_OF[self.corrects]):
            besides = [f"changes/{name}" for name in other]
            raise fault("not-of-this", f"This has no {', '.join(other)} to correct.", lacks=[], besides=besides)
        return self

    @property
    def said(self) -> Correction:
        changes = self.changes.model_dump(mode="json", exclude_none=True) if self.changes else {}
        return Correction(self.corrects, changes, self.annul, self.reasons, self.measure)
