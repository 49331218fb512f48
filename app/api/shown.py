"""Complaints, terms and events as the contract shows them, built as plain values.

These are the answers that are asked for most. Making a model for each of their parts costs more than everything else in
the request; the models stand for the contract, and the tests hold what is built here against them.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from pydantic.alias_generators import to_camel
from starlette.responses import Response

from app.api.json_text import written
from app.api.schemas.terms import explanation_of
from app.api.schemas.words import camel
from app.domain.checklist import Item
from app.domain.dossier import Dossier
from app.domain.duties import channels_of
from app.domain.events import EVENTS, Event
from app.domain.ids import term_id
from app.domain.next_step import NextStep
from app.domain.stage import Stage
from app.domain.terms import Term
from app.domain.verdicts import binding_on
from app.store.dossiers import Row

Json = dict[str, Any]

_SUMMARY = tuple(
    (name, to_camel(name))
    for name in (
        *("id", "reference", "kind", "channel", "category", "received_at", "received_on", "stage", "state"),
        *("public_status", "verdict", "handler_id", "next_due_on", "next_act_by", "closed_at", "updated_at"),
    )
)
_NOT_TEXTS = ("parties", "description")


def answer(shown: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Plain values as an answer."""
    return Response(written(shown), status, headers, "application/json")


def summary(row: Row) -> Json:
    """A complaint in a list (ComplaintSummary)."""
    shown = {alias: row[name] for name, alias in _SUMMARY}
    shown["procedure"] = {"id": row["procedure"], "version": row["procedure_version"]}
    return shown


def complaint(row: Row, dossier: Dossier, parties: Iterable[Row], warnings: Sequence[Json] = ()) -> Json:
    """A complaint with everything that follows from what happened to it (ComplaintAnswer)."""
    situation = dossier.situation
    register = dossier.procedure.register_
    status = register.in_progress if situation.is_open else register.handled
    return {
        **summary(row),
        # the row is as old as the last thing that happened, and a pause can have lapsed since
        "nextDueOn": dossier.next_due_on,
        "nextActBy": dossier.next_act_by,
        "complainantType": row["complainant_type"],
        "status": {"nl": status.nl, "en": status.en},
        "stageDetails": _stage(dossier),
        "description": (situation.intake.texts or {}).get("description"),
        "texts": _texts(dossier),
        "registerFields": sorted(situation.given),
        "parties": [_party(each) for each in parties],
        "admissibility": situation.admissibility,
        "proposals": _proposals(dossier),
        "terms": [term(row["id"], each) for each in dossier.terms],
        "obligations": _obligations(dossier),
        "retention": _retention(dossier),
        "links": links(row["id"], dossier),
        "routesOutside": _routes_outside(dossier),
        "warnings": list(warnings),
        "version": len(dossier.events),
    }


def term(complaint_id: UUID, each: Term) -> Json:
    """A term (TermAnswer)."""
    return {
        "id": term_id(complaint_id, each.key),
        "key": each.key,
        "duty": each.duty.duty,
        "title": each.title,
        "stage": each.stage.stage,
        "source": each.duty.source,
        "state": each.state.value,
        "soft": each.soft,
        "startedOn": each.started_on,
        "dueOn": each.due_on,
        "breachAt": each.breach_at,
        "actBy": each.act_by,
        "metAt": each.met_by.occurred_at if each.met_by else None,
        "breachNoticedAt": each.breach_recorded.recorded_at if each.breach_recorded else None,
    }


def explanation(complaint_id: UUID, each: Term) -> Json:
    """A term with its reasons (ExplanationAnswer)."""
    return {
        "term": term(complaint_id, each),
        "explanation": explanation_of(each),
        "derivation": camel(each.derivation),
    }


def event(each: Event) -> Json:
    """An event in the ledger (EventAnswer)."""
    return {
        "id": each.id,
        "sequence": each.sequence,
        "type": each.type,
        "title": _title(each.type),
        "occurredAt": each.occurred_at,
        "recordedAt": each.recorded_at,
        "actor": {"kind": each.actor.kind, "id": each.actor.id, "roles": each.actor.roles},
        "facts": camel(each.facts),
        "texts": camel(each.texts) if each.texts else None,
    }


