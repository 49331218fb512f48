"""What counts as taken back: each line changes one thing in a small contract, and says which place is named."""

import json
from typing import Any

import pytest

from tests.contract.compatibility import taken_back

Json = dict[str, Any]
GONE = object()
ANSWER = "components schemas Complaint"
FILING = "components schemas Filing"
POST = "paths /complaints post"
GET = "paths /complaints get"
EVENT = "webhooks event post"
NULL = {"type": "null"}
WORDS = {"type": "string"}
SAID_TOO_LATE = {
    "type": "string",
    "enum": ["open", "closed", "lost"],
    "description": "A later version may add to these.",
}


def ref(name: str, part: str = "schemas") -> Json:
    return {"$ref": f"#/components/{part}/{name}"}


def json_of(name: str) -> Json:
    return {"application/json": {"schema": ref(name)}}


def parameter(name: str, where: str, schema: Json, *, required: bool = False) -> Json:
    return {"name": name, "in": where, "required": required, "schema": schema}


CONTRACT: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Small", "version": "1"},
    "servers": [{"url": "/v1", "description": "here"}],
    "security": [{"Key": []}],
    "paths": {
        "/complaints": {
            "get": {
                "operationId": "complaintsList",
                "tags": ["complaints"],
                "parameters": [
                    parameter("limit", "query", {"type": "integer", "default": 50, "maximum": 200}),
                    parameter("state", "query", {"type": "array", "items": WORDS}),
                ],
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"type": "array", "items": ref("Complaint")}}},
                        "headers": {"ETag": ref("ETag", "headers"), "Link": {"schema": WORDS}},
                    },
                    "304": {"description": "As it was"},
                    "429": ref("TooMany", "responses"),
                },
            },
            "post": {
                "operationId": "complaintsFile",
                "parameters": [parameter("Idempotency-Key", "header", {"type": ["string", "null"]}, required=True)],
                "requestBody": {"required": True, "content": json_of("Filing")},
                "responses": {
                    "201": {
                        "headers": {"Location": {"required": True, "schema": WORDS}},
                        "content": json_of("Complaint"),
                    },
                    "429": ref("TooMany", "responses"),
                },
            },
        },
    },
    "webhooks": {
        "event": {
            "post": {
                "operationId": "announce",
                "security": [],
                "parameters": [parameter("webhook-signature", "header", WORDS, required=True)],
                "requestBody": {
                    "required": True,
                    "content": {"application/cloudevents+json": {"schema": {"anyOf": [ref("Event"), ref("Trial")]}}},
                },
                "responses": {"204": {"description": "Received"}},
            }
        }
    },
    "components": {
        "securitySchemes": {"Key": {"type": "http", "scheme": "bearer"}},
        "headers": {"ETag": {"schema": WORDS}, "RetryAfter": {"schema": {"type": "integer"}}},
        "responses": {
            "TooMany": {
                "headers": {"Retry-After": ref("RetryAfter", "headers")},
                "content": {"application/problem+json": {"schema": ref("Problem")}},
            }
        },
        "schemas": {
            "Problem": {"type": "object", "properties": {"code": WORDS}, "required": ["code"]},
            "Event": {"type": "object", "properties": {"type": WORDS, "at": WORDS}, "required": ["type", "at"]},
            "Trial": {"type": "object", "properties": {"type": WORDS}, "required": ["type"]},
            "Term": {"type": "object", "properties": {"dueOn": {"type": "string", "format": "date"}}},
            "Route": {"type": "object", "properties": {"body": WORDS}, "required": ["body"]},
            "Mail": {"type": "object", "properties": {"by": {"const": "mail"}, "to": WORDS}, "required": ["by", "to"]},
            "Call": {"type": "object", "properties": {"by": {"const": "call"}, "number": WORDS}, "required": ["by"]},
            "Filing": {
                "type": "object",
                "additionalProperties": False,
                "required": ["description"],
                "properties": {
                    "description": {"type": "string", "maxLength": 4000},
                    "urgent": {"type": "boolean", "default": False},
                    "amount": {"type": "integer", "minimum": 0},
                    "channel": {"type": "string", "enum": ["mail", "phone"]},
                    "term": {"anyOf": [ref("Term"), NULL]},
                    "labels": {"type": "array", "items": WORDS, "maxItems": 5},
                    "answers": {"type": "object", "additionalProperties": WORDS},
                    "step": {
                        "anyOf": [
                            {
                                "oneOf": [ref("Mail"), ref("Call")],
                                "discriminator": {
                                    "propertyName": "by",
                                    "mapping": {
                                        "mail": "#/components/schemas/Mail",
                                        "call": "#/components/schemas/Call",
                                    },
                                },
                            },
                            NULL,
                        ]
                    },
                },
            },
            "Complaint": {
                "type": "object",
                "required": ["reference", "state", "next", "parts"],
                "properties": {
                    "reference": {"type": "string", "pattern": "^K-", "maxLength": 20},
                    "version": {"type": "integer", "const": 1},
                    "state": {"type": "string", "enum": ["open", "closed"]},
                    "opened": {"type": ["string", "null"], "enum": ["desk", "mail", None]},
                    "closedOn": {"type": ["string", "null"], "format": "date"},
                    "labels": {
                        "type": "array",
                        "items": {"type": "string", "enum": ["late"]},
                        "description": "A later version may add to these: pass over what you do not know.",
                    },
                    "next": {"anyOf": [ref("Term"), ref("Route"), NULL]},
                    "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
                    "parts": {"type": "array", "items": ref("Complaint")},
                },
            },
        },
    },
}

