"""The headers of answers in the contract: which there are, and which good answers have them."""

from typing import Final

from app.api.contract_form import Document

_TAG: Final = '"3f0c1d5e7a9b2c4d"'
# name -> (component, description, example)
_HEADERS: Final[dict[str, tuple[str, str, str | int]]] = {
    "ETag": (
        "ETag",
        "The version that this is: for If-Match. What the clock alone changes (a term is overdue) leaves it as it is.",
        _TAG,
    ),
    "Location": ("Location", "Where it can be read.", "/v1/complaints/01990a5c-7a54-7c53-9a1f-2b3c4d5e6f73"),
    "Link": (
        "Link",
        "The pages beside this one: rel next and prev (RFC 8288).",
        '</v1/complaints?cursor=x>; rel="next"',
    ),
    "Idempotency-Replayed": (
        "IdempotencyReplayed",
        "true: this is the answer that was given under this Idempotency-Key before; nothing was changed.",
        "true",
    ),
    "Content-Disposition": ("ContentDisposition", "The name of the file.", 'attachment; filename="dossier.zip"'),
    "Content-Range": ("ContentRange", "Which bytes these are, of how many.", "bytes 0-999/21044"),
    "Accept-Ranges": ("AcceptRanges", "A part may be asked for, with Range.", "bytes"),
    "Allow": ("Allow", "The methods that work here.", "GET, HEAD, POST"),
    "Accept": ("Accept", "What Content-Type may be here.", "application/json"),
    "Accept-Encoding": ("AcceptEncoding", "What Content-Encoding may be.", "identity"),
    "WWW-Authenticate": ("WWWAuthenticate", "How a key is sent.", 'Bearer realm="gehoor"'),
    "RateLimit-Remaining": ("RateLimitRemaining", "How many requests you may still send now.", 0),
    "RateLimit-Reset": ("RateLimitReset", "Seconds until there is room again.", 5),
}
# In place of the other: a file is never another under the same tag.
_OF_FILE: Final = ("FileETag", "The file that this is: for If-None-Match and If-Range.", _TAG)
# Answers of things that have versions, and of what is made but cannot be read at a place of its own.
_VERSIONED: Final = frozenset(
    {
        *("ComplaintAnswer", "StepAnswer", "EscalationAnswer", "EscalationOutcome", "CaseAnswer", "SealedPart"),
        *("EmployeeAnswer", "MailboxAnswer", "OrganisationAnswer", "MessageAnswer", "WebhookAnswer"),
        *("NewWebhookAnswer", "ProcedureAnswer", "VersionAnswer"),
    }
)
_UNPLACED: Final = frozenset({"DeliveryAnswer", "CodeAnswer"})
# Answers to a change or a retry, of what has its place already.
_PLACED: Final = frozenset({"StepAnswer", "MessageAnswer", "MailAnswer", "NewWebhookAnswer"})
_JSON: Final = "application/json"


def components() -> Document:
    """Each header once, to refer to."""
    return {
        component: {
            "description": description,
            "schema": {"type": "integer" if isinstance(example, int) else "string"},
            "example": example,
        }
        for component, description, example in (*_HEADERS.values(), _OF_FILE)
    }


def references(*names: str) -> Document:
    return {name: {"$ref": f"#/components/headers/{_HEADERS[name][0]}"} for name in names}


def _tag_of_file() -> Document:
    return {"ETag": {"$ref": f"#/components/headers/{_OF_FILE[0]}"}}


def declare_headers(document: Document) -> None:
    """Gives every good answer its headers, and the part of a file its content. The schemas have their final names."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            sent = {each["name"] for each in operation.get("parameters", ())}
            responses = operation["responses"]
            if "Range" in sent:
                _declare_part(responses)
            for status in responses.keys() & {"200", "201", "202"}:
                response = responses[status]
                names = _names(path, method, status, response.get("content", {}), sent)
                response["headers"] |= references(*(name for name in names if name not in response["headers"]))


def _declare_part(responses: dict[str, Document]) -> None:
    """A part is one of a file: the manifest of a dossier is answered whole."""
    files = {media: content for media, content in responses["200"]["content"].items() if media != _JSON}
    responses["206"]["content"] = files
    file = _tag_of_file() | references("Content-Disposition", "Accept-Ranges")
    responses["200"]["headers"] |= file
    responses["206"]["headers"] |= {**file, **references("Content-Range")}
    responses["304"]["headers"] |= file


def _names(path: str, method: str, status: str, content: Document, sent: set[str]) -> list[str]:
    schema: Document = content.get(_JSON, {}).get("schema", {})
    shown = {each.get("$ref", "").rpartition("/")[2] for each in (schema, *schema.get("anyOf", ()))}
    placed = {
        "200": method != "get" and bool(shown & _PLACED),
        "201": not shown & _UNPLACED,
        "202": path.endswith("/_test"),
    }
    holds = {
        "ETag": bool(shown & _VERSIONED),
        "Location": placed[status],
        "Link": "cursor" in sent,
        "Idempotency-Replayed": "Idempotency-Key" in sent,
        "Content-Disposition": bool(content.keys() - {_JSON, "text/html"}),
    }
    return [name for name, held in holds.items() if held]
