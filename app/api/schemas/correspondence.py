"""What is sent about messages."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, TypeAdapter, create_model, model_validator

from app.api.schemas.steps import BODIES, taken_of
from app.api.schemas.ways import one_of
from app.api.schemas.words import Word, example
from app.api.values import ONE_LINE, VISIBLE, ApiModel, BlankIsNone, Filters, Id, Instant, Kept, Text, at_most
from app.domain.correspondence import Direction, MessageChannel, Participant, Said
from app.domain.letter import LetterName
from app.services.steps import Taken

# The steps that consist of telling somebody something; the others are what a complainant does, or nobody's message.
TOLD = (
    *("acknowledgements", "hand-overs", "subject-notices", "admissibility-decisions", "inadmissibility-notices"),
    *("information-requests", "hearings", "extensions", "responses", "decisions", "decision-copies"),
    *("appeal-decisions", "closures"),
)

if TYPE_CHECKING:
    StepByLetter = Any
else:

    def _by_letter(step: str) -> type[ApiModel]:
        body = BODIES[step]
        made = create_model(f"{body.__name__}ByLetter", __base__=ApiModel, name=(Literal[step], ...), body=(body, ...))
        made.__doc__ = "The step that this message takes: the body is that of its own POST, without form and text."
        return made

    _ARMS = tuple(_by_letter(step) for step in TOLD)
    StepByLetter = Annotated[reduce(or_, _ARMS), Field(discriminator="name")]

_STEPS: TypeAdapter[Any] = TypeAdapter(StepByLetter)

Subject = Annotated[Text, at_most(200), ONE_LINE]
Recipients = Annotated[list[Id], Field(max_length=20, description="Parties of the case; left out: the complainant")]

WRITTEN: dict[str, Any] = {
    "direction": "outbound",
    "channel": "email",
    "letter": "acknowledgement",
    "step": {"name": "acknowledgements", "body": {}},
}


class ParticipantIn(ApiModel):
    """Who took part: a party of the case, or somebody in a role."""

    model_config = example({"role": "complaints_officer"})

    party_id: Id | None = None
    role: Word | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> "ParticipantIn":
        one_of(self, {"Give partyId or role.": (["party_id"], ["role"])}, code="one-of-both")
        return self


Participants = Annotated[
    list[ParticipantIn],
    Field(max_length=20, description="Of a phone call or conversation; of a letter that came in: who wrote it"),
]


class MessageIn(BlankIsNone):
    """What is said, or was said. What goes out by e-mail, post, web or portal is sent now, or kept as a draft."""

    model_config = example(WRITTEN)

    direction: Direction
    channel: MessageChannel | None = Field(None, description="Only of an internal note it may be left out")
    occurred_at: Instant | None = Field(None, description="Of what came in, a conversation or a note; left out: now")
    shared: bool | None = Field(None, description="Whether the complainant may see it; left out: when it is theirs")
    language: Literal["nl", "en"] = "nl"
    subject: Subject | None = None
    body: Text | None = Field(None, description="The text; with a letter: what it adds in words of your own")
    letter: LetterName | None = Field(None, description="The template that the text is written by")
    to: Recipients = Field([])
    participants: Participants = Field([])
    draft: bool = Field(False, description="Keep it to be approved or sent later")
    reply_to: Id | None = Field(None, description="The message that this answers")
    attachments: Annotated[list[Id], Field(max_length=20)] = Field([])
    step: StepByLetter | None = Field(None, description="The step that is taken by sending this")
    on_behalf_of: Id | None = Field(None, description="The employee whose message an integration records")

    @property
    def said(self) -> Said:
        values = {name: getattr(self, name) for name in type(self).model_fields}
        channel = self.channel or ("web" if self.direction == "internal" else "")
        return Said(**{**values, **_plain(self), "channel": channel})


class MessageChange(ApiModel):
    """Changes to a draft; what is left out stays. Another step, language or recipient asks for a letter anew.

    Only the step can be taken away: other nulls are refused.
    """

    model_config = example({"body": "Wij hebben uw klacht ontvangen. U hoort binnen 4 weken van ons."})

    channel: Kept[MessageChannel] = None
    occurred_at: Kept[Instant] = None
    shared: Kept[bool] = None
    language: Kept[Literal["nl", "en"]] = None
    subject: Kept[Annotated[Subject, VISIBLE]] = None
    body: Kept[Annotated[Text, VISIBLE]] = None
    letter: Kept[LetterName] = None
    to: Kept[Recipients] = None
    participants: Kept[Participants] = None
    step: StepByLetter | None = Field(None, description="null: it takes no step any more")
    on_behalf_of: Id | None = None

    def sent(self) -> dict[str, Any]:
        """What was sent, under the names of Said. A null is the step's, or says nothing."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        plain = _plain(self)
        changed = {name: plain.get(name, value) for name, value in values.items() if value is not None}
        return changed | ({"step": plain["step"]} if "step" in values else {})


class MessageApproval(ApiModel):
    """A draft is approved as it stands."""

    model_config = example({})

    on_behalf_of: Id | None = Field(None, description="The employee who approves it, when an integration records that")


class MessageSending(ApiModel):
    """A draft is sent as it stands."""

    model_config = example({})

    on_behalf_of: Id | None = Field(None, description="The employee who sends it, when an integration records that")


class MessageFilters(Filters):
    """Which messages."""

    shared: bool | None = Field(None, description="true: what the complainant may see; false: the rest")
    direction: Direction | None = None
    channel: MessageChannel | None = None
    state: Literal["draft", "approved", "sent", "received", "noted"] | None = None


def _plain(sent: MessageIn | MessageChange) -> dict[str, Any]:
    """The parts that have another shape inside."""
    step = sent.step
    return {
        "to": tuple(sent.to or ()),
        "participants": tuple(Participant(each.party_id, each.role) for each in sent.participants or ()),
        "attachments": tuple(getattr(sent, "attachments", ())),
        "step": step.model_dump(mode="json", by_alias=True, exclude_unset=True) if step else None,
    }


def step_of(step: Any) -> Taken | None:
    """The step that a message takes, as the rules want it."""
    return taken_of(step.name, step.body) if step else None


def stored_step(step: Mapping[str, Any] | None) -> Taken | None:
    """The same of a draft, which keeps it as it was sent."""
    return step_of(_STEPS.validate_python(step)) if step else None
