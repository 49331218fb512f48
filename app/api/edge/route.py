"""A route of the contract: strict JSON, no stray query key, Accept, and all faults told at once.

A caller is known before anything else is said (401 and 403 come first): when the input has a fault that FastAPI does
not see, the dependencies run all the same and the endpoint does not; and where the endpoint would have asked who calls,
that is asked before a fault is told.
"""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from copy import copy
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Final, NoReturn

from fastapi import APIRouter, params
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute, get_request_handler
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.edge.direct import Handler, LongWay, all_optional, direct_handler, filters
from app.api.edge.json_body import StrictRequest, read_json
from app.api.edge.negotiation import preferred
from app.api.edge.query import DeclaredQuery, unread
from app.api.edge.trial import Trial
from app.api.problems import Malformed, invalid, validation_refusal
from app.domain.errors import Fault, Invalid, PreconditionRequired

INTRODUCE: Final = "gehoor.introduce"  # scope key: finds out who calls, where no dependency did so; may refuse

_TRANSACTIONS: Final = "fastapi_function_astack"  # FastAPI's name for what is left before the answer is sent
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class StrictRoute(APIRoute):
    """What every route of the contract is. Use it through `Router`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if path.endswith("/"):
            raise ValueError(f"{path}: no trailing slash")
        # With a `default` response declared FastAPI adds no 422; contract.py writes the real problems.
        options["responses"] = {"default": {"description": "A problem"}, **(options.get("responses") or {})}
        options["operation_id"] = options.get("operation_id") or _operation_id(endpoint, options.get("tags"))
        super().__init__(path, endpoint, **options)
        self.app = AsyncExitStackMiddleware(self.app)  # closes the files that FastAPI has read
        if self.body_field is None and (direct := self._direct_handler()) is not None:
            self.app = _shortly(direct, self.app)

    @cached_property
    def declared_query(self) -> DeclaredQuery:
        return DeclaredQuery(self)

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
        """The handler behind our checks; most requests with a body may go a shorter way."""
        checked = self._checked_handler()
        direct = self._direct_handler() if self.body_field is not None else None
        if direct is None:
            return self._naming_all(checked)

        async def handle(request: Request) -> Response:
            if request.scope["query_string"]:
                return await checked(request)
            try:
                return await _told_whose(direct, request)
            except LongWay as long:
                return await checked(long.request)

        return self._naming_all(handle)

    def _direct_handler(self) -> Handler | None:
        offers = self.offers
        return direct_handler(self.endpoint, self.dependant, partial(preferred, offers=offers)) if offers else None

    def _naming_all(self, answer: Handler) -> Handler:
        """A header that is missing, what is wrong with the body, and with what it says: all told at once."""
        body = self.body_field
        if body is None or isinstance(body.field_info, params.Form):
            return answer
        trial = Trial(self, body)

        async def handle(request: Request) -> Response:
            request = StrictRequest.of(request)
            try:
                return await _closed_after(answer, request)
            except RequestValidationError as error:
                refused = validation_refusal(error)
            except Malformed as error:
                await read_json(request)
                found = body.validate(request.value, loc=("body",))[1] if request.value is not None else []
                refused = validation_refusal(RequestValidationError(found, body=request.value), error.faults)
            except PreconditionRequired as missing:
                raise await trial.beside(request, missing) from None
            raise await trial.whole(request, refused) if isinstance(refused, Malformed) else refused

        return handle

    def _checked_handler(self) -> Handler:
        """FastAPI's handler behind our checks. One for good input, one that runs the dependencies and refuses."""
        answer = super().get_route_handler()
        refuse = get_request_handler(dependant=replace(self.dependant, call=_not_reached), body_field=self.body_field)
        unfiltered = self._unfiltered_handler()
        offers, query = self.offers, self.declared_query
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
                request = StrictRequest.of(request)
                wrong = await read_json(request)
                readable, faults = not wrong or request.value is not None, faults + wrong
            if faults:
                await _refused(refuse, query.legible(request, faults), faults, readable)
            try:
                if unfiltered is not None and query.filters.isdisjoint(request.query_params):
                    return await unfiltered(request)
                return await answer(request)
            except RequestValidationError as error:
                await _introduced(request)
                raise validation_refusal(error) from None

        return handle if takes_json else self._naming_all_of_the_query(handle, refuse)

    def _naming_all_of_the_query(self, answer: Handler, refuse: Handler) -> Handler:
        """What is wrong with the query, and what dependencies say of theirs: all told at once.

        FastAPI asks a dependency only when its own parameters are well formed, and the first that refuses ends it. So
        theirs that are wrong are left out, and the rest is asked again.
        """
        query = self.declared_query
        theirs = query.of_dependencies

        async def handle(request: Request) -> Response:
            if not request.scope["query_string"] or theirs.isdisjoint(request.query_params):
                return await answer(request)
            try:
                return await _closed_after(answer, request)
            except Invalid as refused:
                told, left_out = list(refused.faults), set[str]()
                while wrong := theirs.intersection(fault.pointer for fault in told) - left_out:
                    left_out |= wrong | unread(told)
                    more = await _said_without(refuse, query.without(request, left_out))
                    told += [fault for fault in more if fault.pointer not in left_out and fault not in told]
                if len(told) == len(refused.faults):
                    raise
                raise invalid(told) from None

        return handle

    def _unfiltered_handler(self) -> Handler | None:
        """FastAPI's handler for a request that sends none of the filters, where a route has a model of them.

        FastAPI looks for each field of the model on its own, which takes longer than reading the page.
        """
        model = filters(self.dependant)
        if model is None or not all_optional(model):
            return None
        [parameter], endpoint, none = self.dependant.query_params, self.endpoint, model()

        async def unfiltered(**values: Any) -> Any:
            return await endpoint(**values, **{parameter.name: none})

        route = copy(self)
        route.dependant = replace(self.dependant, call=unfiltered, query_params=[])
        return super(StrictRoute, route).get_route_handler()


