"""Validation errors in plain words: "objects[1].asset.seed: -1 is too small, the least is 0"."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gen3d_bench.scenes import schema
from gen3d_bench.scenes.errors import did_you_mean

_EXPECTED: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "finite_number": "a finite number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "an object {...}",
    "model_type": "an object {...}",
    "model_attributes_type": "an object {...}",
}
_MODELS: Mapping[str, type[BaseModel]] = {
    "background": schema.AssetRef,
    "table": schema.AssetRef,
    "asset": schema.AssetRef,
    "objects": schema.SceneObject,
    "relations": schema.Relation,
    "pose": schema.Pose,
    "provenance": schema.Provenance,
}
"""Field name -> model of what stands there, to list the fields that it may have."""

Location = tuple[int | str, ...]


def describe(error: ValidationError, value: Any) -> list[str]:
    """One line per problem, each naming the field and what was found there.

    value: the parsed JSON that was validated.
    """
    details = error.errors(include_url=False)
    # Another version explains every other difference, so it is reported alone.
    details = [d for d in details if d["loc"] == ("schema_version",)] or details
    return [line for detail in details if not _echo(detail, value) for line in _describe(detail, value)]


def _echo(detail: ErrorDetails, value: Any) -> bool:
    """Whether a list is called too short only because its items, reported on their own, were invalid."""
    found = _at(value, detail["loc"])
    return detail["type"] == "too_short" and isinstance(found, list) and len(found) >= detail["ctx"]["min_length"]


def field_path(location: Location) -> str:
    """How a person writes a place in a file.

    >>> field_path(("objects", 0, "asset", "seed"))
    'objects[0].asset.seed'
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def brief(error: ValidationError) -> str:
    """All problems in one line, for what is no scene: "heads: field required; sofcap: unexpected keyword argument"."""
    return "; ".join(f"{field_path(d['loc']) or 'the file'}: {d['msg'][:1].lower()}{d['msg'][1:]}"
                     for d in error.errors(include_url=False))


def _describe(detail: ErrorDetails, value: Any) -> list[str]:
    location = detail["loc"]
    where = field_path(location)
    found = shown(_at(value, location))
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind == "value_error":
        lines = str(context["error"]).splitlines()
        return [f"{where}: {line}; found {found}" for line in lines] if where else lines
    return [f"{where or 'the file'}: {_explain(kind, location, found, context, detail['msg'])}"]


def _explain(kind: str, location: Location, found: str, context: Mapping[str, Any], message: str) -> str:
    if location == ("schema_version",):
        return (f"version {found} is not one that this gen3d_bench reads ({schema.SCHEMA_VERSION}); "
                f"convert the scene or install the release that wrote it")
    if kind == "missing":
        return "is missing; add this field"
    if kind == "extra_forbidden":
        fields = _fields_at(location[:-1])
        near = did_you_mean(str(location[-1]), fields)
        return f"unknown field, with value {found}{near}; fields here: {', '.join(fields)}"
    if kind in _EXPECTED:
        return f"must be {_EXPECTED[kind]}, found {found}"
    if kind in ("literal_error", "enum"):
        return f"must be {context['expected']}, found {found}"
    if kind in ("too_short", "too_long"):
        bound = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        return f"must have {bound} items, this has {context['actual_length']}"
    if kind == "string_too_short":
        return "must not be empty"
    if kind == "greater_than_equal":
        return f"must be {context['ge']} or more, found {found}"
    if kind == "string_pattern_mismatch":
        return f"must be letters, digits and . _ -, its parts (between /) beginning with no sign, found {found}"
    return f"{message[:1].lower()}{message[1:]}, found {found}"


def shown(value: Any, limit: int = 80) -> str:
    """A value as it would stand in the file, cut to `limit` characters."""
    text = json.dumps(value, ensure_ascii=False, default=repr).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _at(value: Any, location: Location) -> Any:
    for part in location:
        if isinstance(part, str) and isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(part, int) and isinstance(value, Sequence) and not isinstance(value, str) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def _fields_at(location: Location) -> list[str]:
    names = [part for part in location if isinstance(part, str)]
    model = _MODELS.get(names[-1], schema.Scene) if names else schema.Scene
    return list(model.model_fields)
