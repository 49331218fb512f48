"""A part of a dossier in the order in which somebody reads it: headings, facts and texts, from what is in its files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.domain.calendar import AMSTERDAM
from app.domain.dossier_contents import ADMISSIBILITY
from app.domain.dossier_package import Package
from app.domain.letter import parted
from app.domain.package_words import Words
from app.domain.part import Words as Title
from app.domain.procedure import Procedure
from app.domain.redaction import Json
from app.domain.tongue import MONTHS

# What is laid out takes memory and time; the files have every text whole.
TEXT_CHARACTERS = 30_000
ALL_CHARACTERS = 400_000
LINE_CHARACTERS = 80
Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands on paper. A block has a `kind`: heading, text, quote (what somebody wrote), facts or list."""

    title: str
    language: str
    footer: str
    contents: str
    on: date
    opening: Sequence[Block]
    sections: Sequence[Section]


def reading(of: Package, sealed_at: datetime, language: str) -> Reading:
    """The document of a part, in a language (`nl` or `en`)."""
    writer = _Writer(Words(language), of.case.dossier.procedure)
    words, reference = writer.words, str(of.case.row["reference"])
    body = of.case.body_name or words.value("body")
    return Reading(
        title=words.label("title", kind=words.kind(of.kind), reference=reference, body=writer.short(body)),
        language=language,
        footer=reference,
        contents=words.label("contents"),
        on=sealed_at.astimezone(AMSTERDAM).date(),
        opening=_opening(writer, of, sealed_at, body),
        sections=[
            Section(words.heading(name), blocks or [writer.text(words.label("nothing"))])
            for name, file, make in _SECTIONS
            if file in of.values
            for blocks in [list(make(writer, of.values[file]))]
        ],
    )


@dataclass(slots=True)
class _Writer:
    """Blocks in one language, with no more text together than can be laid out. The procedure names its own things."""

    words: Words
    procedure: Procedure
    room: int = field(default=ALL_CHARACTERS)

    def facts(self, *pairs: tuple[str, Any]) -> list[Block]:
        shown = [(self.words.label(name), self.short(value)) for name, value in pairs if value not in (None, "", [])]
        return [{"kind": "facts", "pairs": shown}] if shown else []

    def heading(self, text: str) -> Block:
        return {"kind": "heading", "text": self.short(text)}

    def text(self, text: str) -> Block:
        return {"kind": "text", "paragraphs": [self.short(text)]}

    def items(self, texts: Iterable[str]) -> list[Block]:
        shown = [self.short(each) for each in texts]
        return [{"kind": "list", "items": shown}] if shown else []

    def quote(self, text: Any) -> list[Block]:
        """What somebody wrote, as far as there is room."""
        known = str(text or "")
        kept = _fitting(known, min(TEXT_CHARACTERS, self.room))
        self.room -= _size(kept)
        paragraphs = [*parted(kept), *([self.words.label("cut")] if len(kept) < len(known) else [])]
        return [{"kind": "quote", "paragraphs": paragraphs}] if paragraphs else []

    def short(self, text: Any) -> str:
        """One line or a few."""
        return "\n".join(parted(str(text)[:2000]))

    def day(self, given: str | None) -> str:
        """A day, or an instant as the clock in the Netherlands had it."""
        if not given:
            return ""
        at = datetime.fromisoformat(given)
        local = at.astimezone(AMSTERDAM) if at.tzinfo else at
        written = f"{local.day} {MONTHS[self.words.language][local.month - 1]} {local.year}"
        return written if len(given) == 10 else f"{written}, {local:%H:%M}"

    def ground(self, event: Json) -> str:
        """Why; the grounds not to handle a complaint are the procedure's own."""
        named, known = event["facts"]["ground"], self.procedure.admissibility.grounds
        own = {each.ground: each.title for each in known if event["type"] in ADMISSIBILITY}
        return self._called(named, own)

    def category(self, named: str) -> str:
        return self._called(named, {each.category: each.title for each in self.procedure.intake.out_of_scope})

    def role(self, named: str) -> str:
        """Of a party, or of one of our own."""
        return self._called(named, {each.role: each.title for each in self.procedure.roles})

    def _called(self, named: str, own: Mapping[str, Title | None]) -> str:
        title = own.get(named)
        return self.words.of({"nl": title.nl, "en": title.en}) if title else self.words.value(named)

    def who(self, by: Json | None) -> str:
        if not by:
            return ""
        return self.words.of(by["function"]) or self.words.value(by["side"])


