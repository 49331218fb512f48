"""The words of a dossier on paper, in plain Dutch and in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KINDS = {
    "nl": {
        "dossier": "Dossier",
        "supplement": "Aanvulling",
        "answer": "Antwoord",
        "defence": "Verweer",
        "documents": "Stukken",
        "decision_answer": "Reactie op de uitspraak",
        "measure_proof": "Bewijs van een maatregel",
    },
    "en": {
        "dossier": "Dossier",
        "supplement": "Supplement",
        "answer": "Answer",
        "defence": "Defence",
        "documents": "Documents",
        "decision_answer": "Answer to the decision",
        "measure_proof": "Proof of a measure",
    },
}
_HEADINGS = {
    "nl": {
        "parties": "Partijen",
        "complaint": "De klacht",
        "relief": "Wat de klager vraagt",
        "timeline": "Wat er gebeurde",
        "admissibility": "Wel of niet in behandeling",
        "hearings": "Gesprekken en hoorzittingen",
        "decisions": "Besluiten",
        "measures": "Maatregelen",
        "terms": "Termijnen",
        "text": "Toelichting",
        "correspondence": "Correspondentie",
        "attachments": "Bijlagen",
    },
    "en": {
        "parties": "Parties",
        "complaint": "The complaint",
        "relief": "What the complainant asks",
        "timeline": "What happened",
        "admissibility": "Admissibility",
        "hearings": "Conversations and hearings",
        "decisions": "Decisions",
        "measures": "Measures",
        "terms": "Time limits",
        "text": "Explanation",
        "correspondence": "Correspondence",
        "attachments": "Attachments",
    },
}
_LABELS = {
    "nl": {
        "contents": "Inhoud",
        "title": "{kind} {reference} voor {body}",
        "intro": "Dit document is om te lezen. Het hoort bij de bestanden van dit dossier, die samen zijn verzegeld.",
        "nothing": "Hierover is niets vastgelegd.",
        "cut": "(De tekst is langer. De hele tekst staat in de bestanden van dit dossier.)",
        "reference": "Nummer van de klacht",
        "organisation": "Organisatie",
        "body": "Bestemd voor",
        "part": "Onderdeel",
        "sealed": "Verzegeld op",
        "ledger": "Laatste gebeurtenis",
        "ledger_value": "nummer {sequence}, controlegetal {head}",
        "authority": "Machtiging",
        "authority_shown": "Er is een schriftelijke machtiging.",
        "authority_missing": "Er is nog geen schriftelijke machtiging.",
        "authority_none": "Niet nodig.",
        "others": "Anderen in de zaak, zonder naam",
        "received": "Ontvangen op",
        "channel": "Manier",
        "category": "Onderwerp",
        "conduct": "Dag waarover het gaat",
        "later": "Later toegevoegd op {day}",
        "asked": "Gevraagd aan deze instantie",
        "asked_before": "Gevraagd bij de klacht",
        "consent": "Toestemming van de klager",
        "yes": "ja",
        "no": "nee",
        "verdict": "Oordeel",
        "binding": "Bindend voor",
        "due": "Uiterlijk op",
        "planned": "Gepland op",
        "party": "Met",
        "decision": "Besluit",
        "outcome": "Uitkomst",
        "present": "Aanwezig",
        "ground": "Grond",
        "ground_aside": "Grond die niet is toegepast",
        "by": "vastgelegd door {who}",
        "from": "Van",
        "to": "Aan",
        "amount": "Bedrag",
        "subject": "Onderwerp",
        "released": "Vrijgegeven notitie van {day}",
        "file": "{path}, {size} bytes, controlegetal {sha256}",
        "left_out": "Niet meegestuurd: {name}. {reason}",
        "not_checked": "Dit bestand is nog niet gecontroleerd op schadelijke software.",
        "malware": "In dit bestand is schadelijke software gevonden.",
    },
    "en": {
        "contents": "Contents",
        "title": "{kind} {reference} for {body}",
        "intro": "This document is for reading. It belongs to the files of this dossier, which are sealed together.",
        "nothing": "Nothing was recorded about this.",
        "cut": "(The text is longer. All of it is in the files of this dossier.)",
        "reference": "Number of the complaint",
        "organisation": "Organisation",
        "body": "Meant for",
        "part": "Part",
        "sealed": "Sealed on",
        "ledger": "Last event",
        "ledger_value": "number {sequence}, checksum {head}",
        "authority": "Authority",
        "authority_shown": "There is a written authority.",
        "authority_missing": "There is no written authority yet.",
        "authority_none": "Not needed.",
        "others": "Others in the case, without a name",
        "received": "Received on",
        "channel": "Way",
        "category": "Subject",
        "conduct": "The day that it is about",
        "later": "Added later, on {day}",
        "asked": "Asked of this body",
        "asked_before": "Asked with the complaint",
        "consent": "Consent of the complainant",
        "yes": "yes",
        "no": "no",
        "verdict": "Verdict",
        "binding": "Binding on",
        "due": "No later than",
        "planned": "Planned on",
        "party": "With",
        "decision": "Decision",
        "outcome": "Outcome",
        "present": "Present",
        "ground": "Ground",
        "ground_aside": "Ground that was not applied",
        "by": "recorded by {who}",
        "from": "From",
        "to": "To",
        "amount": "Amount",
        "subject": "Subject",
        "released": "Released note of {day}",
        "file": "{path}, {size} bytes, checksum {sha256}",
        "left_out": "Not sent along: {name}. {reason}",
        "not_checked": "This file was not checked for malware yet.",
        "malware": "Malware was found in this file.",
    },
}
# What a text is, by its name in the files; the words of a message, a note or a measure need no saying.
_TEXTS = {
    "nl": {
        "reasons": "Toelichting",
        "findings": "Bevindingen",
        "conclusions": "Conclusie",
        "measures": "Maatregelen",
        "advice": "Advies",
        "terms": "Afspraken",
        "handlingMethod": "Manier van behandelen",
        "overrideReason": "Waarom toch behandeld",
        "question": "Vraag",
        "answer": "Antwoord",
        "proof": "Bewijs",
    },
    "en": {
        "reasons": "Reasons",
        "findings": "Findings",
        "conclusions": "Conclusion",
        "measures": "Measures",
        "advice": "Advice",
        "terms": "What was agreed",
        "handlingMethod": "How it was handled",
        "overrideReason": "Why it was handled all the same",
        "question": "Question",
        "answer": "Answer",
        "proof": "Proof",
    },
}
VALUES = {
    "nl": {
        "complainant": "de klager",
        "representative": "de vertegenwoordiger",
        "affected_person": "de persoon om wie het gaat",
        "subject_of_complaint": "de beklaagde",
        "support_person": "een ondersteuner",
        "board": "de directie",
        "committee": "de commissie",
        "commissioning_body": "de opdrachtgever",
        "external_body": "de externe instantie",
        "supervisor": "de toezichthouder",
        "supervisory_board": "de raad van toezicht",
        "participation_council": "de medezeggenschapsraad",
        "line_manager": "de leidinggevende",
        "organisation": "de organisatie",
        "body": "de externe instantie",
        "service": "het klachtensysteem",
        "upheld": "gegrond",
        "not_upheld": "ongegrond",
        "partially_upheld": "gedeeltelijk gegrond",
        "no_judgement": "geen oordeel",
        "inadmissible": "niet-ontvankelijk",
        "not_competent": "niet bevoegd",
        "settled": "geschikt",
        "handle": "in behandeling genomen",
        "decline": "niet in behandeling genomen",
        "handled": "behandeld",
        "resolved": "opgelost",
        "unresolved": "niet opgelost",
        "not_a_complaint": "het bleek geen klacht te zijn",
        "duplicate": "de klacht was al geregistreerd",
        "too_early": "te vroeg",
        "too_late": "te laat",
        "other": "een andere reden",
        "disagrees_with_solution": "niet eens met de oplossing",
        "email": "e-mail",
        "post": "post",
        "phone": "telefoon",
        "oral": "gesprek",
        "conversation": "gesprek",
        "web": "webformulier",
        "web_form": "webformulier",
        "portal": "portaal",
    },
    "en": {
        "complainant": "the complainant",
        "representative": "the representative",
        "affected_person": "the person concerned",
        "subject_of_complaint": "the person complained about",
        "support_person": "a support person",
        "board": "the board",
        "committee": "the committee",
        "commissioning_body": "the commissioning body",
        "external_body": "the external body",
        "supervisor": "the supervisor",
        "supervisory_board": "the supervisory board",
        "participation_council": "the participation council",
        "line_manager": "the line manager",
        "organisation": "the organisation",
        "body": "the external body",
        "service": "the complaints system",
        "upheld": "upheld",
        "not_upheld": "not upheld",
        "partially_upheld": "partially upheld",
        "no_judgement": "no judgement",
        "inadmissible": "inadmissible",
        "not_competent": "not competent",
        "settled": "settled",
        "handle": "taken up",
        "decline": "not taken up",
        "handled": "handled",
        "resolved": "resolved",
        "unresolved": "not resolved",
        "not_a_complaint": "it turned out to be no complaint",
        "duplicate": "the complaint was registered already",
        "too_early": "too early",
        "too_late": "too late",
        "other": "another reason",
        "disagrees_with_solution": "disagrees with the solution",
        "email": "e-mail",
        "post": "post",
        "phone": "telephone",
        "oral": "conversation",
        "conversation": "conversation",
        "web": "web form",
        "web_form": "web form",
        "portal": "portal",
    },
}
TERMS = {
    "nl": {
        "pending": "De termijn loopt nog",
        "met": "Gehaald",
        "met_late": "Te laat gehaald",
        "overdue": "Niet gehaald",
        "suspended": "Opgeschort",
        "cancelled": "Vervallen",
    },
    "en": {
        "pending": "The time limit is still running",
        "met": "Met",
        "met_late": "Met too late",
        "overdue": "Not met",
        "suspended": "Suspended",
        "cancelled": "No longer applies",
    },
}


_DUTCH_FIGURES = str.maketrans(",.", ".,")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: str

    def kind(self, kind: str) -> str:
        return _KINDS[self.language][kind]

    def heading(self, name: str) -> str:
        return _HEADINGS[self.language][name]

    def label(self, name: str, /, **filled: Any) -> str:
        return _LABELS[self.language][name].format(**filled)

    def text(self, name: str) -> str:
        """What a text is; empty where its event says so."""
        return _TEXTS[self.language].get(name, "")

    def value(self, word: Any) -> str:
        """What a word of our closed lists means; an organisation's own, which has no title, is shown as it is."""
        return VALUES[self.language].get(str(word), str(word).replace("_", " "))

    def term(self, state: str) -> str:
        return TERMS[self.language][state]

    def euros(self, cents: int) -> str:
        written = f"{cents // 100:,}.{cents % 100:02}"
        return f"€{written}" if self.language == "en" else f"€ {written.translate(_DUTCH_FIGURES)}"

    def of(self, both: Mapping[str, str]) -> str:
        return str(both[self.language])
