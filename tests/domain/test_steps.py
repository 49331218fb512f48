"""Which steps are possible when, and what a refusal says."""

import pytest

from app.domain.dossier import Dossier
from app.domain.errors import Invalid, NotPossible
from app.domain.events import Event
from app.domain.steps import why_not
from tests.builders import Deed, at, did, dossier, outside, procedure, seen, then

APRIL_24 = did("complaint.received", "2036-04-24")
HEARD = did("party.heard", "2036-04-25", party="subject_of_complaint")


def possible(found: Dossier) -> set[str]:
    return {step.event for step in found.next_steps}


@pytest.mark.proves("X-08", "JSO-12", "KK-26")
@pytest.mark.parametrize(
    ("name", "event", "answer", "first_late", "due_on"),
    [
        # JSO: five working days, to Thu 1 May
        ("jso", "dissatisfaction.received", (did("first_response.sent", "2036-04-28"),), "2036-05-02", "2036-05-01"),
        # Klikklaar: four weeks, to Thu 22 May
        ("klikklaar", "objection.received", (HEARD, did("decision.sent", "2036-04-28")), "2036-05-23", "2036-05-22"),
    ],
)
def test_the_next_stage_opens_on_an_answer_or_on_silence(
    name: str, event: str, answer: tuple[Deed, ...], first_late: str, due_on: str
) -> None:
    found = dossier(name, APRIL_24)
    with pytest.raises(NotPossible, match=due_on) as refused:
        then(found, did(event, f"{due_on} 23:59"))
    assert event not in possible(found)
    assert {"step": "withdrawals", "event": "complaint.withdrawn"} in refused.value.possible
    silent = then(found, did(event, f"{first_late} 00:00"))
    answered = then(found, *answer, did(event, "2036-04-29", ground="disagrees_with_solution"))
    for opened in (silent, answered):
        assert opened.situation.stage is procedure(name).stages[-2 if name == "jso" else -1]


@pytest.mark.proves("JSO-06", "JSO-12")
def test_who_was_not_helped_at_once_after_all_still_goes_on() -> None:
    """Settled at intake without a first response: closing it locks nobody out."""
    settled = dossier("jso", APRIL_24, did("complaint.closed", "2036-04-24", outcome="resolved_at_intake"))
    assert settled.situation.public_status == "handled"
    found = then(settled, did("dissatisfaction.received", "2036-04-25"))
    assert found.situation.stage is not None
    assert found.situation.stage.stage == "director_review"


@pytest.mark.proves("SO-28", "SO-05")
@pytest.mark.parametrize(
    ("outcome", "content", "refused"),
    [
        ("unresolved", (), None),
        ("resolved", (), "ended as resolved"),
        (None, (), "may still come"),  # not handled informally yet
        (None, ("skip_reason",), None),  # a young client who cannot or will not
        ("resolved", ("skip_reason",), None),
    ],
)
def test_a_formal_judgement_after_the_informal_handling_or_for_a_reason(
    outcome: str | None, content: tuple[str, ...], refused: str | None
) -> None:
    found = dossier("so-trainingsbureau", APRIL_24)
    if outcome:
        found = then(found, did("informal_outcome.recorded", "2036-05-06", outcome=outcome))
    request = did("formal_review.requested", "2036-05-07", content=content)
    if refused:
        with pytest.raises(NotPossible, match=refused):
            then(found, request)
        return
    found = then(found, request)
    assert found.situation.stage is not None
    assert found.situation.stage.stage == "formal"
    with pytest.raises(NotPossible):  # not twice
        then(found, did("formal_review.requested", "2036-05-08", content=["skip_reason"]))


@pytest.mark.proves("SO-28")
def test_a_formal_judgement_is_asked_in_writing() -> None:
    found = dossier("so-trainingsbureau", APRIL_24)
    with pytest.raises(Invalid) as refused:
        then(found, did("formal_review.requested", "2036-05-07", content=["skip_reason"], form="phone"))
    assert [fault.pointer for fault in refused.value.faults] == ["/form"]


@pytest.mark.proves("KK-18")
def test_one_answer_per_stage() -> None:
    found = dossier("klikklaar", APRIL_24, HEARD, did("decision.sent", "2036-04-28"))
    with pytest.raises(NotPossible, match="answered already"):
        then(found, did("decision.sent", "2036-04-29"))
    with pytest.raises(NotPossible, match="does not end with this"):
        then(found, did("first_response.sent", "2036-04-29"))


@pytest.mark.proves("JSO-17")
def test_after_the_external_decision_the_internal_route_is_closed() -> None:
    found = dossier(
        "jso",
        APRIL_24,
        did("first_response.sent", "2036-04-25"),
        did("dissatisfaction.received", "2036-04-28"),
        did("second_response.sent", "2036-04-29"),
    )
    found = outside(outside(found, "escalation.requested", "2036-05-06"), "external_decision.received", "2036-06-06")
    with pytest.raises(NotPossible, match="an external body has dealt with"):
        then(found, did("dissatisfaction.received", "2036-06-09"))


@pytest.mark.proves("X-10", "SO-10")
@pytest.mark.parametrize("name", ["jso", "klikklaar", "so-trainingsbureau", "hss", "bijstand-naar-werk"])
def test_withdrawal_is_possible_at_any_time_and_ends_it(name: str) -> None:
    found = dossier(name, APRIL_24)
    late = seen(found, at("2036-08-01"))
    closed = then(found, did("complaint.closed", "2036-04-25", outcome="resolved"))
    for case in (found, late, closed):
        assert "complaint.withdrawn" in possible(case)
    withdrawn = then(found, did("complaint.withdrawn", "2036-04-25"))
    assert withdrawn.open_terms == ()
    with pytest.raises(NotPossible, match="withdrawn before"):
        then(withdrawn, did("complaint.withdrawn", "2036-04-26"))
    assert "complaint.acknowledged" not in possible(withdrawn)
    assert {"complaint.reopened", "event.corrected"} <= possible(withdrawn)


