"""The JSON Schema of configuration files, made from the dataclasses they are read as: for editors and for CI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from inspect import getdoc
from types import NoneType, UnionType
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from outproof.config.declared import Declared
from outproof.config.reading import is_duration, is_written, written_name
from outproof.config.sections import MAKERS

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DURATION = {
    "type": "string",
    "pattern": r"^(\d+(\.\d+)?(ms|s|m|h|d|w))+$",
    "description": "A duration such as 500ms, 20s, 5m, 3h, 7d or 1h30m.",
}
_TEXT = {"type": ["string", "number", "boolean"]}  # the reader takes any word as text: `owner: no` is the text "no"
_SCALARS: Mapping[Any, dict[str, Any]] = {
    str: _TEXT,
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    object: {},
}


def json_schema() -> dict[str, Any]:
    """What a file may hold. It refuses what the reader refuses, as far as a schema can tell."""
    writer = _Writer()
    root = writer.schema(Declared)
    return {"$schema": DIALECT, "title": "Outproof configuration", **root, "$defs": writer.definitions}


class _Writer:
    """Writes the schema of a type; dataclasses are written once, by name."""

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}

    def schema(self, wanted: Any) -> dict[str, Any]:
        if wanted in MAKERS:
            return self.schema(MAKERS[wanted].shape)
        if isinstance(wanted, NewType):
            return self.schema(wanted.__supertype__)
        if wanted in _SCALARS:
            return dict(_SCALARS[wanted])
        origin, arguments = get_origin(wanted), get_args(wanted)
        if origin in (Union, UnionType):
            return {"anyOf": [self.schema(option) for option in arguments]}
        if origin is tuple:
            return {"type": "array", "items": self.schema(arguments[0])}
        if origin is not None and issubclass(origin, Mapping):
            return self._mapping(*arguments)
        if isinstance(wanted, type) and issubclass(wanted, StrEnum):
            return {"enum": [str(member) for member in wanted]}
        assert is_dataclass(wanted), f"no schema for {wanted!r}"
        return self._named(wanted)

    def _mapping(self, key: Any, value: Any) -> dict[str, Any]:
        if isinstance(key, type) and issubclass(key, StrEnum):
            properties = {str(member): self.schema(value) for member in key}
            return {"type": "object", "properties": properties, "additionalProperties": False}
        return {"type": "object", "additionalProperties": self.schema(value)}

    def _named(self, wanted: Any) -> dict[str, Any]:
        name = wanted.__name__.lstrip("_")
        if name not in self.definitions:
            self.definitions[name] = {}  # taken, before its fields ask for it again
            self.definitions[name] = self._dataclass(wanted)
        return {"$ref": f"#/$defs/{name}"}

    def _dataclass(self, wanted: Any) -> dict[str, Any]:
        hints = get_type_hints(wanted)
        written = [field for field in fields(wanted) if is_written(field)]
        return {
            "type": "object",
            "description": (getdoc(wanted) or "").partition("\n\n")[0].replace("\n", " "),
            "properties": {written_name(field.name): self._field(field, hints[field.name]) for field in written},
            "required": [
                written_name(field.name)
                for field in written
                if field.default is MISSING and field.default_factory is MISSING
            ],
            "additionalProperties": False,
        }

    def _field(self, field: Field[Any], wanted: Any) -> dict[str, Any]:
        if not is_duration(field.name):
            return self.schema(wanted)
        return {"anyOf": [_DURATION, {"type": "null"}]} if NoneType in get_args(wanted) else dict(_DURATION)
