"""What one event counts as."""

import pytest

from app.domain.events import Event, effective
from app.domain.moments import moments
from tests.builders import at


def event(type: str, sequence: int, when: str = "2036-04-24", **facts: object) -> Event:
    return Event(type, at(when), facts, sequence=sequence)


def names(*events: Event) -> list[tuple[str, int]]:
    return [(moment.name, moment.event.sequence) for moment in moments(effective(events))]


@pytest.mark.parametrize(
    ("told", "counts_as"),
    [
        (event("complaint.received", 1), ["complaint.received"]),
        (event("complaint.received", 1, kind="out_of_scope"), []),  # HSS-07: no term runs
        (event("signal.received", 1), ["signal.received"]),
        (event("signal.promoted", 1), ["signal.promoted", "complaint.received"]),
        (event("complaint.closed", 1, outcome="handled"), ["complaint.closed"]),
        (event("complaint.closed", 1, outcome="resolved_at_intake"), ["complaint.resolved", "complaint.closed"]),
        (event("information.received", 1), ["information.received"]),
        (event("information.received", 1, completes=True), ["information.received", "complaint.completed"]),
    ],
)
def test_what_one_event_counts_as(told: Event, counts_as: list[str]) -> None:
    assert [name for name, _ in names(told)] == counts_as


def test_a_reclassified_complaint_counts_from_its_original_receipt() -> None:
    received = event("complaint.received", 1, "2036-04-24", kind="out_of_scope")
    found = moments((received, event("complaint.reclassified", 2, "2036-05-20", to="complaint")))
    assert [(moment.name, moment.on.isoformat()) for moment in found] == [
        ("complaint.reclassified", "2036-05-20"),
        ("complaint.received", "2036-04-24"),
    ]


def test_what_is_planned_counts_on_the_day_it_is_planned_for() -> None:
    [hearing] = moments((event("hearing.scheduled", 1, "2036-04-24", scheduled_on="2036-06-02"),))
    assert hearing.on.isoformat() == "2036-06-02"
    assert hearing.at == at("2036-04-24")


def test_a_day_is_the_local_day() -> None:
    # 24 April 23:30 UTC is half past one at night on the 25th
    [moment] = moments((Event("complaint.received", at("2036-04-25 01:30"), sequence=1),))
    assert moment.on.isoformat() == "2036-04-25"


RECEIVED = event("complaint.received", 1, "2036-04-24", channel="email", category="rent")


@pytest.mark.parametrize(
    ("corrections", "understood"),
    [
        ([], ("2036-04-24", "rent")),
        ([{"corrects": 1, "occurred_at": at("2036-04-22").isoformat()}], ("2036-04-22", "rent")),
        ([{"corrects": 1, "facts": {"category": "repairs"}}], ("2036-04-24", "repairs")),
        (
            [{"corrects": 1, "facts": {"category": "repairs"}}, {"corrects": 1, "facts": {"category": "noise"}}],
            ("2036-04-24", "noise"),
        ),  # the last word
        ([{"corrects": 9, "annul": True}], ("2036-04-24", "rent")),  # there is no ninth
    ],
)
def test_a_correction_changes_the_reckoning(corrections: list[dict[str, object]], understood: tuple[str, str]) -> None:
    told = [event("event.corrected", 2 + number, "2036-04-30", **facts) for number, facts in enumerate(corrections)]
    first = effective((RECEIVED, *told))[0]
    assert (first.occurred_at, first.facts["category"]) == (at(understood[0]), understood[1])
    assert first.facts["channel"] == "email"


def test_an_annulled_event_is_not_reckoned_with_and_nothing_revives_it() -> None:
    extension = event("extension.notified", 2)
    annulled = event("event.corrected", 3, corrects=2, annul=True)
    again = event("event.corrected", 4, corrects=2, facts={"until": "2036-07-01"})
    found = effective((RECEIVED, extension, annulled, again))
    assert [each.sequence for each in found] == [1, 3, 4]
