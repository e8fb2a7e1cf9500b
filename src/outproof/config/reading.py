"""Reads YAML nodes as frozen dataclasses: the types say what is allowed, the nodes say on which line it is not.

A scalar is read as its field wants it, so `owner: no` is the text "no" and not false. A float field whose name ends in
`_s` is written without the ending and as a duration: `due: 20m` fills `due_s`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import yaml

from outproof.config.places import placed
from outproof.config.yaml_lines import ConfigError, error_at
from outproof.core.errors import Mistake, Mistakes
from outproof.core.nearest import hint
from outproof.core.time import duration_s

_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_NULLS = ("", "~", "null", "Null", "NULL")
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in "str int float bool null timestamp merge value map seq".split(" ")
)


@dataclass(frozen=True, slots=True)
class Maker:
    """How a type is written that is not written as its own fields: read as `shape`, then made by `make`.

    `make` raises ValueError with a sentence that says what was expected and what came.
    """

    shape: Any
    make: Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Made:
    """One value that was read: the node it stands in, and what was written there before it was made a value."""

    value: object
    shape: object
    node: yaml.Node


class _Bad:
    """What a node reads as when it is wrong; the error is on the list by then."""


_BAD = _Bad()


class Reader:
    """Reads nodes; `errors` holds everything that was wrong so far.

    A text field whose name ends in `_env` names an environment variable; `unset` holds those that are not set.
    `made` are the dataclasses that were read, the inner ones first.
    """

    def __init__(self, makers: Mapping[Any, Maker], environment: Mapping[str, str]) -> None:
        self.errors: list[ConfigError] = []
        self.unset: list[ConfigError] = []
        self.made: list[Made] = []
        self._makers = makers
        self._environment = environment

    def read(self, node: yaml.Node, wanted: Any) -> Any:
        """The node as a value of the wanted type. Meaningless once `errors` is not empty."""
        if node.tag not in _PLAIN_TAGS:
            return self._bad(node, f"expected plain YAML, got the tag {node.tag}")
        if wanted in self._makers:
            maker = self._makers[wanted]
            shape = self.read(node, maker.shape)
            value = self._made(node, shape, maker.make)
            self.made.append(Made(value, shape, node))
            return value
        if isinstance(wanted, NewType):
            return self.read(node, wanted.__supertype__)
        origin, arguments = get_origin(wanted), get_args(wanted)
        if origin in (Union, UnionType):
            return self._one_of(node, arguments)
        if origin is tuple:
            return self._sequence(node, arguments[0])
        if origin is not None and issubclass(origin, Mapping):
            return self._mapping(node, *arguments)
        if is_dataclass(wanted):
            return self._dataclass(node, wanted)
        return self._plain(node) if wanted is object else self._scalar(node, wanted)

    def _bad(self, node: yaml.Node, message: str) -> _Bad:
        self.errors.append(error_at(node, message))
        return _BAD

    def _made(self, node: yaml.Node, shape: Any, make: Callable[[Any], object]) -> Any:
        if shape is _BAD:
            return _BAD
        try:
            return make(shape)
        except Mistakes as error:
            self.errors += [placed(node, mistake) for mistake in error.mistakes]
        except ValueError as error:
            self.errors.append(placed(node, Mistake(str(error))))
        return _BAD

    def _one_of(self, node: yaml.Node, options: Sequence[Any]) -> Any:
        """None when the node is null; else the only other option, or the scalar that the text looks like."""
        if NoneType in options and _is_null(node):
            return None
        others = [option for option in options if option is not NoneType]
        if len(others) == 1:
            return self.read(node, others[0])
        if isinstance(node, yaml.ScalarNode) and type(value := _resolved(node)) in others:
            return value
        return self._bad(node, f"expected {' or '.join(map(_described, others))}, got {_came(node)}")

    def _sequence(self, node: yaml.Node, wanted: Any) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            return self._bad(node, f"expected a list, got {_came(node)}")
        items = [self.read(item, wanted) for item in node.value]
        for field in ("name", *_unique(wanted)):
            first: dict[str, yaml.Node] = {}
            for item_node, item in zip(node.value, items, strict=True):
                value = getattr(item, field, None)
                if isinstance(value, str) and value in first:
                    place = _first(first[value], item_node)
                    self._bad(item_node, f"expected each {field} once, got {value!r} again {place}")
                elif isinstance(value, str):
                    first[value] = item_node
        return _BAD if _BAD in items else tuple(items)

    def _mapping(self, node: yaml.Node, key_type: Any, value_type: Any) -> Any:
        pairs = self._pairs(node)
        if pairs is None:
            return _BAD
        read = [(self.read(key, key_type), self.read(value, value_type)) for key, value in pairs.values()]
        return _BAD if any(_BAD in pair for pair in read) else dict(read)

    def _pairs(self, node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]] | None:
        """The key and value nodes of a mapping by the key's text; None when it is not one."""
        if not isinstance(node, yaml.MappingNode):
            self._bad(node, f"expected keys and values, got {_came(node)}")
            return None
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._bad(key, f"expected a word as key, got {_came(key)}")
            elif key.value in pairs:
                first = pairs[key.value][0]
                self._bad(key, f"expected each key once, got {key.value!r} again {_first(first, key)}")
            else:
                pairs[key.value] = (key, value)
        return pairs

    def _dataclass(self, node: yaml.Node, wanted: Any) -> Any:
        pairs = self._pairs(node)
        if pairs is None:
            return _BAD
        known = {written_name(field.name): field for field in fields(wanted) if is_written(field)}
        hints = _hints(wanted)
        values: dict[str, Any] = {}
        for written, (key, value) in pairs.items():
            if written not in known:
                values[written] = self._bad(key, _unknown_key(written, list(known)))
            else:
                name = known[written].name
                read = self._duration if is_duration(name) else self.read
                values[name] = read(value, hints[name])
        for written, field in known.items():
            if field.default is MISSING and field.default_factory is MISSING and written not in pairs:
                kind = "a duration such as 20m" if is_duration(field.name) else _described(hints[field.name])
                values[field.name] = self._bad(node, f"expected the key {written!r} ({kind}), which is missing")
        if _BAD in values.values():
            return _BAD
        for name in (name for name in values if name.endswith("_env")):
            self._note_unset(pairs[name][1], values[name])
        value = self._made(node, values, lambda given: wanted(**given))
        self.made.append(Made(value, value, node))
        return value

    def _plain(self, node: yaml.Node) -> Any:
        """Any data at all, such as a JSON Schema."""
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, str, object)
        if isinstance(node, yaml.SequenceNode):
            items = [self.read(item, object) for item in node.value]
            return _BAD if _BAD in items else items
        assert isinstance(node, yaml.ScalarNode)
        return _resolved(node)

    def _note_unset(self, node: yaml.Node, variables: Any) -> None:
        """Remember which of the environment variables that are named here are not set."""
        nodes = [node]
        if isinstance(node, yaml.SequenceNode):
            nodes = node.value
        elif isinstance(node, yaml.MappingNode):
            nodes, variables = [value for _, value in node.value], tuple(variables.values())
        names = variables if isinstance(variables, tuple) else (variables,)
        for name, at in zip(names, nodes, strict=True):
            if name is not None and not self._environment.get(name):
                self.unset.append(error_at(at, f"expected the environment variable {name}, which is not set"))

    def _duration(self, node: yaml.Node, wanted: Any) -> Any:
        if NoneType in get_args(wanted) and _is_null(node):
            return None
        if not isinstance(node, yaml.ScalarNode):
            return self._bad(node, f"expected a duration such as 20m, got {_came(node)}")
        return self._made(node, node.value, duration_s)

    def _scalar(self, node: yaml.Node, wanted: Any) -> Any:
        if not isinstance(node, yaml.ScalarNode) or (wanted is str and _is_null(node)):
            return self._bad(node, f"expected {_described(wanted)}, got {_came(node)}")
        if wanted is str:
            return node.value
        if isinstance(wanted, type) and issubclass(wanted, StrEnum):
            if node.value in list(wanted):
                return wanted(node.value)
            return self._bad(node, _unknown_value(node.value, [str(member) for member in wanted]))
        value = _resolved(node)
        if wanted is float and type(value) is int:
            return float(value)
        if type(value) is wanted:
            return value
        return self._bad(node, f"expected {_described(wanted)}, got {_came(node)}")


