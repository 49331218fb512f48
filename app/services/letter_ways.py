"""The ways on from a letter: inside the organisation and outside, until when, how, and at what cost."""

from collections.abc import Iterator
from datetime import date

from app.domain.body import Body
from app.domain.calendar import local_date
from app.domain.events import Event
from app.domain.external import filing_limit
from app.domain.letter import LETTERS
from app.domain.openings import last_day, went_on_inside
from app.domain.situation import Situation
from app.domain.stage import Opening, Stage
from app.domain.verdicts import will_bind
from app.services.letter_case import PHRASE_OF, TOLD_AGAIN, Case, address, day, joined, on_one_line, period, said


def routes(case: Case) -> dict[str, str]:
    internal = [_internal(case, stage, opening) for stage, opening in _ways_on(case) if opening.event in PHRASE_OF]
    external = [_external(case, *ahead) for ahead in _bodies_ahead(case)]
    if external and case.code:
        external.append(case.words["code"].format(code=case.code))
    return {
        "internal_routes": "\n".join(internal),
        "external_routes": "\n".join(external),
        "next_routes": "\n".join([*internal, *external]),
    }


def bodies_ahead(case: Case) -> list[str]:
    """The external bodies that this letter tells the way to."""
    return [body.body for _, _, body in _bodies_ahead(case)]


def _bodies_ahead(case: Case) -> Iterator[tuple[Stage, Opening, Body]]:
    for stage, opening in _ways_on(case):
        body = case.procedure.body_named(stage.body) if stage.body else None
        if opening.event == "escalation.requested" and body is not None:
            yield stage, opening, body


def _ways_on(case: Case) -> Iterator[tuple[Stage, Opening]]:
    """The stages that may follow the one that this letter answers."""
    here, outcome, situation = case.stage, _outcome(case), case.dossier.situation
    for stage in case.procedure.stages if here else ():
        for opening in stage.opens_on:
            follows = (here is not None and here.stage in opening.after) or went_on_inside(situation, opening)
            fits = not opening.outcomes or outcome is None or outcome in opening.outcomes
            if follows and fits and situation.holds(opening.when):
                yield stage, opening


def _outcome(case: Case) -> str | None:
    """How the stage ended, or is about to; a closing has outcomes of another kind."""
    run = case.dossier.situation.run
    told = run.answer.facts if run is not None and run.answer is not None else case.facts
    outcome = told.get("outcome")
    return outcome if outcome in ("resolved", "unresolved") else None


def _internal(case: Case, stage: Stage, opening: Opening) -> str:
    words = case.words
    parts = [words[PHRASE_OF[opening.event]].format(stage=said(stage.title, case.language) or stage.stage)]
    if ways := _ways_inside(case, stage, opening):
        parts.append(words["by"].format(ways=joined(ways, words["or"])))
        parts += [words["ask_address"]] if "post" in opening.channels and not _by_post(case, stage, opening) else []
    elif opening.form == "written":
        parts.append(words["in_writing"])
    if grounds := _grounds_asked(case, opening):
        parts.append(words["ground"].format(grounds=joined(grounds, words["or"])))
    if case.letter in TOLD_AGAIN:
        last = last_day(case.dossier.situation, case.dossier.counting, opening)
        parts += [_until(case, last)] if last is not None else []
    elif opening.within is not None:
        parts.append(words["within"].format(period=period(opening.within, case.language)))
    return " ".join(parts)


def _ways_inside(case: Case, stage: Stage, opening: Opening) -> list[str]:
    """In which ways it is asked to come; by post to the address, where there is one to tell."""
    ways = {channel: case.words["ways"][channel] for channel in opening.channels}
    if "post" in ways and (where := _by_post(case, stage, opening)):
        ways["post"] = case.words["by_post_to"].format(address=where)
    return [*ways.values()]


def _by_post(case: Case, stage: Stage, opening: Opening) -> str:
    """Where it goes by post; empty where nobody wrote that down. Who is from outside is not at our address (KK-29)."""
    return on_one_line(opening.address or "") or ("" if stage.outside_staff else address(case))


def _grounds_asked(case: Case, opening: Opening) -> list[str]:
    """On which grounds only it may come after this answer (KK-26); nothing where any will do."""
    run = case.dossier.situation.run
    answered = run is not None and run.answer is not None
    verdict = case.dossier.situation.verdict if answered else case.facts.get("verdict")
    if verdict is None or verdict in opening.verdicts:
        return []
    return [case.words["grounds"].get(each, each.replace("_", " ")) for each in opening.grounds]


def _external(case: Case, stage: Stage, opening: Opening, body: Body) -> str:
    parts = [case.words["escalation"].format(body=_called(case, body))]
    told = _once_told(case)
    counting = case.dossier.counting
    last = (filing_limit(told, counting, body), last_day(told, counting, opening))
    limits = [limit for limit in last if limit is not None]
    if limits:
        parts.append(_until(case, min(limits)))
    parts += _how(case, body)
    if binds := _whom_it_binds(case, stage, body):
        parts.append(binds)
    # last, as a web address takes no full stop
    return " ".join([*parts, case.words["more"].format(url=body.url)] if body.url else parts)


def _called(case: Case, body: Body) -> str:
    """As people know it; what it can be, where it differs per complaint."""
    name = said(body.title, case.language) or body.name or body.body
    types = [case.words["body_types"].get(each, each.replace("_", " ")) for each in body.per_case]
    if not types:
        return name
    return str(case.words["body_of"].format(body=name, types=joined(types, case.words["or"])))


def _how(case: Case, body: Body) -> Iterator[str]:
    """In which ways a complainant goes there, at what cost, and to which address."""
    words, reached = case.words, body.reached_by
    # what goes by API needs no telling: the code says how
    ways = [words["ways"][channel] for channel in reached.channels if channel != "api"]
    if ways and body.filed_by != "organisation":
        by = words["by_on_one_day" if reached.all_required and reached.same_day else "by"]
        yield by.format(ways=joined(ways, words["and" if reached.all_required else "or"]))
    if body.fee:
        yield words["fee"].format(fee=body.fee)
    if body.address:
        yield words["address"].format(address=body.address)
    elif not body.url and {"post", "email"} & {*reached.channels}:
        yield words["ask_address"]


def _whom_it_binds(case: Case, stage: Stage, body: Body) -> str:
    """What a complainant has to know before going there; empty where the procedure says nothing of it (JSO-17)."""
    if body.binding_per_decision:
        return str(case.words["binding"]["per_decision"])
    bound = will_bind(stage, body)
    return str(case.words["binding"]["both" if len(bound) > 1 else bound[0]]) if bound else ""


def _once_told(case: Case) -> Situation:
    """As it will be once this letter is sent: a limit of the body may start with what it tells."""
    event = LETTERS[case.letter].event
    if event is None:
        return case.dossier.situation
    sent = Event(event, case.dossier.now, case.facts, sequence=len(case.dossier.events) + 1)
    return case.dossier.with_event(sent).situation


def _until(case: Case, last: date) -> str:
    """Until when, also when that has passed: whether late is too late is for whoever handles it then to say."""
    words = case.words["until_passed" if last < local_date(case.dossier.now) else "until"]
    return str(words.format(day=day(last, case.language)))
