"""Deliveries: leased to who brings them, judged by how it went, and seen to by people when it did not work."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from app.domain.announcing import AFTER_DECISION, PREFIX, TRIAL
from app.domain.calendar import local_date
from app.domain.callers import SERVICE
from app.domain.delivery import GONE, KEPT, OF_ONE_MAIL, Outcome, Verdict, verdict
from app.domain.errors import Fault, Invalid, NotFound, NotPossible, Refused
from app.domain.events import Event, in_the_future, not_yet
from app.services.dossier import record
from app.store import deliveries, failing, leases, mailboxes, mails, messages, webhooks
from app.store.transaction import Transaction
from app.store.webhooks import OF_BODY, OF_ORGANISATION, Keeper

BATCH = 500
# A mail that is brought twice bothers somebody, so its lease outlasts any attempt. One of a webhook is short and kept
# up while the attempt lasts: after a worker was killed its events go on at once, and copies carry the same id.
MAIL_LEASE = timedelta(seconds=60)
WEBHOOK_LEASE = timedelta(seconds=3)
SHARE = 4  # of what is due on one line, at once
Line = leases.Line
_log = structlog.get_logger("gehoor.delivery")


@dataclass(frozen=True, slots=True)
class Lease:
    """One delivery, ours to bring for a short while. `id` is the delivery's; `attempt` counts from 1."""

    organisation_id: UUID
    id: UUID
    kind: str
    complaint_id: UUID | None
    message_id: UUID | None
    webhook_id: UUID | None
    event_id: UUID | None
    sequence: int | None
    type: str | None
    attempt: int
    lease: UUID
    created_at: datetime
    began_at: datetime
    body_webhook_id: UUID | None = None

    @property
    def hook(self) -> tuple[Keeper, UUID] | None:
        """Whose webhook it is brought to, and which; None for a mail."""
        if self.body_webhook_id is not None:
            return OF_BODY, self.body_webhook_id
        return None if self.webhook_id is None else (OF_ORGANISATION, self.webhook_id)


async def announce(tx: Transaction, batch: int = BATCH) -> int:
    """Makes deliveries of what happened, for the webhooks that want it; a job of the worker."""
    return await leases.announce(tx, PREFIX, sorted(AFTER_DECISION), batch)


async def due(tx: Transaction, here: Sequence[Line] = (), limit: int = BATCH) -> list[tuple[Line, bool]]:
    """Lines on which something is due that nobody is at, and whether each keeps failing. `here`: those that this worker
    has under way, of which it wants to know in any case.
    """
    return await leases.due(tx, here, limit)


async def leased(tx: Transaction, line: Line, busy: Sequence[Lease] = (), share: int = SHARE) -> list[Lease]:
    """What is due on a line, for this worker, which is at work on `busy` of it; together at most the share."""
    term = MAIL_LEASE if line.webhook_id is None and line.body_webhook_id is None else WEBHOOK_LEASE
    return [_lease(row) for row in await leases.lease(tx, line, share, [each.id for each in busy], term)]


async def forget_old(tx: Transaction, batch: int = BATCH) -> int:
    """Drops a batch of what was sent to webhooks and ended more than thirty days ago; how many. A worker's job.

    And gives up what waits for a webhook that was removed.
    """
    await deliveries.cancel_removed(tx)
    return await deliveries.forget(tx, KEPT, batch)


async def renewed(tx: Transaction, held: Sequence[Lease]) -> None:
    """Keeps leases that are kept up while the work lasts."""
    if rows := [_row(each) for each in held if each.kind == "webhook"]:
        await leases.renew(tx, rows, WEBHOOK_LEASE)


def _lease(row: leases.Row) -> Lease:
    same = ("organisation_id", "id", "kind", "complaint_id", "message_id", "webhook_id", "event_id", "sequence")
    return Lease(
        **{name: row[name] for name in (*same, "type", "lease", "created_at", "began_at", "body_webhook_id")},
        attempt=row["attempts"],
    )


def _row(lease: Lease) -> dict[str, Any]:
    names = ("organisation_id", "id", "webhook_id", "body_webhook_id", "lease")
    return {name: getattr(lease, name) for name in names}


async def ended(tx: Transaction, lease: Lease, outcome: Outcome) -> Verdict | None:
    """Writes down how an attempt went; in a transaction of the delivery's organisation.

    None when the lease is no longer ours: somebody else brings it now, and what they say counts.
    """
    if lease.hook is not None:
        await _hold(tx, lease.organisation_id, *lease.hook)
    row = await leases.held(tx, lease.organisation_id, lease.id, lease.lease, lease.began_at)
    if row is None:
        return None
    once, changed = lease.type == TRIAL, row["changed"]
    judged = verdict(outcome, row["attempts"], row["first_at"], row["clock"], random.random, once=once, changed=changed)
    await leases.settle(
        tx,
        lease.organisation_id,
        lease.id,
        leases.Ending(
            row["attempts"], lease.began_at, outcome.kind, outcome.status, outcome.code, judged.state, judged.next_at
        ),
    )
    if lease.hook is None:
        await _tell_mail(tx, lease, outcome, judged)
    elif not changed:  # else it went to what the webhook was, and says nothing of what it is
        await _tell_webhook(tx, lease.organisation_id, *lease.hook, outcome)
    return judged


async def _hold(tx: Transaction, organisation_id: UUID, keeper: Keeper, webhook_id: UUID) -> None:
    if keeper is OF_BODY:
        await webhooks.open_for_job(tx, webhook_id)
    await leases.hold_webhook(tx, keeper, organisation_id, webhook_id)