TAKEN_BACK = [
    # words, constants and types of answers
    (f"{ANSWER} properties state enum", ["open", "closed", "lost"], "Complaint.state"),
    (f"{ANSWER} properties state enum", ["new", "old"], "Complaint.state"),
    (f"{ANSWER} properties state enum", GONE, "Complaint.state"),
    (f"{ANSWER} properties state", SAID_TOO_LATE, "Complaint.state"),
    (f"{ANSWER} properties opened enum", ["desk", "mail", "phone", None], "Complaint.opened"),
    (f"{ANSWER} properties labels items enum", GONE, "Complaint.labels[]"),
    (f"{ANSWER} properties labels items type", "integer", "Complaint.labels[]"),
    (f"{ANSWER} properties version const", 2, "Complaint.version"),
    (f"{ANSWER} properties version", {"type": "number", "const": 1}, "Complaint.version"),
    (f"{ANSWER} properties version const", True, "Complaint.version"),
    (f"{ANSWER} properties reference pattern", "^L-", "Complaint.reference"),
    (f"{ANSWER} properties reference pattern", GONE, "Complaint.reference"),
    (f"{ANSWER} properties reference maxLength", 40, "Complaint.reference"),
    (f"{ANSWER} properties reference format", "uuid", "Complaint.reference"),
    (f"{ANSWER} properties reference type", ["string", "null"], "Complaint.reference"),
    (f"{ANSWER} properties closedOn format", "date-time", "Complaint.closedOn"),
    (f"{ANSWER} properties closedOn format", GONE, "Complaint.closedOn"),
    (f"{ANSWER} properties reference", GONE, "Complaint.reference"),
    (f"{ANSWER} required", ["reference", "state", "next"], "Complaint.parts"),
    (f"{ANSWER} properties parts items", WORDS, "Complaint.parts[]"),
    (f"{ANSWER} properties counts additionalProperties type", "string", "Complaint.counts.*"),
    (f"{ANSWER} properties counts additionalProperties", True, "Complaint.counts.*"),
    (f"{ANSWER} properties next anyOf", [ref("Term"), NULL], "Complaint.next"),
    (f"{ANSWER} properties next anyOf", [ref("Term"), ref("Route"), ref("Problem"), NULL], "Complaint.next"),
    (f"{ANSWER} properties next anyOf", [ref("Term"), ref("Route"), WORDS, NULL], "Complaint.next"),
    (f"{ANSWER} patternProperties", {"^x": WORDS}, "Complaint"),
    ("components schemas Term properties dueOn type", ["string", "null"], "Term.dueOn"),
    ("components schemas Problem properties code", GONE, "Problem.code"),
    # what may be sent
    (f"{FILING} properties urgent default", True, "Filing.urgent"),
    (f"{FILING} properties urgent default", GONE, "Filing.urgent"),
    (f"{FILING} properties urgent", {"anyOf": [{"const": True}], "default": False}, "Filing.urgent"),
    (f"{FILING} properties urgent type", "string", "Filing.urgent"),
    (f"{FILING} properties amount minimum", 1, "Filing.amount"),
    (f"{FILING} properties amount maximum", 100, "Filing.amount"),
    (f"{FILING} properties amount multipleOf", 5, "Filing.amount"),
    (f"{FILING} properties description maxLength", 100, "Filing.description"),
    (f"{FILING} properties description minLength", 1, "Filing.description"),
    (f"{FILING} properties description pattern", "^x$", "Filing.description"),
    (f"{FILING} properties description format", "email", "Filing.description"),
    (f"{FILING} properties description enum", ["x"], "Filing.description"),
    (f"{FILING} properties channel enum", ["mail", "pigeon"], "Filing.channel"),
    (f"{FILING} properties term anyOf", [ref("Term")], "Filing.term"),
    (f"{FILING} properties term anyOf", [ref("Route"), NULL], "Filing.term.body", "Filing.term.dueOn"),
    (f"{FILING} properties term anyOf 0 required", ["dueOn"], "Filing.term.dueOn"),
    (f"{FILING} properties labels uniqueItems", True, "Filing.labels"),
    (f"{FILING} properties labels maxItems", 2, "Filing.labels"),
    (f"{FILING} properties labels items maxLength", 2, "Filing.labels[]"),
    (f"{FILING} properties answers additionalProperties maxLength", 2, "Filing.answers.*"),
    (f"{FILING} properties answers additionalProperties", False, "Filing.answers.*"),
    (f"{FILING} properties answers properties", {"name": {"type": "integer"}}, "Filing.answers.name"),
    (f"{FILING} properties answers maxProperties", 3, "Filing.answers"),
    (f"{FILING} properties answers propertyNames", {"maxLength": 3}, "Filing.answers.(name)"),
    (f"{FILING} properties step anyOf 0 oneOf", [ref("Mail")], "Filing.step"),
    (f"{FILING} properties step anyOf 0 discriminator propertyName", "how", "Filing.step"),
    (f"{FILING} properties step anyOf 0 discriminator mapping call", GONE, "Filing.step"),
    (f"{FILING} properties channel", GONE, "Filing.channel"),
    (f"{FILING} required", ["description", "urgent"], "Filing.urgent"),
    (f"{FILING} allOf", [{"required": ["urgent"]}], "Filing"),
    (
        f"{FILING} anyOf",
        [{"required": ["description", "urgent"]}],
        "post /complaints body",
        "post /complaints body.urgent",
    ),
    (f"{FILING} dependentRequired", {"urgent": ["channel"]}, "Filing"),
    (f"{FILING} not", {"required": ["channel"]}, "Filing"),
    ("components schemas Mail required", ["by", "to", "subject"], "Mail.subject"),
    # parameters, bodies, keys
    (f"{GET} parameters", [], "get /complaints query limit", "get /complaints query state"),
    (f"{GET} parameters 0 required", True, "get /complaints query limit"),
    (f"{GET} parameters 0 in", "header", "get /complaints query limit"),
    (f"{GET} parameters 0 schema default", 10, "get /complaints query limit"),
    (f"{GET} parameters 0 schema maximum", 100, "get /complaints query limit"),
    (f"{GET} parameters 1 explode", False, "get /complaints query state"),
    (f"{GET} parameters 1 style", "pipeDelimited", "get /complaints query state"),
    (f"{GET} parameters 2", parameter("by", "query", WORDS, required=True), "get /complaints query by"),
    (f"{POST} parameters 0 schema type", "string", "post /complaints header Idempotency-Key"),
    (f"{POST} requestBody", GONE, "post /complaints body"),
    (f"{POST} requestBody content", {"text/plain": {}}, "post /complaints body"),
    (f"{POST} requestBody content application/json encoding", {"x": {}}, "post /complaints body application/json"),
    (f"{GET} requestBody", {"required": True, "content": {}}, "get /complaints body"),
    (f"{GET} operationId", "list", "get /complaints"),
    (f"{GET} tags", ["register"], "get /complaints"),
    (f"{GET} security", [{"Key": [], "Second": []}], "get /complaints"),
    (f"{EVENT} security", [{"Key": []}], "post event"),
    (f"{GET} servers", [{"url": "/elsewhere"}], "get /complaints"),
    ("paths /complaints", GONE, "/complaints"),
    (GET, GONE, "get /complaints"),
    ("paths /complaints parameters", [parameter("x", "query", WORDS, required=True)], "/complaints"),
    # statuses and headers of answers
    (f"{GET} responses 200", GONE, "get /complaints 200"),
    (f"{GET} responses 304", GONE, "get /complaints 304"),
    (f"{GET} responses 429", GONE, "get /complaints 429"),
    (f"{GET} responses 202", {"description": "Later"}, "get /complaints 202"),
    (f"{GET} responses 200 content", {"text/csv": {}}, "get /complaints 200"),
    (f"{GET} responses 200 content application/json schema items", WORDS, "get /complaints 200[]"),
    (f"{GET} responses 200 headers ETag", GONE, "get /complaints 200 ETag"),
    (f"{GET} responses 200 headers Link schema type", "integer", "get /complaints 200 Link"),
    (f"{POST} responses 201 headers", GONE, "post /complaints 201 Location"),
    (f"{POST} responses 201 headers Location required", False, "post /complaints 201 Location"),
    (f"{POST} responses 201 links", {"x": {}}, "post /complaints 201"),
    ("components responses TooMany headers", GONE, "responses TooMany Retry-After"),
    ("components headers RetryAfter schema type", "string", "headers RetryAfter"),
    ("components responses TooMany content", json_of("Problem"), "responses TooMany"),
    # what is brought to webhooks
    ("webhooks", GONE, "event"),
    ("webhooks event", {"put": CONTRACT["webhooks"]["event"]["post"]}, "post event"),
    (f"{EVENT} parameters", [], "post event header webhook-signature"),
    (f"{EVENT} parameters 0 required", False, "post event header webhook-signature"),
    (f"{EVENT} requestBody content application/json", {}, "post event body"),
    (f"{EVENT} requestBody content", json_of("Event"), "post event body", "post event body"),
    (f"{EVENT} requestBody content application/cloudevents+json schema anyOf 1", GONE, "post event body"),
    (f"{EVENT} requestBody content application/cloudevents+json schema anyOf 2", ref("Route"), "post event body"),
    (f"{EVENT} responses 204", GONE, "post event 204"),
    ("components schemas Event required", ["type"], "Event.at"),
    # the document
    ("servers 0 url", "/v2", "servers"),
    ("components securitySchemes Key scheme", "basic", "securitySchemes"),
    ("components securitySchemes", GONE, "securitySchemes"),
    ("security", [{"Second": []}], "get /complaints", "post /complaints"),
    ("jsonSchemaDialect", "https://example.org/", "document"),
]

