"""What happened to the complaints of the demo: each story is a list of days and what was done on them.

The stories know no procedure: they ask the dossier what may happen next, and do that as the procedure wants it done.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from app.domain.callers import Actor
from app.domain.dossier import Dossier
from app.domain.errors import Refused
from app.domain.escalation import Given
from app.domain.events import ORAL
from app.domain.intake import Intake, channel_rule
from app.domain.next_step import NextStep
from app.domain.procedure import Procedure
from app.services.complaints import Filing, receive
from app.services.dossier import opened
from app.services.escalations import Asked, request
from app.services.sealing import Means
from app.services.steps import Taken, party, take
from app.store.transaction import Transaction

CATEGORIES = ("communication", "treatment", "planning", "information")
ANSWERS = ("responses", "decisions", "appeal-decisions")
FURTHER = ("dissatisfactions", "objections", "formal-review-requests")


@dataclass
class Telling:
    """A complaint whose story is being told: who works there, and what time it is in the story."""

    tx: Transaction
    procedure: Procedure
    staff: dict[str, Actor]
    random: Random
    sealing: Means
    complaint_id: UUID | None = None

    def at(self, moment: datetime) -> Transaction:
        """The transaction as if it were that moment: the story is recorded as it would have been."""
        return replace(self.tx, now=moment)


async def tell(telling: Telling, received_at: datetime, story: "Story", text: str, name: str) -> None:
    """Files a complaint and lets its story happen, up to the present."""
    telling.complaint_id = await _file(telling, received_at, story, text, name)
    for days, move in story.moves:
        moment = received_at + timedelta(days=days)
        if moment >= telling.tx.now:
            return
        try:
            await _MOVES[move](telling, moment)
        except Refused:
            continue  # this procedure does not know the move, or it is not its turn


async def _file(telling: Telling, at: datetime, story: "Story", text: str, name: str) -> UUID:
    rules = telling.procedure.intake
    channel = story.channel if channel_rule(telling.procedure, story.channel) else rules.channels[0].channel
    oral = channel in ORAL
    mail = name.lower().replace(" ", ".") + "@example.org"
    person = {"name": name, "email": mail, "address": "Voorbeeldstraat 1", "city": "Voorbeeldstad"}
    given = {"description", "complainant_name", "complainant_name_or_organisation", "complainant_contact"}
    given |= {"complainant_address", "complainant_city"} | ({"received_by"} if oral else set())
    texts = {"description": text, "parties": [party("complainant", person)]}
    intake = Intake(
        channel=channel,
        received_at=at,
        kind=story.kind if story.kind in rules.kinds else None,
        complainant_type=rules.complainants[0].type,
        category=telling.random.choice(rules.categories or CATEGORIES),
        conduct_on=(at - timedelta(days=story.conduct_days_ago)).date(),
        given=frozenset(given),
    )
    filing = Filing(intake, telling.procedure.procedure, {}, texts | ({"received_by": "De balie"} if oral else {}))
    recorded = await receive(telling.at(at), filing, Actor("system"))
    return recorded.row["id"]  # type: ignore[no-any-return]


async def _do(
    telling: Telling, at: datetime, step: str, facts: dict[str, object], texts: dict[str, object], actor: Actor
) -> None:
    if telling.complaint_id is not None:
        await take(telling.at(at), telling.complaint_id, Taken(step, at, facts, texts), actor)


async def _dossier(telling: Telling, at: datetime) -> Dossier:
    if telling.complaint_id is None:
        raise LookupError("the story has not begun")
    _, dossier = await opened(telling.at(at), telling.complaint_id)
    return dossier


def _who(telling: Telling, roles: tuple[str, ...]) -> Actor:
    return next((telling.staff[role] for role in roles if role in telling.staff), Actor("system"))


def _next(dossier: Dossier, names: tuple[str, ...]) -> NextStep | None:
    return next((step for step in dossier.next_steps if step.step in names), None)


async def _acknowledge(telling: Telling, at: datetime) -> None:
    step = _next(await _dossier(telling, at), ("acknowledgements",))
    if step is not None:
        texts = {"text": "Wij hebben uw klacht ontvangen. U leest hieronder wat er gebeurt en wanneer."}
        facts: dict[str, object] = {"form": "email", "content": list(step.content)}
        await _do(telling, at, step.step, facts, dict(texts), _who(telling, step.roles))


async def _hand_over(telling: Telling, at: datetime) -> None:
    step = _next(await _dossier(telling, at), ("hand-overs",))
    if step is not None and step.meets:
        await _do(telling, at, step.step, {}, {}, _who(telling, step.roles))


async def _assign(telling: Telling, at: datetime) -> None:
    stage = (await _dossier(telling, at)).situation.stage
    actor = _who(telling, stage.handled_by if stage else ())
    if actor.id is not None:
        await _do(telling, at, "assignments", {"staff_id": str(actor.id)}, {}, actor)


async def _hear(telling: Telling, at: datetime) -> None:
    """Everything that comes before the answer."""
    dossier = await _dossier(telling, at)
    for item in (each for each in dossier.checklist if each.is_open):
        step = {"board.consulted": "board-consultations", "route.agreed": "agreed-routes"}.get(
            item.step.met_by, "hearings"
        )
        facts: dict[str, object] = {"party": item.step.party} if item.step.party else {}
        if step == "agreed-routes":
            facts = {"route": "conversation"}
        texts: dict[str, object] = {"note": "Besproken en vastgelegd."}
        await _do(telling, at, step, facts, texts, _who(telling, item.by))


async def _answer(telling: Telling, at: datetime, *, final: bool = False) -> None:
    step = _next(await _dossier(telling, at), ANSWERS)
    if step is None:
        return
    dossier = await _dossier(telling, at)
    stage = dossier.situation.stage
    outcomes = stage.answer.outcomes if stage and stage.answer else ()
    facts: dict[str, object] = {"form": "email", "content": [*step.content]}
    if step.verdicts:
        facts["verdict"] = telling.random.choice(step.verdicts)
    if outcomes:
        facts["outcome"] = outcomes[0] if final else outcomes[-1]
    texts: dict[str, object] = {
        "reasons": "Wij hebben beide kanten gehoord en leggen uit hoe wij tot deze uitkomst komen.",
        "note": "Verslag van het gesprek.",
    }
    await _do(telling, at, step.step, facts, texts, _who(telling, step.roles))


async def _close(telling: Telling, at: datetime) -> None:
    await _do(telling, at, "register", {"given": list(_register(telling))}, {"products": "Training"}, _keeper(telling))
    await _copy(telling, at)
    facts: dict[str, object] = {"outcome": "handled", "form": "email", "given": ["handling_method", "handled_on"]}
    await _do(telling, at, "closures", facts, {"handling_method": "Per e-mail afgehandeld."}, _any(telling))


async def _copy(telling: Telling, at: datetime) -> None:
    dossier = await _dossier(telling, at)
    if any(owed.met_by == "decision.copied" for owed in dossier.obligations):
        await _do(telling, at, "decision-copies", {"form": "email"}, {}, _any(telling))


def _register(telling: Telling) -> tuple[str, ...]:
    return telling.procedure.register_.required_at_closing


def _keeper(telling: Telling) -> Actor:
    keepers = tuple(role.role for role in telling.procedure.roles if role.keeps_register)
    return _who(telling, keepers) if keepers else _any(telling)


def _any(telling: Telling) -> Actor:
    return next(iter(telling.staff.values()))


async def _measure(telling: Telling, at: datetime) -> None:
    await _do(
        telling, at, "measures", {"target": "organisation"}, {"description": "Werkwijze aangepast."}, _any(telling)
    )


async def _further(telling: Telling, at: datetime) -> None:
    step = _next(await _dossier(telling, at), FURTHER)
    if step is not None:
        facts: dict[str, object] = {"form": "email", "ground": "disagrees_with_solution"}
        await _do(telling, at, step.step, facts, {"text": "Ik ben het hier niet mee eens."}, Actor("system"))


async def _escalate(telling: Telling, at: datetime) -> None:
    """Outside, where the procedure names a body and the complaint has come that far."""
    dossier = await _dossier(telling, at)
    if telling.complaint_id is None or not dossier.bodies_open:
        return
    named = {"type": "municipality", "name": "Gemeente Voorbeeldstad", "address": "Marktplein 1, Voorbeeldstad"}
    body = dossier.bodies_open[0]
    asked = Asked(
        body=body.body,
        given=Given(consent=True, named=named if body.per_case else None, given=frozenset(body.needs)),
        relief="Ik wil dat mijn klacht opnieuw wordt bekeken.",
        consent_form="written",
    )
    await request(telling.at(at), telling.complaint_id, asked, _any(telling), telling.sealing)


async def _withdraw(telling: Telling, at: datetime) -> None:
    await _do(telling, at, "withdrawals", {"form": "email"}, {}, Actor("system"))


async def _promote(telling: Telling, at: datetime) -> None:
    grounds = telling.procedure.intake.promotion_grounds
    facts: dict[str, object] = {"form": "email", "ground": grounds[0] if grounds else None}
    await _do(telling, at, "promotions", facts, {}, Actor("system"))


async def _resolve(telling: Telling, at: datetime) -> None:
    step = _next(await _dossier(telling, at), ("closures",))
    facts: dict[str, object] = {"outcome": "resolved", "form": "phone", "given": [*_register(telling)]}
    await _do(
        telling,
        at,
        "closures",
        facts,
        {"handling_method": "Telefonisch opgelost."},
        _who(telling, step.roles if step else ()),
    )


_MOVES = {
    "acknowledge": _acknowledge,
    "hand_over": _hand_over,
    "assign": _assign,
    "hear": _hear,
    "answer": _answer,
    "close": _close,
    "measure": _measure,
    "further": _further,
    "escalate": _escalate,
    "withdraw": _withdraw,
    "promote": _promote,
    "resolve": _resolve,
}


@dataclass(frozen=True)
class Story:
    """`moves`: days after receipt, and what was done; `ago`: how many days ago it came in."""

    ago: int
    moves: tuple[tuple[float, str], ...] = ()
    channel: str = "email"
    kind: str | None = None
    conduct_days_ago: int = 10


_BEGIN = ((0.1, "hand_over"), (1, "assign"), (2, "acknowledge"))
STORIES = (
    Story(0),
    Story(1, ((0.1, "hand_over"),)),
    Story(3, _BEGIN[:2], channel="phone"),
    Story(9, _BEGIN),
    Story(20, _BEGIN),
    Story(34, (*_BEGIN, (3, "hear"))),
    Story(48, _BEGIN[:2]),
    Story(60, (*_BEGIN, (3, "hear"), (4, "answer"))),
    Story(75, (*_BEGIN, (3, "hear"), (4, "answer"), (5, "measure"), (6, "close"))),
    Story(82, (*_BEGIN, (3, "hear"), (4, "answer"), (9, "further"), (12, "assign"), (14, "hear"))),
    Story(90, (*_BEGIN, (3, "hear"), (4, "answer"), (9, "further"), (12, "assign"), (14, "answer"), (15, "close"))),
    Story(66, (*_BEGIN, (3, "hear"), (4, "answer"), (9, "further"), (14, "hear"), (16, "answer"), (20, "escalate"))),
    Story(30, (*_BEGIN, (6, "withdraw"))),
    Story(55, ((1, "resolve"),), channel="phone"),
    Story(25, ((2, "promote"), (3, "assign")), channel="phone", kind="signal"),
    Story(12, channel="phone", kind="signal"),
    Story(15, _BEGIN[:2], conduct_days_ago=500),
    Story(100, (*_BEGIN, (30, "hear"), (50, "answer"), (52, "close"))),
)
