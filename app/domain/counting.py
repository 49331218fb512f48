"""How a procedure counts, and what makes a term longer: the settings of terms.md, with their defaults."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from app.domain.calendar import Calendar, Period, calendar_for, local_date
from app.domain.vocabulary import FirstDay, Receipt, Roll


class RollForward(StrEnum):
    """Whether an end on a Saturday, Sunday or holiday moves to a later day (C6)."""

    none = "none"
    atw = "atw"
    """Algemene termijnenwet art. 1, 2 and 4."""
    eu1182 = "eu1182"
    """Regulation (EEC, Euratom) 1182/71 art. 3(4) and 3(5): terms of Union law, such as those of the AVG."""


@dataclass(frozen=True)
class Counting:
    """How one procedure counts: each of these is a setting of it, with the default of terms.md."""

    calendar: Calendar = field(default_factory=calendar_for)
    first_day: FirstDay = "not_counted"
    receipt: Receipt = "arrival"
    closes_at: time = time(17)
    roll_forward: RollForward | Roll = RollForward.none

    def changed_settings(self) -> dict[str, Any]:
        """Only what differs from the default, as data."""
        office = {"receipt": self.receipt, "closes_at": self.closes_at.isoformat("minutes")}
        return {
            **({"first_day": self.first_day} if self.first_day != "not_counted" else {}),
            **(office if self.receipt == "office_hours" else {}),
            **({"roll_forward": str(self.roll_forward)} if self.roll_forward != RollForward.none else {}),
        }


@dataclass(frozen=True)
class Extension:
    """A longer term: by a period, or until an explicit date; exactly one of the two (ValueError otherwise).

    The notice is a local date or an instant. One after the then current due date is refused (C9); without a notice the
    extension is taken to have been in time.
    """

    until: date | None = None
    period: Period | None = None
    notified_on: date | None = None
    notified_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.until is None) == (self.period is None):
            raise ValueError("an extension is either by a period or until a date")

    @property
    def notice_on(self) -> date | None:
        return local_date(self.notified_at) if self.notified_at else self.notified_on


@dataclass(frozen=True)
class Suspension:
    """The clock stands still from the day after the request up to, not including, the day it ended (C8)."""

    requested_on: date
    ended_on: date | None = None
