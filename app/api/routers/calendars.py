"""Calendars: which days are working days."""

from typing import Annotated, get_args

from fastapi import Path, Query

from app.api.callers import reads
from app.api.edge.route import Router
from app.api.routers.procedures import example_of
from app.api.schemas.calculator import CalendarAnswer, calendar_answer
from app.api.values import IN_DIGITS
from app.domain import vocabulary as word
from app.domain.calendar import Calendar, local_date
from app.services import rules
from app.services.calculator import FIRST_YEAR, LAST_YEAR
from app.store.transaction import Transaction

router = Router(tags=["calendars"])
_PROFILES = "|".join(get_args(word.Profile))


@router.get("/calendars/{profile}", openapi_extra=example_of(CalendarAnswer))
async def read(
    profile: Annotated[str, Path(pattern=f"^({_PROFILES})$", examples=["nl-atw-3-1"])],
    tx: Annotated[Transaction, reads("procedures:read")],
    year: Annotated[
        int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR, description="Left out: this year."), IN_DIGITS
    ] = None,
) -> CalendarAnswer:
    """The holidays that a profile keeps in a year, by the newest version of the calendar."""
    number = await rules.current_calendar(tx)
    calendar = Calendar(profile, number, await rules.decree_days(tx, number))
    return calendar_answer(calendar, year or local_date(tx.now).year)
