"""The JSON Schema that an output must have: what was declared in; a refusal of what could not be checked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError


def check_shape(schema: Mapping[str, object]) -> None:
    """Refuse what is no JSON Schema (draft 2020-12), and what would have to be fetched from somewhere.

    Raises:
        ValueError: it is not one, or it refers to another document.
    """
    for key, value in _texts(schema):
        if key in ("$ref", "$dynamicRef") and not value.startswith("#"):
            raise ValueError(f"schema: expected references within it such as #/$defs/item, got {key} {value!r}")
        if key == "$id":
            raise ValueError("schema: expected no $id: the schema is read where it stands, and nothing is fetched")
    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        raise ValueError(f"schema: expected a JSON Schema (draft 2020-12): {error.message}") from None


def _texts(value: object) -> Iterator[tuple[str, str]]:
    """Every key whose value is a text, at any depth."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, str):
                yield str(key), inner
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
