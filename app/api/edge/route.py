"""A route of the contract: strict JSON, no stray query key, Accept, and all faults told at once.

A caller is known before anything else is said (401 and 403 come first): when the input has a fault that FastAPI does
not see, the dependencies run all the same and the endpoint does not; and where the endpoint would have asked who calls,
that is asked before a fault is told.
"""

from collections.abc import Callable, Coroutine
from copy import copy
from dataclasses import replace
from inspect import iscoroutinefunction
from typing import Any, Final, NoReturn, get_type_hints

from fastapi import APIRouter, params
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, get_request_handler
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.api.edge import strict_json
from app.api.edge.negotiation import preferred
from app.api.edge.query import DeclaredQuery
from app.api.problems import invalid, validation_refusal
from app.domain.errors import Fault, Invalid

INTRODUCE: Final = "gehoor.introduce"  # scope key: finds out who calls, where no dependency did so; may refuse

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class StrictRequest(Request):
    """A request whose JSON was read already, once."""

    value: Any = None

    async def json(self) -> Any:
        """What `strict_json.parse` made of the body."""
        return self.value


class StrictRoute(APIRoute):
    """What every route of the contract is. Use it through `Router`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if path.endswith("/"):
            raise ValueError(f"{path}: no trailing slash")
        # With a `default` response declared FastAPI adds no 422; contract.py writes the real problems.
        options["responses"] = {"default": {"description": "A problem"}, **(options.get("responses") or {})}
        options["operation_id"] = options.get("operation_id") or _operation_id(endpoint, options.get("tags"))
        super().__init__(path, endpoint, **options)

    @property
    def offers(self) -> list[str]:
        """Media types that a good answer can have; none when it has no content."""
        if self.status_code in (204, 304):
            return []
        status = self.status_code or 200
        declared = self.responses.get(status, self.responses.get(str(status), {})).get("content", {})
        default = getattr(getattr(self.response_class, "value", self.response_class), "media_type", None)
        return list(dict.fromkeys(filter(None, [default, *declared])))

    def get_route_handler(self) -> Handler:
        """The handler behind our checks; a read that asks nothing in its query may go a shorter way."""
        checked = self._checked_handler()
        return self._direct_handler(checked) or checked

    def _checked_handler(self) -> Handler:
        """FastAPI's handler behind our checks. One for good input, one that runs the dependencies and refuses."""
        answer = super().get_route_handler()
        refuse = get_request_handler(dependant=replace(self.dependant, call=_not_reached), body_field=self.body_field)
        unfiltered = self._unfiltered_handler()
        offers, query = self.offers, DeclaredQuery(self)
        takes_form = self.body_field is not None and isinstance(self.body_field.field_info, params.Form)
        takes_json = self.body_field is not None and not takes_form

        async def handle(request: Request) -> Response:
            if offers:
                preferred(request, offers)
            if takes_form:
                _check_form_type(request)
            faults = query.faults(request) if request.scope["query_string"] else []
            readable = True
            if takes_json:
                request = StrictRequest(request.scope, request.receive)
                unreadable = await read_json(request)
                readable, faults = not unreadable, faults + unreadable
            if faults:
                await _refused(refuse, request, faults, readable)
            try:
                if unfiltered is not None and query.filters.isdisjoint(request.query_params):
                    return await unfiltered(request)
                return await answer(request)
            except RequestValidationError:
                await _introduced(request)
                raise

        return handle

    def _unfiltered_handler(self) -> Handler | None:
        """FastAPI's handler for a request that sends none of the filters, where a route has a model of them.

        FastAPI looks for each field of the model on its own, which takes longer than reading the page.
        """
        model = _filters(self.dependant)
        if model is None or not _optional(model):
            return None
        [parameter], endpoint, none = self.dependant.query_params, self.endpoint, model()

        async def unfiltered(**values: Any) -> Any:
            return await endpoint(**values, **{parameter.name: none})

        route = copy(self)
        route.dependant = replace(self.dependant, call=unfiltered, query_params=[])
        return super(StrictRoute, route).get_route_handler()

    def _direct_handler(self, checked: Handler) -> Handler | None:
        """For a read without a query, where everything that could be asked in one may be left out: what stands in the
        path and in the signatures, without FastAPI's search for what was sent, a tenth to a fifth of the time.
        """
        whole, model, endpoint, offers = self.dependant, _filters(self.dependant), self.endpoint, self.offers
        others = (whole.header_params, whole.cookie_params, whole.body_params, *_given(whole), whole.request_param_name)
        optional = not whole.query_params or (model is not None and _optional(model))
        answers = self.methods == {"GET"} and get_type_hints(endpoint).get("return") is Response
        dependencies = [(each.name or "", each.call, each.request_param_name or "") for each in whole.dependencies]
        if any(others) or not (optional and answers and all(map(_asks_only_the_query, whole.dependencies))):
            return None
        none = {parameter.name: model() for parameter in whole.query_params if model}

        async def direct(request: Request) -> Response:
            found, faulty = _in_path(whole.path_params, request)
            if faulty or request.scope["query_string"]:
                return await checked(request)
            preferred(request, offers)
            for name, call, its in dependencies:
                found[name] = await call(**{its: request}) if call else None
            answer: Response = await endpoint(**none, **found)
            return answer

        return direct


