"""What a letter can be filled in with: a closed list of words in braces, each with the content that it provides.

`{reasons}` must be there when the letter is written; a paragraph with `{reasons?}` is left out when there are none.
"""

import re
from dataclasses import dataclass

# The name, and `?` where its paragraph may be left out.
WRITTEN = re.compile(r"\{([a-z_]{1,40})(\?)?\}")
BRACE = re.compile(r"[{}]")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`contents`: what a letter says by holding it. `field`: the name of what it comes from in a step, outside.

    `subject`: may stand in a subject, which everybody sees who sees that there is a mail: nothing personal.
    `only`: the letters in which it can ever be filled in; none: all.
    """

    name: str
    about: str
    contents: tuple[str, ...] = ()
    field: str = ""
    subject: bool = False
    only: tuple[str, ...] = ()


_ANSWERS = ("first_response", "second_response", "decision", "decision_copy", "appeal_decision", "closing")

_ALL = (
    # the case
    Placeholder("reference", "The reference of the complaint", ("reference",), subject=True),
    Placeholder("received_on", "The day of receipt", ("receipt_date",), subject=True),
    Placeholder("complainant", "The name of the complainant, or a polite word where there is none"),
    Placeholder("recipient", "The name of whom it is sent to, or a polite word; of who speaks for somebody, for whom"),
    Placeholder("about", "Your complaint, to whom it is theirs; a complaint, to anybody else", subject=True),
    Placeholder("description", "The complaint, as it was put", ("copy_of_complaint", "summary_of_complaint")),
    Placeholder("handling_term", "The period in which the answer of its stage comes: 4 weeks", ("handling_term",)),
    Placeholder("matter", "What it is called now: klacht, signaal", subject=True),
    Placeholder("due_on", "The last day for that answer", ("due_date",)),
    Placeholder("promised_on", "The same, while that day is still to come", ("due_date",)),
    Placeholder("overdue_on", "The same, when that day has passed", ("due_date",)),
    Placeholder("terms", "Everything that is promised now, each with its last day"),
    # the organisation and its procedure
    Placeholder("organisation", "The name of the organisation", subject=True),
    Placeholder("procedure", "The name of the procedure", subject=True),
    Placeholder("outline", "The stages that it can go through, in order", ("procedure_outline",)),
    Placeholder("handler_title", "The role in which the writer handles the complaint; of a hand-over, whom it goes to"),
    Placeholder("contact", "How the organisation can be reached about it", ("handler_contact",)),
    Placeholder("support", "Who can support the complainant", ("support_offer",)),
    Placeholder("internal_routes", "The next stage inside the organisation", ("next_route",)),
    Placeholder("external_routes", "Where to turn to outside", ("next_route", "external_route")),
    Placeholder("next_routes", "Both: every way on from here", ("next_route",)),
    # what the step says
    Placeholder("text", "Whatever the writer adds in their own words"),
    Placeholder("reasons", "Why it was decided like this", ("reasons",)),
    Placeholder("verdict", "The verdict, in words", ("verdict",), only=_ANSWERS),
    Placeholder("conclusions", "What was concluded", ("conclusions",), only=_ANSWERS),
    Placeholder("findings", "What was found", ("findings",), only=_ANSWERS),
    Placeholder("measures", "What the organisation does about it", ("measures",), only=_ANSWERS),
    Placeholder("advice", "Advice on quality", ("advice",), only=_ANSWERS),
    Placeholder("outcome", "How the complaint ended, in words", only=("closing", "decision_copy")),
    Placeholder("handling_method", "How the complaint was handled", field="handlingMethod", only=("closing",)),
    Placeholder("ground", "The ground for not handling it, in words", only=("inadmissibility_notice",)),
    Placeholder("new_due_on", "The new last day", ("new_date",), field="until", only=("extension_notice",)),
    Placeholder(
        "protest",
        "That the answer before did not satisfy, or had not come, or how it ended without one",
        only=("second_response", "appeal_decision"),
    ),
    Placeholder("question", "What is asked", ("missing_information",), only=("information_request",)),
    Placeholder("answer_by", "The day to answer by", ("repair_term",), field="answerBy", only=("information_request",)),
)  # fmt: skip
PLACEHOLDERS = {each.name: each for each in _ALL}
# What a placeholder says, it says with the facts of the case; the rest is said in words of the letter's own.
PROVIDED = frozenset(word for each in _ALL for word in each.contents)


def field_of(name: str) -> str:
    """The name outside of what a placeholder is filled in from."""
    return PLACEHOLDERS[name].field or name
