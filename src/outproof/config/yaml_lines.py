"""YAML text in, nodes that know their line out; and the errors that name it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

CONFIG_BYTES_MAX = 1_048_576


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


class ConfigErrors(Exception):
    """All that is wrong with a file, in the order of its lines."""

    def __init__(self, errors: list[ConfigError]) -> None:
        self.errors = sorted(errors)
        super().__init__("\n".join(map(str, self.errors)))


def error_at(file: str, node: yaml.Node, message: str) -> ConfigError:
    """An error at the place of a node."""
    return ConfigError(file, node.start_mark.line + 1, node.start_mark.column + 1, message)


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
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise ConfigErrors([ConfigError(file, line, column, f"expected YAML: {said}")]) from error
    except yaml.YAMLError as error:
        raise ConfigErrors([ConfigError(file, 0, 0, f"expected YAML in UTF-8: {error}")]) from error
    except RecursionError as error:
        raise ConfigErrors([ConfigError(file, 0, 0, "expected less deeply nested YAML")]) from error
