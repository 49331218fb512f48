"""The organisation: its name, its settings and, in a sandbox, its clock."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from app.api.schemas.words import WarningAnswer
from app.api.values import VISIBLE, Answer, ApiModel, EmailAddress, Instant, Kept, LocalDate, Text, at_most, fault
from app.domain.addresses import is_web_address
from app.store import failing
from app.store.organisations import Row

_SETTINGS: dict[str, Any] = {
    "language": "nl",
    "contactEmail": "klachten@example.org",
    "contactPhone": "+31 20 000 0000",
    "contactUrl": "https://www.example.org/klachten",
    "contactAddress": "Postbus 12, 1234 AB Voorbeeldstad",
}
ORGANISATION: dict[str, Any] = {
    "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f70",
    "slug": "voorbeeld",
    "name": "Voorbeeld Advies",
    "sandbox": True,
    "settings": _SETTINGS,
    "createdAt": "2026-01-05T08:00:00Z",
    "warnings": [],
    "failing": [
        {
            "kind": "webhook",
            "webhookId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f80",
            "since": "2026-04-24T10:00:00Z",
        }
    ],
    "endingProcedures": [{"procedure": "jso", "lastDay": "2026-11-30"}],
}
CHANGE: dict[str, Any] = {"name": "Voorbeeld Advies & Training", "settings": {"contactPhone": None}}
CLOCK: dict[str, Any] = {"now": "2026-05-05T07:00:00Z"}

Phone = Annotated[Text, at_most(40), VISIBLE]
PostalAddress = Annotated[Text, at_most(300), VISIBLE]


def _web_address(value: str) -> str:
    if not is_web_address(value):
        raise fault("wrong-form", "Must be the full address of a public page, starting with https://.")
    return value


WebAddress = Annotated[
    str, Field(max_length=500, pattern=r"^https://[^\s\x00-\x1f\"<>\\^`{|}]+$"), AfterValidator(_web_address)
]


class SettingsChange(ApiModel):
    """Settings to change: one that is left out stays, null takes it away."""

    language: Literal["nl", "en"] | None = Field(None, description="In which language the organisation writes")
    contact_email: EmailAddress | None = Field(None, description="Where complainants can ask about the procedure")
    contact_phone: Phone | None = None
    automatic_receipt: bool | None = Field(None, description="Whether who complains by mail or form is told at once")
    automatic_acknowledgement: bool | None = Field(
        None, description="Whether that is the acknowledgement itself, where nobody in particular has to give it"
    )
    contact_url: WebAddress | None = Field(None, description="The page about complaints; starts with https://")
    contact_address: PostalAddress | None = Field(
        None, description="Where letters go, one line or more; told where something is asked by post"
    )


class OrganisationChange(ApiModel):
    """What to change; what is left out stays as it is. Only a setting can be emptied: other nulls are refused."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANGE]})

    name: Kept[Annotated[Text, at_most(200), VISIBLE]] = None
    settings: Kept[SettingsChange] = None

    def settings_sent(self) -> dict[str, Any]:
        """The settings that were named, null included."""
        return self.settings.model_dump(exclude_unset=True) if self.settings else {}


class OrganisationSettings(Answer):
    language: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    contact_url: str | None = None
    contact_address: str | None = None
    automatic_receipt: bool | None = None
    automatic_acknowledgement: bool | None = None


class FailingAnswer(Answer):
    """Where nothing arrives any more. Its deliveries say why, or the mailbox."""

    kind: Literal["mail", "webhook", "incoming"] = Field(
        description="mail: what goes out to people; webhook: events to a system; incoming: mail that is fetched"
    )
    webhook_id: UUID | None
    since: Instant = Field(description="The first failure after which nothing arrived")


class EndingProcedure(Answer):
    """A procedure that ends, or has ended, without a version that goes on."""

    procedure: str
    last_day: LocalDate = Field(
        description="What comes in after it is not registered: over the API it is kept as a draft, and a mail waits,"
        " until a version is published that holds on its day of receipt"
    )


class OrganisationAnswer(Answer):
    model_config = ConfigDict(json_schema_extra={"examples": [ORGANISATION]})

    id: UUID
    slug: str
    name: str
    sandbox: bool = Field(description="A sandbox has a clock that can be set ahead, and no real complainants")
    settings: OrganisationSettings
    created_at: Instant
    warnings: list[WarningAnswer] = Field(
        description="`contact-missing`: no contact is set, so letters do not say how to reach the organisation;"
        " `receipts-wait`: as many automatic mails went out as may in an hour, so receipts wait;"
        " `website-unused`: a website has a key, and no procedure in force takes in what it sends (the channel"
        " `web_form`), so that it stays a draft"
    )
    failing: list[FailingAnswer] = Field(description="What has been failing for an hour, the longest first")
    ending_procedures: list[EndingProcedure] = Field(
        description="Procedures whose last day is within two months, or was less than a year ago, with no version for"
        " the day after it; by name"
    )


def organisation_answer(
    row: Row, remarks: Sequence[tuple[str, str]], lines: Sequence[failing.Row], ending: Mapping[str, date]
) -> OrganisationAnswer:
    return OrganisationAnswer(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        sandbox=row["sandbox"],
        settings=OrganisationSettings(**row["settings"]),
        created_at=row["created_at"],
        warnings=[WarningAnswer(code=code, message=message) for code, message in remarks],
        failing=[FailingAnswer(**line) for line in lines],
        ending_procedures=[EndingProcedure(procedure=name, last_day=day) for name, day in ending.items()],
    )


class ClockSetting(ApiModel):
    """Where to set the clock: not before what it says now."""

    model_config = ConfigDict(json_schema_extra={"examples": [CLOCK]})

    now: Instant


class ClockAnswer(Answer):
    """What the sandbox's clock says."""

    model_config = ConfigDict(json_schema_extra={"examples": [CLOCK]})

    now: Instant
