"""A case with an external body, over HTTP, from the organisation's side.

case = await bring(complaint, "complaints_officer", "cmonet", requestedRelief="...")
await case.step("complaints_officer", "dispatches", {"channel": "post"})
await case.read()
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.api.schemas.escalations import EscalationAnswer, EscalationOutcome
from tests.stories import Case, Json

CONSENT = {"consent": True, "consentForm": "written"}


@dataclass
class Outside:
    """One case. `last` is the last answer about it, `answer` all of it."""

    complaint: Case
    id: str
    last: Json
    answer: Json = field(default_factory=dict)

    async def step(self, who: str, step: str, body: Mapping[str, Any], *, expect: int = 201) -> Json:
        """Something happens in it; the answer, or the problem when another status is expected."""
        path = f"/escalations/{self.id}/{step}"
        answer = await self.complaint.office.ask(who, "POST", path, dict(body), expect=expect)
        if expect == 201:
            self.answer = fits(answer)
            self.last = answer["escalation"]
        return answer

    async def read(self) -> Json:
        self.last = await self.complaint.office.ask("system", "GET", f"/escalations/{self.id}")
        assert EscalationAnswer.model_validate(self.last).model_dump(mode="json", by_alias=True) == self.last
        return self.last

    async def parts(self) -> list[Json]:
        return list((await self.complaint.office.ask("system", "GET", f"/escalations/{self.id}/parts"))["items"])


async def bring(complaint: Case, who: str, body: str, **said: Any) -> Outside:
    """The complaint goes to a body; with consent unless it is said otherwise."""
    answer = await asked(complaint, who, body, expect=201, **said)
    return Outside(complaint, answer["escalation"]["id"], answer["escalation"], fits(answer))


async def asked(complaint: Case, who: str, body: str, *, expect: int, **said: Any) -> Json:
    path = f"/complaints/{complaint.id}/escalations"
    return await complaint.office.ask(who, "POST", path, {"body": body, **CONSENT, **said}, expect=expect)


def fits(answer: Json) -> Json:
    """The answer, which is built by hand, held against the model that stands for the contract."""
    assert EscalationOutcome.model_validate(answer).model_dump(mode="json", by_alias=True) == answer
    return answer
