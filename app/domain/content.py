"""What a letter says, as far as it can be seen in its words: KK-11's acknowledgement mentions the handling term."""

import re
from collections.abc import Iterable
from datetime import date

from app.domain.calendar import Period
from app.domain.terms import Term
from app.domain.tongue import MONTHS, UNITS

_COUNTED = {
    "nl": "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien",
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
}
_NUMBERS = {language: words.split() for language, words in _COUNTED.items()}
_ANSWERS = ("first_response.sent", "second_response.sent", "decision.sent", "appeal_decision.sent")


def stated(text: str, terms: Iterable[Term]) -> set[str]:
    """Which owed contents the text itself shows: the term in which the answer comes, and its date."""
    words = " ".join(text.lower().split())
    found: set[str] = set()
    for term in terms:
        if not term.is_open or not set(term.duty.met_by) & set(_ANSWERS):
            continue
        # the period that holds for this complaint, which need not be the ordinary one; none where a day was named
        period = term.deadline.derivation.period
        if period is not None and _says(words, _periods(period)):
            found.add("handling_term")
        if term.due_on is not None and _says(words, _dates(term.due_on)):
            found |= {"handling_term", "due_date"}
    return found


def _says(words: str, wordings: Iterable[str]) -> bool:
    """Whether one of the wordings stands there as whole words: 14 weeks is not 4 weeks."""
    return any(re.search(rf"(?<!\w){re.escape(wording)}(?!\w)", words) for wording in wordings)


def _periods(period: Period) -> list[str]:
    amount = period.amount
    found = []
    for language, units in UNITS.items():
        unit = units[period.unit][0 if amount == 1 else 1]
        found += [f"{number} {unit}" for number in (str(amount), *_NUMBERS[language][amount : amount + 1])]
    return found


def _dates(day: date) -> list[str]:
    return [
        *(f"{day.day} {months[day.month - 1].lower()} {day.year}" for months in MONTHS.values()),
        f"{day.day:02}-{day.month:02}-{day.year}",
        f"{day.day}-{day.month}-{day.year}",
        day.isoformat(),
    ]