def _in_path(parameters: list[ModelField], request: Request) -> tuple[dict[str, Any], bool]:
    """What the path says, checked; and whether any of it is faulty."""
    read = {
        each.name: each.validate(request.path_params.get(each.alias), loc=("path", each.alias)) for each in parameters
    }
    return {name: value for name, (value, _) in read.items()}, any(errors for _, errors in read.values())


def _given(dependant: Dependant) -> tuple[str | None, ...]:
    """What FastAPI makes for a function, besides the request."""
    named = (dependant.response_param_name, dependant.background_tasks_param_name, dependant.security_scopes_param_name)
    return (*named, dependant.http_connection_param_name)


def _optional(model: type[BaseModel]) -> bool:
    return not any(field.is_required() for field in model.model_fields.values())


def _asks_only_the_query(dependant: Dependant) -> bool:
    """A coroutine of the request and of query parameters that may all be left out."""
    sent = (dependant.path_params, dependant.header_params, dependant.cookie_params, dependant.body_params)
    required = any(parameter.field_info.is_required() for parameter in dependant.query_params)
    known = dependant.request_param_name and iscoroutinefunction(dependant.call)
    return bool(known) and not required and not any((dependant.dependencies, *sent, *_given(dependant)))


def _filters(dependant: Dependant) -> type[BaseModel] | None:
    """The model of filters, when that is all that the endpoint itself asks of the query."""
    annotations = [parameter.field_info.annotation for parameter in dependant.query_params]
    if len(annotations) == 1 and isinstance(annotations[0], type) and issubclass(annotations[0], BaseModel):
        return annotations[0]
    return None


async def _refused(refuse: Handler, request: Request, faults: list[Fault], readable: bool) -> NoReturn:
    try:
        await refuse(request)
    except RequestValidationError as error:
        await _introduced(request)
        found = [failure for failure in error.errors() if readable or failure["loc"][0] != "body"]
        raise validation_refusal(RequestValidationError(found, body=error.body), faults) from None
    except Invalid as error:  # a dependency found more
        raise invalid([*faults, *error.faults]) from None
    raise AssertionError("a refusing handler answered")


async def _introduced(request: Request) -> None:
    """Finds out who calls. Raises what a caller like this is refused with."""
    if introduce := request.scope.get(INTRODUCE):
        await introduce()


async def _not_reached(**values: Any) -> NoReturn:
    """Stands in for the endpoint when the input has a fault that FastAPI does not know of."""
    raise RequestValidationError([])


class Router(APIRouter):
    """FastAPI's router, with routes of the contract."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("route_class", StrictRoute)
        super().__init__(**options)


def _operation_id(endpoint: Callable[..., Any], tags: list[Any] | None) -> str:
    words = f"{tags[0] if tags else ''} {endpoint.__name__}".replace("_", " ").replace("-", " ").split()
    return words[0].lower() + "".join(word.capitalize() for word in words[1:])


# -- body ------------------------------------------------------------------------------------------------------


async def read_json(request: StrictRequest) -> list[Fault]:
    """Read the body into `request.value`; the faults that keep it from being JSON. Raises 415."""
    raw = await request.body()
    if not raw:
        return []
    if not _is_json(request.headers.getlist("content-type")):
        raise HTTPException(415, headers={"Accept": "application/json"})
    try:
        request.value = strict_json.parse(raw)
    except strict_json.Unreadable as unreadable:
        return list(unreadable.faults)
    return []


def _is_json(types: list[str]) -> bool:
    if types == ["application/json"]:
        return True
    if len(types) != 1:
        return False
    media, _, parameter = types[0].lower().replace(" ", "").replace('"', "").partition(";")
    return media == "application/json" and parameter in ("", "charset=utf-8")


def _check_form_type(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _FORMS:
        raise HTTPException(415, headers={"Accept": ", ".join(_FORMS)})
