"""The outer skin: limits, headers, methods, strict JSON; in process, and over a real socket where that matters."""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route
from structlog.testing import capture_logs

from app.api import contract
from app.api.application import contract_app
from app.api.edge import body, server, strict_json
from app.api.edge.exchange import Edge
from app.api.edge.headers import SECURITY
from app.api.edge.route import Router
from app.domain.errors import NotFound
from app.version import API_VERSION
from tests.api import toy

JSON = {"Content-Type": "application/json"}
THING = f"/things/{toy.THING_ID}"


MISSING = [("/firstName", "required"), ("/receivedAt", "required")]


async def post(content: bytes, headers: dict[str, str] | None = None, app: Any = None) -> httpx.Response:
    async with toy.client(app) as client:
        return await client.post("/things", content=content, headers=JSON if headers is None else headers)


def code(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["code"])


# -- strict JSON -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"a":1,"a":1}', "repeated-key"),
        (b'{"x":[{"a":1,"b":2,"a":3}]}', "repeated-key"),
        (b'{"a":1,"\\u0061":2}', "repeated-key"),
        (b'{"a":NaN}', "number-not-finite"),
        (b"[Infinity]", "number-not-finite"),
        (b"-Infinity", "number-not-finite"),
        (b"[1e999]", "number-too-large"),
        (b"[" + b"9" * 5000 + b"]", "number-too-large"),
        (b"[-1234567890123456789]", "number-too-large"),
        (b'"\xff"', "not-utf-8"),
        ('{"a":1}'.encode("utf-16"), "not-utf-8"),
        (b'"\xed\xa0\x80"', "not-utf-8"),
        (b'\xef\xbb\xbf{"a":1}', "json-invalid"),
        (b'{"a":"\\u0000"}', "not-storable"),
        (b'{"a":"\\ud800"}', "not-storable"),
        (b'{"\\udc00":1}', "not-storable"),
        (b'{"a":"\x00"}', "json-invalid"),
        (b"[" * 33 + b"]" * 33, "too-deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too-deep"),
        (b"[" * 60_000, "too-deep"),
        (b"[" * 31 + b'"' + b'\\"[' * 20_000, "json-invalid"),
        (b"{'a':1}", "json-invalid"),
        (b'{"a":1}x', "json-invalid"),
        (b"[1,]", "json-invalid"),
        (b"// a", "json-invalid"),
        (b" ", "json-invalid"),
    ],
)
async def test_json_is_read_strictly(raw, expected):
    answer = await post(raw)
    assert answer.status_code == 400
    assert expected in {fault["code"] for fault in answer.json()["errors"]}


@pytest.mark.parametrize(
    "raw", [b"[" * 32 + b"]" * 32, b'["' + b"[{" * 100 + b'"]', b'["\\ud83e\\udd86"]', b"1.5e10", b"[[],[]]"]
)
def test_json_that_is_fine(raw):
    assert strict_json.parse(raw) == json.loads(raw)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
LEAVES = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXT


@given(st.recursive(LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(TEXT, part, max_size=3)))
def test_any_json_is_kept(value):
    for escaped in (True, False):
        assert strict_json.parse(json.dumps(value, ensure_ascii=escaped).encode()) == value


async def test_repeated_keys_are_placed():
    answer = await post(
        b'{"firstName":"a","receivedAt":"2026-04-24T12:00:00Z",'
        b'"parts":[{},{"name":"a","name":"b"}],"parts":[{"name":"x","name":"y"}]}'
    )
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/parts", "/parts/0/name"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            b'{"urgent":true,"urgent":false,"level":"x","receivedAt":"2026-04-24T12:00:00Z"}',
            {("/urgent", "repeated-key"), ("/level", "not-an-option"), ("/firstName", "required")},
        ),
        (b'{"urgent":"?","urgent":"?"}', {("/urgent", "repeated-key"), *MISSING}),
        (b'{"firstName":"\\u0000","mail":1}', {("/firstName", "not-storable"), ("/mail", "wrong-type"), MISSING[1]}),
        (
            b'{"firstName":"\\ud800","stray":1}',
            {("/firstName", "not-storable"), ("/stray", "unknown-field"), MISSING[1]},
        ),
        (b'["\\ud800"]', {("/0", "not-storable"), ("", "wrong-type")}),
        (b'{"\\ud800":1,"stray":1}', {("", "not-storable"), ("/stray", "unknown-field"), *MISSING}),
        (
            b'{"parts":[{"name":"a","weight":1e999}],"level":-Infinity,"urgent":"x"}',
            {
                ("/parts/0/weight", "number-too-large"),
                ("/level", "number-not-finite"),
                ("/urgent", "wrong-type"),
                *MISSING,
            },
        ),
        (
            b'{"anything":{"a":[NaN]},"stray":-9999999999999999999}',
            {("/anything/a/0", "number-not-finite"), ("/stray", "number-too-large"), *MISSING},
        ),
        (b"-Infinity", {("", "number-not-finite")}),
    ],
)
async def test_what_can_be_read_is_looked_at_further(raw, expected):
    answer = await post(raw)
    found = [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]
    assert set(found) == expected
    assert len(found) == len(expected)


