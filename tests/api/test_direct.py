"""The short way through a route: what it gives an endpoint, and when it leaves the telling to the long way."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, Header, Path, Query, Request, Response

from app.api.application import contract_app
from app.api.edge.direct import direct_handler
from app.api.edge.route import Router, StrictRoute
from app.api.values import ApiModel, Name

SAID: list[str] = []


class Note(ApiModel):
    first_name: Name


async def opened(
    request: Request, mark: Annotated[str | None, Header(alias="X-Mark", max_length=3)] = None
) -> AsyncIterator[str]:
    """Reads the body too, as whoever keeps an answer for it does, and notes how it was left."""
    SAID.append(f"opened {len(await request.body())} {mark}")
    try:
        yield "open"
    except BaseException as error:
        SAID.append(f"left by {type(error).__name__}")
        raise
    SAID.append("closed")


Opened = Annotated[str, Depends(opened, scope="function")]
router = Router(tags=["notes"])


@router.post("/notes/{place}", status_code=201)
async def write(place: Annotated[int, Path(ge=1)], sent: Note, state: Opened) -> Response:
    SAID.append(f"{sent.first_name} at {place}, {state}")
    if sent.first_name == "Fout":
        raise LookupError
    return Response(status_code=201)


@pytest.fixture(autouse=True)
def _silence() -> None:
    SAID.clear()


async def post(path: str, content: str, **headers: str) -> httpx.Response:
    app = contract_app([router], cursor_secret=b"s" * 32)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    named = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with httpx.AsyncClient(transport=transport, base_url="http://gehoor") as client:
        return await client.post(path, content=content, headers=named)


async def test_the_endpoint_gets_what_it_asks_and_the_context_is_closed_before_the_answer():
    answer = await post("/notes/7", '{"firstName": "Zoë"}', X_Mark="abc")
    assert answer.status_code == 201, answer.text
    assert SAID == ["opened 21 abc", "Zoë at 7, open", "closed"]


async def test_what_an_endpoint_raises_goes_through_the_context():
    answer = await post("/notes/7", '{"firstName": "Fout"}')
    assert answer.status_code == 500
    assert SAID == ["opened 21 None", "Fout at 7, open", "left by LookupError"]


async def test_a_body_of_another_shape_is_refused_inside_the_context():
    answer = await post("/notes/7", '{"lastName": "Zoë"}')
    assert {(each["pointer"], each["code"]) for each in answer.json()["errors"]} == {
        ("/firstName", "required"),
        ("/lastName", "unknown-field"),
    }
    assert SAID[:2] == ["opened 20 None", "left by RequestValidationError"]


async def test_what_is_left_of_it_is_tried():
    """What it does with a database is undone there (tests/store/test_session.py)."""
    await post("/notes/7", '{"lastName": "Zoë"}')
    assert SAID[2:] == ["opened 26 None", "Een tekst. at 7, open", "closed"]


async def test_a_path_that_cannot_be_is_not_found_and_nothing_is_done():
    assert (await post("/notes/0", '{"firstName": "Zoë"}')).status_code == 404
    assert SAID == ["opened 21 None", "left by NotFound"]  # who calls is known first


@pytest.mark.parametrize(
    ("path", "content", "mark", "where"),
    [
        ("/notes/7", '{"firstName": "Zoë"}', "abcd", {"X-Mark"}),
        ("/notes/7?x=1", '{"firstName": "Zoë"}', "abc", {"x"}),
        ("/notes/7", "", "abc", {""}),
        ("/notes/7?x=1", '{"firstName": 3}', "abcd", {"X-Mark", "x", "/firstName"}),
    ],
)
async def test_every_fault_is_told_at_once(path: str, content: str, mark: str, where: set[str]):
    answer = await post(path, content, X_Mark=mark)
    assert answer.status_code == 400
    assert {each["pointer"] for each in answer.json()["errors"]} == where


async def _asks_more(_: Annotated[str, Depends(lambda: "of a thread")]) -> Response:
    return Response()


async def _asks_a_query(_: Annotated[int, Query()]) -> Response:
    return Response()


async def _asks_numbers(_: Annotated[int, Header()]) -> Response:
    return Response()


async def _answers_a_model(_: Request) -> Note:
    return Note(first_name="Zoë")


async def _asks_the_request(_: Request) -> Response:
    return Response()


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [
        (_asks_more, False),
        (_asks_a_query, False),
        (_asks_numbers, False),
        (_answers_a_model, False),
        (_asks_the_request, True),
    ],
)
def test_a_route_that_asks_more_goes_the_long_way(endpoint: Callable[..., Any], known: bool):
    route = StrictRoute("/notes", endpoint, response_model=None)
    assert (direct_handler(endpoint, route.dependant, lambda _: None) is not None) is known