FREE = [
    # in what is sent
    (f"{FILING} properties new", {"type": "integer"}),
    (f"{FILING} properties description maxLength", 8000),
    (f"{FILING} properties description maxLength", GONE),
    (f"{FILING} properties description type", ["string", "null"]),
    (f"{FILING} properties description", {"anyOf": [{"type": "string", "maxLength": 4000}, NULL]}),
    (f"{FILING} properties description default", "none"),
    (f"{FILING} properties amount type", "number"),
    (f"{FILING} properties amount minimum", -1),
    (f"{FILING} properties channel enum", ["mail", "phone", "pigeon"]),
    (f"{FILING} properties channel enum", GONE),
    (f"{FILING} properties labels minItems", 0),
    (f"{FILING} properties term anyOf 2", ref("Route")),
    (f"{FILING} properties step anyOf 0 oneOf 2", ref("Route")),
    (f"{FILING} properties step anyOf 0 discriminator mapping route", "#/components/schemas/Route"),
    (f"{FILING} additionalProperties", True),
    (f"{FILING} required", []),
    (f"{GET} parameters 2", parameter("by", "query", WORDS)),
    (f"{POST} parameters 0 required", False),
    (f"{POST} parameters 0 deprecated", True),
    (f"{POST} requestBody required", False),
    (f"{POST} requestBody content text/csv", {}),
    (f"{POST} security", [{"Key": []}, {"Second": []}]),
    # in answers
    (f"{ANSWER} properties new", WORDS),
    (f"{ANSWER} required", ["reference", "state", "next", "parts", "labels"]),
    (f"{ANSWER} properties state enum", ["open"]),
    (f"{ANSWER} properties opened enum", ["desk", None]),
    (f"{ANSWER} properties opened", {"type": "string", "enum": ["desk"]}),
    (f"{ANSWER} properties opened", {"anyOf": [{"type": "string", "enum": ["desk", "mail"]}, NULL]}),
    (f"{ANSWER} properties labels items enum", ["late", "lost"]),
    (f"{ANSWER} properties version", {"type": "integer", "enum": [1]}),
    (f"{ANSWER} properties reference maxLength", 10),
    (f"{ANSWER} properties reference minLength", 3),
    (f"{ANSWER} properties closedOn type", "string"),
    (f"{ANSWER} properties next anyOf", [ref("Route"), ref("Term")]),
    (f"{ANSWER} properties closedOn", {"type": ["string", "null"], "format": "date", "description": "The day"}),
    (f"{ANSWER} example", {"reference": "K-1"}),
    ("components schemas Problem properties code enum", ["stale"]),
    ("components schemas Problem description", "What went wrong"),
    (f"{GET} responses 200 headers Age", {"schema": {"type": "integer"}}),
    (f"{GET} responses 200 content text/csv", {"schema": WORDS}),
    (f"{GET} responses 409", ref("TooMany", "responses")),
    (f"{GET} responses 206", {"description": "A part"}),
    (f"{GET} description", "All of them"),
    # of the document
    ("paths /terms", {"get": {"responses": {}}}),
    ("paths /complaints put", {"operationId": "complaintsPut", "responses": {}}),
    ("webhooks second", {"post": {"responses": {}}}),
    (f"{EVENT} parameters 1", parameter("webhook-id", "header", WORDS, required=True)),
    ("components schemas New", WORDS),
    ("components securitySchemes Second", {"type": "http", "scheme": "basic"}),
    ("servers 1", {"url": "/sandbox"}),
    ("servers 0 description", "there"),
    ("info version", "2"),
    ("security 1", {}),
]


