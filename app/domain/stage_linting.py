"""Questions about the stages of a procedure: whether a complaint gets there, who handles it, and how it gets out."""

from collections.abc import Callable, Iterator

from app.domain.survey import Question, View


def _unreachable(view: View) -> Iterator[Question]:
    for where, stage in view.stages:
        if stage.stage not in view.reachable:
            yield Question(
                "stage-unreachable",
                where,
                "Geen enkele klacht kan in deze fase komen. Ontbreekt er een weg ernaartoe?",
                "No complaint can reach this stage. Is a way to it missing?",
            )


def _passed_over(view: View) -> Iterator[Question]:
    for where in view.passed_over:
        yield Question(
            "opening-passed-over",
            where,
            "Een fase eerder in het bestand opent altijd al bij deze gebeurtenis, dus deze nooit. "
            "Moet deze fase ervoor staan, of hoort er bij de eerdere een voorwaarde (when)?",
            "A stage earlier in the file always opens on this event, so this one never does. "
            "Should this stage come before it, or does the earlier one need a condition (when)?",
        )


def _without_exit(view: View) -> Iterator[Question]:
    for where, stage in view.stages:
        if stage.answer is None:
            yield Question(
                "stage-without-exit",
                where,
                "Deze fase heeft geen antwoord waarmee zij eindigt. Hoe komt een klacht eruit?",
                "This stage has no answer that ends it. How does a complaint leave it?",
            )


def _without_term(view: View) -> Iterator[Question]:
    """An internal answer without a date: silence could then lock somebody out (X-08)."""
    for where, stage in view.stages:
        if stage.kind in ("source", "informal", "external") or stage.answer is None:
            continue
        if not any(duty.within and stage.answer.event in duty.met_by for duty in stage.duties):
            yield Question(
                "answer-without-term",
                f"{where}/answer",
                "Er is geen termijn voor het antwoord in deze fase. Hoe lang mag het duren?",
                "There is no period for the answer in this stage. How long may it take?",
            )


def _nobody_handles(view: View) -> Iterator[Question]:
    for where, stage in view.stages:
        if stage.kind != "external" and not stage.handled_by:
            yield Question(
                "stage-without-handler",
                where,
                "Wie behandelt de klacht in deze fase?",
                "Who handles the complaint in this stage?",
            )


STAGES: tuple[Callable[[View], Iterator[Question]], ...] = (
    _unreachable,
    _passed_over,
    _without_exit,
    _without_term,
    _nobody_handles,
)