def _size(text: str) -> int:
    """How much room it takes; a line that is left open takes as much as a full one."""
    return len(text) + LINE_CHARACTERS * text.count("\n")


def _fitting(text: str, room: int) -> str:
    """As much of it as fits."""
    kept = text[: max(0, room)]
    while _size(kept) > max(0, room):
        kept = kept[: len(kept) * 9 // 10]
    return kept


def _opening(writer: _Writer, of: Package, sealed_at: datetime, body: str) -> list[Block]:
    row, words = of.case.row, writer.words
    head = words.label("ledger_value", sequence=row["head_sequence"], head=bytes(row["head_hash"]).hex())
    facts = writer.facts(
        ("reference", row["reference"]),
        ("organisation", of.case.organisation["name"]),
        ("body", body),
        ("part", f"{of.number}: {words.kind(of.kind)}"),
        ("sealed", writer.day(sealed_at.isoformat())),
        ("ledger", head),
    )
    return [*facts, writer.text(words.label("intro"))]


def _parties(writer: _Writer, file: Json) -> Iterable[Block]:
    words = writer.words
    for each in (each for each in file["people"] if "name" in each):
        yield writer.heading(_capital(words.value(each["role"])))
        said = [str(each[name]) for name in _OF_A_PERSON if each.get(name)]
        yield writer.text("\n".join(said) or "-")
    authority = file["authority"]
    state = "missing" if authority["missing"] else "shown" if authority["shown"] else "none"
    others = ", ".join(words.value(each["role"]) for each in file["people"] if "name" not in each)
    yield from writer.facts(("authority", words.label(f"authority_{state}")), ("others", others))


_OF_A_PERSON = ("name", "organisation", "relation", "address", "postalCode", "city", "email", "phone")


def _complaint(writer: _Writer, file: Json) -> Iterable[Block]:
    yield from writer.facts(
        ("received", writer.day(file["receivedAt"])),
        ("channel", writer.words.value(file["channel"])),
        ("category", writer.category(file["category"]) if file.get("category") else None),
        ("conduct", writer.day(file.get("conductOn"))),
    )
    for name, text in file["texts"].items():
        yield from writer.quote(text) if name != "requestedRelief" else ()  # it stands under what is asked
    for each in file["later"]:
        yield writer.heading(writer.words.label("later", day=writer.day(each["occurredAt"])))
        for text in each["texts"].values():
            yield from writer.quote(text)


def _relief(writer: _Writer, file: Json) -> Iterable[Block]:
    for label, name in (("asked", "requestedRelief"), ("asked_before", "requestedAtFiling")):
        if file[name]:
            yield writer.heading(writer.words.label(label))
            yield from writer.quote(file[name])
    yield from writer.facts(("consent", writer.words.label("yes" if file["consent"] else "no")))
    yield from writer.quote(file["consentText"])


def _timeline(writer: _Writer, file: Json) -> Iterable[Block]:
    yield from writer.items(_line(writer, each) for each in file["events"])


def _line(writer: _Writer, event: Json) -> str:
    who = writer.who(event["by"])
    by = ", " + writer.words.label("by", who=who) if who else ""
    return f"{writer.day(event['occurredAt'])}: {writer.words.of(event['title'])}{by}"


def _events(writer: _Writer, file: Json) -> Iterable[Block]:
    for each in file["events"]:
        yield from _event(writer, each)


def _event(writer: _Writer, event: Json) -> Iterable[Block]:
    facts, words = event["facts"], writer.words
    # a ground that was looked at and set aside must not read as a refusal
    ground = "ground_aside" if facts.get("decision") == "handle" else "ground"
    yield writer.heading(_capital(_line(writer, event)))
    yield from writer.facts(
        ("decision", words.value(facts["decision"]) if "decision" in facts else None),
        ("outcome", words.value(facts["outcome"]) if "outcome" in facts else None),
        ("verdict", words.value(facts["verdict"]) if "verdict" in facts else None),
        ("binding", ", ".join(words.value(each) for each in facts.get("bindingOn", ()))),
        (ground, writer.ground(event) if "ground" in facts else None),
        ("party", words.value(facts["party"]) if "party" in facts else None),
        ("present", words.label("no") if facts.get("absent") else None),
        ("planned", writer.day(facts.get("scheduledOn"))),
        ("due", writer.day(facts.get("dueOn"))),
        ("amount", words.euros(facts["amountCents"]) if "amountCents" in facts else None),
    )
    for name, text in event["texts"].items():
        if label := words.text(name):
            yield writer.text(f"{label}:")
        yield from writer.quote(text)


def _terms(writer: _Writer, file: Json) -> Iterable[Block]:
    yield from writer.items(writer.words.of(each["explanation"]) + _met(writer, each) for each in file["terms"])


def _met(writer: _Writer, term: Json) -> str:
    state = writer.words.term(term["state"])
    return f" {state}{f' ({day})' if (day := writer.day(term['metAt'])) else ''}."


def _text(writer: _Writer, file: Json) -> Iterable[Block]:
    yield from writer.quote(file["text"])


def _correspondence(writer: _Writer, file: Json) -> Iterable[Block]:
    words = writer.words
    for each in file["messages"]:
        yield from _message(writer, each)
    for each in file["steps"]:
        if each["texts"]:
            yield from _event(writer, each)
    for each in file["notes"]:
        yield writer.heading(words.label("released", day=writer.day(each["occurredAt"])))
        yield from writer.quote(each["texts"]["note"])


def _message(writer: _Writer, message: Json) -> Iterable[Block]:
    words, on, way = writer.words, writer.day(message["occurredAt"]), message["channel"]
    if message["direction"] == "internal":
        yield writer.heading(words.label("released", day=on))
        yield from writer.facts(("subject", message["subject"]))
    else:
        yield writer.heading(f"{on}: {message['subject'] or words.value(way)}")
        names = ", ".join(writer.short(who.get("name") or writer.role(who["role"])) for who in message["parties"])
        side = "from" if message["direction"] == "inbound" else "to"
        yield from writer.facts((side, names), ("channel", words.value(way) if way else None))
    yield from writer.quote(message["body"])


def _attachments(writer: _Writer, file: Json) -> Iterable[Block]:
    words = writer.words
    names = ("path", "size", "sha256")
    yield from writer.items(words.label("file", **{name: each[name] for name in names}) for each in file["files"])
    yield from writer.items(
        words.label("left_out", name=each["name"], reason=words.label(each["reason"])) for each in file["leftOut"]
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_SECTIONS: Sequence[tuple[str, str, Any]] = (
    ("parties", "parties.json", _parties),
    ("complaint", "complaint.json", _complaint),
    ("relief", "relief.json", _relief),
    ("text", "text.json", _text),
    ("timeline", "timeline.json", _timeline),
    ("admissibility", "admissibility.json", _events),
    ("hearings", "hearings.json", _events),
    ("decisions", "decisions.json", _events),
    ("measures", "measures.json", _events),
    ("terms", "terms.json", _terms),
    ("correspondence", "correspondence.json", _correspondence),
    ("attachments", "attachments.json", _attachments),
)
