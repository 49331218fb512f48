"""A procedure that is sent to be judged, compared or published, and what is told about it."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from app.api.schemas.ways import one_of
from app.api.schemas.words import Bilingual, Word, example
from app.api.values import Answer, ApiModel, Text
from app.domain.difference import Difference
from app.domain.errors import Fault
from app.domain.survey import Question
from app.services.procedures import Given
from app.services.trials import Judgement

_DEFINITION = "In the words of the procedure language, described by /v1/schemas/procedure.json"
Document = Annotated[dict[str, Any], Field(description=_DEFINITION)]
Yaml = Annotated[Text, Field(max_length=65_536, description="The same as YAML text, at most 64 KiB")]

# The smallest one: from whom and how a complaint comes in, who answers it by when, and how long it is kept.
PROCEDURE = """\
procedure: voorbeeld
title: Klachtenregeling Voorbeeld
effective_from: 2037-01-01
roles:
  - {role: complaints_officer, title: klachtenfunctionaris}
intake:
  complainants: [{type: customer, title: klant}]
  channels: [{channel: email}]
stages:
  - stage: handling
    kind: formal
    title: behandeling van de klacht
    handled_by: complaints_officer
    opens_on: [{event: complaint.received}]
    answer: {event: decision.sent}
    duties:
      - duty: decide
        title: de beslissing op de klacht
        within: {amount: 6, unit: weeks}
        after: complaint.received
        met_by: [decision.sent]
retention: {minimum: {amount: 1, unit: years}, maximum: {amount: 2, unit: years}, after: complaint.closed, then: erase}
"""


class DocumentIn(ApiModel):
    """A procedure as JSON (`document`) or as YAML text (`yaml`); one of the two."""

    document: Document | None = None
    yaml: Yaml | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self, {"Give document or yaml, one of the two.": (["document"], ["yaml"])})
        return self

    @property
    def given(self) -> Given:
        return Given(document=self.document, yaml=self.yaml)


class ValidateIn(DocumentIn):
    """A procedure to be judged: as JSON (`document`) or as YAML text (`yaml`)."""

    model_config = example({"yaml": "procedure: voorbeeld\ntitle: Klachtenregeling Voorbeeld\n"})


class PublishIn(DocumentIn):
    """The next version: as JSON (`document`) or as YAML text (`yaml`). A later one begins tomorrow at the earliest."""

    model_config = example({"yaml": PROCEDURE})


class ProcedureIn(ApiModel):
    """A procedure: one that was published (by id, with or without version), or a document that was not."""

    document: Document | None = None
    yaml: Yaml | None = None
    procedure: Word | None = Field(None, description="A published one; without `version` the one in force now")
    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(
            self,
            {
                "Give document, yaml or procedure, one of the three.": (["document"], ["yaml"], ["procedure"]),
                "A version goes with a procedure.": (["procedure", "version"], ["procedure"], []),
            },
        )
        return self

    @property
    def given(self) -> Given:
        return Given(self.document, self.yaml, self.procedure, self.version)


class DiffIn(ApiModel):
    """Two procedures, or two versions of one."""

    model_config = example({"old": {"procedure": "jso", "version": 1}, "new": {"procedure": "jso", "version": 2}})

    old: ProcedureIn
    new: ProcedureIn


class FaultAnswer(Answer):
    """One thing that is wrong: `pointer` leads into the document."""

    pointer: str
    code: str
    message: str


class QuestionAnswer(Answer):
    """What a careful reader would ask; no verdict."""

    code: str
    pointer: str
    text: Bilingual


class JudgementAnswer(Answer):
    """Whether it is a procedure, what keeps it from coming into force, and what a careful reader would ask."""

    model_config = example(
        {
            "valid": False,
            "faults": [{"pointer": "/effective_from", "code": "missing", "message": "This is missing."}],
            "publishable": False,
            "activationFaults": [],
            "questions": [],
        }
    )

    valid: bool
    faults: list[FaultAnswer]
    publishable: bool = Field(description="Valid, and nothing keeps it from coming into force")
    activation_faults: list[FaultAnswer]
    questions: list[QuestionAnswer]


def fault_answer(found: Fault) -> FaultAnswer:
    return FaultAnswer(pointer=found.pointer, code=found.code, message=found.message)


def judgement_answer(judgement: Judgement) -> JudgementAnswer:
    return JudgementAnswer(
        valid=not judgement.faults,
        faults=[fault_answer(each) for each in judgement.faults],
        publishable=not (judgement.faults or judgement.activation_faults),
        activation_faults=[fault_answer(each) for each in judgement.activation_faults],
        questions=[_question(each) for each in judgement.questions],
    )


def _question(asked: Question) -> QuestionAnswer:
    return QuestionAnswer(code=asked.code, pointer=asked.pointer, text=Bilingual(nl=asked.nl, en=asked.en))


class DifferenceAnswer(Answer):
    """One change. The pointer leads into the new document; for what was removed, into the old one."""

    pointer: str
    kind: Literal["added", "removed", "changed"]
    text: Bilingual


class DiffAnswer(Answer):
    """Every change, in the order of the new one; empty when both say the same."""

    model_config = example(
        {
            "items": [
                {
                    "pointer": "/stages/0/duties/1/within",
                    "kind": "changed",
                    "text": {
                        "nl": "De termijn voor de eerste reactie gaat van 5 naar 7 werkdagen.",
                        "en": "The period for the first response goes from 5 to 7 working days.",
                    },
                }
            ]
        }
    )

    items: list[DifferenceAnswer]


def diff_answer(found: Iterable[Difference]) -> DiffAnswer:
    return DiffAnswer(
        items=[
            DifferenceAnswer(pointer=each.pointer, kind=each.kind, text=Bilingual(nl=each.nl, en=each.en))
            for each in found
        ]
    )