def _shortly(direct: Handler, long: ASGIApp) -> ASGIApp:
    """A request without a body, past what FastAPI keeps open for one: what is raised here is answered further out."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["query_string"]:
            await long(scope, receive, send)
            return
        try:
            answer = await _told_whose(direct, StrictRequest(scope, receive, send))
        except LongWay:
            await long(scope, receive, send)
        else:
            await answer(scope, receive, send)

    return app


async def _told_whose(direct: Handler, request: Request) -> Response:
    """A fault is told to a caller who is known."""
    try:
        return await direct(request)
    except RequestValidationError:
        await _introduced(request)
        raise


async def _refused(refuse: Handler, request: Request, faults: list[Fault], readable: bool) -> NoReturn:
    try:
        await refuse(request)
    except RequestValidationError as error:
        await _introduced(request)
        known = {("query", name) for name in unread(faults)}
        found = [failure for failure in error.errors() if tuple(failure["loc"][:2]) not in known]
        found = [failure for failure in found if readable or failure["loc"][0] != "body"]
        raise validation_refusal(RequestValidationError(found, body=error.body), faults) from None
    except Invalid as error:  # a dependency found more
        raise invalid([*faults, *error.faults]) from None
    raise AssertionError("a refusing handler answered")


async def _said_without(refuse: Handler, request: Request) -> Sequence[Fault]:
    """What FastAPI and the dependencies say of a request from which parameters were left out."""
    try:
        await _closed_after(refuse, request)
    except Invalid as refused:
        return refused.faults
    except RequestValidationError as error:
        await _introduced(request)
        found = validation_refusal(error)
        if isinstance(found, Invalid):
            return found.faults
        raise found from None
    raise AssertionError("a refusing handler answered")


async def _closed_after(answer: Handler, request: Request) -> Response:
    """Its transactions are over when it is told how that went: a request holds one."""
    async with AsyncExitStack() as stack:
        request.scope[_TRANSACTIONS] = stack
        return await answer(request)


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


def _check_form_type(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _FORMS:
        raise HTTPException(415, headers={"Accept": ", ".join(_FORMS)})
