"""What is said between the people in a case: who it is from or to, and what makes a message whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.domain.errors import Fault, shared
from app.domain.events import in_the_future, not_yet
from app.domain.letter import LETTERS
from app.domain.order import instant_faults
from app.domain.representation import needs_guardian, speaking
from app.domain.situation import Situation
from app.domain.text import shows
from app.domain.vocabulary import Party

Direction = Literal["outbound", "inbound", "internal"]
MessageChannel = Literal["email", "post", "phone", "conversation", "web", "portal"]
Person = Mapping[str, Any]

SPOKEN = ("phone", "conversation")
_WAYS = ("email", "post", "phone")  # which ask different things
# As the rules call it (vocabulary.Channel), where that differs.
FORMS = {"web": "web_form"}
HAND_OVER = "hand-overs"
_ABOUT = {"subject-notices": "subject_of_complaint"}
# Whose words the complainant may always see.
THEIRS = frozenset({"complainant", "representative"})
_PARTIES: frozenset[str] = frozenset(Party.__args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Participant:
    """Who took part in a conversation: a party of the case, or somebody in a role."""

    party_id: UUID | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What was said, or is to be said. `step`: the step that it takes, as it was sent to us (name and body).

    `by`, `roles`: the employee who says it, and theirs. `automatic`: nobody does.
    """

    direction: str
    channel: str
    occurred_at: datetime | None = None
    shared: bool | None = None
    language: str = "nl"
    subject: str | None = None
    body: str | None = None
    letter: str | None = None
    to: tuple[UUID, ...] = ()
    participants: tuple[Participant, ...] = ()
    draft: bool = False
    reply_to: UUID | None = None
    attachments: tuple[UUID, ...] = ()
    step: Mapping[str, Any] | None = None
    on_behalf_of: UUID | None = None
    mail_id: UUID | None = None
    by: UUID | None = None
    roles: tuple[str, ...] = ()
    automatic: bool = False

    @property
    def spoken(self) -> bool:
        return self.channel in SPOKEN

    @property
    def sent(self) -> bool:
        """Whether it goes out as a text: to addresses, and never at another time than now."""
        return self.direction == "outbound" and bool(self.channel) and not self.spoken

    @property
    def form(self) -> str:
        return FORMS.get(self.channel, self.channel)


@dataclass(frozen=True, slots=True)
class Circle:
    """Who may be written to or named: the parties that are in the case now, and how it stands.

    `colleagues`: to whom a complaint is handed over, where that is what is written.
    """

    people: Sequence[Person]
    situation: Situation
    colleagues: Sequence[Person] = ()

    def person(self, party_id: UUID | None) -> Person | None:
        return next((each for each in self.people if each["id"] == party_id), None)

    def in_role(self, role: str) -> list[Person]:
        return [each for each in self.people if each["role"] == role]

    def usual(self, said: Said) -> list[Person]:
        """Who is written to when nobody is named: who speaks for the complainant, or the complainant."""
        step = said.step or {}
        if step.get("name") == HAND_OVER:
            return list(self.colleagues)
        asked = step.get("body", {}).get("party") if step.get("name") == "information-requests" else None
        about = _ABOUT.get(step.get("name", "")) or (asked if asked not in (None, "complainant") else None)
        if about is not None:
            return self.in_role(about)[:1]
        speaks = speaking(self.situation, self.in_role("representative"))
        # a child is not written to (SO-08)
        return (speaks or ([] if needs_guardian(self.situation) else self.in_role("complainant")))[:1]

    @property
    def roles(self) -> frozenset[str]:
        return _PARTIES | {role.role for role in self.situation.procedure.roles}


def handed_to(said: Said, situation: Situation) -> tuple[str, ...]:
    """The roles that a letter of hand-over is for; none where it is another letter (HSS-09)."""
    if (said.step or {}).get("name") != HAND_OVER or situation.stage is None:
        return ()
    known = {role.role for role in situation.procedure.roles}
    duties = (duty for duty in situation.duties if "complaint.handed_over" in duty.met_by)
    named = tuple(role for duty in duties for role in duty.to if role in known)
    return named or situation.stage.handled_by


def parties(said: Said, circle: Circle) -> list[dict[str, Any]]:
    """Who a message is from, to or with, as it is kept with the message."""
    if said.sent:
        named = [circle.person(each) for each in said.to] if said.to else circle.usual(said)
        return [_kept(each, said.channel) for each in named if each is not None]
    if said.participants:
        known = (each for each in said.participants if each.party_id is None or circle.person(each.party_id))
        return [_participant(each, said.channel, circle) for each in known]
    usual = [] if said.spoken or said.direction == "internal" else circle.usual(said)
    return [_kept(each, said.channel) for each in usual]


def _participant(given: Participant, channel: str, circle: Circle) -> dict[str, Any]:
    person = circle.person(given.party_id)
    if person is not None:
        return _kept(person, channel)
    return {"partyId": None, "role": given.role, "name": None, "address": None}


def _kept(person: Person, channel: str) -> dict[str, Any]:
    address = {"email": person["email"], "post": postal_address(person)}.get(channel)
    return {
        "partyId": str(person["id"]) if person["id"] else None,
        "role": person["role"],
        "name": person["name"],
        "address": address,
    }


def postal_address(person: Person) -> str | None:
    details = person["details"] or {}
    town = " ".join(filter(None, (details.get("postal_code"), details.get("city"))))
    return "\n".join(filter(None, (details.get("address"), town))) or None


