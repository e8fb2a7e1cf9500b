"""`outproof scrub FILE`: a text in; what would be kept of it by the rules of a configuration out. Nothing is sent."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from outproof.cli.client import AsJson, refuse
from outproof.config.loading import read
from outproof.config.yaml_lines import ConfigErrors
from outproof.scrub.text import SCRUB_CHARS_MAX, preview


def scrub(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A text file; - reads from stdin.")],
    config: Annotated[Path | None, typer.Option(help="Files with the project's own rules.")] = None,
    as_json: AsJson = False,
) -> None:
    """Try the scrubbing rules on a text: print it without what must not be kept."""
    try:
        policy = read([config] if config else [], lenient=True).declared.scrub.policy()
    except ConfigErrors as error:
        refuse(str(error))
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8", "replace")
    except OSError as error:
        refuse(f"cannot read {file}: {error.strerror}")
    found = Counter(find.name for find in policy.finds(text[:SCRUB_CHARS_MAX]))
    safe = preview(text, policy, chars_max=SCRUB_CHARS_MAX)
    if as_json:
        print(json.dumps({"redacted_preview": safe, "found": found, "scrub_policy": policy.id}, indent=2))
    else:
        print(safe, end="" if safe.endswith("\n") else "\n")
        print(f"{sum(found.values())} found by {policy.id}", file=sys.stderr)
