"""The term calculator."""

from typing import Annotated

from app.api.callers import reads
from app.api.edge.route import Router
from app.api.routers.procedures import example_of
from app.api.schemas.calculator import (
    CalculateIn,
    CalculationAnswer,
    calculation_answer,
    refuse_repeated,
    refuse_settings,
)
from app.services import calculator
from app.services.faults import Gathered
from app.store.transaction import Transaction

router = Router(tags=["calculator"])


@router.post("/terms/_calculate", openapi_extra=example_of(CalculationAnswer, CalculateIn))
async def calculate(sent: CalculateIn, tx: Annotated[Transaction, reads("procedures:read")]) -> CalculationAnswer:
    """When a term ends, and why: a rule of your own, or a duty of a published procedure. No complaint needed."""
    found = Gathered()
    for refuse in (refuse_settings, refuse_repeated):
        with found.kept():
            refuse(sent)
    with found.told():
        rule = sent.own_rule or await calculator.rule_of(tx, sent.given, sent.stage, sent.duty or "", sent.course)
        calculated = await calculator.calculate(tx, rule, sent.course)
    return calculation_answer(calculated)
