"""Whether content has the declared shape: JSON and a schema in; how much of it has not, and which rule, out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from outproof.contract.surface import HttpSurface
from outproof.prove.look import Condition
from outproof.prove.seen_value import ABSENT


def shape(surface: HttpSurface, value: object) -> Condition:
    """Whether the content, or each item of the list in it, has the declared shape.

    What is wrong is told by the place in the schema: messages of a validator quote what they found.
    """
    assert surface.schema is not None
    validator = Draft202012Validator(dict(surface.schema))
    if surface.items is not None:
        return _items(validator, surface.items, surface.items_at_least, value)
    expected = "the declared shape"
    if value is ABSENT:
        return Condition(expected=expected, passed=False, saw="nothing that is JSON")
    error = _first(validator.iter_errors(value))
    if error is None:
        return Condition(expected=expected, passed=True)
    return Condition(expected=expected, passed=False, saw=f"another one: it breaks {_rule(error)}")


def _items(validator: Draft202012Validator, path: str, at_least: int, value: object) -> Condition:
    more = f"{at_least} or more items" if at_least else "items"
    expected = f"{more} of the declared shape at {path}"
    if not isinstance(value, list):
        return Condition(expected=expected, passed=False, saw=f"no list at {path}")
    first: tuple[int, ValidationError] | None = None
    wrong = 0
    for number, item in enumerate(value):
        error = _first(validator.iter_errors(item))
        if error is not None:
            first = first or (number, error)
            wrong += 1
    measured: Mapping[str, int] = {"items": len(value), "items_of_another_shape": wrong}
    if first is not None:
        saw = f"{wrong} of {len(value)} items of another shape: the item [{first[0]}] breaks {_rule(first[1])}"
        return Condition(expected=expected, passed=False, saw=saw, measured=measured)
    return Condition(expected=expected, passed=len(value) >= at_least, saw=f"{len(value)} items", measured=measured)


def _first(errors: Iterable[ValidationError]) -> ValidationError | None:
    return next(iter(errors), None)


def _rule(error: ValidationError) -> str:
    """Where in the schema the rule stands, e.g. `properties/title/maxLength`."""
    path: Iterable[Any] = error.absolute_schema_path
    return "/".join(map(str, path)) or "it"
