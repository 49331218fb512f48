"""Letters: which template is in force, writing one for a complaint, and templates of an organisation's own.

A template has an id of its parts: procedure.letter.language.version. Version 0 is the one that ships.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.calendar import local_date
from app.domain.callers import Actor
from app.domain.correspondence import Said, to_others
from app.domain.dossier import Dossier
from app.domain.duties import demanded
from app.domain.errors import Fault, Invalid, NotFound, NotPossible, shared
from app.domain.letter import (
    LETTERS,
    Letter,
    Template,
    extension_contents,
    faults,
    greets,
    lacking,
    quotes,
)
from app.domain.letter import written as filled_in
from app.domain.procedure import Procedure
from app.domain.steps import extendable
from app.letters import reading
from app.services import complainant_codes, letter_values, letter_ways, procedures, rules
from app.services.letter_case import Case
from app.store import bodies, letter_templates, organisations
from app.store import rules as stored_rules
from app.store.transaction import Transaction

Row = Mapping[str, Any]
SHIPPED = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A version of a template, for one procedure. `template` is left out where many are listed."""

    procedure: str
    letter: str
    language: str
    version: int
    subject: str
    in_force: bool
    template: Template | None = None
    created_at: datetime | None = None
    created_by: UUID | None = None

    @property
    def id(self) -> str:
        return f"{self.procedure}.{self.letter}.{self.language}.{self.version}"


# -- writing ---------------------------------------------------------------------------------------------------


async def written(
    tx: Transaction,
    dossier: Dossier,
    row: Row,
    said: Said,
    to: Sequence[Row],
    facts: Mapping[str, Any],
    texts: Mapping[str, Any],
    *,
    trial: bool = False,
) -> Letter:
    """The letter that is to be said about a complaint, with what the step at hand says.

    `to`: whom it is for, as `correspondence.parties` keeps them. `trial`: only to be looked at, so nothing is made for
    it. Raises Invalid naming everything that it lacks.
    """
    letter = str(said.letter)
    template = await _fitting(tx, dossier, said, to)
    organisation = await organisations.read(tx)
    case = Case(
        letter, dossier, row, organisation, said.language, facts, texts, tuple(to), "", said.roles, said.automatic
    )
    case = await _with_code(tx, case, trial=trial)
    return filled_in(template, letter_values.values(case), owed_now(dossier, letter, facts), local_date(tx.now))


async def _with_code(tx: Transaction, case: Case, *, trial: bool) -> Case:
    """With the complainant's code, where this letter tells the way to a body that can use it."""
    ahead = letter_ways.bodies_ahead(case)
    if not ahead or not await bodies.listed(tx, ahead):
        return case
    found = await (complainant_codes.in_force if trial else complainant_codes.made)(tx, case.row["id"])
    return replace(case, code=found["code"] or case.words["no_code"])


def owed_now(dossier: Dossier, letter: str, facts: Mapping[str, Any]) -> set[str]:
    """The contents that this letter has to have as the complaint stands now."""
    event = LETTERS[letter].event
    found = set(demanded(dossier.situation, event).content) if event else set()
    if letter == "extension_notice":
        terms = [term for term in extendable(dossier.view) if facts.get("extends") in (None, term.key)]
        rule = terms[0].duty.extension if len(terms) == 1 else None
        found |= extension_contents(reason=rule.reason, new_date=rule.new_date) if rule else set()
    return found


async def _fitting(tx: Transaction, dossier: Dossier, said: Said, to: Sequence[Row]) -> Template:
    """The template in force; the one that ships to others than the complainant, where that greets the complainant, and
    when nobody writes it, where that quotes what a stranger wrote.
    """
    letter, language = str(said.letter), said.language
    procedure, kind = dossier.procedure.procedure, dossier.situation.kind
    template = await in_force(tx, procedure, letter, language, kind)
    unfit = (said.automatic and quotes(template)) or (to_others(to) and not greets(template))
    return _shipped_for(procedure, letter, language, kind) if unfit else template


async def in_force(tx: Transaction, procedure: str, letter: str, language: str, kind: str = "complaint") -> Template:
    """The newest of the organisation's own, else the one that ships. Raises Invalid for a letter that is none."""
    if letter not in LETTERS:
        raise Invalid("There is no such letter.", faults=[Fault("", "unknown", f"one of: {', '.join(LETTERS)}")])
    own = await letter_templates.newest(tx, procedure, letter, language)
    return _template(own) if own else _shipped_for(procedure, letter, language, kind)


def _shipped_for(procedure: str, letter: str, language: str, kind: str) -> Template:
    """What a procedure has of its own says what it does with a complaint; of anything else the letter for all tells."""
    return reading.shipped(letter, language, procedure if kind == "complaint" else None)


def _template(row: Row) -> Template:
    return Template.model_validate({**row["definition"], "letter": row["letter"], "language": row["language"]})


