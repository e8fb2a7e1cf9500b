"""What was declared, written back in one canonical way: values in; plain data, JSON and YAML texts and diffs out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from difflib import unified_diff
from enum import StrEnum
from typing import Any

import yaml

from outproof.config.reading import is_duration, is_written, written_name
from outproof.core.time import duration_written
from outproof.decide.matcher import Matcher

SECRET = "(secret)"  # noqa: S105  # what stands in its place
_WIDTH = 100


def plain(value: Any) -> Any:
    """A value as it may be written in a file, without what it need not say and without secrets."""
    match value:
        case StrEnum() | Decimal() | date() | Matcher():
            return str(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case tuple() | list():
            return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {
            written_name(field.name): _field(field, getattr(value, field.name))
            for field in fields(value)
            if is_written(field) and getattr(value, field.name) != _default(field)
        }
    return value


def body(value: Any) -> str:
    """A declared value as JSON, which is also YAML that reads as the same value."""
    return json.dumps(plain(value), ensure_ascii=False)


def yaml_text(body: str) -> str:
    """A body as a person would write it."""
    return yaml.safe_dump(json.loads(body), sort_keys=False, allow_unicode=True, width=_WIDTH)


def diff(old: str | None, new: str | None) -> str:
    """What changed from one body to the next, as a unified diff of YAML lines. None: there was, or is, none."""
    before, after = ("" if text is None else yaml_text(text) for text in (old, new))
    lines = unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="")
    return "\n".join(lines)


def _field(field: Field[Any], value: Any) -> Any:
    if field.metadata.get("secret"):
        return SECRET
    if is_duration(field.name) and isinstance(value, float | int):
        return duration_written(float(value))
    return plain(value)


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default
