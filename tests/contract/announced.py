"""What is sent to webhooks, held against the contract."""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from app.main import contract

Json = dict[str, Any]


def misfits(name: str, event: Json) -> list[str]:
    """What about an event does not fit the contract of the webhook of this name (`event`, `caseEvent`)."""
    return [fault.message for fault in _validator(name).iter_errors(event)]


@cache
def _validator(name: str) -> Draft202012Validator:
    document = contract().openapi()
    content = document["webhooks"][name]["post"]["requestBody"]["content"]["application/cloudevents+json"]
    whole = {**content["schema"], "components": document["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
