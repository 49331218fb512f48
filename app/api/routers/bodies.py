"""The external bodies that the organisation's procedures name."""

from typing import Annotated

from app.api.callers import reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.schemas.bodies import BODY, BodyList, profile
from app.services import bodies
from app.store.transaction import Transaction

router = Router(tags=["bodies"])
Reading = Annotated[Transaction, reads("procedures:read")]


@router.get("/bodies", openapi_extra=examples(response={"items": [BODY]}))
async def listing(tx: Reading) -> BodyList:
    """The bodies that the procedures in force name: when a case can go there, how, and what comes of it."""
    return BodyList(items=[profile(each) for each in await bodies.named(tx)])
