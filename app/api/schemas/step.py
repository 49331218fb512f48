"""What every step in a complaint may say."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.values import BlankIsNone, Id, Instant, Text
from app.domain import vocabulary as word

# How something is owed: what a link names, and what it means for `form` of the step.
Forms = Annotated[
    list[Literal["written", "oral_with_note"]],
    Field(
        description="How it is owed. `written`: by one of the `channels`, a conversation is not enough."
        " `oral_with_note`: in a conversation (phone, oral, conversation) too, and then with `note`. Empty: freely"
    ),
]
Channels = Annotated[
    list[word.Channel], Field(description="What `form` of the step may be; empty where no form is asked")
]
Consent = Literal["oral", "written"]
Contents = Annotated[list[word.Content], Field(max_length=21, description="What the message contains")]


class StepIn(BlankIsNone):
    """What every step may say."""

    occurred_at: Instant | None = Field(None, description="When it happened; left out: now. Never in the future")
    on_behalf_of: Id | None = Field(None, description="The employee whose step an integration records")
    note: Text | None = Field(None, description="For the dossier; a conversation counts when there is a note of it")
    late_registration_reason: Text | None = Field(
        None, description="Why something that was in time is registered after its breach was recorded"
    )


class Sending(StepIn):
    """Something that was told to somebody."""

    form: word.Channel | None = Field(None, description="How it was told")
    contents: Contents = Field([])
    text: Text | None = Field(None, description="The text that was sent; owed contents are looked for in it")