async def _tell_webhook(
    tx: Transaction, organisation_id: UUID, keeper: Keeper, webhook_id: UUID, outcome: Outcome
) -> None:
    if outcome.kind == "delivered":
        await leases.webhook_answered(tx, keeper, organisation_id, webhook_id)
        return
    await leases.webhook_failed(tx, keeper, organisation_id, webhook_id)
    if outcome.code == GONE:
        await leases.webhook_gone(tx, keeper, organisation_id, webhook_id, GONE)
        _log.warning("webhook_gone", webhook=str(webhook_id))


async def _tell_mail(tx: Transaction, lease: Lease, outcome: Outcome, judged: Verdict) -> None:
    if outcome.code not in OF_ONE_MAIL:
        await mailboxes.used(tx, outcome.code)
    if outcome.kind == "delivered":
        await failing.mail_works(tx, lease.organisation_id)
    elif outcome.code not in OF_ONE_MAIL:
        await failing.mail_failed(tx, lease.organisation_id)
    if judged.state == "dead":
        await failed(tx, lease.complaint_id, lease.message_id, lease.id, outcome.code)
    elif judged.state == "delivered" and lease.attempt > 1:
        await _arrived(tx, lease)


async def failed(
    tx: Transaction, complaint_id: UUID | None, message_id: UUID | None, delivery_id: UUID, code: str
) -> None:
    """Records on the complaint that a message did not arrive."""
    facts = {"message_id": str(message_id), "delivery_id": str(delivery_id), "code": code}
    await _told(tx, complaint_id, "delivery.failed", facts)


async def _arrived(tx: Transaction, lease: Lease) -> None:
    """Records that a message arrived of which the complaint says that it did not."""
    if lease.complaint_id is not None and await deliveries.recorded_as_failed(tx, lease.complaint_id, lease.id):
        facts = {"message_id": str(lease.message_id), "delivery_id": str(lease.id)}
        await _told(tx, lease.complaint_id, "delivery.completed", facts)


async def _told(tx: Transaction, complaint_id: UUID | None, kind: str, facts: dict[str, str]) -> None:
    if complaint_id is None:
        return
    try:
        await record(tx, complaint_id, lambda dossier: [Event(kind, dossier.now, facts)], SERVICE)
    except Refused as refused:
        # the delivery says the same, and is listed
        _log.error("delivery_not_recorded", delivery=facts["delivery_id"], code=refused.code)


def keeper_of(tx: Transaction) -> Keeper:
    """Whose webhooks, and what is brought to them, the caller has to do with."""
    return OF_ORGANISATION if tx.caller.body_id is None else OF_BODY


async def read(tx: Transaction, delivery_id: UUID, webhook_id: UUID | None = None, *, lock: bool = False) -> Any:
    """One delivery; of that webhook when one is given, as a body always does. Raises NotFound."""
    row = await deliveries.read(tx, delivery_id, webhook_id, keeper_of(tx), lock=lock)
    if row is None:
        raise NotFound("There is no such delivery.")
    return row


async def redeliver(tx: Transaction, delivery_id: UUID, webhook_id: UUID | None = None) -> deliveries.Row:
    """Tries again, now and for another 72 hours; a webhook's also when it was delivered. Raises NotFound, NotPossible.

    A copy carries the same id as what was sent before.
    """
    row = await read(tx, delivery_id, webhook_id, lock=True)
    if row["kind"] == "post":
        raise NotPossible("A person brings a letter; record that it was posted.", code="by-post", possible=_BY_HAND)
    if row["kind"] == "mail" and row["state"] not in ("waiting", "dead"):
        raise NotPossible("This mail was delivered; send a new message instead.", code="delivered-already")
    if row["kind"] == "mail" and await mails.recipient_changed(tx, delivery_id):
        raise NotPossible(
            "This person has another address now, or left the case; send a new message.", code="recipient-changed"
        )
    if row["type"] == TRIAL:
        raise NotPossible("This was a test; do another.", code="was-a-test", possible=[{"step": "_test"}])
    if row["webhook_id"] is not None and await webhooks.read(tx, row["webhook_id"], keeper_of(tx)) is None:
        raise NotPossible("This webhook was removed; nothing goes there any more.", code="webhook-removed")
    again = await deliveries.retry(tx, row, keeper_of(tx))
    return again if again is not None else row


_BY_HAND = ({"step": "completions"},)


async def complete(tx: Transaction, delivery_id: UUID, at: datetime | None) -> deliveries.Row:
    """A person posted a printed letter, now or at an instant before. Raises NotFound, NotPossible, Invalid."""
    row = await read(tx, delivery_id, lock=True)
    if row["state"] != "to_print":
        raise NotPossible("Only a letter that is still to be printed is posted.", code="not-to-print")
    if at is not None and (fault := await _wrong_moment(tx, row["message_id"], at)):
        raise Invalid("This letter cannot have been posted then.", faults=[fault])
    done = await deliveries.complete(tx, delivery_id, min(at or tx.now, tx.now))
    return done if done is not None else row


async def _wrong_moment(tx: Transaction, message_id: UUID, at: datetime) -> Fault | None:
    if in_the_future(at, tx.now):
        return not_yet("/occurredAt")
    letter = await messages.read(tx, message_id)
    if letter is not None and local_date(at) < local_date(letter["occurred_at"]):
        return Fault("/occurredAt", "before-it-was-written", "this is before the day on which the letter was written")
    return None
