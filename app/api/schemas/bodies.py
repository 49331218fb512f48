"""What is told about the external bodies that the organisation's procedures name."""

from typing import Any

from pydantic import Field

from app.api.schemas.words import Bilingual, Record
from app.api.values import Answer
from app.domain.duty import Duty
from app.services.bodies import Named

BODY: dict[str, Any] = {
    "procedure": "jso",
    "body": "cmonet",
    "name": "Klachtencommissie CMOnet",
    "title": None,
    "kind": "complaints_committee",
    "url": None,
    "address": None,
    "jurisdiction": None,
    "connected": False,
    "perCase": [],
    "channels": ["post", "email"],
    "allRequired": True,
    "sameDay": True,
    "filedBy": "either",
    "after": ["director_review"],
    "consent": True,
    "needs": [],
    "documents": [],
    "within": None,
    "filingLimits": [],
    "limitRead": "latest",
    "fee": None,
    "bindingOn": ["organisation", "complainant"],
    "bindingPerDecision": False,
    "afterwards": ["internal_route_closed"],
    "duties": [],
    "source": "JSO-14, JSO-15, JSO-16, JSO-17",
}


class BodyDuty(Answer):
    """What is owed in a case with this body, by the body's own terms."""

    duty: str
    title: Bilingual | None
    within: Record | None
    after: list[str]
    before: str | None
    met_by: list[str]
    soft: bool
    source: str | None


class BodyProfile(Answer):
    """An external body as a procedure names it: when a case can go there, how, and what comes of it."""

    procedure: str
    body: str
    name: str
    title: Bilingual | None = Field(description="In place of a name, where it has none of its own")
    kind: str
    url: str | None
    address: str | None = Field(description="Where letters to it go")
    jurisdiction: Bilingual | None
    connected: bool = Field(description="It reads and answers by API")
    per_case: list[str] = Field(description="Another body per complaint: the types to choose from")
    channels: list[str]
    all_required: bool
    same_day: bool
    filed_by: str
    after: list[str] = Field(description="Stages that must be answered, or their answer overdue")
    consent: bool
    needs: list[str]
    documents: list[str]
    within: Record | None
    filing_limits: list[Record]
    limit_read: str
    fee: str | None
    binding_on: list[str]
    binding_per_decision: bool
    afterwards: list[str]
    duties: list[BodyDuty]
    source: str | None


class BodyList(Answer):
    items: list[BodyProfile]


_AS_IT_IS = (
    *("body", "name", "kind", "url", "address", "per_case", "filed_by", "after", "consent", "needs", "documents"),
    *("limit_read", "fee", "binding_on", "binding_per_decision", "afterwards", "source"),
)


def profile(named: Named) -> BodyProfile:
    body = named.body
    return BodyProfile(
        procedure=named.procedure,
        connected=named.connected,
        title=_words(body.title),
        jurisdiction=_words(body.jurisdiction),
        channels=list(body.reached_by.channels),
        all_required=body.reached_by.all_required,
        same_day=body.reached_by.same_day,
        within=_plain(body.within),
        filing_limits=[limit.model_dump(mode="json") for limit in body.filing_limits],
        duties=[_duty(duty) for duty in body.duties],
        **{name: _listed(getattr(body, name)) for name in _AS_IT_IS},
    )


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _words(value: Any) -> Bilingual | None:
    return Bilingual(nl=value.nl, en=value.en) if value else None


def _plain(value: Any) -> dict[str, Any] | None:
    return {"amount": value.amount, "unit": value.unit.value} if value else None


def _duty(duty: Duty) -> BodyDuty:
    return BodyDuty(
        duty=duty.duty,
        title=_words(duty.title),
        within=_plain(duty.within),
        after=list(duty.after),
        before=duty.before,
        met_by=list(duty.met_by),
        soft=duty.soft,
        source=duty.source,
    )
