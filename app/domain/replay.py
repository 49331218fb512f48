"""Judges the counting by worked cases: given this rule and these events, is this the answer?

A document has `cases`, each with an `id`, a `kind`, what is given and what is `expected`. Every expected field is
compared; one that we do not compute is a difference, not something to pass over. A case that cannot be read fails, with
a sentence.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from app.domain.calendar import AMSTERDAM, DECREE_DAYS, Calendar, Period, calendar_for, local_date
from app.domain.counting import Counting, Extension, RollForward, Suspension
from app.domain.deadline import Deadline, breach_of, count, count_back
from app.domain.limits import age, conduct_admissible_back, extension_in_time, last_filing_day
from app.domain.periods import named_period, periodic_state
from app.domain.termstate import state

Case = Mapping[str, Any]
Answer = dict[str, Any]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_YEAR = Period.model_validate({"amount": 1, "unit": "years"})
_TWELVE_MONTHS = Period.model_validate({"amount": 12, "unit": "months"})
_OLD_ENOUGH_TO_FILE = 12

# What a procedure does with conduct that is too old, by the requirement that says so; the others have no such limit.
_TOO_OLD = {"SO-14": "may refuse", "BNW-06": "must refuse"}
_WITHOUT_LIMIT = ("JSO", "HSS")
# Procedures without any extension, and those that want its reason.
_NEVER_EXTENDED = ("JSO", "SO!", "HSS")
_EXTENDED_WITH_REASON = ("BNW",)


@dataclass(frozen=True)
class Replay:
    """How many cases came out as expected, how many did not, and a line for each that did not."""

    passed: int
    failed: int
    lines: tuple[str, ...]

    @property
    def summary(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"

    @property
    def exit_code(self) -> int:
        return 1 if self.failed else 0


def replay_text(text: str) -> Replay:
    """As `replay`, from the text of a JSON file."""
    try:
        return replay(json.loads(text))
    except (json.JSONDecodeError, RecursionError):
        return Replay(0, 1, ("the file is not JSON",))


def replay(document: Any) -> Replay:
    """Judges every case of the document; a document without cases fails."""
    cases = document.get("cases") if isinstance(document, Mapping) else None
    if not isinstance(cases, list) or not cases:
        return Replay(0, 1, ("the document has no list of cases",))
    found = [(case, differences(case)) for case in cases]
    lines = tuple(f"{_name(case)}: {'; '.join(faults)}" for case, faults in found if faults)
    return Replay(len(found) - len(lines), len(lines), lines)


def differences(case: Any) -> list[str]:
    """What is different from what the case expects, one sentence each; empty when it comes out."""
    if not isinstance(case, Mapping):
        return ["a case is an object"]
    answer = _ANSWERS.get(str(case.get("kind")))
    if answer is None:
        return [f"there is no kind of case called {case.get('kind')!r}"]
    expected = case.get("expected")
    if not isinstance(expected, Mapping) or not expected:
        return ["it says nothing of what is expected"]
    try:
        answers = answer(case)
    except Exception as problem:  # whatever is in this case, the others must still be judged
        return [f"it cannot be read: {type(problem).__name__}: {problem}".splitlines()[0]]
    return [_difference(name, value, answers) for name, value in expected.items() if not _same(name, value, answers)]


def _name(case: Any) -> str:
    named = case if isinstance(case, Mapping) else {}
    return " ".join(str(named[part]) for part in ("id", "kind", "requirement") if part in named) or "a case"


def _same(name: str, expected: Any, answers: Answer) -> bool:
    if name not in answers:
        return False
    answer = answers[name]
    if type(expected) is not type(answer):
        return False
    return bool(expected == answer or (isinstance(answer, str) and _instant(expected) == _instant(answer) is not None))


def _instant(text: str) -> tuple[datetime, timedelta | None] | None:
    """An instant and its offset, so that Z is +00:00 but 23:59:59 must be given in local time."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (instant, instant.utcoffset()) if instant.tzinfo else None


def _difference(name: str, expected: Any, answers: Answer) -> str:
    if name not in answers:
        return f"{name} is not something we compute for this kind of case"
    return f"{name} should be {expected}, is {answers[name]}"


def _calendar(case: Case) -> Calendar:
    """The calendar of the case. Its extra holidays count for the Act as well as for working days."""
    extra = tuple((date.fromisoformat(day), "extra") for day in case.get("extra_holidays") or ())
    return calendar_for(str(case.get("calendar", "nl-atw-3-1")).lower(), extra, DECREE_DAYS + extra)


def _counting(case: Case) -> Counting:
    return Counting(
        calendar=_calendar(case),
        first_day=case.get("first_day", "not_counted"),
        receipt=case.get("receipt", "arrival"),
        closes_at=time.fromisoformat(case.get("closes_at", "17:00")),
        roll_forward=RollForward(case.get("roll_forward", "none")),
    )


def _extension(given: Case) -> Extension:
    return Extension(
        until=_date(given.get("until")),
        period=Period(amount=given["amount"], unit=given["unit"]) if "amount" in given else None,
        notified_at=_at(given.get("notified_at")),
    )


