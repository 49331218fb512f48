"""The event feed: everything that happened, once, in an order that never skips."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator

from app.api.callers import reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.pagination import DEFAULT_LIMIT, MAX_LIMIT
from app.api.schemas.feed import FEED, Feed, cloud_event
from app.api.values import IN_DIGITS, fault
from app.store import feed
from app.store.transaction import Transaction

router = Router(tags=["events"])
Place = tuple[int, UUID]
_START: Place = (0, UUID(int=0))
_CURSOR = re.compile(r"([A-Za-z0-9_-]{2,27})\.([A-Za-z0-9_-]{22})")


def _of_this_feed(cursor: str) -> str:
    """Told with what else is wrong with the form of a query."""
    _opened(cursor)
    return cursor


@router.get("/events", openapi_extra=examples(response=FEED))
async def listing(
    tx: Annotated[Transaction, reads("audit:read")],
    after: Annotated[
        str | None,
        Query(min_length=1, max_length=100, description="`next` of an earlier answer"),
        AfterValidator(_of_this_feed),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT), IN_DIGITS] = DEFAULT_LIMIT,
) -> Feed:
    """Every event of the organisation from the beginning, or after a place. Poll with `next`; nothing is skipped."""
    place = _opened(after) if after else _START
    rows = await feed.after(tx, *place, limit)
    if rows:
        place = int(rows[-1]["xid"]), rows[-1]["id"]
    return Feed.model_construct(items=[cloud_event(row, tx.caller.slug) for row in rows], next=_sealed(place))


# Not signed, unlike the cursors of lists: a consumer keeps one for years, longer than a secret may live, and a made-up
# one shows nothing that a call without one does not.


def _sealed(place: Place) -> str:
    xid, event_id = place
    parts = (str(xid).encode(), event_id.bytes)
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _opened(cursor: str) -> Place:
    match = _CURSOR.fullmatch(cursor)
    try:
        number, event_id = (urlsafe_b64decode(part + "==") for part in match.groups()) if match else (b"", b"")
        place = int(number), UUID(bytes=event_id)
    except ValueError:
        place = (-1, _START[1])
    if not 0 <= place[0] < 2**64 or _sealed(place) != cursor:
        raise fault("cursor-unknown", "Use `next` of an earlier answer of this feed.")
    return place
