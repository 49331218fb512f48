"""What can be refused, and why.

    Refused
      Invalid              what was sent does not fit; names every fault
      Unauthenticated      nobody we know is asking
      Forbidden            known, but may not do this
      NotFound             not there, or not yours: the same answer
      NotPossible          not now; says what is possible instead
        InFlight           the same request is being answered at this moment
      Stale                it changed since you read it
      PreconditionRequired say which version you read (If-Match)
      KeyReused            this Idempotency-Key already stands for another request
      TooMany              slow down
      Unavailable          a part we need is down; try again later

Codes are stable and in kebab-case: programs may act on them. Texts never repeat what was sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (JSON pointer, query key or header name), a stable code, a sentence."""

    pointer: str
    code: str
    message: str


def shared(said: Sequence[Sequence[Fault]]) -> list[Fault]:
    """What is said each time, in the words of the first: holds whichever of these was meant."""
    places = [{(fault.pointer, fault.code) for fault in each} for each in said]
    return [fault for fault in said[0] if all((fault.pointer, fault.code) in each for each in places)] if said else []


def beside(told: Iterable[Fault], found: Iterable[Fault]) -> list[Fault]:
    """What is found elsewhere than where something was told: there it may come of that."""
    places = {fault.pointer for fault in told}
    return [fault for fault in found if fault.pointer not in places]


class Refused(Exception):
    """A refusal in words of the domain. `possible` lists what could be done instead, as data; `members` says more."""

    code = "refused"
    title = "Refused"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        faults: Iterable[Fault] = (),
        possible: Iterable[Mapping[str, Any]] = (),
        retry_after: int | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code or type(self).code
        self.detail = detail
        self.faults = tuple(faults)
        self.possible = tuple(possible)
        self.retry_after = retry_after
        self.members = dict(members or {})


class Invalid(Refused):
    code = "invalid"
    title = "The request is not valid"


def faults_of(look: Callable[[], object]) -> tuple[Fault, ...]:
    """What a look at something finds; nothing where it is refused for another reason."""
    try:
        look()
    except Invalid as refused:
        return refused.faults
    except Refused:
        return ()
    return ()


class Unauthenticated(Refused):
    code = "unauthenticated"
    title = "A valid API key is needed"


class Forbidden(Refused):
    code = "forbidden"
    title = "Not allowed"


class NotFound(Refused):
    code = "not-found"
    title = "Not found"


class NotPossible(Refused):
    code = "not-possible-now"
    title = "Not possible now"


class InFlight(NotPossible):
    code = "in-flight"
    title = "The same request is being answered"


class Stale(Refused):
    code = "stale"
    title = "It changed since you read it"


class PreconditionRequired(Refused):
    code = "precondition-required"
    title = "Say which version you read"


class KeyReused(Refused):
    code = "idempotency-key-reused"
    title = "This Idempotency-Key stands for another request"


class TooMany(Refused):
    code = "too-many-requests"
    title = "Too many requests"


class Unavailable(Refused):
    code = "unavailable"
    title = "Temporarily unavailable"