def _suspension(given: Case) -> Suspension:
    return Suspension(requested_on=date.fromisoformat(given["requested"]), ended_on=_date(given.get("ended")))


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _deadline(case: Case) -> Answer:
    deadline = count(
        _counting(case),
        Period.model_validate(case["rule"]),
        datetime.fromisoformat(case["start"]),
        [_extension(each) for each in case.get("extensions") or ()],
        [_suspension(each) for each in case.get("suspensions") or ()],
    )
    return {
        "start_date": deadline.started_on.isoformat(),
        "start_weekday": _weekday(deadline.started_on),
        "nominal_due_date": _text(deadline.nominal_due_on),
        "due_date": _text(deadline.due_on),
        "due_weekday": _weekday(deadline.due_on),
        "due_at": _last_second(deadline.due_on),
        "breach_from": _breach(deadline),
        "act_by_working_day": _text(deadline.act_by),
        "state": "pending" if deadline.due_on else "suspended",
    }


def _backward(case: Case) -> Answer:
    given = case["input"]
    hearing = date.fromisoformat(given["hearing_date"])
    deadline = count_back(_counting(case), Period.model_validate(given["before"]), hearing)
    return {
        "last_day": _text(deadline.due_on),
        "last_weekday": _weekday(deadline.due_on),
        "due_at": _last_second(deadline.due_on),
        "breach_from": _breach(deadline),
        "act_by_working_day": _text(deadline.act_by),
    }


def _term_state(case: Case) -> Answer:
    given = case["input"]
    breach_at = breach_of(date.fromisoformat(given["due_date"])) if given["due_date"] else None
    as_of = datetime.fromisoformat(given["as_of"])
    found = state(breach_at, _at(given.get("satisfied_at")), as_of, _at(given.get("withdrawn_at")), breach_at is None)
    return {"breach_from": _utc(breach_at), "state": found.value}


def _limitation(case: Case) -> Answer:
    given = case["input"]
    filed_at = datetime.fromisoformat(given["filed_at"])
    if "arose_on" in given:
        return _filing_limit(date.fromisoformat(given["arose_on"]), filed_at)
    if str(case.get("regeling")) in _WITHOUT_LIMIT:
        return {"oldest_admissible_conduct_date": None, "admissible": True, "effect": "handle"}
    oldest, admissible = conduct_admissible_back(date.fromisoformat(given["conduct_date"]), filed_at, _YEAR)
    effect = "handle" if admissible else _TOO_OLD.get(str(case.get("requirement")), "may refuse")
    return {"oldest_admissible_conduct_date": oldest.isoformat(), "admissible": admissible, "effect": effect}


def _filing_limit(arose_on: date, filed_at: datetime) -> Answer:
    """KK-07: a late complaint is flagged for the chair, who may refuse it."""
    last = last_filing_day(arose_on, _TWELVE_MONTHS)
    admissible = local_date(filed_at) <= last
    effect = "handle" if admissible else "may refuse"
    return {"last_filing_day": last.isoformat(), "admissible": admissible, "effect": effect}


def _extension_validity(case: Case) -> Answer:
    given = case["input"]
    current, wanted = date.fromisoformat(given["current_due_date"]), _date(given.get("new_due_date"))
    in_time = extension_in_time(current, datetime.fromisoformat(given["notified_at"]))
    accepted = wanted is not None and wanted > current and in_time and _may_extend(case)
    return {"accepted": accepted, "resulting_due_date": _text(wanted if accepted else current)}


def _may_extend(case: Case) -> bool:
    """Whether the procedure has an extension at all, and the reason it asks for is there (BNW-10)."""
    regeling = str(case.get("regeling"))
    reasoned = bool(str(case["input"].get("reason") or "").strip())
    return regeling not in _NEVER_EXTENDED and (reasoned or regeling not in _EXTENDED_WITH_REASON)


def _age_rule(case: Case) -> Answer:
    given = case["input"]
    years = age(date.fromisoformat(given["born"]), local_date(datetime.fromisoformat(given["filed_at"])))
    alone = years >= _OLD_ENOUGH_TO_FILE
    return {"age": years, "may_file_alone": alone, "otherwise_required": None if alone else "parent_or_guardian"}


def _periodic(case: Case) -> Answer:
    given = case["input"]
    bounds = named_period(given["period"])
    completed = [datetime.fromisoformat(each) for each in given["completed_at"] or ()]
    found = periodic_state(bounds, completed, datetime.fromisoformat(given["as_of"]))
    return {"due_date": bounds.due_on.isoformat(), "breach_from": _utc(bounds.breach_at), "state": found.value}


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _weekday(day: date | None) -> str | None:
    return _WEEKDAYS[day.weekday()] if day else None


def _last_second(day: date | None) -> str | None:
    return datetime.combine(day, time(23, 59, 59), AMSTERDAM).isoformat() if day else None


def _breach(deadline: Deadline) -> str | None:
    return _utc(deadline.breach_at)


def _utc(instant: datetime | None) -> str | None:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None


_ANSWERS: dict[str, Callable[[Case], Answer]] = {
    "deadline": _deadline,
    "backward": _backward,
    "term_state": _term_state,
    "limitation": _limitation,
    "extension_validity": _extension_validity,
    "age_rule": _age_rule,
    "periodic": _periodic,
}
