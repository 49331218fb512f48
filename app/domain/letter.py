"""Letters as data: templates without logic, what they owe under a procedure, and how one is written.

A template is read once: what is filled in is never looked at for placeholders again.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.domain import vocabulary as word
from app.domain.errors import Fault, Invalid
from app.domain.placeholders import BRACE, PLACEHOLDERS, PROVIDED, WRITTEN, field_of
from app.domain.procedure import Procedure
from app.domain.text import shows

LetterName = Literal[
    "acknowledgement",
    "receipt",
    "information_request",
    "inadmissibility_notice",
    "extension_notice",
    "first_response",
    "second_response",
    "decision",
    "decision_copy",
    "closing",
    "appeal_decision",
    "hand_over",
    "data_access",
    "message",
]
Language = Literal["nl", "en"]
LONGEST = 200_000  # characters: everything that a step can say fits
MOST_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of letter: the step (a path segment) that sending it takes, and the event which that records.

    `to_others`: it can go to somebody else than the complainant, because it calls nothing theirs.
    `tells`: placeholders of which at least one is filled in, where its template has any of them.
    """

    step: str | None = None
    event: str | None = None
    to_others: bool = False
    tells: tuple[str, ...] = ()


_OUTCOME = ("text", "verdict", "outcome", "findings", "reasons", "conclusions", "measures", "advice")
LETTERS: Mapping[str, Kind] = {
    "acknowledgement": Kind("acknowledgements", "complaint.acknowledged"),
    # goes out by itself when something came in; meets no duty
    "receipt": Kind(),
    "information_request": Kind("information-requests", "information.requested", to_others=True),
    "inadmissibility_notice": Kind("inadmissibility-notices", "inadmissibility.notified"),
    "extension_notice": Kind("extensions", "extension.notified"),
    "first_response": Kind("responses", "first_response.sent"),
    "second_response": Kind("responses", "second_response.sent"),
    "decision": Kind("decisions", "decision.sent"),
    "decision_copy": Kind("decision-copies", "decision.copied", tells=_OUTCOME),
    "closing": Kind("closures", "complaint.closed"),
    "appeal_decision": Kind("appeal-decisions", "appeal_decision.sent"),
    "hand_over": Kind("hand-overs", "complaint.handed_over", to_others=True),
    "data_access": Kind(None, "data_request.answered", to_others=True),
    # a free letter
    "message": Kind(to_others=True),
}


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Paragraph(Part):
    """A paragraph as it was written. `says`: contents that it holds in words of its own, without a placeholder."""

    text: str = Field(min_length=1, max_length=4000)
    says: tuple[word.Content, ...] = Field((), max_length=20)


class Template(Part):
    letter: LetterName
    language: Language
    subject: str = Field(min_length=1, max_length=200)
    paragraphs: tuple[Paragraph, ...] = Field(min_length=1, max_length=60)

    @classmethod
    def of(cls, letter: LetterName, language: Language, subject: str, text: str) -> Self:
        """From plain text: a blank line parts paragraphs."""
        parts = tuple(Paragraph(text=each) for each in parted(text))
        return cls(letter=letter, language=language, subject=subject, paragraphs=parts)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it is sent. `contents`: what it says, for the duty that it meets.

    `on`, `to`, `sender`: its day, and line by line whom it goes to and whom it comes from, for a document.
    """

    subject: str
    paragraphs: tuple[str, ...]
    contents: tuple[str, ...]
    language: str
    on: date | None = None
    to: tuple[str, ...] = ()
    sender: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The body as plain text."""
        return "\n\n".join(self.paragraphs)

    @classmethod
    def of(cls, subject: str, text: str, language: str, on: date | None = None, contents: Collection[str] = ()) -> Self:
        """A letter that was written before, from its subject and text."""
        return cls(" ".join(cleaned(subject).split()), parted(text), tuple(sorted(contents)), language, on)


# -- judging a template ----------------------------------------------------------------------------------------


def faults(template: Template) -> list[Fault]:
    """Everything in it that is no placeholder, or one that cannot stand there."""
    found = list(_subject_faults(template))
    for number, paragraph in enumerate(template.paragraphs):
        where = f"/paragraphs/{number}"
        found += _text_faults(template, paragraph.text, f"{where}/text")
        for said in sorted({*paragraph.says} & PROVIDED):
            wanted = " or ".join(f"{{{name}}}" for name in _providing(said))
            sentence = f"{said} is said with the facts of the case: use {wanted}"
            found.append(Fault(f"{where}/says", "placeholder-needed", sentence))
    return found


