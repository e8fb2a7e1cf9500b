"""Where a mistake stands: the node that was read and what is wrong with its value, in; file, line and column, out."""

from __future__ import annotations

from dataclasses import replace

import yaml

from outproof.config.yaml_lines import ConfigError, error_at
from outproof.core.errors import Mistake

_ESCAPED = {"": "", "'": "'", '"': '"\\'}
"""What is written with two characters, by the style of a text: plain, in single and in double quotes."""


def placed(node: yaml.Node, mistake: Mistake) -> ConfigError:
    """The mistake with its place: the field it names, as far as that is written, and the column inside its text."""
    for key in mistake.field.split(".") if mistake.field else ():
        inner = _inside(node, key)
        if inner is None:
            break
        node = inner
    else:
        if mistake.column is not None:
            return _in_text(node, mistake.message, mistake.column)
    return error_at(node if mistake.field else culprit(node, mistake.message), str(mistake))


def culprit(node: yaml.Node, message: str) -> yaml.Node:
    """The node a message is about: the only value among those of `node` that the message says it got."""
    values = [value for _, value in node.value] if isinstance(node, yaml.MappingNode) else []
    values += [item for value in values if isinstance(value, yaml.SequenceNode) for item in value.value]
    found = [value for value in values if isinstance(value, yaml.ScalarNode) and f"got {value.value!r}" in message]
    return found[0] if len(found) == 1 else node


def _inside(node: yaml.Node, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    if isinstance(node, yaml.SequenceNode) and key.isdecimal() and int(key) < len(node.value):
        found = node.value[int(key)]
        assert isinstance(found, yaml.Node)
        return found
    return None


def _in_text(node: yaml.Node, message: str, column: int) -> ConfigError:
    """The place of a character of a text that stands in one line; else the text's beginning, and the column told."""
    text: str = node.value
    style = getattr(node, "style", None) or ""
    start, end = node.start_mark, node.end_mark
    quotes = len(style)
    if style in _ESCAPED and start.line == end.line:
        is_known = end.column - start.column == _width(text, style) + 2 * quotes  # not if it has other escapes
        if is_known:
            found = error_at(node, message)
            return replace(found, column=found.column + quotes + _width(text[: column - 1], style))
    return error_at(node, f"column {column} of the text: {message}")


def _width(text: str, style: str) -> int:
    return len(text) + sum(text.count(character) for character in _ESCAPED[style])
