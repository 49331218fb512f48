"""Templates of letters: what is sent to save or try one, and what is told of them."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.api.schemas.procedure_checks import FaultAnswer
from app.api.schemas.ways import one_of
from app.api.schemas.words import Word, example
from app.api.values import ONE_LINE, VISIBLE, Answer, ApiModel, Filters, Instant, Text, at_most
from app.domain.letter import LETTERS, Language, LetterName, Paragraph, Template, provides
from app.domain.placeholders import PLACEHOLDERS
from app.domain.vocabulary import Content
from app.services.letter_previews import Preview
from app.services.letters import SHIPPED, Kept

_TEMPLATE: dict[str, Any] = {
    "procedure": "klikklaar",
    "letter": "acknowledgement",
    "language": "nl",
    "subject": "Wij hebben uw klacht ontvangen ({reference})",
    "paragraphs": [
        {"text": "Beste {recipient},", "says": []},
        {
            "text": "De behandeling duurt ten hoogste {handling_term}. U hoort dus uiterlijk {due_on} van ons.",
            "says": [],
        },
        {"text": "Wilt u hulp? Dan kunt u terecht bij {support?}.", "says": []},
        {"text": "Klagen is gratis.", "says": ["free_of_charge"]},
        {"text": "Met vriendelijke groet,\n{handler_title}\n{organisation}", "says": []},
    ],
}
SUMMARY: dict[str, Any] = {
    "id": "klikklaar.acknowledgement.nl.1",
    "procedure": "klikklaar",
    "letter": "acknowledgement",
    "language": "nl",
    "version": 1,
    "origin": "own",
    "inForce": True,
    "subject": "Wij hebben uw klacht ontvangen ({reference})",
    "createdAt": "2026-11-21T09:00:00Z",
    "createdBy": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71",
}
ANSWER: dict[str, Any] = {
    **SUMMARY,
    "step": "acknowledgements",
    "event": "complaint.acknowledged",
    "paragraphs": _TEMPLATE["paragraphs"],
    "provides": ["due_date", "free_of_charge", "handling_term", "reference", "support_offer"],
}
TEMPLATES: dict[str, Any] = {"items": [SUMMARY], "next": None, "prev": None}
PREVIEWED: dict[str, Any] = {**_TEMPLATE, "values": {"handling_term": "4 weken"}}
PREVIEW: dict[str, Any] = {
    "subject": "Wij hebben uw klacht ontvangen (VOOR-2X4K-9QTM)",
    "text": "Beste Sam Voorbeeld,\n\nDe behandeling duurt ten hoogste 4 weken.",
    "html": '<!DOCTYPE html>\n<html lang="nl">...</html>\n',
    "contents": ["handling_term", "reference"],
    "faults": [],
}
_PLACES = f"Placeholders in braces, with ? where the paragraph may be left out: {', '.join(PLACEHOLDERS)}"

Values = Annotated[dict[Annotated[str, Field(max_length=40)], Text], Field(max_length=len(PLACEHOLDERS))]
Subject = Annotated[Text, at_most(200), ONE_LINE, VISIBLE]


class ParagraphIn(ApiModel):
    """A paragraph. `says`: contents that it holds in words of its own, where no placeholder provides them."""

    text: Annotated[Text, at_most(4000), VISIBLE, Field(description=_PLACES)]
    says: Annotated[list[Content], Field(max_length=20)] = Field(default_factory=list)


class TemplateIn(ApiModel):
    """The next version of a template for one procedure. It is in force at once and stays as it is."""

    model_config = example(_TEMPLATE)

    procedure: Word
    letter: LetterName
    language: Language
    subject: Annotated[Subject, Field(description="One line without anything personal")]
    paragraphs: Annotated[list[ParagraphIn], Field(min_length=1, max_length=60)]

    @property
    def template(self) -> Template:
        return _template(self.letter, self.language, self.subject, self.paragraphs)


class PreviewIn(ApiModel):
    """A template to try: `subject` and `paragraphs`, or neither for the one in force. `values` stand over examples."""

    model_config = example(PREVIEWED)

    procedure: Word
    letter: LetterName
    language: Language
    subject: Subject | None = None
    paragraphs: Annotated[list[ParagraphIn], Field(min_length=1, max_length=60)] | None = None
    values: Values = Field(default_factory=dict, description="By placeholder; what is left out is an example")

    @model_validator(mode="after")
    def _both(self) -> Self:
        one_of(self, {"Give subject and paragraphs, or neither.": (["subject", "paragraphs"], [])}, code="both")
        return self

    @property
    def template(self) -> Template | None:
        """None: the one in force."""
        if self.subject is None or self.paragraphs is None:
            return None
        return _template(self.letter, self.language, self.subject, self.paragraphs)


def _template(letter: LetterName, language: Language, subject: str, paragraphs: list[ParagraphIn]) -> Template:
    parts = tuple(Paragraph(text=each.text, says=tuple(each.says)) for each in paragraphs)
    return Template(letter=letter, language=language, subject=subject, paragraphs=parts)


class TemplateFilters(Filters):
    """Which templates."""

    procedure: Word | None = None
    letter: LetterName | None = None
    language: Language | None = None


class TemplateSummary(Answer):
    """One version of a template. `inForce`: letters are written by it now."""

    id: str
    procedure: str
    letter: str
    language: str
    version: int = Field(description="0: the one that ships")
    origin: Literal["shipped", "own"]
    in_force: bool
    subject: str
    created_at: Instant | None
    created_by: UUID | None


class ParagraphAnswer(Answer):
    text: str
    says: list[str]


class TemplateAnswer(TemplateSummary):
    """The same, whole."""

    step: str | None = Field(description="The step that is taken by sending this letter; null: none")
    event: str | None
    paragraphs: list[ParagraphAnswer]
    provides: list[str] = Field(description="What a letter by this template can say")


class PreviewAnswer(Answer):
    """A letter as it could be. `faults`: why the template cannot be saved as it is."""

    subject: str
    text: str
    html: str
    contents: list[str]
    faults: list[FaultAnswer]


def template_summary(kept: Kept) -> TemplateSummary:
    return TemplateSummary(**_summary(kept))


def _summary(kept: Kept) -> dict[str, Any]:
    return {
        "id": kept.id,
        "procedure": kept.procedure,
        "letter": kept.letter,
        "language": kept.language,
        "version": kept.version,
        "origin": "shipped" if kept.version == SHIPPED else "own",
        "in_force": kept.in_force,
        "subject": kept.subject,
        "created_at": kept.created_at,
        "created_by": kept.created_by,
    }


def template_answer(kept: Kept) -> TemplateAnswer:
    if kept.template is None:
        raise ValueError("a template that is shown whole was read whole")
    kind = LETTERS[kept.letter]
    return TemplateAnswer(
        **_summary(kept),
        step=kind.step,
        event=kind.event,
        paragraphs=[ParagraphAnswer(text=each.text, says=list(each.says)) for each in kept.template.paragraphs],
        provides=sorted(provides(kept.template)),
    )


def preview_answer(preview: Preview, text: str, html: str) -> PreviewAnswer:
    return PreviewAnswer(
        subject=preview.letter.subject,
        text=text,
        html=html,
        contents=list(preview.letter.contents),
        faults=[FaultAnswer(pointer=each.pointer, code=each.code, message=each.message) for each in preview.faults],
    )