def _subject_faults(template: Template) -> Iterator[Fault]:
    yield from _text_faults(template, template.subject, "/subject")
    if len(template.subject.splitlines()) > 1:
        yield Fault("/subject", "one-line", "A subject is one line.")
    known = {name for name, each in PLACEHOLDERS.items() if each.subject}
    if any(optional or name not in known for name, optional in WRITTEN.findall(template.subject)):
        yield Fault("/subject", "not-in-subject", f"a subject tells nothing personal: only {', '.join(sorted(known))}")


def _text_faults(template: Template, text: str, where: str) -> Iterator[Fault]:
    if BRACE.search(WRITTEN.sub("", text)):
        yield Fault(where, "stray-brace", "A brace belongs to a placeholder: {name} or {name?}, nothing else.")
    names = {name for name, _ in WRITTEN.findall(text)}
    if names - set(PLACEHOLDERS):
        yield Fault(where, "placeholder-unknown", f"one of: {', '.join(PLACEHOLDERS)}")
    for name in sorted(names & set(PLACEHOLDERS)):
        only = PLACEHOLDERS[name].only
        if only and template.letter not in only:
            yield Fault(where, "placeholder-misplaced", f"{{{name}}} is for: {', '.join(only)}")


def greets(template: Template) -> bool:
    """Whether it names whom it goes to; what was written before that could be said greets the complainant."""
    return any(name == "recipient" for part in template.paragraphs for name, _ in _uses(part.text))


def quotes(template: Template) -> bool:
    """Whether it tells the complaint as it was put."""
    return any(name == "description" for part in template.paragraphs for name, _ in _uses(part.text))


def provides(template: Template) -> set[str]:
    """The contents that a letter by this template can say."""
    texts = [template.subject, *(paragraph.text for paragraph in template.paragraphs)]
    said = {content for paragraph in template.paragraphs for content in paragraph.says}
    return said | {content for text in texts for content in _contents_of(text)}


def _contents_of(text: str) -> set[str]:
    names = [name for name, _ in WRITTEN.findall(text) if name in PLACEHOLDERS]
    return {content for name in names for content in PLACEHOLDERS[name].contents}


def _providing(content: str) -> list[str]:
    return [name for name, each in PLACEHOLDERS.items() if content in each.contents]


def owed(procedure: Procedure, letter: str) -> set[str]:
    """Every content that some stage of the procedure asks of this letter."""
    event = LETTERS[letter].event
    found = {"support_offer"} if letter == "acknowledgement" and procedure.support else set()
    to_body = {stage for body in procedure.bodies for stage in body.after}
    for stage in procedure.stages:
        for duty in procedure.duties_of(stage):
            found |= {*duty.content} if event in duty.said_by else set()
            if letter == "extension_notice" and duty.extension is not None:
                found |= extension_contents(reason=duty.extension.reason, new_date=duty.extension.new_date)
        if stage.answer is not None and stage.answer.event == event:
            found |= {*stage.answer.content} | ({"next_route"} if stage.stage in to_body else set())
    return found


def extension_contents(*, reason: bool, new_date: bool) -> set[str]:
    """What the notice of an extension says, by the rule that allows it."""
    return ({"reasons"} if reason else set()) | ({"new_date"} if new_date else set())


def lacking(template: Template, procedure: Procedure) -> list[Fault]:
    """What the procedure asks of this letter and the template cannot say."""
    missing = sorted(owed(procedure, template.letter) - provides(template))
    return [Fault("/paragraphs", "content-missing", _wanted(content)) for content in missing]


def _wanted(content: str) -> str:
    how = " or ".join(f"{{{name}}}" for name in _providing(content)) or "words of your own in a paragraph that says it"
    return f"the content that is owed lacks: {content}; use {how}"


# -- writing ---------------------------------------------------------------------------------------------------


