"""A sandbox organisation's clock."""

from typing import Annotated

from app.api.callers import reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.schemas.organisation import CLOCK, ClockAnswer, ClockSetting
from app.services import sandbox
from app.store.transaction import Transaction

router = Router(tags=["sandbox"])
Clock = Annotated[Transaction, reads("sandbox:clock")]


@router.get("/sandbox/clock", openapi_extra=examples(response=CLOCK))
async def read(tx: Clock) -> ClockAnswer:
    """What the clock of this sandbox says. A live organisation has none: 404."""
    return ClockAnswer(now=sandbox.clock(tx))


@router.put(
    "/sandbox/clock",
    openapi_extra=examples(request=CLOCK, response=CLOCK),
    responses={409: {"description": "That is backwards"}},
)
async def move(sent: ClockSetting, tx: Clock) -> ClockAnswer:
    """Sets the clock ahead; it runs on from there. The guard finds what has become due within seconds."""
    return ClockAnswer(now=await sandbox.move(tx, sent.now))
