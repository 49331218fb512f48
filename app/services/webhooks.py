"""Webhooks: made, changed, tried and sent to. A secret is shown once and then lies sealed."""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain import announcing
from app.domain.announcing import EVERYTHING, PREFIX
from app.domain.errors import Fault, Invalid, NotFound, NotPossible
from app.domain.events import EVENTS
from app.services import deliveries
from app.services.deliveries import keeper_of
from app.services.etags import demand_match, tag
from app.services.secrets import Sealer
from app.store import webhooks
from app.store.deliveries import Row as Delivery
from app.store.transaction import Transaction

MOST = 50
OVERLAP = timedelta(hours=24)
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Made:
    """A webhook with a secret that was just made."""

    row: webhooks.Row
    secret: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes to a webhook: `id` is the event's, the same in every copy."""

    url: str
    id: str
    body: bytes
    secrets: tuple[str, ...]
    sent_at: datetime


async def listed(
    tx: Transaction, after: UUID | None, limit: int, *, backwards: bool = False, state: str | None = None
) -> list[webhooks.Row]:
    """The organisation's, or the body's: whoever asks. So it is with all of these."""
    return await webhooks.listed(tx, keeper_of(tx), after, limit, backwards=backwards, state=state)


async def count(tx: Transaction, *, state: str | None = None) -> int:
    return await webhooks.count(tx, keeper_of(tx), state=state)


async def create(
    tx: Transaction,
    sealer: Sealer,
    *,
    url: str,
    description: str,
    event_types: Sequence[str],
    wrong: Sequence[Fault] = (),
) -> Made:
    """`wrong`: what is wrong with the address. Raises Invalid with that and with every event type that is not known,
    NotPossible when there are very many already.
    """
    keeper = keeper_of(tx)
    _demand_good(tx, event_types, wrong)
    await webhooks.lock(tx, keeper)
    if await webhooks.count(tx, keeper) >= MOST:
        raise NotPossible(f"There are {MOST} webhooks, which is the most; remove one first.", code="too-many")
    webhook_id = tx.new_id()
    secret, sealed = _secret(sealer, webhook_id)
    row = await webhooks.insert(tx, keeper, webhook_id, url, description, _sorted(event_types), sealed)
    return Made(row, secret)


async def read(tx: Transaction, webhook_id: UUID, *, lock: bool = False) -> webhooks.Row:
    """Raises NotFound, also for one that was removed."""
    row = await webhooks.read(tx, webhook_id, keeper_of(tx), lock=lock)
    if row is None:
        raise NotFound("There is no such webhook.")
    return row


async def change(
    tx: Transaction,
    webhook_id: UUID,
    changed: Mapping[str, Any],
    if_match: str | None,
    wrong: Sequence[Fault] = (),
) -> webhooks.Row:
    """Changes url, description, event_types or state. Raises NotFound, PreconditionRequired, Stale, Invalid.

    What waited for it while it was paused goes at once when it is activated. `wrong`: what is wrong with the address.
    """
    before = await read(tx, webhook_id, lock=True)
    demand_match(if_match, etag(before))
    _demand_good(tx, changed.get("event_types") or (), wrong)
    if changed.get("event_types") is not None:
        changed = {**changed, "event_types": _sorted(changed["event_types"])}
    reason = before["reason"] if changed.get("state", before["state"]) == before["state"] else None
    row = await webhooks.change(tx, keeper_of(tx), webhook_id, {**changed, "reason": reason})
    if changed.get("state") == "active":
        await webhooks.try_now(tx, webhook_id, keeper_of(tx))
    return before if row is None else row


async def remove(tx: Transaction, webhook_id: UUID) -> None:
    """Nothing more goes there, also not what waited. Its log stays. Raises NotFound."""
    await read(tx, webhook_id, lock=True)
    await webhooks.change(tx, keeper_of(tx), webhook_id, {"state": "removed"})
    await webhooks.cancel_waiting(tx, webhook_id, keeper_of(tx))


async def rotate(tx: Transaction, sealer: Sealer, webhook_id: UUID) -> Made:
    """A new secret; for 24 hours what is sent is signed with the old one too. Raises NotFound.

    Rotated again within those hours the old one still has them; only the newest is replaced.
    """
    before = await read(tx, webhook_id, lock=True)
    secret, sealed = _secret(sealer, webhook_id)
    row = await webhooks.rotate(tx, keeper_of(tx), webhook_id, sealed, OVERLAP)
    return Made(before if row is None else row, secret)


