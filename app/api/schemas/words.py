"""Small shapes that many answers share."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from app.api.values import Answer

# A word of the procedure: a category, ground, outcome, route or step.
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", max_length=60)]


@lru_cache(maxsize=512)
def _camel_name(name: str) -> str:
    return to_camel(name)


def camel(value: Any) -> Any:
    """The same value with the names in it in camelCase."""
    if isinstance(value, dict):
        return {_camel_name(key): camel(part) for key, part in value.items()}
    return [camel(part) for part in value] if isinstance(value, (list, tuple)) else value


# Facts, texts and derivations have names of the domain; outside they are in camelCase like everything else.
Record = Annotated[dict[str, Any], PlainSerializer(camel, return_type=dict[str, Any])]


class Bilingual(Answer):
    """A text that people read, in Dutch and in English."""

    nl: Annotated[str, Field(description="Dutch")]
    en: Annotated[str, Field(description="English")]


class WarningAnswer(Answer):
    """Something odd that was recorded all the same."""

    code: str
    message: str


def bilingual(words: Mapping[str, str]) -> Bilingual:
    return Bilingual(nl=words["nl"], en=words["en"])


def example(value: Mapping[str, Any]) -> ConfigDict:
    """An example of a model in the contract."""
    return ConfigDict(json_schema_extra={"examples": [dict(value)]})


def example_of(model: type[BaseModel]) -> Any:
    """The first example that a model shows."""
    shown: Any = model.model_config["json_schema_extra"]
    return shown["examples"][0]
