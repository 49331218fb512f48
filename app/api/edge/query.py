"""The query keys that a route declares, and what is wrong with the query that was sent."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, get_args, get_origin
from urllib.parse import unquote_to_bytes, urlencode

from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request

from app.api.edge.json_body import StrictRequest
from app.api.problems import showable
from app.domain.errors import Fault

_UNSURE: Final = "gehoor.unsure"  # scope key: what was asked for in the query could not be read
_LEFT_OUT: Final = "gehoor.left_out"  # scope key
_UNREAD: Final = frozenset({"repeated-parameter", "not-storable", "not-utf-8"})
_SEQUENCES = (list, tuple, set, frozenset)


class DeclaredQuery:
    """The query keys that a route declares, its dependencies included."""

    def __init__(self, route: APIRoute) -> None:
        declared = dict(_query_keys(route.dependant))
        self.once = frozenset(key for key, annotation in declared.items() if not _is_sequence(annotation))
        self.often = frozenset(declared) - self.once
        self._own = route.dependant.query_params
        self.filters = frozenset(key for parameter in self._own for key, _ in _keys_of(parameter))
        self.of_dependencies = frozenset(declared) - self.filters

    def faults(self, request: Request) -> list[Fault]:
        """Keys nobody declared, single ones that are repeated, and text that cannot be stored."""
        sent = request.query_params.multi_items()
        names = [name for name, _ in sent]
        torn = set(_torn(request.scope["query_string"]))
        unknown = set(names) - self.once - self.often - torn
        repeated = {name for name in self.once if names.count(name) > 1}
        unstorable = {name for name, value in sent if "\0" in value} - unknown
        return [
            *(Fault(showable(n), "not-utf-8", "This part of the query is not UTF-8.") for n in sorted(torn)),
            *(Fault(showable(n), "unknown-parameter", "There is no such parameter here.") for n in sorted(unknown)),
            *(Fault(n, "repeated-parameter", "Give this parameter once.") for n in sorted(repeated)),
            *(Fault(n, "not-storable", "A text cannot hold the character NUL.") for n in sorted(unstorable)),
        ]

    def legible(self, request: Request, faults: Iterable[Fault]) -> Request:
        """The request without the parameters of which nobody knows what was meant; one whose body was read stays."""
        names = set() if isinstance(request, StrictRequest) else unread(faults)
        return self.without(request, names) if names else request

    def without(self, request: Request, names: Collection[str]) -> Request:
        """The same request without these parameters."""
        rest = urlencode([(name, value) for name, value in request.query_params.multi_items() if name not in names])
        unsure = {} if self.of_dependencies.issuperset(names) else {_UNSURE: True}
        scope = {**request.scope, "query_string": rest.encode(), _LEFT_OUT: left_out(request) | set(names), **unsure}
        return Request(scope, request.receive)

    def is_unsure(self, request: Request) -> bool:
        """Whether it cannot be said what is asked: something is wrong beside what dependencies ask for themselves."""
        if _UNSURE in request.scope:
            return True
        beside = any(fault.pointer not in self.of_dependencies for fault in self.faults(request))
        return beside or bool(request_params_to_args(self._own, request.query_params)[1])


def left_out(request: Request) -> frozenset[str]:
    """The parameters that were sent and are looked past: what they say nobody knows."""
    found: frozenset[str] = request.scope.get(_LEFT_OUT, frozenset())
    return found


def unread(faults: Iterable[Fault]) -> set[str]:
    """The parameters of which nobody knows what was meant: of those nothing else is told."""
    return {fault.pointer for fault in faults if fault.code in _UNREAD}


def _query_keys(dependant: Dependant) -> Iterator[tuple[str, Any]]:
    """(key, type) of each query parameter; a model of filters gives one for each of its fields."""
    for parameter in dependant.query_params:
        yield from _keys_of(parameter)
    for dependency in dependant.dependencies:
        yield from _query_keys(dependency)


def _keys_of(parameter: ModelField) -> Iterator[tuple[str, Any]]:
    annotation = parameter.field_info.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from ((field.alias or name, field.annotation) for name, field in annotation.model_fields.items())
    else:
        yield parameter.alias, annotation


def _is_sequence(annotation: Any) -> bool:
    if annotation in _SEQUENCES or get_origin(annotation) in _SEQUENCES:
        return True
    return any(_is_sequence(part) for part in get_args(annotation) if part is not annotation)


def _torn(query: bytes) -> Iterator[str]:
    """The names of what is not UTF-8, as they are read with a sign in place of each byte that is none."""
    for name, _, value in (pair.partition(b"=") for pair in query.split(b"&")):
        read = [unquote_to_bytes(part.replace(b"+", b" ")).decode(errors="replace") for part in (name, value)]
        if any("\ufffd" in part for part in read):
            yield read[0]
