"""Days that decide whether something is still possible: filing, extending, keeping, and how old someone is."""

from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from app.domain.calendar import Calendar, Period, add, calendar_for, local_date, shifted, subtract
from app.domain.counting import Counting
from app.domain.deadline import breach_of, count


def extension_in_time(current_due_on: date, notified_at: datetime) -> bool:
    """Whether the notice went out no later than the current due date (C9)."""
    return notified_at < breach_of(current_due_on)


def window_end(counting: Counting, since: date, period: Period) -> date:
    """The last day of what others may do within a period after that day: to object, to go to a body.

    Counted and rolled as a term is (C6); the day is what it is, whether or not there was somebody to receive anything.
    """
    end = count(replace(counting, receipt="arrival"), period, since).due_on
    if end is None:
        raise ValueError("nothing suspends a window")
    return end


class Limit(NamedTuple):
    """The day that decides whether something came in time, and whether it did."""

    day: date
    admissible: bool


def conduct_admissible_back(
    conduct_on: date, filed_at: datetime, period: Period, calendar: Calendar | None = None
) -> Limit:
    """The oldest day of conduct still open to complaint on the filing date, and whether this conduct is (C12).

    Counted back, never rolled, and strict: conduct of exactly the period ago is admissible.
    """
    oldest = subtract(calendar or calendar_for(), local_date(filed_at), period)
    return Limit(oldest, conduct_on >= oldest)


def last_filing_day(arose_on: date, period: Period, calendar: Calendar | None = None) -> date:
    """The last day to file when the period runs forward from the day the complaint arose; never rolled (C13)."""
    return add(calendar or calendar_for(), arose_on, period)


def keep_through(closed_on: date, period: Period, calendar: Calendar | None = None) -> date:
    """The last day on which a closed dossier is kept (C14)."""
    return add(calendar or calendar_for(), closed_on, period)


def erase_due_on(closed_on: date, period: Period, calendar: Calendar | None = None) -> date:
    """The day after: erasure is due then for a maximum ("tot"), and allowed from then for a minimum (C14)."""
    return shifted(keep_through(closed_on, period, calendar), 1)


def age(born: date, on: date) -> int:
    """Completed years on that day (C18).

    Someone born on 29 February completes a year on 1 March when that year has no such day, as Dutch practice has it:
    on 28 February the year is not yet full. C7 is about where a term ends, and does not apply to a birthday.
    """
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
