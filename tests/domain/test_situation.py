"""Where a complaint stands: which stage, open or not, who handles it, what is known of it."""

import pytest

from app.domain.dossier import Dossier
from app.domain.duty import Condition
from app.domain.procedure import Procedure
from tests.builders import Deed, at, did, dossier, outside, person, procedure, taking_in, then

RECEIVED = did("complaint.received", "2036-04-24")
ANSWERED = did("first_response.sent", "2036-04-28", form="phone")
TWO_ANSWERS = (("2036-05-06", "upheld"), ("2036-05-13", "not_upheld"))
UNHAPPY = did("dissatisfaction.received", "2036-05-07")


def stages(found: Dossier) -> list[str]:
    return [run.stage.stage for run in found.situation.runs]


@pytest.mark.parametrize(
    ("deeds", "gone_through", "state", "status"),
    [
        ((), ["first_response"], "open", "in_progress"),
        ((ANSWERED,), ["first_response"], "open", "in_progress"),
        ((ANSWERED, did("complaint.closed", "2036-04-29")), ["first_response"], "closed", "handled"),
        ((ANSWERED, UNHAPPY), ["first_response", "director_review"], "open", "in_progress"),
        # dissatisfaction takes a closed complaint up again
        (
            (ANSWERED, did("complaint.closed", "2036-04-29"), UNHAPPY),
            ["first_response", "director_review"],
            "open",
            "in_progress",
        ),
        ((did("complaint.withdrawn", "2036-04-25"),), ["first_response"], "withdrawn", "handled"),
        (
            (did("complaint.withdrawn", "2036-04-25"), did("complaint.reopened", "2036-04-26")),
            ["first_response"],
            "open",
            "in_progress",
        ),
    ],
)
@pytest.mark.proves("JSO-10")
def test_a_complaint_under_jso(deeds: tuple[Deed, ...], gone_through: list[str], state: str, status: str) -> None:
    found = dossier("jso", RECEIVED, *deeds)
    assert stages(found) == gone_through
    assert (found.situation.state, found.situation.public_status) == (state, status)


@pytest.mark.proves("KK-06", "KK-22")
def test_a_telephone_call_that_becomes_a_complaint_is_received_on_the_day_of_the_letter() -> None:
    found = dossier("klikklaar", did("signal.received", "2036-04-24", channel="phone"))
    assert (found.situation.kind, stages(found), found.terms) == ("signal", ["informal_contact"], ())
    found = then(found, did("signal.promoted", "2036-05-12", form="post", ground="not_resolved"))
    assert (found.situation.kind, stages(found)) == ("complaint", ["informal_contact", "handling"])
    assert found.situation.received_on.isoformat() == "2036-05-12"
    assert found.situation.public_status == "in_progress"


@pytest.mark.proves("SO-04", "SO-05", "SO-09", "SO-24", "SO-35")
@pytest.mark.parametrize(
    ("received", "deeds", "gone_through"),
    [
        ("complaint.received", (), ["informal"]),
        ("enquiry.received", (), []),
        ("signal.received", (), ["source"]),
        ("signal.received", (did("signal.promoted", "2036-05-06", ground="will_not"),), ["source", "informal"]),
    ],
)
def test_a_signal_stays_at_its_source(received: str, deeds: tuple[Deed, ...], gone_through: list[str]) -> None:
    found = dossier("so-trainingsbureau", did(received, "2036-04-24"), *deeds)
    assert stages(found) == gone_through
    assert found.terms == ()  # the notice that it is not handled is owed only when that was decided


@pytest.mark.parametrize(
    ("intake", "made", "received_on"),
    [
        (did("complaint.received", "2036-04-01"), (), "2036-04-01"),
        (
            did("signal.received", "2036-04-01"),
            (did("signal.promoted", "2036-04-07", ground="not_resolved"),),
            "2036-04-07",
        ),
        (
            did("complaint.received", "2036-04-01", kind="out_of_scope"),
            (did("complaint.reclassified", "2036-04-07", to="complaint"),),
            "2036-04-01",
        ),
    ],
)
def test_a_complaint_is_received_once(intake: Deed, made: tuple[Deed, ...], received_on: str) -> None:
    """Whatever it came in as, and however often it was called a signal since."""
    renamed = taking_in("klikklaar", channels=procedure("klikklaar").intake.channels[:3])  # none that tells a signal
    before = dossier(renamed, intake, *made)
    after = then(
        before,
        did("complaint.reclassified", "2036-04-08", to="signal"),
        did("signal.promoted", "2036-04-09", ground="not_resolved"),
    )
    for found in (before, after):
        assert found.situation.kind == "complaint"
        assert found.situation.received_on.isoformat() == received_on
        assert stages(found) == stages(before)
        assert [(term.key, term.due_on) for term in found.terms] == [(term.key, term.due_on) for term in before.terms]


@pytest.mark.proves("HSS-07", "HSS-08")
def test_out_of_scope_has_no_stage_until_it_is_reclassified() -> None:
    fees = did("complaint.received", "2036-04-24", kind="out_of_scope", category="administration_fees")
    found = dossier("hss", fees)
    assert (found.situation.kind, found.situation.stage, found.terms) == ("out_of_scope", None, ())
    found = then(found, did("complaint.reclassified", "2036-05-06", to="complaint"))
    assert (found.situation.kind, stages(found)) == ("complaint", ["handling"])
    assert found.situation.received_on.isoformat() == "2036-04-24"


