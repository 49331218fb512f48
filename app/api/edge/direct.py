"""The short way through a route: what it asks of a request, without FastAPI's search for what was sent.

FastAPI finds out anew for every request which kinds of parameter a route has and where each may stand: a tenth of the
time of an intake, a fifth of a read. What a route asks is known once it is declared, so here it is read off once. A
request with a query, or with a fault in its path, its headers or its JSON, goes the long way, which tells every fault.
"""

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Any, get_type_hints

from fastapi import params
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from app.api.edge.json_body import StrictRequest, read_json

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


_NOTHING_OPEN = nullcontext()


class LongWay(Exception):
    """Not an error: the request has something that only the long way tells well. It may go on with `request`."""

    def __init__(self, request: Request) -> None:
        super().__init__("the long way")
        self.request = request


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a function asks: the request itself, what stands in its path, its headers; by the function's own names."""

    request: str | None
    path: tuple[ModelField, ...]
    headers: tuple[tuple[str, ModelField], ...]

    def of(self, request: Request) -> dict[str, Any]:
        """Raises LongWay when a value is missing or faulty."""
        found: dict[str, Any] = {self.request: request} if self.request else {}
        for field in self.path:
            found[field.name] = _valid(field, request.path_params.get(field.alias), request)
        for header, field in self.headers:
            sent = request.headers.get(header)
            if sent is not None:
                found[field.name] = _valid(field, sent, request)
            elif field.field_info.is_required():
                raise LongWay(request)
            else:
                found[field.name] = field.get_default()
        return found


@dataclass(frozen=True, slots=True)
class _Dependency:
    """A dependency that asks nothing of others: a coroutine, or a context that is left before the answer is sent."""

    name: str
    asked: _Asked
    value: Callable[..., Coroutine[Any, Any, Any]] | None
    context: Callable[..., AbstractAsyncContextManager[Any]] | None


def direct_handler(
    endpoint: Callable[..., Any], whole: Dependant, offered: Callable[[Request], object]
) -> Handler | None:
    """Answers a request without a query; raises LongWay. None for a route that asks more than is known here.

    `offered` refuses a request that accepts nothing that the route has.
    """
    model = filters(whole)
    optional = not whole.query_params or (model is not None and all_optional(model))
    dependencies = [known for each in whole.dependencies if (known := _dependency(each))]
    if not optional or len(dependencies) < len(whole.dependencies) or not _is_known(whole):
        return None
    if get_type_hints(endpoint).get("return") is not Response:
        return None
    asked, body = _asked(whole), next(iter(whole.body_params), None)
    none = {parameter.name: model() for parameter in whole.query_params if model}
    kept_open = any(each.context for each in dependencies)

    async def direct(request: Request) -> Response:
        offered(request)
        request = StrictRequest.of(request)  # the one that all share: a body can be read only once
        values = none | asked.of(request)
        given = [(each, each.asked.of(request)) for each in dependencies]
        sent = await _read(request) if body else None
        async with AsyncExitStack() if kept_open else _NOTHING_OPEN as stack:
            for each, its in given:
                if each.value is not None:
                    values[each.name] = await each.value(**its)
                elif each.context is not None and stack is not None:
                    values[each.name] = await stack.enter_async_context(each.context(**its))
            if body is not None:
                values[body.name] = _of_body(body, sent)
            answer: Response = await endpoint(**values)
        return answer

    return direct


def filters(dependant: Dependant) -> type[BaseModel] | None:
    """The model of filters, when that is all that the endpoint itself asks of the query."""
    annotations = [parameter.field_info.annotation for parameter in dependant.query_params]
    if len(annotations) == 1 and isinstance(annotations[0], type) and issubclass(annotations[0], BaseModel):
        return annotations[0]
    return None


def all_optional(model: type[BaseModel]) -> bool:
    return not any(field.is_required() for field in model.model_fields.values())


def _asked(dependant: Dependant) -> _Asked:
    headers = tuple((_header(field), field) for field in dependant.header_params)
    return _Asked(dependant.request_param_name, tuple(dependant.path_params), headers)


def _header(field: ModelField) -> str:
    return field.alias.replace("_", "-") if field.alias == field.name else field.alias


def _dependency(dependant: Dependant) -> _Dependency | None:
    """None for one that asks more than is known here."""
    call, required = dependant.call, any(each.field_info.is_required() for each in dependant.query_params)
    if call is None or required or dependant.dependencies or dependant.body_params or not _is_known(dependant):
        return None
    context = isasyncgenfunction(call) and dependant.scope == "function"
    if not (context or iscoroutinefunction(call)):
        return None
    made = asynccontextmanager(call) if context else None
    return _Dependency(dependant.name or "", _asked(dependant), None if context else call, made)


def _is_known(dependant: Dependant) -> bool:
    """Whether FastAPI gives the function nothing but what stands in `_Asked`, and one JSON body."""
    named = (dependant.response_param_name, dependant.background_tasks_param_name, dependant.security_scopes_param_name)
    others = (*named, dependant.http_connection_param_name, dependant.websocket_param_name, dependant.concurrency)
    texts = all(each.field_info.annotation in (str, str | None) for each in dependant.header_params)
    bodies = dependant.body_params
    json = not bodies or (len(bodies) == 1 and type(bodies[0].field_info) is params.Body and not _embedded(bodies[0]))
    return texts and json and not dependant.cookie_params and not any(others)


def _embedded(body: ModelField) -> bool:
    model = body.field_info.annotation
    return bool(getattr(body.field_info, "embed", None)) or not (
        isinstance(model, type) and issubclass(model, BaseModel)
    )


def _valid(field: ModelField, sent: Any, request: Request) -> Any:
    value, errors = field.validate(sent)
    if errors:
        raise LongWay(request)
    return value


async def _read(request: StrictRequest) -> Any:
    """The JSON that was sent. Raises LongWay when there is none, and 415."""
    if await read_json(request) or not await request.body():
        raise LongWay(request)
    return request.value


def _of_body(body: ModelField, sent: Any) -> Any:
    value, errors = body.validate(sent, loc=("body",))
    if errors:
        raise RequestValidationError(errors, body=sent)
    return value
