"""Answers as JSON: the schema that a server is sent, and what is wrong with an answer in words for the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from gen3d_bench.scenes.problems import field_path, shown

T = TypeVar("T", bound=BaseModel)
Check = Callable[[T], list[str]]
"""What is wrong with a valid answer, one complaint a line; empty if nothing is."""

_SENT = frozenset({"type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const",
                   "description", "$ref", "$defs"})
"""Keywords that every server's strict mode knows.  Bounds (maxItems, pattern ...) are refused by some, so they are said
in the prompt and validated here."""
MAX_COMPLAINTS = 12
"""Most complaints that are made of one answer."""


def response_format(model: type[BaseModel]) -> dict[str, Any]:
    """The chat-completions parameter that asks for a model's JSON, strictly.

    The model forbids further fields and has no defaults, as strict mode wants it.
    """
    return {
        "type": "json_schema",
        "json_schema": {"name": model.__name__, "strict": True, "schema": _plain(model.model_json_schema())},
    }


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema with only the keywords in _SENT."""
    plain: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            plain[key] = {name: _plain(part) for name, part in value.items()}
        elif key == "items":
            plain[key] = _plain(value)
        elif key == "anyOf":
            plain[key] = [_plain(part) for part in value]
        elif key in _SENT:
            plain[key] = value
    return plain


def read(text: str, model: type[T]) -> T | list[str]:
    """The answer in a text, or what is wrong with it."""
    try:
        value = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        return [f"the answer is not valid JSON: {error}"]
    try:
        return model.model_validate_json(text, strict=True)
    except ValidationError as error:
        return [_complaint(detail["loc"], detail["msg"], value) for detail in error.errors()[:MAX_COMPLAINTS]]


def _complaint(location: tuple[int | str, ...], message: str, value: Any) -> str:
    found = value
    for part in location:
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):  # what is missing stands nowhere
            return f"{field_path(location)}: {message}"
    said = f"{field_path(location) or 'the answer'}: {message.removeprefix('Value error, ')}"
    return said if isinstance(found, dict) else f"{said}; found {shown(found)}"
