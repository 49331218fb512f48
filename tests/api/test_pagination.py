"""Lists: signed cursors bound to list and filters, Link, limits, totals only when asked."""

import re

import pytest

from app.api.pagination import Cursor, Cursors, binding
from app.domain.errors import Invalid
from tests.api import toy

BOUND = binding("/things", [("state", "open")])


async def _walk(client, address, rel):
    seen, answer = [], None
    while address:
        answer = await client.get(address)
        seen.append([int(item["firstName"][1:]) for item in answer.json()["items"]])
        address = dict((r, a) for a, r in re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers.get("link", ""))).get(
            rel
        )
    return seen, answer


async def test_forwards_and_back_sees_every_row_once():
    async with toy.client() as client:
        forwards, last = await _walk(client, "/things?limit=50", "next")
        backwards, first = await _walk(client, f"/things?limit=50&cursor={last.json()['prev']}", "prev")
    assert [len(page) for page in forwards] == [50, 50, 20]
    assert [row for page in forwards for row in page] == list(range(1, 121))
    assert backwards == [forwards[1], forwards[0]]
    assert last.json()["next"] is None and first.json()["prev"] is None


async def test_the_shape_of_a_page():
    async with toy.client() as client:
        plain = await client.get("/things")
        counted = await client.get("/things?withTotal=true&limit=1&state=open&state=closed")
    assert len(plain.json()["items"]) == 50
    assert set(plain.json()) == {"items", "next", "prev"} and plain.json()["prev"] is None
    assert counted.json()["total"] == 120
    assert "state=open&state=closed" in counted.headers["link"] and 'rel="next"' in counted.headers["link"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=", "limit=1&limit=2", "withTotal=perhaps"])
async def test_bad_questions_are_refused(query):
    async with toy.client() as client:
        answer = await client.get(f"/things?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] in ("limit", "withTotal")


async def test_a_cursor_opens_only_its_own_list_and_filters():
    async with toy.client() as client:
        token = (await client.get("/things?state=open&limit=5")).json()["next"]
        same = await client.get(f"/things?limit=9&cursor={token}&state=open")
        other = await client.get(f"/things?cursor={token}&state=closed")
        none = await client.get(f"/things?cursor={token}")
    assert same.status_code == 200 and same.json()["items"][0]["firstName"] == "n6"
    assert [other.status_code, none.status_code] == [400, 400]
    assert none.json()["errors"] == [
        {
            "pointer": "cursor",
            "code": "cursor-unknown",
            "message": "Use a cursor from this same list with the same filters.",
        }
    ]


def test_tampering_is_seen():
    cursors = Cursors(b"s" * 32)
    token = cursors.seal(Cursor(("2026-05-04", None, 7), backwards=True), BOUND)
    assert cursors.open(token, BOUND) == Cursor(("2026-05-04", None, 7), backwards=True)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    changed = [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(0, len(token) - 1, 5)]
    for bad in [*changed, token[:-4], "", "A", "é", "%%%", "A" * 2000]:
        with pytest.raises(Invalid):
            cursors.open(bad, BOUND)
    with pytest.raises(Invalid):
        Cursors(b"t" * 32).open(token, BOUND)
    with pytest.raises(Invalid):
        cursors.open(token, binding("/others", [("state", "open")]))


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Cursors(b"short")
