"""What an organisation owes a body in every external stage. A procedure may name its own: same duty, its words."""

from app.domain.calendar import Period, Unit
from app.domain.duty import Duty
from app.domain.part import Words

_GONE = ("escalation.withdrawn", "external.declined", "external.settled")
ANSWER_QUESTION = Duty(
    duty="answer_question",
    title=Words(
        nl="het antwoord op de vraag van de externe instantie", en="the answer to the external body's question"
    ),
    after=("external.questioned",),
    stated=True,
    each=True,
    met_by=("external.answered",),
    submission="answer",
    to=("external_body",),
    lapses_on=(*_GONE, "external_decision.received"),
    source="X-12",
)
HAND_OVER = Duty(
    duty="hand_over",
    title=Words(nl="de overdracht van het dossier", en="the hand-over of the dossier"),
    after=("dossier.requested",),
    # No source gives a period. Ten working days are our own, for a body that names no day either: it waits otherwise.
    within=Period(amount=10, unit=Unit.working_days),
    stated=True,
    met_by=("escalation.dispatched",),
    to=("external_body",),
    lapses_on=(*_GONE, "external_decision.received"),
    source="X-11",
)
CARRY_OUT = Duty(
    duty="carry_out",
    title=Words(nl="de uitvoering van de opgelegde maatregel", en="the carrying out of the ordered measure"),
    after=("measure.recorded",),
    stated=True,
    each=True,
    met_by=("measure.completed",),
    to=("complainant", "external_body"),
    lapses_on=(),
    source="X-12",
)
ANSWER_DECISION = Duty(
    duty="answer_decision",
    title=Words(nl="het antwoord op de externe uitspraak", en="the answer to the external decision"),
    after=("external_decision.received",),
    stated=True,
    met_by=("decision.answered",),
    to=("complainant", "external_body"),
    lapses_on=(),
    source="X-12",
)
# Where the procedure says nothing of an answer, one is owed only when the decision asks for it by a day.
ANSWER_IF_ASKED = ANSWER_DECISION.model_copy()
# All of it, as it is owed where the procedure does not say it in words of its own.
OWED_TO_BODIES = (ANSWER_QUESTION, HAND_OVER, CARRY_OUT, ANSWER_DECISION, ANSWER_IF_ASKED)
