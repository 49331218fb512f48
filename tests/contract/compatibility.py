"""What a newer contract takes back from an older one: removing or narrowing breaks callers, adding does not.

Taken back is whatever a caller, or a client made from the contract, can no longer rely on: an operation and its name,
a parameter, a status (also that of a problem), a header, a form. What may be added: operations, fields, headers and
parameters that nobody has to send, problems, room in what is sent. What schemas take back: narrowing.py.
"""

from collections.abc import Iterator
from itertools import chain

from tests.contract.narrowing import SAID, Json, Schemas, Way, changed, resolved

_METHODS = {"get", "put", "post", "patch", "delete", "head", "options", "trace"}
# What we are asked and answer; what we bring to webhooks comes to a caller as answers do.
_PARTS: tuple[tuple[str, Way, Way], ...] = (("paths", "sent", "answered"), ("webhooks", "answered", "sent"))
# Answers that come only to who asked for them, with Range or If-None-Match.
_ASKED_FOR = {"206", "304"}


def taken_back(old: Json, new: Json) -> list[str]:
    """One sentence for each thing that callers of the old contract can no longer rely on, with its place first."""
    return list(dict.fromkeys(chain(_document(old, new), _Operations(old, new).taken_back())))


def _document(old: Json, new: Json) -> Iterator[str]:
    """What is said once for all operations: a client has its address, its key and the names of its forms from it."""
    yield from _others("document", old, new, {"info", "tags", "servers", "security", "components", "paths", "webhooks"})
    servers = [_bare(each) for each in new.get("servers", ())]
    yield from (f"servers: {each['url']} is gone" for each in old.get("servers", ()) if _bare(each) not in servers)
    before, after = ({"schemas": {}, "securitySchemes": {}, **each.get("components", {})} for each in (old, new))
    yield from (f"schema {name}: is gone" for name in before["schemas"] if name not in after["schemas"])
    for name, scheme in before["securitySchemes"].items():
        if _bare(scheme) != _bare(after["securitySchemes"].get(name, {})):
            yield f"securitySchemes: {changed(name, before['securitySchemes'], after['securitySchemes'])}"