# -- templates -------------------------------------------------------------------------------------------------


async def listing(
    tx: Transaction, procedure: str | None = None, letter: str | None = None, language: str | None = None
) -> list[Kept]:
    """What ships and every version of the organisation's own, for each of its procedures; by id, oldest first."""
    own = await letter_templates.every(tx, procedure, letter, language)
    newest = {(row["procedure"], row["letter"], row["language"]): row["version"] for row in own}
    found = [_own(row, newest[row["procedure"], row["letter"], row["language"]]) for row in own]
    for name in sorted({row["procedure"] for row in await stored_rules.versions(tx, procedure)}):
        found += [
            _shipped(name, each, in_force=(name, each.letter, each.language) not in newest)
            for each in _shipping(name)
            if letter in (None, each.letter) and language in (None, each.language)
        ]
    return sorted(found, key=position)


def position(kept: Kept) -> tuple[str, str, str, int]:
    """Where it stands in the list."""
    return (kept.procedure, kept.letter, kept.language, kept.version)


def _shipping(procedure: str) -> Iterator[Template]:
    return (reading.shipped(letter, language, procedure) for letter in LETTERS for language in reading.LANGUAGES)


def _shipped(procedure: str, template: Template, *, in_force: bool) -> Kept:
    return Kept(procedure, template.letter, template.language, SHIPPED, template.subject, in_force, template)


def _own(row: Row, newest: int, template: Template | None = None) -> Kept:
    return Kept(
        procedure=row["procedure"],
        letter=row["letter"],
        language=row["language"],
        version=row["version"],
        subject=template.subject if template else row["subject"],
        in_force=row["version"] == newest,
        template=template,
        created_at=row["created_at"],
        created_by=row["created_by"],
    )


async def read(tx: Transaction, template_id: str) -> Kept:
    """One version of one template. Raises NotFound."""
    procedure, letter, language, number = _parts(template_id)
    newest = await letter_templates.newest(tx, procedure, letter, language)
    if number == SHIPPED and await stored_rules.versions(tx, procedure):
        return _shipped(procedure, reading.shipped(letter, language, procedure), in_force=newest is None)
    row = await letter_templates.read(tx, procedure, letter, language, number)
    if row is None or newest is None:
        raise _unknown()
    return _own(row, newest["version"], _template(row))


def _parts(template_id: str) -> tuple[str, str, str, int]:
    parts = template_id.split(".")
    if len(parts) != 4 or parts[1] not in LETTERS or parts[2] not in reading.LANGUAGES or not parts[3].isdecimal():
        raise _unknown()
    return parts[0], parts[1], parts[2], int(parts[3])


def _unknown() -> NotFound:
    return NotFound("There is no such template.")


async def save(tx: Transaction, procedure: str, template: Template, actor: Actor) -> Kept:
    """The next version of the organisation's own template, for good and in force at once.

    Raises Invalid with every fault, owed content that it cannot say among them; NotPossible when it changes nothing.
    """
    if found := await judged(tx, procedure, template):
        raise Invalid("This template cannot be used like this.", faults=found)
    await letter_templates.lock(tx, procedure, template.letter, template.language)
    last = await letter_templates.newest(tx, procedure, template.letter, template.language)
    if last is not None and _template(last) == template:
        raise NotPossible(f"Version {last['version']} says exactly this already.", code="same-version")
    number = (last["version"] if last else SHIPPED) + 1
    row = await letter_templates.insert(
        tx,
        {
            "id": tx.new_id(),
            "procedure": procedure,
            "letter": template.letter,
            "language": template.language,
            "version": number,
            "definition": template.model_dump(mode="json", include={"subject", "paragraphs"}),
            "created_at": tx.now,
            "created_by": actor.id,
        },
    )
    return _own(row, number, template)


async def judged(tx: Transaction, procedure: str, template: Template) -> list[Fault]:
    """Everything that is wrong with a template: in itself, and under the procedure as it is and as it will be."""
    known = await _procedures(tx, procedure)
    if not known:
        unknown = Fault("/procedure", "unknown", "the organisation has no procedure of this name")
        others = await rules.any_in_force(tx, local_date(tx.now))
        return [*faults(template), unknown, *shared([lacking(template, each) for each in others])]
    return list(dict.fromkeys([*faults(template), *(each for one in known for each in lacking(template, one))]))


async def _procedures(tx: Transaction, name: str) -> Sequence[Procedure]:
    """The version that holds now, and those that were published for later."""
    rows = await stored_rules.versions(tx, name)
    if not rows:
        return []
    today = local_date(tx.now)
    later = [row["version"] for row in rows if row["effective_from"] > today]
    coming = [await rules.procedure_version(tx, name, version) for version in later]
    return [(await procedures.read(tx, name)).procedure, *coming]
