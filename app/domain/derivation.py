"""Why a term ends when it ends, as data."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from app.domain.calendar import Holiday, Period, shifted
from app.domain.counting import Counting, Extension


class Pause(NamedTuple):
    """Days that are not counted: from `first` up to, not including, `until`; still open when that is None."""

    first: date
    until: date | None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.until is None or day < self.until)


class Skipped(NamedTuple):
    """A weekday that did not count as a working day, by name."""

    day: date
    name_nl: str
    name_en: str


class Rolled(NamedTuple):
    """A day on which the term could not end: saturday, sunday, holiday, suspended, minimum (too few ordinary days)."""

    day: date
    reason: str
    holiday: Holiday | None


class Lengthened(NamedTuple):
    """What became of an extension: refused when late; else the un-rolled end it gave (None while suspended).

    `lengthens`: the term does not end where it ended without it; so too while nobody knows where that is.
    """

    extension: Extension
    accepted: bool
    moved_to: date | None
    lengthens: bool


class Changed(NamedTuple):
    """Since that day another period holds than the one before; `because` names the words of its condition."""

    before: Period
    on: date
    because: tuple[str, ...]


@dataclass(frozen=True)
class Derivation:
    """Why a term ends when it ends: everything needed to explain the date to the person who disputes it."""

    started_on: date
    received_on: date
    period: Period | None
    counting: Counting
    nominal_due_on: date | None
    back: bool = False
    known_on: date | None = None
    changed: Changed | None = None
    skipped: tuple[Skipped, ...] = ()
    weekend_days: int = 0
    extensions: tuple[Lengthened, ...] = ()
    suspended: tuple[Pause, ...] = ()
    rolled: tuple[Rolled, ...] = ()

    @property
    def direction(self) -> str:
        """`stated`: nothing was counted, the start event names the day."""
        if self.period is None:
            return "stated"
        return "back" if self.back else "forward"

    @property
    def suspended_days(self) -> int:
        return sum((pause.until - pause.first).days for pause in self.suspended if pause.until)

    def as_data(self) -> dict[str, Any]:
        """The derivation as plain JSON: dates as ISO text. Settings appear only where they are not the default."""
        return {
            "started_on": self.started_on.isoformat(),
            **({"received_on": self.received_on.isoformat()} if self.received_on != self.started_on else {}),
            "period": _period_data(self.period) if self.period else None,
            "direction": self.direction,
            "profile": self.counting.calendar.profile,
            "calendar_version": self.counting.calendar.version,
            **self.counting.changed_settings(),
            "nominal_due_on": _iso(self.nominal_due_on),
            **({"known_on": self.known_on.isoformat()} if self.known_on else {}),
            **({"changed": _changed_data(self.changed)} if self.changed else {}),
            "skipped": [{"date": each.day.isoformat(), **_names(each)} for each in self.skipped],
            "weekend_days": self.weekend_days,
            "extensions": [_extension_data(each) for each in self.extensions],
            "suspended_days": self.suspended_days,
            "suspensions": [_pause_data(each) for each in self.suspended],
            "rolled": [_rolled_data(each) for each in self.rolled],
        }


def _names(named: Skipped | Holiday) -> dict[str, str]:
    return {"name_nl": named.name_nl, "name_en": named.name_en}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _period_data(period: Period) -> dict[str, Any]:
    return {"amount": period.amount, "unit": period.unit.value}


def _changed_data(changed: Changed) -> dict[str, Any]:
    return {"from": _period_data(changed.before), "on": changed.on.isoformat(), "because": list(changed.because)}


def _extension_data(lengthened: Lengthened) -> dict[str, Any]:
    extension = lengthened.extension
    by = _period_data(extension.period) if extension.period else {"until": _iso(extension.until)}
    return {
        **by,
        "notified_on": _iso(extension.notice_on),
        "accepted": lengthened.accepted,
        "moved_to": _iso(lengthened.moved_to),
        "lengthens": lengthened.lengthens,
    }


def _pause_data(pause: Pause) -> dict[str, Any]:
    through = shifted(pause.until, -1) if pause.until else None
    return {"from": pause.first.isoformat(), "through": _iso(through)}


def _rolled_data(rolled: Rolled) -> dict[str, Any]:
    names = _names(rolled.holiday) if rolled.holiday else {}
    return {"date": rolled.day.isoformat(), "reason": rolled.reason, **names}
