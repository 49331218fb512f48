"""A client that is generated from openapi.json and knows nothing else: what another maker's program would be.

    client = generated(document, tmp_path, "committee")
    answer = await client.Client(http, key).committee_list(state="requested")

Each operation of the tag becomes a method: parameters of the path first, the body, then by name what stands in the
query or a header. It holds every answer against the schema that the contract gives for its status.
"""

import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

Json = dict[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
_HEAD = '''"""Generated from {title} {version}. Do not edit."""

import json
from pathlib import Path

import httpx
from jsonschema import Draft202012Validator

DOCUMENT = json.loads(Path(__file__).with_suffix(".json").read_text())


class Unexpected(Exception):
    """An answer that the contract does not describe."""


class Client:
    def __init__(self, http: httpx.AsyncClient, key: str, base: str = DOCUMENT["servers"][0]["url"]) -> None:
        self._http, self._key, self._base = http, key, base

    async def _ask(self, operation, method, path, query, headers, **content):
        headers = {{"Authorization": f"Bearer {{self._key}}"}} | {{k: v for k, v in headers.items() if v is not None}}
        query = {{name: value for name, value in query.items() if value is not None}}
        answer = await self._http.request(method, self._base + path, params=query, headers=headers, **content)
        described = DOCUMENT["paths"][operation][method]["responses"].get(str(answer.status_code))
        while described is not None and "$ref" in described:
            described = DOCUMENT["components"]["responses"][described["$ref"].rpartition("/")[2]]
        if described is None:
            raise Unexpected(f"{{method}} {{operation}}: {{answer.status_code}}")
        self._check(answer, described.get("content", {{}}))
        return answer

    def _check(self, answer, described):
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if not answer.content:
            return
        if kind not in described:
            raise Unexpected(f"{{answer.request.url.path}}: {{kind}} is not described")
        if kind.endswith("json"):
            schema = {{**described[kind]["schema"], "components": DOCUMENT["components"]}}
            fault = next(Draft202012Validator(schema).iter_errors(answer.json()), None)
            if fault is not None:
                raise Unexpected(f"{{answer.request.url.path}}: {{list(fault.absolute_path)}} {{fault.message}}")
'''
_METHOD = '''
    async def {name}({arguments}):
        """{summary}"""
        return await self._ask({path!r}, {method!r}, f"{address}", {query}, {headers}{content})
'''


def generated(document: Json, folder: Path, tag: str) -> ModuleType:
    """The client for the operations of one tag, written to a file, and loaded from it."""
    source = folder / f"{tag}_client.py"
    source.write_text(written(document, tag), encoding="utf-8")
    source.with_suffix(".json").write_text(json.dumps(document), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(source.stem, source)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(document: Json, tag: str) -> str:
    """Its source."""
    head = _HEAD.format(**document["info"])
    return head + "".join(_method(*each) for each in _operations(document, tag))


def _operations(document: Json, tag: str) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if tag in item.get(method, {}).get("tags", ()):
                yield path, method, item[method]


def _method(path: str, method: str, operation: Mapping[str, Any]) -> str:
    parameters = operation.get("parameters", [])
    inside = [each["name"] for each in parameters if each["in"] == "path"]
    kinds = list(operation.get("requestBody", {}).get("content", ()))
    body = "body" if "application/json" in kinds else "files" if kinds else ""
    named = [each["name"] for each in parameters if each["in"] in ("query", "header")]
    arguments = ["self", *map(_snake, inside), *([body] if body else [])]
    arguments += ["*", *(f"{_snake(name)}=None" for name in named)] if named else []
    if method == "get":
        arguments += [*(() if named else ("*",)), "accept=None"]
    headers = _dictionary(each["name"] for each in parameters if each["in"] == "header")
    if method == "get":
        headers = '{"Accept": accept}' if headers == "{}" else f'{{"Accept": accept, {headers[1:]}'
    return _METHOD.format(
        name=_snake(operation["operationId"]),
        arguments=", ".join(arguments),
        summary=operation["summary"],
        path=path,
        method=method,
        address=re.sub(r"\{(.+?)\}", lambda found: "{" + _snake(found[1]) + "}", path),
        query=_dictionary(each["name"] for each in parameters if each["in"] == "query"),
        headers=headers,
        content=f", {'json' if body == 'body' else body}={body}" if body else "",
    )


def _dictionary(names: Iterator[str]) -> str:
    return "{" + ", ".join(f'"{name}": {_snake(name)}' for name in names) + "}"


def _snake(name: str) -> str:
    plain = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name.replace("-", "_")).lower()
    return f"{plain}_" if plain in ("from", "as", "id", "in") else plain
