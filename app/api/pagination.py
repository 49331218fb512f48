"""Pages of a list: keyset positions in an opaque cursor that only we can make, bound to the list and its filters."""

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import Response

from app.api.json_text import written
from app.api.problems import invalid
from app.api.values import IN_DIGITS, fault
from app.domain.errors import Fault, Invalid

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
_MAC_BYTES = 16
_PAYLOAD = re.compile(rb"\[(true|false),.*\]", re.DOTALL)
_UNKNOWN = "cursor-unknown", "Use a cursor from this same list with the same filters."
_NOT_FILTERS = ("cursor", "limit", "withTotal")

T = TypeVar("T")
Row = TypeVar("Row")
Position = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: the sort values of the row beside it, and which way to read."""

    position: Position
    backwards: bool = False


class Cursors:
    """Makes and reads cursors. `secret`: 32 bytes, the same in every process."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the cursor secret must have at least 32 bytes")
        self._secret = secret

    def seal(self, cursor: Cursor, binding: str) -> str:
        """The cursor as text; it opens only with the same binding."""
        payload = written([cursor.backwards, *cursor.position])
        return urlsafe_b64encode(self._mac(payload, binding) + payload).decode().rstrip("=")

    def open(self, token: str, binding: str) -> Cursor:
        """Raises Invalid when it was not made here, or for another list or other filters."""
        try:
            mac, payload = _unsealed(token)
        except ValueError:
            raise _unknown_cursor() from None
        if not hmac.compare_digest(mac, self._mac(payload, binding)):
            raise _unknown_cursor()
        backwards, *position = json.loads(payload)
        return Cursor(tuple(position), backwards)

    def _mac(self, payload: bytes, binding: str) -> bytes:
        return hmac.digest(self._secret, len(payload).to_bytes(4, "big") + payload + binding.encode(), "sha256")[
            :_MAC_BYTES
        ]


def _unsealed(token: str) -> tuple[bytes, bytes]:
    """Its MAC and what it holds. Raises ValueError for what is no cursor of any list."""
    sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    if not _PAYLOAD.fullmatch(sealed, _MAC_BYTES):
        raise ValueError("no cursor")
    return sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]


def _of_some_list(token: str) -> str:
    """Told with what else is wrong with the form of a query."""
    try:
        _unsealed(token)
    except ValueError:
        raise fault(*_UNKNOWN) from None
    return token


def _unknown_cursor() -> Exception:
    return invalid([Fault("cursor", *_UNKNOWN)])


class Page(BaseModel, Generic[T]):
    """One page. `next` and `prev` are cursors; null at the ends. `total` only when `withTotal=true` asked for it."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, validate_by_name=True)

    items: list[T]
    next: str | None = Field(description="Cursor of the next page; null on the last.", max_length=2000)
    prev: str | None = Field(description="Cursor of the page before; null on the first.", max_length=2000)
    total: int | None = Field(
        default=None,
        ge=0,
        exclude_if=lambda total: total is None,
        description="How many there are in all; only with withTotal=true.",
    )


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """The rows of a page in reading order, with the cursors of its neighbours."""

    rows: list[Row]
    next: str | None
    prev: str | None


@dataclass(frozen=True, slots=True)
class Paging:
    """What the caller asked of a list. The store fetches `limit + 1` rows past `position`, reversed if `backwards`."""

    limit: int
    position: Position | None
    backwards: bool
    with_total: bool
    cursors: Cursors
    binding: str
    path: str
    query: tuple[tuple[str, str], ...]

    @property
    def fetch(self) -> int:
        """How many rows to ask the store for: one more than shown tells whether there is a next page."""
        return self.limit + 1

    def slice(self, rows: Sequence[Row], position: Callable[[Row], Position]) -> Slice[Row]:
        """The page from what the store gave (`fetch` rows, in the order of reading)."""
        shown = list(rows[: self.limit])
        more = len(rows) > self.limit
        if self.backwards:
            shown.reverse()
        before, after = (more, True) if self.backwards else (self.position is not None, more)
        return Slice(
            shown,
            self._seal(position(shown[-1]), False) if shown and after else None,
            self._seal(position(shown[0]), True) if shown and before else None,
        )

    def headers(self, next: str | None, prev: str | None) -> dict[str, str]:
        """The Link header (RFC 8288) for the neighbours that exist."""
        links = [f'<{self._address(token)}>; rel="{rel}"' for rel, token in (("next", next), ("prev", prev)) if token]
        return {"Link": ", ".join(links)} if links else {}

    def page(
        self,
        response: Response,
        rows: Sequence[Row],
        position: Callable[[Row], Position],
        item: Callable[[Row], T],
        total: int | None = None,
    ) -> Page[T]:
        """The answer, and its Link header on `response`."""
        part = self.slice(rows, position)
        response.headers.update(self.headers(part.next, part.prev))
        items = [item(row) for row in part.rows]
        # Not built through the model: FastAPI checks it against the route's own Page[...] once.
        return Page[T].model_construct(items=items, next=part.next, prev=part.prev, total=total)

    def answer(
        self,
        rows: Sequence[Row],
        position: Callable[[Row], Position],
        item: Callable[[Row], Mapping[str, Any]],
        total: int | None = None,
    ) -> Response:
        """A page of items that are plain values already, in the form of Page: for the lists that are asked for most."""
        part = self.slice(rows, position)
        shown: dict[str, Any] = {"items": [item(row) for row in part.rows], "next": part.next, "prev": part.prev}
        if total is not None:
            shown["total"] = total
        return Response(written(shown), headers=self.headers(part.next, part.prev), media_type="application/json")

    def _seal(self, position: Position, backwards: bool) -> str:
        return self.cursors.seal(Cursor(position, backwards), self.binding)

    def _address(self, token: str) -> str:
        before = f"{urlencode(self.query)}&" if self.query else ""
        return f"{self.path}?{before}cursor={token}"  # which needs no quoting


def binding(route: str, filters: Sequence[tuple[str, str]]) -> str:
    """What a cursor is bound to: the list and its filters, whatever their order."""
    return json.dumps([route, sorted(filters)])


async def paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items on a page."), IN_DIGITS] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None,
        Query(min_length=1, max_length=2000, description="`next` or `prev` of an earlier page."),
        AfterValidator(_of_some_list),
    ] = None,
    with_total: Annotated[bool, Query(alias="withTotal", description="Count all items too.")] = False,
) -> Paging:
    """Dependency of a list route; `Listed` for short."""
    sent = request.scope["query_string"].decode("latin-1")
    query = parse_qsl(sent, keep_blank_values=True) if sent else []
    bound = binding(request.scope["route"].path_format, [pair for pair in query if pair[0] not in _NOT_FILTERS])
    cursors: Cursors = request.app.state.cursors
    at = _opened(request, cursors, cursor, bound) if cursor else None
    return Paging(
        limit=limit,
        position=at.position if at else None,
        backwards=bool(at and at.backwards),
        with_total=with_total,
        cursors=cursors,
        binding=bound,
        path=request.scope["path"],
        query=tuple(pair for pair in query if pair[0] != "cursor"),
    )


def _opened(request: Request, cursors: Cursors, cursor: str, bound: str) -> Cursor | None:
    """None where it cannot be said for which list it would have to be: then that is told, and no list is read."""
    try:
        return cursors.open(cursor, bound)
    except Invalid:
        if request.scope["route"].declared_query.is_unsure(request):
            return None
        raise


Listed = Annotated[Paging, Depends(paging)]