def test_no_body_is_slow_to_refuse():
    many = b"{" + b",".join(b'"%d":1,"%d":2' % (n, n) for n in range(2600)) + b"}"
    quotes, deep = b'["' + b'\\"' * 30_000, b"[" * 40 + b'"' * 60_000
    started = time.process_time()
    for raw in (many, quotes, deep):
        with pytest.raises(strict_json.Unreadable):
            strict_json.parse(raw)
    assert time.process_time() - started < 0.5  # processor time: what else the machine does is not counted


async def test_odd_text_arrives_as_it_was_sent():
    odd = "  \u202e𝕆 e\u0301 \ufeff\u2028 "
    answer = await post(json.dumps({**toy.NEW_THING, "firstName": odd}).encode())
    assert answer.json()["firstName"] == odd


# -- the body --------------------------------------------------------------------------------------------------


async def _pieces(total: int, size: int = 1024) -> AsyncIterator[bytes]:
    for _ in range(0, total, size):
        yield b" " * size


async def test_the_size_of_a_body():
    fits = json.dumps(toy.NEW_THING).encode().ljust(64 * 1024)
    assert (await post(fits)).status_code == 201
    for too_large in (fits + b" ", _pieces(66 * 1024)):
        answer = await post(too_large)  # type: ignore[arg-type]
        assert (answer.status_code, code(answer)) == (413, "content-too-large")
        assert answer.headers["connection"] == "close"


async def test_a_body_that_lies_about_its_size():
    answer = await post(b"{}", {**JSON, "Content-Length": "65537"})
    assert answer.status_code == 413


async def test_larger_bodies_are_named_by_path():
    app = toy.make(larger_bodies={"/things": 100_000})
    assert (await post(json.dumps(toy.NEW_THING).encode().ljust(99_000), app=app)).status_code == 201
    assert (await post(b" " * 100_001, app=app)).status_code == 413
    async with toy.client(app) as client:  # an id that is spelled like it is none
        answer = await client.patch("/things/things", content=b" " * 70_000, headers=JSON)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "content_type",
    [
        None, "text/plain", "application/xml", "application/json; charset=latin-1", "application/json; a=b",
        "application/jsonx", "application/x-www-form-urlencoded", "application/merge-patch+json",
        "application/json, text/plain",
    ],
)  # fmt: skip
async def test_content_types_that_are_not_taken(content_type):
    answer = await post(b"{}", {} if content_type is None else {"Content-Type": content_type})
    assert (answer.status_code, code(answer)) == (415, "unsupported-media-type")
    assert answer.headers["accept"] == "application/json"


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json;charset=utf-8", 'Application/JSON; Charset="UTF-8"']
)
async def test_content_types_that_are_taken(content_type):
    assert (await post(json.dumps(toy.NEW_THING).encode(), {"Content-Type": content_type})).status_code == 201


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "x"])
async def test_packed_bodies_are_refused(encoding):
    answer = await post(b"{}", {**JSON, "Content-Encoding": encoding})
    assert answer.status_code == 415
    assert (await post(json.dumps(toy.NEW_THING).encode(), {**JSON, "Content-Encoding": "identity"})).status_code == 201


async def test_a_missing_body_and_one_nobody_asked_for():
    assert (await post(b"")).json()["errors"] == [{"pointer": "", "code": "required", "message": "This is required."}]
    async with toy.client() as client:
        assert (await client.post("/nothing")).status_code == 204
        assert (await client.post("/nothing", content=b"whatever")).status_code == 204
        assert (await client.post("/nothing", content=b" " * 70_000)).status_code == 413


async def test_a_slow_body_is_cut():
    async def slow() -> AsyncIterator[bytes]:
        for _ in range(100):
            await asyncio.sleep(0.02)
            yield b" "

    answer = await post(slow(), app=toy.make(body_seconds=0.1))  # type: ignore[arg-type]
    assert (answer.status_code, code(answer)) == (408, "request-timeout")


