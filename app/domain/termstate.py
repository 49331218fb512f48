"""The state of a term as of an instant."""

from datetime import datetime
from enum import StrEnum


class TermState(StrEnum):
    pending = "pending"
    met = "met"
    met_late = "met_late"
    overdue = "overdue"
    suspended = "suspended"
    cancelled = "cancelled"


def state(
    breach_at: datetime | None,
    met_at: datetime | None,
    as_of: datetime,
    cancelled_at: datetime | None = None,
    suspended: bool = False,
) -> TermState:
    """The state of a term as of an instant; what lies after that instant has not happened yet.

    An act exactly at `breach_at` is late (C2). A breach stays: no withdrawal or answer after it erases it.
    """
    met = met_at if met_at and met_at <= as_of else None
    cancelled = cancelled_at if cancelled_at and cancelled_at <= as_of else None
    if cancelled and not _late(cancelled, breach_at) and (met is None or cancelled < met):
        return TermState.cancelled
    if met:
        return TermState.met_late if _late(met, breach_at) else TermState.met
    if _late(as_of, breach_at):
        return TermState.overdue
    return TermState.suspended if suspended else TermState.pending


def _late(instant: datetime, breach_at: datetime | None) -> bool:
    return breach_at is not None and instant >= breach_at