async def test(tx: Transaction, webhook_id: UUID) -> Delivery:
    """Sends an event that tells of nothing, once, by the same way as any other. Raises NotFound, NotPossible."""
    _demand_active(await read(tx, webhook_id))
    return await deliveries.read(tx, await webhooks.add_trial(tx, webhook_id, announcing.TRIAL))  # type: ignore[no-any-return]


async def trial(tx: Transaction, sealer: Sealer, webhook_id: UUID) -> Letter:
    """The same of a body, for who posts it at once: it is of no organisation that deliveries could lie with.

    Raises NotFound, NotPossible.
    """
    _demand_active(await read(tx, webhook_id))
    row = await webhooks.keys(tx, keeper_of(tx), webhook_id)
    told = announcing.trial_of_body(tx.new_id(), tx.caller.slug, tx.now)
    return _letter(sealer, row, told)


def _demand_active(row: webhooks.Row) -> None:
    if row["state"] != "active":
        raise NotPossible("This webhook is paused; activate it first.", code="paused", possible=[{"state": "active"}])


def etag(row: webhooks.Row) -> str:
    """Strong: changes with everything that can be changed."""
    shown = ("url", "description", "event_types", "state", "reason")
    return tag(**{name: row[name] for name in shown}, previous_until=str(row["previous_until"]))


async def to_send(
    tx: Transaction, sealer: Sealer, delivery_id: UUID, body_webhook_id: UUID | None = None
) -> Letter | None:
    """What a delivery brings to its webhook, which may be a body's; None when there is nothing to bring any more."""
    if body_webhook_id is not None:
        await webhooks.open_for_job(tx, body_webhook_id)
    row = await webhooks.to_send(tx, delivery_id)
    if row is None:
        return None
    event = _event(row)
    return None if event is None else _letter(sealer, row, event)


def _letter(sealer: Sealer, row: Mapping[str, Any], event: Mapping[str, Any]) -> Letter:
    sealed = [each for each in (row["secret"], row["previous_secret"]) if each is not None]
    return Letter(
        url=row["url"],
        id=event["id"],
        body=json.dumps(event, separators=(",", ":")).encode(),
        secrets=tuple(sealer.opened(each, _purpose(row["webhook_id"])).decode() for each in sealed),
        sent_at=row["clock"],
    )


def _event(row: Mapping[str, Any]) -> dict[str, Any] | None:
    kind, itself = row["announced_as"], (row["delivery_id"], row["slug"])
    if row["escalation_id"] is not None:
        return announcing.of_case(row, row["slug"])
    if row["id"] is not None:
        return announcing.thin(row, row["slug"])
    if kind in announcing.OWN:
        return announcing.failing(*itself, kind, row["created_at"], row["about_webhook_id"])
    return announcing.trial(*itself, row["created_at"]) if kind == announcing.TRIAL else None


def _secret(sealer: Sealer, webhook_id: UUID) -> tuple[str, bytes]:
    """A new secret, as Standard Webhooks writes it, and sealed."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return secret, sealer.seal(secret.encode(), _purpose(webhook_id))


def _purpose(webhook_id: UUID) -> str:
    return f"webhook:{webhook_id}"


def _sorted(event_types: Sequence[str]) -> list[str]:
    return [EVERYTHING] if EVERYTHING in event_types else sorted(set(event_types))


def _unknown(tx: Transaction, event_types: Sequence[str]) -> list[Fault]:
    """What is wrong with the events that a webhook of who asks would be told of."""
    own = announcing.OWN if keeper_of(tx) is webhooks.OF_ORGANISATION else frozenset()
    faults = [
        Fault(
            f"/eventTypes/{place}",
            "unknown-event-type",
            "one of the types that the contract lists at CloudEvent (type), or *",
        )
        for place, each in enumerate(event_types)
        if each != EVERYTHING and each not in own and each.removeprefix(PREFIX) not in EVENTS
    ]
    faults += [
        Fault(f"/eventTypes/{place}", "prefix-missing", f"begins with {PREFIX}, as in the event feed")
        for place, each in enumerate(event_types)
        if each in EVENTS
    ]
    return faults


def _demand_good(tx: Transaction, event_types: Sequence[str], wrong: Sequence[Fault]) -> None:
    """Raises Invalid for events that are not known, with what is `wrong` besides."""
    if faults := [*wrong, *_unknown(tx, event_types)]:
        raise Invalid("Nothing can be sent like this.", faults=faults)
