"""What every change in a case with an external body has in common: finding it, its events, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain import escalation
from app.domain.body import Body
from app.domain.dossier import Dossier
from app.domain.errors import Fault, Invalid, NotFound
from app.domain.escalation import Escalation
from app.domain.events import Event
from app.services.dossier import Recorded
from app.services.sealing import Sealed

# Texts that count as content once they are there.
_CONTENT = ("reasons", "findings", "advice", "note", "late_registration_reason", "skip_reason")
# Odd about a case as it was before: told again only when it still is.
_UNTIL_MENDED = frozenset({"partially-dispatched", "dispatched-on-other-days"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case after something happened in it, and what was sealed by that."""

    recorded: Recorded
    case: Escalation
    sealed: Sealed | None = None
    remarks: tuple[dict[str, Any], ...] = ()

    @property
    def warnings(self) -> tuple[dict[str, Any], ...]:
        """What is odd now, and what was odd about the change."""
        told = list(self.recorded.dossier.warnings())
        of_change = [each for each in self.recorded.warnings if each["code"] not in _UNTIL_MENDED]
        for each in (*self.remarks, *of_change):
            if each["code"] == "needed-missing" or each["code"] not in {known["code"] for known in told}:
                told.append(each)
        return tuple(told)


def body_of(dossier: Dossier, name: str, pointer: str = "/body") -> Body:
    """Raises Invalid for a body that the procedure of the complaint does not name."""
    body = dossier.procedure.body_named(name)
    if body is None:
        known = ", ".join(each.body for each in dossier.procedure.bodies)
        sentence = f"one of: {known}" if known else "this procedure names no external body"
        faults = [Fault(pointer, "body-unknown", sentence)]
        raise Invalid("The procedure of this complaint does not name this body.", faults=faults)
    return body


def case_of(dossier: Dossier, escalation_id: UUID) -> Escalation:
    """Raises NotFound."""
    case = escalation.escalation_of(dossier, escalation_id)
    if case is None:
        raise NotFound("There is no such escalation.")
    return case


def joined(first: Recorded, second: Recorded) -> Recorded:
    """Two recordings in one transaction as one."""
    warnings = (*first.warnings, *(each for each in second.warnings if each not in first.warnings))
    return replace(second, warnings=warnings, fresh=(*first.fresh, *second.fresh))


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was said; a `false` was said too."""
    return {name: value for name, value in values.items() if value not in (None, [], "")}


def sealed_event(sealed: Sealed, now: datetime) -> Event:
    """What stands in the receipt of every side."""
    return Event("dossier.sealed", now, sealed.facts)


def dispatched_event(escalation_id: UUID, channel: str, part: int, manifest_sha256: bytes, at: datetime) -> Event:
    facts = {"escalation_id": str(escalation_id), "channel": channel, "part": part}
    return Event("escalation.dispatched", at, facts | {"manifest_sha256": manifest_sha256.hex()})


def content_of(texts: Mapping[str, Any]) -> list[str]:
    """What was written counts as what the step owes."""
    return sorted(word for word in _CONTENT if str(texts.get(word, "")).strip())