def test_one_event_may_answer_a_stage_and_open_the_next() -> None:
    """A school: the committee advises, and with that advice the board's own term starts."""
    found = dossier("school", did("complaint.received", "2036-04-24"), did("first_response.sent", "2036-04-25"))
    asked = outside(found, "escalation.requested", "2036-05-01")
    advised = outside(asked, "external_decision.received", "2036-06-16", content=["advice"])
    assert stages(advised) == ["board_handling", "national_committee", "reaction"]
    assert [run.answer is not None for run in advised.situation.runs] == [True, True, False]
    assert {term.key for term in advised.terms if term.is_open} == {"board_handling.acknowledge", "reaction.react"}
    assert "tell_participation_council" in {owed.duty for owed in advised.obligations}


@pytest.mark.parametrize(
    ("about", "stage"), [("employee", "judgement"), ("board", "judgement_on_the_board"), (None, "judgement")]
)
def test_whom_it_is_about_decides_who_judges(about: str | None, stage: str) -> None:
    found = dossier("care-provider", did("complaint.received", "2036-04-24", subject_role=about))
    assert stages(found) == [stage]


def test_what_is_learned_later_opens_no_other_stage() -> None:
    found = dossier(
        "care-provider",
        did("complaint.received", "2036-04-24", subject_role="employee"),
        did("register.updated", "2036-05-06", subject_role="board"),
    )
    assert stages(found) == ["judgement"]


@pytest.mark.proves("JSO-07")
def test_a_new_stage_starts_without_a_handler() -> None:
    officer, director = str(person("a")), str(person("b"))
    found = dossier("jso", RECEIVED)
    assert found.situation.handler_id is None
    found = then(found, did("complaint.assigned", "2036-04-24", staff_id=officer, roles=["complaints_officer"]))
    assert found.situation.handler_id == person("a")
    found = then(found, ANSWERED, UNHAPPY)
    assert found.situation.handler_id is None
    found = then(found, did("complaint.assigned", "2036-05-08", staff_id=director, roles=["director"]))
    assert found.situation.handler_id == person("b")


@pytest.mark.proves("BNW-11")
def test_a_handler_who_turns_out_to_be_involved_handles_it_no_longer() -> None:
    chosen = did("complaint.assigned", "2036-04-24", staff_id=str(person("a")), roles=["handler"])
    found = dossier("bijstand-naar-werk", RECEIVED, chosen)
    assert found.situation.handler_id == person("a")
    found = then(found, did("involvement.declared", "2036-04-25", staff_id=str(person("a"))))
    assert found.situation.handler_id is None


def test_the_register_is_the_intake_with_what_was_filled_in_later() -> None:
    found = dossier(
        "klikklaar",
        did("complaint.received", "2036-04-24", given=["description"], interest="none"),
        did("register.updated", "2036-04-25", given=["products"], interest="financial", conduct_on="2036-04-01"),
    )
    assert found.situation.given == {"description", "products"}
    assert found.situation.interest == "financial"
    assert found.situation.conduct_on is not None
    assert found.situation.conduct_on.isoformat() == "2036-04-01"


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ({}, True),
        ({"kind": ["complaint"]}, True),
        ({"kind": ["signal", "enquiry"]}, False),
        ({"channel": ["email", "post"]}, True),
        ({"channel": ["email"], "interest": ["financial"]}, False),  # all words must hold
        ({"interest": ["none"]}, True),
        ({"category": ["payments"]}, False),  # not known
        ({"urgent": True}, False),
        ({"urgent": False}, True),
        ({"admissibility": ["undecided"]}, True),
        ({"verdict": ["upheld"]}, False),
        ({"stage_answered": ["handling"]}, False),
        ({"resolved": False}, True),
        ({"committee_advises": True}, False),
        ({"hearing_held": True}, True),
        ({"measures_taken": True}, False),
    ],
)
def test_a_condition_holds_when_all_its_words_do(words: dict[str, object], holds: bool) -> None:
    heard = did("party.heard", "2036-04-28", party="complainant")
    found = dossier("klikklaar", did("complaint.received", "2036-04-24"), heard)
    assert found.situation.holds(Condition.model_validate(words)) is holds


def test_the_words_that_only_the_handling_can_say() -> None:
    heard = did("party.heard", "2036-04-28", party="subject_of_complaint")
    decided = did("decision.sent", "2036-05-01", verdict="not_upheld")
    found = dossier("klikklaar", did("complaint.received", "2036-04-24"), heard, decided)
    words = {"verdict": ["not_upheld"], "stage_answered": ["handling"], "measures_taken": False}
    assert found.situation.holds(Condition.model_validate(words))
    assert found.situation.verdict == "not_upheld"


def test_of_answers_that_are_not_final_the_last_counts() -> None:
    rules = procedure("klikklaar").model_dump(by_alias=True)
    heard = did("party.heard", "2036-04-25", party="subject_of_complaint")
    answers = [did("decision.sent", day, verdict=verdict) for day, verdict in TWO_ANSWERS]
    rules["stages"][1]["answer"]["final"] = False
    found = dossier(Procedure.model_validate(rules), did("complaint.received", "2036-04-24"), heard, *answers)
    assert found.situation.verdict == "not_upheld"
    assert found.situation.run is not None and found.situation.run.answer is not None
    assert found.situation.run.answer.occurred_at == at("2036-05-13")