def written_name(name: str) -> str:
    """How a field is written in a file: without its unit, and without what tells it from a word of Python."""
    return name.removesuffix("_s").removesuffix("_")


def is_duration(name: str) -> bool:
    """Whether a field is written as a duration."""
    return name.endswith("_s")


def is_written(field: Field[Any]) -> bool:
    """Whether a field may be written in a file. One whose metadata says `written: False` may not."""
    return field.init and field.metadata.get("written", True)


def _unique(wanted: Any) -> Sequence[str]:
    """The fields, besides the name, in which no two of a list may be alike: their metadata says `unique: True`."""
    return [field.name for field in fields(wanted) if field.metadata.get("unique")] if is_dataclass(wanted) else []


def _first(first: yaml.Node, again: yaml.Node) -> str:
    mark = first.start_mark
    if mark.name == again.start_mark.name:
        return f"(first in line {mark.line + 1})"
    return f"(first in {mark.name}:{mark.line + 1})"


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in _NULLS


def _resolved(node: yaml.ScalarNode) -> str | int | float | bool | None:
    """The scalar as YAML 1.2 reads it: a quoted one is text, `yes` and `12:30` are text too."""
    text: str = node.value
    if node.style:
        return text
    if text in _NULLS:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _came(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "keys and values"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "nothing" if _is_null(node) else repr(_resolved(node) if isinstance(node, yaml.ScalarNode) else node.value)


def _described(wanted: Any) -> str:
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
    if wanted in names:
        return names[wanted]
    if isinstance(wanted, NewType):
        return _described(wanted.__supertype__)
    origin = get_origin(wanted)
    if origin in (Union, UnionType):
        return " or ".join(_described(option) for option in get_args(wanted) if option is not NoneType)
    if origin is tuple:
        return "a list"
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return "one of " + ", ".join(wanted)
    return "keys and values"


def _unknown_key(key: str, known: Sequence[str]) -> str:
    return f"expected one of the keys {', '.join(known)}, got {key!r}{hint(key, known)}"


def _unknown_value(value: str, known: Sequence[str]) -> str:
    return f"expected one of {', '.join(known)}, got {value!r}{hint(value, known)}"


@cache
def _hints(wanted: type) -> dict[str, Any]:
    return get_type_hints(wanted)
