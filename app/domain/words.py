"""Every word of the procedure language: its Dutch and English label, and in one sentence what it means.

The labels are read in a list of differences; the descriptions in the JSON Schema and the documentation.
A word that means something else in one part has an entry of its own there (`Role.members`).
"""

from typing import NamedTuple


class Word(NamedTuple):
    """Labels as nouns without article, to stand in a sentence."""

    nl: str
    en: str
    description: str


WORDS: dict[str, Word] = {
    "admissibility": Word(
        "ontvankelijkheid", "admissibility", "When a complaint may or must not be handled, and who decides"
    ),
    "affected_relations": Word("benadeelden", "affected persons", "For whom else harm may be reported"),
    "after": Word("beginpunt", "starting point", "The event from which this is counted"),
    "afterwards": Word("vervolg", "what follows", "What happens after the decision of the body"),
    "address": Word("postadres", "postal address", "Where letters to it go"),
    "all_required": Word(
        "alle wegen nodig", "all ways needed", "Whether every one of the ways is needed, or any one does"
    ),
    "amount": Word("aantal", "amount", "How many of the unit"),
    "anonymous": Word("anoniem", "anonymous", "The complainant did not give a name"),
    "answer": Word("antwoord", "answer", "What ends the stage"),
    "at_most": Word("langste duur", "longest", "The longest that one of these may last"),
    "authority": Word("machtiging", "authority", "Written authority is needed"),
    "before": Word("terugrekenen vanaf", "counted back from", "The event that this comes before"),
    "before_answer": Word("stappen vooraf", "steps before the answer", "Steps that come before the answer"),
    "binding_on": Word("bindend voor", "binding on", "Whom it binds; none: not said"),
    "binding_per_decision": Word(
        "bindend per uitspraak", "binding per decision", "Each decision says whether it binds"
    ),
    "bodies": Word("externe instanties", "external bodies", "Where a complaint can go outside the organisation"),
    "body": Word("instantie", "body", "The short name of an external body"),
    "body_kind": Word("soort instantie", "kind of body", "The kind of body to which it went"),
    "by": Word("door", "by", "The roles that may do this"),
    "calendar": Word("kalender", "calendar", "How days are counted"),
    "categories": Word("rubrieken", "categories", "What complaints can be about; none: anything"),
    "category": Word("rubriek", "category", "What the complaint is about"),
    "cause": Word("oorzaak", "cause", "Why the clock stands still"),
    "channel": Word("kanaal", "channel", "How it came in"),
    "channels": Word("kanalen", "channels", "The ways in which it may come or go"),
    "chosen_by_organisation": Word("eigen keuze", "own choice", "The text leaves this open; the organisation chose it"),
    "closed_days": Word("sluitingsdagen", "closed days", "Further days that are no working days"),
    "committee_advises": Word("commissie adviseert", "a committee advises", "A committee advises on this complaint"),
    "complainant_type": Word("soort klager", "type of complainant", "Who complains"),
    "complainants": Word("wie mag klagen", "who may complain", "Who may complain"),
    "complex": Word("ingewikkeld", "complex", "The complaint is marked as complex"),
    "consent": Word("instemming", "consent", "The complainant must agree"),
    "contains": Word("inhoud", "contents", "What it contains"),
    "content": Word("verplichte inhoud", "required content", "What it must say to count"),
    "counts_as": Word("telt als", "counts as", "What something is that comes in this way"),
    "damage_claimed": Word("schade geclaimd", "damage claimed", "The complainant claims damage"),
    "date": Word("datum", "date", "The day, or the first day"),
    "day": Word("dag", "day", "The day of the month"),
    "decided_by": Word("beslist door", "decided by", "The roles that decide on it"),
    "definitions": Word("begrippen", "definitions", "What the organisation means by a word, as people may read it"),
    "documents": Word("stukken", "documents", "What the body wants to see in the dossier"),
    "each": Word("elk apart", "each by itself", "Each start is met by an event of its own, which names it"),
    "duties": Word("plichten", "duties", "What is owed in this part"),
    "duty": Word("plicht", "duty", "The short name of the duty"),
    "effective_from": Word(
        "begindatum", "effective from", "The first day on which a complaint falls under this version"
    ),
    "effective_until": Word(
        "einddatum", "effective until", "The last day on which a complaint falls under it; none: still in force"
    ),
    "ends_on": Word("eindigt bij", "ends on", "The events after which the clock runs again"),
    "event": Word("gebeurtenis", "event", "The event that does this"),
    "every": Word("hoe vaak", "how often", "Once in each calendar period"),
    "evidence": Word("bewijs", "evidence", "What shows that it was done"),
    "expected_only": Word("alleen verwacht", "only expected", "Leaving it out gives a warning, not a refusal"),
    "extension": Word("verlenging", "extension", "Whether and how the period may be made longer; none: not"),
    "fee": Word("kosten", "fee", "What the body asks for it, in words"),
    "filed_by": Word("ingediend door", "filed by", "Who brings the case to the body"),
    "filing_limits": Word(
        "indieningstermijnen", "filing limits", "Until when the body takes a case, each counted from an event"
    ),
    "final": Word("definitief", "final", "One answer only; another is a correction"),
    "first_day": Word("eerste dag", "first day", "Whether the day of the start event counts"),
    "form": Word("vorm", "form", "In which form: any, written, or spoken with a note of it"),
    "free": Word("gratis", "free of charge", "It costs the complainant nothing"),
    "further_with_consent": Word(
        "verder met instemming", "further with consent", "Beyond the limits with written consent"
    ),
    "ground": Word("grond", "ground", "The short name of the ground"),
    "grounds": Word("gronden", "grounds", "The grounds on which this is possible"),
    "handled": Word("status na afloop", "status when handled", "What people read when it is handled"),
    "handled_by": Word("behandeld door", "handled by", "The roles that handle this stage"),
    "handler_not_involved": Word(
        "behandelaar niet betrokken", "handler not involved", "Whoever is involved may not handle it"
    ),
    "handler_source": Word("herkomst daarvan", "source of that", "The source of that rule"),
    "hearing_held": Word("er is gehoord", "a hearing was held", "A party was heard"),
    "held_by": Word("tegengehouden door", "held by", "What keeps a dossier longer than the longest period"),
    "in_progress": Word("status tijdens behandeling", "status in progress", "What people read while it is open"),
    "independence": Word(
        "onafhankelijkheid", "independence", "Whether a repeated decider is refused or only warned about"
    ),
    "independent_of": Word("onafhankelijk van", "independent of", "Stages whose decider may not decide this one"),
    "instead": Word(
        "andere termijnen", "other periods", "Other periods under a condition; the first that holds counts"
    ),
    "intake": Word("ontvangst", "intake", "Who may complain, how, and about what"),
    "interest": Word("belang", "interest", "Whether something of value is at stake"),
    "jurisdiction": Word("bevoegdheid", "jurisdiction", "What the body may decide on, as people read it"),
    "keeps_register": Word("houdt het register bij", "keeps the register", "This role keeps the register"),
    "kind": Word("soort", "kind", "Which kind it is"),
    "kinds": Word("soorten", "kinds", "What can come in: complaints, signals, enquiries"),
    "language": Word("taal", "language", "The language of the text"),
    "lapses_on": Word("vervalt bij", "lapses on", "The events after which the duty is no longer owed"),
    "left_open": Word("opengelaten", "left open", "On what the text says nothing, on purpose left so"),
    "legal_basis": Word("wettelijke grondslag", "legal basis", "The Acts on which it rests, by their usual names"),
    "legal_hold": Word("houdt bewaring aan", "holds the dossier", "The dossier is kept while this runs"),
    "limit_read": Word(
        "welke termijn geldt", "which limit decides", "Of several filing limits the earliest or the latest"
    ),
    "manifestly_unfounded": Word(
        "kennelijk ongegrond", "manifestly unfounded", "It is plain at once that it is not upheld"
    ),
    "maximum": Word("langste bewaartermijn", "longest period", "How long it is kept at most"),
    "measures_taken": Word("maatregelen genomen", "measures taken", "Measures were recorded"),
    "members": Word("aantal leden", "number of members", "How many people have this role; none: any number"),
    "met_by": Word("voldaan door", "met by", "The events that do it; any one is enough"),
    "minimum": Word("kortste bewaartermijn", "shortest period", "How long it is kept at least"),
    "minimum_age": Word("minimumleeftijd", "minimum age", "From which age someone may complain alone"),
    "minor": Word("minderjarig", "minor", "The complainant is under age"),
    "mode": Word("mogen of moeten", "may or must", "Whether the complaint may or must be declined"),
    "month": Word("maand", "month", "The number of the month"),
    "name": Word("naam", "name", "As people know it"),
    "needs": Word("benodigd", "needed", "What the body needs to take the case"),
    "needs_reference": Word("verwijzing nodig", "reference needed", "Names the earlier complaint or procedure"),
    "nl": Word("Nederlands", "Dutch", "As people read it, in Dutch"),
    "en": Word("Engels", "English", "The same in English"),
    "new_date": Word("nieuwe datum", "new date", "The notice gives the new date"),
    "notify": Word("bericht aan", "notice to", "Who is told of it"),
    "of": Word("begrip", "term", "What is defined"),
    "office_closes_at": Word(
        "sluitingstijd", "closing time", "After this hour it counts as received the next working day"
    ),
    "opens_on": Word("opent bij", "opens on", "What opens the stage; any one of these"),
    "otherwise": Word("anders", "otherwise", "Who complains for someone younger"),
    "out_of_scope": Word(
        "valt erbuiten", "out of scope", "What is recorded and answered but not counted as a complaint"
    ),
    "outcomes": Word("uitkomsten", "outcomes", "The outcomes to choose from"),
    "outside_staff": Word("van buiten", "from outside", "Not an employee of the organisation"),
    "overdue_opens": Word(
        "opent ook na termijn",
        "opens when overdue",
        "An overdue answer opens it as well: nobody is locked out by silence",
    ),
    "parallel_routes": Word("andere wegen", "other routes", "What stays possible beside this procedure"),
    "part_of": Word("onderdeel van", "part of", "The committee to which the role belongs"),
    "party": Word("partij", "party", "Whom the step concerns"),
    "per_case": Word(
        "per klacht anders", "differs per complaint", "The types to choose from when the body differs per complaint"
    ),
    "preferred": Word("voorkeur", "preferred", "What the text would rather see"),
    "procedure": Word("regeling", "procedure", "The short name of the procedure"),
    "promotion_form": Word(
        "vorm om klacht te worden", "form of promotion", "In which form a signal becomes a complaint"
    ),
    "promotion_grounds": Word(
        "redenen om klacht te worden", "grounds of promotion", "Why a signal becomes a complaint"
    ),
    "public": Word("openbaar", "public", "Anyone may read it"),
    "reached_by": Word("weg ernaartoe", "way to it", "How a case gets there"),
    "reason": Word("reden", "reason", "The notice gives a reason"),
    "receipt": Word("moment van ontvangst", "moment of receipt", "When something counts as received"),
    "received_by": Word("aangenomen door", "taken down by", "Who took it down must be named"),
    "recognition_marks": Word("kenmerken", "recognition marks", "What makes something recognisable as a complaint"),
    "register": Word("register", "register", "What is recorded of each complaint"),
    "report": Word("verslag", "report", "The short name of the report"),
    "reports": Word("verslagen", "reports", "What is reported, how often and to whom"),
    "represented": Word("vertegenwoordigd", "represented", "Someone complains on behalf of the complainant"),
    "required_at_closing": Word(
        "nodig bij afsluiting", "needed at closing", "What the register must hold before a complaint is closed"
    ),
    "required_at_intake": Word("nodig bij ontvangst", "needed at intake", "What must be given when it comes in"),
    "resolved": Word("al opgelost", "already settled", "Already settled to the complainant's satisfaction"),
    "resolved_at_once": Word("meteen oplosbaar", "may be resolved at once", "May be resolved at intake"),
    "restarts_on": Word("begint opnieuw bij", "starts again on", "The events that start the period anew"),
    "retention": Word("bewaring", "retention", "How long complaints are kept, and what then"),
    "review": Word("terugblik", "review", "The short name of the review"),
    "reviews": Word("terugblikken", "reviews", "When the organisation looks back on its complaints"),
    "role": Word("rol", "role", "The short name of the role"),
    "roles": Word("rollen", "roles", "Who does something in this procedure"),
    "roll_forward": Word("doorschuiven", "moving on", "Whether an end on a weekend or holiday moves to a later day"),
    "route": Word("weg", "route", "The short name of the route"),
    "safety_at_risk": Word("veiligheid in het geding", "safety at risk", "Someone's safety is at risk"),
    "same_day": Word("op dezelfde dag", "on the same day", "All ways are used on one day"),
    "soft": Word("streeftermijn", "target", "Counted and warned about, but kept apart in the figures"),
    "source": Word("vindplaats", "source", "Where the rule comes from: the number of the obligation, or the article"),
    "sources": Word(
        "overige verplichtingen", "other obligations", "Obligations that no other part carries, and how they are kept"
    ),
    "stage": Word("fase", "stage", "The short name of the stage"),
    "stage_answered": Word("beantwoorde fase", "answered stage", "One of these stages was answered"),
    "stages": Word("fasen", "stages", "The stages a complaint can go through"),
    "starts_on": Word("begint bij", "starts on", "The events from which the clock stands still"),
    "stated": Word("dag genoemd", "day stated", "The event itself names the last day; without it there is no term"),
    "step": Word("stap", "step", "The short name of the step"),
    "submission": Word("soort inzending", "kind of submission", "Of what is handed to a body, only this meets it"),
    "subject_kind": Word(
        "soort onderwerp", "kind of subject", "An act, a decision, an omission or what the organisation distinguishes"
    ),
    "subject_kinds": Word(
        "soorten onderwerp", "kinds of subject", "What kinds of thing can be complained about; none: not distinguished"
    ),
    "subject_relations": Word("over wie", "about whom", "What the person complained about is to the organisation"),
    "subject_role": Word("rol van de beklaagde", "role of the subject", "The role of the person complained about"),
    "support": Word("ondersteuning", "support", "Who can help a complainant"),
    "SupportOffer.support": Word("ondersteuning", "support", "The short name of the support"),
    "suspension": Word("opschorting", "suspension", "When the clock stands still; none: never"),
    "test": Word("toets", "test", "How the ground is recognised"),
    "text": Word("omschrijving", "text", "In the organisation's own words"),
    "then": Word("daarna", "then", "What happens when the longest period is over"),
    "times": Word("aantal keren", "number of times", "How often without consent; none: any number"),
    "title": Word("naam", "title", "As people read it; a noun without its article reads best"),
    "Duty.title": Word("naam", "title", "As people read it; a noun with its article reads best"),
    "Review.title": Word("naam", "title", "As people read it; a noun with its article reads best"),
    "to": Word("aan", "to", "To whom"),
    "type": Word("soort klager", "type of complainant", "Who this is"),
    "until": Word("laatste dag", "last day", "The last day of a longer closing; none: it is one day"),
    "unit": Word("eenheid", "unit", "What is counted: days, weeks, working days, months or years"),
    "unless": Word("tenzij", "unless", "It is not owed when this holds"),
    "urgent": Word("spoed", "urgent", "The complaint is marked as urgent"),
    "url": Word("webadres", "web address", "Its public page, starting with https://"),
    "verdict": Word("oordeel", "verdict", "The verdict that was given"),
    "verdicts": Word("oordelen", "verdicts", "The verdicts to choose from; none: no verdict is given"),
    "waivable": Word("over te slaan", "may be skipped", "It may be skipped with a reason"),
    "waiver_grounds": Word("redenen om over te slaan", "grounds to skip", "Why it may be skipped; none: any reason"),
    "warn": Word("waarschuwing vooraf", "early warning", "How long before the last day to warn"),
    "Opening.address": Word("postadres", "postal address", "Where it goes by post"),
    "Opening.after": Word(
        "eerdere fasen", "earlier stages", "One of these stages must be answered, or its answer overdue"
    ),
    "Body.after": Word("eerdere fasen", "earlier stages", "Internal stages that must be answered or overdue"),
    "Opening.when": Word("voorwaarde", "condition", "It opens only under this condition, known at intake"),
    "when": Word("voorwaarde", "condition", "It holds only under this condition"),
    "withdrawal": Word(
        "vindplaats intrekken", "source of withdrawal", "Where it says that a complaint can be withdrawn"
    ),
    "within": Word("termijn", "period", "How long; none: no date"),
    "without_earlier_stage": Word(
        "eerdere fase over te slaan", "earlier stage may be skipped", "May be opened at once, with a reason"
    ),
    "working_days": Word("werkdagen", "working days", "Which days are working days"),
    "years": Word("leeftijd", "age", "Completed years on the day of filing"),
}


def word_of(part: str, name: str) -> Word | None:
    """The word as that part uses it."""
    return WORDS.get(f"{part}.{name}") or WORDS.get(name)


def description(part: str, name: str) -> str:
    """What the word means there, in one sentence without a full stop; empty for a word that is not listed."""
    found = word_of(part, name)
    return found.description if found else ""