def is_shared(said: Said, named: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the complainant may see it: what was said to or by them, unless it is told otherwise."""
    if said.shared is not None:
        return said.shared
    return said.direction != "internal" and any(each["role"] in THEIRS for each in named)


def to_others(named: Iterable[Mapping[str, Any]]) -> bool:
    """Whether somebody else than the complainant, or who speaks for them, is written to."""
    return any(each["role"] not in THEIRS for each in named)


# -- what is wrong with it -------------------------------------------------------------------------------------


def faults(said: Said, circle: Circle, now: datetime) -> Iterator[Fault]:
    """Everything that a message lacks, or that does not belong in it."""
    if not said.channel:
        yield Fault("/channel", "required", "say in which way this is said")
        yield from shared([list(faults(replace(said, channel=each), circle, now)) for each in _WAYS])
        return
    yield from _out_of_place(said)
    yield from _text_faults(said)
    yield from _instant_faults(said, circle.situation, now)
    yield from _name_faults(said, circle)
    if said.spoken and not said.participants:
        yield Fault("/participants", "required", "say who took part in the conversation")
    if said.sent:
        yield from _recipient_faults(said, circle)
    if said.sent and said.letter:
        yield from _audience_faults(said, circle)


def _out_of_place(said: Said) -> Iterator[Fault]:
    if said.direction != "outbound":
        for name in ("letter", "to", "step", "draft"):
            if getattr(said, name):
                yield Fault(f"/{name}", "outbound-only", "this belongs to what is sent")
    if said.direction == "internal" and said.shared:
        yield Fault("/shared", "not-shared", "an internal note is never shown to the complainant")
    if said.spoken and said.letter:
        yield Fault("/letter", "written-only", "a letter is sent in writing")
    if said.spoken and said.to:
        yield Fault("/to", "use-participants", "say with participants who took part in a conversation")
    if said.sent and said.participants:
        yield Fault("/participants", "use-to", "say with to who this is sent to")


def _text_faults(said: Said) -> Iterator[Fault]:
    # of a conversation that takes a step, the gate asks a note where the procedure does
    by_step = said.spoken and said.step and said.direction == "outbound"
    if not shows(said.body or "") and not by_step and not (said.sent and said.letter):
        yield Fault("/body", "required", "give a text or the name of a letter" if said.sent else "say what was said")
    if said.sent and said.channel == "email" and not said.letter and not shows(said.subject or ""):
        yield Fault("/subject", "required", "a mail has a subject")


def _instant_faults(said: Said, situation: Situation, now: datetime) -> Iterator[Fault]:
    at = said.occurred_at
    if at is None:
        return
    if in_the_future(at, now):
        yield not_yet("/occurredAt")  # whichever way it goes
        return
    if said.sent:
        yield Fault("/occurredAt", "sent-now", "what is sent here is sent now")
    yield from instant_faults(situation, at, now)


def _name_faults(said: Said, circle: Circle) -> Iterator[Fault]:
    """Who is nobody, or named twice: also in the wrong list, as they may belong in the other one."""
    named: list[tuple[str, list[UUID | None]]] = [
        ("/to/{}", [*said.to] if said.direction == "outbound" else []),
        ("/participants/{}/partyId", [each.party_id for each in said.participants]),
    ]
    for pointer, ids in named:
        for place, party_id in enumerate(ids):
            if party_id is not None and circle.person(party_id) is None:
                yield Fault(pointer.format(place), "unknown-party", "no party of this case has this id")
            elif party_id is not None and party_id in ids[:place]:
                yield Fault(pointer.format(place), "repeated", "this party is named before")
    for place, each in enumerate(said.participants):
        if each.role is not None and each.role not in circle.roles:
            known = ", ".join(sorted(circle.roles))
            yield Fault(f"/participants/{place}/role", "unknown-role", f"one of: {known}")


def _recipient_faults(said: Said, circle: Circle) -> Iterator[Fault]:
    if not said.to:
        usual = circle.usual(said)
        if not usual:
            yield _NO_COLLEAGUE if (said.step or {}).get("name") == HAND_OVER else _NOBODY
        yield from (_NO_ADDRESS for each in usual if said.channel == "email" and not each["email"])
    for place, party_id in enumerate(said.to):
        person = circle.person(party_id)
        if person is None or party_id in said.to[:place]:
            continue
        if (said.step or {}).get("name") == HAND_OVER:
            yield Fault(f"/to/{place}", "for-colleagues", "a complaint is handed over to colleagues; leave out `to`")
        elif said.channel == "email" and not person["email"]:
            yield Fault(f"/to/{place}", "address-missing", "this party has no e-mail address")


def _audience_faults(said: Said, circle: Circle) -> Iterator[Fault]:
    """A letter speaks to the complainant; one that can speak to others does so to them alone, for it is one text."""
    at = [(f"/to/{place}", circle.person(each)) for place, each in enumerate(said.to)]
    named = [(where, each) for where, each in at or [("/to", each) for each in circle.usual(said)] if each]
    others = [where for where, each in named if to_others([each])]
    if not LETTERS[str(said.letter)].to_others or len(others) < len(named):
        yield from (Fault(where, "not-for-this-party", _NOT_THEIRS) for where in others)


_NOT_THEIRS = (
    "this letter speaks to the complainant; to others go information_request, message and data_access, or a text of "
    "your own, and never together with the complainant"
)
_NOBODY = Fault("/to", "recipient-missing", "nobody in this case is the one to write to; name a party")
_NO_COLLEAGUE = Fault("/to", "recipient-missing", "no colleague has this role; record the hand-over without a letter")
_NO_ADDRESS = Fault("/to", "address-missing", "whom this would be sent to has no e-mail address; choose another way")