def written(
    template: Template, values: Mapping[str, str], owed: Collection[str] = (), on: date | None = None
) -> Letter:
    """The letter, filled in. Raises Invalid naming each placeholder that is needed and empty, and what is owed."""
    known = {name: cleaned(value) for name, value in values.items()}
    kept = _kept(template, known)
    texts = [template.subject, *(part.text for part in kept)]
    empty = _empty(texts, known)
    found = _empty_faults(empty)
    contents = {said for part in kept for said in part.says}.union(*(_contents_of(text) for text in texts))
    found += [_owed_fault(content, empty) for content in sorted({*owed} - contents)]
    found += _untold(template, known)
    found += _length_faults(template.subject, [part.text for part in kept], known)
    if found:
        raise Invalid("This letter cannot be written yet.", faults=found)
    paragraphs = tuple(each for part in kept for each in parted(_filled(part.text, known)))
    subject = " ".join(_filled(template.subject, known).split())
    return Letter(subject, paragraphs, tuple(sorted(contents)), template.language, on)


def unwritten(template: Template, values: Mapping[str, str]) -> list[Fault]:
    """Of those texts of a faulty template in which nothing is wrong: each placeholder that is needed and empty, and
    that they are too long."""
    known = {name: cleaned(value) for name, value in values.items()}
    parts = [part.text for part in _kept(template, known) if not any(_text_faults(template, part.text, ""))]
    subject = "" if any(_subject_faults(template)) else template.subject
    return [*_empty_faults(_empty([subject, *parts], known)), *_length_faults(subject, parts, known)]


def _length_faults(subject: str, parts: Collection[str], known: Mapping[str, str]) -> list[Fault]:
    """What is still to be filled in makes it no shorter."""
    texts = [subject, *parts]
    if sum(len(text) + sum(len(known.get(name, "")) for name, _ in _uses(text)) for text in texts) > LONGEST:
        return [Fault("", "too-long", f"a letter has at most {LONGEST} characters")]
    paragraphs = (each for text in parts if not _empty([text], known) for each in parted(_filled(text, known)))
    if sum(each.count("\n") + 1 for each in paragraphs) > MOST_LINES:
        return [Fault("", "too-long", f"at most {MOST_LINES} lines")]
    return []


def _kept(template: Template, known: Mapping[str, str]) -> list[Paragraph]:
    def is_said(text: str) -> bool:
        return all(shows(known.get(name) or "") for name, maybe in _uses(text) if maybe)

    return [part for part in template.paragraphs if is_said(part.text)]


def _empty(texts: Collection[str], known: Mapping[str, str]) -> set[str]:
    return {name for text in texts for name, maybe in _uses(text) if not maybe and not shows(known.get(name) or "")}


def _empty_faults(empty: Collection[str]) -> list[Fault]:
    return [
        Fault(f"/{field_of(name)}", "placeholder-empty", f"this letter needs: {name}")
        for name in PLACEHOLDERS
        if name in empty
    ]


def _untold(template: Template, known: Mapping[str, str]) -> Iterator[Fault]:
    """SO-30: a letter that is there to tell something does not go out without it."""
    asked = {name for part in template.paragraphs for name, _ in _uses(part.text)} & {*LETTERS[template.letter].tells}
    if asked and not any(known.get(name) for name in asked):
        told = ", ".join(name for name in LETTERS[template.letter].tells if name in asked)
        yield Fault("/text", "content-missing", f"this letter tells what was decided, and nothing was recorded: {told}")


def _uses(text: str) -> Iterator[tuple[str, bool]]:
    return ((name, bool(maybe)) for name, maybe in WRITTEN.findall(text))


def _owed_fault(content: str, empty: Collection[str]) -> Fault:
    name = next((name for name in _providing(content) if name not in empty), None)
    where = f"/{field_of(name)}" if name else ""
    return Fault(where, "content-missing", f"the content that is owed lacks: {content}")


def _filled(text: str, values: Mapping[str, str]) -> str:
    return WRITTEN.sub(lambda found: values[found[1]], text)


_BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def parted(text: str) -> tuple[str, ...]:
    """The paragraphs of a text: a blank line parts them."""
    return tuple(part.strip() for part in _BLANK.split(cleaned(text)) if part.strip())


def cleaned(value: str) -> str:
    """Without control characters, which no letter shows and some readers obey; lines end in one way.

    A word processor ends a line with a vertical tab, and a page with a form feed.
    """
    text = re.sub(r"\r\n?|[\v\f\u2028\u2029\u0085]", "\n", value)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
