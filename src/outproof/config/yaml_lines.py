"""YAML files in, nodes that know their file and line out; and the errors that name it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import yaml

from outproof.core.errors import Permanent

CONFIG_BYTES_MAX = 8 * 2**20
DEPTH_MAX = 100

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML was built with it


@dataclass(frozen=True, slots=True, order=True)
class ConfigError:
    """One mistake in a file. Lines and columns count from 1; both are 0 when the file as a whole is meant."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}"


class ConfigErrors(Permanent):
    """All that is wrong with the files, in the order of their lines."""

    def __init__(self, errors: list[ConfigError]) -> None:
        self.errors = sorted(errors)
        super().__init__("\n".join(map(str, self.errors)))


def error_at(node: yaml.Node, message: str) -> ConfigError:
    """An error at the place of a node."""
    mark = node.start_mark
    return ConfigError(mark.name, mark.line + 1, mark.column + 1, message)


def document(path: Path) -> yaml.Node | None:
    """The one document of a file; None when it is empty.

    Raises:
        ConfigErrors: the file cannot be read, is too long or is not YAML.
    """
    file = str(path)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigErrors([ConfigError(file, 0, 0, f"expected a readable file, got: {error.strerror}")]) from error
    if len(text) > CONFIG_BYTES_MAX:
        raise ConfigErrors([ConfigError(file, 0, 0, f"expected at most {CONFIG_BYTES_MAX} bytes, got {len(text)}")])
    return composed(text, file)


def composed(text: bytes, file: str) -> yaml.Node | None:
    """The one document of a text; its nodes say that they come from `file`. None when it is empty.

    Raises:
        ConfigErrors: it is not YAML.
    """
    try:
        _check_depth(text, file)
        node: yaml.Node | None = _Loader(_Named(text, file)).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        said = ", ".join(part for part in (error.context, error.problem) if part)
        if mark and _character(text, line, column) == "\t":
            said = "a tab is no indentation, write spaces"
        raise ConfigErrors([ConfigError(file, line, column, f"expected YAML: {said}")]) from error
    except yaml.YAMLError as error:
        raise ConfigErrors([ConfigError(file, 0, 0, f"expected YAML in UTF-8: {error}")]) from error
    return node


def _character(text: bytes, line: int, column: int) -> str:
    """The character at a place that counts from 1; empty where there is none."""
    lines = text.decode("utf-8", "replace").splitlines()
    return lines[line - 1][column - 1 : column] if line <= len(lines) else ""


def _check_depth(text: bytes, file: str) -> None:
    """Refuse what is nested deeply: the loader descends by calling itself, in C, where too deep is the end."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_MAX:
            raise ConfigErrors([ConfigError(file, 0, 0, "expected less deeply nested YAML")])


class _Named(BytesIO):
    """A text that says which file it is."""

    def __init__(self, text: bytes, name: str) -> None:
        super().__init__(text)
        self.name = name


def merged(documents: Sequence[yaml.Node]) -> yaml.Node | None:
    """Several documents as one: lists of the same key follow each other, everything else stays as it is written.

    What must stand once, and stands in two documents, is there twice afterwards: for its reader to refuse.
    """
    stranger = next((node for node in documents if not isinstance(node, yaml.MappingNode)), None)
    if stranger is not None or not documents:
        return stranger
    pairs: list[tuple[yaml.Node, yaml.Node]] = []
    for node in documents:
        earlier = list(pairs)
        for key, value in node.value:
            at = next((at for at, pair in enumerate(earlier) if _are_lists(pair, (key, value))), None)
            if at is None:
                pairs.append((key, value))
            else:
                first = pairs[at][1]
                both = yaml.SequenceNode(first.tag, first.value + value.value, first.start_mark, value.end_mark)
                pairs[at] = (pairs[at][0], both)
    first, last = documents[0], documents[-1]
    return yaml.MappingNode(first.tag, pairs, first.start_mark, last.end_mark)


def _are_lists(one: tuple[yaml.Node, yaml.Node], other: tuple[yaml.Node, yaml.Node]) -> bool:
    return one[0].value == other[0].value and all(isinstance(pair[1], yaml.SequenceNode) for pair in (one, other))