async def _steadily(pieces: int, size: int, pause: float = 0.02) -> AsyncIterator[bytes]:
    yield json.dumps(toy.NEW_THING).encode()
    for _ in range(pieces):
        await asyncio.sleep(pause)
        yield b" " * size


async def test_a_large_body_has_the_time_that_its_size_needs():
    app = toy.make(body_seconds=0.3, body_rate=5_000)
    started = time.monotonic()
    assert (await post(_steadily(50, 500), app=app)).status_code == 201  # type: ignore[arg-type]
    assert time.monotonic() - started > 0.9  # three times what a small one may take
    answer = await post(_steadily(50, 10), app=app)  # type: ignore[arg-type]
    assert (answer.status_code, code(answer)) == (408, "request-timeout")


async def test_a_large_body_that_stalls_is_cut_whatever_it_has_sent():
    async def stalling() -> AsyncIterator[bytes]:
        yield b" " * 60_000  # at this rate good for a minute
        await asyncio.sleep(5)
        yield b" "

    started = time.monotonic()
    answer = await post(stalling(), app=toy.make(body_seconds=0.2, body_rate=1_000))  # type: ignore[arg-type]
    assert (answer.status_code, code(answer)) == (408, "request-timeout")
    assert time.monotonic() - started < 4


async def test_the_time_that_we_take_is_not_the_callers():
    async def told() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    slow_to_read = body.BoundedBody(told, 1000, 0.1)
    for _ in range(3):
        await slow_to_read()
        await asyncio.sleep(0.1)


def test_25_mebibytes_over_a_line_of_2_megabits_fit():
    size, line = 25 * 1024 * 1024, 2_000_000 / 8
    assert size / line < body.BODY_SECONDS + size / body.BODY_RATE
    assert line > body.BODY_RATE  # and at no moment before the end is it behind


# -- the head --------------------------------------------------------------------------------------------------


async def test_the_size_of_the_head():
    async with toy.client() as client:
        assert (await client.get("/things", headers={"X-A": "a" * 15_000})).status_code == 200
        large = await client.get("/things", headers={"X-A": "a" * 16_400})
        many = await client.get("/things", headers={f"x-{n}": "a" * 10 for n in range(1000)})
        long = await client.get("/things?state=" + "a" * 8200)
    assert [large.status_code, many.status_code, long.status_code] == [431, 431, 414]
    assert code(large) == "headers-too-large" and code(long) == "uri-too-long"


