"""Trying a template out: a letter about nothing real, and what is wrong with its template."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.calendar import Period, Unit, local_date, shifted
from app.domain.errors import Fault, Invalid
from app.domain.letter import Letter, Template, faults, unwritten, written
from app.domain.placeholders import PLACEHOLDERS
from app.letters import reading
from app.services import papers
from app.services.letter_case import day, period
from app.services.letters import in_force, judged
from app.store import organisations
from app.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter as it could be, and what is wrong with its template."""

    letter: Letter
    faults: Sequence[Fault]


async def preview(
    tx: Transaction, procedure: str, letter: str, language: str, template: Template | None, given: Mapping[str, str]
) -> Preview:
    """The given template, or the one in force, filled in with examples and with what is given over them.

    Raises Invalid for a template that cannot be filled in at all.
    """
    used = template or await in_force(tx, procedure, letter, language)
    organisation = await organisations.read(tx)
    values = {**_examples(tx, organisation["name"], language), **given}
    if found := [*faults(used), *_unknown(given)]:
        raise Invalid("This template cannot be filled in.", faults=[*found, *_of_values(unwritten(used, values))])
    try:
        made = written(used, values, on=local_date(tx.now))
    except Invalid as refused:
        raise Invalid(refused.detail, faults=_of_values(refused.faults)) from None
    made = replace(made, sender=papers.sender(organisation["name"], organisation["settings"]))
    return Preview(made, await judged(tx, procedure, used))


def _of_values(found: Sequence[Fault]) -> list[Fault]:
    """Where a preview is given what a step would say."""
    return [replace(fault, pointer="/values") for fault in found]


def _unknown(given: Collection[str]) -> Iterator[Fault]:
    if set(given) - PLACEHOLDERS.keys():
        yield Fault("/values", "placeholder-unknown", f"one of: {', '.join(PLACEHOLDERS)}")


def _examples(tx: Transaction, organisation: str, language: str) -> dict[str, str]:
    today = local_date(tx.now)
    days = {"received_on": -3, "due_on": 25, "promised_on": 25, "answer_by": 7, "new_due_on": 39}
    return {
        **reading.examples(language),
        **{name: day(shifted(today, by), language) for name, by in days.items()},
        "handling_term": period(Period(amount=4, unit=Unit.weeks), language),
        "organisation": organisation,
    }