class _Operations:
    """The operations of two documents, and what they have in common: the parts that a $ref points at."""

    def __init__(self, old: Json, new: Json) -> None:
        self.old, self.new = old, new
        self.schemas = Schemas(old, new)
        self.compared: set[tuple[str, Way]] = set()

    def taken_back(self) -> Iterator[str]:
        for part, asked, told in _PARTS:
            before, after = self.old.get(part, {}), self.new.get(part, {})
            for path, item in before.items():
                if path not in after:
                    yield f"{path}: is gone"
                    continue
                yield from _others(path, item, after[path], _METHODS)
                for method in sorted(item.keys() & _METHODS):
                    name = f"{method} {path}"
                    if method in after[path]:
                        yield from self._operation(name, item[method], after[path][method], asked, told)
                    else:
                        yield f"{name}: is gone"

    def _operation(self, name: str, was: Json, now: Json, asked: Way, told: Way) -> Iterator[str]:
        yield from _others(name, was, now, {"tags", "security", "parameters", "requestBody", "responses"})
        yield from (f"{name}: tag {tag} is gone" for tag in was.get("tags", ()) if tag not in now.get("tags", ()))
        before, after = was.get("security", self.old.get("security")), now.get("security", self.new.get("security"))
        if not all(any(_no_more(key, then) for key in after or [{}]) for then in before or [{}]):
            yield f"{name}: {changed('security', {'security': before}, {'security': after})}"
        yield from self._values(name, _parameters(self.old, was), _parameters(self.new, now), asked)
        yield from self._body(f"{name} body", was.get("requestBody", {}), now.get("requestBody", {}), asked)
        yield from self._answers(name, was["responses"], now["responses"], told)

    def _values(self, place: str, was: Json, now: Json, way: Way) -> Iterator[str]:
        """Parameters or headers, by name."""
        for name in sorted(was.keys() | now.keys()):
            if name not in now:
                yield f"{place} {name}: is gone"
            elif name in was:
                yield from self._value(f"{place} {name}", was[name], now[name], way)
            elif way == "sent" and resolved(self.new, now[name]).get("required"):
                yield f"{place} {name}: became required"

    def _value(self, place: str, was: Json, now: Json, way: Way) -> Iterator[str]:
        place, was, now = self._followed(place, was, now, way)
        yield from _others(place, was, now, {"schema", "required"})
        yield from _required(place, was, now, way)
        yield from self.schemas.taken_back(place, was.get("schema", True), now.get("schema", True), way)

    def _body(self, place: str, was: Json, now: Json, way: Way) -> Iterator[str]:
        place, was, now = self._followed(place, was, now, way)
        yield from _others(place, was, now, {"required", "content"})
        yield from _required(place, was, now, way)
        yield from self._content(place, was.get("content", {}), now.get("content", {}), way)
        if way == "answered":  # a receiver cannot ask for another one, as a caller does with Accept
            more = now.get("content", {}).keys() - was.get("content", {}).keys()
            yield from (f"{place}: may now be {media}" for media in sorted(more))

    def _answers(self, name: str, was: Json, now: Json, way: Way) -> Iterator[str]:
        yield from (f"{name} {status}: is gone" for status in was if status not in now)
        for status, answer in now.items():
            if status in was:
                place, before, after = self._followed(f"{name} {status}", was[status], answer, way)
                yield from _others(place, before, after, {"headers", "content"})
                yield from self._values(place, before.get("headers", {}), after.get("headers", {}), way)
                yield from self._content(place, before.get("content", {}), after.get("content", {}), way)
            elif way == "answered" and status[0] in "123" and status not in _ASKED_FOR:
                yield f"{name} {status}: is new, and no client expects it"

    def _content(self, place: str, was: Json, now: Json, way: Way) -> Iterator[str]:
        for media, content in was.items():
            if media in now:
                yield from _others(f"{place} {media}", content, now[media], {"schema"})
                yield from self.schemas.taken_back(
                    place, content.get("schema", True), now[media].get("schema", True), way
                )
            else:
                yield f"{place}: {media} is gone"

    def _followed(self, place: str, was: Json, now: Json, way: Way) -> tuple[str, Json, Json]:
        """Both without their $ref; what both point at under its own name, and nothing of it the second time."""
        if "$ref" in was and was["$ref"] == now.get("$ref"):
            place = was["$ref"].removeprefix("#/components/").replace("/", " ")
            if (place, way) in self.compared:
                return place, {}, {}
            self.compared.add((place, way))
        return place, resolved(self.old, was), resolved(self.new, now)


def _parameters(document: Json, operation: Json) -> Json:
    listed = (resolved(document, each) for each in operation.get("parameters", ()))
    return {f"{each['in']} {each['name']}": each for each in listed}


def _others(place: str, was: Json, now: Json, handled: set[str]) -> Iterator[str]:
    """Whatever has no rule counts as soon as it changed."""
    for keyword in sorted((was.keys() | now.keys()) - SAID - handled):
        if was.get(keyword) != now.get(keyword):
            yield f"{place}: {changed(keyword, was, now)}"


def _required(place: str, was: Json, now: Json, way: Way) -> Iterator[str]:
    before, after = was.get("required", False), now.get("required", False)
    if before != after and after == (way == "sent"):
        yield f"{place}: " + ("became required" if after else "is no longer always there")


def _no_more(key: Json, then: Json) -> bool:
    """Whether this asks for nothing that was not asked before."""
    return all(name in then and {*scopes} <= {*then[name]} for name, scopes in key.items())


def _bare(node: Json) -> Json:
    return {keyword: value for keyword, value in node.items() if keyword not in SAID}
