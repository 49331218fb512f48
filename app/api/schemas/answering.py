"""What is sent when a complaint is answered, disputed, withdrawn or closed."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.schemas.step import Sending, StepIn
from app.api.schemas.words import Word, example
from app.api.values import Said, Text, at_most
from app.domain import vocabulary as word


class Answer(Sending):
    """What every answer of the organisation can tell: all that a letter of one has a place for."""

    reasons: Text | None = None
    verdict: word.Verdict | None = None
    findings: Text | None = Field(None, description="What was found (Awb 9:12)")
    conclusions: Text | None = None
    measures: Text | None = None
    advice: Text | None = Field(None, description="Advice on quality (KK-28)")
    final: bool = Field(
        False,
        description="The complaint is handled with this; it is closed as well (A-30). Refused where the procedure has"
        " something come after the answer, as a copy of the outcome (SO-30): leave it out there, and close the"
        " complaint when that is done.",
    )


class Response(Answer):
    """The answer of this stage: first or second response, or the outcome of the informal handling."""

    model_config = example({"form": "phone", "note": "Gebeld: de training is verzet naar 12 mei.", "final": False})

    outcome: Word | None = None


class FormalReviewRequest(StepIn):
    """The complainant asks for a formal judgement (SO-28)."""

    model_config = example({"form": "email", "text": "Ik vraag de directie om een oordeel."})

    form: word.Channel | None = None
    ground: Word | None = None
    text: Text | None = None
    skip_reason: Text | None = Field(None, description="Why there was no informal handling first (A-34)")


class Decision(Answer):
    """The decision on the complaint, as it was sent."""

    model_config = example(
        {
            "form": "email",
            "verdict": "upheld",
            "reasons": "De afspraak is verzet zonder bericht.",
            "text": "Uw klacht is gegrond.",
        }
    )

    outcome: Word | None = None


class DecisionCopy(Sending):
    """The recorded outcome was sent to the complainant (SO-30)."""

    model_config = example({"form": "email"})


class Dissatisfaction(StepIn):
    """The complainant is not satisfied with the answer, or with its absence."""

    model_config = example({"form": "email", "text": "Het antwoord gaat niet in op mijn vraag."})

    form: word.Channel | None = None
    ground: Word | None = None
    text: Text | None = None
    skip_reason: Text | None = None


class Objection(Dissatisfaction):
    """The complainant objects to the decision (KK-26)."""

    model_config = example(
        {"form": "post", "ground": "disagrees_with_solution", "text": "De oplossing helpt mij niet."}
    )


class AppealDecision(Answer):
    """The decision on the objection."""

    model_config = example(
        {
            "form": "post",
            "verdict": "not_upheld",
            "reasons": "De oplossing is redelijk.",
            "advice": "Bevestig afspraken voortaan schriftelijk.",
        }
    )


class Withdrawal(StepIn):
    """The complainant withdraws; possible at any time."""

    model_config = example({"form": "email", "reasons": "Het is opgelost."})

    form: word.Channel | None = None
    reasons: Text | None = None


class Closure(StepIn):
    """The complaint is closed. `resolved`: settled to the complainant's satisfaction before an answer was due."""

    model_config = example({"outcome": "handled", "form": "email", "handlingMethod": "Per e-mail afgehandeld."})

    outcome: Literal["handled", "resolved", "not_a_complaint", "duplicate"] = Field(
        description="`handled`: of a complaint once its stage is answered and nothing else is owed (`obligations`);"
        " `resolved`, `not_a_complaint` and `duplicate` wait for neither. A stage without its answer is ended by"
        " whoever gives it: the link says who (`by`). `duplicate`: it was registered twice; the register asks nothing"
        " more of it, and the reports leave it out; whoever is involved in one of the two sees neither"
    )
    duplicate_of: Annotated[Text, at_most(40)] | None = Field(
        None,
        description="With `duplicate`: the reference or the id of the other complaint, which is no duplicate itself",
    )
    form: word.Channel | None = None
    handling_method: Text | None = None


class Reopening(StepIn):
    """A closed complaint is taken up again."""

    model_config = example({"reasons": "Er is nieuwe informatie."})

    reasons: Said
