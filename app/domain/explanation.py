"""No date without its reason: a term's derivation as one Dutch and one English sentence (terms.md, Explanation).

Written for the complainant and the employee: what, by when, and every reason why it is not another day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.domain.calendar import Period, Unit
from app.domain.derivation import Derivation
from app.domain.tongue import DAYS, MONTHS, UNITS
from app.domain.words import WORDS

Data = Mapping[str, Any]

_NAMED_AT_MOST = 6


@dataclass(frozen=True)
class _Sentences:
    """The phrases of one language; {} are filled in by name."""

    language: str
    conjunction: str
    due: str
    suspended: str
    after: str
    same_day: str
    same_working_day: str
    before: str
    stated: str
    known: str
    turned_out: str
    changed: str
    shut: str
    first_counts: str
    skipped: tuple[str, str]
    others: tuple[str, str]
    weekends: str
    extended_by: str
    extended_until: str
    not_longer_by: str
    not_longer_until: str
    refused: str
    notice: str
    paused: tuple[str, str]
    paused_day: str
    paused_range: str
    ended_on: str
    minimum: str
    act_by: str
    done: str
    done_late: str


_NL = _Sentences(
    language="nl",
    conjunction="en",
    due="{duty} is uiterlijk {due} nodig: {rule}",
    suspended="{duty} heeft nu geen uiterste datum, want de termijn is opgeschort sinds {since}: {rule}",
    after="{period} na {start} op {started}",
    same_day="op de dag van {start} zelf, {started}",
    same_working_day="op de dag van {start} zelf, {started}, of anders de eerste werkdag daarna",
    before="{period} voor {start} op {started}",
    stated="de laatste dag is genoemd op {started}, bij {start}",
    known="dat zou {nominal} zijn, maar het werd pas op {known} bekend",
    turned_out="dat deze termijn geldt, bleek pas op {known}, en eerder kan zij niet aflopen",
    changed="eerst was dit {before}, sinds {on} {period}{why}",
    shut="dit kwam binnen op {received} en telt vanaf de eerstvolgende werkdag dat er iemand was, {started}",
    first_counts="de eerste dag telt zelf mee",
    skipped=("{names} telt niet mee", "{names} tellen niet mee"),
    others=("nog 1 vrije dag", "nog {number} vrije dagen"),
    weekends="zaterdagen en zondagen tellen niet mee",
    extended_by="de termijn is verlengd met {period}{notice}",
    extended_until="de termijn is verlengd tot en met {until}{notice}",
    not_longer_by="een verlenging met {period}{notice} maakt de termijn niet langer",
    not_longer_until="een verlenging tot en met {until}{notice} maakt de termijn niet langer",
    refused="een verlenging{notice} kwam te laat en verandert niets",
    notice=" (bericht van {day})",
    paused=(
        "1 dag waarop de termijn stilstond ({ranges}) telt niet mee",
        "{number} dagen waarop de termijn stilstond ({ranges}) tellen niet mee",
    ),
    paused_day="{day}",
    paused_range="{first} tot en met {last}",
    ended_on="omdat de termijn anders op {nominal}{why} zou eindigen, schuift het einde door",
    minimum="er moeten ten minste twee gewone dagen in de termijn vallen",
    act_by="die dag is geen werkdag, dus doe het op {act_by}",
    done="Dit is op tijd gedaan, op {day}.",
    done_late="Dit is te laat gedaan, op {day}.",
)

_EN = _Sentences(
    language="en",
    conjunction="and",
    due="{duty} is due no later than {due}: {rule}",
    suspended="{duty} has no due date now, because the term has been suspended since {since}: {rule}",
    after="{period} after {start} on {started}",
    same_day="on the day of {start} itself, {started}",
    same_working_day="on the day of {start} itself, {started}, or else on the first working day after it",
    before="{period} before {start} on {started}",
    stated="the last day was named on {started}, with {start}",
    known="that would be {nominal}, but it became known on {known} only",
    turned_out="that this period holds became clear on {known} only, and it cannot end before that",
    changed="first it was {before}, since {on} {period}{why}",
    shut="this came in on {received} and counts from the next working day that somebody was there, {started}",
    first_counts="the first day itself counts",
    skipped=("{names} does not count", "{names} do not count"),
    others=("1 more day off", "{number} more days off"),
    weekends="Saturdays and Sundays do not count",
    extended_by="the term was extended by {period}{notice}",
    extended_until="the term was extended until {until}{notice}",
    not_longer_by="an extension by {period}{notice} does not make the term longer",
    not_longer_until="an extension until {until}{notice} does not make the term longer",
    refused="an extension{notice} came too late and changes nothing",
    notice=" (notice of {day})",
    paused=(
        "1 day on which the clock stood still ({ranges}) does not count",
        "{number} days on which the clock stood still ({ranges}) do not count",
    ),
    paused_day="{day}",
    paused_range="{first} through {last}",
    ended_on="because the term would otherwise end on {nominal}{why}, its end moves on",
    minimum="the term must hold at least two ordinary days",
    act_by="that is no working day, so act on {act_by}",
    done="This was done in time, on {day}.",
    done_late="This was done too late, on {day}.",
)


def explain(
    derivation: Derivation | Data,
    due_on: date | None,
    act_by: date | None,
    *,
    duty_title: Mapping[str, str],
    source: str | None,
    start_title: Mapping[str, str],
) -> dict[str, str]:
    """One sentence per language (`nl`, `en`) on why the term ends when it ends.

    `derivation` is a Derivation or its `as_data()`; the titles are texts per language. Without `due_on` the term is
    suspended.
    """
    data = derivation.as_data() if isinstance(derivation, Derivation) else derivation
    return {
        words.language: _sentence(
            words, data, due_on, act_by, duty_title[words.language], start_title[words.language], source
        )
        for words in (_NL, _EN)
    }


def done(day: date, *, late: bool) -> dict[str, str]:
    """One sentence more per language, of a term that was met: when, and whether that was in time."""
    return {
        words.language: (words.done_late if late else words.done).format(day=_day(words, day)) for words in (_NL, _EN)
    }


def in_words(period: Period) -> dict[str, str]:
    """A period as people read it: `5 werkdagen`, `5 working days`."""
    data = {"amount": period.amount, "unit": period.unit.value}
    return {words.language: _period(words, data) for words in (_NL, _EN)}


def _sentence(
    words: _Sentences, data: Data, due_on: date | None, act_by: date | None, duty: str, start: str, source: str | None
) -> str:
    rule = _rule(words, data, start) + (f" ({source})" if source else "")
    duty = duty[:1].upper() + duty[1:]
    if due_on is None:
        head = words.suspended.format(duty=duty, since=_since(words, data), rule=rule)
    else:
        head = words.due.format(duty=duty, due=_day(words, due_on), rule=rule)
    clauses = [
        *_about_start(words, data),
        *_about_skipped(words, data),
        *_about_extensions(words, data),
        *_about_suspension(words, data),
        *_about_roll(words, data),
    ]
    if due_on and act_by and act_by != due_on and act_by.isoformat() >= _known_from(data):
        clauses.append(words.act_by.format(act_by=_day(words, act_by)))
    return "; ".join([head, *clauses]) + "."


def _rule(words: _Sentences, data: Data, start: str) -> str:
    period, started = data["period"], _day(words, data["started_on"])
    if data["direction"] == "stated":
        return words.stated.format(start=start, started=started)
    if period["amount"] == 0 and data["direction"] == "forward":
        same_day = words.same_working_day if period["unit"] == Unit.working_days else words.same_day
        return same_day.format(start=start, started=started)
    phrase = words.before if data["direction"] == "back" else words.after
    return phrase.format(period=_period(words, period), start=start, started=_day(words, _arrived(data)))


def _known_from(data: Data) -> str:
    """The first day on which anybody could act: nobody is told to do it before it came in, or became known."""
    return str(data.get("known_on", "")) if data["direction"] == "back" else _arrived(data)


def _arrived(data: Data) -> str:
    return str(data.get("received_on", data["started_on"]))


def _about_start(words: _Sentences, data: Data) -> Iterable[str]:
    if "received_on" in data:
        received, started = _day(words, data["received_on"]), _day(words, data["started_on"])
        yield words.shut.format(received=received, started=started)
    if "changed" in data:
        yield _changed(words, data["changed"], data["period"])
    if "known_on" in data and data["direction"] == "forward":
        yield words.turned_out.format(known=_day(words, data["known_on"]))
    elif "known_on" in data:
        yield words.known.format(nominal=_day(words, data["nominal_due_on"]), known=_day(words, data["known_on"]))
    if data.get("first_day") == "counted" and data["direction"] == "forward":
        yield words.first_counts


def _changed(words: _Sentences, changed: Data, period: Data) -> str:
    why = _listed(words, [getattr(WORDS[name], words.language) for name in changed["because"]] or [""])
    return words.changed.format(
        before=_period(words, changed["from"]),
        on=_day(words, changed["on"]),
        period=_period(words, period),
        why=f" ({why})" if why else "",
    )


def _about_skipped(words: _Sentences, data: Data) -> Iterable[str]:
    names = [f"{each['name_' + words.language]} ({_short(words, each['date'])})" for each in data["skipped"]]
    shown, hidden = names[:_NAMED_AT_MOST], len(names[_NAMED_AT_MOST:])
    if hidden:
        shown.append(_counted(words.others, hidden))
    if shown:
        yield _counted(words.skipped, len(shown), names=_listed(words, shown))
    elif data["weekend_days"]:
        yield words.weekends


def _about_extensions(words: _Sentences, data: Data) -> Iterable[str]:
    for each in data["extensions"]:
        notice = words.notice.format(day=_day(words, each["notified_on"])) if each["notified_on"] else ""
        if not each["accepted"]:
            yield words.refused.format(notice=notice)
        elif "until" in each:
            until = words.extended_until if _lengthens(each) else words.not_longer_until
            yield until.format(until=_day(words, each["until"]), notice=notice)
        else:
            by = words.extended_by if _lengthens(each) else words.not_longer_by
            yield by.format(period=_period(words, each), notice=notice)


def _lengthens(extension: Data) -> bool:
    """A derivation that was kept from before this was said does not say it."""
    return bool(extension.get("lengthens", extension["accepted"]))


def _about_suspension(words: _Sentences, data: Data) -> Iterable[str]:
    since = _in_new_date(data)
    closed = [each for each in data["suspensions"] if each["through"] and each["through"] > since]
    # the days after the notice only; dates as ISO text are in order
    pauses = [(max(each["from"], _next(since)), each["through"]) for each in closed]
    if pauses:
        days = sum((date.fromisoformat(last) - date.fromisoformat(first)).days + 1 for first, last in pauses)
        yield _counted(words.paused, days, ranges=_listed(words, [_range(words, *each) for each in pauses]))


def _in_new_date(data: Data) -> str:
    """The last day that a promised date reckons with: what was not counted until then is in it."""
    moved = [each for each in data["extensions"] if "until" in each and each["accepted"] and _lengthens(each)]
    return (moved[-1]["notified_on"] if moved else None) or date.min.isoformat()


def _next(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _range(words: _Sentences, first: str, last: str) -> str:
    if first == last:
        return words.paused_day.format(day=_day(words, first))
    return words.paused_range.format(first=_day(words, first), last=_day(words, last))


def _since(words: _Sentences, data: Data) -> str:
    return next(_day(words, each["from"]) for each in data["suspensions"] if each["through"] is None)


def _about_roll(words: _Sentences, data: Data) -> Iterable[str]:
    rolled = data["rolled"]
    if not rolled:
        return
    name = rolled[0].get("name_" + words.language)
    if rolled[0]["reason"] != "minimum":
        why = f" ({name})" if name else ""
        yield words.ended_on.format(nominal=_day(words, rolled[0]["date"]), why=why)
    others = [each for each in rolled[1:] if each.get("name_" + words.language)]
    names = [f"{each['name_' + words.language]} ({_short(words, each['date'])})" for each in others]
    if names:
        yield _counted(words.skipped, len(names), names=_listed(words, names))
    if any(each["reason"] == "minimum" for each in rolled):
        yield words.minimum


def _counted(phrases: tuple[str, str], number: int, **filled: str) -> str:
    return phrases[0 if number == 1 else 1].format(number=number, **filled)


def _listed(words: _Sentences, parts: Sequence[str]) -> str:
    return f" {words.conjunction} ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)


def _period(words: _Sentences, period: Data) -> str:
    one, more = UNITS[words.language][period["unit"]]
    return f"{period['amount']} {one if period['amount'] == 1 else more}"


def _day(words: _Sentences, day: date | str) -> str:
    """With its weekday and year: maandag 4 mei 2026."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{_short(words, day)} {day.year}"


def _short(words: _Sentences, day: date | str) -> str:
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{DAYS[words.language][day.weekday()]} {day.day} {MONTHS[words.language][day.month - 1]}"
