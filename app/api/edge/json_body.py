"""The JSON of a request, read once."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from app.api.edge import strict_json
from app.domain.errors import Fault


class StrictRequest(Request):
    """A request whose JSON was read already, once."""

    value: Any = None

    @classmethod
    def of(cls, request: Request) -> "StrictRequest":
        return request if isinstance(request, cls) else cls(request.scope, request.receive)

    async def json(self) -> Any:
        """What `strict_json.parse` made of the body."""
        return self.value


async def read_json(request: StrictRequest) -> list[Fault]:
    """Read the body into `request.value`, as far as it can be read; what is wrong with it as JSON. Raises 415."""
    raw = await request.body()
    if not raw:
        return []
    if not _is_json(request.headers.getlist("content-type")):
        raise HTTPException(415, headers={"Accept": "application/json"})
    try:
        request.value = strict_json.parse(raw)
    except strict_json.Unreadable as unreadable:
        request.value = unreadable.value
        return list(unreadable.faults)
    return []


def _is_json(types: list[str]) -> bool:
    if types == ["application/json"]:
        return True
    if len(types) != 1:
        return False
    media, _, parameter = types[0].lower().replace(" ", "").replace('"', "").partition(";")
    return media == "application/json" and parameter in ("", "charset=utf-8")
