"""What is sent to give a term more time."""

from typing import Annotated

from pydantic import Field

from app.api.schemas.step import Consent, Sending, StepIn
from app.api.schemas.words import example
from app.api.values import ApiModel, LocalDate, Text, at_most
from app.domain import vocabulary as word
from app.domain.calendar import Unit


class PeriodIn(ApiModel):
    """A period: never an ISO duration; a month is not thirty days."""

    amount: Annotated[int, Field(ge=1, le=3650)]
    unit: Unit


class ExtensionNotice(Sending):
    """A term was extended, told before it ended: until a date, or by a period."""

    model_config = example({"form": "email", "until": "2026-06-19", "reasons": "Een getuige is nog niet bereikbaar."})

    term: Annotated[Text, at_most(200)] | None = Field(None, description="Key of the term; left out: the only one")
    until: LocalDate | None = None
    period: PeriodIn | None = None
    reasons: Text | None = None
    notified: list[word.Party] = Field([], max_length=9)
    consent: Consent | None = None


class SuspensionIn(StepIn):
    """The clock stands still."""

    model_config = example({"cause": "information", "answerBy": "2026-05-15"})

    cause: word.SuspensionCause
    answer_by: LocalDate | None = Field(None, description="The pause lapses on this day")
    consent: Consent | None = None


class Resumption(StepIn):
    """The clock runs again."""

    model_config = example({"cause": "information"})

    cause: word.SuspensionCause