@lru_cache
def _title(name: str) -> dict[str, str]:
    nl, en = EVENTS.get(name, (name, name))  # what a later version records, while both run
    return {"nl": nl, "en": en}


def _stage(dossier: Dossier) -> Json | None:
    run = dossier.situation.run
    if run is None:
        return None
    return {
        "id": run.stage.stage,
        "kind": run.stage.kind,
        "title": _stage_title(run.stage),
        "handledBy": run.stage.handled_by,
        "answered": run.answer is not None,
        "bindingOn": list(binding_on(dossier.procedure, run)),
        "checklist": [_item(each) for each in dossier.checklist],
    }


def _item(item: Item) -> Json:
    step = item.step
    return {
        "step": step.step,
        "event": step.met_by,
        "party": step.party,
        "by": item.by,
        "required": not step.expected_only,
        "state": item.state,
    }


def _stage_title(stage: Stage) -> dict[str, str]:
    title = stage.title
    return {"nl": title.nl, "en": title.en} if title else {"nl": stage.stage, "en": stage.stage}


def _texts(dossier: Dossier) -> Json:
    """What was written at intake and in the register since; later texts stand over earlier ones."""
    situation = dossier.situation
    known: Json = {}
    for each in situation.all_of(situation.intake.type, "register.updated", "signal.promoted"):
        known |= {name: value for name, value in (each.texts or {}).items() if name not in _NOT_TEXTS}
    return camel(known)  # type: ignore[no-any-return]


def _party(row: Row) -> Json:
    return {name: row[name] for name in ("id", "role", "name", "email")} | {"details": camel(row["details"])}


def _proposals(dossier: Dossier) -> list[Json]:
    return [
        {
            "ground": p.ground.ground,
            "mode": p.ground.mode,
            "limitOn": p.limit_on,
            "noticeDueOn": p.notice_due_on,
            "source": p.ground.source,
        }
        for p in dossier.proposals
    ]


def _obligations(dossier: Dossier) -> list[Json]:
    return [
        {"duty": each.duty, "event": each.met_by, "by": each.by, "soft": each.soft, "source": each.source}
        for each in dossier.obligations
    ]


def _retention(dossier: Dossier) -> Json:
    kept = dossier.retention
    return {"eraseFrom": kept.erase_from, "eraseBy": kept.erase_by, "heldBy": kept.held_by}


# Steps in a case with an external body: where each is taken. What has no place here is the body's alone.
_IN_CASE = {
    "escalation-dispatches": "dispatches",
    "escalation-acknowledgements": "acknowledgements",
    "escalation-declinations": "declinations",
    "escalation-questions": "questions",
    "escalation-answers": "submissions",
    "escalation-hearings": "hearings",
    "escalation-decisions": "decisions",
    "escalation-decision-answers": "decision-answers",
    "escalation-measure-completions": "measure-completions",
    "escalation-settlements": "settlements",
    "escalation-withdrawals": "withdrawals",
    "dossier-parts": "supplements",
}


def links(complaint_id: UUID, dossier: Dossier, case: str | None = None) -> list[Json]:
    """What may happen next to a complaint, or in one of its cases with an external body (LinkAnswer)."""
    found, own = [], f"/v1/complaints/{complaint_id}"
    for step in dossier.next_steps:
        if step.step == "register":
            continue  # changed by PATCH of the complaint itself
        if case is None and not step.cases:
            found.append({**_link(step), "href": f"{own}/{step.step}"})
        elif step.step in _IN_CASE:
            named = [each for each in step.cases if case in (None, each)]
            found += [{**_link(step), "href": f"/v1/escalations/{each}/{_IN_CASE[step.step]}"} for each in named]
    return found


@lru_cache(maxsize=2048)
def _link(step: NextStep) -> Json:
    """A step in the complaint's place, without the complaint itself: its `href` is still to be filled in."""
    return {
        "step": step.step,
        "href": None,
        "event": step.event,
        "title": _title(step.event),
        "by": step.roles,
        "meets": step.meets,
        "forms": step.forms,
        "channels": channels_of(step.forms),
        "contents": step.content,
        "verdicts": step.verdicts,
        "waitsFor": step.waits_for,
    }


def _routes_outside(dossier: Dossier) -> list[Json]:
    return [
        {"body": each.body, "name": each.name, "url": each.url, "source": each.source} for each in dossier.bodies_open
    ]