@pytest.mark.parametrize("query", ["stray=1", "dueBefor=2026-01-01", "due_before=2026-01-01", "limit=1&LIMIT=2", "=1"])
async def test_stray_query_keys_are_named(query):
    async with toy.client() as client:
        answer = await client.get(f"/things?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "unknown-parameter"


async def test_query_values():
    async with toy.client() as client:
        repeated = await client.get("/things?limit=5&limit=5")
        listed = await client.get("/things?state=open&state=closed&dueBefore=2026-05-04")
        nul = await client.post("/things?note=a%00b", json=toy.NEW_THING)
        broken = await client.get("/things?cursor=%ff")
        stray_on_plain = await client.get(f"{THING}?x=1")
    assert repeated.json()["errors"][0] == {
        "pointer": "limit",
        "code": "repeated-parameter",
        "message": "Give this parameter once.",
    }
    assert listed.status_code == 200
    assert "not-storable" in {fault["code"] for fault in nul.json()["errors"]}
    assert broken.json()["errors"][0]["code"] == "not-utf-8"
    assert stray_on_plain.status_code == 400


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"), ("*/*", "application/json"), ("text/csv", "text/csv"), ("text/*", "text/csv"),
        ("text/csv;q=0.5, application/json;q=0.4", "text/csv"), ("text/csv, application/json", "application/json"),
        ("application/*;q=0.1, text/csv;q=0", "application/json"), ("", "application/json"),
        ("text/html", None), ("application/json;q=0", None), ("image/png, text/html", None), ("text/csv;q=x", None),
    ],
)  # fmt: skip
async def test_accept(accept, expected):
    async with toy.client() as client:
        del client.headers["Accept"]
        answer = await client.get("/report", headers={} if accept is None else {"Accept": accept})
    if expected is None:
        assert (answer.status_code, code(answer)) == (406, "not-acceptable")
    else:
        assert answer.headers["content-type"].partition(";")[0] == expected


async def test_csv_only_where_it_is_offered():
    async with toy.client(Accept="text/csv") as client:
        assert (await client.get("/things")).status_code == 406
        assert (await client.delete(THING)).status_code == 204


# -- every answer ----------------------------------------------------------------------------------------------

KINDS = [
    ("GET", "/things"), ("HEAD", "/things"), ("OPTIONS", "/things"), ("PUT", "/things"), ("GET", "/elsewhere"),
    ("GET", "/refusals/bug"), ("GET", "/refusals/down"), ("GET", "/refusals/invalid"), ("GET", "/things?x=1"),
    ("DELETE", THING), ("GET", "/docs"), ("GET", "/docs/nothing"), ("GET", "/openapi.json"), ("GET", "/%00"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), KINDS)
async def test_every_answer_is_dressed(method, path):
    async with toy.client() as client:
        answer = await client.request(method, path, headers={"X-Request-Id": "mine"})
    assert {name.decode() for name, _ in SECURITY} <= set(answer.headers)
    assert answer.headers["api-version"] == API_VERSION
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
    if not path.startswith(("/docs", "/openapi")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "access-control-allow-origin" not in answer.headers
    names = [name for name, _ in answer.headers.multi_items()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "path", ["/things", THING, "/report", "/docs", "/openapi.json", "/docs/start.js", "/things/x", "/refusals/bug"]
)
async def test_head_is_get_without_a_body(path):
    async with toy.client() as client:
        got, head = await client.get(path), await client.head(path)
    varying = {"x-request-id"}
    assert head.content == b"" and head.status_code == got.status_code
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in got.headers.items() if k not in varying
    }


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/things", "GET, HEAD, POST, OPTIONS"),
        (THING, "GET, HEAD, PATCH, DELETE, OPTIONS"),
        ("/things/_search", "POST, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
    ],
)
async def test_options_and_allow_are_complete(path, allow):
    async with toy.client() as client:
        options = await client.options(path)
        refused = [await client.request(method, path) for method in ("PUT", "TRACE", "BREW")]
    assert (options.status_code, options.headers["allow"], options.content) == (204, allow, b"")
    for answer in refused:
        assert (answer.status_code, answer.headers["allow"], code(answer)) == (405, allow, "method-not-allowed")


async def test_written_segments_go_before_names():
    async with toy.client() as client:
        assert (await client.get("/things/_search")).status_code == 405
        assert (await client.head("/things/_search")).status_code == 405
        assert (await client.options("/elsewhere")).status_code == 404


async def test_only_the_contract_is_open_to_any_origin():
    preflight = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    async with toy.client() as client:
        for path in ("/openapi.json", "/docs"):
            assert (await client.get(path)).headers["access-control-allow-origin"] == "*"
            asked = await client.options(path, headers=preflight)
            assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "*")
            assert asked.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
        asked = await client.options("/things", headers=preflight)
    assert asked.status_code == 204 and not [name for name in asked.headers if name.startswith("access-control")]


async def test_the_log_line_has_no_personal_data():
    seen: list[Any] = []
    app = toy.make(watch=lambda *figures: seen.append(figures))
    async with toy.client(app) as client:
        with capture_logs() as lines:
            answers = [
                await client.get(f"{THING}?naam=kanarie"),
                await client.get("/kanarie"),
                await client.request("KANARIE", "/things", headers={"X-Request-Id": "kanarie"}),
                await client.post("/things", json={"firstName": "kanarie"}),
            ]
    answered = [line for line in lines if line["event"] == "answered"]
    assert "kanarie" not in json.dumps(lines).lower() and str(toy.THING_ID) not in json.dumps(lines)
    assert [(line["method"], line["route"], line["status"]) for line in answered] == [
        ("GET", "/things/{thingId}", 400),
        ("GET", "-", 404),
        ("-", "/things", 405),
        ("POST", "/things", 400),
    ]
    assert [line["request_id"] for line in answered] == [answer.headers["x-request-id"] for answer in answers]
    assert [figures[:3] for figures in seen] == [(line["method"], line["route"], line["status"]) for line in answered]


# -- put together ----------------------------------------------------------------------------------------------


async def test_under_a_prefix_with_one_edge_outside():
    async def live(request: Any) -> PlainTextResponse:
        return PlainTextResponse("ok")

    outer = Starlette(routes=[Route("/health/live", live), Mount("/v1", app=toy.make())])
    async with toy.client(Edge(outer, version="9.9.9")) as client:
        health, listed = await client.get("/health/live"), await client.get("/v1/things?limit=1")
        page = await client.get("/v1/docs")
    assert health.headers["x-frame-options"] == "DENY"
    assert listed.headers.get_list("x-request-id") == [listed.headers["x-request-id"]]
    assert listed.headers["api-version"] == "9.9.9"
    assert listed.headers["link"].startswith("</v1/things?limit=1&cursor=")
    assert 'src="/v1/docs/start.js"' in page.text


async def test_the_documentation_needs_nobody_else():
    async with toy.client() as client:
        del client.headers["Authorization"]
        page, problems = await client.get("/docs"), await client.get("/docs/problems")
        files = [await client.get(link) for link in re.findall(r'(?:src|href)="([^"]+)"', page.text)]
        document = await client.get("/openapi.json")
    assert not re.search(r"https?://", page.text) and "<script>" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert [file.status_code for file in files] == [200] * 5
    assert document.json() == contract.openapi(toy.make())
    assert '<h2 id="idempotency-key-reused">422' in problems.text


async def test_a_refusal_after_half_an_answer_is_no_second_answer():
    async def half() -> AsyncIterator[bytes]:
        yield b"half"
        raise NotFound("There is no more.")

    async def answer(request: Any) -> StreamingResponse:
        return StreamingResponse(half())

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.Event().wait()  # the caller stays

    app = contract_app([], cursor_secret=b"s" * 32, public=[Route("/half", answer)])
    scope = {"type": "http", "method": "GET", "path": "/half", "query_string": b"", "headers": []}
    with capture_logs() as lines:
        await app(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert [line["event"] for line in lines] == ["failed", "answered"]


def test_only_strict_routes_get_in():
    from fastapi import APIRouter

    lax = APIRouter()
    lax.add_api_route("/lax", lambda: None)
    with pytest.raises(TypeError, match="Router"):
        contract_app([lax], cursor_secret=b"s" * 32)
    with pytest.raises(ValueError, match="slash"):
        Router().add_api_route("/things/", lambda: None)


# -- over a socket ---------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _short_goodbyes(monkeypatch):
    monkeypatch.setattr(body, "LINGER_SECONDS", 0.2)
    monkeypatch.setattr(server, "LINGER_SECONDS", 0.2)


@contextlib.asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[tuple[str, int]]:
    """The toy behind a real uvicorn with our protocol."""
    config = server.server_config(toy.make(**options), host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    running = uvicorn.Server(config)
    task = asyncio.create_task(running.serve())
    while not running.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    try:
        yield running.servers[0].sockets[0].getsockname()[:2]
    finally:
        running.should_exit = True
        await task


async def talk(address: tuple[str, int], *pieces: bytes, pause: float = 0.0, patience: float = 5.0) -> bytes:
    """What comes back until the line is closed. A refusal is taken at its word: what is sent after it can lose it."""
    reader, writer = await asyncio.open_connection(*address)
    answer = bytearray()

    async def read() -> bytes:
        while some := await reader.read(65_536):
            answer.extend(some)
        return bytes(answer)

    got = asyncio.create_task(read())
    with contextlib.suppress(ConnectionError):
        for piece in pieces:
            if got.done() or b"HTTP/1.1 4" in answer:
                break
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
    try:
        return await asyncio.wait_for(got, patience)
    except ConnectionError:
        return b""
    finally:
        writer.close()


HEAD = b"Host: toy\r\nAuthorization: Bearer toy-key\r\n"


async def test_good_requests_over_a_socket():
    async with serving() as (host, port), httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
        client.headers["Authorization"] = f"Bearer {toy.KEY}"
        for _ in range(3):
            assert (await client.get("/things")).status_code == 200
            assert (await client.head("/things")).status_code == 200
            assert (await client.post("/things", json=toy.NEW_THING)).status_code == 201
            assert (await client.post("/elsewhere", json=toy.NEW_THING)).status_code == 404
        assert "server" not in (await client.get("/things")).headers


class Line(asyncio.Transport):
    """The server's end of a line, which notes each write."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.pieces.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def test_an_answer_leaves_in_one_piece():
    line = Line()
    transport = server.Gathering(line, asyncio.get_running_loop())
    for answer in (b"first", b"second"):
        transport.write(b"head of the ")
        transport.write(answer)
        assert not transport.is_closing()
        await asyncio.sleep(0)
    assert line.pieces == [b"head of the first", b"head of the second"]
    transport.write(b"last")
    transport.close()
    transport.write(b"nobody is there any more")
    await asyncio.sleep(0)
    assert line.closed and line.pieces[2:] == [b"last"]


async def test_a_long_answer_is_not_gathered():
    line = Line()
    transport = server.Gathering(line, asyncio.get_running_loop())
    for _ in range(10):
        transport.write(b"x" * 20_000)
    assert sum(map(len, line.pieces)) >= 200_000 - server.MUCH


async def test_endless_headers_are_cut():
    async with serving() as address:
        one = await talk(address, b"GET /things HTTP/1.1\r\nX-A: ", *[b"a" * 4096] * 20)
        many = await talk(address, b"GET /things HTTP/1.1\r\n", *[b"X-A: " + b"a" * 1000 + b"\r\n"] * 60)
        path = await talk(address, b"GET /", *[b"a" * 4096] * 20)
        complete = await talk(address, b"GET /things HTTP/1.1\r\n" + HEAD + b"X-A: " + b"a" * 17_000 + b"\r\n\r\n")
    for answer in (one, many, path, complete):
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert b"application/problem+json" in answer and b"x-content-type-options: nosniff" in answer


async def test_slow_headers_are_cut(monkeypatch):
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
    async with serving() as address:
        dripping = await talk(
            address, *[bytes([byte]) for byte in b"GET /things HTTP/1.1\r\nX-A: aaaaaaaaaaa"], pause=0.02
        )
        silent = await talk(address)
        second = await talk(address, b"GET /things HTTP/1.1\r\n" + HEAD + b"\r\n", b"GET /thin", pause=0.1)
    assert dripping.startswith(b"HTTP/1.1 408 ")
    assert silent == b""
    assert second.startswith(b"HTTP/1.1 200 ") and b"HTTP/1.1 408 " in second


async def test_slow_and_endless_bodies_are_cut():
    start = b"POST /things HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
    chunked = start + b"Transfer-Encoding: chunked\r\n\r\n"
    async with serving(body_seconds=0.3) as address:
        slow = await talk(address, start + b"Content-Length: 1000\r\n\r\n", *[b" "] * 40, pause=0.02)
        stalled = await talk(address, start + b"Content-Length: 1000\r\n\r\n")
    async with serving() as address:  # with time enough: it is the size that is refused here
        endless = await talk(address, chunked, *[b"1000\r\n" + b" " * 4096 + b"\r\n"] * 40)
        declared = await talk(address, start + b"Content-Length: 99999999\r\n\r\n")
        nowhere = await talk(
            address, chunked.replace(b"/things", b"/nowhere"), *[b"1000\r\n" + b" " * 4096 + b"\r\n"] * 40
        )
    assert slow.startswith(b"HTTP/1.1 408 ") and stalled.startswith(b"HTTP/1.1 408 ")
    assert endless.startswith(b"HTTP/1.1 413 ") and declared.startswith(b"HTTP/1.1 413 ")
    assert nowhere == b"" or nowhere.startswith(b"HTTP/1.1 404 ")


async def test_what_stands_after_a_body_is_neither_read_nor_kept():
    """Trailers come when everything about the head was checked, and may go on without end."""
    start = b"POST /things HTTP/1.1\r\nHost: toy\r\nContent-Type: application/json\r\nConnection: close\r\n"
    start += b"Transfer-Encoding: chunked\r\n"
    body = b"\r\n%x\r\n%s\r\n" % (len(thing := json.dumps(toy.NEW_THING).encode()), thing)
    known = start + b"Authorization: Bearer toy-key\r\n" + body
    async with serving() as address:
        smuggled = await talk(address, start + body, b"0\r\nAuthorization: Bearer toy-key\r\n\r\n")
        few = await talk(address, known, b"0\r\nX-Sum: 1\r\n\r\n")
        many = await talk(address, known + b"0\r\n", *[b"X-A: " + b"a" * 1000 + b"\r\n"] * 60)
        one = await talk(address, known + b"0\r\nX-A: ", *[b"a" * 4096] * 20)
        extended = await talk(address, known + b"1;a=", *[b"a" * 4096] * 20)
    assert smuggled.startswith(b"HTTP/1.1 401 ")
    assert few.startswith(b"HTTP/1.1 201 ")
    for answer in (many, one, extended):
        assert answer.startswith(b"HTTP/1.1 431 ") and answer.count(b"HTTP/1.1") == 1


async def test_what_is_not_http_is_told_so():
    async with serving() as address:
        answer = await talk(address, b"kanarie\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer and b"kanarie" not in answer
