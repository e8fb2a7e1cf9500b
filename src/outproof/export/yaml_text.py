"""Plain values into YAML that people read: keys in their order, long expressions as they are, over several lines."""

from __future__ import annotations

from typing import Any

import yaml

_LINE_CHARS_MAX = 120


class _Dumper(yaml.SafeDumper):
    """As PyYAML's, but for texts of several lines."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def yaml_text(*documents: Any, heading: str) -> str:
    """The documents of one file, with a comment at its top."""
    body = yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_LINE_CHARS_MAX)
    return f"# {heading}\n{body}"
