"""Who speaks for the complainant, and whether they may (SO-01, SO-08, KK-02); whom an event tells, and is not there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.events import Event
from app.domain.intake import complainant_rule
from app.domain.procedure import Procedure
from app.domain.situation import Situation


@dataclass(frozen=True, slots=True)
class Speaker:
    """A representative in the case now. `party_id` is None where only the filing says that there is one."""

    party_id: str | None
    may_speak: bool


def authority_missing(situation: Situation) -> bool:
    """Whether a written authority is owed of whoever acts for the complainant now, and was not shown."""
    found = _speakers(situation)
    return bool(found) and not any(each.may_speak for each in found)


def needs_guardian(situation: Situation) -> bool:
    """Whether it is about a child, for whom somebody else must file and be written to (SO-08)."""
    return bool(situation.intake.facts.get("needs_guardian"))


def guardian_missing(situation: Situation) -> bool:
    """Whether such a child has nobody (any more) who speaks for it."""
    return needs_guardian(situation) and not _speakers(situation)


def speaking(situation: Situation, representatives: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of these parties those who may speak for the complainant."""
    known = {each.party_id: each.may_speak for each in _speakers(situation)}
    return [each for each in representatives if known.get(str(each["id"]), known.get(None, False))]


def asks_authority(procedure: Procedure, kind: str | None) -> bool:
    """Whether such a representative shows a written authority; where nobody says what they are, if anybody does."""
    rule = complainant_rule(procedure, kind)
    return rule.authority if rule else any(each.authority for each in procedure.intake.complainants)


def _speakers(situation: Situation) -> list[Speaker]:
    filed = situation.intake.facts
    if "represented" not in filed and "authority_missing" not in filed and not situation.all_of("party.added"):
        return []  # as nearly always
    return [each for each in _ever(situation) if each.party_id not in situation.gone]


def _ever(situation: Situation) -> Iterator[Speaker]:
    intake = situation.intake
    if intake.facts.get("represented") or intake.facts.get("authority_missing"):
        filed_by = _filer(situation)
        yield Speaker(filed_by["id"] if filed_by else None, not intake.facts.get("authority_missing"))
    for event in situation.all_of("party.added"):
        if event.facts.get("role") == "representative":
            owed = asks_authority(situation.procedure, event.facts.get("party_type") or _kind_before(situation))
            named = next((each["id"] for each in _people(event.texts)), event.facts.get("party_id"))
            yield Speaker(named, bool(event.facts.get("authority")) or not owed)


def _kind_before(situation: Situation) -> str | None:
    """Of a representative of whom nobody says what they are: the same as who filed it, or who must."""
    filed_by = _filer(situation)
    rule = situation.procedure.intake.minimum_age
    otherwise = rule.otherwise[0] if rule is not None and rule.otherwise and needs_guardian(situation) else None
    return (filed_by["details"].get("type") if filed_by else None) or otherwise


def _filer(situation: Situation) -> Mapping[str, Any] | None:
    return next((each for each in _people(situation.intake.texts) if each["role"] == "representative"), None)


def _people(texts: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    return list((texts or {}).get("parties", ()))


# People whom nothing but their place in the case makes known: there is always a complainant, also without a name.
_ELSE = ("subject_of_complaint", "affected_person", "support_person")


def unknown_parties(situation: Situation, event: Event) -> list[str]:
    """Who was told by what the event says, and is nobody in the case (Awb 9:9).

    Whom a complaint is about may be one of our own, who is involved in it.
    """
    told = {"subject_of_complaint"} if event.type == "subject.informed" else set()
    if event.type == "extension.notified":
        told = {*event.facts.get("notified", ())}
    known = situation.present | ({"subject_of_complaint"} if situation.involved else set())
    return [role for role in _ELSE if role in told - known]
