# ruff: noqa: F401, F811 - the fixtures of the procedures are used here too
"""The term calculator and the calendars over HTTP."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.schemas.calculator import CalculateIn
from app.services.procedures import publish
from app.store.session import Database
from tests.api.test_procedures import BY_ID, client, key, made
from tests.conftest import Organisation

Json = dict[str, Any]
CASES = json.loads((Path(__file__).parents[1] / "domain" / "cases.json").read_text())["cases"]
_NAMES = {"first_day": "firstDay", "receipt": "receipt", "roll_forward": "rollForward", "closes_at": "officeClosesAt"}
FRIDAY = {"startAt": "2026-04-24T12:00:00+02:00"}
FIVE = {"rule": {"amount": 5, "unit": "working_days"}}

EARLY = {
    "metAt": "2026-04-20T10:00:00Z",
    "asOf": "2026-04-25T10:00:00Z",
    "extensions": [{"until": "2026-06-01", "notifiedOn": "2026-04-20"}],
}


async def calculated(client: httpx.AsyncClient, made: Organisation, body: Json, status: int = 200) -> Json:
    answer = await client.post("/terms/_calculate", json=body, headers=key(made, "reporter"))
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


def faults_in(problem: Json) -> set[tuple[str, str]]:
    return {(each["pointer"], each["code"]) for each in problem["errors"]}


def asked(case: Json) -> Json:
    body: Json = {"rule": case["rule"], "startAt": case["start"]}
    body |= {ours: case[theirs] for theirs, ours in _NAMES.items() if theirs in case}
    if "calendar" in case:
        body["profile"] = case["calendar"].lower()
    body["extensions"] = [_longer(each) for each in case.get("extensions") or ()]
    body["suspensions"] = [
        {"requestedOn": each["requested"], "endedOn": each.get("ended")} for each in case.get("suspensions") or ()
    ]
    return body


def _longer(given: Json) -> Json:
    by = {"until": given["until"]} if "until" in given else {"period": {k: given[k] for k in ("amount", "unit")}}
    return {**by, **({"notifiedAt": given["notified_at"]} if "notified_at" in given else {})}


async def test_worked_cases(client: httpx.AsyncClient, made: Organisation):
    counted = [case for case in CASES if case["kind"] == "deadline" and not case.get("extra_holidays")]
    assert len(counted) > 30
    for case in counted:
        found = await calculated(client, made, asked(case))
        expected = case["expected"]
        assert found["dueOn"] == expected["due_date"], case["id"]
        assert found["breachAt"] == expected.get("breach_from", found["breachAt"]), case["id"]
        assert found["actBy"] == expected.get("act_by_working_day", found["actBy"]), case["id"]


async def test_says_why(client: httpx.AsyncClient, made: Organisation):
    found = await calculated(client, made, {**FIVE, **FRIDAY, "asOf": "2026-05-05T00:00:00+02:00"})
    assert (found["dueOn"], found["state"]) == ("2026-05-04", "overdue")
    assert "Koningsdag" in found["explanation"]["nl"]
    assert "King's Day" in found["explanation"]["en"]
    assert found["derivation"]["calendarVersion"] >= 1


async def test_own_closed_days_and_office_hours(client: httpx.AsyncClient, made: Organisation):
    closed = [{"date": "2026-04-28", "name": "Studiedag"}]
    found = await calculated(client, made, {**FIVE, **FRIDAY, "closedDays": closed})
    assert found["dueOn"] == "2026-05-06"  # 5 May is a holiday too
    late = {"startAt": "2026-04-24T16:30:00+02:00", "receipt": "office_hours", "officeClosesAt": "16:00"}
    assert (await calculated(client, made, {**FIVE, **late}))["startedOn"] == "2026-04-28"


async def test_counts_back(client: httpx.AsyncClient, made: Organisation):
    found = await calculated(client, made, {**FIVE, "startOn": "2026-05-07", "direction": "back"})
    assert found["dueOn"] == "2026-04-29"
    longer = [{"period": {"amount": 1, "unit": "weeks"}}]
    refused = {**FIVE, "startOn": "2026-05-07", "direction": "back", "extensions": longer}
    await calculated(client, made, refused, 400)


async def test_open_suspension_has_no_date(client: httpx.AsyncClient, made: Organisation):
    pause = [{"requestedOn": "2026-04-25"}]
    found = await calculated(client, made, {**FIVE, **FRIDAY, "suspensions": pause, "asOf": "2026-04-28T00:00:00Z"})
    assert (found["dueOn"], found["breachAt"], found["state"]) == (None, None, "suspended")


SIX = {"rule": {"amount": 6, "unit": "weeks"}, "startOn": "2026-01-05"}  # until 16 February


@pytest.mark.parametrize(
    ("course", "as_of", "due_on", "state"),
    [
        # asked on 12 February: not yet by 10 January, and not on the day before
        ({"suspensions": [{"requestedOn": "2026-02-12"}]}, "2026-01-10T12:00:00Z", "2026-02-16", "pending"),
        ({"suspensions": [{"requestedOn": "2026-02-12"}]}, "2026-02-11T22:59:59Z", "2026-02-16", "pending"),
        ({"suspensions": [{"requestedOn": "2026-02-12"}]}, "2026-02-11T23:00:00Z", None, "suspended"),
        # it ended on the 20th, which nobody knew on the 15th
        (
            {"suspensions": [{"requestedOn": "2026-01-12", "endedOn": "2026-01-20"}]},
            "2026-01-15T12:00:00Z",
            None,
            "suspended",
        ),
        (
            {"suspensions": [{"requestedOn": "2026-01-12", "endedOn": "2026-01-20"}]},
            "2026-01-19T23:00:00Z",
            "2026-02-23",
            "pending",
        ),
        # an extension that was not told yet, by the day or by the hour
        (
            {"extensions": [{"until": "2026-03-31", "notifiedOn": "2026-02-10"}]},
            "2026-02-09T12:00:00Z",
            "2026-02-16",
            "pending",
        ),
        (
            {"extensions": [{"until": "2026-03-31", "notifiedOn": "2026-02-10"}]},
            "2026-02-10T12:00:00Z",
            "2026-03-31",
            "pending",
        ),
        (
            {"extensions": [{"until": "2026-03-31", "notifiedAt": "2026-02-10T12:00:01Z"}]},
            "2026-02-10T12:00:00Z",
            "2026-02-16",
            "pending",
        ),
        ({"extensions": [{"until": "2026-03-31"}]}, "2026-01-10T12:00:00Z", "2026-03-31", "pending"),
    ],
)
async def test_as_of_an_instant_nothing_later_has_happened(
    client: httpx.AsyncClient, made: Organisation, course: Json, as_of: str, due_on: str | None, state: str
):
    found = await calculated(client, made, {**SIX, **course, "asOf": as_of})
    assert (found["dueOn"], found["state"]) == (due_on, state)


LATER = {"until": "2026-04-15", "notifiedOn": "2026-02-20"}
JANUARY, MARCH = (
    {"requestedOn": "2026-01-12", "endedOn": "2026-01-20"},
    {"requestedOn": "2026-03-01", "endedOn": "2026-03-06"},
)


@pytest.mark.parametrize(
    ("extensions", "pauses", "due_on", "nl", "en"),
    [
        # seven days before the notice are in the new date; 2 to 5 March are not
        (
            [LATER],
            [JANUARY, MARCH],
            "2026-04-19",
            "4 dagen waarop de termijn stilstond (maandag 2 maart 2026 tot en met",
            "4 days on which the clock stood still (Monday 2 March 2026 through",
        ),
        # told in the middle of a pause: from the day after
        (
            [{**LATER, "notifiedOn": "2026-01-15"}],
            [JANUARY],
            "2026-04-19",
            "4 dagen waarop de termijn stilstond (vrijdag 16 januari 2026 tot en met",
            "4 days on which",
        ),
        # without a notice every day counts, and so it does where the date lengthens nothing
        ([{"until": "2026-04-15"}], [JANUARY], "2026-04-22", "7 dagen waarop de termijn stilstond", "7 days on which"),
        (
            [{"until": "2026-02-01", "notifiedOn": "2026-01-25"}],
            [JANUARY],
            "2026-02-23",
            "7 dagen waarop de termijn stilstond",
            "7 days on which",
        ),
    ],
)
async def test_only_days_that_move_the_end_are_said_not_to_count(
    client: httpx.AsyncClient,
    made: Organisation,
    extensions: list[Json],
    pauses: list[Json],
    due_on: str,
    nl: str,
    en: str,
):
    found = await calculated(client, made, {**SIX, "extensions": extensions, "suspensions": pauses})
    assert found["dueOn"] == due_on
    assert nl in found["explanation"]["nl"]
    assert en in found["explanation"]["en"]
    assert "11 dagen" not in found["explanation"]["nl"]


async def test_days_that_are_all_in_the_new_date_are_not_named(client: httpx.AsyncClient, made: Organisation):
    found = await calculated(client, made, {**SIX, "extensions": [LATER], "suspensions": [JANUARY]})
    assert found["dueOn"] == "2026-04-15"
    assert "stilstond" not in found["explanation"]["nl"]
    assert found["derivation"]["suspendedDays"] == 7


@pytest.mark.parametrize(
    ("extensions", "due_on", "lengthens"),
    [
        ([{"until": "2026-02-10", "notifiedOn": "2026-01-20"}], "2026-02-16", [False]),
        (
            [LATER | {"notifiedOn": "2026-01-20"}, {"until": "2026-03-01", "notifiedOn": "2026-02-01"}],
            "2026-04-15",
            [True, False],
        ),
    ],
)
async def test_an_extension_that_lengthens_nothing_is_not_told_as_one(
    client: httpx.AsyncClient, made: Organisation, extensions: list[Json], due_on: str, lengthens: list[bool]
):
    found = await calculated(client, made, {**SIX, "extensions": extensions})
    assert found["dueOn"] == due_on
    assert [each["lengthens"] for each in found["derivation"]["extensions"]] == lengthens
    told = found["explanation"]
    assert told["nl"].count("maakt de termijn niet langer") == told["en"].count("does not make the term longer") == 1
    assert told["nl"].count("de termijn is verlengd") == lengthens.count(True)


async def test_a_duty_of_a_published_procedure(client: httpx.AsyncClient, made: Organisation):
    found = await calculated(client, made, {"procedure": "jso", "duty": "respond", **FRIDAY})
    assert found["dueOn"] == "2026-05-04"
    assert "De eerste reactie" in found["explanation"]["nl"]
    assert "JSO-11" in found["explanation"]["nl"]


async def test_a_duty_of_the_procedure_itself_goes_before_what_any_body_is_owed(
    client: httpx.AsyncClient, made: Organisation, database: Database
):
    """HSS hands over to its board, once; to every external body a dossier is handed over as well."""
    async with database.organisation(made.id) as tx:
        await publish(tx, BY_ID["hss"])
    friday = {"procedure": "hss", "duty": "hand_over", **FRIDAY}
    own = await calculated(client, made, friday)
    assert own["dueOn"] == "2026-04-24"
    assert "HSS-09" in own["explanation"]["nl"]
    assert own == await calculated(client, made, friday | {"stage": "handling"})
    assert "HSS-09" not in (await calculated(client, made, friday | {"stage": "external"}))["explanation"]["nl"]
    # the one of the service is found too, where there is no other
    jso = await calculated(client, made, {"procedure": "jso", "duty": "hand_over", **FRIDAY})
    assert "dossier" in jso["explanation"]["nl"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        FIVE,
        {**FIVE, **FRIDAY, "startOn": "2026-04-24"},
        {**FIVE, "procedure": "jso", "duty": "respond", **FRIDAY},
        {"procedure": "jso", **FRIDAY},
        {"procedure": "jso", "duty": "respond", "profile": "mon-fri", **FRIDAY},
        {"procedure": "jso", "duty": "nothing", **FRIDAY},
        {"procedure": "nobody", "duty": "respond", **FRIDAY},
        {"rule": {"amount": -1, "unit": "days"}, **FRIDAY},
        {"rule": {"amount": 3651, "unit": "days"}, **FRIDAY},
        {"rule": {"amount": 3650, "unit": "years"}, **FRIDAY},
        {"rule": {"amount": 3650, "unit": "years"}, "profile": "mon-fri", **FRIDAY},
        {"rule": {"amount": 3650, "unit": "working_days"}, "startOn": "2099-01-01"},
        {**FIVE, "startOn": "1900-01-01"},
        {**FIVE, "startOn": "1900-01-01", "profile": "mon-fri"},
        {**FIVE, **FRIDAY, "extensions": [{}]},
        {**FIVE, **FRIDAY, "officeClosesAt": "25:00"},
    ],
)
async def test_what_cannot_be_counted(client: httpx.AsyncClient, made: Organisation, body: Json):
    await calculated(client, made, body, 400)


DUTY = {"procedure": "jso", "duty": "respond", **FRIDAY}
SETTINGS: Json = {
    "direction": "back",
    "profile": "mon-fri",
    "closedDays": [{"date": "2026-04-28", "name": "Studiedag"}],
    "firstDay": "counted",
    "receipt": "office_hours",
    "officeClosesAt": "16:00",
    "rollForward": "atw",
}


_LONGER = "/extensions/0/period/amount"
_TO_THE_END = {"requestedOn": "2026-03-02", "endedOn": "2099-12-31"}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"startOn": "1950-03-01"}, {"/startOn"}),
        ({"startAt": "2100-03-01T12:00:00Z"}, {"/startAt"}),
        ({"startOn": "2026-03-01", "rule": {"amount": 3650, "unit": "years"}}, {"/rule/amount"}),
        ({"startOn": "2099-12-01", "rule": {"amount": 5, "unit": "weeks"}}, {"/rule/amount"}),
        ({"startOn": "2026-03-01", "direction": "back", "rule": {"amount": 90, "unit": "years"}}, {"/rule/amount"}),
        ({"startOn": "2026-03-01", "extensions": [{"until": "2100-05-01"}]}, {"/extensions/0/until"}),
        (
            {"startOn": "1950-03-01", "suspensions": [{"requestedOn": "1950-03-02", "endedOn": "2100-05-01"}]},
            {"/startOn", "/suspensions/0/requestedOn", "/suspensions/0/endedOn"},
        ),
        # the first thing that leads too far
        ({"startOn": "2026-03-01", "extensions": [{"period": {"amount": 500, "unit": "years"}}]}, {_LONGER}),
        ({"startOn": "2026-03-01", "extensions": [{"period": {"amount": 90, "unit": "years"}}]}, {_LONGER}),
        ({"startOn": "2026-03-01", "suspensions": [_TO_THE_END]}, {"/suspensions/0/endedOn"}),
        (
            {"startOn": "2026-03-01", "extensions": [{"until": "2099-12-30"}], "suspensions": [_TO_THE_END]},
            {"/suspensions/0/endedOn"},
        ),
        ({"startAt": "2099-12-31T23:30:00Z", "rule": {"amount": 0, "unit": "days"}}, {"/startAt"}),  # 2100 by then
        (
            {"startOn": "2099-12-31", "rule": {"amount": 1, "unit": "years"}, "extensions": [{"until": "2100-01-01"}]},
            {"/extensions/0/until"},
        ),
        ({"startOn": "2100-03-01", "rule": {"amount": 133, "unit": "years"}}, {"/startOn", "/rule/amount"}),
    ],
)
async def test_which_day_is_too_far_away(
    client: httpx.AsyncClient, made: Organisation, sent: Json, expected: set[str]
) -> None:
    told = await calculated(client, made, {"rule": {"amount": 5, "unit": "working_days"}} | sent, 400)
    assert faults_in(told) == {(place, "date-out-of-range") for place in expected}
    beside = await calculated(client, made, {"rule": {"amount": 5, "unit": "working_days"}} | sent | {"zz": 1}, 400)
    assert faults_in(beside) == faults_in(told) | {("/zz", "unknown-field")}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        # what is not there is told where it is named
        ({"procedure": "jso", "stage": "nostage", "duty": "respond"}, {("/stage", "stage-unknown")}),
        (
            {"procedure": "jso", "stage": "nostage", "duty": "nope"},
            {("/stage", "stage-unknown"), ("/duty", "duty-unknown")},
        ),
        ({"procedure": "jso", "stage": "first_response", "duty": "nope"}, {("/duty", "duty-unknown")}),
        (
            {"procedure": "jso", "version": 9, "stage": "nostage", "duty": "respond"},
            {("/version", "unknown"), ("/stage", "stage-unknown")},
        ),
        ({"procedure": "jso", "version": 9, "stage": "first_response", "duty": "respond"}, {("/version", "unknown")}),
        # what lies before the start, whichever duty was meant
        *(
            (
                {"procedure": "jso", "duty": "respond", "stage": "first_response"} | wrong | EARLY,
                {told, ("/metAt", "before-start"), ("/extensions/0/notifiedOn", "before-start")},
            )
            for wrong, told in (
                ({"stage": "nostage"}, ("/stage", "stage-unknown")),
                ({"stage": 3}, ("/stage", "wrong-type")),
                ({"version": 9}, ("/version", "unknown")),
                ({"version": "x"}, ("/version", "wrong-type")),
            )
        ),
        (
            {"procedure": "jso", "duty": "nope"} | EARLY,  # here nothing is counted back
            {("/duty", "duty-unknown"), ("/metAt", "before-start"), ("/extensions/0/notifiedOn", "before-start")},
        ),
        # an end that is too far away, beside anything
        (
            {"procedure": "jso", "duty": "nope", "extensions": [{"until": "2100-01-01"}]},
            {("/duty", "duty-unknown"), ("/extensions/0/until", "date-out-of-range")},
        ),
        # as long as it is, the start is good
        (
            {"procedure": "jso", "duty": "respond", "extensions": [{"period": {"amount": 90, "unit": "years"}}]},
            {(_LONGER, "date-out-of-range")},
        ),
        # nobody is ready before the start
        (
            FIVE | {"metAt": "2026-04-23T10:00:00Z", "asOf": "2026-04-25T10:00:00Z"},
            {("/metAt", "before-start")},
        ),
        (
            FIVE | {"metAt": "2026-04-24T11:00:00+02:00", "asOf": "2026-04-25T10:00:00Z"},
            {("/metAt", "before-start")},
        ),
        # what lies before it, beside where it ends
        (
            {
                "rule": {"amount": 130, "unit": "years"},
                "metAt": "2020-01-01T10:00:00Z",
                "asOf": "2026-04-25T10:00:00Z",
                "extensions": [{"until": "2000-01-01"}],
                "suspensions": [{"requestedOn": "2000-01-01", "endedOn": "2001-01-01"}],
            },
            {
                *(("/metAt", "before-start"), ("/extensions/0/until", "before-start")),
                *(("/suspensions/0/endedOn", "before-start"), ("/rule/amount", "date-out-of-range")),
            },
        ),
        (
            {"rule": {"amount": 130, "unit": "years"}, "direction": "back", "extensions": [{"until": "2026-05-01"}]},
            {("/extensions", "not-both"), ("/rule/amount", "date-out-of-range")},
        ),
        (
            FIVE | {"closedDays": [{"date": "2026-04-28", "name": "A"}, {"date": "2026-04-28", "name": "B"}]},
            {("/closedDays/1/date", "repeated")},
        ),
        # ... beside one that cannot be read
        *(
            (
                FIVE | {"closedDays": [*[{"date": "2026-04-28", "name": "A"}] * 2, unread]},
                {("/closedDays/1/date", "repeated"), told},
            )
            for unread, told in (
                (3, ("/closedDays/2", "wrong-type")),
                ({"date": "zz", "name": "C"}, ("/closedDays/2/date", "wrong-form")),
                ({"date": "2026-04-29", "name": " "}, ("/closedDays/2/name", "blank")),
                ({"date": "2026-04-29", "name": "C", "zz": 1}, ("/closedDays/2/zz", "unknown-field")),
            )
        ),
        # other days off, and pauses, only make it longer
        *(
            (
                {"rule": {"amount": 130, "unit": "years"}} | unread,
                {("/rule/amount", "date-out-of-range"), told},
            )
            for unread, told in (
                ({"closedDays": [3]}, ("/closedDays/0", "wrong-type")),
                (
                    {"suspensions": [{"requestedOn": "zz", "endedOn": "2037-01-01"}]},
                    ("/suspensions/0/requestedOn", "wrong-form"),
                ),
            )
        ),
        (
            FIVE
            | {
                "extensions": [
                    {"period": {"amount": 0, "unit": "weeks"}, "notifiedOn": "2026-04-23"},
                    {"until": "2026-06-01", "notifiedAt": "2026-04-23T10:00:00Z"},
                ]
            },
            {
                *(("/extensions/0/period/amount", "nothing-added"), ("/extensions/0/notifiedOn", "before-start")),
                ("/extensions/1/notifiedAt", "before-start"),
            },
        ),
        (
            FIVE | {"direction": "back", "extensions": [{"until": "2026-05-01"}], "suspensions": []},
            {("/extensions", "not-both")},
        ),
    ],
)
async def test_what_is_wrong_is_told_where_it_stands(
    client: httpx.AsyncClient, made: Organisation, sent: Json, expected: Any
) -> None:
    assert faults_in(await calculated(client, made, FRIDAY | sent, 400)) == expected


async def test_of_a_duty_that_may_be_counted_back_nothing_lies_before_its_start(
    client: httpx.AsyncClient, made: Organisation, database: Database
) -> None:
    async with database.organisation(made.id) as tx:
        await publish(tx, BY_ID["so-trainingsbureau"])
    asked = FRIDAY | EARLY | {"procedure": "so-trainingsbureau"}
    assert faults_in(await calculated(client, made, asked | {"duty": "nope"}, 400)) == {("/duty", "duty-unknown")}
    back = asked | {"stage": "nope", "duty": "last_documents"}
    told = {("/stage", "stage-unknown"), ("/extensions", "not-both")}
    assert faults_in(await calculated(client, made, back, 400)) == told


async def test_done_before_what_it_is_counted_back_from(client: httpx.AsyncClient, made: Organisation) -> None:
    course = {"metAt": "2026-04-01T10:00:00Z", "asOf": "2026-04-25T10:00:00Z"}
    assert (await calculated(client, made, FIVE | FRIDAY | {"direction": "back"} | course))["state"] == "met"


async def test_a_procedure_decides_on_its_settings(client: httpx.AsyncClient, made: Organisation):
    refused = await calculated(client, made, {**DUTY, **SETTINGS}, 400)
    assert faults_in(refused) == {(f"/{name}", "not-both") for name in SETTINGS}


async def test_a_procedure_that_is_not_there_is_told_beside_its_settings(client: httpx.AsyncClient, made: Organisation):
    for stray in ({}, {"zz": 1}):
        body: Json = {**DUTY, "procedure": "nobody", "receipt": "office_hours"} | stray
        told = {(f"/{name}", "unknown-field") for name in stray}
        assert faults_in(await calculated(client, made, body, 400)) == told | {
            ("/procedure", "unknown"),
            ("/receipt", "not-both"),
        }


async def test_defaults_of_the_contract_are_no_settings(client: httpx.AsyncClient, made: Organisation):
    """Clients that are generated from the contract send every default of it."""
    fields = CalculateIn.model_fields.values()
    defaults = {str(field.alias): field.default for field in fields}
    assert SETTINGS.keys() < defaults.keys()
    assert await calculated(client, made, {**defaults, **DUTY}) == await calculated(client, made, DUTY)


async def test_calendar(client: httpx.AsyncClient, made: Organisation):
    async def days(profile: str, year: int) -> dict[str, str]:
        answer = await client.get(f"/calendars/{profile}?year={year}", headers=key(made))
        found = answer.json()
        assert (found["profile"], found["year"]) == (profile, year)
        return {each["date"]: each["name"]["nl"] for each in found["days"]}

    usual = await days("nl-atw-3-1", 2026)
    assert usual["2026-04-27"] == "Koningsdag"
    assert "2026-04-03" not in usual
    assert (await days("nl-atw-3", 2026)).keys() - usual.keys() == {"2026-01-02", "2026-04-03", "2026-05-15"}
    assert usual.keys() - (await days("nl-practice", 2026)).keys() == {"2026-05-05"}
    assert await days("mon-fri", 2026) == {}


@pytest.mark.parametrize(
    ("path", "status"),
    [("nl-atw-3-1", 200), ("be", 404), ("nl-atw-3?year=1900", 400), ("nl-atw-3?year=2101", 400), ("nl-atw-3?y=1", 400)],
)
async def test_which_calendars_there_are(client: httpx.AsyncClient, made: Organisation, path: str, status: int):
    assert (await client.get(f"/calendars/{path}", headers=key(made))).status_code == status


@pytest.mark.parametrize(("amount", "unit"), [(0, "days"), (0, "weeks"), (1, "days")])
async def test_nobody_is_told_to_act_before_it_began(
    client: httpx.AsyncClient, made: Organisation, amount: int, unit: str
):
    """Of nought days only working days move on to the next (C17); on a Saturday there is no Friday any more."""
    body = {"rule": {"amount": amount, "unit": unit}, "startOn": "2027-06-12"}  # a Saturday
    found = await calculated(client, made, body)
    assert (found["dueOn"], found["actBy"]) == (f"2027-06-{12 + amount}", "2027-06-11")
    assert "11 juni" not in found["explanation"]["nl"]
    assert "11 June" not in found["explanation"]["en"]
    assert "werkdag" not in found["explanation"]["nl"]
    moved = await calculated(client, made, {**body, "rule": {"amount": 0, "unit": "working_days"}})
    assert moved["dueOn"] == "2027-06-14"
    assert "of anders de eerste werkdag daarna" in moved["explanation"]["nl"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (
            {"rule": {"amount": 4, "unit": "fortnights"}},
            {("/rule/unit", "not-an-option"), ("", "one-of")},
        ),
        (
            {"procedure": "zz", "duty": "respond", "startOn": "2036-01-07", "startAt": "2036-01-07T10:00:00Z"},
            {("", "one-of"), ("/procedure", "unknown")},
        ),
        ({"procedure": "zz", "duty": "respond"}, {("", "one-of"), ("/procedure", "unknown")}),
        ({"duty": "respond", "startOn": "gisteren"}, {("", "one-of"), ("/startOn", "wrong-form")}),
        (
            {
                "rule": {"amount": 4, "unit": "weeks"},
                "startOn": "2036-01-07",
                "extensions": [{"notifiedOn": "2036-01-08"}],
                "firstDay": "zz",
            },
            {("/extensions/0", "one-of"), ("/firstDay", "not-an-option")},
        ),
        # both ways, and a list that is none
        (
            {
                "procedure": "jso",
                "duty": "respond",
                "startOn": "2036-01-07",
                "startAt": "2036-01-07T10:00:00Z",
                "officeClosesAt": "16:30",
            },
            {("", "one-of"), ("/officeClosesAt", "not-both")},
        ),
        (
            {"rule": {"amount": 4, "unit": "weeks"}, "startOn": "2036-01-07", "duty": "respond", "closedDays": 5},
            {("", "one-of"), ("/closedDays", "wrong-type")},
        ),
        (
            {
                "rule": {"amount": 4, "unit": "weeks"},
                "startOn": "2036-01-07",
                "direction": "back",
                "suspensions": [{"requestedOn": "2036-01-08"}],
                "closedDays": 5,
            },
            {("/suspensions", "not-both"), ("/closedDays", "wrong-type")},
        ),
    ],
)
async def test_one_of_several_ways(client: httpx.AsyncClient, made: Organisation, sent: Json, expected: Any) -> None:
    answer = await calculated(client, made, sent, status=400)
    assert {(each["pointer"], each["code"]) for each in answer["errors"]} == expected


async def test_two_such_choices_are_told_in_one_sentence(client: httpx.AsyncClient, made: Organisation) -> None:
    [told] = (await calculated(client, made, {"stage": "handling"}, status=400))["errors"]
    assert "Give a rule, or a procedure with a duty. Give startAt or startOn" in told["message"]