@pytest.mark.parametrize(
    ("name", "event", "reason"),
    [
        ("jso", "signal.promoted", "only a signal"),
        pytest.param("jso", "admissibility.decided", "no such ground", marks=pytest.mark.proves("JSO-04")),
        ("klikklaar", "inadmissibility.notified", "not decided"),
        ("jso", "extension.notified", "may be extended"),  # JSO knows no extension
        ("jso", "term.suspended", "clock stand still"),
        ("workplace", "term.suspended", "clock stand still"),  # only mediation and questions stop it
        ("municipality", "term.resumed", "suspended"),
        ("jso", "mediation.ended", "no mediation"),
        ("jso", "information.received", "no information"),
        ("jso", "advice.received", "no advice"),
        ("jso", "legal_hold.lifted", "nothing holds"),
        ("jso", "parallel_route.recorded", "no other route"),
        ("jso", "complaint.reopened", "still open"),
        ("jso", "recurrence_review.completed", "still open"),
        ("jso", "objection.received", "no stage that opens"),
        ("jso", "decision.sent", "does not end with this"),
    ],
)
def test_what_is_not_possible_at_first(name: str, event: str, reason: str) -> None:
    assert reason in str(why_not(dossier(name, APRIL_24).view, event))


@pytest.mark.proves("SO-24", "SO-04")
@pytest.mark.parametrize("received", ["signal.received", "enquiry.received"])
def test_what_is_no_complaint_yet(received: str) -> None:
    found = dossier("so-trainingsbureau", did(received, "2036-04-24"))
    assert "registered as" in str(why_not(found.view, "admissibility.decided"))
    assert "registered as" in str(why_not(found.view, "formal_review.requested"))
    assert "signal.promoted" in possible(found)


@pytest.mark.proves("KK-33", "SO-34")
@pytest.mark.parametrize(("name", "route"), [("klikklaar", "civil_court"), ("so-trainingsbureau", "skj")])
def test_a_route_beside_the_procedure_is_open_in_every_state(name: str, route: str) -> None:
    found = dossier(name, APRIL_24)
    withdrawn = then(found, did("complaint.withdrawn", "2036-04-25"))
    for case in (found, withdrawn):
        before = case.situation.stage
        assert then(case, did("parallel_route.recorded", "2036-04-28", route=route)).situation.stage is before


def test_a_window_is_judged_by_the_day_it_came_in() -> None:
    """The training institute: fourteen days to go on. The clerk may register the letter later."""
    found = dossier("jso", APRIL_24)
    rules = found.procedure.model_dump(by_alias=True)
    rules["stages"][1]["opens_on"][0]["within"] = {"amount": 14, "unit": "days"}
    windowed = type(found.procedure).model_validate(rules)
    answered = dossier(windowed, APRIL_24, did("first_response.sent", "2036-04-25"))
    # answered on Fri 25 April: open until Fri 9 May
    assert "dissatisfaction.received" in possible(seen(answered, at("2036-05-09")))
    assert "dissatisfaction.received" in possible(seen(answered, at("2036-05-10")))
    # later it is recorded too, and flagged: whether late is too late is for a person to say
    late = Event("dissatisfaction.received", at("2036-05-10"))
    [remark] = seen(answered, at("2036-05-10")).remarks(late)
    assert (remark["code"], "2036-05-09" in remark["message"]) == ("late", True)
    assert seen(answered, at("2036-05-12")).remarks(Event("dissatisfaction.received", at("2036-05-09"))) == ()
    found = then(answered, did("dissatisfaction.received", "2036-05-09", registered="2036-05-12"))
    assert found.situation.stage is not None
    assert found.situation.stage.stage == "director_review"


def test_every_next_step_says_who_how_and_what() -> None:
    found = dossier("klikklaar", APRIL_24)
    steps = {step.event: step for step in found.next_steps}
    acknowledge, decide = steps["complaint.acknowledged"], steps["decision.sent"]
    assert (acknowledge.roles, acknowledge.forms, acknowledge.content) == (("chair",), ("written",), ("handling_term",))
    assert acknowledge.meets == ("handling.acknowledge",)
    assert (decide.roles, decide.verdicts, decide.content) == (("chair",), ("upheld", "not_upheld"), ("reasons",))
    assert decide.meets == ("handling.decide",)


def test_a_review_of_two_tiers_on_one_event_goes_from_the_first_to_the_second() -> None:
    rules = dossier("jso", APRIL_24).procedure.model_dump(by_alias=True)
    top = {**rules["stages"][1], "stage": "board_review", "answer": {"event": "decision.sent"}, "duties": []}
    top["opens_on"] = [{"event": "dissatisfaction.received", "after": ["director_review"], "form": "written"}]
    rules["stages"] = (*rules["stages"][:2], top, rules["stages"][2])
    two_tiers = type(dossier("jso", APRIL_24).procedure).model_validate(rules)
    found = dossier(
        two_tiers,
        APRIL_24,
        did("first_response.sent", "2036-04-25"),
        did("dissatisfaction.received", "2036-04-28", form="phone"),  # in writing only for the second
        did("second_response.sent", "2036-04-29"),
        did("dissatisfaction.received", "2036-04-30"),
    )
    assert [run.stage.stage for run in found.situation.runs] == ["first_response", "director_review", "board_review"]