def changed(path: str, value: Any) -> Json:
    """The contract with another value at this path (its steps with spaces between), or without what was there."""
    document = json.loads(json.dumps(CONTRACT))  # no deepcopy: that keeps together what is one object here
    *steps, last = (int(step) if len(step) == 1 else step for step in path.split(" "))
    holder: Any = document
    for step in steps:
        holder = holder[step]
    if value is GONE:
        del holder[last]
    elif isinstance(holder, list) and last == len(holder):
        holder.append(value)
    else:
        holder[last] = value
    return document


def test_nothing_is_taken_back_by_itself() -> None:
    assert taken_back(CONTRACT, json.loads(json.dumps(CONTRACT))) == []


@pytest.mark.parametrize(("path", "value", "places"), [(path, value, places) for path, value, *places in TAKEN_BACK])
def test_what_is_taken_back_is_named(path: str, value: Any, places: list[str]) -> None:
    assert [sentence.partition(": ")[0] for sentence in taken_back(CONTRACT, changed(path, value))] == places


@pytest.mark.parametrize(("path", "value"), FREE)
def test_what_is_added_is_free(path: str, value: Any) -> None:
    assert taken_back(CONTRACT, changed(path, value)) == []


def test_a_form_keeps_its_name() -> None:
    newer = json.loads(json.dumps(CONTRACT))
    newer["components"]["schemas"]["Deadline"] = newer["components"]["schemas"].pop("Term")
    newer["components"]["schemas"]["Complaint"]["properties"]["next"]["anyOf"][0] = ref("Deadline")
    newer["components"]["schemas"]["Filing"]["properties"]["term"]["anyOf"][0] = ref("Deadline")
    assert taken_back(CONTRACT, newer) == ["schema Term: is gone"]
